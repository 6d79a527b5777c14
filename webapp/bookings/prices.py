"""What the shop charges for a service: its usual price, or a package (E5) for just that many on just such a day, when that is less.

What a party has booked keeps its package by name among the options of the booking; `package` there is the service that it is for.
"""

import datetime as dt
from typing import Any, NamedTuple

from models import Booking, Service
from webapp.bookings import days
from webapp.bookings.supply import Supply

WHEN = ("always", "weekend", "holiday")
MOST = 6  # packages of one service
Package = dict[str, Any]


class Cost(NamedTuple):
    """One service for one party, in fen; `usual` is without the package."""

    price: int
    usual: int
    package: Package | None = None


def usual(service: Service, people: int) -> int:
    """The price without any package."""
    return int(service.price * (people if service.per_person else 1))


def at(here: Supply, service: Service, people: int, starts_at: int) -> Cost:
    """What it costs at that time; after midnight it is still the evening's day."""
    plain = usual(service, people)
    return on(here, service, people, days.day_of(here, starts_at)) if service.packages else Cost(plain, plain)


def on(here: Supply, service: Service, people: int, day: dt.date) -> Cost:
    """What it costs on that day of the shop: by the cheapest package that holds, if it is less than the usual."""
    plain = usual(service, people)
    less = [one for one in service.packages if one["people"] == people and one["price"] < plain]
    holding = [one for one in less if holds(one["when"], day, here.timezone)]
    best = min(holding, key=lambda one: int(one["price"]), default=None)
    return Cost(best["price"], plain, best) if best else Cost(plain, plain)


def holds(when: str, day: dt.date, timezone: str) -> bool:
    """Is it such a day? A public holiday counts as a weekend; a weekend day that is worked does not."""
    if when == "always":
        return True
    found = days.holiday(day, timezone)
    if found is not None:
        return not found.works
    return when == "weekend" and day.weekday() >= days.SUNDAY - 1


def frozen(service: int, package: Package) -> Package:
    """The package as a booking keeps it. It adds nothing to the price of its parts."""
    return {name: package[name] for name in ("key", "name", "when")} | {"price": 0, "package": service}


def agreed(booking: Booking) -> list[Package]:
    """The packages of a booking."""
    return [option for option in booking.options if "package" in option]


def extras(booking: Booking) -> list[dict[str, Any]]:
    """What was chosen on top."""
    return [option for option in booking.options if "package" not in option]
