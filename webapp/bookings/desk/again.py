"""Who is due again by their own habit: a list to call from, the shop's best customers first."""

from typing import Any

from flask import Response

from models import Member, Store
from webapp import access, clock, hx
from webapp.bookings import again
from webapp.bookings.desk import bp, shown
from webapp.members import looks, merging


@bp.get("/again", endpoint="again")
def due_again() -> Response:
    """GET: whose own interval has passed and who has nothing booked."""
    (_, store), at = access.staff(), clock.now()
    return hx.page("bookings/desk_again.html", **_page(store, at))


@bp.post("/again/<code>/call", endpoint="again_call")
def call(code: str) -> Response:
    """POST: the number to call, this once; the member sees who asked."""
    (actor, store), at = access.staff(), clock.now()
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    member = merging.survivor(access.find(Member, Member.code == plain))
    number = looks.reveal(access.find(Member, Member.id == member.id, Member.erased_at.is_null()), actor, store, at)
    if hx.asked():
        return hx.page("bookings/_desk_again_call.html", code=member.code, number=number, masked="")
    return hx.page("bookings/desk_again.html", **_page(store, at) | {"shown": {member.code: number}})


# --- what the pages show -----------------------------------------------------------------------------------------------


def _page(store: Store, at: int) -> dict[str, Any]:
    return {"rows": [_row(one, at) for one in again.everybody(store, at)], "shown": {}, **shown.everywhere()}


def _row(one: again.Due, at: int) -> dict[str, Any]:
    return {"d": one, "away": (at - one.last_at) // clock.DAY}
