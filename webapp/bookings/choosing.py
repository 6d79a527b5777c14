"""What somebody who chooses a time is shown: services, days and times with their marks, what goes before or after, and what they had last.

Pure reading; the pages of members and of the desk are made of it.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from models import Booking, Param, Part, Prepared, Resource, Service, Store, read_row
from webapp import clock, vault
from webapp.bookings import free, holding
from webapp.bookings.supply import Supply
from webapp.clock import HOUR, MINUTE

STRIP = 14  # days shown at once
DATES = 30  # dates of an event shown at once
PARTS = 4  # services in one booking
VAN = ("pickup", "delivery")
GAP = 2 * HOUR  # so long at most between two services of one party


class Time(NamedTuple):
    """One time on the page. mark: full, busy or quiet; `left` people it could still take; `perk` what comes with it."""

    at: int
    mark: str
    left: int
    perk: dict[str, str] | None


class Last(NamedTuple):
    """What a member had the last time of a service: it is filled in again."""

    people: int
    options: tuple[str, ...]
    note: str
    address: int | None


class Place(NamedTuple):
    """One part of a booking as it is read: a service, from when until when, where."""

    service: Service
    starts_at: int
    ends_at: int
    people: int
    resources: list[dict[str, str]]


_STORES = Prepared(
    lambda: Store.select().join(Service).where(Store.closed_at.is_null(), Service.retired_at.is_null()).distinct()
)
_LASTS = Prepared(
    lambda: (
        Booking.select(Part.service, Booking.people, Booking.options, Booking.note_sealed, Booking.address)
        .join(Part)
        .where(Booking.member == Param("member"), Booking.store == Param("store"))
        .order_by(Booking.starts_at.desc(), Part.id)
        .limit(40)
    )
)


def stores() -> list[Store]:
    """The stores that can be booked."""
    return sorted((read_row(Store, row)[0] for row in _STORES.rows()), key=lambda store: store.id)


def lasts(member: int, store: int) -> dict[int, Last]:
    """By service, the newest first, what this member had."""
    found: dict[int, Last] = {}
    for service, people, options, note, address in _LASTS.rows(member=member, store=store):
        chosen = Booking.options.python_value(options)
        if service not in found:
            keys = tuple(option["key"] for option in chosen)
            found[service] = Last(people, keys, vault.unseal(bytes(note)) if note else "", address)
    return found


def usual(here: Supply, had: dict[int, Last]) -> Service | None:
    """The service to begin with: the only one there is, or the one they had last."""
    if len(here.services) == 1:
        return next(iter(here.services.values()))
    return next((here.services[service] for service in had if service in here.services), None)


def party(service: Service, asked: int | None, last: Last | None) -> int:
    """How many come: what was asked for, else as last time, else two where two are usual; within the service's bounds."""
    usual = 2 if service.kind == "bath" else service.people_min
    wanted = asked if asked is not None else last.people if last else usual
    return max(service.people_min, min(wanted, service.people_max))


def opening(strip: list[free.Day], asked: dt.date | None) -> dt.date:
    """The day to show: the one asked for, else the first with a free time."""
    if asked is not None:
        return asked
    return next((day.date for day in strip if day.mark in ("busy", "quiet")), strip[0].date)


def times(
    here: Supply, service: Service, day: dt.date, people: int, at: int, tier: str, *, but: int = 0
) -> list[tuple[str, list[Time]]]:
    """The times of a day in groups: morning, afternoon, evening, night (after midnight, still that evening's)."""
    groups: dict[str, list[Time]] = {}
    for start in free.bookable(here, service, day, at, tier, but=but):
        minute = _minute(here, day, start.at)
        group = "morning" if minute < 720 else "afternoon" if minute < 1080 else "evening" if minute < 1440 else "night"
        mark = "busy" if start.busy else "quiet"
        groups.setdefault(group, []).append(
            Time(start.at, mark if start.fits(people) else "full", start.left, _perk(service, day, minute))
        )
    return list(groups.items())


