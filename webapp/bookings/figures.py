"""What the bookings of a store add up to, from the first day: answers, arrivals, no-shows, and how full each hour of the week is (F1, F2).

Plain SQL over bookings and seats; hours are those of the store's own wall. Reads only.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import fn

from models import QUARTER, Booking, Resource, Seat, SpecialDay, Store
from webapp import clock
from webapp.bookings import days, supply
from webapp.bookings.supply import Supply
from webapp.clock import DAY, MINUTE

LEAST = 5  # answers, below which nothing is "usual"
LOOKED_BACK = 60 * DAY


class Hour(NamedTuple):
    """One hour of the week: how full it was in per cent, over `n` days on which the shop was open then."""

    percent: int
    n: int


class Figures(NamedTuple):
    """Bookings by the time they were for. Answer times are minutes a person took to say yes or no."""

    bookings: int
    by_source: dict[str, int]
    answered: int
    answer_median_minutes: int | None
    answer_worst_minutes: int | None
    arrivals: int
    no_shows: int
    cancelled: int
    occupancy: tuple[tuple[Hour, ...], ...]  # Monday first, 24 hours each


def of(store: Store, since: int, until: int) -> Figures:
    """The figures of bookings that begin from `since` until `until`."""
    mine = (Booking.store == store.id) & (Booking.starts_at >= since) & (Booking.starts_at < until)
    rows = Booking.select(Booking.source, Booking.state, Booking.why, fn.COUNT(Booking.id)).where(mine)
    counts = list(rows.group_by(Booking.source, Booking.state, Booking.why).tuples())
    by_source: dict[str, int] = {}
    for source, _, _, number in counts:
        by_source[source] = by_source.get(source, 0) + number
    answered, median, worst = _answers(mine)
    return Figures(
        bookings=sum(by_source.values()),
        by_source=by_source,
        answered=answered,
        answer_median_minutes=median,
        answer_worst_minutes=worst,
        arrivals=_count(counts, "arrived", "done"),
        no_shows=sum(number for _, state, why, number in counts if state == "no_show" and not why),
        cancelled=_count(counts, "cancelled"),
        occupancy=_occupancy(store, since, until),
    )


def usual_answer(store: Store, at: int) -> int | None:
    """In how many minutes a person usually answered in the last two months; None while too few were asked."""
    mine = (Booking.store == store.id) & (Booking.starts_at >= at - LOOKED_BACK) & (Booking.requested_at <= at)
    answered, median, _ = _answers(mine & (Booking.requested_at >= at - LOOKED_BACK))
    return median if answered >= LEAST else None


# --- how it is done ----------------------------------------------------------------------------------------------------


def _count(counts: Sequence[tuple[str, str, str, int]], *states: str) -> int:
    return sum(number for _, state, _, number in counts if state in states)


def _answers(mine: Any) -> tuple[int, int | None, int | None]:
    """How many were answered by a person, the median and the longest time in minutes. What was booked at once needed no answer."""
    by_person = Booking.answered_by.is_null(False) & (Booking.answered_at > Booking.requested_at)
    asked = mine & by_person & (Booking.source != "waiting") & Booking.offer_until.is_null()
    took = Booking.answered_at - Booking.requested_at
    number = Booking.select().where(asked).count()
    if not number:
        return 0, None, None
    query = Booking.select(took).where(asked).order_by(took)
    middle, longest = (query.offset(n).limit(1).scalar() for n in ((number - 1) // 2, number - 1))
    return number, -(-int(middle) // MINUTE), -(-int(longest) // MINUTE)


def _occupancy(store: Store, since: int, until: int) -> tuple[tuple[Hour, ...], ...]:
    here = _as_it_was(store, since, until)
    taken = _taken(store, here.timezone, since, until)
    offered, opened = _offered(here, since, until)
    return tuple(
        tuple(
            Hour(min(100, round(100 * taken.get((day, hour), 0) / offered[day, hour])), opened[day, hour])
            if offered.get((day, hour))
            else Hour(0, 0)
            for hour in range(24)
        )
        for day in range(7)
    )


def _as_it_was(store: Store, since: int, until: int) -> Supply:
    """Today's hours and resources with the special days of the range; closures made nothing fuller or emptier."""
    first, last = (clock.day_number(at, store.timezone) for at in (since, until))
    special = SpecialDay.select().where(SpecialDay.store == store.id, SpecialDay.day.between(first - 1, last))
    return supply.of(store, until)._replace(
        specials={row.day: [(opens, closes) for opens, closes in row.hours] for row in special}, shut=()
    )


def _taken(store: Store, timezone: str, since: int, until: int) -> dict[tuple[int, int], int]:
    """Seat quarters by weekday and hour of the wall."""
    query = Seat.select(Seat.at, fn.COUNT(Seat.number)).join(Resource)
    mine = query.where(Resource.store == store.id, Seat.at >= since, Seat.at < until)
    found: dict[tuple[int, int], int] = {}
    for at, number in mine.group_by(Seat.at).tuples():
        place = _place(at, timezone)
        found[place] = found.get(place, 0) + number
    return found


def _offered(here: Supply, since: int, until: int) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    """Seat quarters that could be had, and on how many days, by weekday and hour of the wall."""
    offered: dict[tuple[int, int], int] = {}
    dates: dict[tuple[int, int], set[int]] = {}
    day = clock.local(since, here.timezone).date() - dt.timedelta(days=1)
    last = clock.local(until, here.timezone).date()
    while day <= last:
        for at, seats in _seats_of(here, day).items():
            if since <= at < until:
                place = _place(at, here.timezone)
                offered[place] = offered.get(place, 0) + seats
                dates.setdefault(place, set()).add(clock.day_number(at, here.timezone))
        day += dt.timedelta(days=1)
    return offered, {place: len(seen) for place, seen in dates.items()}


def _seats_of(here: Supply, day: dt.date) -> dict[int, int]:
    """How many seats each open quarter of a day has, whoever may have them."""
    opened = days.opened(here, day)
    found = dict.fromkeys((at for begins, ends in opened for at in range(begins, ends, QUARTER)), 0)
    for resource in here.resources.values():
        seats = resource.capacity if resource.shared else 1
        for begins, ends in days.in_hours(here, resource.hours, day, opened):
            for at in range(begins, ends, QUARTER):
                found[at] += seats
    return found


def _place(at: int, timezone: str) -> tuple[int, int]:
    wall = clock.local(at, timezone)
    return wall.weekday(), wall.hour
