"""Three stores with their opening hours and posters; how often the posters are scanned; somebody who has just come in."""

from typing import TYPE_CHECKING, Any

from models import Brand, Member, OpeningInterval, Placement, PlacementDay, Store
from webapp import clock
from webapp.clock import MINUTE
from webapp.stores import counter

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop
    from webapp.seeds.year import Year

ZONE = "Asia/Shanghai"

BRAND = {"zh": "回头浴场", "en": "Huitou Baths", "zh_Hant": "回頭浴場"}

STORES: tuple[dict[str, Any], ...] = (
    {
        "slug": "bath",
        "kind": "bath",
        "name": {"zh": "回头浴场·南门店", "en": "Huitou Baths, South Gate", "zh_Hant": "回頭浴場·南門店"},
        "address": {"zh": "南门大街 18 号", "en": "18 South Gate Street", "zh_Hant": "南門大街 18 號"},
        "phone": "0571-5550 0118",
    },
    {
        "slug": "laundry",
        "kind": "laundry",
        "name": {"zh": "回头洗衣·河坊店", "en": "Huitou Laundry, River Lane", "zh_Hant": "回頭洗衣·河坊店"},
        "address": {"zh": "河坊巷 6 号", "en": "6 River Lane", "zh_Hant": "河坊巷 6 號"},
        "phone": "0571-5550 0106",
        "hue": 220,
    },
    {
        "slug": "retail",
        "kind": "retail",
        "name": {"zh": "回头杂货·桥头店", "en": "Huitou Goods, Bridge End", "zh_Hant": "回頭雜貨·橋頭店"},
        "address": {"zh": "桥头路 32 号", "en": "32 Bridge End Road", "zh_Hant": "橋頭路 32 號"},
        "phone": "0571-5550 0132",
        "hue": 60,
    },
)

# Minutes after midnight; the bath closes at two in the morning.
HOURS: dict[str, tuple[tuple[int, int], ...]] = {
    "bath": ((600, 1560),),
    "laundry": ((510, 1200),),
    "retail": ((540, 840), (930, 1290)),
}

PLACEMENTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("bath", "door", {"zh": "大门", "en": "Front door", "zh_Hant": "大門"}),
    ("bath", "locker", {"zh": "更衣柜", "en": "Lockers", "zh_Hant": "更衣櫃"}),
    ("bath", "table", {"zh": "休息厅桌面", "en": "Lounge tables", "zh_Hant": "休息廳桌面"}),
    ("laundry", "counter", {"zh": "柜台", "en": "Counter", "zh_Hant": "櫃檯"}),
    ("laundry", "tag", {"zh": "取衣牌", "en": "Garment tags", "zh_Hant": "取衣牌"}),
    ("retail", "door", {"zh": "店门", "en": "Front door", "zh_Hant": "店門"}),
    ("retail", "till", {"zh": "收银台", "en": "Till", "zh_Hant": "收銀台"}),
)


def open_up(shop: "Shop") -> None:
    shop.brand = Brand.create(name=BRAND, made_at=shop.made)
    shop.stores = [Store.create(brand=shop.brand.id, made_at=shop.made, timezone=ZONE, **values) for values in STORES]
    shop.by_slug = {store.slug: store for store in shop.stores}
    for slug, spans in HOURS.items():
        for weekday in range(7):
            for opens, closes in spans:
                OpeningInterval.create(store=shop.by_slug[slug].id, weekday=weekday, opens=opens, closes=closes)
    shop.placements = [
        Placement.create(store=shop.by_slug[slug].id, slug=place, name=name, made_at=shop.made)
        for slug, place, name in PLACEMENTS
    ]


def count_scans(year: "Year") -> None:
    """Sixty days of scans of each poster; never fewer than joined by it."""
    today, scans, joins = clock.day_number(year.at, ZONE), dict[tuple[int, int], int](), year.joins
    for placement in year.shop.placements:
        for day in range(today - 60, today + 1):
            scans[placement.id, day] = year.rng.randint(0, 9) + 2 * joins[placement.id, day]
    for key in sorted(key for key in scans.keys() | joins.keys() if scans.get(key) or joins[key]):
        placement_id, day = key
        year.paper.add(
            PlacementDay, placement=placement_id, day=day, scans=max(scans.get(key, 0), joins[key]), joins=joins[key]
        )


def now(shop: "Shop", at: int) -> None:
    """The fourth member has just come in at the bath."""
    bath, then = Store.get_by_id(shop.by_slug["bath"].id), at - 2 * MINUTE
    counter.arrive(Member.get_by_id(4), counter.code(bath, then), "", then)
