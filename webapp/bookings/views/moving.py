"""Moving a booking: other times for the same party, the nearest first; the old place is kept until the new one is held."""

from typing import Any

from flask import Response, request, url_for

from models import Booking, Member
from webapp import access, clock, forms, hx
from webapp.bookings import bookings, choosing, closures, supply
from webapp.bookings.views import asked, bp, shown


class MoveForm(forms.Form):
    ticket = forms.ticket()
    at = forms.number(1, 2**40)


@bp.get("/bookings/<code>/move")
def times(code: str) -> Response:
    """GET ?day=: the times."""
    me, at = access.member(), clock.now()
    booking = asked.booking(code, me)
    return shown.page("bookings/move.html", me, "bookings/_move.html", form=None, **_moving(booking, me, at))


@bp.post("/bookings/<code>/moves")
def move(code: str) -> Response:
    """POST: to that time; goes to the booking, which is another one where a person says yes first."""
    me, at = access.member(), clock.now()
    booking = asked.booking(code, me)
    form = forms.read(MoveForm, "bookings/move.html", "bookings/_move.html", lambda: _moving(booking, me, at), unread=0)
    moved = bookings.move(booking, form.at.data, at, member=me, ticket=form.ticket.data)
    return hx.go(url_for(".show", code=moved.code))


def _moving(booking: Booking, me: Member, at: int) -> dict[str, Any]:
    store, parts = booking.store, choosing.places(booking)
    here = supply.of(store, at)
    service = access.there(here.services.get(parts[0].service.id) if parts else None)
    today = clock.local(max(booking.starts_at, at), here.timezone).date()
    wanted = asked.day(request.args.get("day", ""), at, here.timezone) or today
    keeps = bookings.asks_to_move(here, booking, me, at)
    near = closures.nearest_for(booking, at, count=4, keeps=keeps)
    return {
        "store": store,
        "b": booking,
        "service": service,
        "people": booking.people,
        "near": [start for start in near if start.at != booking.starts_at],
        "base": url_for(".times", code=booking.code),
        "ticket": shown.ticket(),
        **shown.calendar(here, service, booking.people, at, me.tier, wanted, but=0 if keeps else booking.id),
    }
