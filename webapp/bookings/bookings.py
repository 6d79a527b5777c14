"""Bookings: requested → confirmed → arrived → done, or declined, cancelled, no-show, lapsed; each step a compare-and-swap.

One promise each, in one transaction. Rows are taken in one order: the member, the store's calendar (`supply.take`), the booking, its
parts and seats, the card, the store (the tick). requested, offered, confirmed and arrived hold their seats; whoever gives seats
back offers them to the waiting list in the same transaction, so that nobody slips in between.
"""

from collections.abc import Sequence

from models import (
    HOLDING,
    Booking,
    Member,
    Param,
    Prepared,
    Service,
    Staff,
    Store,
    transaction,
)
from webapp import policy
from webapp.bookings import closures, conditions, endings, holding, seats, supply, waiting
from webapp.bookings.holding import AHEAD
from webapp.bookings.supply import Supply
from webapp.clock import HOUR, MINUTE
from webapp.points import ledger
from webapp.refusals import Refusal
from webapp.staff import queue

DECLINES = ("full", "staff", "closed", "other")
EARLY = 2 * HOUR  # so long before its time somebody who comes is taken for this booking
TILL = "till"  # why a booking ended that a machine of the shop has called off

_SEEN = Prepared(lambda: Booking.select().where(Booking.key == Param("key")))


def book(
    wishes: Sequence[holding.Wish],
    store: Store,
    whom: holding.For,
    *,
    key: str,
    at: int,
    source: str = "member",
    staff: Staff | None = None,
) -> Booking:
    """Hold places for one party: all wishes together, or none. Confirmed at once, or requested where a person says yes first.

    Refuses what is past, too soon, too far, closed, of the wrong size or edited meanwhile, and `holding.Taken` with the nearest times when
    somebody was faster. The same key again returns the first booking. Staff may book up to the minute and are not held to horizons.
    """
    conditions.check_whom(wishes, whom)
    with transaction():
        if whom.member:
            ledger.lock(whom.member.id)
        if seen := _seen(key, store, whom):
            return seen
        here = supply.moving(store, at)
        if whom.member is None and (seen := _seen(key, store, whom)):  # written while we stood in line
            return seen
        if whom.member and staff is None and whom.standing is None:
            conditions.check_many(whom.member, store, at)
        services = [conditions.check_wish(here, wish, whom, at, staff) for wish in wishes]
        waits = staff is None and conditions.asks_first(services, whom.member, store, at)
        booking = holding.make(
            here, wishes, whom, "requested" if waits else "confirmed", at, key=key, source=source, staff=staff
        )
        if booking.state == "requested":
            _post(booking, services[0], at)
        else:
            holding.tell(booking, "booking_confirmed", at)
        holding.record("booked", booking, at, staff, state=booking.state)
        return booking


def confirm(booking: Booking, staff: Staff, at: int) -> Booking:
    """A person says yes. A move takes the place of what it replaces, whose seats go back."""
    with transaction():
        here = supply.moving(booking.store, at)
        conditions.check_stands(booking)
        changed = holding.swap(booking, ("requested",), state="confirmed", answered_at=at, answered_by=staff.id)
        if not changed:
            return _already(booking, ("confirmed",), booking.answered_by_id, staff)
        if booking.replaces_id:
            endings.let_go(here, booking.replaces, "cancelled", at, staff, why="moved", states=AHEAD)
        queue.finish("booking", booking.code, at)
        holding.tell(booking, "booking_confirmed", at)
        holding.record("booking_confirmed", booking, at, staff)
        return holding.fresh(booking)


def decline(booking: Booking, staff: Staff, why: str, at: int) -> Booking:
    """The shop cannot: the places go back. Of a move only the new time goes; the old one stands."""
    if why not in DECLINES:
        raise Refusal("请选择原因", code="why_missing", field="why")
    with transaction():
        here = supply.moving(booking.store, at)
        if not endings.let_go(here, booking, "declined", at, staff, why=why, states=("requested",)):
            return _already(booking, ("declined",), None, staff)
        holding.tell(booking, "booking_declined", at, why=why)
        holding.record("booking_declined", booking, at, staff, why=why)
        return holding.fresh(booking)


