"""Intake: what came over the counter, piece by piece, with what was seen on it; then the member is asked.

A yes is a yes to what was seen. So a change of garments, intake pictures or pins takes an order that was asked about back to `intake`, and the
yes with it, until somebody asks anew; once a piece is being treated, what it looked like when it came is written down for good.
"""

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models import (
    COLOURS,
    DEFECTS,
    FABRICS,
    GARMENTS,
    STAINS,
    Booking,
    Garment,
    GarmentPhoto,
    Member,
    Order,
    Photo,
    Pin,
    PriceItem,
    Staff,
    Step,
    Store,
    Wear,
    locked,
    transaction,
)
from webapp import policy, vault
from webapp.laundry import orders, promises, wardrobe, words
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

COUNT_MOST, PIECES_MOST = 50, 200  # in one filling-in, in one order
PICTURES_MOST, PINS_MOST = 12, 30  # of one garment and moment, on one picture
MOMENTS = ("intake", "outgoing")
AGAIN = "again"  # Step.why: the yes went with what was seen, which has changed


@dataclass(frozen=True)
class Piece:
    """What is filled in for one kind of garment. `price` in fen for one; empty: as the price list says. `count` alike pieces get a tag each."""

    item: PriceItem | None
    kind: str
    fabric: str = "other"
    colour: str = ""
    brand: str = ""
    wish: str = ""
    price: int | None = None
    count: int = 1
    wear: Wear | None = None


def open(  # noqa: A001 - the counter opens an order
    store: Store,
    member: Member | None,
    guest: str,
    staff: Staff,
    at: int,
    *,
    key: str,
    pickup: Booking | None = None,
    note: str = "",
) -> Order:
    """A new order, for a member or for somebody with a name; from a pick-up it is that pick-up's one order.

    The same key, or the same pick-up, again is the first order. Refuses a key that was used for somebody else.
    """
    guest = guest.strip()[:60]
    if member is None and not guest:
        raise Refusal("请填写", code="guest_missing", field="guest")
    _check_pickup(pickup, store, member)
    with transaction():
        card: Member | None = locked(Member, member.id) if member else None  # it may be going away in this moment
        if member and (card is None or card.merged_into_id or card.erased_at):
            raise Missing("没有找到这位会员", code="no_such_member")
        # One statement decides who was first, by key or by pick-up: of two taps at once the second waits here and finds the first one's order.
        new = Order.insert(
            code=vault.code(10),
            key=key,
            store=store.id,
            member=member.id if member else None,
            guest="" if member else guest,
            note_sealed=vault.seal(note.strip()[:500]) if note.strip() else None,
            made_at=at,
            made_by=staff.id,
            pickup=pickup.id if pickup else None,
        ).on_conflict_ignore()
        made = new.as_rowcount().execute() == 1
        same = (Order.key == key) | ((Order.pickup == pickup.id) if pickup else (Order.key == key))
        order: Order = Order.get(same)
        if not made:
            if (order.store_id, order.member_id) != (store.id, member.id if member else None):
                raise Refusal("这一页已经用过了，请刷新后再试", code="ticket_reused")
            return order
        orders.record("order_opened", order, at, staff, **({"pickup": pickup.code} if pickup else {}))
        events.tick(store.id)
        return order


def add(order: Order, piece: Piece, staff: Staff, at: int, *, key: str) -> list[Garment]:
    """So many alike garments, each with its own tag, on the order and its price. The same key again is the same garments."""
    with transaction():
        now = orders.held(order)
        keys = [f"{key}:{number}" for number in range(COUNT_MOST)]
        if seen := list(Garment.select().where(Garment.key.in_(keys)).order_by(Garment.id)):
            if any(garment.order_id != now.id for garment in seen):
                raise Refusal("这一页已经用过了，请刷新后再试", code="ticket_reused")
            return seen
        columns = _columns(now, piece)
        if not 1 <= piece.count <= COUNT_MOST:
            raise Refusal("一次 1 到 %(n)s 件", code="count", field="count", n=COUNT_MOST)
        if Garment.select().where(Garment.order == now.id).count() + piece.count > PIECES_MOST:
            raise Refusal("一张单最多 %(n)s 件", code="too_many_pieces", n=PIECES_MOST)
        open_again(now, staff, at)
        owner = wardrobe.owner(now)
        wear = wardrobe.wear_of(owner, piece, at, now) if owner else None
        made = []
        for one in keys[: piece.count]:
            garment = Garment.create(
                order=now.id,
                tag=vault.code(8),
                key=one,
                wear=wear.id if wear else None,
                stage_by=staff.id,
                stage_at=at,
                **columns,
            )
            Step.create(garment=garment.id, stage="received", staff=staff.id, at=at)
            made.append(garment)
        sum_up(now)
        orders.record("garments_added", now, at, staff, name=columns["name"], pieces=len(made))
        events.tick(now.store_id)
        return made


