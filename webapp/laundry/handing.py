"""Giving it back: collected at the counter or delivered, all at once or in parts, paid or not; points once; and those who do not come for it.

Paying itself is outside: a mark says that it was paid, and the till's receipt number makes the till's own post of it the same bill.
"""

from collections.abc import Sequence
from typing import Any

from models import HOLDING, Booking, Garment, Member, Order, Part, Purchase, Service, Staff, Store, transaction
from webapp import clock, policy
from webapp.bookings import bookings
from webapp.clock import DAY, HOUR
from webapp.laundry import orders
from webapp.outbox import events
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

CARDS = ("agree", "talk", "promise", "uncollected")  # an order that is over needs none of them
DAYTIME = range(9, 20)  # nobody is reminded at night
REMINDERS = 3  # then somebody calls
WASHED = ("cleaned", "checked", "racked")
WHY_MOST = 120
BATCH = 500


def collect(
    order: Order, staff: Staff, at: int, *, paid: bool, receipt: str = "", parts: Sequence[str] | None = None
) -> Order:
    """Hand over what is ready: all of it, or the pieces with these tags. With the last piece the order is over, and a paid one earns its points.

    The same again changes nothing. Refuses pieces that are not on the rack yet, and points to one's own card.
    """
    return _hand_over(order, staff, at, paid, receipt.strip()[:60], parts, "order_collected")


def deliver(order: Order, staff: Staff, at: int) -> Order:
    """All of it is at the member's door, and the van's visit is over with it. Points if it was paid before. The same again changes nothing."""
    with transaction():
        after = _hand_over(order, staff, at, False, "", None, "order_delivered")
        if after.member_id:
            orders.tell(after, "order_delivered", at)
        return after


def paid(order: Order, staff: Staff, at: int, *, receipt: str = "") -> Order:
    """It has been paid, before or after it was collected; collected already, it earns its points now. Twice is once."""
    with transaction():
        seen = orders.fresh(order)
        receipt = receipt.strip()[:60] or seen.receipt
        bill = _bill(seen, staff, receipt, at) if seen.state == "collected" and not seen.purchase_id else None
        now = orders.held(order)
        if now.paid_at:
            return now
        if now.state == "cancelled":
            raise Refusal("这张单已经取消了", code="cancelled")
        _check_same(seen, now)
        fields = {"paid_at": at, "receipt": receipt, "purchase": bill.id if bill else now.purchase_id}
        Order.update(**fields).where(Order.id == order.id).execute()
        _record("order_paid", now, at, staff, amount=now.price)
        return orders.fresh(order)


def cancel(order: Order, staff: Staff, why: str, at: int) -> Order:
    """They take it home as it came. Twice is once. Refuses once a piece has been cleaned: then it is collected, paid or not."""
    why = why.strip()[:WHY_MOST]
    if not why:
        raise Refusal("写一句原因", code="why_missing", field="why")
    with transaction():
        now = orders.held(order)
        if now.state == "cancelled":
            return now
        _check_open(now)
        washed = Garment.select().where(Garment.order == now.id, Garment.stage.in_(WASHED)).count()
        if washed:
            raise Refusal("已经洗了 %(n)s 件，不能取消了", code="washed", n=washed)
        ended = {"state": "cancelled", "ended_at": at, "ended_by": staff.id, "why": why}
        Order.update(**ended).where(Order.id == now.id).execute()
        _finish_cards(now, at)
        if now.member_id and now.asked_at:
            orders.tell(now, "order_cancelled", at, reason=why)
        _record("order_cancelled", now, at, staff, why=why)
        return orders.fresh(now)


def choose_parts(order: Order, who: Member | Staff, yes: bool, at: int) -> Order:
    """The member wants what is ready without waiting for the rest, or not any more; they, or at the counter staff for them. The same again changes nothing."""
    with transaction():
        now = orders.held(order)
        if isinstance(who, Member):
            _check_mine(now, who)
        _check_open(now)
        if now.in_parts == yes:
            return now
        Order.update({Order.in_parts: yes}).where(Order.id == now.id).execute()
        _record("order_parts_chosen", now, at, who if isinstance(who, Staff) else None, yes=yes)
        return orders.fresh(now)


