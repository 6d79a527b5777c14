"""The counter's doors to coupons: what a member has, used, and taken back."""

from typing import Any

from flask import Blueprint, Response, url_for

from models import Coupon, Member, Store
from webapp import access, clock, forms, hx, policy
from webapp.clock import MINUTE
from webapp.members import merging
from webapp.prices import coupons

bp = Blueprint("offers_desk", __name__, url_prefix="/desk/coupons")
WHOLE, PART = "offers/desk_coupons.html", "offers/_desk_coupons.html"


class TapForm(forms.Form):
    """A button; a no stands on top of the list."""


@bp.get("/of/<code>")
def of(code: str) -> Response:
    """GET: what this member can use now, and what was used a moment ago. A part of other pages."""
    _, store = access.staff()
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    member = merging.survivor(access.find(Member, Member.code == plain))
    return hx.page(WHOLE, PART, form=None, **_page(member, store, clock.now()))


@bp.post("/<code>/use")
def use(code: str) -> Response:
    """POST: taken off the bill; can be taken back for some minutes."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code)
    member = Member.get_by_id(found.member_id)
    forms.read(TapForm, WHOLE, PART, lambda: _page(member, store, at))
    coupons.use(found, store, actor, at)
    return _answer(member, store, at)


@bp.post("/<code>/return")
def give_back(code: str) -> Response:
    """POST: that was a mistake; usable again."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code)
    member = Member.get_by_id(found.member_id)
    forms.read(TapForm, WHOLE, PART, lambda: _page(member, store, at))
    coupons.undo(found, store, actor, at)
    return _answer(member, store, at)


def _find(code: str) -> Coupon:
    found: Coupon = access.find(Coupon, Coupon.code == code)
    return found


def _answer(member: Member, store: Store, at: int) -> Response:
    then = url_for("members_desk.show", code=member.code)
    return hx.swap(PART, then, lambda: {"form": None, **_page(member, store, at)})


def _page(member: Member, store: Store, at: int) -> dict[str, Any]:
    since = at - policy.of(store).undo_minutes * MINUTE
    lately = [one for one in coupons.over(member, at, 10) if one.used_at and one.used_at >= since and one.used_store_id == store.id]  # fmt: skip
    return {
        "m": member,
        "usable": coupons.usable(member, at),
        "lately": lately,
        "minutes": policy.of(store).undo_minutes * MINUTE,
        "at": at,
    }
