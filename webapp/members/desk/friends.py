"""Who brought whom, as the counter sees it."""

from flask import Response, request

from models import REFERRAL_STATES
from webapp import access, hx
from webapp.members.desk import bp
from webapp.points import referrals


@bp.get("/members/friends")
def friends() -> Response:
    """GET ?state=: friends who have joined, have paid, or will not count, newest first."""
    _, store = access.staff()
    state = request.args.get("state", "")
    state = state if state in REFERRAL_STATES else ""
    return hx.page(
        "members/desk_friends.html",
        "members/_desk_friends.html",
        state=state,
        count=referrals.count(store.brand_id),
        rows=referrals.lately(store.brand_id, state or None),
    )
