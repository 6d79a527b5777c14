"""Bookings in the member's own calendar: a file for one, a private address for all, and its beginning and end."""

from typing import Any

from flask import Response, current_app, make_response, request, url_for

from models import Member
from webapp import access, clock, hx
from webapp.bookings import calendars
from webapp.bookings.views import asked, bp
from webapp.refusals import Missing


@bp.get("/bookings/<code>.ics")
def file(code: str) -> Response:
    """GET: one booking as a calendar file."""
    booking = asked.booking(code, access.member())
    return _file(calendars.ics(booking, _base()), f"{booking.code}.ics")


@bp.get("/calendar/<secret>.ics")
def feed(secret: str) -> Response:
    """GET: all of a member's bookings, for whoever knows the address; a 404 once it was ended."""
    member, at = calendars.find(secret[:100]), clock.now()
    if member is None:
        raise Missing("没有找到这个页面", code="not_found")
    calendars.mark_read(member, at)
    return _file(calendars.feed_ics(member, _base(), at), "huitou.ics")


@bp.post("/calendar")
def feed_make() -> Response:
    """POST: a new address, shown once; the one before it stops working."""
    me = access.member()
    secret = calendars.make_feed(me, clock.now())
    address = _base() + url_for(".feed", secret=secret)
    return hx.page("bookings/feed.html", "bookings/_feed.html", address=address, **_settings(me))


@bp.post("/calendar/end")
def feed_end() -> Response:
    """POST: the address shows nothing any more."""
    me = access.member()
    calendars.end_feed(me, clock.now())
    return hx.swap("bookings/_feed.html", url_for(".index"), address="", **_settings(me))


def _settings(me: Member) -> dict[str, Any]:
    return {"feed": calendars.feed_of(me)}


def _base() -> str:
    return str(current_app.extensions["settings"].base_url or request.url_root).rstrip("/")


def _file(body: bytes, name: str) -> Response:
    response = make_response(body)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
