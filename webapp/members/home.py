"""What the member's home shows, in four prepared reads on top of the sign-in: the facts of the card with the hold that runs, the booking of
today, two rewards, and two services.

The most visited page of all: nothing here builds a query per request. It reads rows of other rooms, which belong to everybody; it asks no
room to the right for its rules.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import JOIN, fn

from models import (
    TIERS,
    Booking,
    Coupon,
    Gift,
    Grade,
    LedgerLine,
    Lot,
    Member,
    Message,
    Order,
    Param,
    Part,
    Prepared,
    Redemption,
    Reward,
    Service,
    Shelf,
    Store,
)
from webapp.clock import DAY, local, stamp
from webapp.points import ledger, tiers
from webapp.policy import Policy

SOON = 60 * DAY
SEEN_LATELY = 5 * DAY  # nobody is due again so soon

# Whether somebody is due again (service, days, last_at), asked of the room of bookings; `webapp/app.py` joins them.
again: Callable[[int, int], Any] | None = None
# Two services that go with what they have had (their numbers and names, because), asked of the same room.
sets: Callable[[int, int, int], list[Any]] | None = None
# What of somebody's clothes wants something from them, by kind (agree, ready, well), asked of the laundry in the same way.
clothes: Callable[[int, int], dict[str, Any]] | None = None
# A case of theirs in which the shop waits for them (its code, its state), and the way to say how the last visit was; asked likewise.
case: Callable[[int], Any] | None = None
rate: Callable[[int, int], str] | None = None


class Expiring(NamedTuple):
    points: int
    at: int


class Held(NamedTuple):
    code: str
    expires_at: int


class Pick(NamedTuple):
    id: int
    name: dict[str, str]
    points: int
    art: str


class Booked(NamedTuple):
    code: str
    state: str
    starts_at: int
    offer_until: int | None
    people: int
    service: dict[str, str]
    timezone: str


class Now(NamedTuple):
    """The one most urgent thing: offer, case, agree, booking, ready, held, well, rate, claim, expiring, again, reward or counter; the rest as the kind needs it."""

    kind: str
    booking: Booked | None = None
    service: Any = None
    redemption: Held | None = None
    reward: Pick | None = None
    points: int = 0
    at: int = 0
    order: Any = None
    case: Any = None
    rate: str = ""


class Home(NamedTuple):
    me: Member
    unread: int
    tier: tiers.Standing
    expiring: Expiring | None
    now: Now
    suggestions: list[Pick]
    clothes: bool  # has had something at the laundry within a year
    services: list[Any]
    life: str  # new, returning, at_risk or lapsed, as of last night; each is met in their own words (B6)
    coupons: int
    kept: int  # gifts that wait at the counter


def _facts() -> Any:
    running = (Redemption.member == Member.id) & (Redemption.state == "held") & (Redemption.expires_at > Param("at"))
    mine = Lot.member == Param("member")
    usable = mine & (Lot.left > 0) & (Lot.expires_at > Param("at"))
    soonest = Lot.select(fn.MIN(Lot.expires_at)).where(usable, Lot.expires_at <= Param("soon"))
    # The same sum as `tiers.earned`, so that home and the level's own page never disagree.
    earned = LedgerLine.select(fn.COALESCE(fn.SUM(LedgerLine.points - LedgerLine.owed), 0))
    facts = Member.select(
        Message.select(fn.COUNT(Message.id)).where(Message.member == Param("member"), Message.read_at.is_null()),
        earned.where(LedgerLine.member == Param("member"), LedgerLine.at > Param("since"), tiers.counts()),
        Lot.select(fn.COUNT(Lot.id)).where(mine, Lot.left > 0, Lot.expires_at <= Param("at")),
        soonest,
        Lot.select(fn.SUM(Lot.left)).where(mine, Lot.left > 0, Lot.expires_at == soonest),
        Order.select(fn.COUNT(Order.id)).where(Order.member == Param("member"), Order.made_at > Param("since")),
        Grade.select(Grade.life).where(Grade.member == Param("member")),
        Coupon.select(fn.COUNT(Coupon.id)).where(
            Coupon.member == Param("member"),
            Coupon.expires_at > Param("at"),
            Coupon.used_at.is_null(),
            Coupon.from_at.is_null() | (Coupon.from_at <= Param("at")),
        ),
        Gift.select(fn.COUNT(Gift.id)).where(
            Gift.member == Param("member"),
            Gift.state == "kept",
            Gift.from_at <= Param("at"),
            Gift.until_at > Param("at"),
        ),
        *(Redemption.code, Redemption.expires_at, Reward.id, Reward.name, Redemption.points, Reward.art),
    )
    held = facts.join(Redemption, JOIN.LEFT_OUTER, on=running).join(Reward, JOIN.LEFT_OUTER)
    return held.where(Member.id == Param("member")).order_by(Redemption.expires_at).limit(1)


_FACTS = Prepared(_facts)
_GIFTS = Prepared(
    lambda: (
        Reward.select(Reward.id, Reward.name, Reward.points, Reward.art)
        .join(Shelf)
        .where(
            Shelf.store == Param("store"),
            Shelf.stock.is_null() | (Shelf.stock > 0),
            Reward.points > 0,
            Reward.points <= Param("points"),
            Reward.per_member.is_null(),
            ~Reward.gift_only,
            Reward.retired_at.is_null(),
            Reward.opens_at <= Param("at"),
            Reward.closes_at.is_null() | (Reward.closes_at > Param("at")),
            Reward.tier.in_([Param("tier0"), Param("tier1"), Param("tier2")]),
        )
        .order_by(Reward.points.desc(), Reward.id)
        .limit(3)
    )
)

# An offer that runs out, then what begins next; today is looked at in the store's own day by `_booked`.
_BOOKED = Prepared(
    lambda: (
        Booking.select(
            *(Booking.code, Booking.state, Booking.starts_at, Booking.offer_until, Booking.people),
            *(Service.name, Store.timezone),
        )
        .join(Part)
        .join(Service)
        .switch(Booking)
        .join(Store)
        .where(
            Booking.member == Param("member"),
            Booking.ends_at > Param("at"),
            Booking.starts_at > Param("since"),
            Booking.state.in_(("requested", "offered", "confirmed", "arrived")),
        )
        .order_by(Booking.state != "offered", Booking.starts_at, Part.id)
        .limit(1)
    )
)


def read(me: Member, store: Store | None, rules: Policy, at: int, timezone: str) -> Home:
    """Everything of the page. Points that have run out are written off first, so that the balance shown can be spent."""
    since, soon = _year_before(at, timezone), at + SOON
    facts = _FACTS.row(member=me.id, at=at, soon=soon, since=since)
    if facts and facts[2]:
        me = ledger.up_to_date(me, at)
    nothing = (0, 0, 0, None, None, 0, None, 0, 0, None)
    unread, earned, _, expires_at, expiring_points, orders, life, coupons, gifts_kept, *hold = facts or nothing
    expiring = Expiring(int(expiring_points), expires_at - 1) if expires_at else None
    held = hold if hold[0] else None
    gifts = _gifts(me, store, at, but=held[2] if held else 0)
    booked = _BOOKED.row(member=me.id, at=at, since=at - DAY)
    asked = clothes(me.id, at) if orders and clothes else {}
    waits = case(me.id) if case and me.care_since else None
    now = _first(_booked(booked, at), waits, asked, bool(held)) or _now(
        me, held, expiring, gifts, at, alone=booked is None
    )
    where = store.id if store else me.store_id
    services = sets(me.id, where, at) if sets and where else []
    counts = (life or "new", int(coupons), int(gifts_kept))
    tier = _standing(me.tier, int(earned), rules)
    return Home(me, int(unread), tier, expiring, now, gifts, bool(orders), services, *counts)


def _first(booked: Now | None, waits: Any, asked: dict[str, Any], holds: bool) -> Now | None:
    """What waits for an answer goes first, then today, then clothes to fetch, then a hold that runs; how it was is asked last."""
    if booked is None or booked.kind != "offer":
        if waits:
            return Now("case", case=waits)
        if "agree" in asked:
            return Now("agree", order=asked["agree"])
    if booked:
        return booked
    wanted = "ready" if "ready" in asked else "well" if "well" in asked and not holds else ""
    return Now(wanted, order=asked[wanted]) if wanted else None


def _booked(row: Any, at: int) -> Now | None:
    """A place that waits for an answer, or what is booked for today."""
    if row is None:
        return None
    code, state, starts_at, offer_until, people, service, timezone = row
    booked = Booked(code, state, starts_at, offer_until, people, json.loads(service), timezone)
    if booked.state == "offered":
        return Now("offer", booking=booked) if booked.offer_until and booked.offer_until > at else None
    today = local(at, booked.timezone).date() == local(booked.starts_at, booked.timezone).date()
    return Now("booking", booking=booked) if today or booked.starts_at <= at + DAY // 8 else None


def _now(
    me: Member, held: list[Any] | None, expiring: Expiring | None, gifts: list[Pick], at: int, *, alone: bool
) -> Now:
    if held:
        code, expires_at, *gift = held
        return Now("held", redemption=Held(code, expires_at), reward=_gift(gift))
    if rate and me.seen_at and (way := rate(me.id, at)):
        return Now("rate", rate=way)
    if not me.phone_key and me.points:
        return Now("claim")
    if expiring:
        return Now("expiring", points=expiring.points, at=expiring.at)
    if alone and again and me.seen_at and me.seen_at < at - SEEN_LATELY and (due := again(me.id, at)):
        return Now("again", service=due.service, points=due.days)
    return Now("reward", reward=gifts[0]) if gifts else Now("counter")


def _gifts(me: Member, store: Store | None, at: int, but: int) -> list[Pick]:
    """Two that the points are enough for, the dearest first: what one has saved for."""
    where = store.id if store else me.store_id
    if not where or not me.points:
        return []
    reach = TIERS[: TIERS.index(me.tier) + 1]
    named = {f"tier{place}": reach[min(place, len(reach) - 1)] for place in range(len(TIERS))}
    rows = _GIFTS.rows(store=where, points=me.points, at=at, **named)
    return [_gift(row) for row in rows if row[0] != but][:2]


def _gift(row: Any) -> Pick:
    id_, name, points, art = row
    return Pick(id_, json.loads(name), points, art)


def _standing(tier: str, earned: int, rules: Policy) -> tiers.Standing:
    place = TIERS.index(tier) + 1
    if place == len(TIERS):
        return tiers.Standing(tier, earned, None, 0, 100)
    goal = tiers.thresholds(rules)[TIERS[place]]
    share = min(100, max(0, earned) * 100 // goal) if goal else 100
    return tiers.Standing(tier, earned, TIERS[place], max(0, goal - earned), share)


def _year_before(at: int, timezone: str) -> int:
    now = local(at, timezone)
    leap_day = (now.month, now.day) == (2, 29)
    return stamp(now.replace(year=now.year - 1, day=28 if leap_day else now.day))
