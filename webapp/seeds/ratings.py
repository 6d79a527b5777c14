"""What visitors of a year thought of it: a face a dimension, sometimes words, an answer under some; and one question that waits for the first member.

Written in bulk, in a year that got better: waiting was the sore point, and is less so since there are more people on weekends.
"""

import random
from typing import TYPE_CHECKING

from models import DIMENSIONS, Ask, Member, Order, Rating, Score, Store, Visit
from webapp import vault
from webapp.clock import DAY, HOUR
from webapp.ratings import asks, ratings
from webapp.seeds.paper import Paper, sequences

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop

SHARE = 0.11  # of those who were here
SPOKEN, WITH_WORDS, WITH_NPS, ANSWERED = 0.08, 0.3, 0.7, 0.5
WEIGHTS = {"price": (2, 5, 17, 45, 31), "speed": (3, 7, 18, 40, 32), "environment": (1, 4, 12, 43, 40)}
USUAL = (1, 3, 9, 39, 48)
HAPPY = (
    "水很干净，师傅手法好",
    "每次来都很放松",
    "前台记得我喜欢安静的房间",
    "衣服洗得像新的一样",
    "东西实在，不乱推销",
    "带爸妈来，他们很喜欢",
    "Great as always",
    "洗得乾淨，服務親切",
)
SORE = ("等得有点久", "价格比以前贵了一点", "休息厅人多的时候有点吵", "取衣晚了半天", "吹风机不太够用", "说明不太清楚")
THANKS = (
    "谢谢您，下次见。",
    "谢谢您告诉我们，已经跟同事说了。",
    "有您这句话，大家都很高兴。",
    "对不起让您久等，周末我们加了人手。",
)


def now(shop: "Shop", at: int) -> None:
    """A year of answers, those of the last days still to be answered, one low one that has become a case, and one question for the first member."""
    rng = random.Random(20260523)  # noqa: S311 - made-up faces; chance of its own
    paper = Paper(at)
    stores = {store.id: store for store in shop.stores}
    for kind, ref, store, member, came in _occasions(shop, at):
        if rng.random() < SHARE and member > 9:
            _rated(paper, shop, rng, stores[store], (kind, ref, member), came, at)
    paper.write()
    sequences()
    _first(shop, at)


def _occasions(shop: "Shop", at: int) -> list[tuple[str, str, int, int, int]]:
    """(kind, ref, store, member, moment) of what may be asked about: visits, and at the laundry the orders."""
    laundry = shop.by_slug["laundry"].id
    seen = Visit.select(Visit.id, Visit.store, Visit.member, Visit.at).where(Visit.store != laundry)
    rows = [
        ("visit", str(number), *rest)
        for number, *rest in seen.where(Visit.at > at - 365 * DAY).order_by(Visit.id).tuples()
    ]
    home = Order.select(Order.code, Order.store, Order.member, Order.ended_at).where(Order.state == "collected")
    home = home.where(Order.member.is_null(False), Order.ended_at > at - 365 * DAY)
    rows += [("order", *row) for row in home.order_by(Order.ended_at, Order.id).tuples()]
    return [row for row in rows if row[4] < at - 3 * HOUR]


def _rated(
    paper: Paper, shop: "Shop", rng: random.Random, store: Store, what: tuple[str, str, int], came: int, at: int
) -> None:
    kind, ref, member = what
    code = "".join(rng.choices(vault.ALPHABET, k=10))
    ask = paper.add(
        Ask, code=code, store=store.id, member=member, kind=kind, ref=ref, served_by=None, at=came, expires_at=came + 14 * DAY
    )  # fmt: skip
    said = min(came + rng.randrange(30 * HOUR) + HOUR, at - 600)
    better = came > at - 120 * DAY
    faces = {name: _face(rng, name, better) for name in DIMENSIONS[store.kind]}
    mean = sum(faces.values()) / len(faces)
    nps = min(10, max(0, round(mean * 2 + rng.choice((-1, 0, 0, 1))))) if rng.random() < WITH_NPS else None
    text = rng.choice(HAPPY if mean >= 4 else SORE) if rng.random() < WITH_WORDS else ""
    low = ratings.is_low(faces, nps)
    answered = bool(text) and rng.random() < ANSWERED and said < at - 2 * DAY
    clerk = {"bath": "clerk", "laundry": "wash", "retail": "till"}[store.slug]
    by = shop.people[clerk].id
    rating = paper.add(
        Rating,
        ask=ask["id"],
        store=store.id,
        member=member,
        nps=nps,
        low=low,
        text_sealed=vault.seal(text) if text else None,
        spoken_by=by if rng.random() < SPOKEN else None,
        made_at=said,
        wanted=False if low else None,
        reply_sealed=vault.seal(rng.choice(THANKS)) if answered else None,
        reply_by=by if answered else None,
        reply_at=said + 20 * HOUR if answered else None,
    )
    for name, value in faces.items():
        paper.add(Score, rating=rating["id"], dimension=name, value=value)


def _face(rng: random.Random, name: str, better: bool) -> int:
    drawn = rng.choices((1, 2, 3, 4, 5), WEIGHTS.get(name, USUAL))[0]
    return min(5, drawn + (better and drawn < 4 and rng.random() < 0.5))


def _first(shop: "Shop", at: int) -> None:
    """How was it yesterday? The first member may say so; somebody else has, and wants it made right."""
    visit = Visit.select().where(Visit.member == 1, Visit.at < at - 4 * HOUR).order_by(Visit.at.desc()).first()
    if visit:
        Visit.update(is_open=False).where(Visit.id == visit.id).execute()
        asks.of_visit(Visit.get_by_id(visit.id), at)
    member = Member.get_by_id(3)
    seen = Visit.select().where(Visit.member == 3, Visit.at < at - 4 * HOUR).order_by(Visit.at.desc()).first()
    if seen:
        ask = asks.of_visit_now(seen, at)
        faces = dict.fromkeys(ratings.dimensions(ask.store), 4) | {ratings.dimensions(ask.store)[0]: 2}
        low = ratings.rate(ask, faces, at - 20 * 60, nps=6, text="热水中途凉了一阵", member=member)
        ratings.want(low, True, at - 10 * 60)
