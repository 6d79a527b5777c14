"""Signing in and out: number and PIN, a passkey, or four digits that a clerk confirms."""

from typing import Any

from flask import Response, make_response, request, url_for

from webapp import access, clock, forms, hx, signins
from webapp.members import handshakes, phones, pins
from webapp.members.views import bp, credentials, visitor


class SignInForm(forms.Form):
    phone = forms.text(40)
    pin = visitor.pin()
    store = forms.text(40, needed=False)
    next = forms.text(500, needed=False)


class CounterForm(SignInForm):
    pin = visitor.pin(needed=False)


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
        form.phone.data,
        form.pin.data,
        access.store_in_hand(),
        label=visitor.label(),
        source=access.source(),
        at=clock.now(),
    )
    return access.sign_in(hx.go(then or url_for(".home")), "member", secret)


@bp.post("/sign-in/handshakes")
def handshake_new() -> Response:
    """POST: four digits for the clerk; goes to the page that shows them."""
    visitor.fence(visitor.ASKS)
    form = forms.read(CounterForm, "members/sign_in.html", "members/_sign_in.html", **_signing_in(""))
    store = visitor.chosen(form.store.data)
    secret = handshakes.ask(store, phones.read(form.phone.data), clock.now())
    return access.remember(hx.go(url_for(".handshake")), "hs", secret, days=1)


@bp.get("/sign-in/handshakes")
def handshake() -> Response:
    """GET: the digits, asking every two seconds; once a clerk has said yes this browser is signed in and goes home."""
    at, secret = clock.now(), request.cookies.get("hs", "")
    if opened := handshakes.use(secret, visitor.label(), at):
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
    visitor.fence(visitor.ASKS)
    return credentials.asked(credentials.passkeys().ask_sign_in(credentials.site(), clock.now()))


@bp.post("/sign-in/passkey")
def passkey_end() -> Response:
    """POST the credential as JSON: signs in; JSON `then` says where to go."""
    secret = credentials.passkeys().sign_in(
        credentials.credential(),
        request.cookies.get("pk", ""),
        credentials.site(),
        label=visitor.label(),
        at=clock.now(),
    )
    return access.sign_in(make_response({}), "member", secret)


@bp.post("/sign-out")
def sign_out() -> Response:
    """POST: this browser forgets the member; its kept pages too."""
    if entry := access.entry():
        signins.end(entry.device.id, clock.now())
    response = access.sign_out(hx.go(visitor.shop_page()), "member")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


# --- what the pages show -----------------------------------------------------------------------------------------------


def _signing_in(then: str) -> dict[str, Any]:
    return {**visitor.stores(), "next": then, "ticket": visitor.ticket()}
