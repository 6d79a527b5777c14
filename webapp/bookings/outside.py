"""Bookings that no opening hours cover any more, because the hours were changed: somebody should call. Events have dates of their own."""

import datetime as dt
from typing import Any

from models import Booking, Part, Service, Store
from webapp import clock
from webapp.bookings import days, supply
from webapp.bookings.days import Span
from webapp.bookings.holding import AHEAD


def of_day(store: Store, day_number: int, at: int) -> list[Booking]:
    """Those that begin on that day."""
    day = days.date(day_number)
    begins, ends = (days.moment(day + dt.timedelta(days=n), 0, store.timezone) for n in (0, 1))
    return _outside(store, at, Booking.starts_at >= begins, Booking.starts_at < ends)


def ahead(store: Store, at: int) -> list[Booking]:
    """All of them, soonest first."""
    return _outside(store, at)


def _outside(store: Store, at: int, *when: Any) -> list[Booking]:
    here = supply.of(store, at)
    opened: dict[dt.date, list[Span]] = {}

    def covered(booking: Booking) -> bool:
        day = clock.local(booking.starts_at, here.timezone).date()
        if day not in opened:
            opened[day] = days.spans(here, day) + days.spans(here, day - dt.timedelta(days=1))
        return any(opens <= booking.starts_at and booking.ends_at <= closes for opens, closes in opened[day])

    mine = (Booking.store == store.id) & Booking.state.in_(AHEAD) & (Booking.starts_at > at)
    event = Part.select(Part.booking).join(Service).where(Part.booking == Booking.id, Service.kind == "event")
    found = Booking.select().where(mine, Booking.id.not_in(event), *when)
    return [booking for booking in found.order_by(Booking.starts_at, Booking.id) if not covered(booking)]
