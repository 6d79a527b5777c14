"""Bookings: requested → confirmed → arrived → done, or declined, cancelled, no-show, lapsed; each step a compare-and-swap.

One promise each, in one transaction. Rows are taken in one order: the member, the store's calendar (`supply.take`), the booking, its
parts and seats, the card, the store (the tick). requested, offered, confirmed and arrived hold their seats; whoever gives seats
back offers them to the waiting list in the same transaction, so that nobody slips in between.
"""

from collections.abc import Sequence
from typing import Any

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
from webapp.bookings import closures, free, holding, seats, supply, waiting
from webapp.bookings.holding import AHEAD
from webapp.bookings.supply import Supply
from webapp.clock import DAY, HOUR, MINUTE
from webapp.points import ledger
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

DECLINES = ("full", "staff", "closed", "other")
EARLY = 2 * HOUR  # so long before its time somebody who comes is taken for this booking
NO_SHOWS_WITHIN = 180 * DAY
VAN_LATE = 12 * HOUR
WISHES_MOST = 6  # services in one booking
FURTHEST = 800 * DAY  # for staff, who are not held to horizons


_SEEN = Prepared(lambda: Booking.select().where(Booking.key == Param("key")))
_NO_SHOWS = Prepared(
    lambda: (
        Booking.select(Booking.id)
        .where(
            Booking.member == Param("member"),
            Booking.starts_at > Param("since"),
            Booking.state == "no_show",
            Booking.why == "",
        )
        .limit(20)
    )
)
_AHEAD = Prepared(
    lambda: (
        Booking.select(Booking.id)
        .where(
            Booking.member == Param("member"),
            Booking.starts_at > Param("at"),
            Booking.state.in_(("requested", "confirmed")),
            Booking.standing.is_null(),
        )
        .limit(60)
    )
)


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
    _check_whom(wishes, whom)
    with transaction():
        if whom.member:
            ledger.lock(whom.member.id)
        if seen := _seen(key, store, whom):
            return seen
        here = supply.moving(store, at)
        if whom.member is None and (seen := _seen(key, store, whom)):  # written while we stood in line
            return seen
        if whom.member and staff is None and whom.standing is None:
            _check_many(whom.member, store, at)
        services = [_check_wish(here, wish, whom, at, staff) for wish in wishes]
        waits = staff is None and asks_first(services, whom.member, store, at)
        booking = holding.make(
            here, wishes, whom, "requested" if waits else "confirmed", at, key=key, source=source, staff=staff
        )
        if booking.state == "requested":
            _post(booking, services[0], at)
        else:
            holding.tell(booking, "booking_confirmed", at)
        holding.record("booked", booking, at, staff, state=booking.state)
        return booking


def asks_first(services: Sequence[Service], member: Member | None, store: Store, at: int) -> bool:
    """Does a person say yes before it holds: by the service's own terms, or because this member did not come too often?"""
    return any(service.on_request for service in services) or _stood_up(member, store, at)


def confirm(booking: Booking, staff: Staff, at: int) -> Booking:
    """A person says yes. A move takes the place of what it replaces, whose seats go back."""
    with transaction():
        here = supply.moving(booking.store, at)
        _check_stands(booking)
        changed = holding.swap(booking, ("requested",), state="confirmed", answered_at=at, answered_by=staff.id)
        if not changed:
            return _already(booking, ("confirmed",), booking.answered_by_id, staff)
        if booking.replaces_id:
            _let_go(here, booking.replaces, "cancelled", at, staff, why="moved", states=AHEAD)
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
        if not _let_go(here, booking, "declined", at, staff, why=why, states=("requested",)):
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
            _check_wish(here, wish, holding.For(), at, staff)
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
    _check_mine(booking, member)
    with transaction():
        ledger.lock(member.id)
        here = supply.moving(booking.store, at)
        _check_stands(booking)
        offer = holding.fresh(booking)
        # What staff have offered themselves needs no second yes.
        asks = bool(offer.waiter_id and not offer.answered_by_id) and _needs_yes(here, offer, member, at)
        answer = {"state": "requested"} if asks else {"state": "confirmed", "answered_at": at}
        changed = holding.swap(booking, ("offered",), Booking.offer_until > at, **answer)
        now = holding.fresh(booking)
        if not changed:
            if now.state in ("requested", "confirmed"):
                return now
            raise Refusal("这个位子没能一直留着，已经让给下一位了", code="offer_over")
        if booking.replaces_id:
            _let_go(here, booking.replaces, "cancelled", at, None, why="moved", states=AHEAD)
        waiting.taken(now, at)
        if asks:
            _post(now, here.services[holding.wishes_of(now, now.starts_at)[0].service], at)
        else:
            holding.tell(now, "booking_confirmed", at)
        holding.record("booking_accepted", now, at)
        return now


