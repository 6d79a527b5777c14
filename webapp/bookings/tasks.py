"""Work of this room that nobody waits for; the worker collects it."""

from webapp.bookings import addresses, overdue, reminders, standings, waiting
from webapp.clock import MINUTE
from webapp.config import Settings


def settle_bookings(at: int, settings: Settings) -> None:
    """Offers, requests and visits whose time is over; then what is free is offered to those who wait."""
    overdue.settle(at)
    waiting.sweep(at)


def remind(at: int, settings: Settings) -> None:
    """The day before and two hours before; every five minutes is often enough."""
    if at // MINUTE % 5 == 0:
        reminders.send_due(at)


def plan_standings(at: int, settings: Settings) -> None:
    """Weekly pick-ups of the next two weeks become bookings."""
    standings.plan(at)


def forget_addresses(at: int, settings: Settings) -> None:
    """Addresses that were removed and that no visit needs any more."""
    addresses.forget(at)


EVERY_MINUTE = (settle_bookings, remind)
NIGHTLY = (plan_standings, forget_addresses)
