"""Tiers, by published thresholds on what was earned in twelve months, never on what is left (C1). Up at once.

Called by whoever gives points, and by pages that show the level. Going down is announced long before, by the loyalty jobs; not here.
"""

import datetime as dt
from typing import NamedTuple

from peewee import fn

from models import TIERS, Adviser, LedgerLine, Member, Param, Prepared, Staff
from webapp.clock import local, stamp, zone
from webapp.outbox import events
from webapp.points.phrases import N_, Phrase, phrase, times
from webapp.policy import Policy

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


class Level(NamedTuple):
    key: str
    threshold: int
    perks: list[Phrase]


def thresholds(rules: Policy) -> dict[str, int]:
    return {"ordinary": 0, "loyal": rules.loyal_at, "vip": rules.vip_at}


def earned(member: int, at: int, timezone: str) -> int:
    """What was earned in the last twelve months, refunds taken off; what was spent or has lapsed does not matter."""
    counted = LedgerLine.kind.in_(("earn", "bonus")) | LedgerLine.reason.in_(("refund", "undo"))
    total = LedgerLine.select(fn.COALESCE(fn.SUM(LedgerLine.points - LedgerLine.owed), 0))
    return int(total.where(LedgerLine.member == member, LedgerLine.at > _year_before(at, timezone), counted).scalar())


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


def lift(member: Member, rules: Policy, at: int, timezone: str) -> str:
    """Raise the member to the level that was reached, inside the transaction that gave the points. Never lowers. Returns the tier."""
    have = earned(member.id, at, timezone)
    reached = max((tier for tier in TIERS if thresholds(rules)[tier] <= have), key=TIERS.index)
    if TIERS.index(reached) > TIERS.index(member.tier):
        changed = (
            Member.update({Member.tier: reached}).where(Member.id == member.id, Member.tier == member.tier).execute()
        )
        if changed:
            events.record("tier_reached", at, member=member.id, tier=reached, earned=have)
            member.tier = reached
    return str(member.tier)


def adviser(member: int) -> Staff | None:
    """The person of the shop who looks after this member (C4), as long as they work here. Whoever names one is the members' room."""
    found: Staff | None = _ADVISER.one(Staff, member=member)
    return found


def first_name(staff: Staff) -> str:
    """What a member calls them."""
    return str(staff.name).split()[0]


def levels(rules: Policy) -> list[Level]:
    """What each level gives today, each a concrete sentence (C5): nothing is promised here that the counter cannot keep."""
    needed = thresholds(rules)
    advised = [phrase(N_("有一位专属顾问，有事直接问"))] if Adviser.select().exists() else []
    return [
        Level("ordinary", needed["ordinary"], [_rate(rules, "ordinary"), phrase(N_("积分换礼品，柜台当场拿"))]),
        Level(
            "loyal",
            needed["loyal"],
            [
                _rate(rules, "loyal"),
                phrase(N_("能换熟客专享的礼品")),
            ],
        ),
        Level(
            "vip",
            needed["vip"],
            [_rate(rules, "vip"), phrase(N_("新礼品比别人先换")), phrase(N_("贵宾专享的礼品也能换")), *advised],
        ),
    ]


def _rate(rules: Policy, tier: str) -> Phrase:
    points = 100 * rules.point_rate * rules.tier_rate(tier) // 100**2
    if rules.tier_rate(tier) == 100:
        return phrase(N_("消费 ¥100 积 %(points)s 分"), points=points)
    return phrase(N_("消费 ¥100 积 %(points)s 分（×%(rate)s）"), points=points, rate=times(rules.tier_rate(tier)))


def _year_before(at: int, timezone: str) -> int:
    now = local(at, timezone)
    day = min(now.day, 28) if now.month == 2 else now.day  # 29 February had no day a year before
    return stamp(dt.datetime(now.year - 1, now.month, day, now.hour, now.minute, now.second, tzinfo=zone(timezone)))
