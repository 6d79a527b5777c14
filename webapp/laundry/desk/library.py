"""The care library: what to know about a garment, a fabric, a colour, a stain. Everybody reads it, managers write in it."""

from typing import Any

from flask import Response, request, url_for

from models import COLOURS, FABRICS, GARMENTS, STAINS, Advice, Store
from webapp import access, clock, forms, hx
from webapp.laundry import advice
from webapp.laundry.advice import About
from webapp.laundry.desk import bp, shown


class AdviceForm(forms.Form):
    """Empty conditions hold for everything."""

    ticket = forms.ticket()
    kind = forms.choice(("", *GARMENTS))
    fabric = forms.choice(("", *FABRICS))
    colour = forms.choice(("", *COLOURS))
    stain = forms.choice(("", *STAINS))
    title = forms.text(60)
    title_hant = forms.text(60, needed=False)
    title_en = forms.text(120, needed=False)
    text = forms.text(400)
    text_hant = forms.text(400, needed=False)
    text_en = forms.text(800, needed=False)


@bp.get("/advice", endpoint="advice")
def cards() -> Response:
    """GET ?kind=&fabric=&colour=&stain=: the library, or the cards for one case, the most exact first."""
    access.staff()
    asked = {name: request.args.get(name, "")[:12] for name in ("kind", "fabric", "colour", "stain")}
    every = advice.everything()
    stains = [asked["stain"]] if asked["stain"] else []
    some = advice.cards(asked["kind"], asked["fabric"], asked["colour"], stains, among=every)
    return hx.page(
        "laundry/desk_advice.html",
        "laundry/_desk_advice.html",
        rows=some if any(asked.values()) else every,
        count=len(every),
        asked=asked,
        form=shown.TapForm(),
        **shown.everywhere(),
    )


@bp.post("/advice/start")
def advice_fill() -> Response:
    """POST: the shipped cards that are missing."""
    _, store = access.staff("manager")
    advice.fill(store.brand, clock.now())
    return hx.go(url_for(".advice"))


@bp.get("/advice/new", defaults={"id": None})
@bp.get(f"/advice/<int(max={shown.LARGEST}):id>")
def advice_card(id: int | None) -> Response:
    """GET: a new card, or one to change."""
    _, store = access.staff("manager")
    found = _found(id, store)
    return hx.page(
        "laundry/desk_advice_card.html", form=AdviceForm(data=_typed(found)), row=found, **shown.everywhere()
    )


@bp.post("/advice/new", defaults={"id": None})
@bp.post(f"/advice/<int(max={shown.LARGEST}):id>")
def advice_save(id: int | None) -> Response:
    """POST: keep it."""
    actor, store = access.staff("manager")
    found = _found(id, store)
    form = forms.read(AdviceForm, "laundry/desk_advice_card.html", row=found, **shown.everywhere())
    about = About(form.kind.data, form.fabric.data, form.colour.data, form.stain.data)
    title, text = shown.in_words(form, "title"), shown.in_words(form, "text")
    advice.put(store.brand, found, about, title, text, actor, clock.now())
    return hx.go(url_for(".advice"))


@bp.post(f"/advice/<int(max={shown.LARGEST}):id>/retirement")
def advice_retire(id: int) -> Response:
    """POST: we do it differently here."""
    actor, store = access.staff("manager")
    advice.retire(access.there(_found(id, store)), actor, clock.now())
    return hx.go(url_for(".advice"))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _found(id: int | None, store: Store) -> Advice | None:
    mine = (Advice.brand == store.brand_id) & Advice.retired_at.is_null()
    return access.find(Advice, Advice.id == id, mine) if id is not None else None


def _typed(found: Advice | None) -> dict[str, Any]:
    if found is None:
        return {}
    filled = {name: getattr(found, name) for name in ("kind", "fabric", "colour", "stain")}
    for name, said in (("title", found.title), ("text", found.text)):
        filled |= {name: said.get("zh"), f"{name}_hant": said.get("zh_Hant"), f"{name}_en": said.get("en")}
    return filled
