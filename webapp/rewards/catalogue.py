"""The catalogue: what can be had in a store, why not, and what the manager writes into it.

Called by the rewards doors. Reading is one query whatever the length. A reward is retired, never erased: receipts speak of it.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from peewee import JOIN, fn

from models import (
    REWARD_KINDS,
    TIERS,
    Brand,
    Event,
    Gift,
    Member,
    Redemption,
    Reward,
    Shelf,
    Staff,
    Store,
    locked,
    transaction,
)
from webapp.clock import DAY
from webapp.outbox import events
from webapp.points.phrases import N_, TIER_NAMES, Phrase, phrase
from webapp.refusals import Forbidden, Refusal

MOST = 200
AHEAD = 14 * DAY  # rewards are shown this long before they open
POINTS_MOST, VALUE_MOST, STOCK_MOST = 100_000, 10_000_000, 100_000
ART = ("gift", "tea", "bath", "shirt", "bag", "ticket", "coins")


class Offer(NamedTuple):
    """One reward for one member in one store: `short` points still missing, `note` why it cannot be had now, None if it can."""

    reward: Reward
    stock: int | None
    short: int
    note: Phrase | None


class Place(NamedTuple):
    """A store that has the reward, and how many."""

    store: Store
    stock: int | None


class Listed(NamedTuple):
    """A reward and its stock by store id; a store that is missing does not have it."""

    reward: Reward
    stock: dict[int, int | None]


@dataclass
class Draft:
    """A reward as the manager typed it. Times are moments; by store id: is it `here`, and its `stock` (None: without end)."""

    name: dict[str, str]
    note: dict[str, str]
    kind: str
    points: int
    points_max: int | None = None
    value: int = 0
    tier: str = "ordinary"
    per_member: int | None = None
    opens_at: int = 0
    early_at: int | None = None
    closes_at: int | None = None
    gift_only: bool = False
    art: str = "gift"
    here: dict[int, bool] = field(default_factory=dict)
    stock: dict[int, int | None] = field(default_factory=dict)


def offers(member: Member, store: Store, at: int, *, afford: bool = False) -> list[Offer]:
    """What this store gives for points, in the shop's order; `afford` leaves only what this member can have now."""
    query = (
        Reward.select(Reward, Shelf.stock.alias("stock"), *_situation(member, at))
        .join(Shelf)
        .where(Shelf.store == store.id, *_shown(at))
        .order_by(Reward.place, Reward.points, Reward.id)
        .limit(MOST)
    )
    listed = [_offer(row, row.stock, row.kept_until, member, at) for row in query.objects()]
    return [offer for offer in listed if not offer.short and offer.note is None] if afford else listed


def offer(reward: Reward, member: Member, at: int) -> tuple[Offer, list[Place]]:
    """One reward, wherever it is to be had."""
    rows = list(
        Reward.select(Reward, *_situation(member, at))
        .join(Shelf, JOIN.LEFT_OUTER)
        .where(Reward.id == reward.id)
        .select_extend(Shelf.stock.alias("stock"), Shelf.store.alias("store_id"))
        .objects()
    )
    open_stores = {store.id: store for store in Store.select().where(Store.closed_at.is_null())}
    places = [Place(open_stores[row.store_id], row.stock) for row in rows if row.store_id in open_stores]
    places.sort(key=lambda place: place.store.id)
    plenty = any(place.stock is None for place in places)
    stock = None if plenty else sum(place.stock or 0 for place in places)
    waits = [row.kept_until for row in rows if row.kept_until]
    return _offer(rows[0], stock, min(waits, default=None), member, at), places


def running_of(member: int, reward: int, at: int) -> Redemption | None:
    """The member's own hold of this reward that still runs."""
    return Redemption.get_or_none(
        Redemption.member == member, Redemption.reward == reward, Redemption.state == "held", Redemption.expires_at > at
    )


def listed(brand: int, *, retired: bool = False) -> list[Listed]:
    """For the manager: every reward, and where it stands. Two queries."""
    rewards = list(
        Reward.select()
        .where(Reward.brand == brand, Reward.retired_at.is_null(not retired))
        .order_by(Reward.place, Reward.points, Reward.id)
        .limit(MOST)
    )
    shelves: dict[int, dict[int, int | None]] = {reward.id: {} for reward in rewards}
    for reward, store, stock in (
        Shelf.select(Shelf.reward, Shelf.store, Shelf.stock).where(Shelf.reward.in_(list(shelves))).tuples()
    ):
        shelves[reward][store] = stock
    return [Listed(reward, shelves[reward.id]) for reward in rewards]


