"""What coupons are like: the list, the editor, the words that give one, and one for everybody of a segment. Managers."""

from dataclasses import asdict
from typing import Any

from flask import Response, url_for
from wtforms import SelectMultipleField, StringField
from wtforms.validators import Optional

from models import COUPON_KINDS, CouponCode, Handout, Service, Staff, Store, Template
from webapp import access, clock, filters, forms, hx, qr, vault
from webapp.insights import segments
from webapp.offers import handouts
from webapp.offers.desk import typed
from webapp.offers.desk.bp import bp
from webapp.offers.desk.typed import LARGEST
from webapp.prices import codes, templates
from webapp.prices.templates import Draft
from webapp.words import N_

EDIT, FORM = "offers/desk_template.html", "offers/_desk_template.html"
# Why somebody of a segment got none, by the code of the no.
WHYS = {
    "had_theirs": N_("已经有了"),
    "none_left": N_("发完了"),
    "none_left_today": N_("今天的发完了"),
    "retired": N_("停发了"),
    "open_case": N_("有事还没答复"),
    "no_such_member": N_("不在了"),
}


class Edit(forms.Named):
    """`weekday` from Monday as 0; empty hours are the whole day; `stores` are those in which it holds, none are all."""

    ticket = forms.ticket()
    kind = forms.choice(COUPON_KINDS)
    amount = forms.Money()
    percent = forms.number(1, 100, needed=False)
    service = forms.number(1, LARGEST, needed=False)
    minimum = forms.Yuan()
    weekday = SelectMultipleField(choices=[(day, "") for day in range(7)], coerce=int)
    opens = StringField(validators=[Optional(), forms.plain, typed.a_time])
    closes = StringField(validators=[Optional(), forms.plain, typed.a_time])
    days = forms.number(1, templates.DAYS_MOST, needed=False)
    begins = StringField(validators=[Optional(), forms.plain, typed.a_day])
    until = StringField(validators=[Optional(), forms.plain, typed.a_day])
    most = forms.number(1, templates.GIVEN_MOST, needed=False)
    per_member = forms.number(1, 1000, needed=False)
    per_day = forms.number(1, templates.GIVEN_MOST, needed=False)
    stores = SelectMultipleField(choices=[], coerce=int)


class CodeForm(forms.Form):
    code = forms.text(codes.LONGEST * 2)
    most = forms.number(1, templates.GIVEN_MOST, needed=False)
    until = StringField(validators=[Optional(), forms.plain, typed.a_day])


class HandoutForm(forms.Form):
    ticket = forms.ticket()
    segment = forms.number(1, LARGEST)


@bp.get("/coupons", endpoint="templates")
def index() -> Response:
    """GET: every kind of coupon as a sentence, how many were given and used; retired ones last."""
    _, store = access.staff("manager")
    running, gone = templates.listed(store.brand_id), templates.listed(store.brand_id, retired=True)
    used = templates.used([row.id for row in [*running, *gone]])
    return hx.page(
        "offers/desk_templates.html",
        rows=[_row(row, used) for row in running],
        gone=[_row(row, used) for row in gone],
    )


@bp.get("/coupons/new", endpoint="template", defaults={"id": None})
@bp.get(f"/coupons/kinds/<int(max={LARGEST}):id>", endpoint="template")
def edit(id: int | None) -> Response:
    """GET: a new kind, or one to change; how its sentence reads now, its words and handouts."""
    actor, store = access.staff("manager")
    template = templates.of(store.brand_id, id) if id is not None else None
    form = _form(store)(data=_typed(template, store))
    return hx.page(EDIT, form=form, **_editing(template, actor, store, clock.now()))


@bp.post("/coupons/new", endpoint="template_save", defaults={"id": None})
@bp.post(f"/coupons/kinds/<int(max={LARGEST}):id>", endpoint="template_save")
def save(id: int | None) -> Response:
    """POST: keep it; coupons that were given keep what they were given with."""
    (actor, store), at = access.staff("manager"), clock.now()
    template = templates.of(store.brand_id, id) if id is not None else None
    form = forms.read(_form(store), EDIT, FORM, lambda: _editing(template, actor, store, at))
    kept = templates.put(
        template, _draft(form, store), brand=store.brand_id, staff=actor, at=at, ticket=form.ticket.data
    )
    return hx.go(url_for(".template", id=kept.id))


