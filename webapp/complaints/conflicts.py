"""What the shop itself broke: each booking on an urgent card to be rebooked is a case too, with a promise that its member can see (F3, F4).

The card in the queue stays the one of the booking; the case shows in the queue only when its promise was missed or the member wrote. It is over as soon as
the booking was moved, cancelled, or takes place after all. Found by the worker, so that closing a shop never waits for this room.
"""

from typing import Any

from models import Booking, Case, Member, Store, Work, transaction
from webapp.complaints import cases
from webapp.complaints.cases import Report
from webapp.outbox import events

KIND = "conflict"
BATCH = 500


def collect(at: int) -> int:
    """A case for every member on such a card that has none yet; its clock runs since the card is there. Returns how many."""
    made = 0
    for store in list(Store.select().where(Store.closed_at.is_null())):
        for card in _cards(store):
            booking: Booking | None = Booking.get_or_none(Booking.code == card.ref)
            if booking and booking.member_id:
                made += _opened(store, booking, card)
    return made


def settle(at: int) -> int:
    """Cases whose booking found its way: the first promise is kept when that happened, and the case is over."""
    running = Case.select(Case, Work).join(Work, on=((Work.kind == "rebook") & (Work.ref == Case.ref)), attr="work")
    over = running.where(Case.kind == KIND, Case.state.not_in(cases.OVER), Work.done_at.is_null(False))
    found = list(over.order_by(Case.id).limit(BATCH))
    for row in found:
        work: Any = row
        with transaction():
            case = cases.held(row)
            if case.state not in cases.OVER:
                cases.end(case, max(work.work.done_at, case.made_at), None)
                cases.write(case, "closed", at, key=f"closed:{case.id}:{at}", how="rebooked")
                events.tick(case.store_id)
    return len(found)


def _cards(store: Store) -> list[Work]:
    mine = (Work.store == store.id) & Work.done_at.is_null() & (Work.kind == "rebook")
    return list(Work.select().where(mine).order_by(Work.due_at).limit(BATCH))


def _opened(store: Store, booking: Booking, card: Work) -> bool:
    key = f"rebook:{card.id}:{card.made_at}"
    if Case.select().where(Case.key == key).exists():
        return False
    told = Report(
        key=key, kind=KIND, category="breakdown", text=booking.code, source="system", about="booking", ref=booking.code
    )
    with transaction():
        cases.report(store, told, card.made_at, member=Member.get_by_id(booking.member_id))
    return True
