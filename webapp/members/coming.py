"""Letting go of what a member has booked, before the card goes away: seats free, lines left, weekly wishes over, the desk's cards closed.

Written here because this room may not look to the bookings' room; it takes the store's calendar first, as everybody does who moves seats,
and leaves it to the worker to offer what is free to those who wait.
"""

from models import Address, Booking, Calendar, Feed, Part, Seat, Standing, Waiter
from webapp.members import clothes
from webapp.outbox import events
from webapp.staff import queue

AHEAD = ("requested", "offered", "confirmed")
WAITS = ("waiting", "offered")


def let_go(member: int, at: int) -> list[int]:
    """Cancel everything that is to come. Called inside a transaction that has the member's row; returns the stores whose desk should look."""
    bookings = Booking.select().where(Booking.member == member, Booking.state.in_(AHEAD))
    waiters = Waiter.select().where(Waiter.member == member, Waiter.state.in_(WAITS))
    stores = sorted({row.store_id for row in (*bookings, *waiters)})
    for store in stores:
        _take(store)
    for booking in list(bookings):
        cancel(booking, at, "cancelled")
    Waiter.update({Waiter.state: "left", Waiter.ended_at: at}).where(
        Waiter.member == member, Waiter.state.in_(WAITS)
    ).execute()
    Standing.update({Standing.ended_at: at}).where(Standing.member == member, Standing.ended_at.is_null()).execute()
    return stores


def forget(member: int, at: int) -> None:
    """Addresses, notes, names and numbers that came with bookings, the calendar's address, and what was at the laundry."""
    clothes.forget(member)
    Feed.delete().where(Feed.member == member).execute()
    Address.update({Address.sealed: b"", Address.label: "", Address.removed_at: at}).where(
        Address.member == member
    ).execute()
    Standing.update({Standing.note_sealed: None}).where(Standing.member == member).execute()
    Booking.update({Booking.note_sealed: None, Booking.guest: "", Booking.guest_phone_sealed: None}).where(
        Booking.member == member
    ).execute()


def move(guest: int, owner: int, at: int) -> None:
    """Bookings, lines, weekly wishes, addresses, calendar and clothes of one card to another. Where both wish the same, the owner's stays.

    Called inside a transaction that has both members' rows, before anything else is written.
    """
    _settle_lines(guest, owner, at)
    wished = Standing.select(Standing.service, Standing.weekday).where(
        Standing.member == owner, Standing.ended_at.is_null()
    )
    both = set(wished.tuples())
    for weekly in Standing.select().where(Standing.member == guest, Standing.ended_at.is_null()):
        if (weekly.service_id, weekly.weekday) in both:
            Standing.update({Standing.ended_at: at}).where(Standing.id == weekly.id).execute()
    if Feed.select().where(Feed.member == owner).exists():
        Feed.delete().where(Feed.member == guest).execute()
    for model in (Booking, Waiter, Standing, Address, Feed):
        model.update({model.member: owner}).where(model.member == guest).execute()
    clothes.move(guest, owner)


def cancel(booking: Booking, at: int, to: str) -> None:
    """End one booking and free its seats, in a transaction that has its store's calendar."""
    still = (Booking.id == booking.id) & Booking.state.in_(AHEAD)
    ended = {Booking.state: to, Booking.ended_at: at, Booking.sequence: Booking.sequence + 1}
    if Booking.update(ended).where(still).execute() != 1:
        return
    Seat.delete().where(Seat.part.in_(Part.select(Part.id).where(Part.booking == booking.id))).execute()
    for kind in ("booking", "rebook"):
        queue.finish(kind, booking.code, at)
    verb = "booking_cancelled" if to == "cancelled" else "booking_lapsed"
    events.record(verb, at, store=booking.store_id, member=booking.member_id, ref=booking.code)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _settle_lines(guest: int, owner: int, at: int) -> None:
    """Both stand in line for the same: the guest leaves, and what was offered there goes to the next."""
    waits = Waiter.state.in_(WAITS)
    wished = Waiter.select(Waiter.service, Waiter.from_at).where(Waiter.member == owner, waits)
    both = set(wished.tuples())
    twice = [
        row for row in Waiter.select().where(Waiter.member == guest, waits) if (row.service_id, row.from_at) in both
    ]
    for store in sorted({row.store_id for row in twice}):
        _take(store)
    for waiter in twice:
        for offer in list(Booking.select().where(Booking.waiter == waiter.id, Booking.state == "offered")):
            cancel(offer, at, "lapsed")
        Waiter.update({Waiter.state: "left", Waiter.ended_at: at}).where(Waiter.id == waiter.id).execute()


def _take(store: int) -> None:
    """Stand in line for a store's calendar; seats move, so its version rises."""
    Calendar.insert(store=store, version=1).on_conflict(
        conflict_target=[Calendar.store], update={Calendar.version: Calendar.version + 1}
    ).execute()
