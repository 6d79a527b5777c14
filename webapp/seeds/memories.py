"""What the shop remembers of its people, a daughter who helps her mother, and a card that somebody seems to have twice."""

import random
from typing import TYPE_CHECKING

from models import Member, Memory
from webapp import vault
from webapp.clock import DAY, HOUR
from webapp.members import chips, codes, doubles, kin, memory, names

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop

REMEMBERED = 160  # cards
WRITTEN = ("茶要烫一点", "喜欢靠窗的位子", "左肩别用力", "先泡十分钟再搓", "Prefers to be called Jo", "領口多看一眼")
FIRST = ("茶不加糖", "安静的位子", "下班后来")


def now(shop: "Shop", at: int) -> None:
    """As of this moment: the first member's through the rules, the others' in bulk."""
    chips.fill(shop.brand, at - 300 * DAY)
    bath, clerk = shop.by_slug["bath"], shop.people["clerk"]
    first, daughter = (_known(f"1380000000{number}") for number in (1, 2))
    wanted = [chip.id for chip in chips.of_brand(shop.brand.id) if chip.name["zh"] in FIRST]
    memory.choose(first, wanted, wanted, bath, at - 40 * DAY)
    memory.add(first, at - 12 * DAY, key="demo:first", text=WRITTEN[0], staff=clerk, store=bath, source="counter")
    six, _ = codes.digits(first, at - 3 * HOUR)
    kin.agree(kin.ask(daughter, six, "妈妈", source="demo", at=at - 3 * HOUR), first, at - 2 * HOUR)
    _others(shop, at)
    _twice(shop, at)


def _others(shop: "Shop", at: int) -> None:
    rng = random.Random(7)  # noqa: S311 - made-up people, not secrets
    offered = {store.kind: chips.of_brand(shop.brand.id, store.kind) for store in shop.stores}
    rows = []
    for member in Member.select().where(Member.id > 9).order_by(Member.seen_at.desc(), Member.id).limit(REMEMBERED):
        kind = next(store.kind for store in shop.stores if store.id == member.store_id)
        liked = rng.sample(offered[kind], rng.randint(1, 3))
        rows += [_row(member, at - rng.randint(1, 200) * DAY, chip=chip.id) for chip in liked]
        if rng.random() < 0.2:
            told = {"staff": shop.people["senior"].id, "store": member.store_id, "source": "counter"}
            rows.append(_row(member, at - rng.randint(1, 90) * DAY, text_sealed=vault.seal(rng.choice(WRITTEN))) | told)
    Memory.insert_many(rows).execute()


def _row(member: Member, made_at: int, **fields: object) -> dict[str, object]:
    blank = {"chip": None, "text_sealed": None, "source": "member", "staff": None, "store": None}
    return (
        blank
        | {"key": f"memory:{vault.token()}", "member": member.id, "made_at": made_at, "confirmed_at": made_at}
        | fields
    )


def _twice(shop: "Shop", at: int) -> None:
    """Somebody has two cards under one name, and the counter has asked."""
    known = _known("13800000005")
    other = Member.select().where(Member.id > 200).order_by(Member.phone_key.is_null(False), Member.id).first()
    assert other is not None
    Member.update(names.columns(known.name) | {"birthday": known.birthday}).where(Member.id == other.id).execute()
    doubles.propose(known, Member.get_by_id(other.id), shop.by_slug["bath"], shop.people["senior"], at - DAY)


def _known(phone: str) -> Member:
    found: Member = Member.get(Member.phone_key == vault.keyed("phone", f"+86{phone}"))
    return found