def choose_delivery(order: Order, booking: Booking | None, at: int) -> Order:
    """The van brings it with this booking of the same member, or they come for it after all. The same again changes nothing."""
    with transaction():
        now = orders.held(order)
        if now.state not in ("awaiting", "agreed", "ready"):
            raise Refusal("这张单已经结束了", code="over")
        if booking:
            _check_delivery(now, booking)
        chosen = booking.id if booking else None
        if now.delivery_id == chosen:
            return now
        Order.update({Order.delivery: chosen}).where(Order.id == now.id).execute()
        _record("order_delivery_chosen", now, at, booking=booking.code if booking else "")
        return orders.fresh(now)


def kept_until(order: Order) -> int | None:
    """Until when it is kept on the rack; None before it is ready."""
    return order.ready_at + policy.of(order.store).storage_days * DAY if order.ready_at else None


def remind(at: int) -> int:
    """Whoever has not come for it: a message after seven days, then at most every 48 hours, by day only; after the third, or for somebody
    without a card at once, a card for the staff to call. Not where the van is to bring it. Returns how many messages and cards went out.
    """
    count = 0
    for store in list(Store.select().where(Store.kind == "laundry", Store.closed_at.is_null())):
        rules = policy.of(store)
        if clock.local(at, store.timezone).hour not in DAYTIME:
            continue
        due = (Order.store == store.id) & orders.WAITING & (Order.ready_at <= at - rules.uncollected_days * DAY)
        rested = Order.reminded_at.is_null() | (Order.reminded_at <= at - rules.uncollected_hours * HOUR)
        uncalled = Order.reminders <= REMINDERS
        found = list(Order.select().where(due, rested, uncalled).order_by(Order.ready_at).limit(BATCH))
        coming = _on_the_van(found, at)
        count += sum(_remind(order, at) for order in found if order.delivery_id not in coming)
    return count


def uncollected(store: Store, at: int) -> list[Order]:
    """What has been waiting for longer than the days the shop says, the longest first, with members. One query."""
    since = at - policy.of(store).uncollected_days * DAY
    waiting = (Order.store == store.id) & orders.WAITING & (Order.ready_at <= since)
    query = Order.select(Order, Member).left_outer_join(Member, on=(Order.member == Member.id))
    return list(query.where(waiting).order_by(Order.ready_at, Order.id).limit(200))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _hand_over(
    order: Order, staff: Staff, at: int, paid: bool, receipt: str, parts: Sequence[str] | None, verb: str
) -> Order:
    with transaction():
        seen = orders.fresh(order)
        if seen.state == "collected":
            return seen
        chosen, last = _chosen(seen, parts)
        if not chosen:
            return seen
        receipt = receipt or seen.receipt
        bill = _bill(seen, staff, receipt, at) if last and (paid or seen.paid_at) else None
        if verb == "order_delivered":
            _van_is_done(seen, staff, at)
        now = orders.held(order)
        if now.state == "collected":
            return now
        _check_same(seen, now)
        still = Garment.id.in_([garment.id for garment in chosen]) & Garment.handed_at.is_null()
        handed = Garment.update({Garment.handed_at: at}).where(still, Garment.stage == "racked").execute()
        if handed != len(chosen):
            raise orders.changed()
        fields: dict[str, Any] = {"receipt": receipt, "paid_at": now.paid_at or (at if paid else None)}
        if last:
            fields |= {
                "state": "collected",
                "ended_at": at,
                "ended_by": staff.id,
                "purchase": bill.id if bill else None,
            }
            _finish_cards(now, at)
        Order.update(**fields).where(Order.id == now.id).execute()
        tags = [garment.tag for garment in chosen]
        _record(verb if last else "order_part_collected", now, at, staff, tags=tags, paid=bool(fields["paid_at"]))
        return orders.fresh(now)


def _chosen(order: Order, parts: Sequence[str] | None) -> tuple[list[Garment], bool]:
    """The pieces to hand over, and whether these are the last. Refuses what is not there, or not ready."""
    if order.state not in ("agreed", "ready"):
        raise Refusal("这张单还没洗好", code="not_ready")
    pieces = list(Garment.select().where(Garment.order == order.id).order_by(Garment.id))
    left = [piece for piece in pieces if piece.handed_at is None]
    if parts is None:
        chosen = left
    else:
        tags = {tag.strip().upper() for tag in parts}
        if tags - {piece.tag for piece in pieces}:
            raise Missing("这张单里没有这件衣物", code="no_such_garment", field="parts")
        if not tags:
            raise Refusal("先选要取走的衣物", code="none_chosen", field="parts")
        chosen = [piece for piece in left if piece.tag in tags]
    waiting = [piece for piece in chosen if piece.stage != "racked"]
    if waiting:
        raise Refusal("还有 %(n)s 件没洗好，只能先取挂好的", code="not_ready", field="parts", n=len(waiting))
    return chosen, len(chosen) == len(left)


