"""Something breaks, or the shop stays shut: one button closes a resource or the whole store, and everybody touched is told at once.

Each booking that cannot take place becomes an urgent card ("rebook", five minutes), and its member a message with a way to another
time: whatever the shop broke may be moved or cancelled free and at once, also after the limit and also where a person says yes first.
"""

from typing import Any, NamedTuple

from models import Booking, Closure, Part, Resource, Service, Staff, Store, transaction
from webapp import clock
from webapp.bookings import free, holding, seats, supply, waiting
from webapp.bookings.holding import AHEAD
from webapp.clock import DAY, MINUTE
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

URGENT = 5 * MINUTE
LONGEST = 366 * DAY
LONG_PARTY = 3 * DAY  # no booking lasts longer


class Closed(NamedTuple):
    """What was closed, and the bookings that cannot take place there."""

    closure: Closure
    touched: list[Booking]


def close(
    store: Store, resource: Resource | None, starts_at: int, ends_at: int, why: str, by: Staff, at: int
) -> Closed:
    """Nothing can be booked there any more; everybody who has is listed, told, and on a card. The same again changes nothing."""
    if ends_at <= max(starts_at, at):
        raise Refusal("结束要在开始之后，也要在现在之后", code="past", field="until")
    if ends_at > starts_at + LONGEST:
        raise Refusal("一次最多关一年", code="too_long", field="until")
    if resource is not None and resource.store_id != store.id:
        raise Missing("没有找到", code="not_here")
    with transaction():
        supply.take(store.id)
        same = (Closure.starts_at == starts_at) & (Closure.ends_at == ends_at) & Closure.lifted_at.is_null()
        where = Closure.resource == resource.id if resource else Closure.resource.is_null()
        seen: Closure | None = Closure.get_or_none(Closure.store == store.id, same, where)
        if seen:
            return Closed(seen, touched(seen))
        closure: Closure = Closure.create(
            store=store.id,
            resource=resource.id if resource else None,
            starts_at=starts_at,
            ends_at=ends_at,
            why=why.strip()[:80],
            made_by=by.id,
            made_at=at,
        )
        # No place that is closed is offered to those who wait; what was offered there is none any more.
        _withdraw_offers(closure, at)
        stand = touched(closure)
        reason = {"reason": closure.why} if closure.why else {}
        for booking in stand:
            _trouble_card(booking, at)
            holding.tell(booking, "booking_troubled", at, turn=f"{booking.sequence}:{closure.id}", **reason)
        events.record(
            "closed",
            at,
            store=store.id,
            staff=by.id,
            ref=str(closure.id),
            name=_place(closure),
            why=closure.why,
            touched=len(stand),
        )
        events.tick(store.id)
        return Closed(closure, stand)


def lift(closure: Closure, by: Staff, at: int) -> Closure:
    """It works again: bookings that stayed take place as they were, their cards leave, and who waits is offered what is free."""
    store = closure.store
    with transaction():
        supply.take(store.id)
        still = (Closure.id == closure.id) & Closure.lifted_at.is_null()
        if Closure.update(lifted_at=at).where(still).execute():
            for booking in touched(closure):
                if trouble(booking) is None and booking.starts_at > at:
                    queue.finish("rebook", booking.code, at)
                    holding.tell(booking, "booking_stands", at, turn=f"{booking.sequence}:{closure.id}")
            events.record("reopened", at, store=store.id, staff=by.id, ref=str(closure.id), name=_place(closure))
            events.tick(store.id)
    waiting.refill(store, at)
    return Closure.get_by_id(closure.id)


def standing(store: Store, at: int) -> list[Closure]:
    """What is closed now or will be, soonest first, with its resource and who closed it."""
    query = Closure.select(Closure, Resource, Staff).left_outer_join(Resource).switch(Closure).left_outer_join(Staff)
    mine = (Closure.store == store.id) & Closure.lifted_at.is_null() & (Closure.ends_at > at)
    return list(query.where(mine).order_by(Closure.starts_at, Closure.id))


