"""Where I am signed in, and the passkeys of my devices."""

from typing import Any

from flask import Response, make_response, request, url_for

from models import Member
from webapp import access, clock, hx, signins
from webapp.members import devices
from webapp.members.views import bp, credentials, visitor


@bp.get("/me/devices", endpoint="devices")
def device_list() -> Response:
    """GET: where I am signed in."""
    member = access.member()
    return visitor.page("members/devices.html", member, **_devices(member))


@bp.post("/me/devices/<int(max=2147483647):id>/end")
def device_end(id: int) -> Response:
    """POST: sign one of them out; it ends at its next request."""
    member = access.member()
    devices.end(member, id, clock.now())
    return hx.swap("members/_devices.html", url_for(".devices"), **_devices(member))


@bp.post("/me/passkeys/options")
def passkey_add_begin() -> Response:
    """POST: begin to add a passkey."""
    return credentials.asked(credentials.passkeys().ask_new(access.member(), credentials.site(), clock.now()))


@bp.post("/me/passkeys")
def passkey_add_end() -> Response:
    """POST the credential as JSON: keep the passkey."""
    member = access.member()
    credentials.passkeys().add(
        member,
        credentials.credential(),
        request.cookies.get("pk", ""),
        credentials.site(),
        label=visitor.label(),
        at=clock.now(),
    )
    return make_response({})


@bp.post("/me/passkeys/<int(max=2147483647):id>/end")
def passkey_remove(id: int) -> Response:
    """POST: forget one of my passkeys."""
    member = access.member()
    credentials.passkeys().remove(member, id, clock.now())
    return hx.swap("members/_devices.html", url_for(".devices"), **_devices(member))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _devices(member: Member) -> dict[str, Any]:
    alive = signins.of_member(member.id, clock.now())
    return {"devices": alive, "current": visitor.device().id, "passkeys": devices.passkeys(member.id)}