def skip(booking: Booking, member: Member, at: int) -> Booking:
    """The member does not want the place that is held: it goes to the next in line; they keep their own place in line."""
    _check_mine(booking, member)
    with transaction():
        here = supply.moving(booking.store, at)
        if _let_go(here, booking, "lapsed" if booking.waiter_id else "cancelled", at, None, states=("offered",)):
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
        _check_mine(booking, member)
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
            _check_wish(here, wish, holding.For(member), at, staff)
        if member and asks_to_move(here, now, member, at):
            return _ask_to_move(here, now, wishes, member, at, ticket)
        freed = seats.release(now.id) + _end_asks(_asks(now), at, staff)
        holding.shift(here, now, starts_at, at)
        queue.finish("rebook", now.code, at)
        if now.state == "requested":
            queue.renew("booking", now.code, starts_at, starts_at=starts_at)
        if now.state == "confirmed" or staff:
            told = "booking_moved" if now.starts_at != starts_at else "booking_reseated"
            holding.tell(now, told, at, at=starts_at, turn=now.sequence + 1)
        holding.record("booking_moved", now, at, staff, starts_at=starts_at)
        waiting.fill(here, freed, at)
        return holding.fresh(now)


def asks_to_move(here: Supply, booking: Booking, member: Member, at: int) -> bool:
    """Does a person say yes to another time first? Then both times are held until the answer, and what is its own is taken too."""
    return booking.state == "confirmed" and not closures.trouble(booking) and _needs_yes(here, booking, member, at)


def cancel(booking: Booking, at: int, *, member: Member | None = None, staff: Staff | None = None) -> Booking:
    """Called off: the places go back, to the waiting list first. A member until the limit, staff always. Twice is once."""
    if member:
        _check_mine(booking, member)
    with transaction():
        here = supply.moving(booking.store, at)
        now = holding.fresh(booking)
        if member and at > now.cancel_until and now.state == "confirmed" and not closures.trouble(now):
            raise Refusal("离开始太近了，要取消请打电话给店里", code="too_late")
        if not _let_go(here, booking, "cancelled", at, staff, states=AHEAD):
            return _already(booking, ("cancelled",), None, staff)
        if member is None:
            holding.tell(booking, "booking_cancelled", at)
        holding.record("booking_cancelled", booking, at, staff)
        return holding.fresh(booking)


def late(booking: Booking, member: Member, at: int) -> Booking:
    """Running late: the place is kept a quarter of an hour longer (a setting), once."""
    _check_mine(booking, member)
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
    """They are here; a wish to come at another time is over with it. Twice is once."""
    with transaction():
        asks = _asks(booking)
        here = supply.moving(booking.store, at) if asks else None
        if not holding.swap(
            booking, ("confirmed",), state="arrived", arrived_at=at, arrived_by=staff.id if staff else None
        ):
            return _already(booking, ("arrived", "done"), None, staff)
        queue.finish("booking", booking.code, at)
        queue.finish("rebook", booking.code, at)
        if here:
            waiting.fill(here, _end_asks(asks, at, staff), at)
        holding.record("booking_arrived", booking, at, staff)
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
        if not _let_go(here, booking, "no_show", at, staff, over <= at, why=why, states=("confirmed",)):
            return _already(booking, ("no_show",), None, staff)
        if not why:
            holding.tell(booking, "booking_no_show", at)
        holding.record("booking_no_show", booking, at, staff, why=why)
        return holding.fresh(booking)


