"""The promise ladder as moments: answer, findings, decision, close (T1, T2). Pure arithmetic on a calendar that is read once per edition.

Minutes run while the shop is open; hours and days by the calendar; "working days" are the country's, with its holidays and make-up days,
whether or not this shop opens on a Sunday. A step is never due before the one that it follows.
"""

import datetime as dt
from bisect import bisect_right
from functools import lru_cache
from typing import Any, NamedTuple

from models import Store, database
from webapp import clock
from webapp.bookings import days, supply
from webapp.bookings.supply import Supply
from webapp.clock import DAY, HOUR, MINUTE
from webapp.policy import Policy

AHEAD = 75  # days that a calendar reaches
LATEST, USUAL = (
    22,
    18,
)  # o'clock: a working day's promise ends when the shop closes, at ten at the latest; at six if it stays shut
FULL, IDEA, PRAISE = (1, 2, 3, 4), (1, 4), (1,)
KEPT = 500


class Promise(NamedTuple):
    """One step: from when it counts, when to warn, until when. Seconds, UTC."""

    begins_at: int
    warn_at: int
    due_at: int


class Calendar(NamedTuple):
    """Opening spans from two days back, for 75 days; `before[i]` seconds of opening time lie before the i-th."""

    timezone: str
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    works: tuple[tuple[dt.date, int], ...]  # working days, each with the moment its promise ends


class _Hours:
    """The supply that a calendar is built from: not a part of what it is remembered by, which says which supply it was."""

    def __init__(self, here: Supply, at: int) -> None:
        self.here, self.at = here, at

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hours)


def steps_of(kind: str) -> tuple[int, ...]:
    """Which steps a case of this kind has: an idea is answered and closed, praise is answered."""
    return {"idea": IDEA, "praise": PRAISE}.get(kind, FULL)


def calendar(store: Store, at: int) -> Calendar:
    """The store's calendar around `at`, as committed."""
    return of(supply.of(store, at), at)


def of(here: Supply, at: int) -> Calendar:
    """The same of a supply that was read already."""
    return _kept(database.obj, here.store, here.edition, at // DAY, _Hours(here, at))


@lru_cache(maxsize=KEPT)
def _kept(_database: Any, _store: int, _edition: tuple[int, int], _day: int, hours: _Hours) -> Calendar:
    return build(hours.here, hours.at)


def build(here: Supply, at: int) -> Calendar:
    """The calendar of these hours, whether or not they are the store's (a preview)."""
    first = days.date(at // DAY - 2)
    wanted = [first + dt.timedelta(days=n) for n in range(AHEAD)]
    open_spans = days.stretch(here, wanted)
    before, total = [], 0
    for begins, ends in open_spans:
        before.append(total)
        total += ends - begins
    return Calendar(
        here.timezone,
        tuple(begins for begins, _ in open_spans),
        tuple(ends for _, ends in open_spans),
        tuple(before),
        tuple((day, _evening(here, day)) for day in wanted if is_working(day, here.timezone)),
    )


def ladder(known: Calendar, kind: str, at: int, rules: Policy, *, urgent: bool = False) -> dict[int, Promise]:
    """Every step of a case told at `at`, by its number."""
    found: dict[int, Promise] = {}
    floor = at
    for number in steps_of(kind):
        promise = _promise(known, kind, number, at, rules, urgent)
        floor = max(floor, promise.due_at)
        found[number] = promise._replace(due_at=floor)
    return found


def after_minutes(known: Calendar, at: int, seconds: int) -> int:
    """The moment when the shop has been open for so many seconds since `at`. A shop that does not open again in time counts by the clock."""
    place = bisect_right(known.ends, at)
    if place == len(known.begins):
        return at + seconds
    spent = known.before[place] + max(0, at - known.begins[place])
    target = spent + seconds
    # The last span that begins with less than the target behind it: there the time is full.
    end = bisect_right(known.before, target - 1) - 1
    moment = known.begins[end] + target - known.before[end]
    return moment if moment <= known.ends[end] else at + seconds


def after_working_days(known: Calendar, at: int, count: int) -> int:
    """When the count-th working day after today ends."""
    today = clock.local(at, known.timezone).date()
    place = bisect_right(known.works, (today, 1 << 62))
    ahead = known.works[place : place + count]
    return ahead[-1][1] if len(ahead) == count else at + count * DAY


def is_working(day: dt.date, timezone: str) -> bool:
    """Monday to Friday without public holidays, and the weekend days that are worked to make up for one."""
    found = days.holiday(day, timezone)
    return found.works if found else day.weekday() < 5


# --- how it is done ----------------------------------------------------------------------------------------------------


def _promise(known: Calendar, kind: str, number: int, at: int, rules: Policy, urgent: bool) -> Promise:
    if number == 1 and kind not in ("idea", "praise"):
        seconds = (rules.case_urgent_minutes if urgent else rules.case_answer_minutes) * MINUTE
        warn = after_minutes(known, at, seconds * rules.case_warn_percent // 100)
        return Promise(at, warn, after_minutes(known, at, seconds))
    if number == 2:
        due = at + rules.case_findings_hours * HOUR
    elif number == 4:
        due = at + rules.case_close_days * DAY
    else:
        due = after_working_days(known, at, rules.case_decision_days)
    return Promise(at, at + (due - at) * rules.case_warn_percent // 100, due)


def _evening(here: Supply, day: dt.date) -> int:
    """When a promise "by that day" ends: as the shop closes, not in the night; at six when it does not open."""
    own = days.spans(here, day)
    latest = days.moment(day, LATEST * 60, here.timezone)
    usual = days.moment(day, USUAL * 60, here.timezone)
    return min(max(ends for _, ends in own), latest) if own else usual
