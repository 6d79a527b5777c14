"""Promotions: what is cheaper, or gives more points, for everybody in its window (C7, C8, D3, E7, E11).

A window is what the clock on the shop's wall says: weekdays or a day of the month, between two moments of a day, between two dates. Read by prices,
by earning, and by the pages that announce it. Every change counts up `Brand.policy_version`: what was read under one edition holds for all of it.
"""

import calendar
import datetime as dt
from functools import lru_cache
from typing import Any, NamedTuple

from models import LedgerLine, Member, Promotion, Store, database
from webapp import clock, policy
from webapp.clock import DAY
from webapp.policy import Policy

PRICED = ("percent", "member_day")
SECOND = 300 * DAY  # a changed birthday makes no second window within it


class Offer(NamedTuple):
    """One promotion as it was written, switched on."""

    id: int
    kind: str
    name: dict[str, str]
    note: dict[str, str]
    percent: int | None
    times: int | None
    price: int | None
    usual: int | None
    stores: list[int]
    tiers: list[str]
    weekdays: int
    month_day: int | None
    opens: int
    closes: int
    from_at: int | None
    until_at: int | None


class Today(NamedTuple):
    """An offer of this day: when it begins and ends on it, and whether it holds now."""

    offer: Offer
    opens_at: int
    closes_at: int
    now: bool


class Times(NamedTuple):
    """So many times the points (hundredths), why (`birthday` or `campaign`), as which promotion, and until when."""

    hundredths: int
    why: str
    name: dict[str, str] | None
    until: int


_COLUMNS = tuple(getattr(Promotion, name) for name in Offer._fields)


def switched_on(store: Store) -> list[Offer]:
    """Every promotion of this store's brand that is switched on. Costs a question once per edition of the rules."""
    if database.obj.in_transaction():  # what is read here may never come to be
        return _read(store.brand_id)
    return _kept(database.obj, store.brand_id, policy.version_of(store))


@lru_cache(maxsize=64)
def _kept(_database: Any, brand: int, _edition: int) -> list[Offer]:
    return _read(brand)


def holding(store: Store, at: int, tier: str | None) -> list[Offer]:
    """What holds here at this moment for somebody of this level; None is somebody without a card."""
    return [offer for offer in switched_on(store) if is_for(offer, store, tier) and holds(offer, at, store.timezone)]


def today(store: Store, at: int, tier: str | None) -> list[Today]:
    """What is on today and not over yet, the first to end on top. For banners: nothing on other days (C8)."""
    found = [
        Today(offer, *window, now=window[0] <= at)
        for offer in switched_on(store)
        if is_for(offer, store, tier) and (window := on_day(offer, at, store.timezone)) and window[1] > at
    ]
    return sorted(found, key=lambda each: (each.closes_at, each.offer.id))


def coming(offer: Offer, at: int, timezone: str, days: int = 31) -> list[tuple[int, int]]:
    """The windows of the next days, today's too, as (from, until)."""
    morning = clock.local(at, timezone).replace(hour=12, minute=0, second=0, microsecond=0)
    found = (on_day(offer, clock.stamp(morning + dt.timedelta(days=n)), timezone) for n in range(days))
    return [window for window in found if window and window[1] > at]


def is_for(offer: Offer, store: Store, tier: str | None) -> bool:
    """In this store, and for this level. A member day needs a card."""
    if offer.stores and store.id not in offer.stores:
        return False
    if tier is None:
        return offer.kind != "member_day" and not offer.tiers
    return not offer.tiers or tier in offer.tiers


def holds(offer: Offer, at: int, timezone: str) -> bool:
    """At this moment, by the clock on the wall."""
    window = on_day(offer, at, timezone)
    return window is not None and window[0] <= at < window[1]


def on_day(offer: Offer, at: int, timezone: str) -> tuple[int, int] | None:
    """From when until when it holds on the day of this moment; None on other days."""
    wall = clock.local(at, timezone)
    if not offer.weekdays >> wall.weekday() & 1:
        return None
    if offer.month_day and wall.day != min(offer.month_day, calendar.monthrange(wall.year, wall.month)[1]):
        return None
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    opens, closes = _wall(midnight, offer.opens), _wall(midnight, offer.closes)
    opens, closes = max(opens, offer.from_at or opens), min(closes, offer.until_at or closes)
    return (opens, closes) if opens < closes else None


def times(store: Store, member: Member | None, at: int, rules: Policy | None = None) -> Times | None:
    """The best of double points and the birthday's, or None. Both at once are not multiplied."""
    best: Times | None = None
    if member and (until := birthday_until(member, at, store.timezone, rules or policy.of(store))):
        best = Times((rules or policy.of(store)).birthday_times, "birthday", None, until)
    for offer in holding(store, at, member.tier if member else None):
        if offer.times and (best is None or offer.times > best.hundredths):
            window = on_day(offer, at, store.timezone)
            best = Times(offer.times, "campaign", offer.name, window[1] if window else at)
    return best if best and best.hundredths > 100 else None


def birthday_until(member: Member, at: int, timezone: str, rules: Policy) -> int | None:
    """The end of the birthday's window when this moment lies in it (D3). Whoever changed the date has no second one."""
    window = birthday_window(member.birthday, at, timezone, rules)
    if window is None:
        return None
    if member.birthday_at and member.birthday_at > window[0] - SECOND and _had_one(member, window[0]):
        return None
    return window[1]


def birthday_window(birthday: int | None, at: int, timezone: str, rules: Policy) -> tuple[int, int] | None:
    """(from, until): some days before to some days after, whole days on the shop's wall, when this moment is in it. 29 February is the 28th in other years."""
    if birthday is None:
        return None
    wall = clock.local(at, timezone)
    for year in (wall.year - 1, wall.year, wall.year + 1):
        day = birthday_in(birthday, year)
        first = day - dt.timedelta(days=rules.birthday_lead_days)
        after = day + dt.timedelta(days=rules.birthday_days + 1)
        if first <= wall.date() < after:
            return _midnight(first, timezone), _midnight(after, timezone)
    return None


def birthday_in(birthday: int, year: int) -> dt.date:
    """The date in this year on which it is kept."""
    month, day = divmod(birthday, 100)
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _read(brand: int) -> list[Offer]:
    mine = (Promotion.brand == brand) & Promotion.on_since.is_null(False) & Promotion.retired_at.is_null()
    return [Offer(*row) for row in Promotion.select(*_COLUMNS).where(mine).order_by(Promotion.id).tuples()]


def _wall(midnight: dt.datetime, minutes: int) -> int:
    """A moment of that day by its clock: 24:00 is the next midnight, however long the day is."""
    days, minutes = divmod(minutes, 24 * 60)
    return clock.stamp((midnight + dt.timedelta(days=days)).replace(hour=minutes // 60, minute=minutes % 60))


def _midnight(day: dt.date, timezone: str) -> int:
    return clock.stamp(dt.datetime.combine(day, dt.time(), clock.zone(timezone)))


def _had_one(member: Member, before: int) -> bool:
    lately = LedgerLine.at.between(before - SECOND, before - 1)
    lines = LedgerLine.select(LedgerLine.inputs).where(
        LedgerLine.member == member.id, LedgerLine.kind == "earn", lately
    )
    return any(inputs.get("why") == "birthday" for (inputs,) in lines.tuples())
