"""A member's own orders: the list, and one of them live, from the yes before cleaning to "all well?" after it."""

from typing import Any

from flask import Response, g, url_for
from wtforms import HiddenField
from wtforms.validators import AnyOf, Length, Optional

from models import Booking, Member, Order
from webapp import access, clock, forms, front, hx
from webapp.laundry import after, agreement, handing, orders
from webapp.laundry.views import bp, shown
from webapp.words import N_

LISTED = 60
PAGE, PART = "laundry/order.html", "laundry/_order.html"


class AgreeForm(forms.Form):
    seen = HiddenField(validators=[Length(1, 80, N_("请刷新页面再试"))])


class TalkForm(forms.Form):
    kind = "talk"
    ticket = forms.ticket()
    text = forms.text(500)


class YesForm(forms.Form):
    yes = HiddenField(validators=[AnyOf(("0", "1"), N_("请刷新页面再试"))])


class WellForm(forms.Form):
    ticket = forms.ticket()
    well = HiddenField(validators=[AnyOf(("0", "1"), N_("请刷新页面再试"))])
    text = forms.text(500, needed=False)


class DeliveryForm(forms.Form):
    booking = HiddenField(validators=[Optional(), Length(max=16, message=N_("请刷新页面再试"))])


@bp.get("/orders")
def index() -> Response:
    """GET: what wants an answer or can be fetched, what is being cleaned, and what has been."""
    me, at = access.member(), clock.now()
    found = orders.of_member(me, LISTED)
    return shown.page("laundry/index.html", me, part=None, **shown.lanes(found), pickup=shown.van(me, "pickup", at))


@bp.get("/orders/<code>")
def show(code: str) -> Response:
    """GET: my order, live until it is over."""
    me = access.member()
    return shown.page(PAGE, me, form=None, **_live(_mine(code, me), me))


@bp.get("/orders/<code>/part")
def part(code: str) -> Response:
    """GET: the same as a fragment; 204 by the front while nothing changed."""
    me = access.member()
    return hx.page(PART, form=None, **_live(_mine(code, me), me))


@bp.post("/orders/<code>/agreement")
def agree(code: str) -> Response:
    """POST: yes to what the page shows. Not if the shop has changed it meanwhile: then it is shown again."""
    me, at = access.member(), clock.now()
    order = _mine(code, me)
    form = _read(AgreeForm, order, me)
    return _settled(agreement.agree(order, me, at, seen=form.seen.data), me)


@bp.post("/orders/<code>/words")
def discuss(code: str) -> Response:
    """POST: not so fast; a line to the shop."""
    me, at = access.member(), clock.now()
    order = _mine(code, me)
    form = _read(TalkForm, order, me)
    agreement.discuss(order, me, form.text.data, at, key=form.ticket.data)
    return _settled(order, me)


@bp.post("/orders/<code>/parts")
def parts(code: str) -> Response:
    """POST yes=1|0: I fetch what is ready, or all at once."""
    me, at = access.member(), clock.now()
    order = _mine(code, me)
    form = _read(YesForm, order, me)
    return _settled(handing.choose_parts(order, me, form.yes.data == "1", at), me)


@bp.post("/orders/<code>/delivery")
def deliver(code: str) -> Response:
    """POST booking=: it comes with that booking of the van; without one, I come for it after all."""
    me, at = access.member(), clock.now()
    order = _mine(code, me)
    form = _read(DeliveryForm, order, me)
    wanted = (form.booking.data or "").upper()
    booking = access.find(Booking, Booking.code == wanted, Booking.member == me.id) if wanted else None
    return _settled(handing.choose_delivery(order, booking, at), me)


@bp.post("/orders/<code>/wellness")
def wellness(code: str) -> Response:
    """POST well=1|0: all well, or not; then somebody of the shop answers."""
    me, at = access.member(), clock.now()
    order = _mine(code, me)
    form = _read(WellForm, order, me)
    well = form.well.data == "1"
    return _settled(after.answer(order, me, well, form.text.data or "", at, key=form.ticket.data), me)


# --- what the pages show -----------------------------------------------------------------------------------------------


def _mine(code: str, me: Member) -> Order:
    """My order; the clock of its store counts."""
    found: Order = orders.mine(code, me)
    g.store = found.store
    return found


def _read(form: type[forms.F], order: Order, me: Member) -> forms.F:
    return forms.read(form, PAGE, PART, lambda: _live(order, me), unread=0)


def _settled(order: Order, me: Member) -> Response:
    address = url_for(".show", code=order.code)
    return hx.swap(PART, address, lambda: _live(order, me), form=None)


def _live(order: Order, me: Member) -> dict[str, Any]:
    at = clock.now()
    return {"pulse": front.pulse("order", order.id, front.version("order", order.id), at), **shown.order(order, me, at)}
