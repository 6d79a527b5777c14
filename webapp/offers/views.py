"""Members' doors to coupons: the wallet."""

from flask import Blueprint, Response

from webapp import access, clock, hx
from webapp.outbox import inbox
from webapp.prices import coupons

bp = Blueprint("offers", __name__)


@bp.get("/coupons")
def index() -> Response:
    """GET: what I can use, and what is used or gone."""
    me, at = access.member(), clock.now()
    return hx.page(
        "offers/index.html",
        usable=coupons.usable(me, at),
        over=coupons.over(me, at),
        unread=inbox.unread(me.id),
    )
