"""Every week at this time: recurring pick-ups. Two weeks ahead are real bookings, each made once, so that a cancelled one is a skipped one."""

import datetime as dt

from models import HOLDING, Address, Booking, Member, Service, Standing, Store, transaction
from webapp import clock, vault
from webapp.bookings import bookings, days, free, holding, supply
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.refusals import Missing, Refusal

WEEKS_AHEAD = 14  # days that are planned
KINDS = ("pickup", "delivery")
WEEKS_LOOKED_AT = 4
NOTE = 200
MOST = 5


def start(
    member: Member, service: Service, weekday: int, minute: int, address: Address | None, note: str, at: int
) -> Standing:
    """Come every week on that day at that time, from the next one on. Another time on the same day replaces the old one."""
    _check(member, service, weekday, minute, address, note, at)
    with transaction():
        ledger.lock(member.id)
        running = (Standing.member == member.id) & Standing.ended_at.is_null()
        same = running & (Standing.service == service.id) & (Standing.weekday == weekday)
        old: Standing | None = Standing.get_or_none(same)
        terms = (minute, address.id if address else None, note.strip())
        if old and (old.minute, old.address_id, note_of(old)) == terms:
            return old
        if not old and Standing.select().where(running).count() >= MOST:
            raise Refusal("最多约 %(n)s 个每周上门", code="too_many_standings", n=MOST)
        if old:
            Standing.update(ended_at=at).where(Standing.id == old.id).execute()
        new: Standing = Standing.create(
            member=member.id,
            service=service.id,
            weekday=weekday,
            minute=minute,
            address=address.id if address else None,
            note_sealed=vault.seal(note.strip()) if note.strip() else None,
            made_at=at,
        )
        events.record("standing_started", at, store=service.store_id, member=member.id, ref=str(new.id))
        events.tick(service.store_id)
    if old:
        _call_off(old, member, at)
    _plan(new, at)
    return new


def stop(standing: Standing, member: Member, at: int) -> Standing:
    """No more of it: what is planned ahead and may still be cancelled is cancelled. Twice is once."""
    if standing.member_id != member.id:
        raise Missing("没有找到这个每周上门", code="no_such_standing")
    with transaction():
        ledger.lock(member.id)
        running = (Standing.id == standing.id) & Standing.ended_at.is_null()
        if Standing.update(ended_at=at).where(running).execute():
            store = standing.service.store_id
            events.record("standing_stopped", at, store=store, member=member.id, ref=str(standing.id))
            events.tick(store)
    _call_off(standing, member, at)
    return Standing.get_by_id(standing.id)


def of(member: Member) -> list[Standing]:
    """The running ones with their services and addresses, by weekday."""
    query = Standing.select(Standing, Service, Address).join(Service).switch(Standing).left_outer_join(Address)
    mine = query.where(Standing.member == member.id, Standing.ended_at.is_null())
    return list(mine.order_by(Standing.weekday, Standing.minute))


def ahead(standing: Standing, at: int) -> list[Booking]:
    """Its dates that are planned, soonest first."""
    planned = Booking.state.in_(("requested", "confirmed")) & (Booking.starts_at > at)
    return list(Booking.select().where(Booking.standing == standing.id, planned).order_by(Booking.starts_at))


def note_of(standing: Standing) -> str:
    """What the member wrote for every visit: bags, bells, doors."""
    return vault.unseal(standing.note_sealed) if standing.note_sealed else ""


