"""A member's own bookings: the list, and one of them live until it is over."""

from functools import partial
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext

from models import Booking, Member, Service, Standing, Store, Waiter
from webapp import access, clock, front, hx, policy
from webapp.bookings import (
    addresses,
    bookings,
    calendars,
    choosing,
    closures,
    free,
    holding,
    overdue,
    standings,
    supply,
)
from webapp.bookings.choosing import Place
from webapp.bookings.supply import Supply
from webapp.bookings.views import asked, bp, shown
from webapp.clock import MINUTE
from webapp.words import N_

AHEAD, PAST = 40, 30  # on one page
STANDING = ("requested", "offered", "confirmed", "arrived")
FREED = ("declined", "cancelled", "lapsed", "no_show")
WHY = {
    "full": N_("那个时间已经满了"),
    "staff": N_("那个时间人手不够"),
    "closed": N_("那个时间店里不开"),
    "other": N_("店里这次没能安排"),
}


@bp.get("/bookings")
def index() -> Response:
    """GET: what lies ahead, where I stand in line, what comes every week, and what has been."""
    me, at = access.member(), clock.now()
    overdue.settle(at, member=me.id)
    mine = Booking.select(Booking, Store).join(Store).where(Booking.member == me.id)
    ahead = Booking.state.in_(STANDING) & (Booking.ends_at > at)
    weekly = standings.of(me)
    # What comes every week stands there by itself; what is left of an ended one stands here.
    single = Booking.standing.is_null() | Booking.standing.not_in([standing.id for standing in weekly])
    coming = mine.where(ahead, single).order_by(Booking.starts_at).limit(AHEAD)
    been = mine.where(~ahead, Booking.state != "lapsed", Booking.why != "moved")
    lines = Waiter.select(Waiter, Service, Store).join(Service).switch(Waiter).join(Store)
    waits = lines.where(Waiter.member == me.id, Waiter.state.in_(("waiting", "offered"))).order_by(Waiter.id)
    return shown.page(
        "bookings/index.html",
        me,
        coming=_rows(list(coming)),
        been=_rows(list(been.order_by(Booking.starts_at.desc()).limit(PAST))),
        lines=[_line(waiter) for waiter in waits.limit(AHEAD)],
        weekly=[_weekly(standing, at) for standing in weekly],
        has_addresses=bool(addresses.of(me)),
        feed=calendars.feed_of(me),
    )


@bp.get("/bookings/<code>")
def show(code: str) -> Response:
    """GET: my booking, live until it is over."""
    me = access.member()
    return shown.page("bookings/booking.html", me, **_live(asked.booking(code, me), me))


@bp.get("/bookings/<code>/part")
def part(code: str) -> Response:
    """GET: the same as a fragment; 204 by the front while nothing changed."""
    me = access.member()
    return hx.page("bookings/_booking.html", **_live(asked.booking(code, me), me))


@bp.post("/bookings/<code>/cancellation")
def cancel(code: str) -> Response:
    """POST: called off; the page offers the same time again, as long as nobody has it. ?then=list goes back to the list."""
    me, at = access.member(), clock.now()
    cancelled = bookings.cancel(asked.booking(code, me), at, member=me)
    return hx.go(url_for(".index")) if request.args.get("then") == "list" else _settled(cancelled, me)


@bp.post("/bookings/<code>/acceptance")
def accept(code: str) -> Response:
    """POST: I take the place that is held for me."""
    me, at = access.member(), clock.now()
    return _settled(bookings.accept(asked.booking(code, me), me, at), me)


@bp.post("/bookings/<code>/refusal")
def skip(code: str) -> Response:
    """POST: not this one; who came by the waiting list stays in line."""
    me, at = access.member(), clock.now()
    skipped = bookings.skip(asked.booking(code, me), me, at)
    if skipped.waiter_id:
        return hx.go(url_for(".line", id=skipped.waiter_id))
    return _settled(skipped, me)


@bp.post("/bookings/<code>/lateness")
def late(code: str) -> Response:
    """POST: running late; the place is kept a little longer."""
    me, at = access.member(), clock.now()
    return _settled(bookings.late(asked.booking(code, me), me, at), me)


# --- what the pages show -----------------------------------------------------------------------------------------------


def _settled(booking: Booking, me: Member) -> Response:
    address = url_for(".show", code=booking.code)
    return hx.swap("bookings/_booking.html", address, lambda: _live(booking, me))


