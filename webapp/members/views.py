"""Members' doors: joining, signing in, home, the member code, the inbox, and everything under "me"."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, request, url_for
from flask_babel import gettext
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, Optional

from models import Device, Member, Message, Store
from webapp import access, clock, forms, hx, policy, signins, vault, words
from webapp.members import (
    codes,
    consents,
    devices,
    handshakes,
    home,
    joining,
    looks,
    phones,
    pins,
    privacy,
    profiles,
)
from webapp.outbox import inbox
from webapp.outbox import words as message_words
from webapp.points import ledger
from webapp.refusals import Refusal
from webapp.staff import people
from webapp.words import N_

bp = Blueprint("members", __name__)

JOINS = "40/10 minutes"  # from one address: a busy door shares one, a list of numbers does not get far
ASKS = "20/10 minutes"


def _pin(needed: bool = True) -> PasswordField:
    # A password field: what was typed is never written back into a page.
    return PasswordField(
        validators=[InputRequired(N_("请填写")) if needed else Optional(), Length(max=12, message=N_("太长了"))]
    )


class JoinForm(forms.Form):
    ticket = StringField(validators=[InputRequired(N_("请刷新页面再试")), Length(16, 64), forms.plain])
    phone = forms.text(40, needed=False)
    service = BooleanField()
    marketing = BooleanField()
    survey = BooleanField()
    guest = forms.text(1, needed=False)
    store = forms.text(40, needed=False)
    p = forms.text(40, needed=False)
    next = forms.text(500, needed=False)


class SignInForm(forms.Form):
    phone = forms.text(40)
    pin = _pin()
    store = forms.text(40, needed=False)
    next = forms.text(500, needed=False)


class CounterForm(SignInForm):
    pin = _pin(needed=False)


class ProfileForm(forms.Form):
    name = forms.text(60, needed=False)
    month = forms.number(1, 12, needed=False)
    day = forms.number(1, 31, needed=False)


class PinForm(forms.Form):
    old = _pin(needed=False)
    pin = _pin()


class AttachForm(forms.Form):
    phone = forms.text(40)
    store = forms.text(40, needed=False)


class ConsentForm(forms.Form):
    purpose = forms.text(10)
    granted = BooleanField()


class EraseForm(forms.Form):
    pin = _pin(needed=False)
    sure = BooleanField(validators=[InputRequired(N_("请先勾上这一项"))])


class PreferencesForm(forms.Form):
    locale = StringField(validators=[Optional(), AnyOf(words.LOCALES)])
    theme = StringField(validators=[Optional(), AnyOf(("auto", "light", "dark"))])
    large = StringField(validators=[Optional(), AnyOf(("0", "1"))])
    next = forms.text(500, needed=False)


# --- home and the code -------------------------------------------------------------------------------------------------


@bp.get("/", endpoint="home")
def index() -> Response:
    """GET: home; whoever is not signed in goes to the shop's page."""
    entry = access.entry()
    if entry is None or entry.member is None:
        return hx.go(_shop_page())
    brand = access.brand()
    assert brand is not None  # members exist only after set-up
    rules = policy.of_brand(brand)
    page = home.read(entry.member, entry.store, rules, clock.now(), words.timezone())
    return hx.page("members/home.html", **page._asdict())


@bp.get("/code")
def code() -> Response:
    """GET: my code, full screen. Kept by the service worker for when there is no network."""
    return hx.page("members/code.html", **_code(), unread=inbox.unread(access.member().id))


@bp.get("/code/part")
def code_part() -> Response:
    """GET: the code alone, renewed every 30 seconds."""
    return hx.page("members/_code.html", **_code())


# --- joining -----------------------------------------------------------------------------------------------------------


@bp.get("/join")
def join() -> Response:
    """GET ?store=&p=&next=: one field, or none."""
    if access.me():
        return hx.go(access.inside(request.args.get("next"), url_for(".home")))
    store = _store(request.args.get("store", "")) or access.store_in_hand() or _only_store()
    if store is None:
        return hx.go(url_for("stores.chooser"))
    asked = {name: request.args.get(name, "")[:500] for name in ("p", "next")}
    return hx.page(
        "members/join.html", form=JoinForm(), **_joining(store, asked["p"], access.inside(asked["next"], ""))
    )