def change(garment: Garment, piece: Piece, staff: Staff, at: int) -> Garment:
    """What it is, what it costs, what is wished; the tag stays. The same again changes nothing. `count` is not looked at."""
    with transaction():
        order, now = _held(garment)
        columns = _columns(order, piece)
        if piece.wear:
            columns["wear"] = piece.wear.id
        if all(now.__data__.get(name) == value for name, value in columns.items()):
            return now
        open_again(order, staff, at)
        Garment.update({getattr(Garment, name): value for name, value in columns.items()}).where(
            Garment.id == now.id
        ).execute()
        wardrobe.put_right(now, piece, order, at)
        sum_up(order)
        orders.record("garment_changed", order, at, staff, ref=now.tag, name=columns["name"])
        events.tick(order.store_id)
        found: Garment = Garment.get_by_id(now.id)
        return found


def remove(garment: Garment, staff: Staff, at: int) -> Order:
    """It is not part of the order after all: gone with its pictures and pins. Twice is once. Refuses once the order is agreed."""
    with transaction():
        order = orders.held(garment.order)
        if order.state not in ("intake", "awaiting"):
            raise Refusal("客人认可以后不能再删衣物", code="agreed_already")
        now: Garment | None = Garment.get_or_none(Garment.id == garment.id)
        if now and Garment.delete().where(Garment.id == now.id).execute() == 1:
            open_again(order, staff, at)
            wardrobe.not_brought(now.wear, order)
            sum_up(order)
            orders.record("garment_removed", order, at, staff, ref=garment.tag, name=garment.name)
            events.tick(order.store_id)
        return orders.fresh(order)


def attach(garment: Garment, photo: Photo, moment: str, staff: Staff, at: int) -> GarmentPhoto:
    """A picture of the garment as it came, or as it goes out. The same picture again is the one there."""
    if moment not in MOMENTS:
        raise Refusal("请选择", code="moment", field="moment")
    with transaction():
        order, now = _held(garment)
        if photo.store_id != order.store_id or photo.member_id not in (None, order.member_id):
            raise Missing("没有找到这张照片", code="no_such_photo")
        there = list(GarmentPhoto.select(GarmentPhoto, Photo).join(Photo).where(GarmentPhoto.garment == now.id))
        for one in there:
            if one.photo_id == photo.id or (one.moment == moment and one.photo.hash == photo.hash):
                return one
        if sum(one.moment == moment for one in there) >= PICTURES_MOST:
            raise Refusal("一件最多 %(n)s 张照片", code="too_many_photos", n=PICTURES_MOST)
        _touch(order, moment, staff, at)
        if photo.member_id is None and order.member_id:
            Photo.update(member=order.member_id).where(Photo.id == photo.id).execute()
        made = GarmentPhoto.create(garment=now.id, photo=photo.id, moment=moment)
        orders.record("photo_added", order, at, staff, ref=now.tag, moment=moment)
        events.tick(order.store_id)
        return made


def detach(picture: GarmentPhoto, staff: Staff, at: int) -> None:
    """The picture is not this garment's, or no good: it goes with its pins. Twice is once."""
    with transaction():
        order, now = _held(_of(picture))
        if GarmentPhoto.select().where(GarmentPhoto.id == picture.id).exists():
            _touch(order, picture.moment, staff, at)
            GarmentPhoto.delete().where(GarmentPhoto.id == picture.id).execute()
            orders.record("photo_removed", order, at, staff, ref=now.tag)
            events.tick(order.store_id)


