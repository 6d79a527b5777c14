"""Occasions that the calendar makes: birthdays, festivals, the day they joined, member days, seasons, and what is about to lapse."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from peewee import SQL, fn

from models import Coupon, Level, Lot, Member, Rule, Send
from webapp import clock, policy
from webapp.care import articles, festivals, sending
from webapp.care.occasions import Finder, Here, Moment
from webapp.care.sending import Turn
from webapp.clock import DAY
from webapp.points import levels
from webapp.points.phrases import TIER_NAMES
from webapp.prices import promotions

ZERO = dt.date(1970, 1, 1).toordinal()
LATE = 2  # days by which an anniversary may be late
SECOND = 300 * DAY  # between two birthdays: a date that was changed makes no second one
YEARS = 40  # as far back as anybody can have joined


def date_of(day: int) -> dt.date:
    """The date of a day that is counted from 1970."""
    return dt.date.fromordinal(day + ZERO)


def day_of(date: dt.date) -> int:
    return date.toordinal() - ZERO


# --- birthdays ---------------------------------------------------------------------------------------------------------


def _birthdays(rule: Rule, moment: Moment) -> Any:
    """Whose day is today or soon; a day is added at both ends, because it is another day in other towns."""
    lead = policy.of(moment.first).birthday_lead_days
    days = [date_of(moment.today + n) for n in range(-1, lead + 2)]
    kept = {date.month * 100 + date.day for date in days}
    if any((date.month, date.day) == (2, 28) for date in days):
        kept.add(229)
    return Member.birthday.in_(sorted(kept))


def _birthday(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    for one in here:
        rules = policy.of(one.store)
        today = date_of(one.today)
        for year in (today.year, today.year + 1):
            day = promotions.birthday_in(one.member.birthday or 0, year)
            if 0 <= (day - today).days <= rules.birthday_lead_days and not _had_one(rule, one.member, moment.at):
                times = f"{rules.birthday_times / 100:g}" if rules.birthday_times > 100 else ""
                yield Turn(one.member, one.store, f"birthday:{year}", {"on": day_of(day), "times": times})


def _had_one(rule: Rule, member: Member, at: int) -> bool:
    """Was greeted already: who has changed the date since has no second birthday (D3)."""
    if not member.birthday_at or member.birthday_at < at - SECOND:
        return False
    mine = (Send.member == member.id) & (Send.state == "sent") & (Send.at > at - SECOND) & sending.had(rule)
    found: bool = Send.select().where(mine).exists()
    return found


# --- festivals, the day they joined, member days, seasons -------------------------------------------------------------


def _coming(rule: Rule, today: int) -> list[festivals.Coming]:
    keys = rule.params.get("festivals", [])
    return festivals.between(date_of(today), date_of(today + rule.params["days"]), keys) if keys else []


def _festivals(rule: Rule, moment: Moment) -> Any:
    """Everybody, when there is one; a day is added at both ends."""
    near = _coming(rule, moment.today - 1) + _coming(rule, moment.today + 1)
    return SQL("1 = 1") if near else None


def _festival(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    coming = {today: _coming(rule, today) for today in {one.today for one in here}}
    for one in here:
        for festival in coming[one.today][:1]:
            values = {"on": day_of(festival.on), "festival": festival.name}
            yield Turn(one.member, one.store, f"{festival.key}:{festival.on}", values)


def _joined(rule: Rule, moment: Moment) -> Any:
    """Who joined on this day of some year, or up to two days before it."""
    today = date_of(moment.today)
    found: Any = SQL("1 = 0")
    for years in range(1, YEARS):
        first = _that_day(today - dt.timedelta(days=LATE + 1), -years)
        last = _that_day(today + dt.timedelta(days=2), -years)
        begins, ends = (day_of(date) * DAY - DAY // 2 for date in (first, last))
        found |= Member.joined_at.between(begins, ends + DAY)
    return found


def _anniversary(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    for one in here:
        joined = clock.local(one.member.joined_at, one.store.timezone).date()
        for late in range(LATE + 1):
            day = date_of(one.today - late)
            years = day.year - joined.year
            if years > 0 and _that_day(joined, years) == day:
                yield Turn(one.member, one.store, f"joined:{years}", {"on": day_of(day), "years": years})


def _that_day(date: dt.date, years: int) -> dt.date:
    """The same day in another year; 29 February is the 28th where there is none."""
    year = date.year + years
    leap = (date.month, date.day) == (2, 29)
    return dt.date(year, 2, 28) if leap and not _is_leap(year) else date.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _member_days(rule: Rule, moment: Moment) -> Any:
    days = {store.id: _days_of(rule, store, moment.at) for store in moment.stores.values()}
    return SQL("1 = 1") if any(days.values()) else None


def _member_day(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    """One a month for each, however often it is held."""
    days = {store.id: _days_of(rule, store, moment.at) for store in moment.stores.values()}
    for one in here:
        for offer, day in days[one.store.id]:
            if promotions.is_for(offer, one.store, one.member.tier):
                occasion = f"day:{offer.id}:{date_of(day):%Y%m}"
                yield Turn(one.member, one.store, occasion, {"on": day})
                break


def _days_of(rule: Rule, store: Any, at: int) -> list[tuple[promotions.Offer, int]]:
    found = []
    for offer in promotions.switched_on(store):
        if offer.kind == "member_day" and (not offer.stores or store.id in offer.stores):
            coming = promotions.coming(offer, at, store.timezone, rule.params["days"] + 1)
            found += [(offer, clock.day_number(window[0], store.timezone)) for window in coming[:1]]
    return found


def in_season(rule: Rule, at: int, zone: str) -> str:
    """The season of this rule that holds now, the narrowest of them; empty when none does."""
    chosen = rule.params.get("seasons") or articles.SEASONS
    return next((season for season in reversed(articles.now_in(at, zone)) if season in chosen), "")


def of_year(season: str, day: dt.date) -> int:
    """The year in which this season began: a winter is one, on both sides of New Year."""
    first, last = articles.DAYS[season]
    return day.year - 1 if first > last and day.month <= 2 else day.year


def _seasons(rule: Rule, moment: Moment) -> Any:
    if not any(in_season(rule, moment.at, store.timezone) for store in moment.stores.values()):
        return None
    return Member.seen_at > moment.at - 365 * DAY


def _weather(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    known: dict[int, Any] = {}
    for one in here:
        season = in_season(rule, moment.at, one.store.timezone)
        if one.store.id not in known:
            known[one.store.id] = articles.fitting(one.store.brand_id, one.store.kind, moment.at, one.store.timezone)
        article = known[one.store.id]
        if season and article and season in article.seasons:
            occasion = f"{season}:{of_year(season, date_of(one.today))}"
            yield Turn(one.member, one.store, occasion, {"tip": article.title}, url=f"/tips/{article.id}")


def _everybody(rule: Rule, moment: Moment) -> Any:
    return SQL("1 = 1")


def _news(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    for one in here:
        yield Turn(one.member, one.store, f"news:{rule.params['edition']}", {})


# --- what is about to lapse --------------------------------------------------------------------------------------------


def _lots(rule: Rule, moment: Moment) -> Any:
    return Member.id.in_(_lapsing(rule, moment).select(Lot.member))


def _lapsing(rule: Rule, moment: Moment) -> Any:
    soon = Lot.expires_at.between(moment.at + 1, moment.at + rule.params["days"] * DAY)
    rows = Lot.select(Lot.member, Lot.expires_at, fn.SUM(Lot.left).alias("points")).where(Lot.left > 0, soon)
    return rows.group_by(Lot.member, Lot.expires_at).having(fn.SUM(Lot.left) >= rule.params["least"])


def _points(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    """The soonest to go, once for each day on which some go."""
    rows = _lapsing(rule, moment).where(Lot.member.in_([one.member.id for one in here])).order_by(Lot.expires_at.desc())
    soonest = {member: (expires_at, points) for member, expires_at, points in rows.tuples()}
    for one in here:
        if one.member.id in soonest:
            expires_at, points = soonest[one.member.id]
            last = clock.day_number(expires_at - 1, one.store.timezone)
            yield Turn(one.member, one.store, f"points:{last}", {"points": int(points), "on": last})


def _levels(rule: Rule, moment: Moment) -> Any:
    soon = Level.review_at.between(moment.at + 1, moment.at + rule.params["days"] * DAY)
    return Member.id.in_(Level.select(Level.member).where(Level.warned_at.is_null(False), soon))


def _tier(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    """Was warned long before, and has not been here since."""
    for one in here:
        outlook = levels.of(one.member, policy.of(one.store), moment.at, one.store.timezone)
        if outlook.falls_to and outlook.review_at:
            last = clock.day_number(outlook.review_at - 1, one.store.timezone)
            values = {"tier": TIER_NAMES[one.member.tier].text, "on": last}
            yield Turn(one.member, one.store, f"tier:{last}", values)


def _coupons_of(moment: Moment) -> Any:
    """Neither used nor told of; given yesterday at the latest."""
    days = policy.of(moment.first).coupon_lapse_days
    unused = Coupon.used_at.is_null() & Coupon.told_at.is_null() & (Coupon.made_at < moment.at - DAY)
    return unused & Coupon.expires_at.between(moment.at + 1, moment.at + days * DAY)


def _coupons(rule: Rule, moment: Moment) -> Any:
    return Member.id.in_(Coupon.select(Coupon.member).where(_coupons_of(moment)))


def _coupon(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    """The first to go, and of those the best."""
    mine = _coupons_of(moment) & Coupon.member.in_([one.member.id for one in here])
    rows = Coupon.select().where(mine).order_by(Coupon.expires_at.desc(), Coupon.amount)
    first = {coupon.member_id: coupon for coupon in rows}
    for one in here:
        if coupon := first.get(one.member.id):
            last = clock.day_number(coupon.expires_at - 1, one.store.timezone)
            yield Turn(one.member, one.store, f"coupon:{coupon.code}", {"on": last}, coupon=coupon)


FINDERS = {
    "birthday": Finder(_birthdays, _birthday),
    "festival": Finder(_festivals, _festival),
    "anniversary": Finder(_joined, _anniversary),
    "member_day": Finder(_member_days, _member_day),
    "weather": Finder(_seasons, _weather),
    "news": Finder(_everybody, _news),
    "points_lapse": Finder(_lots, _points),
    "tier_drop": Finder(_levels, _tier),
    "coupon_lapse": Finder(_coupons, _coupon),
}
