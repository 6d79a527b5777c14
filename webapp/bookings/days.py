"""Which hours hold on a calendar day: a special day goes before a public holiday, a holiday before the weekday.

Days are dates on the store's own wall; spans are moments (seconds, UTC). A bath that opens on Friday and closes at 02:00 is Friday's.
Holidays and make-up working days come from the `holidays` library, for the country of the store's time zone.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from models import QUARTER, Resource, Service
from webapp import clock
from webapp.bookings.supply import Supply
from webapp.clock import MINUTE
from webapp.stores.hours import Interval

Span = tuple[int, int]
EPOCH = dt.date(1970, 1, 1).toordinal()
SUNDAY = 6
MONTH = 31


class Holiday(NamedTuple):
    """A public holiday, or a weekend day that is worked to make up for one."""

    name: str
    works: bool


def number(day: dt.date) -> int:
    """The day counted from 1970-01-01."""
    return day.toordinal() - EPOCH


def date(day: int) -> dt.date:
    return dt.date.fromordinal(day + EPOCH)


def holiday(day: dt.date, timezone: str, language: str = "") -> Holiday | None:
    """What the country of this time zone does on that day, if it is out of the ordinary; named in `language` where that is known."""
    return _holidays(_country(timezone), day.year, language).get(day)


def intervals(supply: Supply, day: dt.date) -> list[Interval]:
    """The store's own hours on that day, minutes after local midnight."""
    special = supply.specials.get(number(day))
    if special is not None:
        return special
    found = holiday(day, supply.timezone) if supply.holiday_as else None
    if found is None:
        return list(supply.week.get(day.weekday(), ()))
    if found.works:  # worked like the Friday before it
        return list(supply.week.get(4, ()))
    return list(supply.week.get(SUNDAY, ())) if supply.holiday_as == 1 else []


def opened(supply: Supply, day: dt.date) -> list[Span]:
    """The store's hours on that day as moments, whether or not something is shut; hours that touch are one."""
    return _joined([_span(day, interval, supply.timezone) for interval in intervals(supply, day)])


def spans(supply: Supply, day: dt.date) -> list[Span]:
    """When the store is open on that day, without what is shut. Open round the clock, it goes on into the next days."""
    shut = [(shut.starts_at, shut.ends_at) for shut in supply.shut if shut.resource is None]
    return without(_running_on(day, lambda other: opened(supply, other)), shut)


def window(supply: Supply, day: dt.date) -> Span:
    """From when until when things belong to this day: midnight to midnight, and whatever its hours add or the day before has taken."""
    midnight = moment(day, 0, supply.timezone)
    after = moment(day + dt.timedelta(days=1), 0, supply.timezone)
    before = day - dt.timedelta(days=1)
    first = max([midnight, *(ends for _, ends in opened(supply, before))])
    mine = opened(supply, day)
    return min([first, *(begins for begins, _ in mine)]), max([after, *(ends for _, ends in mine)])


def day_of(supply: Supply, at: int) -> dt.date:
    """The shop's day that a moment belongs to: one o'clock at night may be the evening before."""
    today = clock.local(at, supply.timezone).date()
    return today if at >= window(supply, today)[0] else today - dt.timedelta(days=1)


def later(supply: Supply, at: int, seconds: int) -> int | None:
    """When so many seconds of opening time have passed since `at`; None if the store is not open for so long in a month."""
    begin, reached = clock.local(at, supply.timezone).date() - dt.timedelta(days=2), at
    for day in (begin + dt.timedelta(days=n) for n in range(MONTH + 2)):
        for begins, ends in spans(supply, day):
            begins = max(begins, reached)
            if ends <= begins:
                continue
            if ends - begins >= seconds:
                return begins + seconds
            seconds, reached = seconds - (ends - begins), ends
    return None


def stretch(supply: Supply, wanted: Iterable[dt.date]) -> list[Span]:
    """When the store is open on all of these days, one after the other; hours that touch are one, what is shut is left out."""
    shut = [(shut.starts_at, shut.ends_at) for shut in supply.shut if shut.resource is None]
    return without(_joined([span for day in wanted for span in opened(supply, day)]), shut)


