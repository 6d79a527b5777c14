"""Three lines for whoever stands at the counter when a member comes in: what is booked, what to suggest and why, and the last visits.

Suggestions come from the member's own visits only (O1, O4), at most two, each with its reason.
"""

from collections import Counter
from typing import Any, NamedTuple

from models import Booking, Member, Param, Part, Prepared, Staff, Store, transaction
from webapp.bookings import again, bookings, choosing, supply
from webapp.clock import DAY
from webapp.points import ledger, visits
from webapp.points.phrases import Phrase, phrase
from webapp.words import N_

LOOKED_AT = 60
LOOKED_BACK = 365 * DAY
HABIT = 2  # so often at least
SUGGESTIONS = 2

_PAST = Prepared(
    lambda: (
        Booking.select(Booking.id, Booking.starts_at, Booking.options, Part.service)
        .join(Part)
        .where(
            Booking.member == Param("member"),
            Booking.store == Param("store"),
            Booking.state.in_(("arrived", "done")),
            Booking.starts_at > Param("since"),
            Booking.starts_at < Param("at"),
        )
        .order_by(Booking.starts_at.desc(), Part.id)
        .limit(LOOKED_AT)
    )
)


class Suggestion(NamedTuple):
    """What to offer, and because of what."""

    text: Phrase
    because: Phrase


class Brief(NamedTuple):
    """`booking` is the one they came for, with its places and what comes with it; `times` how often they were here in a year."""

    booking: Booking | None
    places: list[choosing.Place]
    perk: dict[str, str] | None
    suggestions: list[Suggestion]
    times: int
    last_at: int | None


def of(member: Member, store: Store, at: int) -> Brief:
    """The brief for somebody who is here now."""
    booking = bookings.arriving(member.id, store.id, at) or _here(member, store, at)
    places = choosing.places(booking) if booking else []
    here = supply.of(store, at)
    perk = choosing.perk(here, places[0].service, places[0].starts_at) if places else None
    past = _past(member, store, at, booking)
    moments = sorted({starts_at for starts_at, _, _ in past.values()}, reverse=True)
    return Brief(
        booking=booking,
        places=places,
        perk=perk,
        suggestions=_suggestions(here, member, booking, places, past, at)[:SUGGESTIONS],
        times=len(moments),
        last_at=moments[0] if moments else None,
    )


def welcome(booking: Booking, staff: Staff, at: int) -> Booking:
    """They are here: the booking has arrived, and a member's visit begins. Twice is once."""
    with transaction():
        owner: Any = booking.member  # nobody, for somebody without a card
        if owner:
            ledger.lock(owner.id)
        # Before the visit, which marks what it finds as arrived by itself and ends with the store's tick.
        arrived = bookings.arrive(booking, at, staff=staff)
        if owner:
            visits.check_in(owner, booking.store, "desk", at)
        return arrived


# --- how it is done ----------------------------------------------------------------------------------------------------

Past = dict[int, tuple[int, list[dict[str, Any]], set[int]]]  # booking → when, its options, its services


def _here(member: Member, store: Store, at: int) -> Booking | None:
    mine = (Booking.member == member.id) & (Booking.store == store.id) & (Booking.state == "arrived")
    found: Booking | None = (
        Booking.select().where(mine, Booking.ends_at > at - DAY // 4).order_by(Booking.starts_at.desc()).first()
    )
    return found


def _past(member: Member, store: Store, at: int, now: Booking | None) -> Past:
    found: Past = {}
    for booking, starts_at, options, service in _PAST.rows(
        member=member.id, store=store.id, since=at - LOOKED_BACK, at=at
    ):
        if now is None or booking != now.id:
            found.setdefault(booking, (starts_at, Booking.options.python_value(options), set()))[2].add(service)
    return found


def _suggestions(
    here: supply.Supply, member: Member, booking: Booking | None, places: list[choosing.Place], past: Past, at: int
) -> list[Suggestion]:
    found = []
    booked = {place.service.id for place in places}
    option = _usual_option(booking, past) if booking else None
    if option:
        found.append(option)
    service = _usual_service(here, booked, past)
    if service:
        found.append(service)
    due = again.due(member.id, at)
    if due and due.service.id not in booked and not (service and service.text.params["service"] == due.service.name):
        text = phrase(N_("问问要不要约下一次：%(service)s"), service=due.service.name)
        found.append(Suggestion(text, phrase(N_("一般每 %(n)s 天来一次"), n=due.days)))
    return found


def _usual_service(here: supply.Supply, booked: set[int], past: Past) -> Suggestion | None:
    counts = Counter(service for _, _, services in past.values() for service in services - booked)
    for service, number in counts.most_common():
        if number < HABIT:
            return None
        if service in here.services:
            text = phrase(N_("可以推荐：%(service)s"), service=here.services[service].name)
            return Suggestion(text, phrase(N_("最近 %(all)s 次来，有 %(n)s 次做了"), all=len(past), n=number))
    return None


def _usual_option(booking: Booking, past: Past) -> Suggestion | None:
    """What they usually add and have not added today."""
    chosen = {option["key"] for option in booking.options}
    names = {option["key"]: option["name"] for _, options, _ in past.values() for option in options}
    counts = Counter(option["key"] for _, options, _ in past.values() for option in options)
    for key, number in counts.most_common():
        if number >= HABIT and key not in chosen:
            text = phrase(N_("这次没选，问一声：%(option)s"), option=names[key])
            return Suggestion(text, phrase(N_("最近 %(all)s 次来，有 %(n)s 次选了"), all=len(past), n=number))
    return None
