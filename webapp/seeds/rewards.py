"""What points buy: the shelf, what was taken home in the year and how it ended, and two who hold something now."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import models
from models import Member, Redemption, Reward, Shelf, Staff, Store, Work
from webapp import pairs
from webapp.clock import DAY, MINUTE
from webapp.rewards import redemptions
from webapp.seeds.people import Card
from webapp.seeds.points import Line

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop
    from webapp.seeds.year import Year

OUTCOMES = {"captured": 84, "reversed": 2, "cancelled": 5, "declined": 4, "expired": 5}  # of a hundred

# A reward, and its stock by store (None is without end). opens_at, early_at and closes_at are days from now.
REWARDS: tuple[tuple[dict[str, Any], dict[str, int | None]], ...] = (
    (
        {
            "name": {"zh": "龙井茶一壶", "en": "A pot of Longjing tea", "zh_Hant": "龍井茶一壺"},
            "note": {"zh": "休息厅享用，可续水", "en": "In the lounge, refills included", "zh_Hant": "休息廳享用，可續水"},
            "kind": "item", "points": 80, "value": 1800, "art": "tea",
        },
        {"bath": None},
    ),
    (
        {
            "name": {"zh": "纯棉浴巾", "en": "Cotton bath towel", "zh_Hant": "純棉浴巾"},
            "note": {"zh": "全新，带走", "en": "New, yours to keep", "zh_Hant": "全新，帶走"},
            "kind": "item", "points": 200, "value": 3900, "art": "bath",
        },
        {"bath": 24, "retail": 40},
    ),
    (
        {
            "name": {"zh": "搓澡一次", "en": "Body scrub", "zh_Hant": "搓澡一次"},
            "note": {"zh": "约 20 分钟，当天有空位就能做", "en": "About 20 minutes, any free slot today", "zh_Hant": "約 20 分鐘，當天有空位就能做"},
            "kind": "service", "points": 380, "value": 6800, "art": "bath",
        },
        {"bath": 18},
    ),
    (
        {
            "name": {"zh": "汗蒸房一小时", "en": "An hour in the sweat room", "zh_Hant": "汗蒸房一小時"},
            "note": {"zh": "含毛巾和姜茶", "en": "Towel and ginger tea included", "zh_Hant": "含毛巾和薑茶"},
            "kind": "service", "points": 600, "value": 9800, "art": "bath",
        },
        {"bath": 12},
    ),
    (
        {
            "name": {"zh": "双人泡汤夜场", "en": "Night bath for two", "zh_Hant": "雙人泡湯夜場"},
            "note": {"zh": "晚上九点以后入场", "en": "Entry after nine in the evening", "zh_Hant": "晚上九點以後入場"},
            "kind": "service", "points": 1200, "value": 25600, "tier": "loyal", "art": "ticket",
        },
        {"bath": 6},
    ),
    (
        {
            "name": {"zh": "熨一件衬衫", "en": "One shirt ironed", "zh_Hant": "熨一件襯衫"},
            "note": {"zh": "当天取", "en": "Ready the same day", "zh_Hant": "當天取"},
            "kind": "service", "points": 120, "value": 1500, "art": "shirt",
        },
        {"laundry": None},
    ),
    (
        {
            "name": {"zh": "羊毛大衣干洗", "en": "Wool coat dry-cleaned", "zh_Hant": "羊毛大衣乾洗"},
            "note": {"zh": "一件，三天取", "en": "One coat, ready in three days", "zh_Hant": "一件，三天取"},
            "kind": "service", "points": 900, "value": 8800, "art": "shirt",
        },
        {"laundry": 15},
    ),
    (
        {
            "name": {"zh": "帆布购物袋", "en": "Canvas shopping bag", "zh_Hant": "帆布購物袋"},
            "note": {"zh": "这一批送完了，下一批在路上", "en": "This batch is gone, the next is on its way", "zh_Hant": "這一批送完了，下一批在路上"},
            "kind": "item", "points": 150, "value": 2900, "art": "bag",
        },
        {"retail": 0, "bath": 0},
    ),
    (
        {
            "name": {"zh": "抵用券，面额自选", "en": "Voucher, you choose how much", "zh_Hant": "抵用券，面額自選"},
            "note": {"zh": "100 分抵 10 元，三家店通用", "en": "100 points are ¥10, good in all three stores", "zh_Hant": "100 分抵 10 元，三家店通用"},
            "kind": "amount", "points": 100, "points_max": 1000, "value": 1000, "art": "coins",
        },
        {"bath": None, "laundry": None, "retail": None},
    ),
    (
        {
            "name": {"zh": "艾草汤体验", "en": "Try the mugwort bath", "zh_Hant": "艾草湯體驗"},
            "note": {"zh": "新汤池，每人免费试一次", "en": "Our new pool, once for free", "zh_Hant": "新湯池，每人免費試一次"},
            "kind": "trial", "points": 0, "value": 3000, "per_member": 1, "art": "ticket",
        },
        {"bath": 60},
    ),
    (
        {
            "name": {"zh": "手工香皂礼盒", "en": "Box of handmade soap", "zh_Hant": "手工香皂禮盒"},
            "note": {"zh": "贵宾先选，五天后全员开放", "en": "VIPs choose first; everybody in five days", "zh_Hant": "貴賓先選，五天後全員開放"},
            "kind": "item", "points": 500, "value": 8800, "opens_at": 5, "early_at": -2, "art": "gift",
        },
        {"bath": 20, "retail": 20},
    ),
    (
        {
            "name": {"zh": "中秋月饼一盒", "en": "A box of mooncakes", "zh_Hant": "中秋月餅一盒"},
            "note": {"zh": "节后已结束", "en": "Over since the festival", "zh_Hant": "節後已結束"},
            "kind": "item", "points": 300, "value": 6800, "closes_at": -30, "art": "gift",
        },
        {"bath": 3, "retail": 5},
    ),
)  # fmt: skip


@dataclass
class Taken:
    """One redemption from the hold to its end."""

    card: Card
    store: Store
    reward: Reward
    shelf: Shelf
    points: int
    outcome: str
    at: int
    code: str
    staff: Staff
    then: int  # when it was settled

    @property
    def by_staff(self) -> int | None:
        return self.staff.id if self.outcome in ("captured", "declined", "reversed") else None

    @property
    def undone(self) -> int | None:
        return self.then + 2 * MINUTE if self.outcome == "reversed" else None


def open_up(shop: "Shop", at: int) -> None:
    shop.rewards = []
    for place, (fields, stock) in enumerate(REWARDS):
        days = {name: at + fields[name] * DAY for name in ("opens_at", "early_at", "closes_at") if name in fields}
        plain = {name: value for name, value in fields.items() if name not in days}
        reward = Reward.create(brand=shop.brand.id, place=place, made_at=shop.made, **plain, **days)
        shelves = {
            slug: Shelf.create(reward=reward.id, store=shop.by_slug[slug].id, stock=n) for slug, n in stock.items()
        }
        shop.rewards.append((reward, shelves))


def redeem(year: "Year", card: Card, store: Store, at: int) -> None:
    """Something that this member may have and can pay for there, if there is any."""
    year.book.lapse(card, at)
    choice = [
        (reward, shelves[store.slug])
        for reward, shelves in year.shop.rewards
        if store.slug in shelves and _may_have(card, reward, at)
    ]
    if not choice or at > year.at - 20 * MINUTE:
        return
    reward, shelf = year.rng.choice(choice)
    outcome = year.rng.choices(tuple(OUTCOMES), tuple(OUTCOMES.values()))[0]
    points = reward.points if reward.kind != "amount" else min(reward.points_max, card.row["points"] // 100 * 100)
    take(year, card, store, reward, shelf, points, outcome, at)


def take(
    year: "Year", card: Card, store: Store, reward: Reward, shelf: Shelf, points: int, outcome: str, at: int
) -> None:
    code, staff = year.code(), year.somebody(store)
    then = at + (10 if outcome == "expired" else year.rng.randint(1, 8)) * MINUTE
    taken = Taken(card, store, reward, shelf, points, outcome, at, code, staff, then)
    held = _hold(year, taken) if points else None
    card.had[reward.id] += outcome == "captured"
    _write_down(year, taken, held)
    _tell(year, taken)


def now(shop: "Shop", at: int) -> None:
    """Two members hold a reward at the bath's counter."""
    bath = Store.get_by_id(shop.by_slug["bath"].id)
    holding = Member.select().where(Member.id > 4, Member.points >= 400).order_by(Member.id).limit(2)
    open_now = [
        reward
        for reward, shelves in shop.rewards
        if "bath" in shelves and 0 < reward.points <= 400 and reward.is_open(at, "ordinary")
    ]
    for member, reward, ago in zip(holding, open_now, (4, 1), strict=False):
        redemptions.hold(member, Reward.get_by_id(reward.id), bath, ticket="demo-now", at=at - ago * MINUTE)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _may_have(card: Card, reward: Reward, at: int) -> bool:
    return (
        reward.is_open(at, card.row["tier"])
        and reward.points <= card.row["points"]
        and models.TIERS.index(card.row["tier"]) >= models.TIERS.index(reward.tier)
        and card.had[reward.id] < (reward.per_member or 10**6)
    )


