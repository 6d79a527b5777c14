"""You said, we did: written down, shown on the board, taken off it, and looked at again whether it helped."""

from typing import Any

from flask import Response, url_for
from flask_babel import gettext

from models import Improvement, Store
from webapp import access, clock, forms, hx
from webapp.complaints import improvements
from webapp.complaints.desk import bp, shown
from webapp.complaints.words import THEME_NAMES

PAGE, PART = "complaints/desk_improvements.html", "complaints/_desk_improvements.html"


class ImprovementForm(forms.Form):
    ticket = forms.ticket()
    said = forms.text(improvements.TEXT_MOST)
    did = forms.text(improvements.TEXT_MOST)
    theme = forms.text(12, needed=False)
    recheck = forms.number(-1, 366, needed=False)  # in so many days; 0 not at all, -1 as it was


class RecheckForm(forms.Form):
    helped = forms.choice(("yes", "no"))
    again = forms.number(0, 366, needed=False)


@bp.get("/improvements", endpoint="improvements")
def improvements_page() -> Response:
    """GET: drafts that closed cases left, what is on the board, what is to be looked at again."""
    _, store = access.staff()
    return hx.page(PAGE, form=None, **_page(store))


@bp.post("/improvements")
def improvement_add() -> Response:
    """POST: one more; it is shown when somebody shows it."""
    actor, store = access.staff("senior")
    form = forms.read(ImprovementForm, PAGE, later=lambda: _page(store))
    at = clock.now()
    when = shown.later(max(0, form.recheck.data or 0), store, at)
    improvements.add(store, form.said.data, form.did.data, actor, at, theme=form.theme.data or "", recheck_at=when)
    return hx.go(url_for(".improvements"))


@bp.get("/rechecks/<ref>")
def recheck_card(ref: str) -> Response:
    """GET: a card of the queue; the place on the page where it is answered."""
    _, store = access.staff()
    number = ref.removeprefix("i")
    found = improvements.find(store, int(number) if number.isdecimal() and len(number) < 10 else 0)
    return hx.go(url_for(".improvements", _anchor=f"i{found.id}"))


@bp.post(f"/improvements/<int(max={shown.LARGEST}):id>")
def improvement_save(id: int) -> Response:
    """POST: in better words, on another theme, to be looked at on another day."""
    actor, store = access.staff("senior")
    found, at = improvements.find(store, id), clock.now()
    form = forms.read(ImprovementForm, PAGE, later=lambda: _page(store, id))
    days = -1 if form.recheck.data is None else form.recheck.data
    when = found.recheck_at if days < 0 else shown.later(days, store, at)
    improvements.edit(found, form.said.data, form.did.data, actor, at, theme=form.theme.data or "", recheck_at=when)
    return hx.go(url_for(".improvements", _anchor=f"i{id}"))


@bp.post(f"/improvements/<int(max={shown.LARGEST}):id>/showing")
def improvement_show(id: int) -> Response:
    """POST: on the board, for everybody; the bar takes it off again."""
    actor, store = access.staff("senior")
    forms.read(shown.TapForm, PAGE, PART, lambda: _page(store, id))
    found, at = improvements.find(store, id), clock.now()
    improvements.show(found, actor, at)
    undo = shown.undoing(gettext("挂上去了"), url_for(".improvement_hide", id=id), store, at)
    if not hx.asked():
        return hx.go(url_for(".improvements", _anchor=f"i{id}"))
    return hx.page("complaints/desk_improvements.swap.html", form=None, **_page(store) | {"undo": undo})


@bp.post(f"/improvements/<int(max={shown.LARGEST}):id>/hiding")
def improvement_hide(id: int) -> Response:
    """POST: off the board."""
    actor, store = access.staff("senior")
    improvements.hide(improvements.find(store, id), actor, clock.now())
    if not hx.asked():
        return hx.go(url_for(".improvements"))
    return hx.page("complaints/desk_improvements.swap.html", form=None, **_page(store))


@bp.post(f"/improvements/<int(max={shown.LARGEST}):id>/recheck")
def improvement_recheck(id: int) -> Response:
    """POST helped=&again=: did it help? And once more in so many days, if wanted."""
    actor, store = access.staff()
    found, at = improvements.find(store, id), clock.now()
    form = forms.read(RecheckForm, PAGE, later=lambda: _page(store))
    again = shown.later(form.again.data or 0, store, at)
    improvements.recheck(found, form.helped.data == "yes", actor, at, again_at=again)
    return hx.go(url_for(".improvements", _anchor=f"i{id}"))


def _page(store: Store, wrong: int = 0) -> dict[str, Any]:
    """What is due to be looked at, drafts, what hangs on the board, what was taken off it."""
    at, rows = clock.now(), improvements.everything(store)

    def due(row: Improvement) -> bool:
        return bool(row.recheck_at and row.recheck_at <= at and row.rechecked_at is None)

    def up(row: Improvement) -> bool:
        return row.shown_at is not None and row.hidden_at is None

    return {
        "due": [row for row in rows if due(row)],
        "drafts": [row for row in rows if row.shown_at is None and not due(row)],
        "up": [row for row in rows if up(row) and not due(row)],
        "down": [row for row in rows if row.hidden_at is not None and not due(row)],
        "themes": {name: THEME_NAMES[name] for name in improvements.THEMES if name in THEME_NAMES},
        "wrong": wrong,
        "undo": None,
        "at": at,
        **shown.everywhere(),
    }
