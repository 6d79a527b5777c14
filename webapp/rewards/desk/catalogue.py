"""The catalogue for managers: every reward, and the form that writes one."""

import datetime as dt
import re
from typing import Any

from flask import Response, url_for
from wtforms import BooleanField, StringField
from wtforms.validators import NumberRange, Optional, StopValidation

from models import REWARD_KINDS, TIERS, Reward, Staff, Store
from webapp import access, clock, filters, forms, hx, vault
from webapp.rewards import catalogue, gifts
from webapp.rewards.desk import bp
from webapp.words import N_

LARGEST = 2**31 - 1


def a_day(form: Any, field: Any) -> None:
    if field.data and _day(field.data) is None:
        raise StopValidation(N_("日期像这样写：2026-05-31"))


def priced(form: Any, field: Any) -> None:
    """What is only given away needs no number of points; everything else does."""
    if not field.raw_data or not field.raw_data[0].strip():
        raise StopValidation("" if form.gift_only.data else N_("请填写数字"))


class Edit(forms.Form):
    """`stock_<store>` and `here_<store>` come on top, one pair per store; see `_form_class`."""

    ticket = forms.ticket()
    name = forms.text(60)
    name_en = forms.text(60, needed=False)
    name_hant = forms.text(60, needed=False)
    note = forms.text(200, needed=False)
    note_en = forms.text(200, needed=False)
    note_hant = forms.text(200, needed=False)
    kind = forms.choice(REWARD_KINDS)
    points = forms.Whole(validators=[priced, NumberRange(0, catalogue.POINTS_MOST, N_("数字超出范围"))])
    points_max = forms.number(1, catalogue.POINTS_MOST, needed=False)
    value = forms.Yuan()
    tier = forms.choice(TIERS)
    per_member = forms.number(1, 1000, needed=False)
    opens = StringField(validators=[Optional(), forms.plain, a_day])
    gift_only = BooleanField()
    early = StringField(validators=[Optional(), forms.plain, a_day])
    closes = StringField(validators=[Optional(), forms.plain, a_day])
    art = forms.choice(catalogue.ART)


@bp.get("/rewards", endpoint="catalogue")
def index() -> Response:
    """GET: all rewards of the brand and how many this store has; retired ones last. Managers."""
    _, store = access.staff("manager")
    at = clock.now()
    found = catalogue.listed(store.brand_id) + catalogue.listed(store.brand_id, retired=True)
    kept = gifts.kept_in(store.id)
    rows = [
        {
            "reward": row.reward,
            "stock": row.stock.get(store.id, ""),
            "kept": kept.get(row.reward.id, 0),
            "open": row.reward.is_open(at, "vip"),
        }
        for row in found
    ]
    return hx.page("rewards/desk_catalogue.html", rows=rows)


@bp.get("/rewards/new", defaults={"id": None})
@bp.get(f"/rewards/<int(max={LARGEST}):id>")
def edit(id: int | None) -> Response:
    """GET: a new reward, or one to change. Managers."""
    actor, store = access.staff("manager")
    reward, stores = _reward(id, store), _stores(actor, store)
    form = _form_class(stores)(data=_typed(reward, stores, store.timezone))
    return hx.page("rewards/desk_edit.html", form=form, **_editing(reward, stores))


@bp.post("/rewards/new", defaults={"id": None})
@bp.post(f"/rewards/<int(max={LARGEST}):id>")
def save(id: int | None) -> Response:
    """POST: keep it; goes to the catalogue."""
    actor, store = access.staff("manager")
    reward, stores = _reward(id, store), _stores(actor, store)
    form = forms.read(
        _form_class(stores), "rewards/desk_edit.html", "rewards/_desk_edit.html", **_editing(reward, stores)
    )
    draft = _draft(form, stores, store.timezone)
    catalogue.save(reward, draft, brand=store.brand_id, staff=actor, ticket=form.ticket.data, at=clock.now())
    return hx.go(url_for(".catalogue"))


