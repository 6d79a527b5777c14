"""After it was collected: "all well?" two days later, and a claim for a piece that came back damaged, with what was seen at intake beside it."""

from collections.abc import Sequence
from typing import Any

from peewee import SQL

from models import Garment, GarmentPhoto, Member, Order, OrderWord, Photo, Staff, Store, transaction
from webapp import clock, policy
from webapp.clock import DAY, HOUR
from webapp.laundry import orders
from webapp.laundry.handing import DAYTIME
from webapp.members import consents
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

SETTLE = 4 * HOUR  # somebody looks at it within
TOO_LATE = 14 * DAY  # nobody is asked about what was so long ago
TEXT_MOST = 500
PHOTOS_MOST = 4
BATCH = 500
# As the index `order_unasked` has it, word for word.
UNASKED = SQL("state = 'collected' AND asked_well_at IS NULL")


def ask(at: int) -> int:
    """Two days after collection, by day: is all well? Once per order, not to whoever has said no to such questions. Returns how many were asked."""
    stores = {store.id: store for store in Store.select()}
    awake = {key for key, store in stores.items() if clock.local(at, store.timezone).hour in DAYTIME}
    asked, last = 0, (0, 0)
    while True:
        further = (Order.ended_at > last[0]) | ((Order.ended_at == last[0]) & (Order.id > last[1]))
        query = Order.select().where(UNASKED, Order.ended_at <= at - DAY, further)
        found = list(query.order_by(Order.ended_at, Order.id).limit(BATCH))
        if not found:
            return asked
        for order in found:
            due = order.ended_at + policy.of(stores[order.store_id]).all_well_days * DAY
            if order.store_id in awake and due <= at:
                asked += _ask(order, at)
        last = (found[-1].ended_at, found[-1].id)


def answer(order: Order, member: Member, well: bool, text: str, at: int, *, key: str) -> Order:
    """All well, or not: then a card for the staff, with what the member wrote. The last answer counts; the same again changes nothing."""
    text = text.strip()[:TEXT_MOST]
    with transaction():
        now = orders.held(order)
        _check_mine(now, member)
        if now.state != "collected":
            raise Refusal("取走以后再来说一声就好", code="not_collected")
        if text:
            _write(now, key, text, at, member=member)
        if now.well is not None and now.well == well and not text:
            return now
        Order.update({Order.well: well, Order.well_at: at}).where(Order.id == now.id).execute()
        if well:
            queue.finish("unwell", now.code, at)
        else:
            due = at + SETTLE
            queue.post_again(now.store_id, "unwell", now.code, due, at, member=member.id, text=text[:200])
        _record("order_well" if well else "order_unwell", now, at)
        return orders.fresh(now)


def claim(garment: Garment, member: Member, text: str, at: int, *, key: str, photos: Sequence[Photo] = ()) -> Garment:
    """The member says that this piece came back damaged: a card for the staff, the pictures of both moments beside it. More words are added to it."""
    text = text.strip()[:TEXT_MOST]
    if not text:
        raise Refusal("写一句哪里不对", code="text_missing", field="text")
    if len(photos) > PHOTOS_MOST:
        raise Refusal("照片最多 %(n)s 张", code="too_many_photos", field="photo", n=PHOTOS_MOST)
    with transaction():
        order = orders.held(garment.order)
        _check_mine(order, member)
        if garment.handed_at is None:
            raise Refusal("还没取走的衣物，直接跟柜台说", code="not_collected")
        _write(order, key, text, at, member=member, garment=garment)
        for photo in photos:
            _show(garment, order, photo, member)
        first = Garment.update({Garment.claimed_at: at}).where(Garment.id == garment.id, Garment.claimed_at.is_null())
        if first.execute():
            _record("garment_claimed", order, at, ref=garment.tag)
        brief = {"name": garment.name, "order": order.code, "text": text[:200]}
        queue.post_again(order.store_id, "claim", garment.tag, at + SETTLE, at, member=member.id, **brief)
        events.tick(order.store_id)
        return Garment.get_by_id(garment.id)


def check_claimed(garment: Garment) -> None:
    """Before a picture is taken in: the words come first."""
    if garment.claimed_at is None:
        raise Refusal("先写一句哪里不对", code="not_claimed", field="text")