@bp.post("/join")
def join_send() -> Response:
    """POST: a member is made and this browser signed in; a number that is known leads to signing in."""
    _fence(JOINS)
    if access.me():
        return hx.go(url_for(".home"))
    store = _store(request.form.get("store", "")) or access.store_in_hand() or _only_store()
    if store is None:
        return hx.go(url_for("stores.chooser"))
    context = _joining(store, request.form.get("p", "")[:40], access.inside(request.form.get("next"), ""))
    form = forms.read(JoinForm, "members/join.html", "members/_join.html", **context)
    joined = joining.join(_wish(form, store), clock.now())
    if joined.member is None:
        return hx.page("members/known.html", "members/_known.html", **_known(form.phone.data, store))
    response = hx.go(access.inside(form.next.data, url_for(".home")))
    return access.remember(access.sign_in(response, "member", joined.secret), "store", store.slug)


# --- signing in --------------------------------------------------------------------------------------------------------


@bp.get("/sign-in")
def sign_in() -> Response:
    """GET ?next=: PIN, passkey, or four digits at the counter."""
    then = access.inside(request.args.get("next"), "")
    if access.me():
        return hx.go(then or url_for(".home"))
    return hx.page("members/sign_in.html", form=SignInForm(), **_signing_in(then))


@bp.post("/sign-in/pin")
def sign_in_pin() -> Response:
    """POST: number and PIN; goes on to where it was wanted."""
    then = access.inside(request.form.get("next"), "")
    form = forms.read(SignInForm, "members/sign_in.html", "members/_sign_in.html", **_signing_in(then))
    secret = pins.sign_in(
        form.phone.data, form.pin.data, access.store_in_hand(), label=_label(), source=access.source(), at=clock.now()
    )
    return access.sign_in(hx.go(then or url_for(".home")), "member", secret)


@bp.post("/sign-in/handshakes")
def handshake_new() -> Response:
    """POST: four digits for the clerk; goes to the page that shows them."""
    _fence(ASKS)
    form = forms.read(CounterForm, "members/sign_in.html", "members/_sign_in.html", **_signing_in(""))
    store = _chosen(form.store.data)
    secret = handshakes.ask(store, phones.read(form.phone.data), clock.now())
    return access.remember(hx.go(url_for(".handshake")), "hs", secret, days=1)


@bp.get("/sign-in/handshakes")
def handshake() -> Response:
    """GET: the digits, asking every two seconds; once a clerk has said yes this browser is signed in and goes home."""
    at, secret = clock.now(), request.cookies.get("hs", "")
    if opened := handshakes.use(secret, _label(), at):
        response = access.remember(hx.go(url_for(".home")), "store", opened.store.slug)
        response.delete_cookie("hs")
        return access.sign_in(response, "member", opened.secret) if opened.secret else response
    waiting = handshakes.of_browser(secret)
    if waiting is None:
        return hx.go(url_for(".sign_in"))
    return hx.page("members/handshake.html", "members/_handshake.html", handshake=waiting)


@bp.post("/sign-in/passkey/options")
def passkey_begin() -> Response:
    """POST: what the browser's passkey dialogue needs, as JSON."""
    _fence(ASKS)
    return _asked(_passkeys().ask_sign_in(_site(), clock.now()))


@bp.post("/sign-in/passkey")
def passkey_end() -> Response:
    """POST the credential as JSON: signs in; JSON `then` says where to go."""
    secret = _passkeys().sign_in(_credential(), request.cookies.get("pk", ""), _site(), label=_label(), at=clock.now())
    return access.sign_in(make_response({}), "member", secret)


@bp.post("/sign-out")
def sign_out() -> Response:
    """POST: this browser forgets the member; its kept pages too."""
    if entry := access.entry():
        signins.end(entry.device.id, clock.now())
    response = access.sign_out(hx.go(_shop_page()), "member")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


# --- me ----------------------------------------------------------------------------------------------------------------


@bp.get("/me")
def me() -> Response:
    """GET: who I am here, and the way to every setting."""
    member = access.member()
    return _page("members/me.html", member, masked=phones.masked(member), has_pin=member.pin_hash is not None)


@bp.get("/me/profile")
def profile() -> Response:
    """GET: name and birthday, each with what it buys."""
    member = access.member()
    month, day = divmod(member.birthday, 100) if member.birthday else (None, None)
    form = ProfileForm(name=member.name, month=month, day=day)
    return _page("members/profile.html", member, form=form, ticket=_ticket(), saved=False)


@bp.post("/me/profile")
def profile_keep() -> Response:
    """POST: keep them."""
    member = access.member()
    form = forms.read(ProfileForm, "members/profile.html", "members/_profile.html", ticket=_ticket(), saved=False)
    profiles.keep(member, form.name.data or "", form.month.data, form.day.data, clock.now())
    return hx.swap("members/_profile.html", url_for(".profile"), form=form, ticket=_ticket(), saved=True)


