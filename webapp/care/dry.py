"""A rule tried dry: whom it would reach now, who would be left out and why, before anything is sent. It writes nothing (L9, T16)."""

from collections import Counter
from typing import Any, NamedTuple

from models import Coupon, Member, Rule, Shelf, Store, Template
from webapp import clock
from webapp.care import kinds, occasions, sending
from webapp.care.occasions import Moment
from webapp.care.sending import Turn

SHOWN = 50
ENOUGH = 20_000  # members looked at; a page waits no longer


class Person(NamedTuple):
    """One of them: what there is to say, and why not, where there is a reason."""

    member: Member
    store: Store
    occasion: str
    values: dict[str, Any]
    why: str = ""


class Dry(NamedTuple):
    """`skipped` by reason, the most frequent first. `whole` is false where only the first ones were looked at."""

    reach: int
    held: int
    skipped: list[tuple[str, int]]
    people: list[Person]
    left_out: list[Person]
    whole: bool

    @property
    def skips(self) -> int:
        return sum(number for _, number in self.skipped)


def run(rule: Rule, at: int, *, enough: int = ENOUGH) -> Dry:
    """What this rule would do now, were it day. The same finders, the same guards, the same hold-out, the same stock as the real one."""
    moment, stock, after, looked = Moment(rule.brand, at), Stock(rule, at), 0, 0
    skipped: Counter[str] = Counter()
    people: list[Person] = []
    left_out: list[Person] = []
    reach = held = 0
    spent: Counter[int] = Counter()
    while True:
        found = occasions.find(rule, at, after, moment=moment)
        stores = {turn.member.id: turn.store for turn in found.turns}
        facts = sending.facts_of(rule, [turn.member for turn in found.turns], stores, at)
        for turn in found.turns:
            now = facts._replace(left={turn.member.id: facts.left[turn.member.id] - spent[turn.member.id]})
            why = sending.why_not(rule, turn.member, turn.store, now, at, quiet=False)
            if not why and sending.is_held_out(rule, turn.member.id):
                why = "held_out"
            if not why and not stock.take(turn):
                why = "stock"
            if not why:
                reach += 1
                spent[turn.member.id] += not rule.service
            elif why == "held_out":
                held += 1
            else:
                skipped[why] += 1
            shown = left_out if why else people
            if len(shown) < SHOWN:
                shown.append(Person(turn.member, turn.store, turn.occasion, turn.values, why))
        looked += found.looked_at
        if found.last is None or looked >= enough:
            return Dry(reach, held, skipped.most_common(), people, left_out, found.last is None)
        after = found.last


class Stock:
    """What there is to give, counted down on paper."""

    def __init__(self, rule: Rule, at: int) -> None:
        self._greets = kinds.KINDS[rule.kind].greets
        self._reward, self._template = rule.reward_id, rule.template_id
        shelves = Shelf.select().where(Shelf.reward == rule.reward_id).order_by(Shelf.id) if rule.reward_id else []
        self._shelves = {shelf.store_id: shelf.stock for shelf in shelves}
        self._left = self._coupons(rule, at)

    def take(self, turn: Turn) -> bool:
        """One gift and one coupon for this one; a greeting needs neither."""
        if self._greets:
            return True
        store = turn.store.id if turn.store.id in self._shelves else next(iter(self._shelves), 0)
        if self._reward and (store not in self._shelves or self._shelves[store] == 0):
            return False
        if self._template and (self._left == 0 or self._has_enough(turn.member)):
            return False
        if self._reward and self._shelves[store] is not None:
            self._shelves[store] -= 1
        if self._left is not None:
            self._left -= 1
        return True

    def _coupons(self, rule: Rule, at: int) -> int | None:
        template: Template | None = rule.template
        self._most = template.per_member if template else None
        if template is None:
            return None
        if template.retired_at or (template.until_at and template.until_at <= at):
            return 0
        day = clock.day_number(at, Moment(rule.brand, at).first.timezone)
        limits = [template.most - template.given] if template.most else []
        if template.per_day:
            limits.append(template.per_day - (template.given_day if template.day == day else 0))
        return max(0, min(limits)) if limits else None

    def _has_enough(self, member: Member) -> bool:
        if self._most is None:
            return False
        mine = Coupon.select().where(Coupon.template == self._template, Coupon.member == member.id)
        return bool(mine.count() >= self._most)
