"""What is cheaper when: the shop's member day, its weekend of double points, bundles by the hour. Written and switched on as a manager would."""

from typing import Any

from webapp.clock import DAY
from webapp.prices import editing
from webapp.prices.editing import Draft
from webapp.seeds.shop import Shop

# Store, on or off, and the promotion.
PROMOTIONS: tuple[tuple[str, bool, dict[str, Any]], ...] = (
    (
        "retail",
        True,
        {
            "kind": "member_day",
            "name": {"zh": "会员日", "en": "Member day", "zh_Hant": "會員日"},
            "note": {"zh": "全店正价商品都算", "en": "Everything at full price counts", "zh_Hant": "全店正價商品都算"},
            "percent": 20, "weekdays": 1 << 2,
        },
    ),
    (
        "laundry",
        True,
        {
            "kind": "times",
            "name": {"zh": "周末双倍积分", "en": "Double points weekend", "zh_Hant": "週末雙倍積分"},
            "times": 200, "weekdays": 0b1100000,
        },
    ),
    (
        "laundry",
        True,
        {
            "kind": "bundle",
            "name": {"zh": "早间快洗套餐", "en": "Quick morning pack", "zh_Hant": "早間快洗套餐"},
            "note": {"zh": "三件衬衫，当天取", "en": "Three shirts, ready the same day", "zh_Hant": "三件襯衫，當天取"},
            "price": 3900, "usual": 5400, "opens": 480, "closes": 600,
        },
    ),
    (
        "bath",
        True,
        {
            "kind": "bundle",
            "name": {"zh": "午后茶歇套餐", "en": "Afternoon tea set", "zh_Hant": "午後茶歇套餐"},
            "note": {"zh": "一壶茶、两样点心", "en": "A pot of tea and two treats", "zh_Hant": "一壺茶、兩樣點心"},
            "price": 5800, "usual": 7800, "opens": 840, "closes": 960,
        },
    ),
    (
        "bath",
        True,
        {
            "kind": "bundle",
            "name": {"zh": "家庭晚间套餐", "en": "Family evening set", "zh_Hant": "家庭晚間套餐"},
            "note": {"zh": "两大一小，含晚餐", "en": "Two adults and a child, supper included", "zh_Hant": "兩大一小，含晚餐"},
            "price": 26800, "usual": 32800, "opens": 1080, "closes": 1200,
        },
    ),
    (
        "bath",
        False,
        {
            "kind": "percent",
            "name": {"zh": "平日下午价", "en": "Weekday afternoons", "zh_Hant": "平日下午價"},
            "percent": 15, "weekdays": 0b0011111, "opens": 720, "closes": 1020,
        },
    ),
)  # fmt: skip


def now(shop: Shop, at: int) -> None:
    owner, made = shop.people["owner"], at - 20 * DAY
    for slug, on, fields in PROMOTIONS:
        draft = Draft(stores=[shop.by_slug[slug].id], **fields)
        promotion = editing.put(None, draft, brand=shop.brand.id, at=made, staff=owner)
        if on:
            editing.switch(promotion, True, made, owner)
