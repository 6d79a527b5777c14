"""What the bookings of a store add up to, from the first day: answers, arrivals, no-shows, and how full each hour of the week is (F1, F2);
how long people wait at the counter (F7), and when more hands are needed (F8).

Plain SQL over bookings and seats; hours are those of the store's own wall. Reads only.
"""

import datetime as dt
import itertools
from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

from peewee import fn

from models import QUARTER, Booking, Part, Resource, Seat, SpecialDay, Store, Visit, Work
from webapp import clock
from webapp.bookings import days, supply
from webapp.bookings.supply import Supply
from webapp.clock import DAY, HOUR, MINUTE
from webapp.points.phrases import Phrase, phrase
from webapp.staff import queue
from webapp.words import N_

LEAST = 5  # answers, below which nothing is "usual"
LOOKED_BACK = 60 * DAY
LEAST_DAYS = 4  # of one weekday, below which nothing is said of it
BUSY, QUIET = 150, 40  # per cent of what is usual
HINTS = 3
_WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


class Hour(NamedTuple):
    """One hour of the week: how full it was in per cent, over `n` days on which the shop was open then."""

    percent: int
    n: int


class Waits(NamedTuple):
    """At the counter today: how many wait now, how many were greeted, and in how many minutes half of them were."""

    now: int
    greeted: int
    median_minutes: int | None


class Hint(NamedTuple):
    """What to plan hands by: hours of one weekday, people on average then and usually, over `n` such days."""

    kind: str  # busy or quiet
    text: Phrase
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


def waits(store: Store, at: int) -> Waits:
    """How long those who checked in today waited until somebody saw to them; who left by themselves do not count."""
    today = (Visit.store == store.id) & (Visit.at >= clock.day_start(at, store.timezone)) & (Visit.at <= at)
    card = (Work.kind == "arrival") & (Work.ref == Visit.id.cast("varchar"))
    query = Visit.select(Work.made_at, Work.done_at).join(Work, on=card).where(today, Work.done_at.is_null(False))
    took = [done_at - made_at for made_at, done_at in query.tuples()]
    return Waits(queue.people(store.id, at), len(took), -(-int(median(took)) // MINUTE) if took else None)


def hints(store: Store, since: int, until: int) -> list[Hint]:
    """When more hands are needed than usually, the busiest first, then when fewest are. Nothing about a weekday seen fewer than four times."""
    here = _as_it_was(store, since, until)
    opened, came = _offered(here, since, until)[1], _people(store, here.timezone, since, until)
    known = {place: n for place, n in opened.items() if n >= LEAST_DAYS}
    if not known or not came:
        return []
    usual = sum(came.get(place, 0.0) for place in known) / sum(known.values())
    each = {place: came.get(place, 0.0) / n for place, n in known.items()}
    busy = {place for place, people in each.items() if people * 100 >= usual * BUSY and people >= usual + 1}
    quiet = {place for place, people in each.items() if people * 100 <= usual * QUIET}
    most = sorted(_runs(busy, each), key=lambda run: (-run[3] * (run[2] - run[1]), run))
    least = sorted((run for run in _runs(quiet, each) if run[2] - run[1] > 1), key=lambda run: (run[1] - run[2], run))
    return [
        *(_hint("busy", run, usual, known) for run in most[:HINTS]),
        *(_hint("quiet", run, usual, known) for run in least[:1] if usual >= 1),
    ]


# --- how it is done ----------------------------------------------------------------------------------------------------

Run = tuple[int, int, int, float]  # weekday, first hour, hour after the last, people on average


def _people(store: Store, timezone: str, since: int, until: int) -> dict[tuple[int, int], float]:
    """How many people were there, by weekday and hour of the wall, summed over the days; half an hour is half a person."""
    took_place = Booking.state.in_(("arrived", "done"))
    query = Part.select(Part.starts_at, Part.ends_at, fn.SUM(Part.people)).join(Booking)
    mine = query.where(Booking.store == store.id, Booking.starts_at >= since, Booking.starts_at < until, took_place)
    found: dict[tuple[int, int], float] = {}
    for starts_at, ends_at, people in mine.group_by(Part.starts_at, Part.ends_at).tuples():
        edges = [starts_at, *range((starts_at // QUARTER + 1) * QUARTER, ends_at, QUARTER), ends_at]
        for begins, ends in itertools.pairwise(edges):
            place = _place(begins, timezone)
            found[place] = found.get(place, 0.0) + int(people) * (ends - begins) / HOUR
    return found


def _runs(places: set[tuple[int, int]], each: dict[tuple[int, int], float]) -> list[Run]:
    """Hours that follow each other on one weekday are one stretch."""
    found: list[Run] = []
    for day, hour in sorted(places):
        if found and found[-1][0] == day and found[-1][2] == hour:
            _, first, _, people = found[-1]
            found[-1] = (day, first, hour + 1, (people * (hour - first) + each[day, hour]) / (hour - first + 1))
        else:
            found.append((day, hour, hour + 1, each[day, hour]))
    return found


def _hint(kind: str, run: Run, usual: float, known: dict[tuple[int, int], int]) -> Hint:
    day, first, after, people = run
    said = N_("%(day)s %(first)s–%(after)s 点最忙，平均 %(people)s 位；平时 %(usual)s 位")
    if kind == "quiet":
        said = N_("%(day)s %(first)s–%(after)s 点最空，平均 %(people)s 位；平时 %(usual)s 位")
    values = {"first": first, "after": after, "people": _rounded(people), "usual": _rounded(usual)}
    n = min(known[day, hour] for hour in range(first, after))
    return Hint(kind, phrase(said, day=phrase(_WEEKDAYS[day]), **values), n)


def _rounded(people: float) -> str:
    """Whole people, tenths below two: 9, 1.5, 0.4."""
    return f"{people:.0f}" if people >= 2 else f"{people:.1f}".removesuffix(".0")


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
