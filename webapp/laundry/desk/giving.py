"""The end of an order: in parts or at once, handed over the counter by the member's code, delivered, paid, or called off."""

import re

from flask import Response, request
from wtforms import BooleanField

from models import Order
from webapp import forms
from webapp.laundry import handing
from webapp.laundry.desk import bp, shown
from webapp.laundry.desk.card import CancelForm, acting, answer
from webapp.members import codes, merging
from webapp.refusals import Refusal


class HandForm(forms.Form):
    """`code` is what the member's phone shows, scanned or its six digits; without it staff have compared the last four."""

    about = "hand"
    code = forms.text(500, needed=False)
    paid = BooleanField()
    receipt = forms.text(60, needed=False)


class PartsForm(forms.Form):
    about = "parts"
    yes = forms.choice(("1", "0"))


@bp.post("/orders/<code>/parts")
def parts(code: str) -> Response:
    """POST yes=1|0: they come for what is ready first, or for all of it at once."""
    found, actor, form, at = acting(code, PartsForm)
    return answer(handing.choose_parts(found, actor, form.yes.data == "1", at))


@bp.post("/orders/<code>/handover")
def collect(code: str) -> Response:
    """POST code=&paid=&receipt=&part=…: given to the member; points follow from what was paid. `part` names pieces, when not all go."""
    found, actor, form, at = acting(code, HandForm)
    _theirs(form.code.data or "", found, at)
    parts = [shown.plain(tag) for tag in request.form.getlist("part")] or None
    return answer(handing.collect(found, actor, at, paid=form.paid.data, receipt=form.receipt.data or "", parts=parts))


@bp.post("/orders/<code>/delivery")
def deliver(code: str) -> Response:
    """POST: the van has brought it."""
    found, actor, _, at = acting(code)
    return answer(handing.deliver(found, actor, at))


@bp.post("/orders/<code>/payment")
def pay(code: str) -> Response:
    """POST: paid at the till."""
    found, actor, _, at = acting(code)
    return answer(handing.paid(found, actor, at))


@bp.post("/orders/<code>/cancellation")
def cancel(code: str) -> Response:
    """POST why=: not to be cleaned after all."""
    found, actor, form, at = acting(code, CancelForm)
    return answer(handing.cancel(found, actor, form.why.data, at))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _theirs(text: str, found: Order, at: int) -> None:
    """What the phone shows is this member's. Refuses anybody else's, before anything is given away."""
    plain = re.sub(r"\s", "", text)
    if not plain:
        return
    member = codes.of_digits(plain, at) if re.fullmatch(r"[0-9]{6}", plain) else codes.read(plain, at).member
    owner = shown.owner_of(found)
    if owner is None or merging.survivor(member).id != merging.survivor(owner).id:
        raise Refusal("这不是这一单客人的会员码", code="somebody_else", field="code")