def _hold(year: "Year", taken: Taken) -> Line:
    """The points on hold, and what became of them."""
    points, key, frozen = taken.points, f"hold:{taken.code}", {"reward": taken.reward.name, "code": taken.code}
    store = taken.store.id
    held = year.book.write(
        taken.card, "hold", taken.at, "redemption", key, frozen, points=-points, held=points, store=store
    )
    year.book.take(taken.card, points, held)
    _settle(year, taken, held, frozen)
    return held


def _settle(year: "Year", taken: Taken, held: Line, frozen: dict[str, Any]) -> None:
    card, book, key = taken.card, year.book, f"settle:{taken.code}"
    about = {"inputs": frozen, "store": taken.store.id, "staff": taken.by_staff}
    live_until = taken.then + year.rules.return_days * DAY if taken.outcome in ("declined", "reversed") else 0
    freed = {"at": taken.then, "key": key, "held": -held["held"], "twin": held["id"], **about}
    if taken.outcome not in ("captured", "reversed"):
        book.give_back(card, held, live_until, kind="release", reason=taken.outcome, **freed)
        return
    line = book.write(card, kind="capture", reason="captured", **freed)
    if taken.undone:
        undo = {"at": taken.undone, "key": f"undo:{taken.code}", "twin": line["id"], **about}
        book.give_back(card, held, live_until, kind="reverse", reason="undone", **undo)


