"""Three lines for whoever stands at the counter when a member comes in: what is booked, what to suggest and why, and the last visits.

Suggestions are those of the member's own home (O1, O4), without what is booked already, each with its reason; before them what they usually add.
"""

from collections import Counter
from typing import Any, NamedTuple

from models import Booking, Member, Staff, Store, transaction
from webapp.bookings import again, bookings, choosing, sets, supply
from webapp.clock import DAY
from webapp.points import ledger, visits
from webapp.points.phrases import Phrase, phrase
from webapp.words import N_

HABIT = 2  # so often at least


class Hint(NamedTuple):
    """What to ask, and because of what."""

    text: Phrase
    because: Phrase


class Brief(NamedTuple):
    """`booking` is the one they came for, with its places and what comes with it; `times` how often they were here in a year.

    `hints` is what to ask about this booking and the next; `suggestions` what else to offer.
    """

    booking: Booking | None
    places: list[choosing.Place]
    perk: dict[str, str] | None
    suggestions: list[sets.Suggestion]
    hints: list[Hint]
    times: int
    last_at: int | None


def of(member: Member, store: Store, at: int) -> Brief:
    """The brief for somebody who is here now."""
    booking = bookings.arriving(member.id, store.id, at) or _here(member, store, at)
    places = choosing.places(booking) if booking else []
    here = supply.of(store, at)
    perk = choosing.perk(here, places[0].service, places[0].starts_at) if places else None
    mine = _past(member, store, at, booking)
    moments = sorted({past.starts_at for past in mine.bookings.values()}, reverse=True)
    booked = frozenset(place.service.id for place in places)
    two = sets.two(mine, store.id, at, booked=booked)
    return Brief(
        booking=booking,
        places=places,
        perk=perk,
        suggestions=two,
        hints=_hints(member, booking, mine, booked.union(*(one.services for one in two)), at),
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


def _here(member: Member, store: Store, at: int) -> Booking | None:
    mine = (Booking.member == member.id) & (Booking.store == store.id) & (Booking.state == "arrived")
    found: Booking | None = (
        Booking.select().where(mine, Booking.ends_at > at - DAY // 4).order_by(Booking.starts_at.desc()).first()
    )
    return found


def _past(member: Member, store: Store, at: int, now: Booking | None) -> sets.Own:
    """Their year, without the booking they are here for."""
    mine = sets.own(member.id, store.id, at)
    return mine._replace(bookings={id_: past for id_, past in mine.bookings.items() if now is None or id_ != now.id})


def _hints(member: Member, booking: Booking | None, mine: sets.Own, said: frozenset[int], at: int) -> list[Hint]:
    option = _usual_option(booking, mine) if booking else None
    due = again.due(member.id, at)
    if due is None or due.service.id in said:
        return [option] if option else []
    text = phrase(N_("问问要不要约下一次：%(service)s"), service=due.service.name)
    next_time = Hint(text, phrase(N_("一般每 %(n)s 天来一次"), n=due.days))
    return [option, next_time] if option else [next_time]


def _usual_option(booking: Booking, mine: sets.Own) -> Hint | None:
    """What they usually add and have not added today."""
    chosen = {option["key"] for option in booking.options}
    had = [option for past in mine.bookings.values() for option in past.options]
    names = {option["key"]: option["name"] for option in had}
    for key, number in Counter(option["key"] for option in had).most_common():
        if number >= HABIT and key not in chosen:
            text = phrase(N_("这次没选，问一声：%(option)s"), option=names[key])
            because = phrase(N_("最近 %(all)s 次来，有 %(n)s 次选了"), all=len(mine.bookings), n=number)
            return Hint(text, because)
    return None
