"""The waiting list: a place that becomes free is offered to the first whom it fits, and *held* for them for ten minutes; then to the next.

`fill` runs inside the transaction that gave the seats back, so that nobody can take them in between. A party that is too large is passed
over, not dropped, and told why. Offers are bookings in the state 'offered'; there are never two for one seat, because each holds its seats.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from models import Booking, Member, Param, Prepared, Service, Store, Waiter, read_row, transaction
from webapp import clock, policy, vault
from webapp.bookings import free, holding, seats, supply
from webapp.bookings.seats import Freed
from webapp.bookings.supply import Supply
from webapp.clock import DAY, MINUTE
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.refusals import Missing, Refusal

LOOKED_AT = 50  # so many in line are asked about one free place
SWEPT_MOST = 500  # and so many when everything is looked through
LINES_MOST = 5  # so many lists one member may stand in


FOREVER = 1 << 40

_LINE = Prepared(
    lambda: (
        Waiter.select(*Waiter._meta.sorted_fields, Member.tier)
        .join(Member)
        .where(
            Waiter.store == Param("store"),
            Waiter.state == "waiting",
            Waiter.until_at > Param("at"),
            Waiter.until_at >= Param("first"),
            Waiter.from_at < Param("last"),
        )
        .order_by(Waiter.id)
    )
)


class Place(NamedTuple):
    """Where somebody stands: 1 is next. `ahead` are the people before them in line for the same service and times."""

    number: int
    waiting: int


def join(
    member: Member, service: Service, people: int, from_at: int, until_at: int, at: int, *, travel_minutes: int = 0
) -> Waiter:
    """Stand in line for a service between two moments. A place free now is offered at once.

    The same wish again is the same place in line; with another party or another end it keeps its place and says the new.
    """
    if not service.people_min <= people <= service.people_max:
        raise Refusal(
            "这项服务接 %(low)s 到 %(high)s 位",
            code="party",
            field="people",
            low=service.people_min,
            high=service.people_max,
        )
    if until_at <= max(at, from_at):
        raise Refusal("这段时间已经过了，请另选", code="past", field="until")
    if until_at > from_at + 14 * DAY:
        raise Refusal("一次最多等两周内的位子", code="too_far", field="until")
    if not 0 <= travel_minutes <= 24 * 60:
        raise Refusal("路上最多一天", code="travel", field="travel")
    with transaction():
        ledger.lock(member.id)
        mine = (Waiter.member == member.id) & Waiter.state.in_(("waiting", "offered"))
        seen: Waiter | None = Waiter.get_or_none(mine, Waiter.service == service.id, Waiter.from_at == from_at)
        wish = {"people": people, "until_at": until_at, "travel_minutes": travel_minutes}
        if seen and (seen.state == "offered" or all(getattr(seen, name) == value for name, value in wish.items())):
            return seen
        if not seen and Waiter.select().where(mine).count() >= LINES_MOST:
            raise Refusal("最多同时排 %(n)s 个候补", code="too_many_lines", n=LINES_MOST)
        here = supply.moving(service.store, at)
        if service.id not in here.services:
            raise Missing("没有找到这项服务", code="no_such_service")
        if from_at >= free.open_to(here, service, at, member.tier)[1]:
            raise Refusal("还没有开放到那一天", code="too_far", field="until")
        if seen:
            still = (Waiter.id == seen.id) & (Waiter.state == "waiting")
            Waiter.update(**wish, too_many_at=None).where(still).execute()
            fill(here, None, at)
            events.tick(service.store_id)
            return Waiter.get_by_id(seen.id)
        waiter = Waiter.create(
            member=member.id, store=service.store_id, service=service.id, from_at=from_at, made_at=at, **wish
        )
        events.record("waiting_joined", at, store=service.store_id, member=member.id, ref=str(waiter.id))
        fill(here, None, at)
        events.tick(service.store_id)
        return Waiter.get_by_id(waiter.id)


def leave(waiter: Waiter, member: Member, at: int) -> Waiter:
    """Out of the line; a place that is held for them goes to the next. Twice is once."""
    if waiter.member_id != member.id:
        raise Missing("没有找到这个候补", code="no_such_waiter")
    with transaction():
        ledger.lock(member.id)
        here = supply.moving(waiter.store, at)
        still = (Waiter.id == waiter.id) & Waiter.state.in_(("waiting", "offered"))
        if Waiter.update({Waiter.state: "left", Waiter.ended_at: at}).where(still).execute():
            events.record("waiting_left", at, store=waiter.store_id, member=member.id, ref=str(waiter.id))
            held = offer_of(waiter)
            over = {"state": "lapsed", "ended_at": at, "sequence": Booking.sequence + 1}
            if held and holding.swap(held, ("offered",), **over):
                fill(here, seats.release(held.id), at)
                holding.record("booking_skipped", held, at)
            events.tick(waiter.store_id)
        return Waiter.get_by_id(waiter.id)


def offer_of(waiter: Waiter) -> Booking | None:
    """The place that is held for them now."""
    found: Booking | None = Booking.get_or_none(Booking.waiter == waiter.id, Booking.state == "offered")
    return found


def place(waiter: Waiter) -> Place:
    """Where they stand among those who wait for the same service at times that overlap."""
    line = (
        (Waiter.store == waiter.store_id)
        & (Waiter.service == waiter.service_id)
        & (Waiter.state == "waiting")
        & (Waiter.from_at < waiter.until_at)
        & (Waiter.until_at > waiter.from_at)
    )
    before = Waiter.select().where(line, Waiter.id < waiter.id).count()
    return Place(before + 1, Waiter.select().where(line).count())


def taken(booking: Booking, at: int) -> None:
    """The offer was taken: they leave the line."""
    if booking.waiter_id:
        Waiter.update({Waiter.state: "taken", Waiter.ended_at: at}).where(Waiter.id == booking.waiter_id).execute()


def returned(booking: Booking, at: int, *, withdrawn: bool = False) -> None:
    """The offer was not taken: they are back in line, at their old place, but this time is not offered to them again.

    Unless the shop itself has withdrawn it: then it is theirs as soon as it can be had.
    """
    if booking.waiter_id is None:
        return
    waiter = Waiter.get_by_id(booking.waiter_id)
    if waiter.state == "offered":
        passed = waiter.passed if withdrawn else sorted({*waiter.passed, booking.starts_at})
        service = waiter.service
        over = waiter.until_at <= at or service.retired_at is not None
        Waiter.update(
            {
                Waiter.state: "over" if over else "waiting",
                Waiter.passed: passed,
                Waiter.ended_at: at if over else None,
            }
        ).where(Waiter.id == waiter.id, Waiter.state == "offered").execute()
        if over:
            _tell_over(waiter, service, at)


def fill(here: Supply, freed: Sequence[Freed] | None, at: int) -> int:
    """Offer what became free (None: whatever is free) to those who wait, in order. Inside a transaction that has the calendar. Returns how many offers."""
    if freed is not None and not freed:
        return 0
    seen = _Seen({}, {})
    return sum(_offer(here, one, freed, at, seen) for one in _line(here, freed, at))


def sweep(at: int) -> int:
    """Offer what is free without anybody having given it back (longer hours, a closure lifted), and end lines whose time is over."""
    over = (Waiter.state == "waiting") & (Waiter.until_at <= at)
    for waiter in list(Waiter.select(Waiter, Service).join(Service).where(over).order_by(Waiter.id).limit(SWEPT_MOST)):
        with transaction():
            ended = Waiter.update({Waiter.state: "over", Waiter.ended_at: at}).where(over, Waiter.id == waiter.id)
            if ended.execute():
                _tell_over(waiter, waiter.service, at)
                events.tick(waiter.store_id)
    made = 0
    stores = Store.select().join(Waiter).where(Waiter.state == "waiting").distinct()
    for store in list(stores):
        made += refill(store, at) if _fits_somebody(supply.of(store, at), at) else 0
    return made


def refill(store: Store, at: int) -> int:
    """Offer whatever is free in one store: after an edit of its supply, in a transaction that sees the edit."""
    with transaction():
        offers = fill(supply.moving(store, at), None, at)
        if offers:
            events.tick(store.id)
        return offers


def _tell_over(waiter: Waiter, service: Service, at: int) -> None:
    """The line ends here for them: nothing became free in their time, or the service is no more."""
    if service.retired_at is not None:
        key = f"waiting_over:{waiter.id}"
        inbox.tell(waiter.member_id, "waiting_over", at, key=key, url="/bookings", service=service.name)
        return
    inbox.tell(
        waiter.member_id,
        "waiting_past",
        at,
        key=f"waiting_past:{waiter.id}",
        url=f"/waiting/{waiter.id}",
        service=service.name,
        begins_at=waiter.from_at,
        zone=waiter.store.timezone,
    )


class _InLine(NamedTuple):
    waiter: Waiter
    tier: str


class _Seen(NamedTuple):
    """What has been read while nothing moved: for a long line the same days are asked for again and again."""

    memory: free.Memory
    starts: dict[tuple[int, dt.date], list[free.Start]]

    def starts_of(self, here: Supply, service: Service, day: dt.date) -> list[free.Start]:
        if (service.id, day) not in self.starts:
            self.starts[service.id, day] = free.starts_in(self.memory, here, service, day)
        return self.starts[service.id, day]

    def forget(self) -> None:
        self.memory.clear()
        self.starts.clear()


def _line(here: Supply, freed: Sequence[Freed] | None, at: int) -> list[_InLine]:
    """Who waits, in order; of what became free, those whose service and time it touches."""
    first = 0 if freed is None else min(one.begins for one in freed) - 2 * DAY
    last = FOREVER if freed is None else max(one.ends for one in freed)
    rows = (read_row(Waiter, row) for row in _LINE.rows(store=here.store, at=at, first=first, last=last))
    line = [_InLine(waiter, rest[0]) for waiter, rest in rows if waiter.service_id in here.services]
    if freed is None:
        return line[:SWEPT_MOST]
    places = {one.resource for one in freed}
    return [one for one in line if places & set(here.doing.get(one.waiter.service_id, ()))][:LOOKED_AT]


def _fits_somebody(here: Supply, at: int) -> bool:
    """Would the first or any other in line be offered something? Looked at before anybody is made to stand in line."""
    seen = _Seen({}, {})
    return any(
        start.fits(one.waiter.people)
        for one in _line(here, None, at)
        for start in _candidates(here, one, None, at, seen)
    )


def _offer(here: Supply, one: _InLine, freed: Sequence[Freed] | None, at: int, seen: "_Seen") -> int:
    waiter, service = one.waiter, here.services[one.waiter.service_id]
    small = False
    for start in _candidates(here, one, freed, at, seen):
        if not start.fits(waiter.people):
            small = small or start.left > 0
            continue
        until = at + policy.of(waiter.store).offer_minutes * MINUTE
        still = (Waiter.id == waiter.id) & (Waiter.state == "waiting")
        if Waiter.update({Waiter.state: "offered"}).where(still).execute() == 0:
            return 0
        seen.forget()  # seats move
        booking = holding.make(
            here,
            [holding.Wish(service.id, start.at, waiter.people)],
            holding.For(waiter.member),
            "offered",
            at,
            key=f"offer:{vault.token()}",
            source="waiting",
            waiter=waiter.id,
            offer_until=until,
        )
        inbox.tell(
            waiter.member_id,
            "place_offered",
            at,
            key=f"place_offered:{booking.code}",
            url=f"/bookings/{booking.code}",
            service=service.name,
            begins_at=start.at,
            until_at=until,
            zone=here.timezone,
        )
        events.record("place_offered", at, store=here.store, member=waiter.member_id, ref=booking.code)
        return 1
    if small and freed is not None and waiter.too_many_at is None:
        Waiter.update({Waiter.too_many_at: at}).where(Waiter.id == waiter.id).execute()
        inbox.tell(
            waiter.member_id,
            "place_too_small",
            at,
            key=f"place_too_small:{waiter.id}",
            url=f"/waiting/{waiter.id}",
            service=service.name,
            people=waiter.people,
        )
    return 0


def _candidates(here: Supply, one: _InLine, freed: Sequence[Freed] | None, at: int, seen: "_Seen") -> list[free.Start]:
    """The times that would suit them, soonest first; of what became free, only times that touch it."""
    waiter, service = one.waiter, here.services[one.waiter.service_id]
    first = max(waiter.from_at, at + waiter.travel_minutes * MINUTE)
    last = min(waiter.until_at, free.open_to(here, service, at, one.tier)[1] - 1)
    begins = clock.local(first, here.timezone).date() - dt.timedelta(days=1)
    ends = clock.local(last, here.timezone).date()
    looked = [begins + dt.timedelta(days=n) for n in range((ends - begins).days + 1)]
    if freed is not None:
        doing = here.doing.get(service.id, ())
        mine = [gone for gone in freed if gone.resource in doing]
        touched = {
            clock.local(moment, here.timezone).date() - dt.timedelta(days=n)
            for gone in mine
            for moment in (gone.begins, gone.ends)
            for n in (0, 1)
        }
        looked = [day for day in looked if day in touched]
    found = [start for day in looked for start in seen.starts_of(here, service, day)]
    if freed is not None:
        found = [
            start
            for start in found
            if any(start.at < gone.ends and gone.begins < free.free_at(service, start.at) for gone in mine)
        ]
    return sorted(
        start for start in found if first <= start.at <= last and start.at not in waiter.passed and start.at > at
    )
