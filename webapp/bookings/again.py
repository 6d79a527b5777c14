"""Time to come again: by the member's own interval, never by a guess of the shop's. For "usually every 3 weeks, book again?", and for the
list of those to ask (F5)."""

import itertools
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from models import TIERS, Booking, Event, Member, Param, Part, Prepared, Service, Staff, Store
from webapp.clock import DAY
from webapp.members import phones

LOOKED_AT = 60  # visits and bookings ahead
VISITS = 6  # the last ones of a service count
LEAST = 3
DUE_FROM = 90  # per cent of the own interval
NEWEST = 4_000  # visits of a store that the list looks at: a busy shop's last months, a quiet one's years
LISTED = 40
GIVEN_UP = 4  # so many intervals away, somebody is no more due but gone: that is another list
CALLED = 7 * DAY  # a call is not repeated so soon

_VISITS = Prepared(
    lambda: (
        Booking.select(Part.service, Booking.starts_at, Booking.state)
        .join(Part)
        .where(
            Booking.member == Param("member"),
            Booking.state.in_(("arrived", "done", "requested", "offered", "confirmed")),
        )
        .order_by(Booking.starts_at.desc())
        .limit(LOOKED_AT)
    )
)
_NEWEST = Prepared(
    lambda: (
        Booking.select(Booking.member, Member.tier, Part.service, Booking.starts_at)
        .join(Part)
        .switch(Booking)
        .join(Member)
        .where(
            Booking.store == Param("store"),
            Booking.starts_at <= Param("at"),
            Booking.state.in_(("arrived", "done")),
            Member.erased_at.is_null(),
        )
        .order_by(Booking.starts_at.desc())
        .limit(NEWEST)
    )
)


class Again(NamedTuple):
    """They usually come for this service every so many days; last time at."""

    service: Service
    days: int
    last_at: int


class Due(NamedTuple):
    """One line of the staff's list: who, what for, their own interval in days, and since when. `called`: who saw the number, and when."""

    member: Member
    masked: str
    service: Service
    days: int
    last_at: int
    called: tuple[str, int] | None


def due(member_id: int, at: int) -> Again | None:
    """The service a member comes for most and is due for again. Nothing after fewer than three visits, or when one is booked."""
    visits: dict[int, list[int]] = {}
    ahead = set()
    for service, starts_at, state in _VISITS.rows(member=member_id):
        if state in ("arrived", "done"):
            visits.setdefault(service, []).append(starts_at)
        elif starts_at > at:
            ahead.add(service)
    for _, service, interval, last_at in _overdue(visits, ahead, at):
        row = Service.get_by_id(service)
        if row.retired_at is None:
            return Again(row, interval, last_at)
    return None


def everybody(store: Store, at: int) -> list[Due]:
    """Whose own interval has passed, VIPs first, then loyal ones, the longest over first; not whoever has booked. Five queries, however many."""
    visits: dict[int, dict[int, list[int]]] = {}
    tiers: dict[int, str] = {}
    for member, tier, service, starts_at in _NEWEST.rows(store=store.id, at=at):
        visits.setdefault(member, {}).setdefault(service, []).append(starts_at)
        tiers[member] = tier
    here = {row.id: row for row in Service.select().where(Service.store == store.id, Service.retired_at.is_null())}
    found = []
    for member, mine in visits.items():
        known = {service: moments for service, moments in mine.items() if service in here}
        late = next(iter(_overdue(known, set(), at)), None)
        if late and at - late[3] < GIVEN_UP * late[2] * DAY:
            over = (at - late[3]) / (late[2] * DAY)
            found.append((-TIERS.index(tiers[member]), -over, member, late))
    # Twice as many as are listed: who has booked already falls out.
    chosen = {member: late for _, _, member, late in sorted(found)[: 2 * LISTED]}
    booked = _booked(list(chosen), at)
    shown = {member: late for member, late in chosen.items() if member not in booked}
    kept = dict(itertools.islice(shown.items(), LISTED))
    rows = {row.id: row for row in Member.select().where(Member.id.in_(list(kept)))}
    called = _called(list(kept), at)
    return [
        Due(rows[member], phones.masked(rows[member]), here[service], interval, last_at, called.get(member))
        for member, (_, service, interval, last_at) in kept.items()
    ]


def usual(moments: Sequence[int]) -> int:
    """The usual number of days between visits, the newest first; 0 when there is no habit yet. Two on one day are one."""
    days = sorted({moment // DAY for moment in moments}, reverse=True)[:VISITS]
    if len(days) < LEAST:
        return 0
    return max(1, round(median(later - earlier for later, earlier in itertools.pairwise(days))))


# --- how it is done ----------------------------------------------------------------------------------------------------

Late = tuple[int, int, int, int]  # visits, service, interval in days, when they were there last


def _overdue(visits: dict[int, list[int]], ahead: set[int], at: int) -> list[Late]:
    """The services whose interval has nearly passed, the one they come for most first."""
    found = []
    for service, moments in visits.items():
        interval = usual(moments)
        if interval and service not in ahead and (at - moments[0]) * 100 >= interval * DAY * DUE_FROM:
            found.append((len(moments), service, interval, moments[0]))
    return sorted(found, reverse=True)


def _booked(members: list[int], at: int) -> set[int]:
    now = (Booking.starts_at > at - 2 * DAY) & (Booking.ends_at > at)
    ahead = now & Booking.state.in_(("requested", "offered", "confirmed", "arrived"))
    return {row.member_id for row in Booking.select(Booking.member).where(Booking.member.in_(members), ahead)}


def _called(members: list[int], at: int) -> dict[int, tuple[str, int]]:
    """Whose number was looked at in the last days: by whom, and when; the newest counts."""
    seen = Event.select(Event.member, Staff.name, Event.at).join(Staff)
    calls = seen.where(Event.member.in_(members), Event.verb == "phone_revealed", Event.at > at - CALLED)
    return {member: (name, moment) for member, name, moment in calls.order_by(Event.id).tuples()}
