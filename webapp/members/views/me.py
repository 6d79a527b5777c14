"""Who I am here: profile, PIN, letter size, brightness and language."""

from typing import Any

from flask import Response, request, url_for
from wtforms import StringField
from wtforms.validators import AnyOf, Optional

from models import Member, Store
from webapp import access, clock, forms, hx, words
from webapp.members import doubles, freshness, phones, pins, profiles
from webapp.members.views import bp, visitor
from webapp.points import tiers


class ProfileForm(forms.Form):
    name = forms.text(60, needed=False)
    month = forms.number(1, 12, needed=False)
    day = forms.number(1, 31, needed=False)


class PinForm(forms.Form):
    old = visitor.pin(needed=False)
    pin = visitor.pin()


class PreferencesForm(forms.Form):
    locale = StringField(validators=[Optional(), AnyOf(words.LOCALES)])
    theme = StringField(validators=[Optional(), AnyOf(("auto", "light", "dark"))])
    large = StringField(validators=[Optional(), AnyOf(("0", "1"))])
    next = forms.text(500, needed=False)


@bp.get("/me")
def me() -> Response:
    """GET: who I am here, and the way to every setting."""
    member, at = access.member(), clock.now()
    adviser = tiers.adviser(member.id)
    own = access.oneself().id == member.id
    return visitor.page(
        "members/me.html",
        member,
        masked=phones.masked(member),
        has_pin=member.pin_hash is not None,
        adviser=tiers.first_name(adviser) if adviser else "",
        double=(doubles.waiting(member.id) or doubles.undoable(member.id, at)) if own else None,
        asks=own and freshness.asks(member, at),
        clothes=Store.select().where(Store.kind == "laundry", Store.closed_at.is_null()).exists(),
    )


@bp.get("/me/profile")
def profile() -> Response:
    """GET: name and birthday, each with what it buys."""
    member = access.member()
    month, day = divmod(member.birthday, 100) if member.birthday else (None, None)
    form = ProfileForm(name=member.name, month=month, day=day)
    return visitor.page("members/profile.html", member, form=form, ticket=visitor.ticket(), saved=False)


@bp.post("/me/profile")
def profile_keep() -> Response:
    """POST: keep them."""
    member = access.member()
    form = forms.read(
        ProfileForm, "members/profile.html", "members/_profile.html", ticket=visitor.ticket(), saved=False
    )
    profiles.keep(member, form.name.data or "", form.month.data, form.day.data, clock.now())
    return hx.swap("members/_profile.html", url_for(".profile"), form=form, ticket=visitor.ticket(), saved=True)


@bp.get("/me/pin")
def pin() -> Response:
    """GET: set or change the PIN; add a passkey."""
    member = access.member()
    return visitor.page("members/pin.html", member, form=PinForm(), **_pin_page(member))


@bp.post("/me/pin")
def pin_change() -> Response:
    """POST: a new PIN; every other device is signed out."""
    member, device = access.member(), visitor.device()
    form = forms.read(PinForm, "members/pin.html", "members/_pin.html", **_pin_page(member))
    pins.change(member, device, form.pin.data, form.old.data or "", source=access.source(), at=clock.now())
    context = _pin_page(member) | {"saved": True, "has_pin": True, "asks_old": False}
    return hx.swap("members/_pin.html", url_for(".me"), form=PinForm(), **context)


@bp.get("/me/preferences")
def preferences() -> Response:
    """GET: letter size, brightness, language."""
    return visitor.page("members/preferences.html", access.member())


@bp.post("/me/preferences")
def preferences_keep() -> Response:
    """POST ?next=: keep what was chosen; a visitor's language is kept in a cookie."""
    form = forms.read(PreferencesForm, "members/preferences.html")
    large = form.large.data == "1" if "large" in request.form else None
    locale, theme = form.locale.data or None, form.theme.data or None
    if member := access.me():
        profiles.prefer(member, locale=locale, large=large, theme=theme)
    response = hx.go(access.inside(form.next.data, url_for(".home")))
    return access.remember(response, "lang", locale) if locale else response


# --- what the pages show -----------------------------------------------------------------------------------------------


def _pin_page(member: Member) -> dict[str, Any]:
    asks_old = pins.must_prove(member, visitor.device(), clock.now())
    return {"has_pin": member.pin_hash is not None, "asks_old": asks_old, "ticket": visitor.ticket(), "saved": False}
