"""The price list: what a shirt costs and how many opening days it takes. Managers."""

from typing import Any

from flask import Response, url_for

from models import GARMENTS, PriceItem, Store
from webapp import access, clock, forms, hx
from webapp.filters import yuan
from webapp.laundry import prices
from webapp.laundry.desk import bp, shown


class PriceForm(forms.Form):
    ticket = forms.ticket()
    name = forms.text(prices.NAME_MOST)
    name_hant = forms.text(prices.NAME_MOST, needed=False)
    name_en = forms.text(prices.NAME_MOST, needed=False)
    kind = forms.choice(GARMENTS)
    price = forms.Money()
    days = forms.number(0, prices.DAYS_MOST)


@bp.get("/prices", endpoint="prices")
def price_list() -> Response:
    """GET: the list, in the shop's order."""
    _, store = access.staff("manager")
    return hx.page("laundry/desk_prices.html", items=prices.items(store), form=shown.TapForm(), **shown.everywhere())


@bp.post("/prices/start")
def price_start() -> Response:
    """POST: the usual list of a laundry, to change instead of starting from nothing."""
    actor, store = access.staff("manager")
    forms.read(shown.TapForm, "laundry/desk_prices.html", items=[], **shown.everywhere())
    prices.starters(store, clock.now(), actor)
    return hx.go(url_for(".prices"))


@bp.get("/prices/new", defaults={"id": None})
@bp.get(f"/prices/<int(max={shown.LARGEST}):id>")
def price(id: int | None) -> Response:
    """GET: a new line, or one to change."""
    _, store = access.staff("manager")
    found = _found(id, store)
    return hx.page("laundry/desk_price.html", form=PriceForm(data=_typed(found)), item=found, **shown.everywhere())


@bp.post("/prices/new", defaults={"id": None})
@bp.post(f"/prices/<int(max={shown.LARGEST}):id>")
def price_save(id: int | None) -> Response:
    """POST: keep it; what was taken in already keeps its price."""
    actor, store = access.staff("manager")
    found = _found(id, store)
    form = forms.read(PriceForm, "laundry/desk_price.html", item=found, **shown.everywhere())
    name = shown.in_words(form, "name")
    prices.put(store, found, name, form.kind.data, form.price.fen, form.days.data, actor, clock.now())
    return hx.go(url_for(".prices"))


@bp.post(f"/prices/<int(max={shown.LARGEST}):id>/retirement")
def price_retire(id: int) -> Response:
    """POST: not on the list any more; orders that have it keep it."""
    actor, store = access.staff("manager")
    prices.retire(access.there(_found(id, store)), actor, clock.now())
    return hx.go(url_for(".prices"))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _found(id: int | None, store: Store) -> PriceItem | None:
    mine = (PriceItem.store == store.id) & PriceItem.retired_at.is_null()
    return access.find(PriceItem, PriceItem.id == id, mine) if id is not None else None


def _typed(found: PriceItem | None) -> dict[str, Any]:
    if found is None:
        return {"kind": "shirt", "days": 3}
    return {
        "name": found.name.get("zh"),
        "name_hant": found.name.get("zh_Hant"),
        "name_en": found.name.get("en"),
        "kind": found.kind,
        "price": yuan(found.price).removesuffix(".00"),
        "days": found.days,
    }
