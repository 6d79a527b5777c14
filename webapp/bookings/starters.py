"""A supply to begin with, by the kind of shop: a manager changes what is different instead of starting from nothing."""

from typing import Any

from models import Resource, Service, Staff, Store, transaction
from webapp.bookings import editing
from webapp.refusals import Refusal

Words = dict[str, str]


def _w(zh: str, zh_hant: str, en: str) -> Words:
    return {"zh": zh, "zh_Hant": zh_hant, "en": en}


# kind of shop → its resources: key, name, kind, capacity, shared
RESOURCES: dict[str, list[tuple[str, Words, str, int, bool]]] = {
    "bath": [
        ("small", _w("小汤屋", "小湯屋", "Small bath room"), "room", 2, False),
        ("large", _w("大汤屋", "大湯屋", "Large bath room"), "room", 4, False),
        ("pool", _w("大池", "大池", "Large pool"), "pool", 20, True),
        ("hands", _w("推拿师傅", "推拿師傅", "Masseur"), "person", 1, False),
    ],
    "laundry": [("van", _w("面包车", "麵包車", "Van"), "van", 4, True)],
    "retail": [
        ("fitting", _w("试衣间", "試衣間", "Fitting room"), "room", 2, False),
        ("corner", _w("活动角", "活動角", "Event corner"), "place", 12, True),
    ],
}
_OWN = [{"key": "own", "name": _w("自带洗漱用品", "自帶盥洗用品", "Own toiletries"), "price": 0}]
# kind of shop → its services: name, kind, the keys of who can do it, and what differs from the defaults
SERVICES: dict[str, list[tuple[Words, str, tuple[str, ...], dict[str, Any]]]] = {
    "bath": [
        (
            _w("家庭汤浴", "家庭湯浴", "Family bath"),
            "bath",
            ("small", "large"),
            {"minutes": 90, "clean_minutes": 15, "people_max": 4, "early_days": 3, "options": _OWN},
        ),
        (_w("大池泡汤", "大池泡湯", "Pool"), "bath", ("pool",), {"minutes": 120, "people_max": 6, "options": _OWN}),
        (
            _w("推拿", "推拿", "Massage"),
            "massage",
            ("hands",),
            {"minutes": 45, "clean_minutes": 15, "on_request": True, "art": "lantern"},
        ),
    ],
    "laundry": [
        (
            _w("上门取衣", "上門取衣", "Pick-up"),
            "pickup",
            ("van",),
            {"minutes": 120, "step_minutes": 120, "lead_minutes": 120, "art": "shirt"},
        ),
        (
            _w("送衣上门", "送衣上門", "Delivery"),
            "delivery",
            ("van",),
            {"minutes": 120, "step_minutes": 120, "lead_minutes": 120, "art": "bag"},
        ),
    ],
    "retail": [
        (
            _w("试穿", "試穿", "Fitting"),
            "fitting",
            ("fitting",),
            {"minutes": 30, "people_max": 2, "cancel_minutes": 30, "art": "shirt"},
        ),
        (
            _w("品鉴会", "品鑑會", "Tasting"),
            "event",
            ("corner",),
            {"minutes": 90, "people_max": 4, "horizon_days": 60, "art": "tea"},
        ),
    ],
}


def start(store: Store, by: Staff, at: int) -> None:
    """The usual services of such a shop and what they need, all at once. Refuses where there are services already."""
    with transaction():
        if Service.select().where(Service.store == store.id, Service.retired_at.is_null()).exists():
            raise Refusal("已经有服务了，直接改就行", code="not_empty")
        made: dict[str, Resource] = {}
        for key, name, kind, capacity, shared in RESOURCES[store.kind]:
            made[key] = editing.put_resource(store, name, kind, capacity, shared, None, by, at)
        for words, service_kind, doers, more in SERVICES[store.kind]:
            doing = tuple(made[key].id for key in doers)
            editing.put_service(
                store,
                editing.Terms(
                    name=words,
                    kind=service_kind,
                    minutes=more["minutes"],
                    resources=doing,
                    **{k: v for k, v in more.items() if k != "minutes"},
                ),
                by,
                at,
            )
