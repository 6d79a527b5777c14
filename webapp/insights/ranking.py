"""Where the lines between grades and classes lie tonight, and who stands where (B1, B2). By rank: the shares are the documents' own.

A line never runs through people who are equal: it lies at the value next to the share. So the shares that come out are near the
documents', not the same, and the owner sees both (T4).
"""

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import fn

from models import Grade
from webapp.clock import DAY

GRADES = (("vip", 20), ("a", 30), ("b", 30), ("c", 20))  # per cent of those who bought in the year
FREQUENCIES = (("high", 20), ("middle", 40), ("low", 40))  # the documents' low is 30: theirs add up to 90 (T4)
FIFTHS = ((5, 20), (4, 20), (3, 20), (2, 20), (1, 20))


class Lines(NamedTuple):
    """The least value that reaches each step, from the top; the lowest step has none. Fen, days of coming, day of the last visit."""

    grade: list[int]
    frequency: list[int]
    money: list[int]
    often: list[int]
    recency: list[int]


class Rank(NamedTuple):
    grade: str | None
    frequency: str | None
    recency: int
    often: int
    money: int


def lines() -> Lines:
    """Tonight's, from what has been read. Five questions, none of which brings more than the steps or a few hundred values here."""
    bought = Grade.select().where(Grade.spent > 0).count()
    visits = list(_counted(Grade.visits, Grade.visits > 0))
    last = list(_counted(Grade.last_at / DAY, Grade.visits > 0))
    return Lines(
        _spent(bought, [share for _, share in GRADES]),
        cut(visits, [share for _, share in FREQUENCIES]),
        _spent(bought, [share for _, share in FIFTHS]),
        cut(visits, [share for _, share in FIFTHS]),
        cut(last, [share for _, share in FIFTHS]),
    )


def rank(known: Lines, spent: int, visits: int, last_at: int | None) -> Rank:
    """Where somebody stands between these lines. Without a purchase in the year nobody has a grade, without a visit no class."""
    return Rank(
        _step(known.grade, [key for key, _ in GRADES], spent) if spent > 0 else None,
        _step(known.frequency, [key for key, _ in FREQUENCIES], visits) if visits > 0 else None,
        _step(known.recency, [5, 4, 3, 2, 1], (last_at or 0) // DAY) if visits > 0 else 1,
        _step(known.often, [5, 4, 3, 2, 1], visits) if visits > 0 else 1,
        _step(known.money, [5, 4, 3, 2, 1], spent) if spent > 0 else 1,
    )


def cut(values: Iterable[tuple[int, int]], shares: list[int]) -> list[int]:
    """Lines in a list of (value, people), the highest value first: at every share the value next to it. One line fewer than shares."""
    known = list(values)
    total = sum(people for _, people in known)
    sums = [0, *itertools.accumulate(people for _, people in known)]
    found = []
    for share in itertools.accumulate(shares[:-1]):
        wanted = total * share / 100
        n = min(range(len(sums)), key=lambda n: (abs(sums[n] - wanted), -n))
        found.append(known[n - 1][0] if n else known[0][0] + 1 if known else 1)
    return found


# --- how it is done ----------------------------------------------------------------------------------------------------


def _step(known: list[int], keys: Any, value: int) -> Any:
    for line, key in zip(known, keys, strict=False):
        if value >= line:
            return key
    return keys[-1]


def _counted(value: Any, among: Any) -> Iterable[tuple[int, int]]:
    """How many have each value, the highest first: days of coming and days of the year, so some hundreds at most."""
    query = Grade.select(value, fn.COUNT(Grade.member)).where(among).group_by(value)
    return sorted(((int(one), int(people)) for one, people in query.tuples()), reverse=True)


def _spent(bought: int, shares: list[int]) -> list[int]:
    """The same for money, where everybody may have a value of their own: asked through the index, by place."""
    return [_at(bought, share) for share in itertools.accumulate(shares[:-1])]


def _at(total: int, share: int) -> int:
    """The least amount of the best `share` per cent: of those equal to the one in that place all, or none, whichever is nearer."""
    if not total:
        return 1
    wanted = total * share / 100
    place = min(total - 1, max(0, round(wanted) - 1))
    query = Grade.select(Grade.spent).where(Grade.spent > 0).order_by(Grade.spent.desc())
    value = int(query.offset(place).limit(1).scalar())
    above = Grade.select().where(Grade.spent > value).count()
    equal = Grade.select().where(Grade.spent == value).count()
    return value if abs(above + equal - wanted) <= abs(above - wanted) else value + 1
