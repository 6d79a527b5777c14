"""A time zone as calendar files want it (VTIMEZONE): the rule of its summer time where there is one, else each change by itself.

Written here because not every program reads the long lists of dates that libraries write; the moments come from the time zone database.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from webapp import clock

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ALWAYS = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a time on the wall


class Change(NamedTuple):
    """The clocks change: `wall` is what they showed just before."""

    wall: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    name: str
    summer: bool


def component(timezone: str, first: int, last: int) -> Any:
    """The VTIMEZONE for a calendar whose times lie between two moments."""
    from icalendar import Timezone

    zone = clock.zone(timezone)
    years = range(clock.local(first, timezone).year - 1, clock.local(last, timezone).year + 3)
    found = Timezone()
    found.add("TZID", timezone)
    changes = _changes(timezone, years.start, years.stop)
    rules = {change: _rule(same, len(years)) for change, same in _groups(changes).items()}
    if not changes:
        begin = dt.datetime(years.start, 1, 1, tzinfo=zone)
        found.add_component(_observance(Change(ALWAYS, _off(begin), _off(begin), begin.tzname() or "", False), None))
    elif all(rules.values()):
        for change, rule in rules.items():
            found.add_component(_observance(change, rule))
    else:
        first_ones = Change(ALWAYS, changes[0].before, changes[0].before, "", not changes[0].summer)
        for change in (first_ones, *changes):
            found.add_component(_observance(change, None))
    return found


def _observance(change: Change, rule: dict[str, Any] | None) -> Any:
    from icalendar import TimezoneDaylight, TimezoneStandard

    found = TimezoneDaylight() if change.summer else TimezoneStandard()
    found.add("DTSTART", change.wall)
    if rule:
        found.add("RRULE", rule)
    found.add("TZOFFSETFROM", change.before)
    found.add("TZOFFSETTO", change.after)
    if change.name:
        found.add("TZNAME", change.name)
    return found


@lru_cache(maxsize=64)
def _changes(timezone: str, first: int, stop: int) -> tuple[Change, ...]:
    """Every change of the clocks from the beginning of one year to the beginning of another."""
    zone = clock.zone(timezone)
    at = clock.stamp(dt.datetime(first, 1, 1, tzinfo=dt.UTC))
    end = clock.stamp(dt.datetime(stop, 1, 1, tzinfo=dt.UTC))
    found = []
    while at < end:
        if _offset(at, zone) != _offset(at + clock.DAY, zone):
            found.append(_change(at, at + clock.DAY, zone))
        at += clock.DAY
    return tuple(found)


def _change(low: int, high: int, zone: ZoneInfo) -> Change:
    before = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    now = dt.datetime.fromtimestamp(high, zone)
    wall = dt.datetime.fromtimestamp(high, dt.UTC).replace(tzinfo=None) + before
    return Change(wall, before, _off(now), now.tzname() or "", _off(now) > before)


def _groups(changes: Iterable[Change]) -> dict[Change, list[Change]]:
    """The changes of one kind together, under the first of them."""
    kinds: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        kinds.setdefault(change[1:], []).append(change)
    return {same[0]: same for same in kinds.values()}


def _rule(same: list[Change], years: int) -> dict[str, Any] | None:
    """Every year on the last (or second, …) Sunday of a month at the same time; None when it is not so."""
    walls = [change.wall for change in same]
    if len(walls) != years or len({(wall.month, wall.weekday(), wall.time()) for wall in walls}) != 1:
        return None
    weekday = DAYS[walls[0].weekday()]
    if all(wall.day + 7 > monthrange(wall.year, wall.month)[1] for wall in walls):
        return {"FREQ": "YEARLY", "BYMONTH": walls[0].month, "BYDAY": f"-1{weekday}"}
    weeks = {(wall.day + 6) // 7 for wall in walls}
    return (
        {"FREQ": "YEARLY", "BYMONTH": walls[0].month, "BYDAY": f"{weeks.pop()}{weekday}"} if len(weeks) == 1 else None
    )


def _offset(at: int, zone: ZoneInfo) -> dt.timedelta:
    return _off(dt.datetime.fromtimestamp(at, zone))


def _off(moment: dt.datetime) -> dt.timedelta:
    found = moment.utcoffset()
    assert found is not None
    return found
