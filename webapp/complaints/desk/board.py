"""The list: what is open by time left, the red ones first; mine, late, waiting for the customer, ideas and praise, what is closed."""

from typing import Any

from flask import Response, request, url_for

from models import Case, Staff, Store
from webapp import access, clock, front, hx
from webapp.complaints import guards, lists
from webapp.complaints.desk import bp, shown
from webapp.members import finding
from webapp.words import N_

LANES = {
    "mine": (N_("我的"), "user-round"),
    "late": (N_("晚了"), "triangle-alert"),
    "waits": (N_("等客人"), "hourglass"),
    "mild": (N_("主意和表扬"), "lightbulb"),
    "closed": (N_("办结的"), "badge-check"),
}


@bp.get("/cases")
def board() -> Response:
    """GET ?lane=&q=: the list of this store; the part alone when its poll asks. A case's number leads straight to it."""
    (actor, store), at = access.staff(), clock.now()
    q = "".join(letter for letter in request.args.get("q", "")[:200] if letter.isprintable()).strip()
    if q and (straight := Case.get_or_none(Case.code == shown.plain(q), Case.store == store.id)):
        return hx.go(url_for(".case", code=straight.code))
    return hx.page("complaints/desk_board.html", "complaints/_desk_board.html", **_board(store, actor, q, at))


@bp.get("/cases/of/<code>")
def of(code: str) -> Response:
    """GET: the case of this member that is due first; the list of theirs when none is open."""
    access.staff()
    member = shown.member(code)
    case = guards.open_case(member)
    if case and case.store_id == access.staff()[1].id:
        return hx.go(url_for(".case", code=case.code))
    return hx.go(url_for(".board", q=member.code))


def _board(store: Store, actor: Staff, q: str, at: int) -> dict[str, Any]:
    wanted = request.args.get("lane", "")
    lane = wanted if wanted in LANES else ""
    return {
        "listed": lists.of(store, actor, at, "" if q or lane == "closed" else lane),
        "closed": lists.closed(store) if lane == "closed" and not q else [],
        "lane": lane,
        "lanes": LANES,
        "q": q,
        "results": _searched(q, store, actor, at) if q else [],
        "pulse": front.pulse("store", store.id, store.queue_version, at),
        "at": at,
        **shown.everywhere(),
    }


def _searched(q: str, store: Store, actor: Staff, at: int) -> list[lists.Row]:
    """What the members told us whom the text may mean."""
    return lists.of_members(store, [one.member.id for one in finding.search(q, at)[:6]], actor, at)
