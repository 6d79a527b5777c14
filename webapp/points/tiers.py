"""What a level needs and what it opens: published thresholds on points earned, or days visited, in twelve months, never on what is left (C1).

Called by whoever moves a level (`levels`), and by pages that show one. Reads only.
"""

import datetime as dt
from typing import Any, NamedTuple

from peewee import fn

from models import TIERS, Adviser, LedgerLine, Member, Param, Prepared, Reward, Staff, Visit
from webapp.clock import local, stamp, zone
from webapp.points.phrases import N_, Phrase, phrase, times
from webapp.policy import Policy
from webapp.prices import quotes

BY_FRIENDS = ("referral", "invited")  # why a bonus was given; taken back as "unreferred", which does not count either

_ADVISER = Prepared(
    lambda: (
        Staff.select()
        .join(Adviser, on=(Adviser.staff == Staff.id))
        .where(Adviser.member == Param("member"), Staff.dismissed_at.is_null())
    )
)


class Standing(NamedTuple):
    """Where a member stands: `share` is per cent of the way to `next` (None at the top), `missing` points still to earn."""

    key: str
    earned: int
    next: str | None
    missing: int
    share: int


class Counted(NamedTuple):
    """What twelve months have brought: points earned, and days on which they came."""

    points: int
    visits: int


class Level(NamedTuple):
    """What it needs in twelve months: points, or days of coming (0: they are not looked at); and what it opens."""

    key: str
    threshold: int
    visits: int
    perks: list[Phrase]


def thresholds(rules: Policy) -> dict[str, int]:
    return {"ordinary": 0, "loyal": rules.loyal_at, "vip": rules.vip_at}


def counts() -> Any:
    """Which lines count: what was earned and given, refunds taken off; what came by friends does not, so that nobody falls by theirs."""
    given = LedgerLine.kind.in_(("earn", "bonus")) & LedgerLine.reason.not_in(BY_FRIENDS)
    return given | LedgerLine.reason.in_(("refund", "undo"))


def earned(member: int, at: int, timezone: str) -> int:
    """What was earned in the last twelve months, refunds taken off; what was spent or has lapsed does not matter."""
    return _earned((member,), _year_before(at, timezone))


def earned_by(members: list[int], at: int, timezone: str) -> dict[int, int]:
    """The same for many, in one query; who earned nothing is missing."""
    total = LedgerLine.select(LedgerLine.member, fn.SUM(LedgerLine.points - LedgerLine.owed))
    mine = total.where(LedgerLine.member.in_(members), LedgerLine.at > _year_before(at, timezone), counts())
    return {member: int(points) for member, points in mine.group_by(LedgerLine.member).tuples()}


def counted(member: int, at: int, timezone: str, rules: Policy) -> Counted:
    """What the twelve months before `at` have brought so far; visits are looked at where a threshold asks for them."""
    return counted_together((member,), at, timezone, rules)


def counted_together(members: tuple[int, ...], at: int, timezone: str, rules: Policy) -> Counted:
    """The same of cards that become one."""
    since = _year_before(at, timezone)
    return Counted(_earned(members, since), _visited(members, since, timezone) if counts_visits(rules) else 0)


def counts_visits(rules: Policy) -> bool:
    return bool(rules.loyal_visits or rules.vip_visits)


def by_points(points: int, rules: Policy) -> str:
    """The level that so many points reach."""
    return max((tier for tier in TIERS if thresholds(rules)[tier] <= points), key=TIERS.index, default=TIERS[0])


def reached(found: Counted, rules: Policy) -> str:
    """The level that points or visits reach, whichever is higher; a threshold of 0 visits is not looked at."""
    needed = {"loyal": rules.loyal_visits, "vip": rules.vip_visits}
    by_visits = [tier for tier, days in needed.items() if days and found.visits >= days]
    return max((by_points(found.points, rules), *by_visits), key=TIERS.index)


