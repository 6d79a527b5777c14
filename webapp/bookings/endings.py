"""How a booking ends: its seats go back, to the waiting list first, its cards leave, and wishes to move it are over with it.

Inside a transaction that has the store's calendar; the verbs are in `bookings` and `overdue`.
"""

from collections.abc import Sequence
from typing import Any

from models import Booking, Staff
from webapp.bookings import holding, seats, waiting
from webapp.bookings.supply import Supply
from webapp.staff import queue


def let_go(
    here: Supply,
    booking: Booking,
    to: str,
    at: int,
    staff: Staff | None,
    *where: Any,
    states: Sequence[str],
    why: str = "",
) -> bool:
    """End a booking and give its seats to the waiting list, or to everybody. Inside a transaction that has the calendar."""
    ended = {"state": to, "ended_at": at, "ended_by": staff.id if staff else None, "why": why}
    if to == "declined":
        ended |= {"answered_at": at, "answered_by": ended["ended_by"]}
    if not holding.swap(booking, states, *where, sequence=Booking.sequence + 1, **ended):
        return False
    freed = seats.release(booking.id) + end_asks(asks_of(booking), at, staff)  # a move of what is over is over
    queue.finish("booking", booking.code, at)
    queue.finish("rebook", booking.code, at)
    waiting.returned(booking, at)
    waiting.fill(here, freed, at)
    return True


def asks_of(booking: Booking) -> list[Booking]:
    """The wishes to move this booking that nobody has answered."""
    return list(Booking.select().where(Booking.replaces == booking.id, Booking.state.in_(("requested", "offered"))))


def end_asks(asks: list[Booking], at: int, staff: Staff | None) -> list[seats.Freed]:
    """These wishes to move are over. Returns what became free, for the waiting list."""
    freed = []
    for ask in asks:
        ended = {"state": "cancelled", "ended_at": at, "ended_by": staff.id if staff else None, "why": "moved"}
        if holding.swap(ask, ("requested", "offered"), sequence=Booking.sequence + 1, **ended):
            freed += seats.release(ask.id)
            queue.finish("booking", ask.code, at)
            queue.finish("rebook", ask.code, at)
    return freed
