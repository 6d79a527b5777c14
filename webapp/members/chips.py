"""Chips: what one may like or need, to be tapped instead of written (A2). The shop's own list, begun with the shipped ones; all of it may be skipped."""

import tomllib
from pathlib import Path
from typing import Any

from peewee import fn

from models import Brand, Chip, Staff, Store, transaction
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.words import N_

FILE = Path(__file__).with_name("chips.toml")
SHIPPED: tuple[dict[str, Any], ...] = tuple(tomllib.loads(FILE.read_text("utf-8"))["chip"])
KINDS = {"like": N_("喜欢"), "need": N_("需要留意"), "habit": N_("习惯"), "work": N_("平时做什么")}
SHOPS = {"bath": N_("浴场"), "laundry": N_("洗衣店"), "retail": N_("商店")}
NAME_MOST, SURPRISE_MOST, MOST = 16, 40, 120
Words = dict[str, str]


def of_brand(brand: int, shop: str = "") -> list[Chip]:
    """The chips in use, in the order of their kinds; those of one kind of shop, if it is named."""
    rows = Chip.select().where(Chip.brand == brand, Chip.retired_at.is_null()).order_by(Chip.place, Chip.id)
    order = list(KINDS)
    found = sorted(rows, key=lambda chip: order.index(chip.kind))
    return [chip for chip in found if not shop or not chip.shops or shop in chip.shops]


def by_kind(rows: list[Chip]) -> list[tuple[str, list[Chip]]]:
    """(what the kind is called, its chips), without empty ones."""
    groups = [(title, [chip for chip in rows if chip.kind == kind]) for kind, title in KINDS.items()]
    return [(title, chips) for title, chips in groups if chips]


def put(
    brand: Brand, chip: Chip | None, kind: str, name: Words, surprise: Words, shops: list[str], staff: Staff, at: int
) -> Chip:
    """Make a chip, or change one; who has it keeps it under its new name. Refuses an empty name, a long one, and one that is there already."""
    name, surprise = _written(name), _written(surprise)
    _check(kind, name, surprise, shops)
    with transaction():
        others = Chip.select().where(Chip.brand == brand.id, Chip.retired_at.is_null())
        if any(other.name["zh"] == name["zh"] and (chip is None or other.id != chip.id) for other in others):
            raise Refusal("已经有这一项了", code="there_already", field="name")
        fields = {"kind": kind, "name": name, "surprise": surprise or {"zh": ""}, "shops": sorted(shops)}
        if chip is None:
            if others.count() >= MOST:
                raise Refusal("太多了，先停用几项", code="too_many", field="name")
            last = Chip.select(fn.MAX(Chip.place)).where(Chip.brand == brand.id).scalar() or 0
            chip = Chip.create(brand=brand.id, place=last + 1, made_at=at, **fields)
            verb = "chip_added"
        else:
            _mine(brand, chip)
            Chip.update(**fields).where(Chip.id == chip.id).execute()
            verb = "chip_changed"
        events.record(verb, at, staff=staff.id, ref=f"chip:{chip.id}", name=name)
        return Chip.get_by_id(chip.id)


def retire(chip: Chip, staff: Staff, at: int) -> None:
    """Nobody is offered it any more; whoever has it keeps it. Twice is once."""
    with transaction():
        still = (Chip.id == chip.id) & Chip.retired_at.is_null()
        if Chip.update(retired_at=at).where(still).execute():
            events.record("chip_retired", at, staff=staff.id, ref=f"chip:{chip.id}", name=chip.name)


def fill(brand: Brand, at: int, staff: Staff | None = None) -> int:
    """The shipped chips that this brand has never had. Returns how many were added; a repeat adds none."""
    with transaction():
        had = {chip.name["zh"] for chip in Chip.select(Chip.name).where(Chip.brand == brand.id)}
        rows = [
            {
                "brand": brand.id,
                "kind": one["kind"],
                "name": one["name"],
                "surprise": one.get("surprise", {"zh": ""}),
                "shops": sorted(one.get("shops", [])),
                "place": place,
                "made_at": at,
            }
            for place, one in enumerate(SHIPPED, 1)
            if one["name"]["zh"] not in had
        ]
        if rows:
            Chip.insert_many(rows).execute()
            events.record("chips_filled", at, staff=staff.id if staff else None, n=len(rows))
        return len(rows)


def of_store(store: Store) -> list[Chip]:
    return of_brand(store.brand_id, store.kind)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _written(words: Words) -> Words:
    return {language: text.strip() for language, text in words.items() if text and text.strip()}


def _check(kind: str, name: Words, surprise: Words, shops: list[str]) -> None:
    if kind not in KINDS:
        raise Refusal("请选择一种", code="unknown", field="kind")
    if any(shop not in SHOPS for shop in shops):
        raise Refusal("请选择一种", code="unknown", field="shops")
    if not name.get("zh"):
        raise Refusal("请填写", code="empty", field="name")
    if surprise and not surprise.get("zh"):
        raise Refusal("请填写", code="empty", field="surprise")
    for field, words, most in (("name", name, NAME_MOST), ("surprise", surprise, SURPRISE_MOST)):
        if any(len(text) > (3 * most if language == "en" else most) for language, text in words.items()):
            raise Refusal("最多 %(n)s 个字", code="too_long", field=field, n=most)


def _mine(brand: Brand, chip: Chip) -> None:
    if chip.brand_id != brand.id or chip.retired_at:
        raise Missing("没有找到这一项", code="no_such_chip")
