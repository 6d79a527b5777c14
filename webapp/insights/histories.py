"""What a stretch of members has done, read in a handful of questions: days on which they came, what they paid, how they rated it.

A day of coming is a check-in, a bill that was not given back, a booking that took place, or clothes brought in; several of them on one
of the shop's own days are one. Nothing is written. Memory: one stretch at a time.
"""

from typing import Any, NamedTuple

from peewee import fn

from models import Booking, Grade, Member, Order, Param, Prepared, Purchase, Rating, Score, Visit, document
from webapp import clock
from webapp.clock import DAY
from webapp.insights import pattern

YEAR = 365  # days
QUARTER = 900  # no time zone changes within one
KEPT = (
    "life", "visits", "spent", "visits_ever", "spent_ever", "first_at", "last_at", "interval", "due_at", "mood", "risk",
    "reasons", "store",
)  # fmt: skip


class Found(NamedTuple):
    """What is kept of a member, see `models.Grade`; `since` is days since they were last here."""

    life: str
    visits: int
    spent: int
    visits_ever: int
    spent_ever: int
    first_at: int | None
    last_at: int | None
    interval: int | None
    due_at: int | None
    mood: int | None
    risk: int
    reasons: list[dict[str, Any]]
    store: int | None
    since: int

    def values(self) -> tuple[Any, ...]:
        """As columns keep it, in the order of KEPT."""
        return (*self[:11], document(self.reasons), self.store)


def stretch(after: int, most: int) -> tuple[list[int], int]:
    """The next members by id, those who are gone too, and the last of them."""
    ids = [row[0] for row in _NEXT.rows(after=after, most=most)]
    return ids, ids[-1] if ids else after


def of(after: int, last: int, at: int, today: int, zone: str) -> dict[int, Found]:
    """Everybody from `after` (not counted in) to `last` who is not gone, as they stand at `at`."""
    reach = {"after": after, "last": last}
    everybody = _PEOPLE.rows(**reach)
    traces = {row[0]: _Trace() for row in everybody}
    dated = _days(zone)
    for member, then, paid, store in _BILLS.rows(**reach, at=at):
        if trace := traces.get(member):
            day = dated(then)
            trace.came(day, then, store)
            trace.spent_ever += paid
            if day > today - YEAR:
                trace.spent += paid
    for query in (_VISITS, _BOOKINGS, _ORDERS):
        for member, then, store in query.rows(**reach, at=at):
            if trace := traces.get(member):
                trace.came(dated(then), then, store)
    moods = {member: round(mean * 100) for member, mean in _MOODS.rows(**reach, since=at - YEAR * DAY)}
    return {
        member: _found(traces[member], today, dated(joined), at, moods.get(member), case is not None)
        for member, joined, case in everybody
    }


def kept(after: int, last: int) -> dict[int, tuple[Any, ...]]:
    """What is kept of them now, as columns keep it, in the order of KEPT."""
    return {row[0]: tuple(row[1:]) for row in _KEPT.rows(after=after, last=last)}


# --- how it is done ----------------------------------------------------------------------------------------------------


class _Trace:
    """What is gathered of one member."""

    __slots__ = ("days", "first", "last", "spent", "spent_ever", "stores")

    def __init__(self) -> None:
        self.days: set[int] = set()
        self.stores: dict[int, int] = {}
        self.spent = self.spent_ever = 0
        self.first: int | None = None
        self.last: int | None = None

    def came(self, day: int, at: int, store: int) -> None:
        self.days.add(day)
        self.stores[store] = self.stores.get(store, 0) + 1
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at


def _found(trace: _Trace, today: int, joined: int, at: int, mood: int | None, case: bool) -> Found:
    days = sorted(trace.days)
    how = pattern.of(days, today, joined, mood=mood, case=case)
    due_at = None if how.due is None or trace.last is None else trace.last + (how.due - days[-1]) * DAY
    return Found(
        how.life,
        sum(1 for day in days if day > today - YEAR),
        trace.spent,
        len(days),
        trace.spent_ever,
        trace.first,
        trace.last,
        how.interval,
        due_at,
        mood,
        how.risk,
        how.reasons,
        min(trace.stores, key=lambda store: (-trace.stores[store], store)) if trace.stores else None,
        today - (days[-1] if days else joined),
    )


def _days(zone: str) -> Any:
    """The shop's own day of a moment, each quarter of an hour worked out once."""
    known: dict[int, int] = {}

    def dated(at: int) -> int:
        quarter = at // QUARTER
        day = known.get(quarter)
        if day is None:
            day = known[quarter] = clock.day_number(at, zone)
        return day

    return dated


def _reach(field: Any) -> Any:
    return (field > Param("after")) & (field <= Param("last"))


_NEXT = Prepared(
    lambda: Member.select(Member.id).where(Member.id > Param("after")).order_by(Member.id).limit(Param("most"))
)
_PEOPLE = Prepared(
    lambda: Member.select(Member.id, Member.joined_at, Member.care_since).where(
        _reach(Member.id), Member.erased_at.is_null(), Member.merged_into.is_null()
    )
)
_BILLS = Prepared(
    lambda: Purchase.select(Purchase.member, Purchase.at, Purchase.amount - Purchase.refunded, Purchase.store).where(
        _reach(Purchase.member), Purchase.at <= Param("at"), Purchase.refunded < Purchase.amount
    )
)
_VISITS = Prepared(
    lambda: Visit.select(Visit.member, Visit.at, Visit.store).where(_reach(Visit.member), Visit.at <= Param("at"))
)
_BOOKINGS = Prepared(
    lambda: Booking.select(Booking.member, Booking.arrived_at, Booking.store).where(
        _reach(Booking.member), Booking.arrived_at <= Param("at"), Booking.state.in_(("arrived", "done"))
    )
)
_ORDERS = Prepared(
    lambda: Order.select(Order.member, Order.made_at, Order.store).where(
        _reach(Order.member), Order.made_at <= Param("at"), Order.state != "cancelled"
    )
)
_MOODS = Prepared(
    lambda: (
        Rating.select(Rating.member, fn.AVG(Score.value))
        .join(Score, on=(Score.rating == Rating.id))
        .where(_reach(Rating.member), Rating.made_at > Param("since"))
        .group_by(Rating.member)
    )
)
_KEPT = Prepared(
    lambda: Grade.select(Grade.member, *(getattr(Grade, name) for name in KEPT)).where(_reach(Grade.member))
)
