"""Orders: finding one, seeing all of it, the lists, and what every verb of this room does to an order's row.

Rows are taken in one order: bill, member, calendar, the order (`held`), its garments, the card, the store (the tick). A state changes by
compare-and-swap (`swap`). Lists have a fixed number of queries, however many orders there ever were.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from peewee import SQL, Case, fn

from models import (
    Garment,
    GarmentPhoto,
    Member,
    Order,
    OrderWord,
    Param,
    Photo,
    Pin,
    Prepared,
    PriceItem,
    Staff,
    Step,
    Store,
    document,
    locked,
    read_row,
)
from webapp.outbox import events, inbox
from webapp.refusals import Missing, Refusal

OPEN = ("intake", "awaiting", "agreed", "ready")
# As the partial indices have them, word for word: a value in a hole would make SQLite read all orders there ever were.
WORKING = SQL("state IN ('intake', 'awaiting', 'agreed')")
WAITING = SQL("state = 'ready'")
LANES = ("intake", "awaiting", "agreed", "ready")
LANE_MOST = 60  # orders shown of one lane; the rest is a number


class Picture(NamedTuple):
    """A picture of a garment and what was pinned on it, in the order of its numbers."""

    row: GarmentPhoto
    pins: list[Pin]

    @property
    def photo(self) -> Photo:
        photo: Photo = self.row.photo
        return photo

    @property
    def by_member(self) -> bool:
        """Taken at home, with a claim, and not by the shop."""
        staff: int | None = self.photo.__data__["made_by"]
        return staff is None


class Passport(NamedTuple):
    """A garment with its price-list line, its pictures, and its steps in order, with the people who took them."""

    garment: Garment
    shown: list[Picture]
    steps: list[Step]

    def pictures(self, moment: str) -> list[Picture]:
        """As it came ("intake"), or as it goes out ("outgoing"): what the shop took."""
        return [one for one in self.shown if one.row.moment == moment and not one.by_member]

    @property
    def claimed(self) -> list[Picture]:
        """What the member took of it, once it was back."""
        return [one for one in self.shown if one.by_member]

    @property
    def pins(self) -> list[Pin]:
        """What was on it when it came."""
        return [pin for picture in self.pictures("intake") for pin in picture.pins]


class Whole(NamedTuple):
    """All of an order. `seen` stands for the garments and pins on the page: what `agreement.agree` is a yes to."""

    order: Order
    garments: list[Passport]
    words: list[OrderWord]
    seen: str


class Lane(NamedTuple):
    """One state on the board: the first orders in line, each with its member and garments, and how many there are, how many late."""

    state: str
    orders: list[Order]
    total: int
    late: int


_BY_CODE = Prepared(lambda: Order.select().where(Order.code == Param("code")))


def mine(code: str, member: Member) -> Order:
    """The member's order of this code; not there, or not theirs, look the same."""
    order = _by_code(code)
    if order is None or order.member_id != member.id:
        raise Missing("没有找到这张单", code="no_such_order")
    return order


def here(code: str, store: Store) -> Order:
    """This store's order of this code, for its desk."""
    order = _by_code(code)
    if order is None or order.store_id != store.id:
        raise Missing("没有找到这张单", code="no_such_order")
    return order


def find(text: str, store: Store) -> Order | None:
    """What somebody typed or scanned: the code of an order or the tag of a garment. A tag of another store is refused by that store's name."""
    wanted = code_in(text)
    if not wanted:
        return None
    order = _by_code(wanted)
    if order is None:
        garment = Garment.select(Garment, Order).join(Order).where(Garment.tag == wanted).first()
        order = garment.order if garment else None
    if order and order.store_id != store.id:
        raise Refusal("这是%(store)s的衣物", code="other_store", store=order.store.name)
    return order


def code_in(text: str) -> str:
    """The code or tag in what was scanned or typed: the end of an address, without spaces, in capitals."""
    return text.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2].replace(" ", "").replace("-", "").upper()


def of_member(member: Member, limit: int = 60) -> list[Order]:
    """The member's orders, newest first, each with its store and its `garments`. Two queries."""
    query = Order.select(Order, Store).join(Store).where(Order.member == member.id)
    return _with_garments(list(query.order_by(Order.made_at.desc(), Order.id.desc()).limit(limit)))


