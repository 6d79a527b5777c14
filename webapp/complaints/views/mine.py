"""One's own cases: the list, one with its ladder and thread, and every word or yes that the shop waits for."""

from typing import Any

from flask import Response, url_for
from wtforms import TextAreaField
from wtforms.validators import Length

from models import Case
from webapp import access, clock, forms, hx
from webapp.complaints import cases, closing, offers
from webapp.complaints.views import bp, shown
from webapp.outbox import inbox
from webapp.photos import pictures
from webapp.words import N_


class SayForm(forms.Form):
    """A few words; `thanks` is a last one that wakes nothing."""

    ticket = forms.ticket()
    text = TextAreaField(
        validators=[Length(max=cases.TEXT_MOST, message=N_("最多写 2000 个字")), forms.plain], filters=[forms.tidy]
    )
    thanks = forms.text(1, needed=False)


class RateForm(forms.Form):
    """Two taps about how it was handled."""

    handling = forms.number(1, 5)
    care = forms.number(1, 5)


@bp.get("/complaints")
def index() -> Response:
    """GET: everything I told the shop, and where it stands."""
    me = access.member()
    return hx.page("complaints/index.html", rows=shown.of_member(me), unread=inbox.unread(me.id))


@bp.get("/complaints/about/<about>/<ref>")
def about(about: str, ref: str) -> Response:
    """GET: my newest case about this thing; the list when there is none."""
    me = access.member()
    mine = (Case.member == me.id) & (Case.about == about[:10]) & (Case.ref == ref[:24]) & (Case.state != "merged")
    case = Case.select(Case.code).where(mine).order_by(Case.id.desc()).first()
    return hx.go(url_for(".show", code=case.code) if case else url_for(".index"))


@bp.get("/complaints/<code>")
def show(code: str) -> Response:
    """GET ?t=: one case; the key opens one that was told without signing in."""
    case = shown.mine(code)
    if case.code != code:
        return hx.go(url_for(".show", code=case.code))
    return hx.page("complaints/show.html", form=None, **_page(case))


@bp.get("/complaints/<code>/part")
def part(code: str) -> Response:
    """GET: ladder and thread as a fragment; 204 by the front while nothing changed."""
    return hx.page("complaints/_case.html", **shown.of(shown.mine(code)))


@bp.post("/complaints/<code>/words")
def say(code: str) -> Response:
    """POST: a line in the thread."""
    case = shown.mine(code)
    form = forms.read(SayForm, "complaints/show.html", later=lambda: _page(case))
    cases.say(
        case, form.text.data or "", clock.now(), key=f"say:{case.id}:{form.ticket.data}", thanks=bool(form.thanks.data)
    )
    return hx.go(_address(case))


@bp.post("/complaints/<code>/photos")
def photo(code: str) -> Response:
    """POST: a picture to what was said last."""
    case, at = shown.mine(code), clock.now()
    cases.check_pictures(case)
    taken = pictures.take_in(forms.photo(), case.store, at, member=case.member if case.member_id else None)
    cases.picture(case, taken, at)
    return hx.go(_address(case))


@bp.post("/complaints/<code>/offers/<offer>/acceptance")
def accept(code: str, offer: str) -> Response:
    """POST: yes to what the shop offers."""
    case = shown.mine(code)
    offers.accept(offers.find(case, offer), clock.now())
    return hx.go(_address(case))


@bp.post("/complaints/<code>/offers/<offer>/talk")
def discuss(code: str, offer: str) -> Response:
    """POST: not like this, and why."""
    case = shown.mine(code)
    form = forms.read(SayForm, "complaints/show.html", later=lambda: _page(case) | {"discussing": True})
    key = f"discuss:{case.id}:{form.ticket.data}"
    offers.discuss(offers.find(case, offer), form.text.data or "", clock.now(), key=key)
    return hx.go(_address(case))


@bp.post("/complaints/<code>/closing")
def agree(code: str) -> Response:
    """POST: it is settled."""
    return hx.go(_address(closing.agree(shown.mine(code), clock.now())))


@bp.post("/complaints/<code>/reopening")
def reopen(code: str) -> Response:
    """POST: it is not settled after all."""
    case = shown.mine(code)
    form = forms.read(SayForm, "complaints/show.html", later=lambda: _page(case) | {"reopening": True})
    closing.reopen(case, form.text.data or "", clock.now(), key=f"reopen:{case.id}:{form.ticket.data}")
    return hx.go(_address(case))


@bp.post("/complaints/<code>/rating")
def rate(code: str) -> Response:
    """POST: two taps about how it was handled."""
    case = shown.mine(code)
    form = forms.read(RateForm, "complaints/show.html", later=lambda: _page(case) | {"rating": True})
    closing.rate(case, form.handling.data, form.care.data, clock.now())
    return hx.go(_address(case))


def _address(case: Case) -> str:
    return url_for(".show", code=case.code, t=shown.key())


def _page(case: Case) -> dict[str, Any]:
    me = access.me()
    return shown.of(case) | {"unread": inbox.unread(me.id) if me else 0}
