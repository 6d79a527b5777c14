"""Seats: one row for each seat of a resource and each quarter of an hour, unique in the table. Nobody else writes them.

All three verbs run inside the transaction of the rule that holds the store's calendar (`supply.take`); the unique row is the guard that
holds even if somebody forgot to.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from peewee import IntegrityError

from models import HOLDING, Param, Part, Prepared, Resource, Seat, database
from webapp.bookings.free import quarters

AT_ONCE = 200  # rows of one INSERT


class Freed(NamedTuple):
    """What became free: this resource from … until."""

    resource: int
    begins: int
    ends: int


class SoldOut(Exception):
    """Somebody was faster. The transaction must not go on."""


_NUMBERS = Prepared(
    lambda: Seat.select(Seat.at, Seat.number).where(
        Seat.resource == Param("resource"), Seat.at >= Param("begins"), Seat.at < Param("ends")
    )
)
_PARTS = Prepared(
    lambda: Part.select(Part.id, Part.resource, Part.starts_at, Part.free_at).where(Part.booking == Param("booking"))
)
_DELETE = Prepared(lambda: Seat.delete().where(Seat.part == Param("part")))


def hold(part: int, resource: Resource, begins: int, ends: int, people: int) -> None:
    """Take the seats from `begins` until `ends` (cleaning included). Raises SoldOut if one of them is taken."""
    wanted = quarters(begins, ends)
    taken: dict[int, set[int]] = {quarter: set() for quarter in wanted}
    for at, number in _NUMBERS.rows(resource=resource.id, begins=wanted.start, ends=ends):
        taken[at].add(number)
    places = resource.capacity if resource.shared else 1
    rows = []
    for quarter in wanted:
        free = [number for number in range(places) if number not in taken[quarter]]
        needed = people if resource.shared else 1
        if len(free) < needed:
            raise SoldOut
        rows += [(resource.id, quarter, number, part) for number in free[:needed]]
    for first in range(0, len(rows), AT_ONCE):
        _insert(rows[first : first + AT_ONCE])


def release(booking: int) -> list[Freed]:
    """Give all seats of a booking back. Returns what became free; nothing when it had none."""
    freed = []
    for part, resource, begins, ends in _PARTS.rows(booking=booking):
        if _DELETE.run(part=part):
            freed.append(Freed(resource, begins, ends))
    return freed


def is_holding(state: str) -> bool:
    """Does a booking in this state keep its seats?"""
    return state in HOLDING


def _insert(rows: Iterable[tuple[int, int, int, int]]) -> None:
    values = [value for row in rows for value in row]
    try:
        database.obj.execute_sql(_statement(len(values) // 4, database.obj.param), values)
    except IntegrityError as error:
        raise SoldOut from error


@lru_cache(maxsize=256)
def _statement(rows: int, mark: str) -> str:
    one = f"({mark}, {mark}, {mark}, {mark})"
    return f"INSERT INTO seat (resource_id, at, number, part_id) VALUES {', '.join([one] * rows)}"  # noqa: S608 - marks only