def stock_of(reward: Reward) -> dict[int, int | None]:
    return dict(Shelf.select(Shelf.store, Shelf.stock).where(Shelf.reward == reward.id).tuples())


def save(reward: Reward | None, draft: Draft, *, brand: int, staff: Staff, ticket: str, at: int) -> Reward:
    """Write a new reward, or change one. Holds that run keep the price they were made at. Recorded with what changed.

    Stock is what is left besides running holds; a manager of one store changes that store's shelf only. The same ticket again
    is the same new reward.
    """
    _check(draft, staff)
    values = _columns(draft)
    with transaction():
        locked(Brand, brand)
        if reward is None and (seen := _added(staff, ticket)):
            return seen
        if reward is None:
            last = Reward.select(fn.COALESCE(fn.MAX(Reward.place), 0)).scalar()
            reward = Reward.create(brand=brand, made_at=at, place=last + 1, **values)
            changed = sorted(values)
            verb = "reward_added"
        else:
            changed = [name for name, value in values.items() if getattr(reward, name) != value]
            for name in changed:
                setattr(reward, name, values[name])
            if changed:
                reward.save()
            verb = "reward_changed"
        stocked = _stock(reward, draft, staff)
        if changed or stocked:
            events.record(
                verb,
                at,
                store=staff.store_id,
                staff=staff.id,
                ref=str(reward.id),
                changed=changed,
                stock=stocked,
                ticket=ticket,
            )
        return reward


def retire(reward: Reward, staff: Staff, at: int) -> Reward:
    """Take it out of the catalogue; holds that run are still honoured. Twice is once."""
    with transaction():
        if Reward.update({Reward.retired_at: at}).where(Reward.id == reward.id, Reward.retired_at.is_null()).execute():
            events.record("reward_retired", at, store=staff.store_id, staff=staff.id, ref=str(reward.id))
        return Reward.get_by_id(reward.id)


def bring_back(reward: Reward, staff: Staff, at: int) -> Reward:
    """Put a retired reward into the catalogue again."""
    with transaction():
        if (
            Reward.update({Reward.retired_at: None})
            .where(Reward.id == reward.id, Reward.retired_at.is_null(False))
            .execute()
        ):
            events.record("reward_brought_back", at, store=staff.store_id, staff=staff.id, ref=str(reward.id))
        return Reward.get_by_id(reward.id)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _shown(at: int) -> list[Any]:
    soon = (Reward.opens_at <= at + AHEAD) | (Reward.early_at <= at + AHEAD)
    return [~Reward.gift_only, Reward.retired_at.is_null(), Reward.closes_at.is_null() | (Reward.closes_at > at), soon]


def _situation(member: Member, at: int) -> list[Any]:
    """Beside each reward: until when the last piece is kept for somebody, how often this member had it, and whether it is held now."""
    held = (Redemption.state == "held") & (Redemption.expires_at > at)
    kept = Redemption.select(fn.MIN(Redemption.expires_at)).where(Redemption.shelf == Shelf.id, held)
    mine = (Redemption.reward == Reward.id) & (Redemption.member == member.id)
    had = Redemption.select(fn.COUNT(Redemption.id)).where(mine, Redemption.state == "captured")
    running = Redemption.select(fn.COUNT(Redemption.id)).where(mine, held)
    return [kept.alias("kept_until"), had.alias("had"), running.alias("running")]


def _offer(row: Any, stock: int | None, kept_until: int | None, member: Member, at: int) -> Offer:
    short = max(0, row.points - member.points)
    return Offer(row, stock, short, _why_not(row, stock, kept_until, member, at))


def _why_not(row: Any, stock: int | None, kept_until: int | None, member: Member, at: int) -> Phrase | None:
    if row.running:
        return phrase(N_("正在为你留着"))
    if row.gift_only:
        return phrase(N_("这是送的，不用积分换"))
    if row.retired_at is not None or (row.closes_at is not None and row.closes_at <= at):
        return phrase(N_("已经下架了"))
    if TIERS.index(member.tier) < TIERS.index(row.tier):
        return phrase(N_("%(tier)s才能换"), tier=TIER_NAMES[row.tier])
    if not row.is_open(at, member.tier):
        return phrase(N_("%(opens_at)s 开始换"), opens_at=row.opens_at)
    if row.per_member and row.had >= row.per_member:
        return phrase(N_("每人 %(n)s 份，你已经换过了"), n=row.per_member)
    if stock == 0:
        if kept_until:
            return phrase(N_("最后一份有人正留着，留到 %(until_at)s"), until_at=kept_until)
        return phrase(N_("换完了"))
    return None


