"""Moving a booking: other times for the same party, the nearest first; the old place is kept until the new one is held."""

from typing import Any

from flask import Response, request, url_for

from models import Booking, Member
from webapp import access, clock, forms, hx
from webapp.bookings import bookings, choosing, closures, holding, prices, supply
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
    near = [start for start in closures.nearest_for(booking, at, count=4, keeps=keeps) if start.at != booking.starts_at]
    calendar = shown.calendar(here, service, booking.people, at, me.tier, wanted, but=0 if keeps else booking.id)
    broken = closures.trouble(booking) is not None
    first = next((time.at for _, times in calendar["groups"] for time in times), booking.starts_at)
    return {
        "store": store,
        "b": booking,
        "service": service,
        "people": booking.people,
        "near": near,
        "costs": {start: _cost(here, booking, start, broken) for start in (first, *(start.at for start in near))},
        "first": first,
        "base": url_for(".times", code=booking.code),
        "ticket": shown.ticket(),
        **calendar,
    }


def _cost(here: supply.Supply, booking: Booking, starts_at: int, broken: bool) -> int:
    """What the booking costs at another time: a package goes with its days, unless it is the shop that cannot keep the old one."""
    costs = holding.agreed(here, booking, starts_at, own=not broken)
    return holding.total(costs, prices.extras(booking))