@bp.get("/coupons/preview", endpoint="template_preview")
def preview() -> Response:
    """GET with the form's fields: how it would read. A part of the editor."""
    _, store = access.staff("manager")
    form = forms.from_query(_form(store))
    return hx.page("offers/_desk_template_said.html", **_said(form, store))


@bp.post(f"/coupons/kinds/<int(max={LARGEST}):id>/retirement", endpoint="template_retire")
def retire(id: int) -> Response:
    """POST: no more are given, or again."""
    (actor, store), at = access.staff("manager"), clock.now()
    template = templates.of(store.brand_id, id)
    change = templates.bring_back if template.retired_at else templates.retire
    change(template, at, actor)
    return hx.go(url_for(".templates"))


@bp.post(f"/coupons/kinds/<int(max={LARGEST}):id>/codes")
def code_add(id: int) -> Response:
    """POST code=&most=&until=: a word that gives it."""
    (actor, store), at = access.staff("manager"), clock.now()
    template = templates.of(store.brand_id, id)
    page, part = "offers/desk_codes.html", "offers/_desk_codes.html"
    form = forms.read(CodeForm, page, part, lambda: _codes(template, at))
    until = typed.ends(form.until.data, store.timezone)
    codes.put(template, codes.Draft(form.code.data, form.most.data, None, until), at, actor)
    return hx.swap(part, url_for(".template", id=id, _anchor="codes"), lambda: {"form": None, **_codes(template, at)})


@bp.post(f"/coupons/codes/<int(max={LARGEST}):id>/retirement")
def code_retire(id: int) -> Response:
    """POST: this word gives nothing any more."""
    (actor, store), at = access.staff("manager"), clock.now()
    found: CouponCode = access.find(CouponCode, CouponCode.id == id)
    template = templates.of(store.brand_id, found.template_id)
    codes.retire(found, at, actor)
    then = url_for(".template", id=template.id, _anchor="codes")
    return hx.swap("offers/_desk_codes.html", then, lambda: {"form": None, **_codes(template, at)})


@bp.post(f"/coupons/kinds/<int(max={LARGEST}):id>/handouts")
def handout(id: int) -> Response:
    """POST segment=: one for everybody who belongs to it now."""
    (actor, store), at = access.staff("manager"), clock.now()
    template = templates.of(store.brand_id, id)
    page, part = "offers/desk_handouts.html", "offers/_desk_handouts.html"
    form = forms.read(HandoutForm, page, part, lambda: _handouts(template, store))
    saved = {segment.id for segment in segments.saved(store.brand)}
    segment = access.there(form.segment.data if form.segment.data in saved else None)
    handouts.begin(template, segment, store, actor, at, key=f"{actor.id}:{form.ticket.data}")
    then = url_for(".template", id=id, _anchor="handouts")
    return hx.swap(part, then, lambda: {"form": None, **_handouts(template, store)})


@bp.get(f"/coupons/kinds/<int(max={LARGEST}):id>/handouts")
def handout_part(id: int) -> Response:
    """GET: how far they are. A part of the editor, asked for again while one runs."""
    _, store = access.staff("manager")
    template = templates.of(store.brand_id, id)
    return hx.page("offers/desk_handouts.html", "offers/_desk_handouts.html", form=None, **_handouts(template, store))


@bp.post(f"/coupons/handouts/<int(max={LARGEST}):id>/stop")
def handout_stop(id: int) -> Response:
    """POST: no more of them."""
    (actor, store), at = access.staff("manager"), clock.now()
    found: Handout = access.find(Handout, Handout.id == id)
    template = templates.of(store.brand_id, found.template_id)
    handouts.stop(found, actor, at)
    then = url_for(".template", id=template.id, _anchor="handouts")
    return hx.swap("offers/_desk_handouts.html", then, lambda: {"form": None, **_handouts(template, store)})


# --- how it is done ----------------------------------------------------------------------------------------------------


def _row(template: Template, used: dict[int, int]) -> dict[str, Any]:
    return {"t": template, "used": used.get(template.id, 0), **_sentences(template)}


def _stores(store: Store) -> list[Store]:
    mine = (Store.brand == store.brand_id) & Store.closed_at.is_null()
    return list(Store.select().where(mine).order_by(Store.id).limit(100))


