"""Who has a case: a person with a name, at once (J1). Whoever is at the counter now and has the fewest; a role further up when it was missed."""

from typing import Any

from peewee import JOIN, fn

from models import ROLES, Case, Device, Staff, Store

OPEN = Case.state.not_in(("closed", "merged"))


def pick(store: Store, at: int, *, role: str = "clerk", but: int | None = None) -> Staff | None:
    """The person of at least this role, the lowest that will do: on shift before others, then with the fewest open cases (I3).

    People of the store come before those of the whole brand. None only where nobody works.
    """
    held = fn.COUNT(Case.id)
    query = (
        Staff.select(Staff, held.alias("held"))
        .join(Case, JOIN.LEFT_OUTER, on=((Case.owner == Staff.id) & OPEN))
        .where(Staff.dismissed_at.is_null(), (Staff.store == store.id) | Staff.store.is_null())
        .where(Staff.brand == store.brand_id, Staff.role.in_(ROLES[ROLES.index(role) :]))
        .group_by(Staff.id)
    )
    here = on_shift(store, at)
    found = [person for person in query if person.id != but]

    def order(person: Any) -> tuple[Any, ...]:
        return ROLES.index(person.role), person.store_id is None, person.id not in here, person.held, person.id

    return min(found, key=order, default=None)


def on_shift(store: Store, at: int) -> set[int]:
    """Whose PIN holds on a tablet of this store now."""
    rows = Device.select(Device.acting).where(
        Device.kind == "desk", Device.store == store.id, Device.ended_at.is_null(), Device.acting_until > at
    )
    return {row[0] for row in rows.tuples() if row[0] is not None}


def above(role: str) -> str:
    """The next role up; the owner has nobody above."""
    return ROLES[min(ROLES.index(role) + 1, len(ROLES) - 1)]