def board(store: Store, at: int) -> list[Lane]:
    """What is in the shop, by state; the earliest promise first, so that what is late is on top. Seven queries."""
    counts = {state: (int(count), int(late or 0)) for state, count, late in _COUNTS.rows(store=store.id, at=at)}
    counts["ready"] = (int(_READY.row(store=store.id)[0]), 0)  # type: ignore[index]
    lanes = {state: _read(query.rows(store=store.id)) for state, query in _LANE.items()}
    _with_garments([order for found in lanes.values() for order in found])
    for found in lanes.values():
        for order in found:
            order.__rel__["store"] = store
    return [Lane(state, lanes[state], *counts.get(state, (0, 0))) for state in LANES]


def of_store(store: Store, *, before: int | None = None, state: str = "", limit: int = 50) -> list[Order]:
    """All orders there ever were, newest first, in stretches (`before` is the id to go on from), each with member and `garments`. Two queries."""
    query = Order.select(Order, Member).left_outer_join(Member).where(Order.store == store.id)
    if before:
        last = Order.get_or_none(Order.id == before)
        if last:
            same = (Order.made_at == last.made_at) & (Order.id < last.id)
            query = query.where((Order.made_at <= last.made_at) & ((Order.made_at < last.made_at) | same))
    if state:
        query = query.where(Order.state == state)
    return _with_garments(list(query.order_by(Order.made_at.desc(), Order.id.desc()).limit(limit)))


def whole(order: Order) -> Whole:
    """All of it as it is now, in six queries."""
    query = Order.select(Order, Member, Store).left_outer_join(Member).switch(Order).join(Store)
    now: Order = query.where(Order.id == order.id).get()
    garments = list(
        Garment.select(Garment, PriceItem, Staff)
        .left_outer_join(PriceItem)
        .switch(Garment)
        .left_outer_join(Staff)
        .where(Garment.order == order.id)
        .order_by(Garment.id)
    )
    pictures = _pictures(order)
    steps = Step.select(Step, Staff).join(Garment).switch(Step).left_outer_join(Staff)
    by_garment: dict[int, list[Step]] = {}
    for step in steps.where(Garment.order == order.id).order_by(Step.id):
        by_garment.setdefault(step.garment_id, []).append(step)
    words = (
        OrderWord.select(OrderWord, Staff, Garment)
        .left_outer_join(Staff)
        .switch(OrderWord)
        .left_outer_join(Garment)
        .where(OrderWord.order == order.id)
        .order_by(OrderWord.id)
    )
    passports = []
    for garment in garments:
        garment.__rel__["order"] = now
        shown = [picture for picture in pictures if picture.row.garment_id == garment.id]
        passports.append(Passport(garment, shown, by_garment.get(garment.id, [])))
    return Whole(now, passports, list(words), _digest(garments, pictures))


def seen(order: Order) -> str:
    """What stands for the garments, their intake pictures and pins as they are now. Three queries."""
    garments = list(Garment.select().where(Garment.order == order.id).order_by(Garment.id))
    return _digest(garments, _pictures(order))


# --- for the verbs of this room ----------------------------------------------------------------------------------------


def held(order: Order) -> Order:
    """The order as it is now, held until the transaction ends: whoever changes it or its garments begins here."""
    now: Order | None = locked(Order, order.id)
    if now is None:
        raise Missing("没有找到这张单", code="no_such_order")
    return now


def fresh(order: Order) -> Order:
    """The order as it is now."""
    found: Order = Order.get_by_id(order.id)
    return found


def swap(order: Order, states: Sequence[str], *where: Any, **fields: Any) -> bool:
    """Compare and swap: the state (and what else was seen) must still hold."""
    still = (Order.id == order.id) & Order.state.in_(list(states))
    changed = Order.update({getattr(Order, name): value for name, value in fields.items()}).where(still, *where)
    return bool(changed.execute() == 1)


