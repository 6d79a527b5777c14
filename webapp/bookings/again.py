"""Time to come again: by the member's own interval, never by a guess of the shop's. Used for "usually every 3 weeks, book again?" (F5)."""

import itertools
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from models import Booking, Param, Part, Prepared, Service
from webapp.clock import DAY

LOOKED_AT = 60  # visits and bookings ahead
VISITS = 6  # the last ones of a service count
LEAST = 3
DUE_FROM = 90  # per cent of the own interval

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


class Again(NamedTuple):
    """They usually come for this service every so many days; last time at."""

    service: Service
    days: int
    last_at: int


def due(member_id: int, at: int) -> Again | None:
    """The service a member comes for most and is due for again. Nothing after fewer than three visits, or when one is booked."""
    visits: dict[int, list[int]] = {}
    ahead = set()
    for service, starts_at, state in _VISITS.rows(member=member_id):
        if state in ("arrived", "done"):
            visits.setdefault(service, []).append(starts_at)
        elif starts_at > at:
            ahead.add(service)
    found = []
    for service, moments in visits.items():
        interval = usual(moments)
        if interval and service not in ahead and (at - moments[0]) * 100 >= interval * DAY * DUE_FROM:
            found.append((len(moments), service, interval, moments[0]))
    for _, service, interval, last_at in sorted(found, reverse=True):
        row = Service.get_by_id(service)
        if row.retired_at is None:
            return Again(row, interval, last_at)
    return None


def usual(moments: Sequence[int]) -> int:
    """The usual number of days between visits, the newest first; 0 when there is no habit yet. Two on one day are one."""
    days = sorted({moment // DAY for moment in moments}, reverse=True)[:VISITS]
    if len(days) < LEAST:
        return 0
    return max(1, round(median(later - earlier for later, earlier in itertools.pairwise(days))))
