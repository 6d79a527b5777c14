"""Tips: written, shown, put away; and the way to the shop's chat group. Managers."""

from typing import Any

from flask import Response, request, url_for
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from models import KINDS, Article, Brand, Store
from webapp import access, clock, forms, hx, policy, storage, vault
from webapp.care import articles, kinds
from webapp.care.desk.bp import bp
from webapp.stores import settings
from webapp.words import N_

LARGEST = 2**31 - 1
PAGE = "care/desk_tips.html"
SHOPS = {"bath": N_("浴场"), "laundry": N_("洗衣店"), "retail": N_("小店")}


def _text(*, needed: bool = True) -> TextAreaField:
    rules: list[Any] = [InputRequired(N_("请填写")) if needed else Optional(), forms.plain]
    return TextAreaField(
        validators=[*rules, Length(max=articles.TEXT_MOST, message=N_("太长了，请写短一点"))], filters=[forms.tidy]
    )


class TipForm(forms.Form):
    ticket = forms.ticket()
    title = forms.text(articles.TITLE_MOST)
    title_hant = forms.text(articles.TITLE_MOST, needed=False)
    title_en = forms.text(articles.TITLE_MOST, needed=False)
    text = _text()
    text_hant = _text(needed=False)
    text_en = _text(needed=False)


class GroupForm(forms.Form):
    ticket = forms.ticket()
    group_url = forms.text(200, needed=False)


@bp.get("/care/tips", endpoint="tips")
def tips_page() -> Response:
    """GET: all of them, those of this season marked; the group's address."""
    _, store = access.staff("manager")
    with storage.in_passing():
        articles.fill(store.brand, clock.now())
    return hx.page(PAGE, form=None, wrong="", **_page(store))


@bp.get("/care/tips/new", endpoint="tip_new")
@bp.get(f"/care/tips/<int(max={LARGEST}):id>", endpoint="tip")
def tip_page(id: int = 0) -> Response:
    """GET: one to edit, or an empty one."""
    _, store = access.staff("manager")
    row = articles.find(store.brand, id) if id else None
    title = forms.from_words(row.title, "title") if row else {}
    text = forms.from_words(row.text, "text") if row else {}
    return hx.page("care/desk_tip.html", form=TipForm(data=title | text), **_one(row, store))


@bp.post("/care/tips")
def tip_add() -> Response:
    """POST: one more; it is shown when somebody shows it."""
    return _save(None)


@bp.post(f"/care/tips/<int(max={LARGEST}):id>")
def tip_save(id: int) -> Response:
    """POST: in other words."""
    return _save(id)


@bp.post(f"/care/tips/<int(max={LARGEST}):id>/showing")
def tip_show(id: int) -> Response:
    """POST: for everybody to read."""
    actor, store = access.staff("manager")
    articles.show(articles.find(store.brand, id), actor, clock.now())
    return hx.go(url_for(".tips", _anchor=f"t{id}"))


@bp.post(f"/care/tips/<int(max={LARGEST}):id>/hiding")
def tip_hide(id: int) -> Response:
    """POST: only for the desk."""
    actor, store = access.staff("manager")
    articles.hide(articles.find(store.brand, id), actor, clock.now())
    return hx.go(url_for(".tips", _anchor=f"t{id}"))


@bp.post(f"/care/tips/<int(max={LARGEST}):id>/retirement")
def tip_retire(id: int) -> Response:
    """POST: put away for good."""
    actor, store = access.staff("manager")
    articles.retire(articles.find(store.brand, id), actor, clock.now())
    return hx.go(url_for(".tips"))


@bp.post("/care/group")
def group() -> Response:
    """POST group_url=: where our customers chat; nowhere when it is empty."""
    actor, store = access.staff("manager")
    form = forms.read(GroupForm, PAGE, later=lambda: _page(store) | {"wrong": "group"})
    settings.set_group(store, form.group_url.data or "", actor, clock.now())
    return hx.go(url_for(".tips"))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _save(id: int | None) -> Response:
    actor, store = access.staff("manager")
    row = articles.find(store.brand, id) if id else None
    form = forms.read(TipForm, "care/desk_tip.html", later=lambda: _one(row, store))
    brand: Brand = store.brand
    made = articles.put(
        brand,
        row,
        forms.in_words(form, "title"),
        forms.in_words(form, "text"),
        actor,
        clock.now(),
        when=request.form.getlist("season")[: len(articles.SEASONS)],
        shops=request.form.getlist("shop")[: len(KINDS)],
    )
    return hx.go(url_for(".tips", _anchor=f"t{made.id}"))


def _one(row: Article | None, store: Store) -> dict[str, Any]:
    sent = request.method == "POST"
    return {
        "row": row,
        "seasons": kinds.SEASONS,
        "shops": SHOPS,
        "picked": request.form.getlist("season") if sent else row.seasons if row else [],
        "for_shops": request.form.getlist("shop") if sent else row.shops if row else [store.kind],
        "ticket": vault.token()[:32],
    }


def _page(store: Store) -> dict[str, Any]:
    at = clock.now()
    now = set(articles.now_in(at, store.timezone))
    rows = articles.everything(store.brand_id)
    return {
        "rows": [(row, bool(now & set(row.seasons))) for row in rows],
        "seasons": kinds.SEASONS,
        "shops": SHOPS,
        "group_url": policy.of(store).group_url,
        "ticket": vault.token()[:32],
    }