def _write_down(year: "Year", taken: Taken, held: Line | None) -> None:
    year.paper.add(
        Redemption,
        code=taken.code,
        member=taken.card.id,
        reward=taken.reward.id,
        store=taken.store.id,
        shelf=taken.shelf.id,
        points=taken.points,
        words=f"{year.rng.randrange(0, 30)}-{year.rng.randrange(30, len(pairs.WORDS))}",
        state=taken.outcome,
        ticket=f"demo:{len(year.paper.rows[Redemption])}",
        line=held["id"] if held else None,
        held_at=taken.at,
        expires_at=taken.at + year.rules.hold_minutes * MINUTE,
        settled_at=taken.then,
        settled_by=taken.by_staff,
        why="out_of_stock" if taken.outcome == "declined" else "",
        undone_at=taken.undone,
        undone_by=taken.staff.id if taken.undone else None,
    )
    year.paper.add(
        Work,
        store=taken.store.id,
        kind="redemption",
        ref=taken.code,
        member=taken.card.id,
        brief={"reward": taken.reward.name, "points": taken.points},
        made_at=taken.at,
        due_at=taken.at + 10 * MINUTE,
        done_at=taken.then,
    )


def _tell(year: "Year", taken: Taken) -> None:
    """What the audit and the member hear of it."""
    paper, member, store, code = year.paper, taken.card.id, taken.store.id, taken.code
    paper.event(taken.at, "held", member, store, None, code, points=taken.points)
    verb = {"captured": "approved", "reversed": "approved"}.get(taken.outcome, taken.outcome)
    paper.event(taken.then, verb, member, store, taken.by_staff, code)
    about = {"reward": taken.reward.name, "points": taken.points}
    if verb in ("approved", "declined"):
        why = {"why": "out_of_stock"} if verb == "declined" else {}
        text = "redemption_captured" if verb == "approved" else "redemption_declined"
        paper.tell(member, taken.then, text, f"{verb}:{code}", f"/redemptions/{code}", **about, **why)
    if taken.undone:
        paper.event(taken.undone, "undone", member, store, taken.staff.id, code)
        paper.tell(member, taken.undone, "redemption_reversed", f"undone:{code}", f"/redemptions/{code}", **about)
