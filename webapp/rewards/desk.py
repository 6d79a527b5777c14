"""The counter's doors to rewards: one redemption with its words, approve, decline, undo; and the catalogue for managers."""

import datetime as dt
import re
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext
from wtforms import BooleanField, StringField
from wtforms.validators import Optional, StopValidation

from models import REWARD_KINDS, TIERS, Member, Param, Prepared, Redemption, Reward, Shelf, Staff, Store, read_row
from webapp import access, clock, filters, forms, hx, policy, vault, words
from webapp.clock import MINUTE
from webapp.members import looks, phones
from webapp.points import visits
from webapp.rewards import catalogue, redemptions
from webapp.rewards import words as pairs
from webapp.staff import board, queue
from webapp.words import N_

bp = Blueprint("rewards_desk", __name__, url_prefix="/desk")
LARGEST = 2**31 - 1

_REDEMPTION = Prepared(
    lambda: (
        Redemption.select(Redemption, Reward)
        .join(Reward)
        .where(Redemption.code == Param("code"), Redemption.store == Param("store"))
    )
)


def a_day(form: Any, field: Any) -> None:
    if field.data and _day(field.data) is None:
        raise StopValidation(N_("日期像这样写：2026-05-31"))


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
    points = forms.number(0, catalogue.POINTS_MOST)
    points_max = forms.number(1, catalogue.POINTS_MOST, needed=False)
    value = forms.Yuan()
    tier = forms.choice(TIERS)
    per_member = forms.number(1, 1000, needed=False)
    opens = StringField(validators=[Optional(), forms.plain, a_day])
    early = StringField(validators=[Optional(), forms.plain, a_day])
    closes = StringField(validators=[Optional(), forms.plain, a_day])
    art = forms.choice(catalogue.ART)


# --- one redemption ------------------------------------------------------------------------------------------------------


@bp.get("/redemptions/<code>")
def show(code: str) -> Response:
    """GET: one redemption of this store; opens its card, so that colleagues see who has it."""
    (actor, store), at = access.staff(), clock.now()
    redemption = _settled(_find(code, store), at)
    card = queue.open_card("redemption", redemption.code, actor, at)
    looks.view(redemption.member, actor, store, at)
    context = _detail(redemption, actor, queue.taken_by(card, actor, at) if card else "")
    if hx.asked():
        return hx.page("rewards/desk_show.swap.html", **context)
    return hx.page("rewards/desk_show.html", **board.context(store, actor, at, current=redemption.code), **context)


@bp.post("/redemptions/<code>/approval")
def approve(code: str) -> Response:
    """POST: handed over; the points are spent."""
    (actor, store), at = access.staff(), clock.now()
    return _answer(redemptions.approve(_find(code, store), actor, at), actor)


@bp.post("/redemptions/<code>/refusal")
def decline(code: str) -> Response:
    """POST why=: cannot be handed over; points and stock go back."""
    (actor, store), at = access.staff(), clock.now()
    return _answer(redemptions.decline(_find(code, store), actor, request.form.get("why", ""), at), actor)


@bp.post("/redemptions/<code>/reversal")
def undo(code: str) -> Response:
    """POST: a wrong approval, taken back within ten minutes; the PIN is asked again."""
    actor, store = access.staff(fresh=True, back=url_for(".show", code=code))
    return _answer(redemptions.undo(_find(code, store), actor, clock.now()), actor)


# --- the catalogue -------------------------------------------------------------------------------------------------------


@bp.get("/undo")
def latest_undo() -> Response:
    """GET: the bar that takes back what this store handed over last; the desk's home fetches it for itself."""
    at, store = clock.now(), access.desk().store
    assert store is not None
    latest = redemptions.undoable(store.id, at)
    return hx.page("desk/_undo.html", undo=_undo(latest[0], at) if latest else None)


@bp.get("/rewards", endpoint="catalogue")
def index() -> Response:
    """GET: all rewards of the brand and how many this store has; retired ones last. Managers."""
    _, store = access.staff("manager")
    at = clock.now()
    found = catalogue.listed(store.brand_id) + catalogue.listed(store.brand_id, retired=True)
    rows = [
        {"reward": row.reward, "stock": row.stock.get(store.id, ""), "open": row.reward.is_open(at, "vip")}
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


def _find(code: str, store: Store) -> Redemption:
    """A redemption of this store, and its reward with it."""
    found, rest = read_row(Redemption, access.there(_REDEMPTION.row(code=code.upper(), store=store.id)))
    found.__rel__["reward"], _ = read_row(Reward, rest)
    redemption: Redemption = found
    return redemption


def _settled(redemption: Redemption, at: int) -> Redemption:
    if redemption.state == "held" and redemption.expires_at <= at:
        redemptions.refresh(redemption.member_id, at)
        redemption = Redemption.get_by_id(redemption.id)
    return redemption


def _answer(redemption: Redemption, actor: Staff) -> Response:
    address = url_for(".show", code=redemption.code)
    return hx.swap("rewards/desk_settled.swap.html", address, lambda: _detail(redemption, actor, ""))


def _detail(redemption: Redemption, actor: Staff, taken: str) -> dict[str, Any]:
    at, member = clock.now(), Member.get_by_id(redemption.member_id)
    spent = redemption.points if redemption.state in ("held", "captured") else 0
    ours, theirs = pairs.spoken(redemption.words, words.locale()), pairs.spoken(redemption.words, member.locale)
    return {
        "r": redemption,
        "reward": redemption.reward,
        "member": member,
        "words": ours,
        "theirs": theirs if theirs != ours else None,
        "band": pairs.band(redemption.words),
        "before": member.points + spent,
        "after": member.points,
        "stock": Shelf.get_by_id(redemption.shelf_id).stock,
        "taken": taken,
        "own": actor.member_id == member.id,
        "card": _card(member),
        "undo": _undo(redemption, at),
        "ticket": vault.token()[:32],
        "at": at,
    }


def _card(member: Member) -> dict[str, Any]:
    seen = [{"at": visit.at, "store": visit.store.name, "amount": None} for visit in visits.recent(member.id)]
    return {"member": member, "masked": phones.masked(member), "notes": [], "flags": [], "visits": seen}


def _undo(redemption: Redemption, at: int) -> dict[str, Any] | None:
    until = (redemption.settled_at or 0) + policy.of(redemption.store).undo_minutes * MINUTE
    if redemption.state != "captured" or until < at:
        return None
    return {
        "text": gettext("已核销：%(reward)s", reward=words.said(redemption.reward.name)),
        "action": url_for(".undo", code=redemption.code),
        "start": redemption.settled_at,
        "until": until,
        "ticket": vault.token()[:32],
    }


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
    return {"reward": reward, "stores": stores, "ticket": vault.token()[:32]}


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
        **{name: getattr(reward, name) for name in ("kind", "points", "points_max", "tier", "per_member", "art")},
        **shelves,
    }


def _draft(form: Any, stores: list[Store], timezone: str) -> catalogue.Draft:
    closes = _moment(form.closes.data, timezone, days=1)
    return catalogue.Draft(
        name={"zh": form.name.data, "en": form.name_en.data or "", "zh_Hant": form.name_hant.data or ""},
        note={"zh": form.note.data or "", "en": form.note_en.data or "", "zh_Hant": form.note_hant.data or ""},
        kind=form.kind.data,
        points=form.points.data,
        points_max=form.points_max.data,
        value=form.value.fen,
        tier=form.tier.data,
        per_member=form.per_member.data,
        opens_at=_moment(form.opens.data, timezone) or 0,
        early_at=_moment(form.early.data, timezone),
        closes_at=closes,
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
