"""The one place that writes a message of care. Nothing goes around it: every guard is here, and each no has a name.

In their order: gone (erased), consent, an open case, no longer in the segment, the month's budget, the shop's quiet hours; and where what
goes with it has run out, `stock`. One member, one rule, one occasion is one row for ever: the same again is the same row.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import fn

from models import (
    Budget,
    Consent,
    Coupon,
    Gift,
    Letter,
    Member,
    Message,
    Reward,
    Rule,
    Send,
    Shelf,
    Store,
    Template,
    transaction,
)
from webapp import clock, policy
from webapp.care import budget, fields, kinds
from webapp.clock import DAY
from webapp.complaints import guards
from webapp.insights import segments
from webapp.outbox import events, letters
from webapp.points import ledger
from webapp.prices import coupons, promotions
from webapp.refusals import Refusal
from webapp.rewards import gifts
from webapp.words import N_

DONE = ("sent", "held_out")
# Why somebody is left out, as the desk reads it.
WHY = {
    "erased": N_("已经注销"),
    "consent": N_("没有同意收优惠消息"),
    "open_case": N_("有投诉还没办完"),
    "segment": N_("不在这个人群里"),
    "budget": N_("这个月的条数用完了"),
    "none_wanted": N_("选了一条也不收"),
    "quiet": N_("现在是不打扰的时间"),
    "stock": N_("礼物或者券没有了"),
    "held_out": N_("留作对照，不发"),
}


class Turn(NamedTuple):
    """Somebody's turn in a rule: the occasion that makes it once, and what there is to say. `coupon` is theirs already."""

    member: Member
    store: Store
    occasion: str
    values: dict[str, Any]
    url: str = ""
    coupon: Coupon | None = None


class Facts(NamedTuple):
    """What the guards look at, of many members at once: who agreed to marketing, who wants none, how many messages each has left this month."""

    agreed: set[int]
    none_wanted: set[int]
    left: dict[int, int]


class Outcome(NamedTuple):
    """`sent`, `held_out`, `skipped` with why, `later`: it is quiet there now, or `off`: the rule was switched off just now."""

    state: str
    why: str = ""
    send: Send | None = None


def send(rule: Rule, turn: Turn, at: int) -> Outcome:
    """One member's turn, in one transaction: the gift off the stock, the coupon, the message, the letter and the row, or none of them.

    Twice is once. Where a gift or coupon has run out, a greeting goes out without it; anything else is skipped. Who is held out gets nothing.
    """
    for gives in _gives(rule):
        try:
            return _send(rule, turn, gives, at)
        except Refusal:  # outside of the transaction: nothing of it was kept
            continue
    return _skip(rule, turn, "stock", at)


def why_not(rule: Rule, member: Member, store: Store, facts: Facts, at: int, *, quiet: bool = True) -> str:
    """The first guard that says no, or nothing. Asks no question: `facts` has been read before."""
    if member.erased_at is not None or member.merged_into_id is not None:
        return "erased"
    if not rule.service:
        if member.id not in facts.agreed:
            return "consent"
        if not guards.may_sell(member):
            return "open_case"
        if member.id in facts.none_wanted:
            return "none_wanted"
        if facts.left.get(member.id, budget.MOST) <= 0:
            return "budget"
    return "quiet" if quiet and is_quiet(store, at) else ""


def facts_of(rule: Rule, members: Sequence[Member], stores: dict[int, Store], at: int) -> Facts:
    """For the guards, in three queries. Of the month's messages one is kept for a birthday that is still to come in it."""
    ids = [member.id for member in members]
    newest = (
        Consent.select(fn.MAX(Consent.id))
        .where(Consent.member.in_(ids), Consent.purpose == "marketing")
        .group_by(Consent.member)
    )
    agreed = Consent.select(Consent.member).where(Consent.id.in_(newest), Consent.granted)
    dials = dict(Budget.select(Budget.member, Budget.per_month).where(Budget.member.in_(ids)).tuples())
    months = {budget.month_of(at, store.timezone) for store in stores.values()}
    used = (
        Send.select(Send.member, Send.month, fn.COUNT(Send.id))
        .where(Send.member.in_(ids), Send.month.in_(months), Send.counted)
        .group_by(Send.member, Send.month)
    )
    left = {number: dials.get(number, budget.MOST) for number in ids}
    if not rule.service and rule.kind != "birthday":
        for number in _kept_for_birthdays(rule, members, stores, at):
            left[number] -= 1
    mine = {member: budget.month_of(at, stores[member].timezone) for member in stores}
    for member, month, count in used.tuples():
        if mine.get(member) == month:
            left[member] -= count
    none_wanted = {number for number, per_month in dials.items() if per_month == 0}
    return Facts({row[0] for row in agreed.tuples()}, none_wanted, left)