@bp.get("/me/pin")
def pin() -> Response:
    """GET: set or change the PIN; add a passkey."""
    member = access.member()
    return _page("members/pin.html", member, form=PinForm(), **_pin_page(member))


@bp.post("/me/pin")
def pin_change() -> Response:
    """POST: a new PIN; every other device is signed out."""
    member, device = access.member(), _device()
    form = forms.read(PinForm, "members/pin.html", "members/_pin.html", **_pin_page(member))
    pins.change(member, device, form.pin.data, form.old.data or "", source=access.source(), at=clock.now())
    context = _pin_page(member) | {"saved": True, "has_pin": True, "asks_old": False}
    return hx.swap("members/_pin.html", url_for(".me"), form=PinForm(), **context)


@bp.post("/me/passkeys/options")
def passkey_add_begin() -> Response:
    """POST: begin to add a passkey."""
    return _asked(_passkeys().ask_new(access.member(), _site(), clock.now()))


@bp.post("/me/passkeys")
def passkey_add_end() -> Response:
    """POST the credential as JSON: keep the passkey."""
    member = access.member()
    _passkeys().add(member, _credential(), request.cookies.get("pk", ""), _site(), label=_label(), at=clock.now())
    return make_response({})


@bp.post("/me/passkeys/<int(max=2147483647):id>/end")
def passkey_remove(id: int) -> Response:
    """POST: forget one of my passkeys."""
    member = access.member()
    _passkeys().remove(member, id, clock.now())
    return hx.swap("members/_devices.html", url_for(".devices"), **_devices(member))


@bp.get("/me/devices", endpoint="devices")
def device_list() -> Response:
    """GET: where I am signed in."""
    member = access.member()
    return _page("members/devices.html", member, **_devices(member))


@bp.post("/me/devices/<int(max=2147483647):id>/end")
def device_end(id: int) -> Response:
    """POST: sign one of them out; it ends at its next request."""
    member = access.member()
    devices.end(member, id, clock.now())
    return hx.swap("members/_devices.html", url_for(".devices"), **_devices(member))


@bp.get("/me/privacy", endpoint="consents")
def privacy_page() -> Response:
    """GET: my consents, who looked at my card, and the ways to take everything along or away."""
    member = access.member()
    return _page("members/privacy.html", member, choices=_choices(member), looks=_looks(member))


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
    return _page("members/erasure.html", member, form=EraseForm(), **_erasing(member))


@bp.post("/me/erasure")
def erase_send() -> Response:
    """POST: forget me."""
    member, device, at = access.member(), _device(), clock.now()
    form = forms.read(EraseForm, "members/erasure.html", "members/_erasure.html", **_erasing(member))
    pins.prove(member, device, form.pin.data or "", source=access.source(), at=at)
    privacy.erase(member, at)
    response = access.sign_out(hx.go(_shop_page()), "member")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/me/phone")
def attach() -> Response:
    """GET: give a pass its number."""
    member = access.member()
    if member.phone_key:
        return hx.go(url_for(".me"))
    return _page("members/attach.html", member, form=AttachForm(), **_stores(), ticket=_ticket())


@bp.post("/me/phone")
def attach_send() -> Response:
    """POST: the number is mine from now on, or the clerk is asked to join two cards."""
    _fence(ASKS)
    member = access.member()
    form = forms.read(AttachForm, "members/attach.html", "members/_attach.html", **_stores(), ticket=_ticket())
    store = _chosen(form.store.data)
    secret = joining.attach(member, form.phone.data, store, source=access.source(), at=clock.now())
    if secret is None:
        return hx.go(url_for(".me"))
    return access.remember(hx.go(url_for(".handshake")), "hs", secret, days=1)


@bp.get("/inbox", endpoint="inbox")
def inbox_page() -> Response:
    """GET: the newest messages; they count as read from now on."""
    member, at = access.member(), clock.now()
    days = _days(inbox.latest(member.id))
    inbox.mark_read(member.id, at)
    return hx.page("members/inbox.html", days=days, unread=0)


@bp.get("/me/preferences")
def preferences() -> Response:
    """GET: letter size, brightness, language."""
    return _page("members/preferences.html", access.member())


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


def _ticket() -> str:
    return vault.token()[:32]


def _label() -> str:
    return devices.label(request.headers.get("User-Agent", ""))


