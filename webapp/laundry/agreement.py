"""Agreement: the member says yes to what was seen, or talks about it first; cleaning begins after that.

On the phone, by a signature on the tablet, or a manager says so with a reason; who, how and when stay on the order, in the steps of its garments
and in the events. A yes carries the fingerprint of the page it was given on: what has changed meanwhile is shown again.
"""

from typing import Any

from models import Garment, Member, Order, OrderWord, Photo, Staff, Step, Store, Work, transaction
from webapp import policy
from webapp.clock import HOUR
from webapp.laundry import intake, orders
from webapp.outbox import events
from webapp.refusals import Forbidden, Missing, Refusal
from webapp.staff import queue

TEXT_MOST, WHY_MOST = 500, 120
ANSWER_IN = HOUR // 2  # a card to talk is due so soon
CALL_IN = 2 * HOUR


def fingerprint(order: Order) -> str:
    """What stands for the garments and pins as they are now; `orders.whole(order).seen` is the same."""
    return orders.seen(order)


def agree(order: Order, member: Member, at: int, *, seen: str) -> Order:
    """The member's yes on the phone, to what `seen` stands for. Twice is once. Refuses when the shop has changed it meanwhile."""
    with transaction():
        now = orders.held(order)
        _check_mine(now, member)
        if now.agreed_at is not None:
            return now
        if now.state != "awaiting" or orders.seen(now) != seen:
            raise Refusal("店里刚刚改了登记，请再看一眼", code="seen_other")
        return _agreed(now, "phone", at, verb="order_agreed")


def sign(order: Order, photo: Photo, staff: Staff, at: int) -> Order:
    """The customer's yes at the counter, signed on the tablet, also before anybody was asked on a phone. Twice is once."""
    with transaction():
        now = orders.held(order)
        if now.agreed_at is not None:
            return now
        if photo.store_id != now.store_id:
            raise Missing("没有找到这张照片", code="no_such_photo")
        return _agreed(now, "tablet", at, staff, verb="order_signed", signature=photo.id)


def overrule(order: Order, manager: Staff, why: str, at: int) -> Order:
    """A manager lets cleaning begin without a yes, and says why. Twice is once."""
    if not manager.at_least("manager"):
        raise Forbidden("这一步要店长来做", code="manager_only")
    why = why.strip()[:WHY_MOST]
    if not why:
        raise Refusal("请写明原因", code="why_missing", field="why")
    with transaction():
        now = orders.held(order)
        if now.agreed_at is not None:
            return now
        return _agreed(now, "manager", at, manager, verb="order_overruled", agreed_by=manager.id, agreed_why=why)


def discuss(order: Order, member: Member, text: str, at: int, *, key: str) -> OrderWord:
    """A line from the member: a card for the staff, due in half an hour. The same key again is the same line."""
    with transaction():
        now = orders.held(order)
        _check_mine(now, member)
        word, new = _say(now, text, at, key=f"{now.code}:{key}", member=member.id)
        if new:
            pieces = Garment.select().where(Garment.order == now.id).count()
            queue.post_again(
                now.store_id, "talk", now.code, at + ANSWER_IN, at, member=member.id, pieces=pieces, state=now.state
            )
            orders.record("order_discussed", now, at)
            events.tick(now.store_id)
        return word


def reply(order: Order, staff: Staff, text: str, at: int, *, key: str) -> OrderWord:
    """The shop's line; the member is told, the card leaves. The same key again is the same line."""
    with transaction():
        now = orders.held(order)
        word, new = _say(now, text, at, key=f"{now.code}:{key}", staff=staff.id)
        if new:
            queue.finish("talk", now.code, at)
            orders.tell(now, "order_reply", at, turn=word.id, words=word.text)
            orders.record("order_replied", now, at, staff)
            events.tick(now.store_id)
        return word


def heard(order: Order, staff: Staff, at: int) -> Order:
    """Read, and nothing to answer: the card leaves. Twice is once."""
    with transaction():
        now = orders.held(order)
        open_card = (Work.kind == "talk") & (Work.ref == now.code) & Work.done_at.is_null()
        if Work.select().where(open_card).exists():
            queue.finish("talk", now.code, at)
            orders.record("order_heard", now, at, staff)
            events.tick(now.store_id)
        return now


def call_list(at: int, limit: int = 500) -> int:
    """Nobody has said yes within the store's hours: a card with the number to call. Not while a question waits for our answer. Called by the worker."""
    changed = 0
    for store in list(Store.select().where(Store.closed_at.is_null())):  # read to the end: a write may follow
        since = at - policy.of(store).agree_hours * HOUR
        asked = Order.select().where(
            Order.store == store.id,
            orders.WORKING,
            Order.state == "awaiting",
            Order.called_at.is_null(),
            Order.asked_at <= since,
        )
        for order in list(asked.order_by(Order.asked_at).limit(limit)):
            changed += _call(order, at)
    return changed


# --- how it is done ----------------------------------------------------------------------------------------------------


def _check_mine(order: Order, member: Member) -> None:
    if order.member_id != member.id:
        raise Missing("没有找到这张单", code="no_such_order")


def _agreed(order: Order, how: str, at: int, staff: Staff | None = None, *, verb: str, **fields: Any) -> Order:
    """The yes: on the order, on each garment, and out of the queue. Inside a transaction that holds the order."""
    if order.state not in ("intake", "awaiting"):
        raise orders.changed()
    order = intake.promised(order, at) if order.state == "intake" else order
    asked = {"asked_at": order.asked_at or at}
    orders.swap(order, (order.state,), state="agreed", agreed_at=at, agreed_how=how, **asked, **fields)
    who = staff.id if staff else None
    here = (Garment.order == order.id) & (Garment.stage == "received")
    for garment in list(Garment.select(Garment.id).where(here).order_by(Garment.id)):
        Step.create(garment=garment.id, stage="agreed", staff=who, at=at)
    Garment.update(stage="agreed", stage_by=who, stage_at=at).where(here).execute()
    queue.finish("agree", order.code, at)
    if how == "manager":
        orders.tell(order, "order_overruled", at, turn=at, why=fields["agreed_why"])
        orders.record(verb, order, at, staff, why=fields["agreed_why"])
    else:
        orders.record(verb, order, at, staff)
    events.tick(order.store_id)
    return orders.fresh(order)


def _say(order: Order, text: str, at: int, *, key: str, **who: int) -> tuple[OrderWord, bool]:
    """One line of the talk, and whether it is new."""
    if seen := OrderWord.get_or_none(OrderWord.key == key):
        return seen, False
    text = text.strip()[:TEXT_MOST]
    if not text:
        raise Refusal("请填写", code="text_missing", field="text")
    return OrderWord.create(key=key, order=order.id, text=text, at=at, **who), True


def _call(order: Order, at: int) -> int:
    with transaction():
        now = orders.held(order)
        talking = (Work.kind == "talk") & (Work.ref == now.code) & Work.done_at.is_null()
        if Work.select().where(talking).exists():
            return 0
        if not orders.swap(now, ("awaiting",), Order.called_at.is_null(), called_at=at):
            return 0
        pieces = Garment.select().where(Garment.order == now.id).count()
        queue.post_again(
            now.store_id,
            "agree",
            now.code,
            at + CALL_IN,
            at,
            member=now.member_id,
            pieces=pieces,
            asked_at=now.asked_at,
        )
        orders.record("order_to_call", now, at)
        events.tick(now.store_id)
        return 1
