"""The price list of a laundry: what each kind of garment costs and how many opening days it takes. Orders keep the price they were made with."""

from typing import Any

from models import GARMENTS, PriceItem, Staff, Store, transaction
from webapp.laundry import advice
from webapp.laundry.starters import STARTERS
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

MOST = 200
PRICE_MOST, DAYS_MOST, NAME_MOST = 1_000_000, 60, 40

Words = dict[str, str]


def items(store: Store) -> list[PriceItem]:
    """The lines that hold now, in the shop's order. One query."""
    mine = PriceItem.select().where(PriceItem.store == store.id, PriceItem.retired_at.is_null())
    return list(mine.order_by(PriceItem.place, PriceItem.id).limit(MOST))


def put(
    store: Store, item: PriceItem | None, name: Words, kind: str, price: int, days: int, staff: Staff | None, at: int
) -> PriceItem:
    """Add a line, or edit one: `price` in fen, `days` the opening days it takes. The same again changes nothing; orders that stand keep their price."""
    name = {language: text.strip() for language, text in name.items() if text.strip()}
    _check(name, kind, price, days)
    fields = {"name": name, "kind": kind, "price": price, "days": days}
    with transaction():
        if item is None:
            last = PriceItem.select().where(PriceItem.store == store.id).count()
            if last >= MOST:
                raise Refusal("价目表最多 %(n)s 行", code="too_many_items", n=MOST)
            row: PriceItem = PriceItem.create(store=store.id, place=last, made_at=at, **fields)
            _record("price_added", store, staff, at, row)
        else:
            row = _mine(store, item)
            changed = {field: value for field, value in fields.items() if getattr(row, field) != value}
            if not changed:
                return row
            before = {"price": row.price, "days": row.days}
            PriceItem.update(**changed).where(PriceItem.id == row.id).execute()
            row = PriceItem.get_by_id(row.id)
            _record("price_changed", store, staff, at, row, before=before)
        return row


def retire(item: PriceItem, staff: Staff | None, at: int) -> PriceItem:
    """Off the list; what was taken in by it keeps name and price. Twice is once."""
    with transaction():
        still = (PriceItem.id == item.id) & PriceItem.retired_at.is_null()
        if PriceItem.update(retired_at=at).where(still).execute():
            _record("price_retired", item.store, staff, at, item)
        return PriceItem.get_by_id(item.id)


def starters(store: Store, at: int, staff: Staff | None = None) -> list[PriceItem]:
    """A filled list for a laundry that has none yet, and the care cards with it. Where there is a line already, nothing is added."""
    with transaction():
        if not PriceItem.select().where(PriceItem.store == store.id).exists():
            for name, kind, price, days in STARTERS:
                put(store, None, name, kind, price, days, staff, at)
        advice.fill(store.brand, at)
    return items(store)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _check(name: Words, kind: str, price: int, days: int) -> None:
    if not name.get("zh"):
        raise Refusal("请填写", code="name_missing", field="name")
    if max(len(text) for text in name.values()) > NAME_MOST:
        raise Refusal("名字最多 %(n)s 个字", code="name_long", field="name", n=NAME_MOST)
    if kind not in GARMENTS:
        raise Refusal("请选择一种", code="kind_unknown", field="kind")
    for field, value, most in (("price", price, PRICE_MOST), ("days", days, DAYS_MOST)):
        if not 0 <= value <= most:
            high = {"fen": most} if field == "price" else most
            raise Refusal("要在 0 到 %(high)s 之间", code="out_of_bounds", field=field, high=high)


def _mine(store: Store, item: PriceItem) -> PriceItem:
    found: PriceItem | None = PriceItem.get_or_none(PriceItem.id == item.id, PriceItem.store == store.id)
    if found is None or found.retired_at:
        raise Missing("价目表里没有这一行", code="no_such_item")
    return found


def _record(verb: str, store: Store, staff: Staff | None, at: int, row: PriceItem, **data: Any) -> None:
    events.record(
        verb,
        at,
        store=store.id,
        staff=staff.id if staff else None,
        ref=f"price:{row.id}",
        name=row.name,
        price=row.price,
        days=row.days,
        **data,
    )
