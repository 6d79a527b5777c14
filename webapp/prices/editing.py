"""Promotions as a manager writes them: made, changed, switched on and off with one tap, read back as one sentence.

Every change is a new edition of the rules (`Brand.policy_version`): bills keep what they were priced with, and everybody reads the new ones at once.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from models import PROMOTION_KINDS, TIERS, Brand, Event, Promotion, Staff, Store, locked, transaction
from webapp.outbox import events
from webapp.phrases import N_, TIER_NAMES, Phrase, phrase, times
from webapp.prices import terms
from webapp.prices.promotions import PRICED, Offer
from webapp.refusals import Missing, Refusal

MOST, FEN_MOST = 200, 10_000_000


@dataclass
class Draft:
    """A promotion as it was typed. `price` and `usual` in fen, `times` in hundredths; a window is weekdays or a day of the month, minutes, and dates."""

    kind: str
    name: dict[str, str]
    note: dict[str, str] = field(default_factory=lambda: {"zh": ""})
    percent: int | None = None
    times: int | None = None
    price: int | None = None
    usual: int | None = None
    stores: list[int] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)
    weekdays: int = 127
    month_day: int | None = None
    opens: int = 0
    closes: int = 1440
    from_at: int | None = None
    until_at: int | None = None


def put(
    promotion: Promotion | None, draft: Draft, *, brand: int, at: int, staff: Staff | None = None, ticket: str = ""
) -> Promotion:
    """Write a new promotion, switched off, or change one. The same ticket again is the same new one.

    Refuses what no counter could honour: nothing off, hours that end before they begin, a bundle dearer than its parts.
    """
    _check(draft, brand)
    values = asdict(draft)
    with transaction():
        locked(Brand, brand)
        if promotion is None:
            if ticket and (seen := _made(staff, ticket)):
                return seen
            made: Promotion = Promotion.create(brand=brand, made_by=staff.id if staff else None, made_at=at, **values)
            _record("promotion_made", made, staff, at, ticket=ticket)
            return made
        now: Promotion = locked(Promotion, promotion.id)
        changed = {name: value for name, value in values.items() if getattr(now, name) != value}
        if changed:
            Promotion.update(changed).where(Promotion.id == now.id).execute()
            _edition(brand)
            _record("promotion_changed", now, staff, at, changed=sorted(changed))
        return Promotion.get_by_id(now.id)


def switch(promotion: Promotion, on: bool, at: int, staff: Staff | None = None) -> Promotion:
    """On or off, at once. Twice is once; what was retired stays off."""
    with transaction():
        off = Promotion.on_since.is_null()
        change = Promotion.update(on_since=at if on else None).where(
            Promotion.id == promotion.id, Promotion.retired_at.is_null(), off if on else ~off
        )
        if change.execute():
            _edition(promotion.brand_id)
            _record("promotion_on" if on else "promotion_off", promotion, staff, at)
        return Promotion.get_by_id(promotion.id)


def retire(promotion: Promotion, at: int, staff: Staff | None = None) -> Promotion:
    """Off, and out of the list. Twice is once."""
    with transaction():
        gone = Promotion.update(retired_at=at, on_since=None).where(
            Promotion.id == promotion.id, Promotion.retired_at.is_null()
        )
        if gone.execute():
            _edition(promotion.brand_id)
            _record("promotion_retired", promotion, staff, at)
        return Promotion.get_by_id(promotion.id)


def of(brand: int, promotion: int) -> Promotion:
    """One promotion of this brand."""
    found: Promotion | None = Promotion.get_or_none(Promotion.id == promotion, Promotion.brand == brand)
    if found is None:
        raise Missing("没有找到这个活动", code="no_such_promotion")
    return found


def listed(brand: int) -> list[Promotion]:
    """All that may be switched on, the newest first."""
    mine = (Promotion.brand == brand) & Promotion.retired_at.is_null()
    return list(Promotion.select().where(mine).order_by(Promotion.id.desc()).limit(MOST))


def offer(promotion: Promotion) -> Offer:
    """As it would hold if it were on."""
    return Offer(*(getattr(promotion, name) for name in Offer._fields))


def sentence(it: Promotion | Offer | Draft, places: list[dict[str, str]] | None = None) -> Phrase:
    """When, for whom, what: a promotion as one sentence. `places` are the names of its stores, where it is not in all of them."""
    said = [phrase(N_("%(when)s，%(what)s"), when=when(it), what=what(it))]
    if it.tiers and it.kind == "bundle":  # with the others who it is for is said with what it is
        said.append(phrase(N_("%(who)s可以点"), who=_who(it)))
    if places:
        named = [phrase(N_("「%(place)s」"), place=place) for place in places]
        said.append(phrase(N_("只在%(places)s"), places=terms.listed(named)))
    if it.from_at:
        said.append(phrase(N_("%(from_on)s起"), from_on=it.from_at))
    if it.until_at:
        said.append(phrase(N_("到%(until_on)s为止"), until_on=it.until_at - 1))
    return terms.joined(said)


def when(it: Promotion | Offer | Draft) -> Phrase:
    """On which days and from when until when."""
    if it.month_day:
        days = phrase(N_("每月 %(n)s 号"), n=it.month_day)
    elif it.weekdays == 127:
        days = phrase(N_("每天"))
    else:
        days = phrase(N_("每%(days)s"), days=terms.weekdays_named(it.weekdays))
    if (it.opens, it.closes) == (0, 1440):
        return days
    opens, closes = terms.wall_clock(it.opens), terms.wall_clock(it.closes)
    return phrase(N_("%(days)s %(opens)s–%(closes)s"), days=days, opens=opens, closes=closes)


def what(it: Promotion | Offer | Draft) -> Phrase:
    """What it gives, and to whom."""
    if it.kind == "bundle":
        bundle, price = it.name, {"fen": it.price}
        return phrase(N_("%(bundle)s %(price)s（平时 %(usual)s）"), bundle=bundle, price=price, usual={"fen": it.usual})
    who = _who(it)
    if it.kind == "times":
        return phrase(N_("%(who)s积分 ×%(times)s"), who=who, times=times(it.times or 100))
    return phrase(N_("%(who)s正价减 %(percent)s%%"), who=who, percent=it.percent)


def in_yuan(it: Promotion | Offer | Draft) -> Phrase | None:
    """The same as an example (C5): 正价 ¥100，付 ¥80."""
    if it.percent:
        return phrase(N_("正价 %(full)s，付 %(paid)s"), full={"fen": 10_000}, paid={"fen": 10_000 - 100 * it.percent})
    if it.kind == "bundle" and it.usual and it.price is not None:
        return phrase(N_("省 %(saved)s"), saved={"fen": it.usual - it.price})
    return None


# --- how it is done ----------------------------------------------------------------------------------------------------


def _who(it: Promotion | Offer | Draft) -> Phrase:
    if it.tiers:
        return terms.listed([TIER_NAMES[tier] for tier in TIERS if tier in it.tiers])
    return phrase(N_("全体会员")) if it.kind in ("member_day", "times") else phrase(N_("每位客人"))


def _check(draft: Draft, brand: int) -> None:
    if not draft.name.get("zh", "").strip():
        raise Refusal("请填写", code="name", field="name")
    if draft.kind not in PROMOTION_KINDS:
        raise Refusal("请选一种活动", code="kind", field="kind")
    priced, more = draft.kind in PRICED, draft.kind == "times"
    if priced != (draft.percent is not None) or (draft.percent is not None and not 1 <= draft.percent <= 100):
        raise Refusal("减百分之几：1 到 100", code="percent", field="percent")
    if more != (draft.times is not None) or (draft.times is not None and not 101 <= draft.times <= 1000):
        raise Refusal("几倍积分：1.1 到 10", code="times", field="times")
    bundle = draft.kind == "bundle"
    if bundle != (draft.price is not None) or bundle != (draft.usual is not None):
        raise Refusal("请填写", code="price", field="price")
    if bundle and not 0 <= (draft.price or 0) < (draft.usual or 0) <= FEN_MOST:
        raise Refusal("套餐要比平时便宜", code="dearer", field="price")
    if not 1 <= draft.weekdays <= 127:
        raise Refusal("至少选一天", code="weekdays", field="weekdays")
    if draft.month_day is not None and not 1 <= draft.month_day <= 31:
        raise Refusal("每月几号：1 到 31", code="month_day", field="month_day")
    if not 0 <= draft.opens < draft.closes <= 1440:
        raise Refusal("结束要晚于开始", code="hours", field="closes")
    if draft.from_at and draft.until_at and draft.until_at <= draft.from_at:
        raise Refusal("结束要晚于开始", code="window", field="until")
    if not set(draft.tiers) <= set(TIERS):
        raise Refusal("没有这个等级", code="tiers", field="tiers")
    known = Store.select().where(Store.id.in_(draft.stores), Store.brand == brand).count() if draft.stores else 0
    if known < len(set(draft.stores)):
        raise Refusal("没有找到这家店", code="no_such_store", field="stores")


def _edition(brand: int) -> None:
    Brand.update({Brand.policy_version: Brand.policy_version + 1}).where(Brand.id == brand).execute()


def _made(staff: Staff | None, ticket: str) -> Promotion | None:
    mine = (Event.verb == "promotion_made") & (Event.staff == staff.id if staff else Event.staff.is_null())
    for event in Event.select().where(mine).order_by(Event.id.desc()).limit(20):
        if event.data.get("ticket") == ticket:
            found: Promotion = Promotion.get_by_id(int(event.ref))
            return found
    return None


def _record(verb: str, promotion: Promotion, staff: Staff | None, at: int, **data: Any) -> None:
    by = {"store": staff.store_id, "staff": staff.id} if staff else {}
    events.record(verb, at, ref=str(promotion.id), name=promotion.name, **by, **data)
