"""The numbers a shop may change, their defaults (the source documents' own) and their bounds.

A brand's document holds what differs from the defaults, a store's what differs from the brand.
Changing a number counts up `Brand.policy_version`; every ledger line keeps the version and numbers it was made with.
"""

import json
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from models import Brand, Param, Prepared, Store

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Hundredths = Annotated[int, Meta(ge=0, le=10_000)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hundredths: 100 is ×1. Fen, points, minutes, hours, days as named."""

    point_rate: Hundredths = 100  # points per ¥1 (D1)
    tier_loyal: Hundredths = 100
    tier_vip: Hundredths = 150
    lot_months: Annotated[int, Meta(ge=1, le=60)] = 12
    return_days: Annotated[int, Meta(ge=0, le=365)] = 14  # points given back live at least so long
    welcome_points: Annotated[int, Meta(ge=0, le=10_000)] = 0
    bill_max: Annotated[int, Meta(ge=100, le=100_000_000)] = 5_000_000  # fen
    adjust_max: Annotated[int, Meta(ge=1, le=100_000)] = 5_000  # points a manager may give or take at once
    hold_minutes: Annotated[int, Meta(ge=1, le=120)] = 10
    undo_minutes: Annotated[int, Meta(ge=1, le=60)] = 10
    holds_at_once: Annotated[int, Meta(ge=1, le=20)] = 3
    visit_hours: Annotated[int, Meta(ge=1, le=24)] = 4
    claim_days: Annotated[int, Meta(ge=1, le=90)] = 7
    shift_hours: Annotated[int, Meta(ge=1, le=24)] = 12  # how long a PIN at the desk holds
    loyal_at: Count = 1_000  # points earned in twelve months (C1)
    vip_at: Count = 3_000

    def tier_rate(self, tier: str) -> int:
        return {"loyal": self.tier_loyal, "vip": self.tier_vip}.get(tier, 100)


_BRAND = Prepared(lambda: Brand.select(Brand.policy, Brand.policy_version).where(Brand.id == Param("brand")))


def of_brand(brand: Brand) -> Policy:
    return msgspec.convert(brand.policy, Policy)


def of(store: Store) -> Policy:
    """The numbers that hold in this store now."""
    return _merged(_brand(store)[0], json.dumps(store.policy))


def version_of(store: Store) -> int:
    """Which edition of the brand's rules holds now."""
    return _brand(store)[1]


def _brand(store: Store) -> tuple[str, int]:
    row = _BRAND.row(brand=store.brand_id)
    assert row is not None  # the foreign key says so
    return row[0], row[1]


@lru_cache(maxsize=4096)
def _merged(brand: str, store: str) -> Policy:
    return msgspec.convert({**json.loads(brand), **json.loads(store)}, Policy)


def checked(document: dict[str, Any]) -> Policy:
    """The document as a policy, or msgspec.ValidationError that names the number out of bounds."""
    return msgspec.convert(document, Policy)
