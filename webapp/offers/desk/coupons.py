"""The counter's doors to coupons: what a member has, used, and taken back; and one that its member wants to use now, with its two words."""

from typing import Any

from flask import Response, url_for

from models import Coupon, Member, Staff, Store
from webapp import access, clock, filters, forms, hx, pairs, policy, words
from webapp.clock import MINUTE
from webapp.members import cards, looks, merging
from webapp.offers import holding
from webapp.offers.desk.bp import bp
from webapp.prices import coupons
from webapp.staff import board, queue

WHOLE, PART = "offers/desk_coupons.html", "offers/_desk_coupons.html"


class TapForm(forms.Form):
    """A button; a no stands on top of the list."""


# --- what a member has -----------------------------------------------------------------------------------------------


@bp.get("/coupons/of/<code>")
def of(code: str) -> Response:
    """GET: what this member can use now, and what was used a moment ago. A part of other pages."""
    (actor, store), at = access.staff(), clock.now()
    whom = member(code)
    looks.view(whom, actor, store, at)
    return hx.page(WHOLE, PART, form=None, **_page(whom, store, at))


@bp.post("/coupons/<code>/use")
def use(code: str) -> Response:
    """POST: taken off the bill; can be taken back for some minutes."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code)
    whom = Member.get_by_id(found.member_id)
    forms.read(TapForm, WHOLE, PART, lambda: _page(whom, store, at))
    coupons.use(found, store, actor, at)
    return _answer(whom, store, at)


@bp.post("/coupons/<code>/return")
def give_back(code: str) -> Response:
    """POST: that was a mistake; usable again."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code)
    whom = Member.get_by_id(found.member_id)
    forms.read(TapForm, WHOLE, PART, lambda: _page(whom, store, at))
    coupons.undo(found, store, actor, at)
    return _answer(whom, store, at)


# --- one that waits --------------------------------------------------------------------------------------------------


@bp.get("/coupons/<code>")
def show(code: str) -> Response:
    """GET: one coupon that its member has shown to this store; opens its card, so that colleagues see who has it."""
    (actor, store), at = access.staff(), clock.now()
    coupon = _here(code, store)
    card = queue.open_card(holding.KIND, coupon.code, actor, at)
    looks.view(coupon.member, actor, store, at)
    context = _detail(coupon, actor, store, queue.taken_by(card, actor, at) if card else "")
    if hx.asked():
        return hx.page("offers/desk_show.swap.html", **context)
    return hx.page("offers/desk_show.html", **board.context(store, actor, at, current=coupon.code), **context)


@bp.post("/coupons/<code>/approval")
def approve(code: str) -> Response:
    """POST: taken; the member's phone turns green."""
    (actor, store), at = access.staff(), clock.now()
    return _settled(holding.approve(_here(code, store), actor, at, store=store), actor, store)


@bp.post("/coupons/<code>/refusal")
def decline(code: str) -> Response:
    """POST: not this time; it stays in the wallet."""
    (actor, store), at = access.staff(), clock.now()
    return _settled(holding.decline(_here(code, store), actor, store, at), actor, store)


@bp.post("/coupons/<code>/reversal")
def undo(code: str) -> Response:
    """POST: a wrong tap, taken back within some minutes; the PIN is asked again."""
    actor, store = access.staff(fresh=True, back=url_for(".show", code=code))
    return _settled(coupons.undo(_here(code, store), store, actor, clock.now()), actor, store)


# --- how it is done ----------------------------------------------------------------------------------------------------


def member(code: str) -> Member:
    """Whose code this is, or of the card it became part of."""
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    return merging.survivor(access.find(Member, Member.code == plain))


def lined(coupon: Coupon, store: Store, at: int) -> dict[str, Any]:
    """One coupon as the counter reads it: what it is called, its terms, and why it cannot be used here now."""
    refusal = coupons.fits(coupon, store, at)
    return {
        "c": coupon,
        "name": words.said(coupon.terms.get("name")),
        "sentence": filters.say(coupons.sentence(coupon)),
        "why": filters.say(refusal) if refusal else "",
    }


def _find(code: str) -> Coupon:
    found: Coupon = access.find(Coupon, Coupon.code == code)
    return found


def _here(code: str, store: Store) -> Coupon:
    """A coupon that has been shown to, or used in, this store."""
    found = _find(code)
    here: Coupon = access.there(found if holding.shown_in(found, store) else None)
    return here


def _answer(whom: Member, store: Store, at: int) -> Response:
    then = url_for("members_desk.show", code=whom.code)
    return hx.swap(PART, then, lambda: {"form": None, **_page(whom, store, at)})


def _settled(coupon: Coupon, actor: Staff, store: Store) -> Response:
    address = url_for(".show", code=coupon.code)
    return hx.swap("offers/desk_settled.swap.html", address, lambda: _detail(coupon, actor, store, ""))


def _page(whom: Member, store: Store, at: int) -> dict[str, Any]:
    since = at - policy.of(store).undo_minutes * MINUTE
    lately = [one for one in coupons.over(whom, at, 10) if one.used_at and one.used_at >= since and one.used_store_id == store.id]  # fmt: skip
    return {
        "m": whom,
        "usable": [lined(one, store, at) for one in coupons.usable(whom, at)],
        "lately": [lined(one, store, at) for one in lately],
        "minutes": policy.of(store).undo_minutes * MINUTE,
        "at": at,
    }


def _detail(coupon: Coupon, actor: Staff, store: Store, taken: str) -> dict[str, Any]:
    at, whom = clock.now(), Member.get_by_id(coupon.member_id)
    held = holding.is_held(coupon, at)
    ours = pairs.spoken(coupon.pair, words.locale()) if coupon.pair else None
    theirs = pairs.spoken(coupon.pair, whom.locale) if coupon.pair else None
    until = (coupon.used_at or 0) + policy.of(store).undo_minutes * MINUTE
    return {
        **lined(coupon, store, at),
        "member": whom,
        "state": "held" if held else "used" if coupon.used_at else "free",
        "words": ours,
        "theirs": theirs if theirs != ours else None,
        "band": pairs.band(coupon.pair) if coupon.pair else 0,
        "since": coupon.held_until - policy.of(store).hold_minutes * MINUTE if held else 0,
        "taken": taken,
        "own": actor.member_id == whom.id,
        "undo": until > at and coupon.purchase_id is None and coupon.used_store_id == store.id,
        "until": until,
        "card": cards.of(whom),
        "at": at,
    }