def _bill(order: Order, staff: Staff, receipt: str, at: int) -> Purchase | None:
    """The bill of the order and its points: the till's own where it has posted this receipt, else ours. None where there is nothing to give.

    Before the order's row: bills come first in the order of locks.
    """
    member: Any = order.member  # nobody, for somebody without a card
    if member is None or not order.price:
        return None
    store = order.store
    posted = purchases.posted_by_till(store, receipt, at) if receipt else None
    if posted:
        if purchases.claim_state(posted, member, at) == "open":
            posted = purchases.claim(posted.code, member, at)
        theirs = posted.member_id == member.id
        linked = Order.select().where(Order.purchase == posted.id, Order.id != order.id).exists()
        return posted if theirs and not linked else None
    if purchases.amount_problem(order.price, policy.of(store)):
        return None
    key = purchases.key_of_receipt(receipt, at, store) if receipt else f"order:{order.code}"
    if Purchase.select().where(Purchase.store == store.id, Purchase.key == key).exists():  # two orders on one receipt
        key = f"order:{order.code}"
    return purchases.record(store, Bill(order.price, key, "desk", receipt), member, staff, at)


def _van_is_done(order: Order, staff: Staff, at: int) -> None:
    """The visit that brought it: arrived, and over."""
    visit = order.delivery
    if visit and visit.state == "confirmed":
        visit = bookings.arrive(visit, at, staff=staff)
    if visit and visit.state == "arrived":
        bookings.done(visit, staff, at)


def _on_the_van(found: list[Order], at: int) -> set[int]:
    """Those deliveries of these orders that are still to come."""
    wanted = {order.delivery_id for order in found if order.delivery_id}
    if not wanted:
        return set()
    ahead = Booking.id.in_(wanted) & Booking.state.in_(HOLDING) & (Booking.ends_at > at)
    return {row.id for row in Booking.select(Booking.id).where(ahead)}


def _remind(order: Order, at: int) -> int:
    by_message = bool(order.member_id) and order.reminders < REMINDERS
    with transaction():
        still = (Order.id == order.id) & orders.WAITING & (Order.reminders == order.reminders)
        turn = order.reminders + 1 if by_message else REMINDERS + 1
        if Order.update({Order.reminders: turn, Order.reminded_at: at}).where(still).execute() != 1:
            return 0
        if by_message:
            until = kept_until(order)
            orders.tell(order, "order_uncollected", at, turn=turn, ready_at=order.ready_at, kept_until_at=until)
        else:
            queue.post_again(
                order.store_id,
                "uncollected",
                order.code,
                at + DAY,
                at,
                member=order.member_id,
                guest=order.guest,
                rack=order.rack,
                ready_at=order.ready_at,
                kept_until=kept_until(order),
            )
        _record("order_reminded", order, at, turn=turn, called=not by_message)
        return 1


def _check_same(seen: Order, now: Order) -> None:
    if any(getattr(seen, name) != getattr(now, name) for name in ("state", "price", "paid_at", "receipt", "member_id")):
        raise orders.changed()


def _check_open(order: Order) -> None:
    if order.state not in ("intake", "awaiting", "agreed"):
        ready = order.state == "ready"
        raise Refusal("洗好了，不能再改", code="ready") if ready else Refusal("这张单已经结束了", code="over")


def _check_mine(order: Order, member: Member) -> None:
    if order.member_id != member.id:
        raise Missing("没有找到这张单", code="no_such_order")


def _check_delivery(order: Order, booking: Booking) -> None:
    kinds = {kind for (kind,) in Service.select(Service.kind).join(Part).where(Part.booking == booking.id).tuples()}
    if kinds != {"delivery"} or booking.store_id != order.store_id or booking.member_id != order.member_id:
        raise Missing("没有找到这次送衣", code="no_such_booking")
    if booking.state not in HOLDING:
        raise Refusal("这次送衣已经取消了，请另约一个时间", code="booking_over")


def _finish_cards(order: Order, at: int) -> None:
    for kind in CARDS:
        queue.finish(kind, order.code, at)


def _record(verb: str, order: Order, at: int, staff: Staff | None = None, **data: Any) -> None:
    """Write it down; the desk should look again. Last in its transaction."""
    orders.record(verb, order, at, staff, **data)
    events.tick(order.store_id)
