"""Why things go wrong: a tree of two storeys that the shop edits. It ships filled; every case closes with one of its leaves (J7)."""

from typing import NamedTuple

from models import Brand, Cause, Staff, Store, transaction
from webapp.complaints import library
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

NAME_MOST, MOST = 40, 200
Words = dict[str, str]


class Branch(NamedTuple):
    """A cause and what it is made of."""

    cause: Cause
    children: list[Cause]


def tree(brand: Brand | int) -> list[Branch]:
    """The causes in use, in the shop's order. One query."""
    number = brand if isinstance(brand, int) else brand.id
    rows = Cause.select().where(Cause.brand == number, Cause.retired_at.is_null())
    found = list(rows.order_by(Cause.place, Cause.id).limit(MOST))
    return [Branch(top, [row for row in found if row.parent_id == top.id]) for top in found if not top.parent_id]


def put(
    brand: Brand,
    cause: Cause | None,
    name: Words,
    parent: Cause | None,
    staff: Staff,
    at: int,
    *,
    place: int | None = None,
) -> Cause:
    """Write a cause, or rename and move one. The same again changes nothing."""
    name = written(name, NAME_MOST)
    if parent and (parent.brand_id != brand.id or parent.parent_id or parent.retired_at):
        raise Missing("没有找到", code="not_here", field="parent")
    with transaction():
        fields = {"name": name, "parent": parent.id if parent else None}
        if cause is None:
            if Cause.select().where(Cause.brand == brand.id, Cause.retired_at.is_null()).count() >= MOST:
                raise Refusal("太多了，先收起一些吧", code="too_many")
            last = (
                Cause.select(Cause.place).where(Cause.brand == brand.id).order_by(Cause.place.desc()).limit(1).scalar()
            )
            made: Cause = Cause.create(brand=brand.id, place=(last or 0) + 1 if place is None else place, **fields)
            _record("cause_added", made, staff, at)
            return made
        if cause.brand_id != brand.id:
            raise Missing("没有找到", code="not_here")
        if parent and (parent.id == cause.id or _has_children(cause)):
            raise Refusal("下面还有原因的，不能放到别的下面", code="has_children", field="parent")
        if place is not None:
            fields["place"] = place
        changed = {n: v for n, v in fields.items() if (cause.parent_id if n == "parent" else getattr(cause, n)) != v}
        if changed:
            Cause.update(**changed).where(Cause.id == cause.id).execute()
            cause = Cause.get_by_id(cause.id)
            _record("cause_changed", cause, staff, at)
        return cause


def retire(cause: Cause, staff: Staff, at: int) -> Cause:
    """Not offered any more, and what is under it neither; cases that closed with it keep it. Twice is once."""
    with transaction():
        both = (Cause.id == cause.id) | (Cause.parent == cause.id)
        if Cause.update(retired_at=at).where(both, Cause.retired_at.is_null()).execute():
            _record("cause_retired", cause, staff, at)
        return Cause.get_by_id(cause.id)


def fill(brand: Brand) -> bool:
    """A brand that has none begins with those that came with the program."""
    with transaction():
        if Cause.select().where(Cause.brand == brand.id).exists():
            return False
        place = 0
        for name, children in library.CAUSES:
            top = Cause.create(brand=brand.id, name=name, place=(place := place + 1))
            for child in children:
                Cause.create(brand=brand.id, parent=top.id, name=child, place=(place := place + 1))
        return True


def written(words: Words, most: int) -> Words:
    """What was typed, without the languages that were left empty. Refuses no Chinese and too much."""
    kept = {language: text.strip() for language, text in words.items() if text.strip()}
    if not kept.get("zh"):
        raise Refusal("请写几个字", code="empty", field="zh")
    for language, text in kept.items():
        if len(text) > most:
            raise Refusal("最多写 %(n)s 个字", code="too_long", field=language, n=most)
    return kept


# --- how it is done ----------------------------------------------------------------------------------------------------


def _has_children(cause: Cause) -> bool:
    found: bool = Cause.select().where(Cause.parent == cause.id, Cause.retired_at.is_null()).exists()
    return found


def _record(verb: str, cause: Cause, staff: Staff, at: int) -> None:
    store = (
        staff.store_id
        or Store.select(Store.id).where(Store.brand == cause.brand_id).order_by(Store.id).limit(1).scalar()
    )
    events.record(verb, at, store=store, staff=staff.id, ref=str(cause.id), name=cause.name["zh"])
