"""The demo: 回头浴场 with three stores and a made-up year of some 600 members, the same at every loading, relative to the moment.

Called by `flask demo` and `scripts/serve --demo`, on an empty database only. The year is played through in memory by the same
arithmetic as the rules (`points.Book`), written in bulk (`paper`), and proved by `flask check` in the tests; what happens "now" goes
through the rules themselves. It signs nobody in. Nobody in it exists: the phone numbers are one made-up block.

A file a noun. A room that joins the demo brings a file with what it has to say of: the things a shop has (`open_up`), what people do
with them in a year (called by `year`), the tables it writes (`paper.TABLES`), and what waits at this moment (`now`).
"""

import random
import secrets

from models import Brand, Letter, Member, transaction
from webapp.refusals import Refusal
from webapp.seeds import (
    asking,
    bookings,
    care,
    complaints,
    coupons,
    follows,
    insights,
    laundry,
    levels,
    memories,
    paper,
    promotions,
    ratings,
    rewards,
    stores,
)
from webapp.seeds.people import DESK_PIN, MEMBER_PIN
from webapp.seeds.shop import Shop
from webapp.seeds.year import MEMBER_COUNT, Year

__all__ = ["DESK_PIN", "MEMBER_COUNT", "MEMBER_PIN", "load"]


def load(at: int, password: str = "", *, seed: int = 20260520) -> list[str]:
    """Fill an empty database; returns the lines that tell a visitor how to sign in. Refuses a database with a shop in it."""
    if Brand.select().exists() or Member.select().exists():
        raise Refusal("数据库里已经有店了；演示数据只能放进空的数据库", code="not_empty")
    password = password or secrets.token_urlsafe(9)
    rng = random.Random(seed)  # noqa: S311 - made-up people, not secrets
    with transaction():
        paper.patience()
        shop = Shop(at, password)
        Year(shop, at, rng).play()
        paper.sequences()
        for noun in (
            stores,
            rewards,
            levels,
            promotions,
            asking,
            laundry,
            bookings,
            ratings,
            complaints,
            coupons,
            insights,
            follows,
            care,
            memories,
        ):
            noun.now(shop, at)
        Letter.delete().execute()  # nothing leaves the house of a demo
    return [
        f"演示 Demo: 回头浴场, bath · laundry · retail, {MEMBER_COUNT} members",
        f"会员 Members: 13800000001 … 13800000009, PIN {MEMBER_PIN}",
        f"员工 Staff: owner, manager, senior, clerk; password {password}, PIN at the desk {DESK_PIN}",
    ]
