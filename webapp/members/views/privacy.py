"""My consents, who looked at my card, everything as a file, and being forgotten."""

import json
from typing import Any

from flask import Response, make_response, url_for
from flask_babel import gettext
from wtforms import BooleanField
from wtforms.validators import InputRequired

from models import Member
from webapp import access, clock, forms, hx, words
from webapp.members import consents, looks, pins, privacy
from webapp.members.views import bp, visitor
from webapp.words import N_


class ConsentForm(forms.Form):
    purpose = forms.text(10)
    granted = BooleanField()


class EraseForm(forms.Form):
    pin = visitor.pin(needed=False)
    sure = BooleanField(validators=[InputRequired(N_("请先勾上这一项"))])


@bp.get("/me/privacy", endpoint="consents")
def privacy_page() -> Response:
    """GET: my consents, who looked at my card, and the ways to take everything along or away."""
    member = access.member()
    return visitor.page("members/privacy.html", member, choices=_choices(member), looks=_looks(member))


@bp.post("/me/privacy")
def consent() -> Response:
    """POST: one yes or no."""
    member = access.member()
    form = forms.read(ConsentForm, "members/privacy.html", choices=_choices(member), looks=_looks(member))
    consents.choose(member.id, form.purpose.data, form.granted.data, source="me", at=clock.now())
    return hx.swap("members/_consents.html", url_for(".consents"), choices=_choices(member))


@bp.get("/me/export")
def export() -> Response:
    """GET: everything the shop holds about me, as one JSON file."""
    member = access.member()
    response = make_response(json.dumps(privacy.export(member, clock.now()), ensure_ascii=False, indent=1))
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="huitou-{member.code}.json"'
    return response


@bp.get("/me/erasure")
def erase() -> Response:
    """GET: what erasing means, and the form that asks for it."""
    member = access.member()
    return visitor.page("members/erasure.html", member, form=EraseForm(), **_erasing(member))


@bp.post("/me/erasure")
def erase_send() -> Response:
    """POST: forget me."""
    member, device, at = access.member(), visitor.device(), clock.now()
    form = forms.read(EraseForm, "members/erasure.html", "members/_erasure.html", **_erasing(member))
    pins.prove(member, device, form.pin.data or "", source=access.source(), at=at)
    privacy.erase(member, at)
    response = access.sign_out(hx.go(visitor.shop_page()), "member")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


# --- what the pages show -----------------------------------------------------------------------------------------------


def _erasing(member: Member) -> dict[str, Any]:
    return {"asks_pin": pins.must_prove(member, visitor.device(), clock.now()), "ticket": visitor.ticket()}


def _choices(member: Member) -> list[dict[str, Any]]:
    """The consents in the reader's words."""
    return [
        choice._asdict() | {"title": gettext(choice.title), "text": gettext(choice.text)}
        for choice in consents.current(member.id)
    ]


def _looks(member: Member) -> list[dict[str, Any]]:
    return [
        {"at": look.at, "name": look.name, "what": f"{gettext(look.what)} · {words.said(look.store)}".rstrip(" ·")}
        for look in looks.of(member.id)
    ]
