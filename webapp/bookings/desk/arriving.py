"""Who comes in: the three-line brief beside the member's card, wherever the desk opens it."""

from flask import Response, url_for

from models import Member
from webapp import access, clock, hx
from webapp.bookings import brief
from webapp.bookings.desk import bp, shown
from webapp.members import merging


@bp.get("/brief/<code>", endpoint="brief")
def brief_of(code: str) -> Response:
    """GET: what this member comes for, two suggestions with their reasons, and how often they were here. A part of other pages."""
    (_, store), at = access.staff(), clock.now()
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    member = merging.survivor(access.find(Member, Member.code == plain))
    if not hx.asked():
        return hx.go(url_for("members_desk.show", code=member.code))
    found = brief.of(access.find(Member, Member.id == member.id, Member.erased_at.is_null()), store, at)
    return hx.page("bookings/_desk_brief.html", brief=found, member=member, **shown.everywhere())