def plan(at: int) -> int:
    """Book what the next two weeks need. Returns how many new ones; again at once: none."""
    open_store = (Store.closed_at.is_null()) & Service.retired_at.is_null() & Standing.ended_at.is_null()
    running = Standing.select().join(Service).join(Store).where(open_store).order_by(Standing.id)
    return sum(_plan(standing, at) for standing in list(running))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _check(
    member: Member, service: Service, weekday: int, minute: int, address: Address | None, note: str, at: int
) -> None:
    if service.kind not in KINDS or service.retired_at is not None:
        raise Refusal("只有上门取送能每周来", code="not_weekly", field="service")
    if not 0 <= weekday <= 6:
        raise Refusal("请选一天", code="weekday", field="weekday")
    if not 0 <= minute <= 1439 or minute % 15:
        raise Refusal("请选一个时间", code="minute", field="minute")
    if not _is_time(service, weekday, minute, at):
        raise Refusal("那段时间现在不接受预约，请另选一个时间", code="closed", field="at")
    if address is None or address.member_id != member.id or address.removed_at is not None:
        raise Refusal("请选一个地址", code="address_missing", field="address")
    if len(note.strip()) > NOTE:
        raise Refusal("备注最多 %(n)s 个字", code="too_long", field="note", n=NOTE)


def _is_time(service: Service, weekday: int, minute: int, at: int) -> bool:
    """Does the van go then in any of the next weeks? One of them may be a holiday."""
    store = service.store
    here = supply.of(store, at)
    today = clock.local(at, store.timezone).date()
    ahead = (today + dt.timedelta(days=n) for n in range(WEEKS_LOOKED_AT * 7))
    wanted = (days.moment(day, minute, store.timezone) for day in ahead if day.weekday() == weekday)
    return service.id in here.services and any(free.is_time(here, here.services[service.id], one) for one in wanted)


def _plan(standing: Standing, at: int) -> int:
    service, member = standing.service, standing.member
    store = service.store
    today = clock.local(at, store.timezone).date()
    ahead = (today + dt.timedelta(days=n) for n in range(WEEKS_AHEAD + 1))
    wanted = {_key(standing, day): day for day in ahead if day.weekday() == standing.weekday}
    seen = {row.key for row in Booking.select(Booking.key).where(Booking.key.in_(list(wanted)))}
    # What it replaces may be too near to be called off: that day has its visit.
    others = _days_of_others(standing, at)
    free_days = {key: day for key, day in wanted.items() if key not in seen and day not in others}
    return sum(_book(standing, member, service, store, day, at) for day in free_days.values())


def _days_of_others(standing: Standing, at: int) -> set[dt.date]:
    """The days on which the same service comes already by an earlier weekly wish of the same member."""
    timezone = standing.service.store.timezone
    begins = (
        Booking.select(Booking.starts_at)
        .join(Standing)
        .where(
            Booking.member == standing.member_id,
            Booking.standing != standing.id,
            Standing.service == standing.service_id,
            Booking.state.in_(HOLDING),
            Booking.ends_at > at,
        )
    )
    return {clock.local(starts_at, timezone).date() for (starts_at,) in begins.tuples()}


def _book(standing: Standing, member: Member, service: Service, store: Store, day: dt.date, at: int) -> int:
    wish = holding.Wish(service.id, days.moment(day, standing.minute, store.timezone), service.people_min)
    whom = holding.For(member, note=note_of(standing), address=standing.address, standing=standing)
    try:
        bookings.book([wish], store, whom, key=_key(standing, day), at=at, source="standing")
    except holding.Taken as full:
        _tell_full(standing, service, store, day, wish.starts_at, full, at)
        return 0
    except Refusal:  # too soon, or not open to that day yet: the next night asks again
        return 0
    return 1


def _tell_full(
    standing: Standing, service: Service, store: Store, day: dt.date, starts_at: int, full: holding.Taken, at: int
) -> None:
    """Once for each date, with the nearest time if there is one."""
    nearest = {"other_at": full.nearest[0].at} if full.nearest else {}
    with transaction():
        inbox.tell(
            standing.member_id,
            "standing_full",
            at,
            key=f"standing_full:{standing.id}:{days.number(day)}",
            url=f"/book?service={service.id}",
            service=service.name,
            begins_at=starts_at,
            zone=store.timezone,
            **nearest,
        )


def _call_off(standing: Standing, member: Member, at: int) -> None:
    for booking in ahead(standing, at):
        if booking.cancel_until >= at:
            bookings.cancel(booking, at, member=member)


def _key(standing: Standing, day: dt.date) -> str:
    return f"standing:{standing.id}:{days.number(day)}"
