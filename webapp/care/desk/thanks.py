"""Kind words: whom to ask, what was answered, what hangs on the wall."""

from typing import Any

from flask import Response, url_for

from models import Staff, Store
from webapp import access, clock, forms, hx
from webapp.care import thanks
from webapp.care.desk.bp import bp
from webapp.points import tiers

PAGE, PART = "care/desk_thanks.html", "care/_desk_thanks.html"


class AskForm(forms.Form):
    key = forms.text(40)


class TapForm(forms.Form):
    about = "tap"


@bp.get("/care/thanks", endpoint="thanks")
def thanks_page() -> Response:
    """GET: praise nobody was asked about yet, what waits for a yes, what is on the wall."""
    _, store = access.staff()
    return hx.page(PAGE, form=None, **_page(store))


@bp.post("/care/thanks")
def thanks_ask() -> Response:
    """POST key=: ask whoever said it. The question goes to their inbox."""
    actor, store = access.staff()
    form = forms.read(AskForm, PAGE, PART, lambda: _page(store))
    thanks.ask(store, form.key.data, actor, clock.now())
    return hx.swap(PART, url_for(".thanks"), form=None, **_page(store))


@bp.post("/care/thanks/<code>/hiding")
def thanks_hide(code: str) -> Response:
    """POST: off the wall."""
    actor, store = access.staff("senior")
    thanks.hide(_one(code, store), actor, clock.now())
    return hx.swap(PART, url_for(".thanks"), form=None, **_page(store))


@bp.post("/care/thanks/<code>/showing")
def thanks_show(code: str) -> Response:
    """POST: up again, if its member still agrees."""
    actor, store = access.staff("senior")
    forms.read(TapForm, PAGE, PART, lambda: _page(store))
    thanks.show(_one(code, store), actor, clock.now())
    return hx.swap(PART, url_for(".thanks"), form=None, **_page(store))


# --- what the page shows -----------------------------------------------------------------------------------------------


def _one(code: str, store: Store) -> Any:
    return thanks.find(store, code.upper() if code.isascii() and code.isalnum() else "")


def _page(store: Store) -> dict[str, Any]:
    """By where each one stands; nobody's name is shown before they have chosen one."""
    at, rows = clock.now(), [(row, thanks.state(row)) for row in thanks.of_store(store)]
    return {
        "praise": [(one, _to(one.staff)) for one in thanks.candidates(store, at)],
        **{name: [_said(row) for row, state in rows if state == name] for name in ("asked", "shown", "hidden")},
        "refused": sum(state == "refused" for _, state in rows),
    }


def _said(row: Any) -> dict[str, Any]:
    return {"r": row, "text": thanks.text_of(row), "to": _to(row.staff if row.staff_id else None)}


def _to(staff: Staff | None) -> str:
    return tiers.first_name(staff) if staff else ""