def pin(picture: GarmentPhoto, x: int, y: int, kind: str, stain: str, note: str, staff: Staff, at: int) -> Pin:
    """A defect at this spot (thousandths of width and height), of what if it is a stain. The same pin again is the one there."""
    if kind not in DEFECTS:
        raise Refusal("请选择是什么瑕疵", code="kind", field="kind")
    if not (0 <= x <= 1000 and 0 <= y <= 1000):
        raise Refusal("请在照片上点一下位置", code="spot", field="x")
    stain = (stain or "unknown") if kind == "stain" else ""
    if stain not in ("", *STAINS):
        raise Refusal("请选择是什么污渍", code="stain", field="stain")
    note = note.strip()[:80]
    with transaction():
        order, now = _held(_of(picture))
        if not GarmentPhoto.select().where(GarmentPhoto.id == picture.id).exists():
            raise Missing("没有找到这张照片", code="no_such_photo")
        there = list(Pin.select().where(Pin.picture == picture.id))
        for one in there:
            if (one.x, one.y, one.kind, one.stain, one.note) == (x, y, kind, stain, note):
                return one
        if len(there) >= PINS_MOST:
            raise Refusal("一张照片最多标 %(n)s 处", code="too_many_pins", n=PINS_MOST)
        _touch(order, picture.moment, staff, at)
        made = Pin.create(picture=picture.id, x=x, y=y, kind=kind, stain=stain, note=note, made_by=staff.id, made_at=at)
        orders.record("pin_put", order, at, staff, ref=now.tag, kind=kind)
        events.tick(order.store_id)
        return made


def unpin(spot: Pin, staff: Staff, at: int) -> None:
    """It was none, or elsewhere. Twice is once."""
    with transaction():
        picture: GarmentPhoto | None = GarmentPhoto.get_or_none(GarmentPhoto.id == spot.picture_id)
        if picture is None:
            return
        order, now = _held(_of(picture))
        if Pin.select().where(Pin.id == spot.id).exists():
            _touch(order, picture.moment, staff, at)
            Pin.delete().where(Pin.id == spot.id).execute()
            orders.record("pin_taken", order, at, staff, ref=now.tag, kind=spot.kind)
            events.tick(order.store_id)


def ask(order: Order, staff: Staff, at: int) -> Order:
    """Everything is written down: the time is promised, and the member asked to agree. Twice is once. Refuses an empty order."""
    with transaction():
        now = orders.held(order)
        if now.state == "awaiting":
            return now
        if now.state != "intake":
            raise orders.changed()
        again = now.asked_at is not None
        now = promised(now, at)
        orders.swap(now, ("intake",), state="awaiting", asked_at=at, called_at=None)
        pieces = Garment.select().where(Garment.order == now.id).count()
        pins = Pin.select().join(GarmentPhoto).join(Garment).where(Garment.order == now.id).count()
        orders.tell(
            now,
            "order_agree_again" if again else "order_agree",
            at,
            turn=orders.seen(now),
            pieces=pieces,
            pins=pins,
            amount=now.price,
            promised_at=now.promised_at,
        )
        orders.record("order_asked", now, at, staff, pieces=pieces, pins=pins)
        events.tick(now.store_id)
        return orders.fresh(now)


def promised(order: Order, at: int) -> Order:
    """The order with a time by which it will be ready, in a transaction that holds it. A time that was promised before is never made earlier.

    Refuses an order without garments.
    """
    garments = list(Garment.select(Garment, PriceItem).left_outer_join(PriceItem).where(Garment.order == order.id))
    if not garments:
        raise Refusal("先登记衣物", code="no_garments")
    when = promises.promise(order.store, [garment.item for garment in garments], at)
    if order.first_promised_at is None:
        orders.swap(order, (order.state,), promised_at=when, first_promised_at=when)
    elif order.promised_at is None or when > order.promised_at:
        orders.swap(order, (order.state,), promised_at=when, promises=Order.promises + 1)
    return orders.fresh(order)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _held(garment: Garment) -> tuple[Order, Garment]:
    """The garment as it is now, with its order, held until the transaction ends."""
    order = orders.held(garment.order)
    now: Garment | None = Garment.get_or_none(Garment.id == garment.id)
    if now is None:
        raise Missing("没有找到这件衣物", code="no_such_garment")
    now.__rel__["order"] = order
    return order, now


