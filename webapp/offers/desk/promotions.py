"""Managers' doors to promotions: member day, double points, bundles by the hour. Each reads as a sentence and is switched with one tap."""

from typing import Any

from flask import Response, request, url_for
from wtforms import SelectMultipleField, StringField
from wtforms.validators import Optional

from models import PROMOTION_KINDS, TIERS, Promotion, Staff, Store
from webapp import access, clock, filters, forms, hx, vault
from webapp.offers.desk import typed
from webapp.offers.desk.bp import bp
from webapp.offers.desk.typed import LARGEST
from webapp.prices import editing, promotions
from webapp.prices.editing import Draft
from webapp.refusals import Forbidden

WHOLE, PART = "offers/desk_promotion.html", "offers/_desk_promotion.html"
AHEAD = 5


class Edit(forms.Form):
    """`days` are weekdays from Monday, `times` as it is said: 2 is double; empty hours are the whole day."""

    ticket = forms.ticket()
    name = forms.text(40)
    name_hant = forms.text(40, needed=False)
    name_en = forms.text(60, needed=False)
    note = forms.text(120, needed=False)
    note_hant = forms.text(120, needed=False)
    note_en = forms.text(160, needed=False)
    kind = forms.choice(PROMOTION_KINDS)
    percent = forms.number(1, 100, needed=False)
    times = forms.Yuan()
    price = forms.Yuan()
    usual = forms.Yuan()
    days = SelectMultipleField(choices=list("0123456"), coerce=int)
    month_day = forms.number(1, 31, needed=False)
    opens = StringField(validators=[Optional(), forms.plain, typed.a_time])
    closes = StringField(validators=[Optional(), forms.plain, typed.a_time])
    begins = StringField(validators=[Optional(), forms.plain, typed.a_day])
    until = StringField(validators=[Optional(), forms.plain, typed.a_day])
    tiers = SelectMultipleField(choices=list(TIERS))
    stores = SelectMultipleField(choices=[], coerce=int)


class TapForm(forms.Form):
    """A switch."""


@bp.get("/promotions", endpoint="promotions")
def index() -> Response:
    """GET: every promotion as a sentence, what is on first. Managers."""
    actor, store = access.staff("manager")
    return hx.page("offers/desk_promotions.html", "offers/_desk_promotions.html", form=None, **_list(actor, store))


@bp.get("/promotions/new", defaults={"id": None}, endpoint="promotion")
@bp.get(f"/promotions/<int(max={LARGEST}):id>", endpoint="promotion")
def edit(id: int | None) -> Response:
    """GET ?kind=: a new promotion, or one to change. Managers."""
    actor, store = access.staff("manager")
    promotion, stores = _find(id, store), _stores(actor, store)
    form = _of(stores)(data=_typed(promotion, store))
    return hx.page(WHOLE, PART, form=form, **_editing(promotion, actor, store, stores))


@bp.post("/promotions/new", defaults={"id": None}, endpoint="promotion_save")
@bp.post(f"/promotions/<int(max={LARGEST}):id>", endpoint="promotion_save")
def save(id: int | None) -> Response:
    """POST: keep it; goes to the list. A new one is off until it is switched on."""
    (actor, store), at = access.staff("manager"), clock.now()
    promotion, stores = _may(_find(id, store), actor), _stores(actor, store)
    form = forms.read(_of(stores), WHOLE, PART, **_editing(promotion, actor, store, stores))
    editing.put(
        promotion, _draft(form, actor, store), brand=store.brand_id, at=at, staff=actor, ticket=form.ticket.data
    )
    return hx.go(url_for(".promotions"))


@bp.get("/promotions/preview", endpoint="promotion_preview")
def preview() -> Response:
    """GET: what the fields mean, as a sentence, and the next days on which it holds."""
    actor, store = access.staff("manager")
    form = forms.from_query(_of(_stores(actor, store)))
    draft = None if any(field.errors for field in form if field.name != "ticket") else _draft(form, actor, store)
    return hx.page("offers/_desk_promotion_said.html", said=_said(draft, store) if draft else None)


@bp.post(f"/promotions/<int(max={LARGEST}):id>/switch", endpoint="promotion_switch")
def switch(id: int) -> Response:
    """POST: on, or off again, at once."""
    (actor, store), at = access.staff("manager"), clock.now()
    promotion = _may(_find(id, store), actor)
    assert promotion is not None
    forms.read(TapForm, "offers/desk_promotions.html", "offers/_desk_promotions.html", lambda: _list(actor, store))
    editing.switch(promotion, promotion.on_since is None, at, actor)
    return hx.swap(
        "offers/_desk_promotions.html", url_for(".promotions"), lambda: {"form": None, **_list(actor, store)}
    )


@bp.post(f"/promotions/<int(max={LARGEST}):id>/retirement", endpoint="promotion_retire")
def retire(id: int) -> Response:
    """POST: over for good; bills keep what they were priced with."""
    (actor, store), at = access.staff("manager"), clock.now()
    promotion = _may(_find(id, store), actor)
    assert promotion is not None
    editing.retire(promotion, at, actor)
    return hx.go(url_for(".promotions"))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _find(id: int | None, store: Store) -> Promotion | None:
    return editing.of(store.brand_id, id) if id is not None else None


