"""Care cards: what to mind with a garment, a fabric, a colour, a stain. The library ships filled and is the shop's own from then on.

A card holds where all that it names is so; the more it names, the further up it stands.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models import COLOURS, FABRICS, GARMENTS, STAINS, Advice, Brand, Staff, transaction
from webapp.laundry import library
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

SHOWN = 5
MOST = 400
TITLE_MOST, TEXT_MOST = 40, 600

Words = dict[str, str]


class About(NamedTuple):
    """What a card is about; empty holds for everything."""

    kind: str = ""
    fabric: str = ""
    colour: str = ""
    stain: str = ""


def everything(*, retired: bool = False) -> list[Advice]:
    """The whole library, by stain, fabric, kind and colour. One query."""
    query = Advice.select().order_by(Advice.stain, Advice.fabric, Advice.kind, Advice.colour, Advice.id).limit(MOST)
    return list(query if retired else query.where(Advice.retired_at.is_null()))


def cards(
    kind: str, fabric: str, colour: str, stains: Iterable[str], *, among: Sequence[Advice] | None = None
) -> list[Advice]:
    """The cards for one garment and what is on it, the most exact first. `among` saves the query where there are many garments."""
    spots = set(stains)
    found = [
        card
        for card in (everything() if among is None else among)
        if (not card.kind or card.kind == kind)
        and (not card.fabric or card.fabric == fabric)
        and (not card.colour or card.colour == colour)
        and (not card.stain or card.stain in spots)
    ]
    return sorted(found, key=_exactness, reverse=True)[:SHOWN]


def put(
    brand: Brand, card: Advice | None, about: About, title: Words, text: Words, staff: Staff | None, at: int
) -> Advice:
    """Write a card, or edit one. The same again changes nothing; a shipped card that was edited is never filled in again."""
    title, text = _written(title), _written(text)
    _check(about, title, text)
    fields = {**about._asdict(), "title": title, "text": text}
    with transaction():
        if card is None:
            row: Advice = Advice.create(brand=brand.id, made_at=at, **fields)
            _record("advice_added", row, staff, at)
            return row
        row = _mine(brand, card)
        changed = {field: value for field, value in fields.items() if getattr(row, field) != value}
        if changed:
            Advice.update(**changed).where(Advice.id == row.id).execute()
            row = Advice.get_by_id(row.id)
            _record("advice_changed", row, staff, at)
        return row


def retire(card: Advice, staff: Staff | None, at: int) -> Advice:
    """Not shown any more, and never filled in again. Twice is once."""
    with transaction():
        still = (Advice.id == card.id) & Advice.retired_at.is_null()
        if Advice.update(retired_at=at).where(still).execute():
            _record("advice_retired", card, staff, at)
        return Advice.get_by_id(card.id)


def fill(brand: Brand, at: int) -> int:
    """The shipped cards that this brand has never had. Returns how many were added; a repeat adds none."""
    with transaction():
        had = {slug for (slug,) in Advice.select(Advice.slug).where(Advice.brand == brand.id).tuples()}
        rows = [
            {"brand": brand.id, "made_at": at, "slug": card.slug, "title": card.title, "text": card.text, **card.about}
            for card in library.cards()
            if card.slug not in had
        ]
        if rows:
            Advice.insert_many(rows).on_conflict_ignore().execute()
        return len(rows)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _exactness(card: Advice) -> tuple[int, bool, bool, bool, bool]:
    named = (bool(card.stain), bool(card.fabric), bool(card.kind), bool(card.colour))
    return sum(named), *named


def _written(words: Words) -> Words:
    return {language: text.strip() for language, text in words.items() if text.strip()}


def _check(about: About, title: Words, text: Words) -> None:
    for field, known in (("kind", GARMENTS), ("fabric", FABRICS), ("colour", COLOURS), ("stain", STAINS)):
        if getattr(about, field) not in ("", *known):
            raise Refusal("请选择一种", code="unknown", field=field)
    for field, words, most in (("title", title, TITLE_MOST), ("text", text, TEXT_MOST)):
        if not words.get("zh"):
            raise Refusal("请填写", code="empty", field=field)
        longest = max(len(text) for language, text in words.items() if language != "en")
        if longest > most or len(words.get("en", "")) > 2 * most:
            raise Refusal("最多 %(n)s 个字", code="too_long", field=field, n=most)


def _mine(brand: Brand, card: Advice) -> Advice:
    found: Advice | None = Advice.get_or_none(Advice.id == card.id, Advice.brand == brand.id)
    if found is None or found.retired_at:
        raise Missing("没有找到这张护理卡", code="no_such_card")
    return found


def _record(verb: str, card: Advice, staff: Staff | None, at: int) -> None:
    events.record(verb, at, staff=staff.id if staff else None, ref=f"advice:{card.id}", name=card.title)
