"""One day of a store as the tablet shows it: a row for each resource, cut into what is closed, shut, taken, being cleaned, and free.

A day is the shop's: a bath that closes at 02:00 keeps those two hours. Read by the desk; it writes nothing and holds nothing.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from peewee import SQL, fn

from models import HOLDING, QUARTER, Booking, Member, Part, Resource, Service, Waiter
from webapp import clock
from webapp.bookings import days, free
from webapp.bookings.days import Span
from webapp.bookings.supply import Shut, Supply
from webapp.clock import DAY, HOUR, MINUTE

HALF = HOUR // 2
AHEAD = ("requested", "offered", "confirmed")
WAITING_MOST = 50
_NINE, _EIGHTEEN = 9 * 60, 18 * 60  # what a day without hours shows
SHOWN = ("closed", "shut", "past", "free", "full", "held", "clean", "load")


class Cell(NamedTuple):
    """A stretch of one row. kind: one of SHOWN; `span` in quarters of an hour; `part` what is held; `taken` people in a pool."""

    kind: str
    begins: int
    span: int
    part: Part | None = None
    taken: int = 0
    broken: bool = False  # it cannot take place there

    @property
    def ends(self) -> int:
        return self.begins + self.span * QUARTER


class Row(NamedTuple):
    resource: Resource
    cells: list[Cell]
    shut: Shut | None  # what keeps it from being used now or later that day


class Board(NamedTuple):
    """`hours` are the columns: (moment, quarters); `parties` how many bookings there are."""

    date: dt.date
    begins: int
    ends: int
    hours: list[tuple[int, int]]
    rows: list[Row]
    parties: int
    shut: Shut | None  # the whole store


class Opening(NamedTuple):
    """A service that could begin in a resource at that moment, and for how many."""

    service: Service
    at: int
    people: int


def of(here: Supply, day: dt.date, at: int) -> Board:
    """The board of one day; `at` is now, for what can no longer begin. Two queries."""
    first, last = days.window(here, day)
    parts = held(here, first, last)
    openings = _openings(here, day, at, free.taken(here, day))
    begins, ends = _shown(here, day, parts, openings)
    by_resource: dict[int, list[Part]] = {}
    for part in parts:
        by_resource.setdefault(part.resource_id, []).append(part)
    resources = _with_retired(here, by_resource)
    opened = days.spans(here, day)
    rows = []
    for resource in resources:
        mine = by_resource.get(resource.id, [])
        usable = _usable(here, resource, day, opened)
        shut = [one for one in here.shut if one.resource in (None, resource.id)]
        cut = _pool if resource.shared else _room
        cells = cut(begins, ends, mine, usable, shut, openings.get(resource.id, []), at)
        rows.append(Row(resource, cells, _standing(shut, resource.id, begins, ends, at)))
    hours = [(moment, min(HOUR, ends - moment) // QUARTER) for moment in range(begins, ends, HOUR)]
    parties = len({part.booking_id for part in parts})
    return Board(day, begins, ends, hours, rows, parties, _standing(here.shut, None, begins, ends, at))


def held(here: Supply, first: int, last: int, states: Sequence[str] = HOLDING) -> list[Part]:
    """What is held from … until, with its booking, member and service, by time. One query."""
    query = (
        Part.select(Part, Booking, Member, Service)
        .join(Booking)
        .left_outer_join(Member)
        .switch(Part)
        .join(Service)
        .where(
            Booking.store == here.store,
            Booking.starts_at >= first - DAY,
            Booking.starts_at < last,
            Booking.state.in_(list(states)),
            Part.starts_at >= first,
            Part.starts_at < last,
        )
        .order_by(Part.starts_at, Part.id)
    )
    return list(query)


def strip(here: Supply, day: dt.date, at: int, count: int = 14) -> list[tuple[dt.date, int]]:
    """The days from today on (from the one that is shown, if it is not among them) with their number of bookings. One query."""
    today = days.day_of(here, at)
    begins = today if today <= day < today + dt.timedelta(days=count) else day
    dates = [begins + dt.timedelta(days=n) for n in range(count)]
    query = (
        Booking.select((Booking.starts_at / HOUR).alias("hour"), fn.COUNT(Booking.id))
        .where(
            Booking.store == here.store,
            Booking.starts_at >= days.window(here, dates[0])[0],
            Booking.starts_at < days.window(here, dates[-1])[1],
            Booking.state.in_(HOLDING),
        )
        .group_by(SQL("hour"))
    )
    found = dict.fromkeys(dates, 0)
    for number, parties in query.tuples():
        date = days.day_of(here, int(number) * HOUR)
        if date in found:
            found[date] += parties
    return list(found.items())


def openings(here: Supply, resource: Resource, day: dt.date, at: int) -> list[Opening]:
    """What could begin in this resource on that day, by time and then as the shop lists its services."""
    return _openings(here, day, at, free.taken(here, day)).get(resource.id, [])


def inside(here: Supply, resource: Resource, begins: int, ends: int) -> list[Part]:
    """Who is in a pool between two moments."""
    around = held(here, begins - DAY, ends)
    return [part for part in around if part.resource_id == resource.id and part.free_at > begins]


class InLine(NamedTuple):
    """Somebody in line: their place, or the place that is held for them until `offer.offer_until`."""

    waiter: Waiter
    number: int
    offer: Booking | None


def line(here: Supply, day: dt.date) -> list[InLine]:
    """Who waits for a place on that day, first come first. Two queries."""
    first, last = days.window(here, day)
    query = (
        Waiter.select(Waiter, Member, Service)
        .join(Member)
        .switch(Waiter)
        .join(Service)
        .where(
            Waiter.store == here.store,
            Waiter.state.in_(("waiting", "offered")),
            Waiter.from_at < last,
            Waiter.until_at >= first,
        )
        .order_by(Waiter.id)
        .limit(WAITING_MOST)
    )
    waiters = list(query)
    offers: dict[int, Booking] = {}
    if any(waiter.state == "offered" for waiter in waiters):
        ids = [waiter.id for waiter in waiters]
        held_now = Booking.select().where(Booking.waiter.in_(ids), Booking.state == "offered")
        offers = {booking.waiter_id: booking for booking in held_now}
    numbers: dict[int, int] = {}
    found = []
    for waiter in waiters:
        number = 0
        if waiter.state == "waiting":
            number = numbers[waiter.service_id] = numbers.get(waiter.service_id, 0) + 1
        found.append(InLine(waiter, number, offers.get(waiter.id)))
    return found


def times(here: Supply, booking: Booking, day: dt.date, at: int) -> list[free.Start]:
    """Every time of that day to which a booking could move as a whole: all its services, at the same distance from each other."""
    parts = list(Part.select().where(Part.booking == booking.id).order_by(Part.starts_at, Part.id))
    people: dict[tuple[int, int], int] = {}
    for part in parts:
        place = (part.service_id, part.starts_at - booking.starts_at)
        people[place] = people.get(place, 0) + part.people
    if not people or any(service not in here.services for service, _ in people):
        return []
    fitting: set[int] | None = None
    shown: list[free.Start] = []
    for (service, later), number in people.items():
        starts = free.starts(here, here.services[service], day, but=booking.id)
        fits = {start.at - later for start in starts if start.fits(number)}
        shown = shown or [start for start in starts if later == 0]
        fitting = fits if fitting is None else fitting & fits
    return [start for start in shown if start.at in (fitting or ()) and start.at > at and start.at != booking.starts_at]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _openings(here: Supply, day: dt.date, at: int, used: free.Taken) -> dict[int, list[Opening]]:
    found: dict[int, list[Opening]] = {}
    opened = days.spans(here, day)
    for service in here.services.values():
        starts = [start.at for start in free.starts(here, service, day) if start.at + service.minutes * MINUTE > at]
        for number in here.doing.get(service.id, ()):
            resource = here.resources.get(number)
            if resource is None or not starts:
                continue
            spans = _spans(here, service, resource, day, opened)
            counts = used.get(resource.id, {})
            for moment in starts:
                ends = moment + service.minutes * MINUTE
                if any(begins <= moment and ends <= stops for begins, stops in spans):
                    left = _left(service, resource, moment, counts)
                    if left:
                        found.setdefault(resource.id, []).append(Opening(service, moment, left))
    for listed in found.values():
        listed.sort(key=lambda one: (one.at, one.service.place, one.service.id))
    return found


def _spans(here: Supply, service: Service, resource: Resource, day: dt.date, opened: list[Span]) -> list[Span]:
    """When this resource may do this service; an event, at its dates here."""
    if service.kind != "event":
        return days.usable(here, service, resource, day, opened)
    dates = [date for date in here.occurrences.get(service.id, ()) if date.resource_id == resource.id]
    shut = [(one.starts_at, one.ends_at) for one in here.shut if one.resource in (None, resource.id)]
    return days.without([(date.starts_at, date.starts_at + service.minutes * MINUTE) for date in dates], shut)


def _left(service: Service, resource: Resource, at: int, counts: dict[int, int]) -> int:
    """How many people the resource could take for this service from then on."""
    most = max((counts.get(quarter, 0) for quarter in free.quarters(at, free.free_at(service, at))), default=0)
    places = resource.capacity - most if resource.shared else 0 if most else resource.capacity
    return int(min(places, service.people_max)) if places >= service.people_min else 0


def _usable(here: Supply, resource: Resource, day: dt.date, opened: list[Span]) -> list[Span]:
    """When the resource is there at all: for any of its services."""
    found: set[Span] = set()
    for service in here.services.values():
        if resource.id in here.doing.get(service.id, ()):
            found.update(_spans(here, service, resource, day, opened))
    return sorted(found)


def _shown(here: Supply, day: dt.date, parts: list[Part], openings: dict[int, list[Opening]]) -> Span:
    """The part of the day worth showing, in whole hours of the wall."""
    opened = [
        (days.moment(day, opens, here.timezone), days.moment(day, closes, here.timezone))
        for opens, closes in days.intervals(here, day)
    ]
    opened += [(part.starts_at, part.free_at) for part in parts]
    opened += [(one.at, free.free_at(one.service, one.at)) for listed in openings.values() for one in listed]
    if not opened:
        opened = [(days.moment(day, _NINE, here.timezone), days.moment(day, _EIGHTEEN, here.timezone))]
    begins, ends = min(one for one, _ in opened), max(one for _, one in opened)
    past, over = (clock.local(one, here.timezone).minute * MINUTE for one in (begins, ends))
    return begins - past, ends + (HOUR - over if over else 0)


def _with_retired(here: Supply, by_resource: dict[int, list[Part]]) -> list[Resource]:
    """Those of the shop in its order, then retired ones that still have somebody in them."""
    gone = [number for number in by_resource if number not in here.resources]
    late = list(Resource.select().where(Resource.id.in_(gone))) if gone else []
    return [*here.resources.values(), *late]


def _standing(shut: Iterable[Shut], resource: int | None, begins: int, ends: int, at: int) -> Shut | None:
    """The closure of just this resource (None: the store) that touches the rest of the day."""
    mine = (one for one in shut if one.resource == resource and one.starts_at < ends and one.ends_at > max(begins, at))
    return next(mine, None)


def _room(
    begins: int, ends: int, parts: list[Part], usable: list[Span], shut: list[Shut], openings: list[Opening], at: int
) -> list[Cell]:
    """One party at a time: blocks with their cleaning, and half hours that are free."""
    cells: list[Cell] = []
    now = begins
    for part in parts:
        if part.starts_at > now:
            cells += _between(now, part.starts_at, usable, shut, openings, at)
        if part.starts_at < now or part.free_at > ends:
            continue
        broken = part.booking.state in AHEAD and any(
            one.starts_at < part.ends_at and part.starts_at < one.ends_at for one in shut
        )
        quarters = -(-(part.ends_at - part.starts_at) // QUARTER)
        cells.append(Cell("held", part.starts_at, quarters, part, broken=broken))
        now = -(-part.ends_at // QUARTER) * QUARTER
        free_at = -(-part.free_at // QUARTER) * QUARTER
        if free_at > now:
            cells.append(Cell("clean", now, (free_at - now) // QUARTER))
        now = max(now, free_at)
    return cells + _between(now, ends, usable, shut, openings, at)


def _between(
    begins: int, ends: int, usable: list[Span], shut: list[Shut], openings: list[Opening], at: int
) -> list[Cell]:
    """What lies between two bookings: half hours on the wall's half hours, each closed, shut, free, or too short."""
    starts = [one.at for one in openings]
    found: list[Cell] = []
    while begins < ends:
        until = min(ends, begins // HALF * HALF + HALF)
        kind = _kind(begins, until, usable, shut, starts, at)
        last = found[-1] if found else None
        if last and last.kind == kind and kind != "free":
            found[-1] = last._replace(span=last.span + (until - begins) // QUARTER)
        else:
            found.append(Cell(kind, begins, (until - begins) // QUARTER))
        begins = until
    return found


def _kind(begins: int, ends: int, usable: list[Span], shut: list[Shut], starts: list[int], at: int) -> str:
    if any(one.starts_at < ends and begins < one.ends_at for one in shut):
        return "shut"
    if any(begins <= moment < ends for moment in starts):
        return "free"
    if not any(opens < ends and begins < closes for opens, closes in usable):
        return "closed"
    return "past" if ends <= at else "full"


def _pool(
    begins: int, ends: int, parts: list[Part], usable: list[Span], shut: list[Shut], openings: list[Opening], at: int
) -> list[Cell]:
    """Many at once: how many people are in it, by half hours, or by the windows of a van."""
    starts = [one.at for one in openings]
    step = max(HALF, min((one.service.step_minutes * MINUTE for one in openings), default=HALF) // HALF * HALF)
    first = min([opens for opens, _ in usable if begins <= opens < ends], default=begins)
    moments = [*range(begins, first, HALF), *range(first, ends, step)]
    found: list[Cell] = []
    for moment in moments:
        until = min(ends, moment + (step if moment >= first else HALF))
        taken = max(
            sum(part.people for part in parts if part.starts_at <= quarter < part.free_at)
            for quarter in range(moment, until, QUARTER)
        )
        kind, span = _kind(moment, until, usable, shut, starts, at), (until - moment) // QUARTER
        if taken or kind in ("free", "full"):
            found.append(Cell("load", moment, span, taken=taken))
        elif found and found[-1].kind == kind:
            found[-1] = found[-1]._replace(span=found[-1].span + span)
        else:
            found.append(Cell(kind, moment, span))
    return found