def _fence(most: str) -> None:
    """A coarse fence against flooding from one address; guessing is counted exactly, by the rules."""
    with current_app.extensions["limits"].limit(most):
        return


def _page(template: str, member: Member, **context: Any) -> Response:
    return hx.page(template, unread=inbox.unread(member.id), **context)


def _device() -> Device:
    entry = access.entry()
    assert entry is not None  # the guard was called first
    return entry.device


def _store(slug: str) -> Store | None:
    if not slug or not slug.isprintable():
        return None
    found: Store | None = Store.get_or_none(Store.slug == slug[:40].lower(), Store.closed_at.is_null())
    return found


def _only_store() -> Store | None:
    found = people.all_stores(limit=2)
    return found[0] if len(found) == 1 else None


def _chosen(slug: str | None) -> Store:
    store = _store(slug or "") or access.store_in_hand() or _only_store()
    if store is None:
        raise Refusal("请选你在哪家店", code="store_missing")
    return store


def _shop_page() -> str:
    store = access.store_in_hand()
    return url_for("stores.shop", slug=store.slug) if store else url_for("stores.chooser")


def _stores() -> dict[str, Any]:
    return {"stores": people.all_stores(), "store": access.store_in_hand()}


def _joining(store: Store, placement: str, then: str) -> dict[str, Any]:
    return {"store": store, "placement": placement, "next": then, "ticket": _ticket()}


def _signing_in(then: str) -> dict[str, Any]:
    return {**_stores(), "next": then, "ticket": _ticket()}


def _wish(form: JoinForm, store: Store) -> joining.Wish:
    phone = "" if form.guest.data else form.phone.data or ""
    if not phone and not form.guest.data:
        raise Refusal("填手机号，或者点「先不留手机号」", code="phone_missing", field="phone")
    ticked = frozenset(purpose for purpose in ("service", "marketing", "survey") if form[purpose].data)
    return joining.Wish(store, phone, form.ticket.data, ticked, form.p.data or "", words.locale(), _label())


def _known(phone: str, store: Store) -> dict[str, Any]:
    return {"phone": phone, "masked": phones.mask(phones.read(phone)), "store": store, "ticket": _ticket()}


def _code() -> dict[str, Any]:
    at = clock.now()
    member = ledger.up_to_date(access.member(), at)
    six, _ = codes.digits(member, at)
    return {
        "me": member,
        "svg": codes.svg(codes.text(member, at)),
        "digits": six,
        "until": at + codes.NEW_EVERY,
        "at": at,
    }


def _pin_page(member: Member) -> dict[str, Any]:
    asks_old = pins.must_prove(member, _device(), clock.now())
    return {"has_pin": member.pin_hash is not None, "asks_old": asks_old, "ticket": _ticket(), "saved": False}


def _erasing(member: Member) -> dict[str, Any]:
    return {"asks_pin": pins.must_prove(member, _device(), clock.now()), "ticket": _ticket()}


def _devices(member: Member) -> dict[str, Any]:
    alive = signins.of_member(member.id, clock.now())
    return {"devices": alive, "current": _device().id, "passkeys": devices.passkeys(member.id)}


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


def _days(messages: list[Message]) -> list[dict[str, Any]]:
    """Messages under their days, in the reader's words."""
    zone, found = words.timezone(), dict[int, list[dict[str, Any]]]()
    for message in messages:
        said = message_words.read(message.text, message.params, words.locale(), zone)
        shown = {"id": message.id, "kind": message.kind, "url": message.url, "at": message.at, "read": message.read_at}
        found.setdefault(clock.day_start(message.at, zone), []).append(shown | said._asdict())
    return [{"at": day, "messages": group} for day, group in found.items()]


def _passkeys() -> Any:
    """The library behind passkeys takes a sixth of a second to load: only who uses one waits for it."""
    from webapp.members import passkeys

    return passkeys


def _site() -> Any:
    """Under which name this shop is reached: as set, or as the browser says."""
    base = current_app.extensions["settings"].base_url or request.host_url
    parts, brand = urlsplit(base), access.brand()
    return _passkeys().Site(
        parts.hostname or "", f"{parts.scheme}://{parts.netloc}", words.said(brand.name) if brand else ""
    )


def _asked(asked: Any) -> Response:
    response = make_response(asked.options)
    response.headers["Content-Type"] = "application/json"
    return access.remember(response, "pk", asked.secret, days=1)


def _credential() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Refusal("请刷新页面再试", code="not_json")
    return sent
