"""Who is due again and who may stay away: people to ring, with plain reasons, and what the shop can do for them."""

from flask import Response, request

from webapp import access, clock, hx
from webapp.insights import lists
from webapp.insights.desk import bp
from webapp.insights.desk.grades import shown

KINDS = ("risk", "due")


@bp.get("/people", endpoint="people")
def people_page() -> Response:
    """GET ?list=risk|due&here=1: forty people at most, of the brand or of those who come here most. Seniors."""
    _, store = access.staff("senior")
    at = clock.now()
    asked = request.args.get("list", "risk")
    kind = asked if asked in KINDS else "risk"
    here = request.args.get("here", "") == "1"
    found = (lists.risky if kind == "risk" else lists.due)(store.brand, at, store.id if here else None)
    return hx.page("insights/desk_people.html", rows=found, kind=kind, here=here, **shown())
