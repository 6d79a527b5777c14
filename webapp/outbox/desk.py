"""Staff's doors to what leaves the house: messages that could not be delivered, and the systems that hear of what happens here."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request, url_for
from wtforms import SelectMultipleField

from models import Hook, HookCall, Letter, Store
from webapp import access, clock, forms, hx, vault
from webapp.outbox import hooks, letters

bp = Blueprint("outbox_desk", __name__, url_prefix="/desk")
LARGEST = 2**31 - 1
SHOWN = 60
_LETTERS, _HOOKS, _HOOK = "outbox/desk_letters.html", "outbox/desk_hooks.html", "outbox/desk_hook.html"


class HookForm(forms.Form):
    ticket = forms.ticket()
    url = forms.text(300)
    topics = SelectMultipleField(choices=list(hooks.TOPICS))
    where = forms.text(20, needed=False)


class ReplayForm(forms.Form):
    since = forms.number(1, LARGEST)


@bp.get("/outbox")
def outbox() -> Response:
    """GET: what could not be delivered, and what is being tried again. Managers."""
    access.staff("manager")
    return hx.page(_LETTERS, **_letters())


@bp.post(f"/outbox/<int(max={LARGEST}):id>/again")
def letter_again(id: int) -> Response:
    """POST: from the start. A second tap changes nothing."""
    actor, _ = access.staff("manager")
    letters.again(access.find(Letter, Letter.id == id), actor, clock.now())
    return hx.go(url_for(".outbox"))


@bp.post(f"/outbox/<int(max={LARGEST}):id>/drop")
def letter_drop(id: int) -> Response:
    """POST: not any more; the inbox has it."""
    actor, _ = access.staff("manager")
    letters.drop(access.find(Letter, Letter.id == id), actor, clock.now())
    return hx.go(url_for(".outbox"))


@bp.post("/outbox/again")
def letters_again() -> Response:
    """POST: all that lie here, from the start."""
    (actor, _), at = access.staff("manager"), clock.now()
    for letter in letters.undelivered(limit=1000):
        letters.again(letter, actor, at)
    return hx.go(url_for(".outbox"))


@bp.get("/hooks", endpoint="hooks")
def hooks_page() -> Response:
    """GET: the systems that hear of what happens here. Owners."""
    access.staff("owner")
    return hx.page(_HOOKS, form=None, **_hooks())


@bp.post("/hooks")
def hook_make() -> Response:
    """POST url=&topics=&where=: one more; its secret is shown on this answer and never again. Owners."""
    (actor, store), at = access.staff("owner"), clock.now()
    form = forms.read(HookForm, _HOOKS, later=_hooks)
    made = hooks.make(form.url.data, form.topics.data, store if form.where.data == "store" else None, actor, at)
    return hx.page(_HOOK, secret=made.secret, form=None, **_hook(made.hook))


@bp.get("/hooks/<code>")
def hook(code: str) -> Response:
    """GET: one of them: what it was told, and what it did not take. Owners."""
    access.staff("owner")
    return hx.page(_HOOK, secret="", form=None, **_hook(_find(code)))


@bp.post("/hooks/<code>/pause")
def hook_pause(code: str) -> Response:
    """POST on=1 to go on, else to stop for now. Owners."""
    (actor, _), at, found = access.staff("owner"), clock.now(), _find(code)
    (hooks.resume if request.form.get("on") == "1" else hooks.pause)(found, actor, at)
    return hx.go(url_for(".hook", code=found.code))


@bp.post("/hooks/<code>/retire")
def hook_retire(code: str) -> Response:
    """POST: for good. Owners, with their PIN."""
    (actor, _), found = access.staff("owner", fresh=True), _find(code)
    hooks.retire(found, actor, clock.now())
    return hx.go(url_for(".hooks"))


@bp.post("/hooks/<code>/replay")
def hook_replay(code: str) -> Response:
    """POST since=: everything from this event on once more. Owners."""
    (actor, _), found = access.staff("owner"), _find(code)
    form = forms.read(ReplayForm, _HOOK, later=lambda: _hook(found) | {"secret": ""})
    hooks.replay(found, form.since.data, actor, clock.now())
    return hx.go(url_for(".hook", code=found.code))


@bp.post(f"/hooks/<code>/calls/<int(max={LARGEST}):id>")
def hook_again(code: str, id: int) -> Response:
    """POST: one that was given up, once more. Owners."""
    access.staff("owner")
    found = _find(code)
    hooks.again(access.find(HookCall, HookCall.id == id, HookCall.hook == found.id), clock.now())
    return hx.go(url_for(".hook", code=found.code))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _letters() -> dict[str, Any]:
    at = clock.now()
    dead, tried = letters.undelivered(SHOWN + 1), letters.undelivered(SHOWN, "due")
    settings = current_app.extensions["settings"]
    return {
        "dead": [(letter, letters.read(letter, at)) for letter in dead[:SHOWN]],
        "more": len(dead) > SHOWN,
        "tried": [(letter, letters.read(letter, at)) for letter in tried],
        "ways": {"member": len(settings.notify_members), "staff": len(settings.notify_staff)},
    }


def _hooks() -> dict[str, Any]:
    rows = list(Hook.select(Hook, Store).left_outer_join(Store).where(Hook.retired_at.is_null()).order_by(Hook.id))
    return {
        "rows": [(row, hooks.state(row)) for row in rows],
        "host": _host,
        "topics": hooks.TOPIC_NAMES,
        "ticket": request.form.get("ticket") or vault.token()[:32],
    }


def _hook(found: Hook) -> dict[str, Any]:
    return {
        "h": found,
        "state": hooks.state(found),
        "calls": hooks.calls(found, SHOWN),
        "host": _host,
        "topics": hooks.TOPIC_NAMES,
        "where": found.store,
        "tries": hooks.TRIES,
    }


def _find(code: str) -> Hook:
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    found: Hook = access.find(Hook, Hook.code == plain, Hook.retired_at.is_null())
    return found


def _host(row: Hook) -> str:
    return urlsplit(row.url).netloc