def offer_other(booking: Booking, starts_at: int, staff: Staff, at: int) -> Booking:
    """The shop offers another time for a request, or for what it cannot keep (`closures.trouble`): held until the member says yes or no.

    Refuses where nobody could answer: without a card there is the telephone, and `move`.
    """
    if booking.member_id is None:
        raise Refusal("没有会员卡的没法在手机上答应，打电话说好再直接改", code="nobody_to_ask")
    store = booking.store
    with transaction():
        here = supply.moving(store, at)
        if starts_at <= at:
            raise Refusal("这个时间已经过了，请另选一个", code="past", field="at")
        now = holding.fresh(booking)  # it may have been moved while somebody looked for another time
        for wish in holding.wishes_of(now, starts_at):
            conditions.check_wish(here, wish, holding.For(), at, staff)
        until = min(at + policy.of(store).answer_minutes * MINUTE, starts_at)
        states = AHEAD if closures.trouble(now) else ("requested",)
        changed = holding.swap(booking, states, state="offered", offer_until=until, answered_by=staff.id)
        if not changed:
            return _already(booking, ("offered",), None, staff)
        freed = seats.release(booking.id)
        holding.shift(here, now, starts_at, at)
        queue.finish("booking", booking.code, at)
        queue.finish("rebook", booking.code, at)
        holding.tell(now, "booking_other_time", at, at=starts_at, offer_until_at=until)
        holding.record("booking_other_time", booking, at, staff, starts_at=starts_at)
        waiting.fill(here, freed, at)
        return holding.fresh(booking)


def accept(booking: Booking, member: Member, at: int) -> Booking:
    """The member takes the place that is held for them, while it is. Twice is once.

    From the waiting list it is a wish like any other: where a person says yes first, it is requested now, and its place stays held.
    """
    conditions.check_mine(booking, member)
    with transaction():
        ledger.lock(member.id)
        here = supply.moving(booking.store, at)
        conditions.check_stands(booking)
        offer = holding.fresh(booking)
        # What staff have offered themselves needs no second yes.
        asks = bool(offer.waiter_id and not offer.answered_by_id) and conditions.needs_yes(here, offer, member, at)
        answer = {"state": "requested"} if asks else {"state": "confirmed", "answered_at": at}
        changed = holding.swap(booking, ("offered",), Booking.offer_until > at, **answer)
        now = holding.fresh(booking)
        if not changed:
            if now.state in ("requested", "confirmed"):
                return now
            raise Refusal("这个位子没能一直留着，已经让给下一位了", code="offer_over")
        if booking.replaces_id:
            endings.let_go(here, booking.replaces, "cancelled", at, None, why="moved", states=AHEAD)
        waiting.taken(now, at)
        if asks:
            _post(now, here.services[holding.wishes_of(now, now.starts_at)[0].service], at)
        else:
            holding.tell(now, "booking_confirmed", at)
        holding.record("booking_accepted", now, at)
        return now


def skip(booking: Booking, member: Member, at: int) -> Booking:
    """The member does not want the place that is held: it goes to the next in line; they keep their own place in line."""
    conditions.check_mine(booking, member)
    with transaction():
        here = supply.moving(booking.store, at)
        if endings.let_go(here, booking, "lapsed" if booking.waiter_id else "cancelled", at, None, states=("offered",)):
            holding.record("booking_skipped", booking, at)
        return holding.fresh(booking)


