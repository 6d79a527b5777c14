"""Calls to customers: what was heard in the last weeks, and whom to ring today, a few of them late.

Through the rules, each at its own moment, then a night's gathering as the worker does it. What is older than a few days leaves no lines in the log.
"""

import random
from typing import TYPE_CHECKING, NamedTuple

from peewee import fn

from models import Consent, Event, Follow, Member, Purchase, Store
from webapp import clock
from webapp.care import follows, gathering
from webapp.clock import DAY, HOUR

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop

RECENT = 3 * DAY


class Call(NamedTuple):
    """`days` ago it was due; `outcome` empty: it still is. `by` rang, `served` had looked after them."""

    days: int
    store: str
    kind: str
    by: str
    served: str
    outcome: str = ""
    note: str = ""
    cause: str = ""
    next_in: int = 0


CALLS = (
    Call(26, "bath", "first", "senior", "clerk", "glad", "第一次来就有人带路，毛巾也暖，会再来"),
    Call(24, "laundry", "first", "press", "wash", "glad", "大衣洗得很干净，取衣也准时"),
    Call(21, "bath", "key", "manager", "clerk", "glad", "出差刚回来，月底带太太一起来"),
    Call(19, "bath", "lapsed", "senior", "clerk", "glad", "搬家了，离得远，周末才方便", "need"),
    Call(16, "retail", "first", "till", "till", "glad", "茶叶喝着不错，包装好拆"),
    Call(14, "bath", "first", "clerk", "senior", "unhappy", "休息厅有人抽烟，跟前台说了没人管"),
    Call(12, "bath", "lapsed", "senior", "clerk", "unhappy", "上次等了快一个小时，后来就没来", "fault"),
    Call(11, "laundry", "uncollected", "wash", "wash", "glad", "周六来取"),
    Call(3, "bath", "key", "manager", "senior", "no_answer"),
    Call(8, "bath", "lapsed", "manager", "clerk", "glad", "公司楼下开了一家，中午去那边", "rival"),
    Call(6, "bath", "first", "senior", "clerk", "glad", "师傅手法好，就是水有点烫"),
    Call(5, "retail", "key", "till", "till", "glad", "想要小包装的"),
    Call(4, "bath", "first", "senior", "clerk", "glad", "孩子很喜欢小汤屋"),
    Call(2, "bath", "key", "senior", "clerk", "later", "在开会，后天下午再打", next_in=2),
    Call(2, "bath", "first", "clerk", "senior"),
    Call(1, "bath", "lapsed", "senior", "clerk"),
    Call(0, "bath", "key", "manager", "clerk"),
    Call(0, "bath", "first", "clerk", "senior"),
    Call(0, "laundry", "key", "press", "wash"),
    Call(0, "retail", "lapsed", "till", "till"),
    Call(-2, "bath", "other", "manager", "clerk"),
)  # fmt: skip


def now(shop: "Shop", at: int) -> None:
    """What is behind, and what waits at this moment."""
    rng = random.Random(20260527)  # noqa: S311 - made-up calls
    free = {store.slug: _free(store, rng) for store in shop.stores}
    for number, call in enumerate(CALLS):
        _play(shop, call, number, free[call.store], at)
    gathering.collect(at)
    told = ("follow_made", "followed_up", "consent_withdrawn")
    Event.delete().where(Event.verb.in_(told), Event.ref.in_(_codes()), Event.at < at - RECENT).execute()


def _play(shop: "Shop", call: Call, number: int, free: list[Member], at: int) -> None:
    store, member = shop.by_slug[call.store], _pick(call, free)
    made = clock.day_start(at - call.days * DAY, store.timezone) + 4 * HOUR
    made = min(made, at - 2 * HOUR)
    bill = _bill(member, made)
    about = {"bill": bill.code, "bought_at": bill.at} if bill else {}
    if call.kind == "other":
        about = {"words": "按摩椅修好了，告诉一声"}
    day = clock.day_number(at, store.timezone) - call.days
    by = shop.people[call.by]
    follow = follows.put(
        member,
        store,
        call.kind,
        day,
        made,
        key=f"demo:{number}",
        about=about,
        served_by=shop.people[call.served].id,
        made_by=by.id if call.kind == "other" else None,
    )
    if follow is None:
        return
    if not call.outcome:
        if number % 2:
            follows.take(follow, by, min(made + HOUR, at))
        return
    rung = made + (7 + number % 5) * HOUR
    next_day = day + call.next_in if call.next_in else None
    follows.record(
        follow, call.outcome, by, rung, key="demo", seen=0, note=call.note, next_day=next_day, cause=call.cause
    )


def _pick(call: Call, free: list[Member]) -> Member:
    """Who was here least lately is asked why, who joined last how it was the first time; else whoever comes next."""
    if call.kind == "lapsed":
        found = min(free, key=lambda member: member.seen_at or 0)
    elif call.kind == "first":
        found = max(free, key=lambda member: member.joined_at)
    else:
        found = free[-1]
    free.remove(found)
    return found


def _free(store: Store, rng: random.Random) -> list[Member]:
    """Members of this store who may be asked, none of the nine, in an order of chance."""
    newest = Consent.select(fn.MAX(Consent.id)).where(Consent.purpose == "survey").group_by(Consent.member)
    yes = Consent.select(Consent.member).where(Consent.id.in_(newest), Consent.granted)
    rows = Member.select().where(
        Member.id > 9, Member.store == store.id, Member.id.in_(yes), Member.care_since.is_null()
    )
    found = list(rows.where(Member.phone_sealed.is_null(False), Member.name != "").order_by(Member.id))
    rng.shuffle(found)
    return found


def _bill(member: Member, before: int) -> Purchase | None:
    mine = Purchase.select().where(Purchase.member == member.id, Purchase.at < before)
    found: Purchase | None = mine.order_by(Purchase.at.desc()).first()
    return found


def _codes() -> list[str]:
    return [code for (code,) in Follow.select(Follow.code).tuples()]
