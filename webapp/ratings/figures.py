"""What ratings say together: by dimension with n and spread, weighted into one number, NPS, and how they came (K3–K6).

Below twenty answers there are only counts, no percent (T13). Satisfied is a four or a five; ninety of a hundred is good (K4).
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import peewee
from peewee import fn

from models import DIMENSIONS, Ask, Rating, Score, Staff, Store
from webapp import clock, policy

ENOUGH = 20
GOOD = 90  # per cent satisfied
SATISFIED = 4
FRONT = ("attitude", "service")  # what the front desk makes


class Dimension(NamedTuple):
    """One row: `counts` of 1 … 5, `mean` in hundredths, `spread` (standard deviation) in hundredths, `satisfied` per cent or None when n < 20."""

    name: str
    counts: tuple[int, ...]
    n: int
    mean: int
    spread: int
    satisfied: int | None


class Figures(NamedTuple):
    """Of one or several stores in a stretch of time. `overall` in hundredths by weight; `nps` −100 … 100, None when n < 20."""

    rows: tuple[Dimension, ...]
    n: int
    overall: int | None
    satisfied: int | None
    nps: int | None
    nps_n: int
    nps_counts: tuple[int, int, int]  # promoters, passives, detractors
    app: int
    slip: int
    spoken: int


class Person(NamedTuple):
    """What the visits got that one person served."""

    staff: Staff
    n: int
    mean: int | None


class Shift(NamedTuple):
    """The faces that the front desk got in one part of the day: `happy` of `n` were a four or a five; per cent only from twenty on."""

    name: str
    n: int
    happy: int
    satisfied: int | None


def of(stores: Sequence[Store], since: int, until: int) -> Figures:
    """Everything about ratings made from `since` until before `until`. Three queries."""
    mine = Rating.store.in_([store.id for store in stores]) & (Rating.made_at >= since) & (Rating.made_at < until)
    query = Score.select(Score.dimension, Score.value, fn.COUNT(Score.value)).join(Rating).where(mine)
    found: dict[str, list[int]] = {}
    for name, value, n in query.group_by(Score.dimension, Score.value).tuples():
        found.setdefault(name, [0] * 5)[value - 1] += n
    order = [name for kind in dict.fromkeys(store.kind for store in stores) for name in DIMENSIONS[kind]]
    rows = tuple(_row(name, found[name]) for name in dict.fromkeys(order) if name in found)
    weights = policy.of(stores[0]).rating_weights if stores else {}
    way = peewee.Case(None, ((Rating.spoken_by.is_null(False), 2), (Rating.member.is_null(), 1)), 0)
    told = Rating.select(Rating.nps, way, fn.COUNT(Rating.id)).where(mine).group_by(Rating.nps, way)
    counts, ways, n = [0, 0, 0], [0, 0, 0], 0
    for nps, how, number in told.tuples():
        n += number
        ways[how] += number
        if nps is not None:
            counts[0 if nps >= 9 else 1 if nps >= 7 else 2] += number
    total = sum(counts)
    happy = sum(sum(row.counts[SATISFIED - 1 :]) for row in rows)
    answers = sum(row.n for row in rows)
    return Figures(
        rows,
        n,
        _weighted(rows, weights),
        round(100 * happy / answers) if n >= ENOUGH else None,
        round(100 * (counts[0] - counts[2]) / total) if total >= ENOUGH else None,
        total,
        (counts[0], counts[1], counts[2]),
        *ways,
    )


def by_person(stores: Sequence[Store], since: int, until: int) -> list[Person]:
    """Means by who served, only where there are enough answers; for managers."""
    mine = Rating.store.in_([store.id for store in stores]) & (Rating.made_at >= since) & (Rating.made_at < until)
    query = (
        Ask.select(Ask.served_by, fn.COUNT(fn.DISTINCT(Rating.id)), fn.AVG(Score.value))
        .join(Rating, on=(Rating.ask == Ask.id))
        .join(Score, on=(Score.rating == Rating.id))
        .where(mine, Ask.served_by.is_null(False))
        .group_by(Ask.served_by)
    )
    rows = list(query.tuples())
    people = {person.id: person for person in Staff.select().where(Staff.id.in_([row[0] for row in rows]))}
    found = [Person(people[who], n, round(100 * float(mean)) if n >= ENOUGH else None) for who, n, mean in rows]
    return sorted(found, key=lambda person: (person.mean is None, -(person.mean or 0), -person.n))


def by_shift(stores: Sequence[Store], since: int, until: int) -> list[Shift]:
    """How the front desk does (I7): attitude and service by when the visit was, on the store's wall. One query."""
    mine = Rating.store.in_([store.id for store in stores]) & (Rating.made_at >= since) & (Rating.made_at < until)
    zones = {store.id: store.timezone for store in stores}
    query = Score.select(Ask.store, Ask.at, Score.value).join(Rating).join(Ask)
    found: dict[str, list[int]] = {}
    for store, at, value in query.where(mine, Score.dimension.in_(FRONT)).tuples():
        hour = clock.local(at, zones[store]).hour
        found.setdefault(
            "morning" if 5 <= hour < 12 else "afternoon" if hour < 18 and hour >= 12 else "evening", []
        ).append(value)
    return [_shift(name, found[name]) for name in ("morning", "afternoon", "evening") if name in found]


def _shift(name: str, values: list[int]) -> Shift:
    happy = sum(value >= SATISFIED for value in values)
    return Shift(name, len(values), happy, round(100 * happy / len(values)) if len(values) >= ENOUGH else None)


def _row(name: str, counts: list[int]) -> Dimension:
    n = sum(counts)
    mean = sum(value * number for value, number in enumerate(counts, 1)) / n
    spread = sqrt(sum(number * (value - mean) ** 2 for value, number in enumerate(counts, 1)) / n)
    happy = sum(counts[SATISFIED - 1 :])
    return Dimension(
        name, tuple(counts), n, round(mean * 100), round(spread * 100), round(100 * happy / n) if n >= ENOUGH else None
    )


def _weighted(rows: Sequence[Dimension], weights: dict[str, int]) -> int | None:
    """The mean of the dimensions' means, each by its weight (one unless the shop says else)."""
    whole = sum(weights.get(row.name, 1) for row in rows)
    return round(sum(row.mean * weights.get(row.name, 1) for row in rows) / whole) if whole else None