def _mine(promotion: Promotion, actor: Staff) -> bool:
    """A manager of one store changes what holds there only; people of the brand change everything."""
    return not actor.store_id or promotion.stores == [actor.store_id]


def _may(promotion: Promotion | None, actor: Staff) -> Promotion | None:
    if promotion and not _mine(promotion, actor):
        raise Forbidden("这个活动别的店也在做，请老板来改", code="brand_wide")
    return promotion


def _stores(actor: Staff, store: Store) -> list[Store]:
    """Where this person may let it hold."""
    mine = (Store.brand == store.brand_id) & Store.closed_at.is_null()
    query = Store.select().where(mine) if not actor.store_id else Store.select().where(mine, Store.id == actor.store_id)
    return list(query.order_by(Store.id).limit(100))


def _of(stores: list[Store]) -> type[Edit]:
    choices = [str(store.id) for store in stores]
    return type("EditHere", (Edit,), {"stores": SelectMultipleField(choices=choices, coerce=int)})


def _list(actor: Staff, store: Store) -> dict[str, Any]:
    at, names = clock.now(), _names(store)
    rows = [_row(promotion, actor, store, at, names) for promotion in editing.listed(store.brand_id)]
    return {"rows": sorted(rows, key=lambda row: row["p"].on_since is None), "at": at}


def _row(promotion: Promotion, actor: Staff, store: Store, at: int, names: dict[int, dict[str, str]]) -> dict[str, Any]:
    offer = editing.offer(promotion)
    places = [names[place] for place in promotion.stores if place in names]
    example = editing.in_yuan(offer)
    return {
        "p": promotion,
        "said": filters.say(editing.sentence(offer, places)),
        "example": filters.say(example) if example else "",
        "now": promotions.holds(offer, at, store.timezone),
        "next": next(iter(promotions.coming(offer, at, store.timezone)), None),
        "mine": _mine(promotion, actor),
    }


def _names(store: Store) -> dict[int, dict[str, str]]:
    return dict(Store.select(Store.id, Store.name).where(Store.brand == store.brand_id).limit(500).tuples())


def _editing(promotion: Promotion | None, actor: Staff, store: Store, stores: list[Store]) -> dict[str, Any]:
    return {
        "p": promotion,
        "stores": stores,
        "own_store": bool(actor.store_id),
        "mine": promotion is None or _mine(promotion, actor),
        "said": _said(editing.offer(promotion), store) if promotion else None,
        "ticket": vault.token()[:32],
    }


def _said(it: Any, store: Store) -> dict[str, Any]:
    """The sentence, an example, and the next days."""
    names, example = _names(store), editing.in_yuan(it)
    offer = it if isinstance(it, promotions.Offer) else promotions.Offer(0, **vars(it))
    return {
        "sentence": filters.say(editing.sentence(it, [names[place] for place in it.stores if place in names])),
        "example": filters.say(example) if example else "",
        "next": promotions.coming(offer, clock.now(), store.timezone, 62)[:AHEAD],
    }


def _typed(promotion: Promotion | None, store: Store) -> dict[str, Any]:
    """What stands in the fields at first."""
    if promotion is None:
        kind = request.args.get("kind", "")
        return {"kind": kind if kind in PROMOTION_KINDS else "member_day", "days": list(range(7)), "stores": []}
    zone = store.timezone
    return {
        **forms.from_words(promotion.name),
        **forms.from_words(promotion.note, "note"),
        **{name: getattr(promotion, name) for name in ("kind", "percent", "month_day", "tiers", "stores")},
        "times": filters.yuan(promotion.times) if promotion.times else "",
        "price": "" if promotion.price is None else filters.yuan(promotion.price),
        "usual": "" if promotion.usual is None else filters.yuan(promotion.usual),
        "days": [day for day in range(7) if promotion.weekdays >> day & 1],
        "opens": typed.as_time(promotion.opens) if (promotion.opens, promotion.closes) != (0, 1440) else "",
        "closes": typed.as_time(promotion.closes) if (promotion.opens, promotion.closes) != (0, 1440) else "",
        "begins": typed.as_day(promotion.from_at, zone),
        "until": typed.as_day(promotion.until_at and promotion.until_at - 1, zone),
    }


def _draft(form: Any, actor: Staff, store: Store) -> Draft:
    """What was meant. Fields of another kind than the chosen one are left aside, so that changing one's mind costs nothing."""
    kind, closes = form.kind.data, typed.minutes(form.closes.data or "")
    priced, bundle = kind in promotions.PRICED, kind == "bundle"
    return Draft(
        kind=kind,
        name=forms.in_words(form),
        note=forms.in_words(form, "note"),
        percent=form.percent.data if priced else None,
        times=form.times.fen if kind == "times" else None,
        price=form.price.fen if bundle else None,
        usual=form.usual.fen if bundle else None,
        stores=[actor.store_id] if actor.store_id else sorted(form.stores.data or []),
        tiers=[tier for tier in TIERS if tier in (form.tiers.data or [])],
        weekdays=sum(1 << day for day in set(form.days.data or [])),
        month_day=form.month_day.data,
        opens=typed.minutes(form.opens.data or "") or 0,
        closes=1440 if closes is None else closes,
        from_at=typed.begins(form.begins.data, store.timezone),
        until_at=typed.ends(form.until.data, store.timezone),
    )