def settle_overdue(at: int, *, member: int | None = None, limit: int = 500) -> int:
    """What time decides: offers that nobody took, requests nobody answered, places kept for the late, visits that are over.

    Called by the worker every minute and by whoever looks at one. Returns how many changed.
    """
    mine = Booking.member == member if member else True
    changed = 0
    offers = Booking.select().where(mine, Booking.state == "offered", Booking.offer_until <= at)
    for booking in list(offers.order_by(Booking.offer_until).limit(limit)):
        with transaction():
            here = supply.moving(booking.store, at)
            if _let_go(here, booking, "lapsed", at, None, Booking.offer_until <= at, states=("offered",)):
                holding.tell(booking, "offer_lapsed", at)
                holding.record("booking_lapsed", booking, at)
                changed += 1
    for booking in list(
        Booking.select().where(mine, holding.OPEN, Booking.starts_at <= at).order_by(Booking.starts_at).limit(limit)
    ):
        changed += _settle(booking, at)
    return changed


# --- how it is done ----------------------------------------------------------------------------------------------------


def _seen(key: str, store: Store, whom: holding.For) -> Booking | None:
    """What was booked with this key before. Refuses a key that is somebody else's."""
    seen: Booking | None = _SEEN.one(Booking, key=key)
    if seen and (seen.store_id != store.id or seen.member_id != (whom.member.id if whom.member else None)):
        raise Refusal("这一页已经用过了，请刷新后再试", code="ticket_reused")
    return seen


def _check_whom(wishes: Sequence[holding.Wish], whom: holding.For) -> None:
    if not 0 < len(wishes) <= WISHES_MOST:
        raise Missing("没有找到这项服务", code="no_such_service")
    if max(wish.starts_at for wish in wishes) - min(wish.starts_at for wish in wishes) > DAY:
        raise Refusal("隔得太远了，请分开预约", code="apart", field="at")
    if whom.member and (whom.member.merged_into_id or whom.member.erased_at):
        raise Missing("没有找到这位会员", code="no_such_member")
    if whom.member is None and not whom.guest.strip():
        raise Refusal("请填写", code="guest_missing", field="guest")
    if whom.address and (whom.member is None or whom.address.member_id != whom.member.id or whom.address.removed_at):
        raise Missing("没有找到这个地址", code="no_such_address")


def _needs_yes(here: Supply, booking: Booking, member: Member, at: int) -> bool:
    """Does a person say yes first, to this service or to this member?"""
    wanted = {wish.service for wish in holding.wishes_of(booking, booking.starts_at)} & set(here.services)
    return any(here.services[service].on_request for service in wanted) or _stood_up(member, booking.store, at)


def _check_wish(here: Supply, wish: holding.Wish, whom: holding.For, at: int, staff: Staff | None) -> Service:
    service = here.services.get(wish.service)
    if service is None:
        raise Missing("没有找到这项服务", code="no_such_service")
    if wish.resource not in (None, *here.doing.get(service.id, ())):
        raise Missing("没有找到这项服务", code="no_such_resource")
    if wish.edition is not None and wish.edition != service.version:
        raise Refusal("这项服务刚刚改过，请再看一眼", code="edited")
    if not service.people_min <= wish.people <= service.people_max:
        raise Refusal(
            "这项服务接 %(low)s 到 %(high)s 位",
            code="party",
            field="people",
            low=service.people_min,
            high=service.people_max,
        )
    tier = whom.member.tier if whom.member else "ordinary"
    first, last = free.open_to(here, service, at, tier)
    if wish.starts_at + service.minutes * MINUTE <= at or (staff is None and wish.starts_at <= at):
        raise Refusal("这个时间已经过了，请另选一个", code="past", field="at")
    if staff is None and wish.starts_at < first:
        raise Refusal("这项服务要提前 %(minutes)s 分钟预约", code="too_soon", field="at", minutes=service.lead_minutes)
    if wish.starts_at >= (last if staff is None else at + FURTHEST):
        raise Refusal("还没有开放到那一天", code="too_far", field="at")
    return service


def _check_many(member: Member, store: Store, at: int) -> None:
    most = policy.of(store).bookings_at_once
    if len(_AHEAD.rows(member=member.id, at=at)) >= most:
        raise Refusal("同时最多有 %(n)s 个预约", code="too_many_bookings", n=most)


def _check_stands(booking: Booking) -> None:
    """A yes is only for what can take place."""
    if closures.trouble(booking):
        raise Refusal("那段时间店里临时关了，请另选一个时间", code="closed")


def _check_mine(booking: Booking, member: Member) -> None:
    if booking.member_id != member.id:
        raise Missing("没有找到这个预约", code="no_such_booking")