def _added(staff: Staff, ticket: str) -> Reward | None:
    """The reward that this filling-in of the form has made already."""
    last = Event.select().where(Event.staff == staff.id, Event.verb == "reward_added").order_by(Event.id.desc()).first()
    return Reward.get_by_id(int(last.ref)) if last and last.data.get("ticket") == ticket else None


def _check(draft: Draft, staff: Staff) -> None:
    if not draft.name.get("zh", "").strip():
        raise Refusal("请填写中文名称", code="name_missing", field="name")
    if draft.kind not in REWARD_KINDS or draft.tier not in TIERS:
        raise Refusal("请重新选择", code="unknown_choice", field="kind")
    if not 0 <= draft.points <= POINTS_MOST:
        raise Refusal("积分要在 0 到 %(most)s 之间", code="points_out_of_range", field="points", most=POINTS_MOST)
    if draft.kind == "trial" and draft.points:
        raise Refusal("免费体验不收积分，请填 0", code="trial_is_free", field="points")
    if draft.gift_only and draft.kind not in ("item", "service"):
        raise Refusal("送的礼物只能是东西或者服务", code="gift_kind", field="kind")
    if draft.kind != "trial" and draft.points == 0 and not draft.gift_only:
        raise Refusal("要收积分，请填大于 0 的数；不收积分请选「免费体验」", code="points_missing", field="points")
    if draft.kind == "amount" and not draft.points < (draft.points_max or 0) <= POINTS_MOST:
        raise Refusal("最多积分要比最少积分大", code="points_max_wrong", field="points_max")
    if not 0 <= draft.value <= VALUE_MOST:
        raise Refusal("柜台价最多 %(most)s", code="value_out_of_range", field="value", most={"fen": VALUE_MOST})
    if draft.closes_at is not None and draft.closes_at <= draft.opens_at:
        raise Refusal("截止日要在开始日之后", code="closes_before_opens", field="closes")
    if draft.early_at is not None and draft.early_at > draft.opens_at:
        raise Refusal("提前日要在开始日之前", code="early_after_opens", field="early")
    if any(stock is not None and not 0 <= stock <= STOCK_MOST for stock in draft.stock.values()):
        raise Refusal("库存要在 0 到 %(most)s 之间", code="stock_out_of_range", field="stock", most=STOCK_MOST)
    if not staff.at_least("manager"):
        raise Forbidden("这项操作需要更高的权限", code="role")


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "name": {language: text.strip() for language, text in draft.name.items() if text.strip()},
        "note": {"zh": "", **{language: text.strip() for language, text in draft.note.items() if text.strip()}},
        "kind": draft.kind,
        "points": 0 if draft.gift_only else draft.points,
        "points_max": draft.points_max if draft.kind == "amount" else None,
        "value": draft.value,
        "tier": draft.tier,
        "per_member": draft.per_member or None,
        "opens_at": draft.opens_at,
        "early_at": draft.early_at,
        "closes_at": draft.closes_at,
        "gift_only": draft.gift_only,
        "art": draft.art if draft.art in ART else "gift",
    }


def _stock(reward: Reward, draft: Draft, staff: Staff) -> dict[str, int | None]:
    """Set the shelves that this person may set; returns what changed, by store."""
    changed: dict[str, int | None] = {}
    before = stock_of(reward)
    for store, here in draft.here.items():
        stock = draft.stock.get(store)
        if staff.store_id not in (None, store):
            raise Forbidden("只能改自己门店的库存", code="other_store")
        if not here:
            if store in before and before[store] != 0:
                changed[str(store)] = 0
            _clear(reward, store)
            continue
        if store in before and before[store] == stock:
            continue
        Shelf.insert(reward=reward.id, store=store, stock=stock).on_conflict(
            conflict_target=[Shelf.reward, Shelf.store], update={Shelf.stock: stock}
        ).execute()
        changed[str(store)] = stock
    return changed


def _clear(reward: Reward, store: int) -> None:
    """No longer in that store. A shelf that redemptions or gifts speak of stays, empty."""
    here = (Shelf.reward == reward.id) & (Shelf.store == store)
    used = Redemption.select(Redemption.shelf).where(Redemption.reward == reward.id)
    kept = Gift.select(Gift.shelf).where(Gift.reward == reward.id)
    Shelf.delete().where(here, Shelf.id.not_in(used), Shelf.id.not_in(kept)).execute()
    Shelf.update({Shelf.stock: 0}).where(here).execute()