def dates(here: Supply, service: Service, at: int, tier: str) -> list[free.Start]:
    """The dates of an event that can still be booked, full ones too."""
    first, last = free.open_to(here, service, at, tier)
    ahead = [date.starts_at for date in here.occurrences.get(service.id, ()) if first <= date.starts_at < last]
    wanted = {clock.local(moment, here.timezone).date() for moment in ahead[:DATES]}
    return sorted(start for day in wanted for start in free.bookable(here, service, day, at, tier))


def beside(here: Supply, wishes: list[holding.Wish], at: int, tier: str) -> list[tuple[Service, list[int]]]:
    """What the same party could have right before or after: other services, each with the nearest times."""
    begins = min(wish.starts_at for wish in wishes)
    ends = max(wish.starts_at + here.services[wish.service].minutes * MINUTE for wish in wishes)
    day, people, had = clock.local(begins, here.timezone).date(), wishes[0].people, {wish.service for wish in wishes}
    found = []
    for service in here.services.values():
        apart = service.id in had or service.kind in (*VAN, "event")
        if apart or not service.people_min <= people <= service.people_max:
            continue
        starts = {
            start.at
            for near in (day - dt.timedelta(days=1), day)
            for start in free.bookable(here, service, near, at, tier)
            if start.fits(people)
        }
        lasts = service.minutes * MINUTE
        before = sorted(start for start in starts if 0 <= begins - start - lasts <= GAP)
        after = sorted(start for start in starts if 0 <= start - ends <= GAP)
        near_ones = before[-1:] + after[:2]
        if near_ones:
            found.append((service, near_ones))
    return found


def fits(here: Supply, wishes: list[holding.Wish], at: int, tier: str) -> bool:
    """Are all of these still free, as far as can be seen?"""
    return all(
        any(start.at == wish.starts_at and start.fits(wish.people) for start in _around(here, wish, at, tier))
        for wish in wishes
    )


def places(booking: Booking) -> list[Place]:
    """What a booking holds, in the order of the day; several rooms for one party are one line."""
    return places_of([booking])[booking.id]


def places_of(bookings: Sequence[Booking]) -> dict[int, list[Place]]:
    """The same for many, by booking. One query."""
    found: dict[int, dict[tuple[int, int], Place]] = {booking.id: {} for booking in bookings}
    parts = Part.select(Part, Service, Resource).join(Service).switch(Part).join(Resource)
    for part in parts.where(Part.booking.in_(list(found))).order_by(Part.starts_at, Part.id):
        mine, key = found[part.booking_id], (part.service_id, part.starts_at)
        place = mine.get(key) or Place(part.service, part.starts_at, part.ends_at, 0, [])
        rooms = [*place.resources, part.resource.name]
        mine[key] = place._replace(people=place.people + part.people, resources=rooms)
    return {booking: list(mine.values()) for booking, mine in found.items()}


def perk(here: Supply, service: Service, at: int) -> dict[str, str] | None:
    """What comes with the service at that time."""
    day = clock.local(at, here.timezone).date()
    evening_before = day - dt.timedelta(days=1)
    return _perk(service, day, _minute(here, day, at)) or _perk(
        service, evening_before, _minute(here, evening_before, at)
    )


def _around(here: Supply, wish: holding.Wish, at: int, tier: str) -> list[free.Start]:
    service = here.services.get(wish.service)
    if service is None:
        return []
    day = clock.local(wish.starts_at, here.timezone).date()
    return [
        start for near in (day, day - dt.timedelta(days=1)) for start in free.bookable(here, service, near, at, tier)
    ]


def _minute(here: Supply, day: dt.date, at: int) -> int:
    """How many minutes after that day's midnight, as the clock on the wall counts."""
    wall = clock.local(at, here.timezone)
    return wall.hour * 60 + wall.minute + (wall.date() - day).days * 1440


def _perk(service: Service, day: dt.date, minute: int) -> dict[str, str] | None:
    for one in service.perks:
        if day.weekday() in one["days"] and one["from"] <= minute < one["until"]:
            name: dict[str, str] = one["name"]
            return name
    return None
