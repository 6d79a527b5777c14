"""Offers and coupons for the tests of prices, switched on and usable at once."""

from typing import Any

from models import Coupon, Member, Promotion
from tests.world import World
from webapp import vault
from webapp.clock import DAY
from webapp.prices import editing
from webapp.prices.editing import Draft


def promotion(world: World, kind: str, name: str, **fields: Any) -> Promotion:
    """Written and switched on, as the owner would."""
    draft = Draft(kind, {"zh": name}, **fields)
    made = editing.put(None, draft, brand=world.brand.id, at=world.at, staff=world.zhao)
    return editing.switch(made, True, world.at, world.zhao)


def member_day(world: World, off: int, **fields: Any) -> Promotion:
    return promotion(world, "member_day", "会员日", percent=off, **fields)


def percent(world: World, off: int, **fields: Any) -> Promotion:
    return promotion(world, "percent", "夏天", percent=off, **fields)


def bundle(world: World, price: int, usual: int, **fields: Any) -> Promotion:
    return promotion(world, "bundle", "下午茶套餐", price=price, usual=usual, **fields)


def double(world: World, times: int = 200, **fields: Any) -> Promotion:
    return promotion(world, "times", "双倍周", times=times, **fields)


def coupon(
    world: World, member: Member, amount: int, *, minimum: int = 0, kind: str = "amount", percent: int | None = None
) -> Coupon:
    """In the wallet, with the terms it was given with."""
    terms = {"kind": kind, "amount": amount, "minimum": minimum, "name": {"zh": "回头券"}}
    return Coupon.create(
        code=vault.code(10),
        key=vault.token(),
        member=member.id,
        store=world.bath.id,
        reason="goodwill",
        amount=amount,
        minimum=minimum,
        made_at=world.at - DAY,
        expires_at=world.at + 30 * DAY,
        terms=terms | ({"percent": percent} if kind == "percent" else {}),
    )