def move(
    booking: Booking,
    starts_at: int,
    at: int,
    *,
    member: Member | None = None,
    staff: Staff | None = None,
    ticket: str = "",
) -> Booking:
    """To another time, parts and all; the old place is kept until the new one is held. Refuses `holding.Taken` with the nearest times.

    Where a person says yes first, the member's wish is a booking of its own (`replaces`) and the old one stands until the yes. What the
    shop itself broke (`closures.trouble`) moves at once and without a limit, also to the same time in another room.
    """
    if member:
        conditions.check_mine(booking, member)
    store = booking.store
    with transaction():
        if member:
            ledger.lock(member.id)
        here = supply.moving(store, at)
        now = holding.fresh(booking)
        if now.state not in ("requested", "confirmed"):
            raise Refusal("这个预约已经不能改时间了", code="not_movable")
        broken = closures.trouble(now) is not None
        if now.starts_at == starts_at and not broken:
            return now
        if member and at > now.cancel_until and not broken:
            raise Refusal("离开始太近了，要改时间请打电话给店里", code="too_late")
        wishes = holding.wishes_of(now, starts_at)
        for wish in wishes:
            conditions.check_wish(here, wish, holding.For(member), at, staff)
        if member and asks_to_move(here, now, member, at):
            return _ask_to_move(here, now, wishes, member, at, ticket)
        freed = seats.release(now.id) + endings.end_asks(endings.asks_of(now), at, staff)
        holding.shift(here, now, starts_at, at, own=member is not None and not broken)
        queue.finish("rebook", now.code, at)
        if now.state == "requested":
            queue.renew("booking", now.code, starts_at, starts_at=starts_at)
        if now.state == "confirmed" or staff:
            told = "booking_moved" if now.starts_at != starts_at else "booking_reseated"
            holding.tell(now, told, at, at=starts_at, turn=now.sequence + 1)
        holding.record("booking_moved", now, at, staff, starts_at=starts_at, **_machine(member, staff))
        waiting.fill(here, freed, at)
        return holding.fresh(now)


def asks_to_move(here: Supply, booking: Booking, member: Member, at: int) -> bool:
    """Does a person say yes to another time first? Then both times are held until the answer, and what is its own is taken too."""
    return (
        booking.state == "confirmed"
        and not closures.trouble(booking)
        and conditions.needs_yes(here, booking, member, at)
    )


def cancel(booking: Booking, at: int, *, member: Member | None = None, staff: Staff | None = None) -> Booking:
    """Called off: the places go back, to the waiting list first. A member until the limit, staff always. Twice is once.

    By neither of them it is the till, another machine of the shop: `why` says so.
    """
    if member:
        conditions.check_mine(booking, member)
    with transaction():
        here = supply.moving(booking.store, at)
        now = holding.fresh(booking)
        if member and at > now.cancel_until and now.state == "confirmed" and not closures.trouble(now):
            raise Refusal("离开始太近了，要取消请打电话给店里", code="too_late")
        why = "" if member or staff else TILL
        if not endings.let_go(here, booking, "cancelled", at, staff, states=AHEAD, why=why):
            return _already(booking, ("cancelled",), None, staff)
        if member is None:
            holding.tell(booking, "booking_cancelled", at)
        holding.record("booking_cancelled", booking, at, staff, **_machine(member, staff))
        return holding.fresh(booking)


def late(booking: Booking, member: Member, at: int) -> Booking:
    """Running late: the place is kept a quarter of an hour longer (a setting), once."""
    conditions.check_mine(booking, member)
    minutes = policy.of(booking.store).late_minutes
    with transaction():
        if at < booking.starts_at - EARLY or at > booking.starts_at + minutes * MINUTE:
            raise Refusal("快到时间的时候才用得上", code="not_now")
        until = booking.starts_at + minutes * MINUTE
        as_seen = (Booking.starts_at == booking.starts_at) & Booking.late_until.is_null()
        if holding.swap(booking, ("confirmed",), as_seen, late_until=until):
            holding.record("booking_late", booking, at, until=until)
        return holding.fresh(booking)


def arrive(booking: Booking, at: int, *, staff: Staff | None = None) -> Booking:
    """They are here; a wish to come at another time is over with it. Twice is once. Without `staff` they have scanned the counter's code."""
    with transaction():
        asks = endings.asks_of(booking)
        here = supply.moving(booking.store, at) if asks else None
        if not holding.swap(
            booking, ("confirmed",), state="arrived", arrived_at=at, arrived_by=staff.id if staff else None
        ):
            return _already(booking, ("arrived", "done"), None, staff)
        queue.finish("booking", booking.code, at)
        queue.finish("rebook", booking.code, at)
        if here:
            waiting.fill(here, endings.end_asks(asks, at, staff), at)
        holding.record("booking_arrived", booking, at, staff, **({} if staff else {"by": "scan"}))
        return holding.fresh(booking)