def _stood_up(member: Member | None, store: Store, at: int) -> bool:
    """Did this member not come so often that a person says yes first?"""
    if member is None:
        return False
    return len(_NO_SHOWS.rows(member=member.id, since=at - NO_SHOWS_WITHIN)) >= policy.of(store).no_shows_most


def _ask_to_move(
    here: Supply, booking: Booking, wishes: list[holding.Wish], member: Member, at: int, ticket: str
) -> Booking:
    key = f"move:{booking.code}:{ticket or wishes[0].starts_at}"
    seen: Booking | None = _SEEN.one(Booking, key=key)
    if seen and seen.state in HOLDING:
        return seen
    if seen:  # asked for before, and over since
        key = f"{key}:{at}"
    freed = _end_asks(_asks(booking), at, None)  # another wish takes the place of the last one
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
    )
    _post(asked, here.services[wishes[0].service], at)
    holding.record("booked", asked, at, None, state="requested", replaces=booking.code)
    waiting.fill(here, freed, at)
    return asked


def _let_go(
    here: Supply,
    booking: Booking,
    to: str,
    at: int,
    staff: Staff | None,
    *where: Any,
    states: Sequence[str],
    why: str = "",
) -> bool:
    """End a booking and give its seats to the waiting list, or to everybody. Inside a transaction that has the calendar."""
    ended = {"state": to, "ended_at": at, "ended_by": staff.id if staff else None, "why": why}
    if to == "declined":
        ended |= {"answered_at": at, "answered_by": ended["ended_by"]}
    if not holding.swap(booking, states, *where, sequence=Booking.sequence + 1, **ended):
        return False
    freed = seats.release(booking.id) + _end_asks(_asks(booking), at, staff)  # a move of what is over is over
    queue.finish("booking", booking.code, at)
    queue.finish("rebook", booking.code, at)
    waiting.returned(booking, at)
    waiting.fill(here, freed, at)
    return True


def _asks(booking: Booking) -> list[Booking]:
    """The wishes to move this booking that nobody has answered."""
    return list(Booking.select().where(Booking.replaces == booking.id, Booking.state.in_(("requested", "offered"))))


def _end_asks(asks: list[Booking], at: int, staff: Staff | None) -> list[seats.Freed]:
    """These wishes to move are over. Returns what became free, for the waiting list."""
    freed = []
    for ask in asks:
        ended = {"state": "cancelled", "ended_at": at, "ended_by": staff.id if staff else None, "why": "moved"}
        if holding.swap(ask, ("requested", "offered"), sequence=Booking.sequence + 1, **ended):
            freed += seats.release(ask.id)
            queue.finish("booking", ask.code, at)
            queue.finish("rebook", ask.code, at)
    return freed


def _settle(booking: Booking, at: int) -> int:
    if booking.state == "requested":
        with transaction():
            here = supply.moving(booking.store, at)
            if not _let_go(here, booking, "lapsed", at, None, Booking.starts_at <= at, states=("requested",)):
                return 0
            holding.tell(booking, "booking_unanswered", at)
            holding.record("booking_lapsed", booking, at)
            return 1
    if booking.state == "confirmed" and booking.late_until and booking.late_until <= at:
        return _nobody_came(booking, at, "")
    # The van ticks its stops off when it is back.
    if booking.ends_at + (VAN_LATE if booking.address_id else 0) > at:
        return 0
    if booking.state == "confirmed" and booking.source == "walk_in":  # who stood there when it was booked had come
        with transaction():
            came = {"arrived_at": booking.starts_at, "ended_at": booking.ends_at}
            if not holding.swap(booking, ("confirmed",), Booking.ends_at <= at, state="done", **came):
                return 0
            holding.record("booking_done", booking, at)
            return 1
    if booking.state == "confirmed":  # nobody marked it: it counts for nobody
        return _nobody_came(booking, at, "not_marked")
    with transaction():
        if not holding.swap(booking, ("arrived",), state="done", ended_at=booking.ends_at):
            return 0
        holding.record("booking_done", booking, at)
        return 1


def _nobody_came(booking: Booking, at: int, why: str) -> int:
    try:
        return int(no_show(booking, at, why=why).state == "no_show")
    except Refusal:  # they came, or it was moved, while we looked
        return 0


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