def touched(closure: Closure) -> list[Booking]:
    """The bookings ahead that lie in it, soonest first."""
    mine = (Booking.store == closure.store_id) & Booking.state.in_(AHEAD)
    inside = (Part.starts_at < closure.ends_at) & (Part.ends_at > closure.starts_at)
    if closure.resource_id:
        inside &= Part.resource == closure.resource_id
    near = (Booking.starts_at < closure.ends_at) & (Booking.starts_at > closure.starts_at - LONG_PARTY)
    query = Booking.select().join(Part).where(mine, near, inside).distinct()
    return list(query.order_by(Booking.starts_at, Booking.id))


def trouble(booking: Booking) -> Closure | None:
    """Why this booking cannot take place where it is, if it cannot."""
    if booking.state not in AHEAD:
        return None
    parts = Part.select(Part.resource, Part.starts_at, Part.ends_at).where(Part.booking == booking.id)
    near = (Closure.starts_at < booking.ends_at) & (Closure.ends_at > booking.starts_at)
    query = Closure.select().where(Closure.store == booking.store_id, Closure.lifted_at.is_null(), near)
    shut = list(query.order_by(Closure.starts_at, Closure.id))
    for closure in shut:
        for part in parts if shut else ():
            overlaps = part.starts_at < closure.ends_at and part.ends_at > closure.starts_at
            if overlaps and closure.resource_id in (None, part.resource_id):
                return closure
    return None


def nearest_for(booking: Booking, at: int, count: int = 3, *, keeps: bool = False) -> list[free.Start]:
    """The free times nearest to what was booked, the same time elsewhere first. All services of the party fit.

    Its own seats count as free, unless it `keeps` them until somebody has said yes to the new time.
    """
    here = supply.of(booking.store, at)
    wishes = holding.wishes_of(booking, booking.starts_at)
    if any(wish.service not in here.services for wish in wishes):
        return []
    first = min(wishes, key=lambda wish: wish.starts_at)
    found: list[free.Start] = []
    day = clock.local(first.starts_at, here.timezone).date()
    owner: Any = booking.member
    tier, but = owner.tier if owner else "ordinary", 0 if keeps else booking.id
    for near in free.around(day):
        times = free.bookable(here, here.services[first.service], near, at, tier, but=but)
        found += [start for start in times if start.fits(first.people) and _all_fit(here, wishes, start, first, but)]
        if len(found) >= count and near != day:
            break
    return sorted(sorted(found, key=lambda start: abs(start.at - first.starts_at))[:count])


# --- how it is done ----------------------------------------------------------------------------------------------------


def _all_fit(here: supply.Supply, wishes: list[holding.Wish], start: free.Start, first: holding.Wish, but: int) -> bool:
    delta = start.at - first.starts_at
    for wish in wishes:
        if wish is first:
            continue
        service: Service = here.services[wish.service]
        wanted = wish.starts_at + delta
        used = free.taken(here, clock.local(wanted, here.timezone).date(), but)
        if free.shares(here, service, wanted, wish.people, used) is None:
            return False
    return True


def _place(closure: Closure) -> dict[str, str]:
    """What is closed, in the shop's own words."""
    name: dict[str, str] = (closure.resource or closure.store).name
    return name


def _trouble_card(booking: Booking, at: int) -> None:
    service = Service.select(Service.name).join(Part).where(Part.booking == booking.id).order_by(Part.id).first()
    queue.post_again(
        booking.store_id,
        "rebook",
        booking.code,
        at + URGENT,
        at,
        member=booking.member_id,
        guest=booking.guest,
        service=service.name if service else {"zh": ""},
        people=booking.people,
        starts_at=booking.starts_at,
    )


def _withdraw_offers(closure: Closure, at: int) -> None:
    """Places that were held for those who wait: they are back in line, where they were."""
    for booking in touched(closure):
        ended = {"state": "lapsed", "ended_at": at, "sequence": Booking.sequence + 1, "why": "closed"}
        if booking.waiter_id and holding.swap(booking, ("offered",), **ended):
            seats.release(booking.id)
            waiting.returned(booking, at, withdrawn=True)
            holding.tell(booking, "offer_withdrawn", at)
            holding.record("booking_lapsed", booking, at)