def arriving(member: int, store: int, at: int) -> Booking | None:
    """The booking somebody who comes in now has come for: the one nearest to now."""
    mine = (Booking.member == member) & (Booking.store == store) & (Booking.state == "confirmed")
    now = (Booking.starts_at <= at + EARLY) & (Booking.ends_at > at)
    found: Booking | None = Booking.select().where(mine, now).order_by(Booking.starts_at).first()
    return found


def done(booking: Booking, staff: Staff, at: int) -> Booking:
    """It is over. Twice is once."""
    with transaction():
        if not holding.swap(booking, ("arrived",), state="done", ended_at=at, ended_by=staff.id):
            return _already(booking, ("done",), None, staff)
        holding.record("booking_done", booking, at, staff)
        return holding.fresh(booking)


def no_show(booking: Booking, at: int, staff: Staff | None = None, *, why: str = "") -> Booking:
    """Nobody came: the places go back, to the waiting list first. `why` says why it does not count against the member.

    not_marked: nobody saw; closed: there was nothing to come to.
    """
    if staff and at < booking.starts_at:
        raise Refusal("还没到时间", code="not_yet")
    with transaction():
        here = supply.moving(booking.store, at)
        why = why or ("closed" if closures.trouble(booking) else "")
        over = Booking.ends_at if why == "not_marked" else Booking.starts_at
        if not endings.let_go(here, booking, "no_show", at, staff, over <= at, why=why, states=("confirmed",)):
            return _already(booking, ("no_show",), None, staff)
        if not why:
            holding.tell(booking, "booking_no_show", at)
        holding.record("booking_no_show", booking, at, staff, why=why)
        return holding.fresh(booking)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _seen(key: str, store: Store, whom: holding.For) -> Booking | None:
    """What was booked with this key before. Refuses a key that is somebody else's."""
    seen: Booking | None = _SEEN.one(Booking, key=key)
    if seen and (seen.store_id != store.id or seen.member_id != (whom.member.id if whom.member else None)):
        raise Refusal("这一页已经用过了，请刷新后再试", code="ticket_reused")
    return seen


def _ask_to_move(
    here: Supply, booking: Booking, wishes: list[holding.Wish], member: Member, at: int, ticket: str
) -> Booking:
    key = f"move:{booking.code}:{ticket or wishes[0].starts_at}"
    seen: Booking | None = _SEEN.one(Booking, key=key)
    if seen and seen.state in HOLDING:
        return seen
    if seen:  # asked for before, and over since
        key = f"{key}:{at}"
    freed = endings.end_asks(endings.asks_of(booking), at, None)  # another wish takes the place of the last one
    asked = holding.make(
        here,
        wishes,
        holding.For(member, note=holding.note(booking), options=tuple(option["key"] for option in booking.options)),
        "requested",
        at,
        key=key,
        source=booking.source,
        replaces=booking.id,
        address=booking.address_id,
        standing=booking.standing_id,
        costs=holding.agreed(here, booking, min(wish.starts_at for wish in wishes), own=True),
    )
    _post(asked, here.services[wishes[0].service], at)
    holding.record("booked", asked, at, None, state="requested", replaces=booking.code)
    waiting.fill(here, freed, at)
    return asked


def _machine(member: Member | None, staff: Staff | None) -> dict[str, str]:
    """What the event says when no person did it."""
    return {} if member or staff else {"by": TILL}


def _already(booking: Booking, wanted: Sequence[str], by: int | None, staff: Staff | None) -> Booking:
    """Somebody, or the clock, was faster: the same wish gets the first answer, anything else is told kindly."""
    now = holding.fresh(booking)
    if now.state in wanted:
        return now
    raise Refusal("这个预约刚刚变了，请看最新的", code="changed")


def _post(booking: Booking, service: Service, at: int) -> None:
    """A card for the staff: somebody asks. Due within half an hour, or when its time comes."""
    queue.post(
        booking.store_id,
        "booking",
        booking.code,
        min(at + HOUR // 2, booking.starts_at),
        at,
        member=booking.member_id,
        service=service.name,
        people=booking.people,
        starts_at=booking.starts_at,
    )


assert set(AHEAD) <= set(HOLDING)
