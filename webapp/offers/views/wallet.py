"""The wallet: what I can use, what is used or gone, a word that gives a coupon, and "use it now" with two words for the counter."""

from typing import Any

from flask import Response, request, url_for

from models import Coupon, Member, Store
from webapp import access, clock, filters, forms, front, hx, pairs, words
from webapp.offers import holding
from webapp.offers.views import bp
from webapp.outbox import inbox
from webapp.prices import codes, coupons, terms

WHOLE, PART = "offers/index.html", "offers/_wallet.html"


class CodeForm(forms.Form):
    code = forms.text(codes.LONGEST * 2)


class UseForm(forms.Form):
    """A button; a no stands above it."""


@bp.get("/coupons")
def index() -> Response:
    """GET ?code=: what I can use, and what is used or gone; a word from a poster stands in its field already."""
    me, at = access.member(), clock.now()
    form = CodeForm(data={"code": codes.plain(request.args.get("code", ""))[: codes.LONGEST]})
    return hx.page(WHOLE, PART, form=form, unread=inbox.unread(me.id), **_wallet(me, at))


@bp.post("/coupons")
def redeem() -> Response:
    """POST code=: the coupon of that word is in the wallet. Wrong guesses are counted."""
    me, at = access.member(), clock.now()
    form = forms.read(CodeForm, WHOLE, PART, lambda: _wallet(me, at), unread=0)
    coupon = codes.redeem(me, form.code.data, store_for(me), at, source=access.source())
    return hx.go(url_for(".show", code=coupon.code, new=1))


@bp.get("/coupons/<code>")
def show(code: str) -> Response:
    """GET: one coupon, how it goes together with other prices; two words while the counter has it, then what came of it."""
    me = access.member()
    return hx.page("offers/show.html", form=None, unread=inbox.unread(me.id), **_shown(_mine(code, me), me))


@bp.get("/coupons/<code>/part")
def part(code: str) -> Response:
    """GET: the same as a fragment, asked for every two seconds; 204 by the front while nothing changed."""
    me = access.member()
    return hx.page("offers/_show.html", form=None, **_shown(_mine(code, me), me))


@bp.post("/coupons/<code>/hold")
def hold(code: str) -> Response:
    """POST: use it now: the counter sees it, under two words."""
    me, at = access.member(), clock.now()
    mine = _mine(code, me)
    forms.read(UseForm, "offers/show.html", "offers/_show.html", lambda: _shown(mine, me), unread=0)
    return _answer(holding.hold(mine, me, store_for(me), at), me)


@bp.post("/coupons/<code>/cancellation")
def cancel(code: str) -> Response:
    """POST: not now; it stays in the wallet."""
    me = access.member()
    return _answer(holding.cancel(_mine(code, me), me, clock.now()), me)


# --- how it is done ----------------------------------------------------------------------------------------------------


def store_for(me: Member) -> Store:
    """The store in hand, else where the member joined, else the first."""
    here: Store | None = access.store_in_hand() or me.store
    if here is None or here.closed_at:
        here = Store.select().where(Store.closed_at.is_null()).order_by(Store.id).first()
    store: Store = access.there(here)
    return store


def _mine(code: str, me: Member) -> Coupon:
    found: Coupon = access.find(Coupon, Coupon.code == code.upper(), Coupon.member == me.id)
    return found


def _answer(coupon: Coupon, me: Member) -> Response:
    address = url_for(".show", code=coupon.code)
    return hx.swap("offers/_show.html", address, lambda: {"form": None, **_shown(coupon, me)})


def _row(coupon: Coupon, at: int) -> dict[str, Any]:
    of = terms.of(coupon)
    return {
        "c": coupon,
        "kind": of["kind"],
        "percent": of["percent"],
        "name": words.said(of.get("name")),
        "sentence": filters.say(coupons.sentence(coupon)),
        "soon": coupon.expires_at - at <= 3 * clock.DAY,
        "held": holding.is_held(coupon, at),
    }


def _wallet(me: Member, at: int) -> dict[str, Any]:
    over = coupons.over(me, at)
    return {
        "usable": [_row(one, at) for one in coupons.usable(me, at, 60)],
        "used": [_row(one, at) for one in over if one.used_at],
        "gone": [_row(one, at) for one in over if not one.used_at],
        "at": at,
    }


def _shown(coupon: Coupon, me: Member) -> dict[str, Any]:
    at = clock.now()
    store: Store = coupon.held_store or store_for(me)
    used = coupon.used_at is not None
    refusal = None if used else coupons.fits(coupon, store, at)
    held = holding.is_held(coupon, at)
    state = "used" if used else "held" if held else "over" if coupon.expires_at <= at else "free"
    return {
        **_row(coupon, at),
        "state": state,
        "where": coupon.used_store if used else store,
        "why": filters.say(refusal) if refusal else "",
        "words": pairs.spoken(coupon.pair, words.locale()) if held else None,
        "band": pairs.band(coupon.pair) if held else 0,
        "since": _since(coupon, at) if held else 0,
        "pulse": _pulse(coupon, at),
        "new": request.args.get("new") == "1",
        "at": at,
    }


def _since(coupon: Coupon, at: int) -> int:
    """When the bar was full: never later than now."""
    store: Any = coupon.held_store
    return int(min(at, coupon.held_until - (store.policy.get("hold_minutes") or 10) * clock.MINUTE))


def _pulse(coupon: Coupon, at: int) -> str:
    """The poll's ticket. While the counter has it, the ticket ends with the hold: then somebody has to look."""
    held = holding.is_held(coupon, at)
    since = min(at, coupon.held_until - front.LASTS) if held else at
    return front.pulse("coupon", coupon.id, front.version("coupon", coupon.id), since)