def standing(member: Member, rules: Policy, at: int, timezone: str) -> Standing:
    """How far it is to the next level."""
    have, needed = earned(member.id, at, timezone), thresholds(rules)
    above = TIERS[TIERS.index(member.tier) + 1 :]
    if not above:
        return Standing(member.tier, have, None, 0, 100)
    goal = needed[above[0]]
    return Standing(
        member.tier, have, above[0], max(0, goal - have), min(100, max(0, have) * 100 // goal) if goal else 100
    )


def per_hundred(rules: Policy, tier: str) -> int:
    """Points for a bill of ¥100."""
    return 100 * rules.point_rate * rules.tier_rate(tier) // 100**2


def adviser(member: int) -> Staff | None:
    """The person of the shop who looks after this member (C4), as long as they work here. Whoever names one is the members' room."""
    found: Staff | None = _ADVISER.one(Staff, member=member)
    return found


def first_name(staff: Staff) -> str:
    """What a member calls them."""
    return str(staff.name).split()[0]


def levels(rules: Policy) -> list[Level]:
    """What each level gives today, each a concrete sentence (C5): nothing is promised here that the counter cannot keep."""
    needed, visits = thresholds(rules), {"loyal": rules.loyal_visits, "vip": rules.vip_visits}
    advised = [phrase(N_("有一位专属顾问，有事直接问"))] if Adviser.select().exists() else []
    given = Reward.select().where(Reward.gift_only, Reward.retired_at.is_null()).exists()
    gift = [phrase(N_("生日有一份礼物，到柜台拿"))] if given else []
    return [
        Level(
            "ordinary",
            needed["ordinary"],
            0,
            [_rate(rules, "ordinary"), *_birthday(rules), phrase(N_("积分换礼品，柜台当场拿"))],
        ),
        Level(
            "loyal",
            needed["loyal"],
            visits["loyal"],
            [*_discount(rules, "loyal"), _rate(rules, "loyal"), *gift, phrase(N_("能换熟客专享的礼品"))],
        ),
        Level(
            "vip",
            needed["vip"],
            visits["vip"],
            [
                *_discount(rules, "vip"),
                _rate(rules, "vip"),
                *gift,
                phrase(N_("新礼品比别人先换")),
                phrase(N_("贵宾专享的礼品也能换")),
                *advised,
            ],
        ),
    ]


def _discount(rules: Policy, tier: str) -> list[Phrase]:
    percent = quotes.discount(rules, tier)
    if not percent:
        return []
    pays = {"fen": 10_000 - 100 * percent}
    return [phrase(N_("正价减 %(percent)s%%：¥100 付 %(pays)s"), percent=percent, pays=pays)]


def _birthday(rules: Policy) -> list[Phrase]:
    if rules.birthday_times <= 100:
        return []
    values = {"before": rules.birthday_lead_days, "after": rules.birthday_days, "rate": times(rules.birthday_times)}
    return [Phrase(N_("生日前 %(before)s 天到后 %(after)s 天，积分 ×%(rate)s"), values)]


def _rate(rules: Policy, tier: str) -> Phrase:
    points = per_hundred(rules, tier)
    if rules.tier_rate(tier) == 100:
        return phrase(N_("消费 ¥100 积 %(points)s 分"), points=points)
    return phrase(N_("消费 ¥100 积 %(points)s 分（×%(rate)s）"), points=points, rate=times(rules.tier_rate(tier)))


def _earned(members: tuple[int, ...], since: int) -> int:
    total = LedgerLine.select(fn.COALESCE(fn.SUM(LedgerLine.points - LedgerLine.owed), 0))
    return int(total.where(LedgerLine.member.in_(members), LedgerLine.at > since, counts()).scalar())


def _visited(members: tuple[int, ...], since: int, timezone: str) -> int:
    """On how many days they came, by the wall of the shop."""
    rows = Visit.select(Visit.at).where(Visit.member.in_(members), Visit.at > since)
    return len({local(moment, timezone).date() for (moment,) in rows.tuples()})


def _year_before(at: int, timezone: str) -> int:
    now = local(at, timezone)
    day = min(now.day, 28) if now.month == 2 else now.day  # 29 February had no day a year before
    return stamp(dt.datetime(now.year - 1, now.month, day, now.hour, now.minute, now.second, tzinfo=zone(timezone)))
