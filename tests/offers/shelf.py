"""Coupons as a shop would have them, for the tests of this room and of prices."""

from typing import Any

from models import Template
from tests.world import NOON, World
from webapp.prices import templates
from webapp.prices.templates import Draft


def draft(**fields: Any) -> Draft:
    """Five yuan off any bill, for thirty days, one per member, unless said else."""
    return Draft(**{"name": {"zh": "回头券", "en": "Come-back coupon"}, "kind": "amount", "amount": 500} | fields)


def template(world: World, **fields: Any) -> Template:
    return templates.put(None, draft(**fields), brand=world.brand.id, at=NOON, staff=world.lin)
