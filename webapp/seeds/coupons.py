"""Coupons: the kinds a shop has, who was given which in the last months and used it, a word on a poster, and two neighbours."""

from typing import Any

from models import Consent, Coupon, Event, Member, Message, Store, Template
from webapp import clock, vault
from webapp.clock import DAY, HOUR
from webapp.offers import partners
from webapp.prices import codes, coupons, templates
from webapp.prices.templates import Draft
from webapp.seeds.shop import Shop

# By a short name: how a manager typed it. Amounts in fen.
KINDS: dict[str, dict[str, Any]] = {
    "first": {
        "name": {"zh": "新朋友回头券", "en": "Welcome back coupon", "zh_Hant": "新朋友回頭券"},
        "kind": "amount", "amount": 500, "days": 30,
    },
    "recall": {
        "name": {"zh": "请再给我们一次机会", "en": "Please give us another chance", "zh_Hant": "請再給我們一次機會"},
        "kind": "amount", "amount": 2000, "days": 60, "per_member": 2,
    },
    "regular": {
        "name": {"zh": "老客满减券", "en": "Regulars' coupon", "zh_Hant": "老客滿減券"},
        "kind": "amount", "amount": 1000, "minimum": 5000, "days": 45, "per_member": 4,
    },
    "tea": {
        "name": {"zh": "桂花茶一壶", "en": "Pot of osmanthus tea", "zh_Hant": "桂花茶一壺"},
        "kind": "item", "amount": 1800, "days": 21, "per_member": 2, "most": 300,
    },
    "weekday": {
        "name": {"zh": "工作日下午券", "en": "Weekday afternoon coupon", "zh_Hant": "工作日下午券"},
        "kind": "percent", "percent": 15, "amount": 3000, "minimum": 8000, "weekdays": 0b0011111, "opens": 780, "closes": 1020,
        "days": 30, "most": 500, "per_day": 30,
    },
}  # fmt: skip
PLACES = {"tea": ("bath",), "weekday": ("bath", "laundry")}
NEIGHBOURS = (
    ({"zh": "一次免费体验课", "en": "One free trial class", "zh_Hant": "一次免費體驗課"}, "青松健身"),
    ({"zh": "修眉一次", "en": "One eyebrow shaping", "zh_Hant": "修眉一次"}, "海棠美容"),
)
SINCE = 100 * DAY


def now(shop: Shop, at: int) -> None:
    """The last months, and what lies in wallets at this moment."""
    seen = Message.select(Message.id).order_by(Message.id.desc()).limit(1).scalar() or 0
    kinds = {key: _kind(shop, key, at) for key in KINDS}
    _welcomed(shop, kinds["first"], at)
    _thanked(shop, kinds, at)
    _typed(shop, kinds["weekday"], at)
    _neighbours(shop, at)
    Event.delete().where(Event.verb.in_(("coupon_issued", "coupon_used")), Event.at < at - 14 * DAY).execute()
    Message.delete().where(Message.id > seen, Message.at < at - 14 * DAY).execute()


def _kind(shop: Shop, key: str, at: int) -> Template:
    here = [shop.by_slug[slug].id for slug in PLACES.get(key, ())]
    draft = Draft(**KINDS[key], stores=here)
    return templates.put(None, draft, brand=shop.brand.id, at=at - SINCE, staff=shop.people["manager"])


def _welcomed(shop: Shop, kind: Template, at: int) -> None:
    """Who bought for the first time has five yuan for the next; two of five came back with it."""
    fresh = Member.select().where(Member.joined_at > at - SINCE, Member.joined_at < at - DAY, Member.id > 20)
    for member in list(fresh.order_by(Member.id).limit(90)):
        store = Store.get_by_id(member.store_id)
        given = member.joined_at + 2 * HOUR
        coupon = coupons.issue(kind, member, store, given, key=f"demo:first:{member.id}", trigger="first")
        _used(shop, coupon, store, given + (4 + member.id % 17) * DAY, at, member.id % 5 < 2)


def _thanked(shop: Shop, kinds: dict[str, Template], at: int) -> None:
    """By hand at the counter; the first of the demo's members has one that can be used."""
    bath, senior = shop.by_slug["bath"], shop.people["senior"]
    first = Member.get(Member.phone_key == vault.keyed("phone", "+8613800000001"))
    coupons.issue(kinds["regular"], first, bath, at - 5 * DAY, key="demo:regular:first", trigger="hand", staff=senior)
    regulars = Member.select().where(Member.store == bath.id, Member.id > 20, Member.phone_key.is_null(False))
    for number, member in enumerate(regulars.order_by(Member.id).offset(60).limit(24)):
        kind = kinds[("regular", "tea", "regular", "recall")[number % 4]]
        given = at - (3 + number * 3) * DAY
        coupon = coupons.issue(kind, member, bath, given, key=f"demo:hand:{number}", trigger="hand", staff=senior)
        _used(shop, coupon, bath, given + (2 + number % 9) * DAY, at, number % 5 < 2)


def _typed(shop: Shop, kind: Template, at: int) -> None:
    """A word on the poster by the lockers; some typed it."""
    word = codes.put(kind, codes.Draft("AFTERNOON", most=200), at - 20 * DAY, shop.people["manager"])
    bath = shop.by_slug["bath"]
    here = Member.select().where(Member.store == bath.id, Member.id > 20, Member.phone_key.is_null(False))
    for number, member in enumerate(here.order_by(Member.id).offset(90).limit(17)):
        given = at - (18 - number) * DAY
        coupon = codes.redeem(member, word.code, bath, given)
        afternoon = clock.day_start(given + (1 + number % 4) * DAY, bath.timezone) + 14 * HOUR
        _used(shop, coupon, bath, afternoon, at, number % 3 == 0)


def _used(shop: Shop, coupon: Coupon, store: Store, then: int, at: int, came: bool) -> None:
    clerk = shop.people[{"bath": "clerk", "laundry": "wash", "retail": "till"}[store.slug]]
    if came and then < at - HOUR and coupons.fits(coupon, store, then) is None:
        coupons.use(coupon, store, clerk, then)


def _neighbours(shop: Shop, at: int) -> None:
    """Codes for some who said yes, half of them used there."""
    agreed = Consent.select(Consent.member).where(Consent.purpose == "partner", Consent.granted, Consent.member > 20)
    members = list(
        Member.select().where(Member.id.in_(agreed), Member.store.is_null(False)).order_by(Member.id).limit(12)
    )
    for note, name in NEIGHBOURS:
        partner, _ = partners.put(
            None, partners.Draft(name, note, most=100), brand=shop.brand.id, at=at - SINCE, staff=shop.people["owner"]
        )
        for number, member in enumerate(members):
            given = at - (20 - number) * DAY
            voucher = partners.give(partner, member, Store.get_by_id(member.store_id), given)
            if number % 2:
                partners.use(partner, voucher.code, given + 3 * DAY)