def _of(picture: GarmentPhoto) -> Garment:
    garment: Garment | None = Garment.get_or_none(Garment.id == picture.garment_id)
    if garment is None:
        raise Missing("没有找到这件衣物", code="no_such_garment")
    return garment


def _touch(order: Order, moment: str, staff: Staff, at: int) -> None:
    """Something about a picture changes: what it was like when it came is part of what is agreed, what it was like afterwards is not."""
    if moment == "intake":
        open_again(order, staff, at)
    elif order.state == "cancelled":
        raise orders.changed()


def open_again(order: Order, staff: Staff, at: int) -> None:
    """What was seen changes: an order that was asked about is being written again, and a yes to what it was is none any more."""
    if order.state == "intake":
        return
    if order.state not in ("awaiting", "agreed"):
        raise Refusal("这张单已经不能改了", code="over")
    if order.state == "agreed":
        begun = (Garment.order == order.id) & ((Garment.stage != "agreed") | Garment.handed_at.is_null(False))
        if Garment.select().where(begun).exists():
            raise Refusal("已经开始清洗，收衣时的记录不能再改了", code="begun")
        for garment in Garment.select().where(Garment.order == order.id).order_by(Garment.id):
            Step.create(garment=garment.id, stage="received", why=AGAIN, staff=staff.id, at=at)
        Garment.update(stage="received", stage_by=staff.id, stage_at=at).where(Garment.order == order.id).execute()
    cleared: dict[str, Any] = {
        "agreed_at": None,
        "agreed_how": "",
        "agreed_by": None,
        "agreed_why": "",
        "signature": None,
    }
    orders.swap(order, (order.state,), state="intake", called_at=None, **cleared)
    queue.finish("agree", order.code, at)
    queue.finish("promise", order.code, at)
    orders.record("order_reopened", order, at, staff)


def _columns(order: Order, piece: Piece) -> dict[str, Any]:
    """The garment's own columns as filled in. Refuses what does not exist."""
    item = piece.item
    if item and (item.store_id != order.store_id):
        raise Missing("没有找到这一项价目", code="no_such_item")
    for name, value, known in (
        ("kind", piece.kind, GARMENTS),
        ("fabric", piece.fabric, FABRICS),
        ("colour", piece.colour, ("", *COLOURS)),
    ):
        if value not in known:
            raise Refusal("请选择", code=name, field=name)
    price = piece.price if piece.price is not None else item.price if item else None
    if price is None:
        raise Refusal("请填写价格", code="price_missing", field="price")
    most = policy.of(order.store).bill_max
    if not 0 <= price <= most:
        raise Refusal("一件最多 %(most)s", code="price", field="price", most={"fen": most})
    if piece.wear and (piece.wear.member_id != order.member_id or piece.wear.removed_at):
        raise Missing("没有找到这件衣物", code="no_such_wear")
    return {
        "item": item.id if item else None,
        "kind": piece.kind,
        "name": item.name if item else words.everywhere(words.GARMENT_NAMES[piece.kind]),
        "fabric": piece.fabric,
        "colour": piece.colour,
        "brand": piece.brand.strip()[:40],
        "price": price,
        "wish": piece.wish.strip()[:200],
    }


def sum_up(order: Order) -> None:
    """The order costs what its garments cost."""
    pieces = Garment.select(fn.COALESCE(fn.SUM(Garment.price), 0)).where(Garment.order == order.id)
    Order.update({Order.price: pieces}).where(Order.id == order.id).execute()


def _check_pickup(pickup: Booking | None, store: Store, member: Member | None) -> None:
    if pickup and (pickup.store_id != store.id or pickup.member_id != (member.id if member else None)):
        raise Missing("没有找到这个预约", code="no_such_booking")