def _live(booking: Booking, me: Member) -> dict[str, Any]:
    at = clock.now()
    if overdue.settle(at, member=me.id):
        booking = Booking.get_by_id(booking.id)
    store, rules, trouble = booking.store, policy.of(booking.store), closures.trouble(booking)
    parts, held = choosing.places(booking), booking.state in ("requested", "confirmed")
    late_until = booking.starts_at + rules.late_minutes * MINUTE
    near_its_time = booking.starts_at - bookings.EARLY <= at <= late_until
    return {
        "store": store,
        "b": booking,
        "parts": parts,
        "note": holding.note(booking),
        "address": addresses.text(booking.address) if booking.address else "",
        "at": at,
        "pulse": _pulse(booking, at),
        "ticket": shown.ticket(),
        "asked_to_move": _replacement(booking, "requested", "offered"),
        "moved_to": _replacement(booking, "confirmed", "arrived", "done"),
        "trouble": trouble,
        "may_change": held and (at <= booking.cancel_until or trouble is not None),
        "may_be_late": booking.state == "confirmed" and booking.late_until is None and near_its_time,
        "late_minutes": rules.late_minutes,
        "why": gettext(WHY[booking.why]) if booking.why in WHY else "",
        "answer": shown.usual_answer(store, at) if booking.state == "requested" else None,
        "nearest": closures.nearest_for(booking, at) if trouble else [],
        **_again(booking, supply.of(store, at), parts, me, at),
    }


def _replacement(booking: Booking, *states: str) -> Booking | None:
    found: Booking | None = Booking.get_or_none(Booking.replaces == booking.id, Booking.state.in_(states))
    return found


def _again(booking: Booking, here: Supply, parts: list[Place], me: Member, at: int) -> dict[str, Any]:
    """What is over can be had again in one tap: at the same time while it is free, else at the nearest."""
    gone = not parts or any(part.service.id not in here.services for part in parts)
    if gone or booking.state not in FREED or booking.why == "moved":
        return {"same": None, "others": []}
    wishes = holding.wishes_of(booking, booking.starts_at)
    by_the_shop = booking.state == "declined" or booking.ended_by_id is not None or booking.why == bookings.TILL
    if booking.starts_at > at and not by_the_shop and choosing.fits(here, wishes, at, me.tier):
        return {"same": _fields(booking, here, parts, 0), "others": []}
    if len(wishes) > 1 or booking.state == "no_show":
        return {"same": None, "others": []}
    service = here.services[parts[0].service.id]
    near = free.nearest(here, service, max(booking.starts_at, at), booking.people, at, me.tier)
    others = [(start.at, _fields(booking, here, parts, start.at - booking.starts_at)) for start in near]
    return {"same": None, "others": others}


def _fields(booking: Booking, here: Supply, parts: list[Place], later: int) -> list[tuple[str, Any]]:
    """The fields that book the same once more, so many seconds later."""
    first, *more = parts
    fields: list[tuple[str, Any]] = [
        ("service", first.service.id),
        ("people", booking.people),
        ("at", first.starts_at + later),
        ("edition", here.services[first.service.id].version),
        ("note", holding.note(booking)),
        ("address", booking.address_id or ""),
    ]
    fields += [("option", option["key"]) for option in booking.options]
    extra = ((part.service.id, part.starts_at + later, here.services[part.service.id].version) for part in more)
    return fields + [("also", ":".join(map(str, one))) for one in extra]


def _pulse(booking: Booking, at: int) -> str:
    """The poll's ticket. It ends with an offer, or with the time itself: then somebody has to look, and settle it."""
    ends = booking.offer_until if booking.state == "offered" else booking.late_until or booking.ends_at
    since = min(at, ends - front.LASTS) if ends > at else at
    return front.pulse("booking", booking.id, front.version("booking", booking.id), since)


def _rows(found: list[Booking]) -> list[dict[str, Any]]:
    """The lines of a list, each with its time as the clock in that store shows it."""
    places = choosing.places_of(found)

    def row(booking: Booking) -> dict[str, Any]:
        return {"b": booking, "parts": places[booking.id], **shown.moment(booking.starts_at)}

    return [shown.there(booking.store, partial(row, booking)) for booking in found]


def _line(waiter: Waiter) -> dict[str, Any]:
    return shown.there(
        waiter.store,
        lambda: {"w": waiter, "until": shown.moment(waiter.until_at)["time"], **shown.moment(waiter.from_at)},
    )


def _weekly(standing: Standing, at: int) -> dict[str, Any]:
    """A weekly one with its dates ahead, each of which can be skipped while there is time."""
    hour, minute = divmod(standing.minute, 60)

    def dates() -> dict[str, Any]:
        coming = standings.ahead(standing, at)
        return {"dates": [{"b": b, "late": at > b.cancel_until, **shown.moment(b.starts_at)} for b in coming]}

    row = {"s": standing, "every": shown.weekday(standing.weekday), "clock": f"{hour:02d}:{minute:02d}"}
    return row | shown.there(standing.service.store, dates)