@bp.post(f"/rewards/<int(max={LARGEST}):id>/retirement")
def retire(id: int) -> Response:
    """POST: out of the catalogue, or in again. Managers."""
    actor, store = access.staff("manager")
    reward = _reward(id, store)
    assert reward is not None
    change = catalogue.bring_back if reward.retired_at else catalogue.retire
    change(reward, actor, clock.now())
    return hx.go(url_for(".catalogue"))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _reward(id: int | None, store: Store) -> Reward | None:
    return access.find(Reward, Reward.id == id, Reward.brand == store.brand_id) if id is not None else None


def _stores(actor: Staff, store: Store) -> list[Store]:
    """Whose shelves this person fills: their own store's, or all for people of the brand."""
    mine = (Store.brand == store.brand_id) & Store.closed_at.is_null()
    query = Store.select().where(mine) if not actor.store_id else Store.select().where(mine, Store.id == actor.store_id)
    return list(query.order_by(Store.id).limit(100))


def _form_class(stores: list[Store]) -> type[Edit]:
    shelves: dict[str, Any] = {}
    for store in stores:
        shelves[f"here_{store.id}"] = BooleanField()
        shelves[f"stock_{store.id}"] = forms.number(0, catalogue.STOCK_MOST, needed=False)
    return type("EditHere", (Edit,), shelves)


def _editing(reward: Reward | None, stores: list[Store]) -> dict[str, Any]:
    kept = sum(gifts.kept_by_shelf(reward.id).values()) if reward else 0
    return {"reward": reward, "stores": stores, "kept": kept, "ticket": vault.token()[:32]}


def _typed(reward: Reward | None, stores: list[Store], timezone: str) -> dict[str, Any]:
    """What stands in the fields at first."""
    if reward is None:
        return {"kind": "item", "tier": "ordinary", "art": "gift", **{f"here_{store.id}": True for store in stores}}
    stock = catalogue.stock_of(reward)
    shelves: dict[str, Any] = {f"here_{store.id}": store.id in stock for store in stores}
    shelves |= {f"stock_{store.id}": stock.get(store.id) for store in stores}
    return {
        **forms.from_words(reward.name),
        **forms.from_words(reward.note, "note"),
        "value": filters.yuan(reward.value) if reward.value else "",
        "opens": _date(reward.opens_at, timezone),
        "early": _date(reward.early_at, timezone),
        "closes": _date(reward.closes_at and reward.closes_at - 1, timezone),
        **{
            name: getattr(reward, name)
            for name in ("kind", "points", "points_max", "tier", "per_member", "gift_only", "art")
        },
        **shelves,
    }


def _draft(form: Any, stores: list[Store], timezone: str) -> catalogue.Draft:
    closes = _moment(form.closes.data, timezone, days=1)
    return catalogue.Draft(
        name={"zh": form.name.data, "en": form.name_en.data or "", "zh_Hant": form.name_hant.data or ""},
        note={"zh": form.note.data or "", "en": form.note_en.data or "", "zh_Hant": form.note_hant.data or ""},
        kind=form.kind.data,
        points=form.points.data or 0,
        points_max=form.points_max.data,
        value=form.value.fen,
        tier=form.tier.data,
        per_member=form.per_member.data,
        opens_at=_moment(form.opens.data, timezone) or 0,
        early_at=_moment(form.early.data, timezone),
        closes_at=closes,
        gift_only=form.gift_only.data,
        art=form.art.data,
        here={store.id: bool(form[f"here_{store.id}"].data) for store in stores},
        stock={store.id: form[f"stock_{store.id}"].data for store in stores},
    )


def _day(text: str) -> dt.date | None:
    if not re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", text.strip()):
        return None
    year, month, day = (int(part) for part in text.strip().split("-"))
    return dt.date(year, month, day) if 1 <= month <= 12 and 1 <= day <= _month_length(year, month) else None


def _month_length(year: int, month: int) -> int:
    after = dt.date(year + month // 12, month % 12 + 1, 1)
    return (after - dt.timedelta(days=1)).day


def _moment(text: str | None, timezone: str, days: int = 0) -> int | None:
    """The first second of that day in the store; with days=1 the first one after it."""
    day = _day(text) if text else None
    if day is None:
        return None
    return clock.stamp(dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), clock.zone(timezone)))


def _date(at: int | None, timezone: str) -> str:
    return clock.local(at, timezone).date().isoformat() if at else ""
