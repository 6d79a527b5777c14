"""Who works in the stores, and who comes: made-up names, phone numbers of one made-up block, what each has agreed to."""

import random
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from models import PURPOSES, Consent, Member, Placement, Staff, Store
from webapp import clock, vault
from webapp.clock import DAY
from webapp.members import names
from webapp.seeds.stores import ZONE

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop
    from webapp.seeds.year import Year

MEMBER_PIN, DESK_PIN = "246810", "2580"
KNOWN = 9  # so many members have a PIN, and are told of at the loading

# user name, name, role, store
PEOPLE: tuple[tuple[str, str, str, str | None], ...] = (
    ("owner", "赵老板", "owner", None),
    ("manager", "林经理", "manager", "bath"),
    ("senior", "苏姐", "senior", "bath"),
    ("clerk", "小陈", "clerk", "bath"),
    ("wash", "阿波", "clerk", "laundry"),
    ("till", "小何", "clerk", "retail"),
    ("press", "周店长", "manager", "laundry"),
)

# The nine whose phone numbers are known. `visits` a year, `days` since they joined, `away` days since the last visit, `bills` (days
# ago, fen) instead of made-up ones, `tea` the day one pot of tea was taken home, `birthday_in` days.
MEMBERS: dict[int, dict[str, Any]] = {
    1: {
        "name": "林小满",
        "days": 340,
        "visits": 0,
        "birthday_in": 3,
        "bills": (
            (338, 16800), (301, 8800), (262, 12860), (230, 4860), (201, 9800), (170, 6800),
            (141, 13800), (116, 5860), (91, 11600), (62, 7800), (33, 9880), (12, 8800),
        ),
        "tea": 141,
    },
    2: {"name": "周新", "days": 1, "visits": 0},
    3: {"name": "陈美兰", "days": 410, "visits": 34, "away": 2},
    4: {"name": "王建国", "days": 300, "visits": 16, "away": 6},
    5: {"name": "李晓燕", "days": 380, "visits": 22, "away": 3},
    6: {"name": "张伟明", "days": 260, "visits": 20, "away": 4},
    7: {"name": "刘桂芳", "days": 200, "visits": 9, "away": 20},
    8: {"name": "Alex Martin", "days": 150, "visits": 12, "away": 5, "locale": "en"},
    9: {"name": "黃家欣", "days": 220, "visits": 14, "away": 8, "locale": "zh_Hant"},
}  # fmt: skip

SURNAMES = tuple("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾")
NAMES = (
    "美玲", "建华", "晓东", "雅琴", "志强", "秀英", "海燕", "国平", "丽娟", "文博", "思远", "雨桐", "子涵", "浩然", "欣怡", "佳宁",
    "俊杰", "静怡", "明辉", "小红", "春梅", "永康", "玉兰", "德胜", "婷婷", "一诺", "嘉懿", "立新", "慧敏", "家豪", "梦洁", "大勇",
    "芳", "敏", "静", "磊", "洋", "勇", "军", "杰", "娟", "涛", "超", "霞", "平", "刚", "桂英", "玉梅", "凤霞", "金花",
)  # fmt: skip
LONGEST = 470  # days since the first joined: long enough for points to have lapsed
# Who stands at which counter.
DESK: dict[str, tuple[str, ...]] = {
    "bath": ("clerk", "senior", "clerk", "manager"),
    "laundry": ("wash",),
    "retail": ("till",),
}


class Card:
    """One member while the year is played."""

    def __init__(self, row: dict[str, Any], visits: float, away: int) -> None:
        self.row = row
        self.id: int = row["id"]
        self.visits = visits  # a year
        self.away = away  # days since they came last
        self.lots: list[dict[str, Any]] = []
        self.earned: deque[tuple[int, int]] = deque()
        self.open_visits: dict[int, int] = {}
        self.had: Counter[int] = Counter()


def hire(shop: "Shop", password: str) -> None:
    hashed, pin = vault.hash_secret(password), vault.hash_secret(DESK_PIN)
    shop.people = {
        username: Staff.create(
            brand=shop.brand.id,
            store=shop.by_slug[slug].id if slug else None,
            username=username,
            name=name,
            role=role,
            password_hash=hashed,
            pin_hash=pin,
            made_at=shop.made,
        )
        for username, name, role, slug in PEOPLE
    }


def join(year: "Year", number: int) -> Card:
    """One of the six hundred, as they joined."""
    rng, known = year.rng, MEMBERS.get(number, {})
    visits = known.get("visits", rng.choice((1, 2, 4, 6, 9, 12, 12, 18, 26)))
    days = known.get("days", rng.choice((5, 20, 45, 90, 180, 260, 330, 360, 400, 440, LONGEST)))
    joined = year.today - days * DAY + rng.randrange(DAY // 2)
    store = rng.choices(year.shop.stores, (6, 2, 3))[0] if not known else year.shop.by_slug["bath"]
    placement = rng.choice([place for place in year.shop.placements if place.store_id == store.id])
    row = _row(year, known, store, placement, joined)
    _give_number(rng, number, row)
    year.joins[placement.id, clock.day_number(joined, ZONE)] += 1
    has_phone = row["phone_key"] is not None
    year.paper.event(joined, "joined", number, store.id, placement=placement.slug, phone=has_phone)
    _agree(year, number, joined)
    return Card(row, visits, known.get("away", rng.choice((0, 0, 1, 2, 5, 10, 20, 40, 80, 150))))


def give_pins(cards: list[Card]) -> None:
    """One hash for all of them: Argon2 is slow, and everybody knows this PIN."""
    pin = vault.hash_secret(MEMBER_PIN)
    for card in cards:
        card.row["pin_hash"] = pin


# --- how it is done ----------------------------------------------------------------------------------------------------


def _row(year: "Year", known: dict[str, Any], store: Store, placement: Placement, joined: int) -> dict[str, Any]:
    return year.paper.add(
        Member,
        brand=year.shop.brand.id,
        code=year.code(),
        **names.columns(known.get("name") or year.rng.choice(SURNAMES) + year.rng.choice(NAMES)),
        phone_sealed=None,
        phone_key=None,
        tail_key=None,
        birthday=_birthday(year, known.get("birthday_in")),
        tier="ordinary",
        locale=known.get("locale", "zh"),
        points=0,
        held=0,
        owed=0,
        version=0,
        pin_hash=None,
        source="poster",
        store=store.id,
        placement=placement.id,
        joined_at=joined,
        seen_at=None,
    )


def _birthday(year: "Year", days: int | None) -> int | None:
    if days is not None:
        day = clock.local(year.at + days * DAY, ZONE)
        return day.month * 100 + day.day
    if year.rng.random() < 0.4:
        return None
    return year.rng.randint(1, 12) * 100 + year.rng.randint(1, 28)


def _give_number(rng: random.Random, number: int, row: dict[str, Any]) -> None:
    """Some hold a pass without a number, and then without a name."""
    if number <= KNOWN or rng.random() > 0.08:
        phone = f"1380000{number:04d}"
        row |= {"phone_sealed": vault.seal(f"+86{phone}"), "phone_key": vault.keyed("phone", f"+86{phone}")}
        row["tail_key"] = vault.keyed("tail", phone[-4:])
    else:
        row |= names.columns("") | {"birthday": None}


def _agree(year: "Year", number: int, joined: int) -> None:
    for purpose, share in zip(PURPOSES, (0.9, 0.55, 0.5, 0.15), strict=True):
        year.paper.add(
            Consent,
            member=number,
            purpose=purpose,
            granted=year.rng.random() < share,
            text_version="2026-05",
            source="join",
            at=joined,
        )