def had(rule: Rule) -> Any:
    """Which sends are this rule's turn taken: its own, and of what is done once whatever another rule of its kind has sent."""
    mine = (Send.rule == rule.id) & Send.state.in_(DONE)
    if rule.kind not in kinds.ONCE:
        return mine
    alike = Rule.select(Rule.id).where(Rule.brand == rule.brand_id, Rule.kind == rule.kind)
    return mine | (Send.rule.in_(alike) & (Send.state == "sent"))


def is_held_out(rule: Rule, member: int) -> bool:
    """Does this member get nothing, to compare? The same answer for ever; another rule leaves out others."""
    digest = hashlib.sha256(f"{rule.id}:{member}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < rule.holdout


def is_quiet(store: Store, at: int) -> bool:
    """Does nobody want to be woken in this store's town now?"""
    return letters.quiet_for(store, at) > 0


# --- how it is done ----------------------------------------------------------------------------------------------------


def _gives(rule: Rule) -> list[tuple[bool, bool]]:
    """With what it goes out, (gift, coupon), the best first: a greeting also with less."""
    gift, coupon = rule.reward_id is not None, rule.template_id is not None
    if not kinds.KINDS[rule.kind].greets:
        return [(gift, coupon)]
    return sorted({(gift, coupon), (gift, False), (False, coupon), (False, False)}, reverse=True)


def _send(rule: Rule, turn: Turn, gives: tuple[bool, bool], at: int) -> Outcome:
    with transaction():
        ledger.lock(turn.member.id)
        member: Member = Member.get_by_id(turn.member.id)
        if done := _done(rule, turn):
            return done
        if not Rule.select().where(Rule.id == rule.id, Rule.on_since.is_null(False)).exists():
            return Outcome("off")
        facts = facts_of(rule, [member], {member.id: turn.store}, at)
        why = why_not(rule, member, turn.store, facts, at)
        if not why and rule.segment and not segments.holds(rule.segment.rule, member.id, at):
            why = "segment"
        if why == "quiet":
            return Outcome("later", why)
        if why:
            return _write(rule, turn, "skipped", at, why=why)
        if is_held_out(rule, member.id):
            return _write(rule, turn, "held_out", at)
        gift = _keep(rule, rule.reward, turn, member, at) if gives[0] and rule.reward else None
        coupon = _issue(rule, rule.template, turn, member, at) if gives[1] and rule.template else turn.coupon
        message = _tell(rule, turn, member, gift, coupon, at)
        if turn.coupon:
            Coupon.update(told_at=at).where(Coupon.id == turn.coupon.id).execute()
        made = {"message": message, "gift": gift.id if gift else None, "coupon": coupon.id if coupon else None}
        sent = _write(rule, turn, "sent", at, counted=not rule.service, **made)
        events.record("care_sent", at, store=turn.store.id, member=member.id, ref=str(rule.id), kind=rule.kind)
        return sent


def _kept_for_birthdays(rule: Rule, members: Sequence[Member], stores: dict[int, Store], at: int) -> list[int]:
    """Who will be wished a happy birthday later in this month, if anybody is."""
    soon = [member.id for member in members if member.birthday and _later_this_month(member, stores[member.id], at)]
    wished = (Rule.brand == rule.brand_id) & (Rule.kind == "birthday") & Rule.on_since.is_null(False)
    return soon if soon and Rule.select().where(wished).exists() else []


def _later_this_month(member: Member, store: Store, at: int) -> bool:
    today = clock.local(at, store.timezone).date()
    for year in (today.year, today.year + 1):
        day = promotions.birthday_in(member.birthday or 0, year)
        told = day - dt.timedelta(days=policy.of(store).birthday_lead_days)
        if told > today and (told.year, told.month) == (today.year, today.month):
            return True
    return False


def _done(rule: Rule, turn: Turn) -> Outcome | None:
    row = Send.get_or_none(Send.member == turn.member.id, Send.occasion == turn.occasion, had(rule))
    return Outcome(row.state, row.why, row) if row else None


def _skip(rule: Rule, turn: Turn, why: str, at: int) -> Outcome:
    with transaction():
        ledger.lock(turn.member.id)
        return _done(rule, turn) or _write(rule, turn, "skipped", at, why=why)


def _write(rule: Rule, turn: Turn, state: str, at: int, **more: Any) -> Outcome:
    """The row that proves it. A turn that was skipped before, and is not any more, becomes what it is now."""
    fields_ = {"why": "", "message": None, "gift": None, "coupon": None, "counted": False} | more
    fields_ |= {"state": state, "month": budget.month_of(at, turn.store.timezone), "store": turn.store.id, "at": at}
    key = {"rule": rule.id, "member": turn.member.id, "occasion": turn.occasion}
    Send.insert(**key, **fields_).on_conflict(
        conflict_target=[Send.rule, Send.member, Send.occasion], update=fields_, where=(Send.state == "skipped")
    ).execute()
    row = Send.get(Send.rule == rule.id, Send.member == turn.member.id, Send.occasion == turn.occasion)
    return Outcome(row.state, row.why, row)


def _key(rule: Rule, turn: Turn) -> str:
    return f"care:{rule.id}:{turn.member.code}:{turn.occasion}"


def _keep(rule: Rule, reward: Reward, turn: Turn, member: Member, at: int) -> Gift:
    """In their own store, or where the shop has such a thing."""
    until = clock.day_start(at, turn.store.timezone) + (policy.of(turn.store).gift_days + 1) * DAY
    why = kinds.KINDS[rule.kind].gift
    shelves = [shelf.store for shelf in Shelf.select().where(Shelf.reward == reward.id).order_by(Shelf.id)]
    store = next((store for store in shelves if store.id == turn.store.id), shelves[0] if shelves else turn.store)
    return gifts.keep(member, reward, store, why, at, key=_key(rule, turn), from_at=at, until_at=until)


def _issue(rule: Rule, template: Template, turn: Turn, member: Member, at: int) -> Coupon:
    trigger = kinds.KINDS[rule.kind].trigger
    return coupons.issue(template, member, turn.store, at, key=_key(rule, turn), trigger=trigger)


def _tell(rule: Rule, turn: Turn, member: Member, gift: Gift | None, coupon: Coupon | None, at: int) -> int:
    """The message in the inbox, and the letter that may leave the house. Returns the message."""
    values = {"name": member.name, "store": turn.store.name} | turn.values | _given(rule, turn, gift, coupon)
    params = fields.packed(rule, values, turn.store.timezone)
    url = f"/gifts/{gift.code}" if gift else turn.url or kinds.KINDS[rule.kind].url
    both = {"member": member.id, "text": "care", "params": params, "key": _key(rule, turn), "at": at}
    Letter.insert(**both, audience="member", store=turn.store.id, next_at=at).on_conflict_ignore().execute()
    return int(Message.insert(**both, kind="service" if rule.service else "care", url=url).execute())


def _given(rule: Rule, turn: Turn, gift: Gift | None, coupon: Coupon | None) -> dict[str, Any]:
    """What goes with it, in the words of the message; `until` is the sooner of the two."""
    said: dict[str, Any] = {}
    ends = []
    if gift:
        said["gift"] = gift.reward.name
        ends.append(gift.until_at)
    if coupon:
        said["coupon"] = coupon.terms.get("name") or {"fen": coupon.amount}
        ends.append(coupon.expires_at)
    if ends:
        said["until"] = clock.day_number(min(ends) - 1, turn.store.timezone)
    return said
