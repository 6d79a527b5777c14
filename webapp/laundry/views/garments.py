"""One garment: its passport, as it came and as it went out; and its tag, which any phone can read."""

from typing import Any

from flask import Response, g, request, url_for

from models import Garment, Member, Order, Step
from webapp import access, clock, forms, hx, signins
from webapp.laundry import advice, after, asks, orders, stages
from webapp.laundry.views import bp, shown
from webapp.photos import pictures

PAGE, PART = "laundry/garment.html", "laundry/_garment.html"


class PictureForm(forms.Form):
    """The photo itself is read apart from the fields; there are none."""


class ClaimForm(forms.Form):
    ticket = forms.ticket()
    text = forms.text(500)


@bp.get("/orders/<code>/garments/<tag>")
def garment(code: str, tag: str) -> Response:
    """GET: one piece of my order: pictures, defects, who did what when, how to care for it."""
    me = access.member()
    return shown.page(PAGE, me, form=None, **_passport(_mine(code, tag, me), me))


@bp.post("/orders/<code>/garments/<tag>/claim")
def claim(code: str, tag: str) -> Response:
    """POST: it came back damaged, or something is missing. Somebody of the shop answers here."""
    me, at = access.member(), clock.now()
    mine = _mine(code, tag, me)
    form = forms.read(ClaimForm, PAGE, PART, lambda: _passport(mine, me), unread=0)
    after.claim(mine, me, form.text.data, at, key=form.ticket.data)
    if asks.claimed:
        asks.claimed(mine.tag, at)
    address = url_for(".garment", code=mine.order.code, tag=mine.tag)
    return hx.swap(PART, address, lambda: _passport(_mine(code, tag, me), me), form=None)


@bp.post("/orders/<code>/garments/<tag>/photos")
def claim_photo(code: str, tag: str) -> Response:
    """POST photo=: what is wrong, as the member sees it. The same one again is the one there."""
    me, at, sent = access.member(), clock.now(), forms.photo()
    mine = _mine(code, tag, me)
    forms.read(PictureForm, PAGE, PART, lambda: _passport(mine, me), unread=0)
    after.check_claimed(mine)
    after.show(mine, me, pictures.take_in(sent, mine.order.store, at, member=me), at)
    if asks.claimed:
        asks.claimed(mine.tag, at)
    address = url_for(".garment", code=mine.order.code, tag=mine.tag)
    return hx.swap(PART, address, lambda: _passport(_mine(code, tag, me), me), form=None)


@bp.get("/t/<tag>")
def tag(tag: str) -> Response:
    """GET: a tag was scanned. Its member sees the garment, a tablet that is signed in its desk page, anybody else the shop."""
    found = _tagged(tag)
    me = access.me()
    if me and found.order.member_id == me.id:
        return hx.go(url_for(".garment", code=found.order.code, tag=found.tag))
    if _is_desk():
        return hx.go(url_for("laundry_desk.garment", tag=found.tag))
    return hx.go(url_for("stores.shop", slug=found.order.store.slug))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _mine(code: str, tag: str, me: Member) -> Garment:
    """A piece of my order; the clock of its store counts."""
    order: Order = orders.mine(code, me)
    g.store = order.store
    mine: Garment = access.find(Garment, Garment.order == order.id, Garment.tag == tag.upper()[:12])
    mine.order = order
    return mine


def _tagged(tag: str) -> Garment:
    found: Garment = access.find(Garment, Garment.tag == tag.upper()[:12])
    return found


def _is_desk() -> bool:
    """Is this browser a tablet of the shop? The address is nobody's, so both cookies are looked at."""
    secret = request.cookies.get(access.cookie_name("desk"))
    return bool(secret) and signins.find("desk", secret or "", clock.now()) is not None


def _passport(mine: Garment, me: Member) -> dict[str, Any]:
    whole = orders.whole(mine.order)
    piece = next(one for one in whole.garments if one.garment.id == mine.id)
    stains = [pin.stain for pin in piece.pins if pin.stain]
    return {
        "store": mine.order.store,
        "o": mine.order,
        "piece": piece,
        "steps": _steps(piece.steps),
        "words": [word for word in whole.words if word.garment_id == mine.id],
        "cards": advice.cards(mine.kind, mine.fabric, mine.colour, stains),
        "remarks": stages.REMARKS,
        "most": after.PHOTOS_MOST,
        "ticket": shown.ticket(),
    }


def _steps(taken: list[Step]) -> list[Step]:
    """The way it went, without wrong taps that were taken back."""
    way: list[Step] = []
    for step in taken:
        if step.why == stages.UNDONE and way:
            way.pop()
        else:
            way.append(step)
    return way
