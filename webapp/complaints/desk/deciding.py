"""What we offer, and how a case ends: an offer made, taken back, carried out; "we think it is settled", with its cause and what was changed."""

from flask import Response, url_for
from flask_babel import gettext
from wtforms import TextAreaField
from wtforms.validators import Length

from models import OFFER_KINDS, CaseOffer
from webapp import access, clock, forms, hx
from webapp.complaints import cases, closing, offers
from webapp.complaints.desk import bp, shown
from webapp.complaints.desk.card import acting, answer
from webapp.refusals import Refusal
from webapp.words import N_


class OfferForm(forms.Form):
    about = "offer"
    ticket = forms.ticket()
    kind = forms.choice(OFFER_KINDS)
    amount = forms.Yuan()
    points = forms.number(1, 1_000_000, needed=False)
    text = forms.text(offers.TEXT_MOST, needed=False)


class CloseForm(forms.Form):
    """Why it happened, what we changed, in how many days to look whether it helped (0: not)."""

    about = "close"
    ticket = forms.ticket()
    cause = forms.number(1, shown.LARGEST, needed=False)
    changed = forms.text(200, needed=False)
    recheck = forms.number(0, 366, needed=False)
    text = TextAreaField(
        validators=[Length(max=cases.TEXT_MOST, message=N_("最多写 2000 个字")), forms.plain], filters=[forms.tidy]
    )


@bp.post("/cases/<code>/offers")
def offer(code: str) -> Response:
    """POST kind=&amount=&points=&text=: on the customer's phone at once; the bar takes it back."""
    found, actor, form, at = acting(code, OfferForm)
    made = offers.make(
        found,
        actor,
        form.kind.data,
        form.amount.fen if form.amount.data else 0,
        form.points.data or 0,
        form.text.data or "",
        at,
        key=f"desk:{found.id}:{form.ticket.data}",
    )
    action = url_for(".withdraw", code=found.code, offer=made.code)
    return answer(found, actor, shown.undoing(gettext("办法发给客人了"), action, found.store, at))


@bp.post("/cases/<code>/offers/<offer>/withdrawal")
def withdraw(code: str, offer: str) -> Response:
    """POST: taken back before anybody said yes."""
    found, actor, _, at = acting(code)
    offers.withdraw(offers.find(found, offer), actor, at)
    return answer(found, actor)


@bp.post("/cases/<code>/offers/<offer>/done")
def carried_out(code: str, offer: str) -> Response:
    """POST: the money is back, the work was done again."""
    found, actor, _, at = acting(code)
    offers.carried_out(offers.find(found, offer), actor, at)
    return answer(found, actor)


@bp.get("/amends/<code>")
def amends(code: str) -> Response:
    """GET: a card of the queue; the case it belongs to."""
    _, store = access.staff()
    mine = access.find(CaseOffer, CaseOffer.code == shown.plain(code))
    return hx.go(url_for(".case", code=shown.find(mine.case.code, store).code))


@bp.post("/cases/<code>/closing")
def propose(code: str) -> Response:
    """POST cause=&changed=&recheck=&text=: the customer says yes or no; silence closes it when the notice is over."""
    found, actor, form, at = acting(code, CloseForm)
    if form.recheck.data and not (form.changed.data or "").strip():
        raise Refusal("请写改了什么", code="changed", field="changed")
    closing.propose(
        found,
        actor,
        closing.find_cause(found.store.brand_id, form.cause.data) if form.cause.data else None,
        form.changed.data or "",
        form.text.data or "",
        at,
        key=f"close:{found.id}:{form.ticket.data}",
        recheck_at=shown.later(form.recheck.data or 0, found.store, clock.now()),
    )
    return answer(found, actor)
