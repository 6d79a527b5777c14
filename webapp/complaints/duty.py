"""Who has a case: a person with a name, at once (J1). Whoever is at the counter now and has the fewest; a role further up when it was missed."""

from typing import Any

from peewee import JOIN, fn

from models import ROLES, Case, Device, Staff, Store

OPEN = Case.state.not_in(("closed", "merged"))


def pick(
    store: Store, at: int, *, role: str = "clerk", but: int | None = None, member: int | None = None
) -> Staff | None:
    """Somebody of at least this role who is on shift, else anybody; the lowest role that will do, then who has the fewest open cases (I3).

    People of the store come before those of the whole brand; nobody gets what is about their own card (`member`). None where nobody can.
    """
    return Roster(store, at).pick(role, but=but, member=member)


class Roster:
    """Who works in a store, with how many open cases each: asked once, counted on. A sweep of thousands asks once per store."""

    def __init__(self, store: Store, at: int) -> None:
        self.store = store
        held = fn.COUNT(Case.id)
        query = (
            Staff.select(Staff, held.alias("held"))
            .join(Case, JOIN.LEFT_OUTER, on=((Case.owner == Staff.id) & OPEN))
            .where(Staff.dismissed_at.is_null(), (Staff.store == store.id) | Staff.store.is_null())
            .where(Staff.brand == store.brand_id)
            .group_by(Staff.id)
        )
        self._people: dict[int, Any] = {person.id: person for person in query}
        self._here = on_shift(store, at)
        self._held = {person.id: person.held for person in self._people.values()}

    def person(self, number: int | None) -> Staff | None:
        """Whoever works here by their number; somebody who has left is asked for."""
        return self._people.get(number) or Staff.get_or_none(Staff.id == number) if number else None

    def pick(self, role: str, *, but: int | None = None, member: int | None = None) -> Staff | None:
        able = ROLES[ROLES.index(role) :]
        found = [
            person
            for person in self._people.values()
            if person.role in able and person.id != but and (member is None or person.member_id != member)
        ]
        return min(found, key=self._order, default=None)

    def moved(self, had: int | None, has: int | None) -> None:
        """A case went from one to another."""
        for number, change in ((had, -1), (has, 1)):
            if number in self._held:
                self._held[number] += change

    def _order(self, person: Staff) -> tuple[Any, ...]:
        away = person.id not in self._here
        return away, person.store_id is None, ROLES.index(person.role), self._held[person.id], person.id


def on_shift(store: Store, at: int) -> set[int]:
    """Whose PIN holds on a tablet of this store now."""
    rows = Device.select(Device.acting).where(
        Device.kind == "desk", Device.store == store.id, Device.ended_at.is_null(), Device.acting_until > at
    )
    return {row[0] for row in rows.tuples() if row[0] is not None}


def above(role: str) -> str:
    """The next role up; the owner has nobody above."""
    return ROLES[min(ROLES.index(role) + 1, len(ROLES) - 1)]
