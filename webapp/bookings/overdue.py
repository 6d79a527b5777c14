"""What time decides: offers that nobody took, requests nobody answered, places kept for the late, visits that are over."""

from models import Booking, transaction
from webapp.bookings import bookings, endings, holding, supply
from webapp.clock import HOUR
from webapp.refusals import Refusal

VAN_LATE = 12 * HOUR


def settle(at: int, *, member: int | None = None, limit: int = 500) -> int:
    """What time decides: offers that nobody took, requests nobody answered, places kept for the late, visits that are over.

    Called by the worker every minute and by whoever looks at one. Returns how many changed.
    """
    mine = Booking.member == member if member else True
    changed = 0
    offers = Booking.select().where(mine, Booking.state == "offered", Booking.offer_until <= at)
    for booking in list(offers.order_by(Booking.offer_until).limit(limit)):
        with transaction():
            here = supply.moving(booking.store, at)
            if endings.let_go(here, booking, "lapsed", at, None, Booking.offer_until <= at, states=("offered",)):
                holding.tell(booking, "offer_lapsed", at)
                holding.record("booking_lapsed", booking, at)
                changed += 1
    for booking in list(
        Booking.select().where(mine, holding.OPEN, Booking.starts_at <= at).order_by(Booking.starts_at).limit(limit)
    ):
        changed += _settle(booking, at)
    return changed


# --- how it is done ----------------------------------------------------------------------------------------------------


def _settle(booking: Booking, at: int) -> int:
    if booking.state == "requested":
        with transaction():
            here = supply.moving(booking.store, at)
            if not endings.let_go(here, booking, "lapsed", at, None, Booking.starts_at <= at, states=("requested",)):
                return 0
            holding.tell(booking, "booking_unanswered", at)
            holding.record("booking_lapsed", booking, at)
            return 1
    if booking.state == "confirmed" and booking.late_until and booking.late_until <= at:
        return _nobody_came(booking, at, "")
    # The van ticks its stops off when it is back.
    if booking.ends_at + (VAN_LATE if booking.address_id else 0) > at:
        return 0
    if booking.state == "confirmed" and booking.source == "walk_in":  # who stood there when it was booked had come
        with transaction():
            came = {"arrived_at": booking.starts_at, "ended_at": booking.ends_at}
            if not holding.swap(booking, ("confirmed",), Booking.ends_at <= at, state="done", **came):
                return 0
            holding.record("booking_done", booking, at)
            return 1
    if booking.state == "confirmed":  # nobody marked it: it counts for nobody
        return _nobody_came(booking, at, "not_marked")
    with transaction():
        if not holding.swap(booking, ("arrived",), state="done", ended_at=booking.ends_at):
            return 0
        holding.record("booking_done", booking, at)
        return 1


def _nobody_came(booking: Booking, at: int, why: str) -> int:
    try:
        return int(bookings.no_show(booking, at, why=why).state == "no_show")
    except Refusal:  # they came, or it was moved, while we looked
        return 0
