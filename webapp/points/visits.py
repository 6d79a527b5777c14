"""Visits: a member was here. One scan at the counter opens a visit; everything within the window is the same visit (H1)."""

from collections.abc import Callable
from typing import NamedTuple

from models import Booking, Member, Part, Resource, Service, Store, Visit, transaction
from webapp import policy
from webapp.clock import DAY, HOUR
from webapp.outbox import events
from webapp.points import ledger, levels

Listener = Callable[[Member, Store, int], None]
_listeners: list[Listener] = []


class Attended(NamedTuple):
    """What a visit was for: a service, when it began, and where in the shop."""

    service: dict[str, str]
    starts_at: int
    rooms: list[dict[str, str]]


def listen(listener: Listener) -> None:
    """Rooms to the right hear of every check-in, inside its transaction and before its tick. Twice is once."""
    if listener not in _listeners:
        _listeners.append(listener)


def check_in(member: Member, store: Store, source: str, at: int) -> tuple[Visit, bool]:
    """Open a visit, or find the one that is open. Returns (visit, is it new). A repeat within the window changes nothing."""
    with transaction():
        ledger.lock(member.id)
        mine = (Visit.member == member.id) & (Visit.store == store.id) & Visit.is_open
        # A visit that lies days ahead was made by a broken clock and must not count as today's.
        over = (Visit.closes_at <= at) | (Visit.at > at + DAY)
        Visit.update({Visit.is_open: False}).where(mine, over).execute()
        new = Visit.insert(
            member=member.id,
            store=store.id,
            source=source,
            at=at,
            closes_at=at + policy.of(store).visit_hours * HOUR,
        ).on_conflict_ignore()
        made = new.as_rowcount().execute() == 1
        for listener in _listeners:
            listener(member, store, at)
        if made:
            Member.update({Member.seen_at: at}).where(Member.id == member.id).execute()
            events.record("arrived", at, store=store.id, member=member.id, source=source)
            events.tick(store.id)
        levels.came(member, store, policy.of(store), at)
        return Visit.get(mine), made


def attended(visit: Visit) -> list[Attended]:
    """The bookings that this visit was for, in their order; several rooms for one service are one line."""
    mine = (Booking.member == visit.member_id) & (Booking.store == visit.store_id)
    then = Booking.arrived_at.between(visit.at, visit.closes_at)
    parts = Part.select(Part.starts_at, Part.service, Service.name, Resource.name).join(Service).switch(Part)
    rows = parts.join(Resource).switch(Part).join(Booking).where(mine, then, Booking.starts_at > visit.at - DAY)
    found: dict[tuple[int, int], Attended] = {}
    for starts_at, service, name, room in rows.order_by(Part.starts_at, Part.id).tuples():
        found.setdefault((starts_at, service), Attended(name, starts_at, [])).rooms.append(room)
    return list(found.values())


def recent(member: int, limit: int = 3) -> list[Visit]:
    """The last visits, newest first, with their stores."""
    return list(
        Visit.select(Visit, Store).join(Store).where(Visit.member == member).order_by(Visit.at.desc()).limit(limit)
    )
