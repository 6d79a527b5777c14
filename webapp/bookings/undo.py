"""A wrong tap at the desk, taken back within ten minutes: arrived, over, no-show, cancelled, declined.

What had given its places back takes them again if they are still free; if the waiting list has them, the answer is no.
"""

from typing import Any

from models import Booking, Staff, transaction
from webapp import policy
from webapp.bookings import holding, supply
from webapp.clock import MINUTE
from webapp.points import ledger
from webapp.refusals import Refusal
from webapp.staff import queue

GIVEN_BACK = ("no_show", "cancelled", "declined")


def until(booking: Booking) -> int:
    """Until when the last step may be taken back; 0 when there is nothing to take back, or the desk did not do it.

    An arrival may have been scanned: the counter sees who stands there, or does not.
    """
    done_at = booking.arrived_at if booking.state == "arrived" else booking.ended_at
    by_desk = booking.state == "arrived" or booking.ended_by_id is not None
    if booking.state not in ("arrived", "done", *GIVEN_BACK) or not done_at or not by_desk:
        return 0
    if booking.why == "moved":  # another booking stands in its place
        return 0
    if booking.waiter_id and not booking.answered_at:  # a place held for somebody in line, who is back in line
        return 0
    return int(done_at + policy.of(booking.store).undo_minutes * MINUTE)


def undo(booking: Booking, staff: Staff, at: int) -> Booking:
    """The step before holds again. Twice is once. Refuses when ten minutes are over, or `holding.Taken` when the place is gone."""
    with transaction():
        if booking.member_id:
            ledger.lock(booking.member_id)
        here = supply.moving(booking.store, at)
        now = holding.fresh(booking)
        if now.state not in ("arrived", "done", *GIVEN_BACK):
            return now
        if at > until(now):
            raise Refusal("撤销时间已过", code="undo_over")
        before, cleared = _before(now)
        if not holding.swap(now, (now.state,), state=before, **cleared):
            return holding.fresh(now)
        if now.state in GIVEN_BACK:
            holding.shift(here, now, now.starts_at, at)
            if before == "requested":
                queue.reopen("booking", now.code)
                queue.renew("booking", now.code, now.starts_at, starts_at=now.starts_at)
            else:
                after = holding.fresh(now)
                holding.tell(after, "booking_confirmed", at)
        holding.record("booking_undone", now, at, staff, state=now.state)
        return holding.fresh(now)


def _before(booking: Booking) -> tuple[str, dict[str, Any]]:
    """The state before, and what the step had written."""
    ended = {"ended_at": None, "ended_by": None, "why": ""}
    if booking.state == "arrived":
        return "confirmed", {"arrived_at": None, "arrived_by": None}
    if booking.state == "done":
        return "arrived", ended
    if booking.state == "declined":
        return "requested", ended | {"answered_at": None, "answered_by": None}
    return ("confirmed" if booking.answered_at else "requested"), ended
