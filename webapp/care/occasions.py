"""Who has an occasion today, rule by rule, in batches by the member's number: the same question for the dry run and for the real one.

A finder says with SQL which members may have one, and then, looking at the batch, which occasion it is and what there is to say. The occasion's
name makes it once: birthday 2027, the festival on that day, away since that visit. Days are those on the wall of the member's own store: where
they come most, else where they joined. Nothing is written here.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from peewee import JOIN

from models import Brand, Grade, Member, Rule, Send, Store
from webapp import clock
from webapp.care import sending
from webapp.care.sending import Turn
from webapp.insights import segments

BATCH = 500


class Here(NamedTuple):
    """One member of a batch: their store, the day there, and what is known of how they come (None before the first night)."""

    member: Member
    store: Store
    today: int
    grade: Grade | None


class Finder(NamedTuple):
    """`where`: a condition on Member and Grade, or None when nobody can have one today. `turns`: what of it is true for a batch."""

    where: Callable[[Rule, "Moment"], Any]
    turns: Callable[[Rule, list[Here], "Moment"], Iterator[Turn]]


class Moment:
    """When it is looked, and in which shops."""

    def __init__(self, brand: Brand, at: int) -> None:
        self.at = at
        rows = Store.select().where(Store.brand == brand.id).order_by(Store.id)
        self.stores: dict[int, Store] = {store.id: store for store in rows}
        self.first = next(iter(self.stores.values()))
        for store in self.stores.values():
            store.brand = brand
        self.today = clock.day_number(at, self.first.timezone)

    def home(self, *numbers: int | None) -> Store:
        """The first of these that is a shop which is open still; the brand's first where none is."""
        found = (self.stores.get(number) for number in numbers if number is not None)
        return next((store for store in found if store and store.closed_at is None), self.first)


class Found(NamedTuple):
    """Turns of one batch, and the member to go on after; None at the end."""

    turns: list[Turn]
    last: int | None
    looked_at: int


def find(rule: Rule, at: int, after: int = 0, limit: int = BATCH, moment: Moment | None = None) -> Found:
    """The next turns of this rule, of members after this one. Who has had theirs is not among them."""
    moment = moment or Moment(rule.brand, at)
    finder = finders()[rule.kind]
    where = finder.where(rule, moment)
    if where is None:
        return Found([], None, 0)
    here = [_here(member, moment) for member in _members(rule, at, where).where(Member.id > after).limit(limit)]
    last = here[-1].member.id if len(here) == limit else None
    turns = list(finder.turns(rule, here, moment)) if here else []
    return Found(_not_yet(rule, turns), last, len(here))


def finders() -> dict[str, Finder]:
    """Every kind's."""
    from webapp.care import by_calendar, by_habit

    return by_calendar.FINDERS | by_habit.FINDERS


# --- how it is done ----------------------------------------------------------------------------------------------------


def _members(rule: Rule, at: int, where: Any) -> Any:
    query = Member.select(Member, Grade).join(Grade, JOIN.LEFT_OUTER, on=(Grade.member == Member.id), attr="known")
    mine = (Member.brand == rule.brand_id) & Member.erased_at.is_null() & Member.merged_into.is_null() & where
    if rule.segment:
        mine &= Member.id.in_(segments.query(rule.segment.rule, at))
    return query.where(mine).order_by(Member.id)


def _here(member: Any, moment: Moment) -> Here:
    known = getattr(member, "known", None)
    grade = known if known is not None and known.day is not None else None
    store = moment.home(grade.store_id if grade else None, member.store_id)
    return Here(member, store, clock.day_number(moment.at, store.timezone), grade)


def _not_yet(rule: Rule, turns: list[Turn]) -> list[Turn]:
    if not turns:
        return []
    ids = {turn.member.id for turn in turns}
    rows = Send.select(Send.member, Send.occasion).where(Send.member.in_(list(ids)), sending.had(rule))
    had = set(rows.tuples())
    return [turn for turn in turns if (turn.member.id, turn.occasion) not in had]
