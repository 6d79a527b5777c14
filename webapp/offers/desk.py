"""The counter's doors to coupons: used, and taken back."""

from flask import Blueprint, Response, url_for

from models import Coupon, Member
from webapp import access, clock, hx
from webapp.offers import coupons

bp = Blueprint("offers_desk", __name__, url_prefix="/desk/coupons")


@bp.post("/<code>/use")
def use(code: str) -> Response:
    """POST: taken off the bill."""
    actor, store = access.staff()
    coupon = coupons.use(_find(code), store, actor, clock.now())
    return hx.go(_card(coupon))


@bp.post("/<code>/return")
def give_back(code: str) -> Response:
    """POST: that was a mistake; usable again."""
    actor, store = access.staff()
    coupon = coupons.undo(_find(code), store, actor, clock.now())
    return hx.go(_card(coupon))


def _find(code: str) -> Coupon:
    found: Coupon = access.find(Coupon, Coupon.code == code)
    return found


def _card(coupon: Coupon) -> str:
    return url_for("members_desk.show", code=Member.get_by_id(coupon.member_id).code)
