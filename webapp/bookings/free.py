"""Free times: which starts of a service a party could have. A pure reading of the supply and of the seats that are taken.

Asked for a day and a party it answers from memory as long as the store's calendar has not moved: see `supply`. When seats have moved, it
reads them again; which times there could be (`Plan`) is worked out once per edition of the supply.
"""

import datetime as dt
from functools import lru_cache
from typing import Any, NamedTuple

from peewee import SQL, fn

from models import QUARTER, Param, Part, Prepared, Resource, Seat, Service, database
from webapp import clock
from webapp.bookings import days
from webapp.bookings.days import Span
from webapp.bookings.supply import Supply
from webapp.clock import DAY, MINUTE

Taken = dict[int, dict[int, int]]  # resource → quarter → seats taken
Rooms = dict[int, int]  # resource → the quarters of a day that are taken, as bits
Memory = dict[int, tuple[Rooms, Taken]]  # day (UTC, from 1970) → rooms, pools, as one version of the calendar has them
A_DAY = DAY // QUARTER
CHUNK = 24 * QUARTER  # so many quarters of one room are read as the bits of one number
BUSY = 60  # per cent of a day's or a time's places: from here on it is called busy

_TAKEN = Prepared(
    lambda: (
        Seat.select(Seat.resource, Seat.at, fn.COUNT(Seat.number))
        .join(Resource)
        .where(Resource.store == Param("store"), Seat.at >= Param("first"), Seat.at < Param("last"))
        .group_by(Seat.resource, Seat.at)
    )
)
_POOLS = Prepared(
    lambda: (
        Seat.select(Seat.resource, Seat.at, fn.COUNT(Seat.number))
        .join(Resource)
        .where(Resource.store == Param("store"), Resource.shared, Seat.at >= Param("first"), Seat.at < Param("last"))
        .group_by(Seat.resource, Seat.at)
    )
)
_ROOMS = Prepared(  # a room has one seat, so that the sum of its bits is the set of them
    lambda: (
        Seat.select(
            Seat.resource,
            SQL(f'"at" / {CHUNK} AS chunk'),
            fn.SUM(SQL(f'1 << CAST(("at" - "at" / {CHUNK} * {CHUNK}) / {QUARTER} AS INTEGER)')),
        )
        .join(Resource)
        .where(Resource.store == Param("store"), ~Resource.shared, Seat.at >= Param("first"), Seat.at < Param("last"))
        .group_by(Seat.resource, SQL("chunk"))
    )
)
_TAKEN_BUT = Prepared(
    lambda: (
        Seat.select(Seat.resource, Seat.at, fn.COUNT(Seat.number))
        .join(Part)
        .switch(Seat)
        .join(Resource)
        .where(
            Resource.store == Param("store"),
            Seat.at >= Param("first"),
            Seat.at < Param("last"),
            Part.booking != Param("but"),
        )
        .group_by(Seat.resource, Seat.at)
    )
)


class Start(NamedTuple):
    """One time to begin. `left` is how many people it could still take together, `most` how many when nothing is taken."""

    at: int
    left: int
    most: int

    def fits(self, people: int) -> bool:
        return self.left >= people

    @property
    def busy(self) -> bool:
        return self.left * 100 < self.most * (100 - BUSY)


class Day(NamedTuple):
    """A day of the strip. mark: closed, full, busy or quiet; `note` a holiday's name."""

    date: dt.date
    mark: str
    free: int
    note: str


class Share(NamedTuple):
    """So many of the party in this resource."""

    resource: int
    people: int


def starts(supply: Supply, service: Service, day: dt.date, *, but: int = 0, live: bool = False) -> list[Start]:
    """Every time of that day, full ones too. `but` leaves one booking's own seats out (it is about to move).

    `live` reads the seats as they are within this very transaction; else those of the supply's edition.
    """
    if live or but:
        return _starts(supply, service, day, {}, but)
    return _kept(database.obj, supply.store, supply.version, supply.edition, service.id, day, _Out(supply))


def starts_in(memory: Memory, supply: Supply, service: Service, day: dt.date) -> list[Start]:
    """The same for who looks at many days within one transaction, and drops the memory when seats move."""
    return _starts(supply, service, day, memory)


def open_to(supply: Supply, service: Service, at: int, tier: str) -> Span:
    """The first and the last moment somebody of this tier may book for, asked at `at`: lead time and horizon."""
    ahead = service.horizon_days + (service.early_days if tier == "vip" else 0)
    last = clock.local(at, supply.timezone).date() + dt.timedelta(days=ahead)
    midnight = days.moment(last + dt.timedelta(days=1), 0, supply.timezone)
    # The last evening ends when the house closes, which may be after midnight.
    return at + service.lead_minutes * MINUTE, max([midnight, *(ends for _, ends in days.opened(supply, last))])


