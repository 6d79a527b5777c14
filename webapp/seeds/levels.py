"""Levels with their days, things that are given away, and friends who brought friends."""

from typing import TYPE_CHECKING, Any

from models import Event, Level, LevelMove, Member, Purchase, Referral, Reward, Shelf, Staff, Store
from webapp import clock
from webapp.clock import DAY, month_end_after
from webapp.points import referrals
from webapp.policy import Policy
from webapp.rewards import gifts
from webapp.seeds.stores import ZONE

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop

GIFTS: tuple[tuple[dict[str, Any], dict[str, int]], ...] = (
    (
        {
            "name": {"zh": "回头搪瓷杯", "en": "Huitou enamel mug", "zh_Hant": "回頭搪瓷杯"},
            "note": {"zh": "喝茶泡汤都用得上", "en": "For tea, at home or in the bath house", "zh_Hant": "喝茶泡湯都用得上"},
            "value": 2800, "art": "tea",
        },
        {"bath": 36, "laundry": 12, "retail": 12},
    ),
    (
        {
            "name": {"zh": "艾草足浴包", "en": "Mugwort foot bath", "zh_Hant": "艾草足浴包"},
            "note": {"zh": "十包一盒，睡前泡脚", "en": "Ten sachets, good before bed", "zh_Hant": "十包一盒，睡前泡腳"},
            "value": 1900, "art": "gift",
        },
        {"bath": 20},
    ),
)  # fmt: skip


def now(shop: "Shop", at: int) -> None:
    """What the year's bills reached becomes levels; two gifts wait, one was fetched; one friend has paid, one has just joined."""
    _levels(at)
    mug, soak = (_given_away(shop, at, place, *one) for place, one in enumerate(GIFTS))
    bath, clerk = Store.get_by_id(shop.by_slug["bath"].id), Staff.get_by_id(shop.people["clerk"].id)
    times = {"from_at": at - 2 * DAY, "until_at": clock.day_start(at, ZONE) + 28 * DAY}
    for number, reward, why in ((3, soak, "festival"), (5, mug, "level"), (4, soak, "festival")):
        member = Member.get_by_id(number)
        gift = gifts.keep(member, reward, bath, why, at - 2 * DAY, key=f"demo:{why}:{number}", **times)
    gifts.hand(gift, clerk, at - DAY)
    _friends(at)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _levels(at: int) -> None:
    """One step for each that the log tells of; the day of the next look is a year after the last."""
    steps, last = [], dict[int, tuple[str, int]]()
    for event in Event.select().where(Event.verb == "tier_reached").order_by(Event.at, Event.id):
        before = last.get(event.member_id, ("ordinary", 0))[0]
        last[event.member_id] = (event.data["tier"], event.at)
        counted = {"points": event.data["earned"], "visits": 0}
        step = {"member": event.member_id, "before": before, "after": event.data["tier"], "why": "points"}
        steps.append(step | {"counted": counted, "at": event.at})
    months = Policy().tier_months
    levels = [
        {"member": member, "tier": tier, "reached_at": then, "review_at": _review(then, at, months), "told_at": then}
        for member, (tier, then) in last.items()
    ]
    for model, rows in ((LevelMove, steps), (Level, levels)):
        for start in range(0, len(rows), 200):
            model.insert_many(rows[start : start + 200]).execute()


def _review(then: int, at: int, months: int) -> int:
    day = month_end_after(then, months, ZONE)
    return day if day > at + 70 * DAY else month_end_after(at, months, ZONE)


def _given_away(shop: "Shop", at: int, place: int, fields: dict[str, Any], stock: dict[str, int]) -> Reward:
    made = {"kind": "item", "points": 0, "gift_only": True, "place": 90 + place, "made_at": shop.made}
    reward: Reward = Reward.create(brand=shop.brand.id, **made, **fields)
    for slug, number in stock.items():
        Shelf.create(reward=reward.id, store=shop.by_slug[slug].id, stock=number)
    return reward


def _friends(at: int) -> None:
    """Lin brought Zhou yesterday; Chen brought Liu, whose last bill pays both."""
    zhou, liu = Member.get_by_id(2), Member.get_by_id(7)
    Referral.create(friend=zhou.id, inviter=1, joined_at=zhou.joined_at)
    bill = Purchase.select().where(Purchase.member == liu.id, Purchase.refunded == 0, Purchase.amount >= 2_000)
    Referral.create(friend=liu.id, inviter=3, joined_at=liu.joined_at)
    if paid := bill.order_by(Purchase.at.desc()).first():
        referrals.settle(paid, at)
