"""When it is ready: counted in the store's opening days, kept or told anew before it passes, and how many are ahead.

A promise is an hour before the store closes, in the evening at the latest, so that there is time to come for it.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from models import Garment, Member, Order, PriceItem, Staff, Store, Work, transaction
from webapp import clock
from webapp.bookings import days, supply
from webapp.clock import DAY, HOUR
from webapp.laundry import orders
from webapp.outbox import events
from webapp.refusals import Refusal
from webapp.staff import queue

USUAL = 3  # opening days of a piece that no line of the price list is for
BEFORE_CLOSING = HOUR
EVENING = dt.time(18)
SAME_DAY = 4 * HOUR  # what is done in no days takes so long
FURTHEST = 120  # calendar days looked at
LATEST = 60 * DAY
AHEAD = 14  # days on which things may be fetched
WARNED = 5 * HOUR  # before the promise passes
SHOWN = 200
WHY_MOST = 120


def promise(store: Store, what: Iterable[PriceItem | None] | int, at: int) -> int:
    """When pieces that come now are ready: the slowest of them counts, or so many opening days. Today itself is no day."""
    needed = what if isinstance(what, int) else max((item.days if item else USUAL for item in what), default=USUAL)
    here = supply.of(store, at)
    today = clock.local(at, store.timezone).date()
    opened = 0
    for ahead in range(FURTHEST):
        due = _due(here, today + dt.timedelta(days=ahead))
        if due is None or (ahead == 0 and needed):
            continue
        opened += ahead > 0
        if opened >= needed and due >= at + SAME_DAY:
            return due
    return at + max(needed, 1) * DAY  # a store without opening hours


def renew(order: Order, new_at: int, why: str, staff: Staff, at: int) -> Order:
    """Another time, told at once, with the reason. The same time again changes nothing. Refuses one that is over, far away, or when nobody is there.

    Where the old one has passed already the message begs pardon, and the event says so: the order has been late for good.
    """
    why = why.strip()[:WHY_MOST]
    if new_at == order.promised_at and order.state in ("awaiting", "agreed"):
        return order
    _check(order, new_at, why, at)
    with transaction():
        late = bool(order.promised_at and order.promised_at <= at)
        seen = Order.promised_at == order.promised_at if order.promised_at else Order.promised_at.is_null()
        fields = {Order.promised_at: new_at, Order.promises: Order.promises + 1}
        if order.first_promised_at is None:
            fields[Order.first_promised_at] = new_at
        still = (Order.id == order.id) & Order.state.in_(("awaiting", "agreed")) & seen
        if Order.update(fields).where(still).execute() != 1:
            return _already(order, new_at)
        queue.finish("promise", order.code, at)
        turn, told = order.promises + 1, "order_late" if late else "order_promise"
        orders.tell(order, told, at, turn=turn, promised_at=new_at, before_at=order.promised_at or new_at, reason=why)
        said = {"before": order.promised_at, "promised_at": new_at, "why": why, "late": late}
        orders.record("promise_renewed", order, at, staff, **said)
        events.tick(order.store_id)
        return orders.fresh(order)


def late(store: Store, at: int) -> list[Order]:
    """Not finished, and the promise has passed: the longest first, with their members. One query."""
    over = (Order.store == store.id) & orders.WORKING & (Order.promised_at <= at)
    return list(_with_members(over).order_by(Order.promised_at, Order.id).limit(SHOWN))


def warn(at: int, limit: int = 500) -> int:
    """A card for each unfinished order some hours before its promise passes, so that a new time is told before. Returns how many were posted."""
    posted = 0
    for store in list(Store.select().where(Store.kind == "laundry", Store.closed_at.is_null())):
        near = (
            (Order.store == store.id) & orders.WORKING & (Order.promised_at > at) & (Order.promised_at <= at + WARNED)
        )
        found = list(_with_members(near).order_by(Order.promised_at, Order.id).limit(limit))
        cards = Work.select().where(Work.kind == "promise", Work.ref.in_([order.code for order in found]))
        seen = {card.ref: card for card in cards}
        posted += sum(_post(order, store, at) for order in found if not _warned(seen.get(order.code), order))
    return posted


def windows(store: Store, at: int, most: int = 1) -> list[tuple[int, int]]:
    """When things can be fetched: the next opening times, from now on."""
    here = supply.of(store, at)
    today = clock.local(at, here.timezone).date()
    found = [span for later in range(AHEAD) for span in days.spans(here, today + dt.timedelta(days=later))]
    return [(max(begins, at), ends) for begins, ends in found if ends > at][:most]


def ahead(order: Order) -> int:
    """How many orders of this store are promised before this one and not finished yet; 0 when it is not being worked on."""
    if order.state not in ("awaiting", "agreed") or order.promised_at is None:
        return 0
    earlier = (Order.promised_at < order.promised_at) | (
        (Order.promised_at == order.promised_at) & (Order.id < order.id)
    )
    return int(Order.select().where(Order.store == order.store_id, orders.WORKING, earlier).count())


# --- how it is done ----------------------------------------------------------------------------------------------------


def _due(here: supply.Supply, day: dt.date) -> int | None:
    """The hour of that day by which things are ready, or None when the store stays shut."""
    spans = [span for span in days.spans(here, day) if span[1] - span[0] >= HOUR]
    if not spans:
        return None
    evening = days.moment(day, EVENING.hour * 60 + EVENING.minute, here.timezone)
    return max(min(spans[-1][1] - BEFORE_CLOSING, evening), spans[0][0] + HOUR)


def _check(order: Order, new_at: int, why: str, at: int) -> None:
    if order.state not in ("awaiting", "agreed"):
        raise Refusal("这张单现在不用改时间", code="not_working", field="at")
    if new_at <= at:
        raise Refusal("这个时间已经过了，请另选一个", code="past", field="at")
    if new_at > at + LATEST:
        raise Refusal("太远了，最多往后 %(n)s 天", code="too_far", field="at", n=LATEST // DAY)
    if not why:
        raise Refusal("写一句原因，顾客会看到", code="why_missing", field="why")
    store = order.store
    day = clock.local(new_at, store.timezone).date()
    here = supply.of(store, at)
    spans = [span for one in (day - dt.timedelta(days=1), day) for span in days.spans(here, one)]
    if here.week and not any(begins <= new_at <= ends for begins, ends in spans):
        raise Refusal("那个时间店里不开门，请另选一个", code="closed", field="at")


def _already(order: Order, new_at: int) -> Order:
    now = orders.fresh(order)
    if now.promised_at == new_at:
        return now
    raise orders.changed()


def _warned(card: Work | None, order: Order) -> bool:
    """Is there a card for it that is open, or was dealt with for this very promise?"""
    if card is None or card.done_at is None:
        return card is not None
    asked_again = (order.asked_at or 0) > card.made_at
    return card.brief.get("promised_at") == order.promised_at and not asked_again


def _post(order: Order, store: Store, at: int) -> int:
    with transaction():
        queue.post_again(
            store.id,
            "promise",
            order.code,
            order.promised_at,
            at,
            member=order.member_id,
            promised_at=order.promised_at,
            pieces=Garment.select().where(Garment.order == order.id).count(),
            state=order.state,
        )
        events.tick(store.id)
    return 1


def _with_members(where: Any) -> Any:
    return Order.select(Order, Member).left_outer_join(Member, on=(Order.member == Member.id)).where(where)
