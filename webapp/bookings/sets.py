"""What goes well with what somebody has: two suggestions, each with its because (O1), from their own bookings, then from what many had.

Home, and the tablet on arrival, show the same. One prepared question for a member's own year; what others had together is counted once in six
hours, from the store's newest bookings, and kept in memory.
"""

import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, combinations
from typing import Any, NamedTuple

from models import Booking, Param, Part, Prepared, Service, database
from webapp.clock import DAY
from webapp.points.phrases import Phrase, phrase
from webapp.words import N_

LOOKED_AT = 60  # parts of a member's own bookings
LOOKED_BACK = 365 * DAY
NEWEST = 4_000  # parts of a store that are counted
HABIT = 2  # so often at least
MANY = 20  # so many had the one, below which nothing is said of the other (T13)
SHARE = 20  # per cent of them had both
SUGGESTIONS = 2
KEPT = DAY // 4

_PAST = Prepared(
    lambda: (
        Booking.select(
            *(Booking.id, Booking.store, Booking.starts_at, Booking.options),
            *(Part.service, Service.name, Service.retired_at, Service.kind),
        )
        .join(Part)
        .join(Service)
        .where(
            Booking.member
            == Param("member"),  # the store is looked at below: as a condition it would lead SQLite to the wrong index
            Booking.state.in_(("arrived", "done")),
            Booking.starts_at > Param("since"),
            Booking.starts_at < Param("at"),
        )
        .order_by(Booking.starts_at.desc())
        .limit(LOOKED_AT)
    )
)
_NEWEST = Prepared(
    lambda: (
        Booking.select(Booking.member, Part.service)
        .join(Part)
        .join(Service)
        .where(
            Booking.store == Param("store"),
            Booking.starts_at < Param("at"),
            Booking.state.in_(("arrived", "done")),
            Booking.member.is_null(False),
            Service.retired_at.is_null(),
            Service.kind != "event",
        )
        .order_by(Booking.starts_at.desc())
        .limit(NEWEST)
    )
)

Words = dict[str, str]


class Suggestion(NamedTuple):
    """What to offer, and because of what; the first is the one to book."""

    services: tuple[int, ...]
    names: list[Words]
    because: Phrase


class Past(NamedTuple):
    """One booking: when, with which options, for which services."""

    starts_at: int
    options: list[dict[str, Any]]
    services: set[int]


class Own(NamedTuple):
    """What a member had in a year, the newest first; the names of what can still be booked."""

    bookings: dict[int, Past]
    names: dict[int, Words]


def for_home(member: int, store: int, at: int) -> list[Suggestion]:
    """The two for the phone. One question."""
    return two(own(member, store, at), store, at)


def own(member: int, store: int, at: int) -> Own:
    """A member's year in a store."""
    found: dict[int, Past] = {}
    names: dict[int, Words] = {}
    rows = _PAST.rows(member=member, since=at - LOOKED_BACK, at=at)
    for booking, where, starts_at, options, service, name, retired_at, kind in rows:
        if where != store:
            continue
        if booking not in found:
            chosen = Booking.options.python_value(options) if len(options) > len("[]") else []
            found[booking] = Past(starts_at, [option for option in chosen if "package" not in option], set())
        found[booking].services.add(service)
        if service not in names and retired_at is None and kind != "event":
            names[service] = json.loads(name)
    return Own(found, names)


def two(mine: Own, store: int, at: int, *, booked: frozenset[int] = frozenset()) -> list[Suggestion]:
    """Two, the surest first, none of them of what is `booked` for today."""
    found: list[Suggestion] = []
    for one in chain(_together(mine, booked), _others(mine, store, at, booked), _usual(mine, booked)):
        if not any(set(one.services) & set(other.services) for other in found):
            found.append(one)
        if len(found) == SUGGESTIONS:
            break
    return found


# --- how it is done ----------------------------------------------------------------------------------------------------


def _together(mine: Own, booked: frozenset[int]) -> Iterator[Suggestion]:
    """What they had in one go several times: the other of the two, if one is booked today, else both."""
    counts = Counter(
        pair for past in mine.bookings.values() for pair in combinations(sorted(past.services & mine.names.keys()), 2)
    )
    for (one, other), number in counts.most_common():
        if number < HABIT:
            return
        because = phrase(N_("一起约过 %(n)s 次"), n=number)
        missing = {one, other} - booked
        if len(missing) == 1:
            first = missing.pop()
            yield Suggestion((first,), [mine.names[first]], because)
        elif missing and not booked:
            yield Suggestion((one, other), [mine.names[one], mine.names[other]], because)


def _usual(mine: Own, booked: frozenset[int]) -> Iterator[Suggestion]:
    counts = Counter(service for past in mine.bookings.values() for service in past.services - booked)
    for service, number in counts.most_common():
        if number < HABIT:
            return
        if service in mine.names:
            because = phrase(N_("最近 %(all)s 次来，有 %(n)s 次做了"), all=len(mine.bookings), n=number)
            yield Suggestion((service,), [mine.names[service]], because)


def _others(mine: Own, store: int, at: int, booked: frozenset[int]) -> Iterator[Suggestion]:
    """What many had who also had what this member has most, and this member never had."""
    counts = Counter(service for past in mine.bookings.values() for service in past.services)
    had = set(counts) | booked
    first = next(iter(booked & mine.names.keys()), None) or next(
        (s for s, _ in counts.most_common() if s in mine.names), None
    )
    if first is None:
        return
    people, pairs, names = _many(database.obj, store, at // KEPT)
    of_all = people.get(first, 0)
    if of_all < MANY:
        return
    likely = sorted(((pairs.get((first, other), 0), -other) for other in names if other not in had), reverse=True)
    for both, other in likely:
        if both * 100 < of_all * SHARE:
            return
        because = phrase(
            N_("约过%(service)s的 %(all)s 位客人里，%(n)s 位也约过"), service=names[first], all=of_all, n=both
        )
        yield Suggestion((-other,), [names[-other]], because)


@lru_cache(maxsize=64)
def _many(_database: Any, store: int, when: int) -> tuple[dict[int, int], dict[tuple[int, int], int], dict[int, Words]]:
    """How many people had each service, and each two of them; and what the services are called."""
    had: dict[int, set[int]] = {}
    for member, service in _NEWEST.rows(store=store, at=(when + 1) * KEPT):
        had.setdefault(member, set()).add(service)
    people, pairs = Counter[int](), Counter[tuple[int, int]]()
    for services in had.values():
        people.update(services)
        pairs.update((one, other) for one in services for other in services if one != other)
    names = Service.select(Service.id, Service.name).where(Service.id.in_(list(people)))
    return dict(people), dict(pairs), dict(names.tuples())