def bookable(
    supply: Supply, service: Service, day: dt.date, at: int, tier: str, *, but: int = 0, live: bool = False
) -> list[Start]:
    """The times of that day that are not too soon and not too far."""
    first, last = open_to(supply, service, at, tier)
    if days.moment(day, 0, supply.timezone) >= last:
        return []
    times = starts(supply, service, day, but=but, live=live)
    return [start for start in times if first <= start.at < last and start.at > at]


def strip(
    supply: Supply, service: Service, people: int, at: int, tier: str, count: int = 14, skip: int = 0
) -> list[Day]:
    """The days ahead with how busy they are, beginning today or `skip` days later (events: only the days they happen)."""
    today, (first, last) = _tonight(supply, service, at, tier), open_to(supply, service, at, tier)
    first = (
        -(-max(first, at + 1) // QUARTER) * QUARTER
    )  # times are on the quarter: until the next one the answer is the same
    ahead = (today + dt.timedelta(days=skip), count)
    key = (supply.store, supply.version, supply.edition, service.id, people, (first, last), ahead)
    return _kept_strip(database.obj, *key, _Out(supply))


@lru_cache(maxsize=512)
def _kept_strip(
    database: Any,
    store: int,
    version: int,
    _edition: tuple[int, int],
    service_id: int,
    people: int,
    open_for: Span,
    ahead: tuple[dt.date, int],
    out: "_Out",
) -> list[Day]:
    supply, (day, count) = out.supply, ahead
    begins = days.moment(day, 0, supply.timezone) // DAY
    _remember(supply, _kept_seats(database, store, version), range(begins, begins + count + 3))
    service = supply.services[service_id]
    return [_day(supply, service, day + dt.timedelta(days=n), people, open_for) for n in range(count)]


def nearest(
    supply: Supply,
    service: Service,
    wanted: int,
    people: int,
    at: int,
    tier: str,
    *,
    count: int = 2,
    but: int = 0,
    live: bool = False,
) -> list[Start]:
    """The free times nearest to the wanted one, that day and the days beside it."""
    day = clock.local(wanted, supply.timezone).date()
    found: list[Start] = []
    for near in around(day):
        found += [
            s
            for s in bookable(supply, service, near, at, tier, but=but, live=live)
            if s.fits(people) and s.at != wanted
        ]
        if len(found) >= count and near != day:
            break
    return sorted(sorted(found, key=lambda start: abs(start.at - wanted))[:count])


def around(day: dt.date) -> list[dt.date]:
    """That day and those beside it, in the order in which somebody would rather have them."""
    return [day + dt.timedelta(days=n) for n in (0, 1, -1, 2, -2, 3)]


def shares(
    supply: Supply,
    service: Service,
    starts_at: int,
    people: int,
    used: Taken,
    wanted: int | None = None,
    rather: int | None = None,
) -> list[Share] | None:
    """Which resources would take the party at that time: one if one is enough, the smallest that is; else the fewest rooms. None: no place.

    Only the one that is `wanted`; the one they would `rather` have before all others.
    """
    plan = _plan_with(supply, service, starts_at)
    if plan is None:
        return None
    bit = 1 << (starts_at - plan.base) // QUARTER
    room = []
    for resource, _, _, could in plan.doers:
        if could & bit and wanted in (None, resource.id):
            left = _room(service, resource, starts_at, used.get(resource.id, {}))
            if left:
                room.append((left, resource))
    whole = [(left, resource) for left, resource in room if left >= people]
    if whole:
        # A pool keeps rooms free for those who want one; of rooms, the smallest that is large enough.
        best = min(
            whole,
            key=lambda one: (one[1].id != rather, not one[1].shared, one[1].capacity, one[1].place, one[1].id),
        )
        return [Share(best[1].id, people)]
    found = []
    for left, resource in sorted((one for one in room if not one[1].shared), key=lambda one: -one[0]):
        found.append(Share(resource.id, min(left, people)))
        people -= found[-1].people
        if not people:
            return found
    return None


def is_time(supply: Supply, service: Service, at: int) -> bool:
    """Could the service begin then, if nothing were taken?"""
    return _plan_with(supply, service, at) is not None


def taken(supply: Supply, day: dt.date, but: int = 0) -> Taken:
    """The seats that are taken around that day, counted per quarter."""
    first = days.moment(day, 0, supply.timezone) - DAY // 2
    return taken_between(supply, first, first + 3 * DAY, but)


def taken_between(supply: Supply, begins: int, ends: int, but: int = 0) -> Taken:
    """The seats that are taken from … until, counted per quarter; without those of the booking `but`."""
    query, values = (_TAKEN_BUT, {"but": but}) if but else (_TAKEN, {})
    found: Taken = {}
    for resource, at, number in query.rows(store=supply.store, first=begins // QUARTER * QUARTER, last=ends, **values):
        found.setdefault(resource, {})[at] = number
    return found


# --- how it is done ----------------------------------------------------------------------------------------------------


class _Out:
    """Something a remembered function may use but is not remembered by."""

    def __init__(self, supply: Supply) -> None:
        self.supply = supply

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Out)


@lru_cache(maxsize=4096)
def _kept(
    database: Any, store: int, version: int, _edition: tuple[int, int], service: int, day: dt.date, out: _Out
) -> list[Start]:
    supply = out.supply
    return _starts(supply, supply.services[service], day, _kept_seats(database, store, version))


@lru_cache(maxsize=64)
def _kept_seats(_database: Any, _store: int, _version: int) -> Memory:
    """The memory that goes with a version of the calendar."""
    return {}


def _remember(supply: Supply, memory: Memory, wanted: range, but: int = 0) -> None:
    """Read what the memory lacks of these days (UTC), in one query."""
    missing = [day for day in wanted if day not in memory]
    if not missing:
        return
    found: Memory = {day: ({}, {}) for day in range(missing[0], missing[-1] + 1)}
    span = {"store": supply.store, "first": missing[0] * DAY, "last": (missing[-1] + 1) * DAY}
    if but:
        for resource, at, number in _TAKEN_BUT.rows(**span, but=but):
            rooms, pools = found[at // DAY]
            pools.setdefault(resource, {})[at] = number
            rooms[resource] = rooms.get(resource, 0) | 1 << at % DAY // QUARTER
    else:
        for resource, chunk, bits in _ROOMS.rows(**span):
            day, nth = divmod(chunk * CHUNK, DAY)
            rooms, _ = found[day]
            rooms[resource] = rooms.get(resource, 0) | int(bits) << nth // QUARTER
        if any(resource.shared for resource in supply.resources.values()):
            for resource, at, number in _POOLS.rows(**span):
                found[at // DAY][1].setdefault(resource, {})[at] = number
    memory.update(found)


def _starts(supply: Supply, service: Service, day: dt.date, memory: Memory, but: int = 0) -> list[Start]:
    plan = _plan(database.obj, supply.store, supply.edition, service.id, day, _Out(supply))
    if not plan.times:
        return []
    first = plan.base // DAY
    spread = range(first, first + 4)  # hours to midnight of the next day, a long service, cleaning
    _remember(supply, memory, spread, but)
    pools = [0] * len(plan.times)
    rooms: dict[int, list[int]] = {}  # of so many people → how many are free at each bit, see `_count`
    for resource, capacity, shared, could in plan.doers:
        if shared:
            counts = {at: n for utc in spread for at, n in memory[utc][1].get(resource.id, {}).items()}
            for n, at in enumerate(plan.times):
                if could >> plan.bits[n] & 1:
                    pools[n] = max(pools[n], _room(service, resource, at, counts))
            continue
        taken = 0
        for n, utc in enumerate(spread):
            taken |= memory[utc][0].get(resource.id, 0) << n * A_DAY
        _count(rooms.setdefault(capacity, []), could & ~_reaching(taken, plan.length))
    # Rooms add up (a large party takes several); in a pool a party stays together.
    return [
        Start(at, max(_counted(rooms, bit), pool), most)
        for at, bit, most, pool in zip(plan.times, plan.bits, plan.most, pools, strict=True)
    ]


def _count(planes: list[int], bits: int) -> None:
    """Add one at every bit that is set, for all bits at once: the planes hold the ones, twos, fours … of each bit's number."""
    for n, plane in enumerate(planes):
        planes[n], bits = plane ^ bits, plane & bits
    if bits:
        planes.append(bits)


def _counted(rooms: dict[int, list[int]], bit: int) -> int:
    """How many people fit into the rooms that are free at that bit."""
    return sum(
        capacity * sum((plane >> bit & 1) << n for n, plane in enumerate(planes)) for capacity, planes in rooms.items()
    )


def _reaching(taken: int, length: int) -> int:
    """The quarters (as bits) from which something so long would run into what is taken."""
    reach, found = 1, taken
    while found and reach < length:
        step = min(reach, length - reach)
        found |= found >> step
        reach += step
    return found


class Plan(NamedTuple):
    """The times of one day at which a service could begin, whatever is taken. Of each resource as bits: bit n is n quarters after `base`."""

    base: int
    length: int  # quarters, cleaning included
    times: list[int]
    bits: list[int]  # of the times
    most: list[int]  # people, when nothing is taken
    doers: list[tuple[Resource, int, bool, int]]  # capacity, shared, bits


@lru_cache(maxsize=8192)
def _plan(_database: Any, _store: int, _edition: tuple[int, int], service_id: int, day: dt.date, out: _Out) -> Plan:
    supply = out.supply
    service = supply.services[service_id]
    base = days.moment(day, 0, supply.timezone) // DAY * DAY
    length = -(-(service.minutes + service.clean_minutes) * MINUTE // QUARTER)
    rooms: dict[int, int] = {}
    pools: dict[int, int] = {}
    doers = []
    opened, grid = days.spans(supply, day), _grid(supply, service, day)
    for resource in _doers(supply, service):
        could = 0
        for at, open_then in _times(supply, service, resource, day, opened, grid):
            if open_then:
                could |= 1 << (at - base) // QUARTER
            if resource.shared:
                pools[at] = max(pools.get(at, 0), resource.capacity)
            else:
                rooms[at] = rooms.get(at, 0) + resource.capacity
        doers.append((resource, resource.capacity, resource.shared, could))
    times = sorted({*rooms, *pools})
    bits = [(at - base) // QUARTER for at in times]
    return Plan(base, length, times, bits, [max(rooms.get(at, 0), pools.get(at, 0)) for at in times], doers)


def _times(
    supply: Supply, service: Service, resource: Resource, day: dt.date, opened: list[Span], grid: list[int]
) -> list[tuple[int, bool]]:
    """When this resource could begin; an event's date stays in the list when its place is shut."""
    if service.kind == "event":
        return [
            (date.starts_at, not _is_shut(supply, service, resource, date.starts_at))
            for date in supply.occurrences.get(service.id, ())
            if date.resource_id == resource.id and clock.local(date.starts_at, supply.timezone).date() == day
        ]
    spans = days.usable(supply, service, resource, day, opened)
    long = service.minutes * MINUTE
    return [(at, True) for at in grid if any(begins <= at and at + long <= ends for begins, ends in spans)]


def _tonight(supply: Supply, service: Service, at: int, tier: str) -> dt.date:
    """The date it is for the house: after midnight still the evening before, as long as that has times."""
    today = clock.local(at, supply.timezone).date()
    before = today - dt.timedelta(days=1)
    late = any(at < ends for _, ends in days.opened(supply, before)) and service.kind != "event"
    return before if late and bookable(supply, service, before, at, tier) else today


def _plan_with(supply: Supply, service: Service, at: int) -> Plan | None:
    """The plan of the day among whose times `at` is: after midnight it may be the evening before."""
    today = clock.local(at, supply.timezone).date()
    for day in (today, today - dt.timedelta(days=1)):
        plan = _plan(database.obj, supply.store, supply.edition, service.id, day, _Out(supply))
        if at in plan.times:
            return plan
    return None


def _grid(supply: Supply, service: Service, day: dt.date) -> list[int]:
    """When one may begin on that day, counted from its opening, so that a closure moves no other time."""
    step = -(-service.step_minutes * MINUTE // QUARTER) * QUARTER
    return [at for begins, ends in days.opened(supply, day) for at in range(begins, ends, step)]


def _room(service: Service, resource: Resource, at: int, counts: dict[int, int]) -> int:
    """How many people the resource can take from `at` on, cleaning included."""
    if not counts:
        return resource.capacity
    most = max((counts.get(quarter, 0) for quarter in quarters(at, free_at(service, at))), default=0)
    if resource.shared:
        return max(0, resource.capacity - most)
    return 0 if most else resource.capacity


def _is_shut(supply: Supply, service: Service, resource: Resource, at: int) -> bool:
    ends = at + service.minutes * MINUTE
    return any(
        shut.resource in (None, resource.id) and shut.starts_at < ends and at < shut.ends_at for shut in supply.shut
    )


def _doers(supply: Supply, service: Service) -> list[Resource]:
    return [supply.resources[resource] for resource in supply.doing.get(service.id, ()) if resource in supply.resources]


def _day(supply: Supply, service: Service, day: dt.date, people: int, open_for: Span) -> Day:
    times = [start for start in starts(supply, service, day) if open_for[0] <= start.at < open_for[1]]
    open_ones = [start for start in times if start.fits(people)]
    found = days.holiday(day, supply.timezone)
    note = found.name if found and not found.works else ""
    if not times:
        return Day(day, "closed", 0, note)
    if not open_ones:
        return Day(day, "full", 0, note)
    left, most = sum(start.left for start in times), sum(start.most for start in times)
    return Day(day, "busy" if left * 100 < most * (100 - BUSY) else "quiet", len(open_ones), note)


def free_at(service: Service, at: int) -> int:
    """When a resource that begins this service at `at` can be used again."""
    return int(at + (service.minutes + service.clean_minutes) * MINUTE)


def quarters(begins: int, ends: int) -> range:
    """The quarters of an hour that a time touches."""
    return range(begins // QUARTER * QUARTER, ends, QUARTER)