def usable(supply: Supply, service: Service, resource: Resource, day: dt.date, opened: list[Span]) -> list[Span]:
    """When this resource may do this service on that day; `opened` are the spans of the store."""
    found = in_hours(supply, resource.hours, day, in_hours(supply, service.hours, day, opened))
    shut = [(shut.starts_at, shut.ends_at) for shut in supply.shut if shut.resource == resource.id]
    return without(found, shut + _given_to_events(supply, service, resource))


def in_hours(supply: Supply, own: dict[str, list[Interval]] | None, day: dt.date, opened: list[Span]) -> list[Span]:
    """What of `opened` lies in the hours of a service's or a resource's own week; without one, all of it."""
    if own is None:
        return opened

    def mine(other: dt.date) -> list[Span]:
        return _joined(
            [_span(other, (opens, closes), supply.timezone) for opens, closes in own.get(str(other.weekday()), ())]
        )

    return both(opened, _running_on(day, mine))


def both(left: list[Span], right: list[Span]) -> list[Span]:
    """What lies in both."""
    found = ((max(begins, starts), min(ends, stops)) for begins, ends in left for starts, stops in right)
    return sorted(span for span in found if span[0] < span[1])


def without(opened: list[Span], shut: list[Span]) -> list[Span]:
    """What is left of `opened`."""
    for starts, stops in shut:
        opened = [
            piece
            for begins, ends in opened
            for piece in ((begins, min(ends, starts)), (max(begins, stops), ends))
            if piece[0] < piece[1]
        ]
    return opened


def _given_to_events(supply: Supply, service: Service, resource: Resource) -> list[Span]:
    """When the resource is kept for an event; what comes before must have been cleaned up by then."""
    return [
        (
            date.starts_at - service.clean_minutes * MINUTE,
            date.starts_at + (event.minutes + event.clean_minutes) * MINUTE,
        )
        for event, dates in ((supply.services.get(number), dates) for number, dates in supply.occurrences.items())
        for date in dates
        if event and date.resource_id == resource.id
    ]


def _joined(found: list[Span]) -> list[Span]:
    """Sorted, and what touches or overlaps is one."""
    whole: list[Span] = []
    for begins, ends in sorted(span for span in found if span[0] < span[1]):
        if whole and begins <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], ends))
        else:
            whole.append((begins, ends))
    return whole


def _running_on(day: dt.date, of: Callable[[dt.date], list[Span]]) -> list[Span]:
    """The spans of a day, the last one as far as the next two days carry it on."""
    found = of(day)
    for days_on in (1, 2):
        following = of(day + dt.timedelta(days=days_on)) if found else []
        if not following or following[0][0] > found[-1][1]:
            break
        found = [*found[:-1], (found[-1][0], max(found[-1][1], following[0][1]))]
    return found


def _span(day: dt.date, interval: Interval, timezone: str) -> Span:
    return moment(day, interval[0], timezone), moment(day, interval[1], timezone)


def moment(day: dt.date, minutes: int, timezone: str) -> int:
    """That many minutes after midnight on the store's wall, on the next quarter of an hour. An hour that the clocks skip counts as the one after."""
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minutes)
    found = clock.stamp(wall.replace(tzinfo=clock.zone(timezone)))
    return -(-found // QUARTER) * QUARTER


@lru_cache(maxsize=64)
def _country(timezone: str) -> str:
    """The country a time zone belongs to, from the table of the time zone database."""
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines():
        if not line.startswith("#") and line.split("\t")[2] == timezone:
            return line.split("\t")[0]
    return ""


@lru_cache(maxsize=64)
def _holidays(country: str, year: int, language: str = "") -> dict[dt.date, Holiday]:
    import holidays  # a tenth of a second, and only who looks at a calendar needs it

    try:
        plain = holidays.country_holidays(country, years=())
        # Without a language the library would follow the machine's: then the country's own.
        spoken = language if language in plain.supported_languages else plain.default_language
        known = holidays.country_holidays(country, years=year, language=spoken)
    except NotImplementedError:
        return {}
    made_up = {day: Holiday("", True) for day in getattr(known, "weekend_workdays", ()) if day.year == year}
    return {day: Holiday(name, False) for day, name in known.items()} | made_up
