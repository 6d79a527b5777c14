"""Neighbours: what members get there and their one-time codes; and the page on which a partner sees whether a code holds, and no more (E6)."""

from typing import Any

from flask import Response, url_for

from models import Member, Partner
from webapp import access, clock, forms, hx
from webapp.members import consents
from webapp.offers import partners
from webapp.offers.views import bp
from webapp.offers.views.wallet import store_for
from webapp.outbox import inbox

LARGEST = 2**31 - 1
WHOLE, PART = "offers/partners.html", "offers/_partners.html"


class AgreeForm(forms.Form):
    """A button."""


class LookForm(forms.Form):
    code = forms.text(24)
    take = forms.text(4, needed=False)


@bp.get("/coupons/partners", endpoint="partners")
def index() -> Response:
    """GET: who honours our members, and my codes there; asks for a yes first."""
    me, at = access.member(), clock.now()
    return hx.page(WHOLE, PART, form=None, unread=inbox.unread(me.id), **_page(me, at))


@bp.post("/coupons/partners")
def agree() -> Response:
    """POST: yes to neighbours' offers; can be taken back among the consents at any time."""
    me, at = access.member(), clock.now()
    consents.choose(me.id, "partner", True, source="partners", at=at)
    return hx.swap(PART, url_for(".partners"), lambda: {"form": None, **_page(me, at)})


@bp.post(f"/coupons/partners/<int(max={LARGEST}):id>")
def voucher(id: int) -> Response:
    """POST: my one-time code there; again: the same one."""
    me, at = access.member(), clock.now()
    partner: Partner = access.find(
        Partner, Partner.id == id, Partner.brand == me.brand_id, Partner.retired_at.is_null()
    )
    forms.read(AgreeForm, WHOLE, PART, lambda: _page(me, at), unread=0)
    partners.give(partner, me, store_for(me), at)
    return hx.swap(PART, url_for(".partners", _anchor=f"p{id}"), lambda: {"form": None, **_page(me, at)})


@bp.get("/partners/<token>")
def partner(token: str) -> Response:
    """GET: the partner's own page: type a code. Nobody signs in; the address is the key."""
    return hx.page("offers/partner.html", "offers/_partner.html", form=None, seen=None, **_theirs(token))


@bp.post("/partners/<token>")
def partner_look(token: str) -> Response:
    """POST code=&take=: does it hold; with `take` it is used up. Wrong guesses are counted."""
    theirs, at = partners.behind(token), clock.now()
    whole, part = "offers/partner.html", "offers/_partner.html"
    form = forms.read(LookForm, whole, part, lambda: {"seen": None, **_theirs(token)})
    act = partners.use if form.take.data else partners.look
    seen = act(theirs, form.code.data, at, source=access.source())
    return hx.page(whole, part, form=None, seen=seen, taken=bool(form.take.data), **_theirs(token))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _page(me: Member, at: int) -> dict[str, Any]:
    return {"rows": partners.of_member(me, me.brand_id), "agreed": partners.agreed(me), "at": at}


def _theirs(token: str) -> dict[str, Any]:
    return {"partner": partners.behind(token), "token": token, "at": clock.now()}
