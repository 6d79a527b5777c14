"""The shop's chips: what one may like or need, and what may be prepared for it."""

from typing import Any

from flask import Response, request, url_for

from models import Chip, Store
from webapp import access, clock, forms, hx
from webapp.members import chips
from webapp.members.desk import bp


class ChipForm(forms.Named):
    kind = forms.choice(chips.KINDS.items())
    surprise = forms.text(60, needed=False)
    surprise_hant = forms.text(60, needed=False)
    surprise_en = forms.text(160, needed=False)


@bp.get("/chips", endpoint="chips")
def chip_list() -> Response:
    """GET: the chips in use, by kind. Managers."""
    _, store = access.staff("manager")
    return hx.page("members/desk_chips.html", groups=chips.by_kind(chips.of_brand(store.brand_id)), **_names())


@bp.post("/chips/shipped")
def chips_fill() -> Response:
    """POST: those of the shipped ones that this shop has never had."""
    actor, store = access.staff("manager")
    chips.fill(store.brand, clock.now(), actor)
    return hx.go(url_for(".chips"))


@bp.get("/chips/new", defaults={"id": None})
@bp.get("/chips/<int(max=2147483647):id>")
def chip(id: int | None) -> Response:
    """GET: a new chip, or one to change."""
    _, store = access.staff("manager")
    found = _found(id, store)
    return hx.page("members/desk_chip.html", form=ChipForm(data=_typed(found)), **_chip(found))


@bp.post("/chips/new", defaults={"id": None})
@bp.post("/chips/<int(max=2147483647):id>")
def chip_save(id: int | None) -> Response:
    """POST: keep it."""
    actor, store = access.staff("manager")
    found = _found(id, store)
    form = forms.read(ChipForm, "members/desk_chip.html", **_chip(found))
    name, surprise = forms.in_words(form), forms.in_words(form, "surprise")
    shops = [shop for shop in request.form.getlist("shops")[:10] if shop in chips.SHOPS]
    if len(shops) == len(chips.SHOPS):
        shops = []
    chips.put(store.brand, found, form.kind.data, name, surprise, shops, actor, clock.now())
    return hx.go(url_for(".chips"))


@bp.post("/chips/<int(max=2147483647):id>/retirement")
def chip_retire(id: int) -> Response:
    """POST: not offered any more; whoever has it keeps it."""
    actor, store = access.staff("manager")
    chips.retire(access.there(_found(id, store)), actor, clock.now())
    return hx.go(url_for(".chips"))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _found(id: int | None, store: Store) -> Chip | None:
    mine = (Chip.brand == store.brand_id) & Chip.retired_at.is_null()
    return access.find(Chip, Chip.id == id, mine) if id is not None else None


def _typed(found: Chip | None) -> dict[str, Any]:
    if found is None:
        return {"kind": "like"}
    return {"kind": found.kind} | forms.from_words(found.name) | forms.from_words(found.surprise, "surprise")


def _chip(found: Chip | None) -> dict[str, Any]:
    sent = [shop for shop in request.form.getlist("shops")[:10] if shop in chips.SHOPS]
    shops = sent if request.method == "POST" else list(found.shops if found else [])
    return {"row": found, "shops": shops, **_names()}


def _names() -> dict[str, Any]:
    return {"kinds": chips.KINDS, "shop_names": chips.SHOPS}