def tell(order: Order, text: str, at: int, *, turn: str | int = "", **params: Any) -> None:
    """A message to the member, once per order, kind and turn. Nobody is told where there is no card, or not any more."""
    member: Member | None = order.member
    if member is None or member.erased_at is not None:
        return
    store: Store = order.store
    key = f"{text}:{order.code}:{turn}" if turn != "" else f"{text}:{order.code}"
    names = {"store": store.name, "zone": store.timezone}
    inbox.tell(member.id, text, at, key=key, url=f"/orders/{order.code}", **names | params)


def record(verb: str, order: Order, at: int, staff: Staff | None = None, *, ref: str = "", **data: Any) -> None:
    """Write down what happened to an order, or to the garment whose tag is `ref`. The tick is the verb's own last act."""
    who = staff.id if staff else None
    events.record(verb, at, store=order.store_id, staff=who, member=order.member_id, ref=ref or order.code, **data)


def changed() -> Refusal:
    """Somebody was faster."""
    return Refusal("这张单刚刚变了，请看最新的", code="changed")


# --- how it is done ----------------------------------------------------------------------------------------------------


def _by_code(code: str) -> Order | None:
    found: Order | None = _BY_CODE.one(Order, code=code.strip().upper())
    return found


def _with_garments(orders: list[Order]) -> list[Order]:
    """Each order with its garments in `order.garments`, in one query."""
    by_order: dict[int, list[Garment]] = {order.id: [] for order in orders}
    if by_order:
        for garment in Garment.select().where(Garment.order.in_(list(by_order))).order_by(Garment.id):
            by_order[garment.order_id].append(garment)
    for order in orders:
        row: Any = order
        row.garments = by_order[order.id]
        for garment in row.garments:
            garment.__rel__["order"] = order
    return orders


def _pictures(order: Order) -> list[Picture]:
    """The order's pictures in the order they were taken, with their pins. Two queries."""
    query = GarmentPhoto.select(GarmentPhoto, Photo).join(Garment).switch(GarmentPhoto).join(Photo)
    found = {row.id: Picture(row, []) for row in query.where(Garment.order == order.id).order_by(GarmentPhoto.id)}
    pins = Pin.select(Pin, Staff).join(GarmentPhoto).join(Garment).switch(Pin).left_outer_join(Staff)
    for pin in pins.where(Garment.order == order.id).order_by(Pin.id):
        if pin.picture_id in found:
            found[pin.picture_id].pins.append(pin)
    return list(found.values())


def _digest(garments: Iterable[Garment], pictures: Iterable[Picture]) -> str:
    """Sixteen letters that change whenever anything does that a member agrees to."""
    pieces = [
        [row.tag, row.name, row.kind, row.fabric, row.colour, row.brand, row.price, row.wish]
        for row in sorted(garments, key=lambda row: row.id)
    ]
    shown = sorted(
        [
            one.row.garment_id,
            one.photo.hash,
            sorted([pin.x, pin.y, pin.kind, pin.stain, pin.note] for pin in one.pins),
        ]
        for one in pictures
        if one.row.moment == "intake"
    )
    return hashlib.sha256(document([pieces, shown]).encode()).hexdigest()[:16]


def _read(rows: list[tuple[Any, ...]]) -> list[Order]:
    found = []
    for values in rows:
        order, rest = read_row(Order, values)
        order.__rel__["member"], _ = read_row(Member, rest)
        found.append(order)
    return found


def _lane(state: str) -> Prepared:
    """The first of a lane: by promise; by when it came while nothing is promised; by how long it has waited to be fetched."""
    by = {"intake": Order.made_at, "ready": Order.ready_at}.get(state, Order.promised_at)
    which = WAITING if state == "ready" else WORKING
    return Prepared(
        lambda: (
            Order.select(Order, Member)
            .left_outer_join(Member)
            .where(Order.store == Param("store"), which, Order.state == state)
            .order_by(by, Order.id)
            .limit(LANE_MOST)
        )
    )


_LANE = {state: _lane(state) for state in LANES}
_COUNTS = Prepared(
    lambda: (
        Order.select(
            Order.state,
            fn.COUNT(Order.id),
            fn.SUM(Case(None, [(Order.promised_at < Param("at"), 1)], 0)),
        )
        .where(Order.store == Param("store"), WORKING)
        .group_by(Order.state)
    )
)
_READY = Prepared(lambda: Order.select(fn.COUNT(Order.id)).where(Order.store == Param("store"), WAITING))
