"""Whoever checks in has come for what they booked: heard by the visits, which may not look to this room (`webapp/app.py` joins them)."""

from models import Booking, Member, Param, Prepared, Store, locked
from webapp.bookings import bookings, supply

_NEAR = Prepared(
    lambda: (
        Booking.select(Booking.id, Booking.state)
        .where(
            Booking.member == Param("member"),
            Booking.store == Param("store"),
            Booking.state.in_(("confirmed", "arrived")),
            Booking.starts_at <= Param("soon"),
            Booking.ends_at > Param("at"),
        )
        .order_by(Booking.starts_at)
        .limit(20)
    )
)

_ASKED = Prepared(
    lambda: Booking.select(Booking.id).where(
        Booking.replaces == Param("booking"), Booking.state.in_(("requested", "offered"))
    )
)


def heard(member: Member, store: Store, at: int) -> None:
    """Their booking of now has arrived; not the next one too while they are here for another. Inside the check-in's transaction."""
    near = _NEAR.rows(member=member.id, store=store.id, soon=at + bookings.EARLY, at=at)
    if not near or any(state == "arrived" for _, state in near):
        return
    if _ASKED.rows(booking=near[0][0]):
        supply.moving(
            store, at
        )  # a wish to move it ends now and gives its seats back: the calendar goes before the booking
    # Its row is taken first: a yes or no of the shop in this very moment must not cost the visit.
    booking = locked(Booking, near[0][0])
    if booking and booking.state == "confirmed":
        bookings.arrive(booking, at)
