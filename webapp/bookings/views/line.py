"""The waiting list: joining it, my place in it, the place that is held for me, leaving."""

from typing import Any

from flask import Response, g, request, url_for

from models import Booking, Member, Waiter
from webapp import access, clock, forms, front, hx, policy
from webapp.bookings import choosing, days, free, overdue, waiting
from webapp.bookings.views import asked, bp, shown
from webapp.bookings.views.asked import LARGEST, Asked
from webapp.clock import HOUR


class LineForm(forms.Form):
    service = forms.number(1, LARGEST)
    people = forms.number(1, 200)
    first = forms.number(1, 2**40)
    until = forms.number(1, 2**40)
    travel = forms.number(0, 1440, needed=False)


@bp.get("/waiting")
def queue() -> Response:
    """GET ?service=&people=&day=&at=: how to stand in line for what is full."""
    me, at = access.member(), clock.now()
    here = asked.at_store(asked.store_of(request.args), at)
    return shown.page("bookings/join.html", me, form=None, **_joining(Asked(here, me, at, request.args)))


@bp.post("/waiting")
def join() -> Response:
    """POST: stand in line; a place that is free now is offered at once."""
    me, at = access.member(), clock.now()
    here = asked.at_store(asked.store_of(request.form), at)
    wish = Asked(here, me, at, request.form)
    form = forms.read(LineForm, "bookings/join.html", "bookings/_join.html", lambda: _joining(wish), unread=0)
    first, until, travel = form.first.data, form.until.data, form.travel.data or 0
    waiter = waiting.join(me, wish.wanted, form.people.data, first, until, at, travel_minutes=travel)
    return hx.go(url_for(".line", id=waiter.id))


@bp.get(f"/waiting/<int(max={LARGEST}):id>")
def line(id: int) -> Response:
    """GET: my place in line, or the place that is held for me."""
    me = access.member()
    return shown.page("bookings/line.html", me, **_standing(asked.waiter(id, me), me))


@bp.get(f"/waiting/<int(max={LARGEST}):id>/part")
def line_part(id: int) -> Response:
    """GET: the same as a fragment; 204 by the front while nothing changed."""
    me = access.member()
    return hx.page("bookings/_line.html", **_standing(asked.waiter(id, me), me))


@bp.post(f"/waiting/<int(max={LARGEST}):id>/departure")
def leave(id: int) -> Response:
    """POST: out of the line; a place that is held goes to the next."""
    me, at = access.member(), clock.now()
    waiter = waiting.leave(asked.waiter(id, me), me, at)
    return hx.swap("bookings/_line.html", url_for(".line", id=waiter.id), lambda: _standing(waiter, me))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _joining(wish: Asked) -> dict[str, Any]:
    """The times of that day, an hour to each side of the wanted one filled in."""
    here, service, at = wish.here, wish.wanted, wish.at
    wanted = wish.wishes[0].starts_at if wish.wishes else 0
    day = wish.day or clock.local(wanted or at, here.timezone).date()
    starts = {start.at for start in free.starts(here, service, day) if start.at > at}
    times = sorted(starts | ({wanted} if wanted > at else set()))
    middle = wanted if wanted in times else times[0] if times else 0
    return {
        "store": g.store,
        "service": service,
        "people": wish.people,
        "day": days.moment(day, 720, here.timezone),
        "times": times,
        "first": max((time for time in times if time <= middle - HOUR), default=times[0] if times else 0),
        "until": min((time for time in times if time >= middle + HOUR), default=times[-1] if times else 0),
        "offer_minutes": policy.of(g.store).offer_minutes,
        "times_at": url_for(".choose", service=service.id, people=wish.people, day=day.isoformat()),
    }


def _standing(waiter: Waiter, me: Member) -> dict[str, Any]:
    at = clock.now()
    if overdue.settle(at, member=me.id):
        waiter = Waiter.get_by_id(waiter.id)
    offer = waiting.offer_of(waiter) if waiter.state == "offered" else None
    ends = offer.offer_until if offer and offer.offer_until else waiter.until_at
    since = min(at, ends - front.LASTS) if ends > at else at
    return {
        "store": waiter.store,
        "w": waiter,
        "service": waiter.service,
        "offer": offer,
        "parts": choosing.places(offer) if offer else [],
        "offer_minutes": policy.of(waiter.store).offer_minutes,
        "place": waiting.place(waiter) if waiter.state == "waiting" else None,
        "taken": Booking.get_or_none(Booking.waiter == waiter.id, Booking.state.not_in(("offered", "lapsed"))),
        "at": at,
        "pulse": front.pulse("waiter", waiter.id, front.version("waiter", waiter.id), since),
    }