def show(garment: Garment, member: Member, photo: Photo, at: int) -> GarmentPhoto:
    """The member's own picture of what is wrong, beside the words of the claim; the staff look again. The same picture again is the one there."""
    with transaction():
        order = orders.held(garment.order)
        _check_mine(order, member)
        now: Garment = Garment.get_by_id(garment.id)
        check_claimed(now)
        picture, new = _show(now, order, photo, member)
        if new:
            said = OrderWord.select().where(OrderWord.garment == now.id, OrderWord.member.is_null(False))
            last = said.order_by(OrderWord.id.desc()).first()
            brief = {"name": now.name, "order": order.code, "text": last.text[:200] if last else ""}
            queue.post_again(order.store_id, "claim", now.tag, at + SETTLE, at, member=member.id, **brief)
            _record("claim_pictured", order, at, ref=now.tag)
        return picture


def reply(order: Order, garment: Garment | None, staff: Staff, text: str, at: int, *, key: str) -> OrderWord:
    """What the shop says to it: the member is told, the card is dealt with. The same key twice is one word."""
    text = text.strip()[:TEXT_MOST]
    if not text:
        raise Refusal("请填写", code="text_missing", field="text")
    with transaction():
        now = orders.held(order)
        if now.store_id != (staff.store_id or now.store_id):
            raise Missing("没有找到这张单", code="no_such_order")
        word = _write(now, key, text, at, staff=staff, garment=garment)
        queue.finish("claim" if garment else "unwell", garment.tag if garment else now.code, at)
        orders.tell(now, "order_reply", at, turn=word.id, words=text)
        _record("claim_answered" if garment else "unwell_answered", now, at, staff)
        return word


def words_of(garment: Garment) -> list[OrderWord]:
    """What was said about one piece, the first on top, with who said it. One query."""
    said = OrderWord.select(OrderWord, Staff).left_outer_join(Staff).where(OrderWord.garment == garment.id)
    return list(said.order_by(OrderWord.id))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _ask(order: Order, at: int) -> int:
    with transaction():
        still = (Order.id == order.id) & UNASKED
        if Order.update({Order.asked_well_at: at}).where(still).execute() != 1:
            return 0
        too_late = order.ended_at < at - TOO_LATE
        if not order.member_id or order.well is not None or too_late or _said_no(order.member_id):
            return 0
        orders.tell(order, "all_well", at)
        return 1


def _said_no(member: int) -> bool:
    survey = next(choice for choice in consents.current(member) if choice.purpose == "survey")
    return survey.at is not None and not survey.granted


def _write(order: Order, key: str, text: str, at: int, **who: Any) -> OrderWord:
    """One line of the talk, once per key."""
    whose = {name: row.id for name, row in who.items() if row}
    key = f"after:{order.code}:{key}"[:150]
    OrderWord.insert(key=key, order=order.id, text=text, at=at, **whose).on_conflict_ignore().execute()
    return OrderWord.get(OrderWord.key == key)


def _show(garment: Garment, order: Order, photo: Photo, member: Member) -> tuple[GarmentPhoto, bool]:
    """One picture by the member, and whether it is new. Nobody else's, no more than so many, each once."""
    if photo.member_id != member.id or photo.store_id != order.store_id or photo.made_by_id is not None:
        raise Missing("没有找到这张照片", code="no_such_photo", field="photo")
    there = list(GarmentPhoto.select(GarmentPhoto, Photo).join(Photo).where(GarmentPhoto.garment == garment.id))
    shown = [one for one in there if one.photo.made_by_id is None]
    for one in shown:
        if one.photo_id == photo.id or one.photo.hash == photo.hash:
            return one, False
    if len(shown) >= PHOTOS_MOST:
        raise Refusal("照片最多 %(n)s 张", code="too_many_photos", field="photo", n=PHOTOS_MOST)
    return GarmentPhoto.create(garment=garment.id, photo=photo.id, moment="outgoing"), True


def _check_mine(order: Order, member: Member) -> None:
    if order.member_id != member.id:
        raise Missing("没有找到这张单", code="no_such_order")


def _record(verb: str, order: Order, at: int, staff: Staff | None = None, **data: Any) -> None:
    """Write it down; the desk should look again. Last in its transaction."""
    orders.record(verb, order, at, staff, **data)
    events.tick(order.store_id)
