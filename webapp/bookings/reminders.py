"""Two quiet reminders: at 18:00 the day before, and two hours before. Each once for a booking and its time; never for what was cancelled.

What was booked only on the day itself, or within the last two hours, needs no reminder of what its member just did.
"""

import datetime as dt

from models import Booking, Message, Store, locked, transaction
from webapp import clock
from webapp.bookings import closures, holding
from webapp.clock import DAY, HOUR

EVENING = dt.time(18)
SOON = 2 * HOUR
TOO_LATE = 3 * HOUR  # so near to its time nobody is told about tomorrow
BATCH = 500


def send_due(at: int) -> int:
    """Remind everybody whose time has come. Returns how many were told; a repeat tells nobody twice."""
    ahead = holding.OPEN & (Booking.state == "confirmed") & Booking.member.is_null(False)
    near = (Booking.starts_at > at) & (Booking.starts_at <= at + 2 * DAY)
    sent, last = 0, (0, 0)
    while True:
        after = (Booking.starts_at > last[0]) | ((Booking.starts_at == last[0]) & (Booking.id > last[1]))
        query = Booking.select().where(ahead, near, after).order_by(Booking.starts_at, Booking.id)
        found = list(query.limit(BATCH))
        if not found:
            return sent
        sent += _remind(found, at)
        last = (found[-1].starts_at, found[-1].id)


def due(booking: Booking, timezone: str, at: int) -> str:
    """Which reminder this booking is due for now: booking_tomorrow, booking_soon, or none."""
    made = booking.answered_at or booking.requested_at
    if booking.starts_at - SOON <= at < booking.starts_at:
        return "booking_soon" if made < booking.starts_at - SOON else ""
    begins = clock.local(booking.starts_at, timezone)
    midnight = dt.datetime.combine(begins.date(), dt.time(), begins.tzinfo)
    eve = dt.datetime.combine(begins.date() - dt.timedelta(days=1), EVENING, begins.tzinfo)
    if clock.stamp(eve) <= at < booking.starts_at - TOO_LATE and made < clock.stamp(midnight):
        return "booking_tomorrow"
    return ""


# --- how it is done ----------------------------------------------------------------------------------------------------


def _remind(found: list[Booking], at: int) -> int:
    zones = _zones(found)
    wanted = {}
    for booking in found:
        text = due(booking, zones[booking.store_id], at)
        if text:
            wanted[f"{text}:{booking.code}:{booking.sequence}"] = (text, booking)
    seen = {row.key for row in Message.select(Message.key).where(Message.key.in_(list(wanted)))} if wanted else set()
    return sum(_tell(text, booking, at) for key, (text, booking) in wanted.items() if key not in seen)


def _zones(found: list[Booking]) -> dict[int, str]:
    stores = Store.select(Store.id, Store.timezone).where(Store.id.in_({booking.store_id for booking in found}))
    return dict(stores.tuples())


def _tell(text: str, booking: Booking, at: int) -> int:
    with transaction():
        now: Booking = locked(Booking, booking.id)
        if now.state != "confirmed" or now.sequence != booking.sequence or closures.trouble(now):
            return 0
        holding.tell(now, text, at)
        return 1
