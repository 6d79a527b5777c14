"""How a reply begins: feelings first, facts second, and nobody blamed (I8). Ships filled; the shop's own words from then on."""

from models import Brand, Staff, Starter, Store, transaction
from webapp.complaints import causes, library
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

MOODS = ("feelings", "facts", "question", "thanks")  # the order in which a good reply uses them
TEXT_MOST, MOST = 200, 100
Words = dict[str, str]


def of(brand: Brand | int) -> list[Starter]:
    """The starters in use: feelings first, then facts, questions, thanks. One query."""
    number = brand if isinstance(brand, int) else brand.id
    rows = Starter.select().where(Starter.brand == number, Starter.retired_at.is_null())
    return sorted(rows.order_by(Starter.place, Starter.id).limit(MOST), key=lambda row: MOODS.index(row.mood))


def put(brand: Brand, starter: Starter | None, mood: str, text: Words, staff: Staff, at: int) -> Starter:
    """Write a starter, or edit one. The same again changes nothing."""
    text = causes.written(text, TEXT_MOST)
    if mood not in MOODS:
        raise Refusal("请选一项", code="unknown", field="mood")
    with transaction():
        if starter is None:
            if Starter.select().where(Starter.brand == brand.id, Starter.retired_at.is_null()).count() >= MOST:
                raise Refusal("太多了，先收起一些吧", code="too_many")
            rows = Starter.select(Starter.place).where(Starter.brand == brand.id).order_by(Starter.place.desc())
            last = rows.limit(1).scalar() or 0
            made: Starter = Starter.create(brand=brand.id, mood=mood, text=text, place=last + 1)
            _record("starter_added", made, staff, at)
            return made
        if starter.brand_id != brand.id:
            raise Missing("没有找到", code="not_here")
        if (starter.mood, starter.text) != (mood, text):
            Starter.update(mood=mood, text=text).where(Starter.id == starter.id).execute()
            starter = Starter.get_by_id(starter.id)
            _record("starter_changed", starter, staff, at)
        return starter


def retire(starter: Starter, staff: Staff, at: int) -> Starter:
    """Not offered any more. Twice is once."""
    with transaction():
        still = (Starter.id == starter.id) & Starter.retired_at.is_null()
        if Starter.update(retired_at=at).where(still).execute():
            _record("starter_retired", starter, staff, at)
        return Starter.get_by_id(starter.id)


def fill(brand: Brand) -> bool:
    """A brand that has none begins with those that came with the program."""
    with transaction():
        if Starter.select().where(Starter.brand == brand.id).exists():
            return False
        for place, (mood, text) in enumerate(library.STARTERS):
            Starter.create(brand=brand.id, mood=mood, text=text, place=place)
        return True


def _record(verb: str, starter: Starter, staff: Staff, at: int) -> None:
    store = (
        staff.store_id
        or Store.select(Store.id).where(Store.brand == starter.brand_id).order_by(Store.id).limit(1).scalar()
    )
    events.record(verb, at, store=store, staff=staff.id, ref=str(starter.id), name=starter.text["zh"][:40])
