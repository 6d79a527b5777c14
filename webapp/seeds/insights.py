"""What the nights have found out: three of them, so that somebody has moved; and segments an owner might keep."""

from models import Segment
from webapp.clock import DAY
from webapp.insights import nightly, segments
from webapp.seeds.shop import Shop

SEGMENTS = {
    "好久没来的贵宾": {
        "is": "all",
        "of": [
            {"is": "grade", "of": ["vip", "a"]},
            {"is": "last", "least": 60},
            {"is": "not", "of": {"is": "open_case"}},
        ],
    },
    "这周该再来的": {
        "is": "all",
        "of": [{"is": "due", "within": 7, "past": 7}, {"is": "consent", "purpose": "service"}],
    },
    "送洗过羊绒的": {"is": "garment", "fabric": "cashmere"},
    "刚来的新客": {"is": "all", "of": [{"is": "life", "of": ["new"]}, {"is": "joined", "most": 30}]},
}


def now(shop: Shop, at: int) -> None:
    for days in (30, 7, 0):
        nightly.run(at - days * DAY)
    for name, rule in SEGMENTS.items():
        row = Segment.create(brand=shop.brand.id, name=name, rule=rule, made_at=at - 7 * DAY)
        segments.recount(row, at)
