"""The shop's own words: why things go wrong, and how a reply begins. Managers."""

from typing import Any

from flask import Response, request, url_for

from models import Brand, Cause, Starter
from webapp import access, clock, forms, hx, storage
from webapp.complaints import causes, starters
from webapp.complaints.desk import bp, shown


class CauseForm(forms.Named):
    ticket = forms.ticket()
    parent = forms.number(1, shown.LARGEST, needed=False)


class StarterForm(forms.Form):
    ticket = forms.ticket()
    mood = forms.choice(starters.MOODS)
    zh = forms.text(starters.TEXT_MOST)
    zh_hant = forms.text(starters.TEXT_MOST, needed=False)
    en = forms.text(starters.TEXT_MOST, needed=False)


@bp.get("/causes", endpoint="causes")
def causes_page() -> Response:
    """GET: the tree, each with a form to rename it."""
    _, store = access.staff("manager")
    with storage.in_passing():
        causes.fill(store.brand)
    return hx.page("complaints/desk_causes.html", form=None, **_causes(store.brand))


@bp.post("/causes")
def cause_add() -> Response:
    """POST: one more, or one more under another."""
    actor, store = access.staff("manager")
    form = forms.read(CauseForm, "complaints/desk_causes.html", later=lambda: _causes(store.brand))
    causes.put(store.brand, None, forms.in_words(form), _parent(form, store.brand), actor, clock.now())
    return hx.go(url_for(".causes"))


@bp.post(f"/causes/<int(max={shown.LARGEST}):id>")
def cause_save(id: int) -> Response:
    """POST: called differently, or put elsewhere."""
    actor, store = access.staff("manager")
    form = forms.read(CauseForm, "complaints/desk_causes.html", later=lambda: _causes(store.brand, id))
    causes.put(store.brand, _cause(id, store.brand), forms.in_words(form), _parent(form, store.brand), actor, clock.now())  # fmt: skip
    return hx.go(url_for(".causes", _anchor=f"c{id}"))


@bp.post(f"/causes/<int(max={shown.LARGEST}):id>/retirement")
def cause_retire(id: int) -> Response:
    """POST: not offered any more; closed cases keep it."""
    actor, store = access.staff("manager")
    causes.retire(_cause(id, store.brand), actor, clock.now())
    return hx.go(url_for(".causes"))


@bp.get("/starters", endpoint="starters")
def starters_page() -> Response:
    """GET: how our replies begin, feelings first."""
    _, store = access.staff("manager")
    with storage.in_passing():
        starters.fill(store.brand)
    return hx.page("complaints/desk_starters.html", form=None, **_starters(store.brand))


@bp.post("/starters")
def starter_add() -> Response:
    """POST: one more."""
    actor, store = access.staff("manager")
    form = forms.read(StarterForm, "complaints/desk_starters.html", later=lambda: _starters(store.brand))
    starters.put(store.brand, None, form.mood.data, _text(form), actor, clock.now())
    return hx.go(url_for(".starters"))


@bp.post(f"/starters/<int(max={shown.LARGEST}):id>")
def starter_save(id: int) -> Response:
    """POST: other words."""
    actor, store = access.staff("manager")
    form = forms.read(StarterForm, "complaints/desk_starters.html", later=lambda: _starters(store.brand, id))
    starters.put(store.brand, _starter(id, store.brand), form.mood.data, _text(form), actor, clock.now())
    return hx.go(url_for(".starters", _anchor=f"s{id}"))


@bp.post(f"/starters/<int(max={shown.LARGEST}):id>/retirement")
def starter_retire(id: int) -> Response:
    """POST: not offered any more."""
    actor, store = access.staff("manager")
    starters.retire(_starter(id, store.brand), actor, clock.now())
    return hx.go(url_for(".starters"))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _cause(id: int, brand: Brand) -> Cause:
    found: Cause = access.find(Cause, Cause.id == id, Cause.brand == brand.id, Cause.retired_at.is_null())
    return found


def _starter(id: int, brand: Brand) -> Starter:
    found: Starter = access.find(Starter, Starter.id == id, Starter.brand == brand.id, Starter.retired_at.is_null())
    return found


def _parent(form: CauseForm, brand: Brand) -> Cause | None:
    return _cause(form.parent.data, brand) if form.parent.data else None


def _text(form: StarterForm) -> dict[str, str]:
    return {"zh": form.zh.data or "", "zh_Hant": form.zh_hant.data or "", "en": form.en.data or ""}


def _causes(brand: Brand, wrong: int = 0) -> dict[str, Any]:
    """`wrong`: whose form was refused; 0 for a new one, under the parent that it names."""
    under = request.form.get("parent", 0, type=int)
    return {"tree": causes.tree(brand), "wrong": wrong, "under": 0 if wrong else under, **shown.everywhere()}


def _starters(brand: Brand, wrong: int = 0) -> dict[str, Any]:
    rows = starters.of(brand)
    return {"rows": {mood: [row for row in rows if row.mood == mood] for mood in starters.MOODS}, "wrong": wrong, **shown.everywhere()}  # fmt: skip
