"""Members' doors to the outbox: waking their browser."""

from typing import Any

from flask import Blueprint, Response, url_for

from models import Member
from webapp import access, clock, forms, hx
from webapp.outbox import inbox, pushes
from webapp.outbox.pushes import Subscription

bp = Blueprint("outbox", __name__)
PAGE = "outbox/push.html"


class BrowserForm(forms.Form):
    endpoint = forms.text(1000)
    p256dh = forms.text(200, needed=False)
    auth = forms.text(100, needed=False)


@bp.get("/me/push")
def push() -> Response:
    """GET: may this browser be woken when there is something for me?"""
    me = access.member()
    return hx.page(PAGE, form=None, **_page(me))


@bp.post("/me/push")
def push_keep() -> Response:
    """POST endpoint=&p256dh=&auth=: this browser, from now on; and a yes to reminders."""
    me, at = access.member(), clock.now()
    form = forms.read(BrowserForm, PAGE, later=lambda: _page(me))
    given = Subscription(form.endpoint.data, form.p256dh.data or "", form.auth.data or "")
    entry = access.entry()
    pushes.keep(me, entry.device.id if entry else None, given, at)
    return hx.go(url_for(".push"))


@bp.post("/me/push/end")
def push_end() -> Response:
    """POST endpoint=: no more on this browser."""
    me = access.member()
    form = forms.read(BrowserForm, PAGE, later=lambda: _page(me))
    pushes.end(me, form.endpoint.data, clock.now())
    return hx.go(url_for(".push"))


# --- what the page shows -----------------------------------------------------------------------------------------------


def _page(me: Member) -> dict[str, Any]:
    woken = len(pushes.of(me.id, clock.now()))
    return {"key": pushes.public_key(), "woken": woken, "unread": inbox.unread(me.id)}
