"""What a case is about, said afterwards: a visit, a booking, an order or a points line of the same member in the same store."""

from typing import Any, NamedTuple

from models import Booking, Case, LedgerLine, Member, Order, Staff, Visit, transaction
from webapp.complaints import cases
from webapp.outbox import events
from webapp.refusals import Missing

NEWEST = 3
# The table, its name in an address, when it was.
THINGS: dict[str, tuple[Any, Any, Any]] = {
    "visit": (Visit, Visit.id, Visit.at),
    "booking": (Booking, Booking.code, Booking.starts_at),
    "order": (Order, Order.code, Order.made_at),
    "line": (LedgerLine, LedgerLine.id, LedgerLine.at),
}


class Thing(NamedTuple):
    """Something of the member's that it may be about."""

    about: str
    ref: str
    at: int


def nearest(case: Case) -> list[Thing]:
    """The newest few of each kind before the case was told, the newest first. Four queries, none for a guest."""
    if case.member_id is None:
        return []
    found = []
    for about, (model, name, moment) in THINGS.items():
        mine = (model.member == case.member_id) & (model.store == case.store_id) & (moment <= case.made_at)
        rows = model.select(name, moment).where(mine).order_by(moment.desc()).limit(NEWEST)
        found += [Thing(about, str(ref), at) for ref, at in rows.tuples()]
    return sorted(found, key=lambda thing: -thing.at)


def link(case: Case, about: str, ref: str, staff: Staff, at: int) -> Case:
    """This is what it is about. Refuses what is not this member's, or of another store; the same again changes nothing."""
    with transaction():
        case = cases.held(case)
        cases.check_running(case, staff)
        if (about, ref) not in {(thing.about, thing.ref) for thing in nearest(case)}:
            raise Missing("没有找到这个页面", code="not_found")
        if (case.about, case.ref) == (about, ref):
            return case
        Case.update(about=about, ref=ref).where(Case.id == case.id).execute()
        member = Member.get_by_id(case.member_id)
        events.record(
            "case_linked", at, store=case.store_id, staff=staff.id, member=member.id, ref=case.code, about=about
        )
        events.tick(case.store_id)
        return Case.get_by_id(case.id)