def _services(store: Store) -> list[Service]:
    mine = (Store.brand == store.brand_id) & Service.retired_at.is_null()
    return list(Service.select().join(Store).where(mine).order_by(Service.store, Service.id).limit(200))


def _form(store: Store) -> type[Edit]:
    choices = [(one.id, "") for one in _stores(store)]
    return type("EditHere", (Edit,), {"stores": SelectMultipleField(choices=choices, coerce=int)})


def _draft(form: Any, store: Store) -> Draft:
    opens, closes = typed.minutes(form.opens.data or "0:00"), typed.minutes(form.closes.data or "24:00")
    return Draft(
        name=forms.in_words(form),
        kind=form.kind.data,
        amount=form.amount.fen,
        percent=form.percent.data if form.kind.data == "percent" else None,
        service=form.service.data if form.kind.data == "service" else None,
        minimum=form.minimum.fen if form.minimum.data else 0,
        stores=sorted(form.stores.data or []),
        weekdays=sum(1 << day for day in set(form.weekday.data or [])),
        opens=opens or 0,
        closes=1440 if closes is None else closes,
        days=form.days.data,
        from_at=typed.begins(form.begins.data, store.timezone),
        until_at=typed.ends(form.until.data, store.timezone),
        most=form.most.data,
        per_member=form.per_member.data,
        per_day=form.per_day.data,
    )


def _typed(template: Template | None, store: Store) -> dict[str, Any]:
    """What stands in the fields at first."""
    if template is None:
        return {"kind": "amount", "weekday": list(range(7)), "days": 30, "per_member": 1}
    return {
        **forms.from_words(template.name),
        "kind": template.kind,
        "amount": filters.yuan(template.amount),
        "percent": template.percent,
        "service": template.service_id,
        "minimum": filters.yuan(template.minimum) if template.minimum else "",
        "weekday": [day for day in range(7) if template.weekdays >> day & 1],
        "opens": typed.as_time(template.opens) if template.opens else "",
        "closes": typed.as_time(template.closes) if template.closes != 1440 else "",
        "days": template.days,
        "begins": typed.as_day(template.from_at, store.timezone),
        "until": typed.as_day(template.until_at - 1 if template.until_at else None, store.timezone),
        "most": template.most,
        "per_member": template.per_member,
        "per_day": template.per_day,
        "stores": template.stores,
    }


def _editing(template: Template | None, actor: Staff, store: Store, at: int) -> dict[str, Any]:
    parts = {**_codes(template, at), **_handouts(template, store)} if template else {}
    return {
        "t": template,
        "used": templates.used([template.id]).get(template.id, 0) if template else 0,
        **(_sentences(template) if template else {"said": "", "limits": "", "problem": ""}),
        "stores": _stores(store),
        "services": _services(store),
        **parts,
        "ticket": vault.token()[:32],
    }


def _said(form: Any, store: Store) -> dict[str, Any]:
    """How what stands in the fields reads, as far as it makes sense."""
    if any(field.errors for field in form if field.name not in ("ticket", "name")):
        return {"said": "", "limits": "", "problem": ""}
    draft = _draft(form, store)
    draft.name = draft.name if draft.name["zh"] else {"zh": "…"}
    refusal = templates.problem(draft, store.brand_id)
    if refusal:
        return {"said": "", "limits": "", "problem": filters.say(refusal)}
    return _sentences(Template(brand=store.brand_id, **asdict(draft)))


def _sentences(template: Template) -> dict[str, Any]:
    limits = templates.limits(template)
    said = filters.say(templates.sentence(template))
    return {"said": said, "limits": filters.say(limits) if limits else "", "problem": ""}


def _codes(template: Template, at: int) -> dict[str, Any]:
    base = access.base()
    rows = [
        {"code": row, "address": f"{base}/coupons?code={row.code}", "over": bool(row.retired_at or (row.until_at or at + 1) <= at)}
        for row in codes.of(template)
    ]  # fmt: skip
    for row in rows:
        row["qr"] = "" if row["over"] else qr.svg(str(row["address"]))
    return {"t": template, "codes": rows}


def _handouts(template: Template, store: Store) -> dict[str, Any]:
    rows = handouts.of(template)
    return {
        "t": template,
        "handouts": rows,
        "running": any(row.done_at is None for row in rows),
        "segments": segments.saved(store.brand),
        "whys": WHYS,
        "hand_ticket": vault.token()[:32],
    }
