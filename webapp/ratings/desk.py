"""The counter's doors to ratings: what came in, answering it, what was said aloud, the figures, the staff's own pulse."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from wtforms import TextAreaField
from wtforms.validators import Length

from models import DIMENSIONS, Ask, Member, Purchase, Rating, Staff, Store, Visit
from webapp import access, clock, forms, hx, policy, qr, vault
from webapp.clock import DAY
from webapp.complaints import starters
from webapp.members import looks, merging, phones
from webapp.ratings import asks, figures, pulse, ratings
from webapp.ratings.words import DIMENSION_NAMES, FACES
from webapp.refusals import Refusal
from webapp.staff import people
from webapp.stores import settings
from webapp.words import N_

bp = Blueprint("ratings_desk", __name__, url_prefix="/desk")
LARGEST = 2**31 - 1
PERIODS = (30, 90, 365)
SHOWN = 30
ALL = tuple(dict.fromkeys(name for names in DIMENSIONS.values() for name in names))
KINDS = {"visit": N_("到店"), "booking": N_("预约"), "order": N_("洗衣"), "purchase": N_("买单")}
PARTS = {"morning": N_("上午"), "afternoon": N_("下午"), "evening": N_("晚上")}


class ReplyForm(forms.Form):
    text = TextAreaField(
        validators=[Length(max=ratings.TEXT_MOST, message=N_("最多写 1000 个字")), forms.plain], filters=[forms.tidy]
    )


class SpokenForm(forms.Form):
    """A face for each dimension of any kind of shop (`ratings.rate` refuses those of another)."""

    nps = forms.number(0, 10, needed=False)
    text = TextAreaField(
        validators=[Length(max=ratings.TEXT_MOST, message=N_("最多写 1000 个字")), forms.plain], filters=[forms.tidy]
    )


class SettingsForm(forms.Form):
    ticket = forms.ticket()
    review_url = forms.text(200, needed=False)


class PulseForm(forms.Form):
    score = forms.number(1, 5)
    text = forms.text(pulse.TEXT_MOST, needed=False)


for _name in ALL:
    setattr(SpokenForm, f"face_{_name}", forms.number(1, 5, needed=False))
    setattr(SettingsForm, _name, forms.number(0, settings.WEIGHT_MOST, needed=False))


@bp.get("/ratings")
def index() -> Response:
    """GET ?days=&low=&before=: what came in, and what it says together."""
    (actor, store), at = access.staff(), clock.now()
    return hx.page("ratings/desk_index.html", form=None, wrong=0, **_page(actor, store, at))


@bp.post(f"/ratings/<int(max={LARGEST}):id>/reply")
def reply(id: int) -> Response:
    """POST text=: answered once; the customer hears of it."""
    (actor, store), at = access.staff(), clock.now()
    form = forms.read(ReplyForm, "ratings/desk_index.html", later=lambda: _page(actor, store, at) | {"wrong": id})
    found = access.find(Rating, Rating.id == id, Rating.store == store.id)
    ratings.reply(found, actor, form.text.data or "", at)
    return hx.go(url_for(".index", _anchor=f"r{id}"))


@bp.get("/ratings/ask/<code>")
def ask(code: str) -> Response:
    """GET: the QR of the visit that a member is here for; a part of their card."""
    actor, store = access.staff()
    member, at = _member(code), clock.now()
    looks.view(member, actor, store, at)
    found = _question(member, store, at)
    return hx.page("ratings/desk_ask.html", "ratings/_desk_ask.html", **_slip(found), m=member)


@bp.get("/ratings/slip/<code>")
def slip(code: str) -> Response:
    """GET: the QR on the slip of a bill: whoever holds it says how it was, once."""
    _, store = access.staff()
    bill = access.find(Purchase, Purchase.code == code.upper(), Purchase.store == store.id)
    return hx.page("ratings/desk_ask.html", "ratings/_desk_ask.html", **_slip(asks.of_purchase(bill, clock.now())), m=None)  # fmt: skip


@bp.get("/ratings/spoken/<code>")
def spoken(code: str) -> Response:
    """GET: what a member says aloud, to be written down for them."""
    (actor, store), at = access.staff(), clock.now()
    member = _member(code)
    looks.view(member, actor, store, at)
    return hx.page("ratings/desk_spoken.html", form=None, **_spoken(member, store, at))


@bp.post("/ratings/spoken/<code>")
def spoken_send(code: str) -> Response:
    """POST: written down, marked, and shown to the member, who may change it for a day."""
    (actor, store), at = access.staff(), clock.now()
    member = _member(code)
    form = forms.read(SpokenForm, "ratings/desk_spoken.html", later=lambda: _spoken(member, store, at))
    found = _question(member, store, at)
    if found is None:
        raise Refusal("最近没有来过的记录，没有可评的", code="no_visit")
    faces = {name: value for name in ALL if (value := form[f"face_{name}"].data) is not None}
    rating = ratings.rate(found, faces, at, nps=form.nps.data, text=form.text.data or "", staff=actor)
    return hx.go(url_for(".index", _anchor=f"r{rating.id}"))


@bp.get("/ratings/settings", endpoint="settings")
def settings_page() -> Response:
    """GET: what counts how much, and where everybody is asked for a review. Managers."""
    _, store = access.staff("manager")
    rules = policy.of(store)
    given = {name: rules.rating_weights.get(name, 1) for name in DIMENSIONS[store.kind]}
    form = SettingsForm(data=given | {"review_url": rules.review_url})
    return hx.page("ratings/desk_settings.html", form=form, **_settings(store))


@bp.post("/ratings/settings")
def settings_save() -> Response:
    """POST: from now on. Managers."""
    actor, store = access.staff("manager")
    form = forms.read(SettingsForm, "ratings/desk_settings.html", "ratings/_desk_settings.html", lambda: _settings(store))  # fmt: skip
    weights = {name: 1 if form[name].data is None else form[name].data for name in DIMENSIONS[store.kind]}
    settings.set_ratings(store, weights, form.review_url.data or "", actor, clock.now())
    return hx.swap("ratings/_desk_settings.html", url_for(".settings"), form=form, **_settings(store) | {"saved": True})


@bp.get("/pulse", endpoint="pulse")
def pulse_page() -> Response:
    """GET: what it is like to work here; the months for managers."""
    actor, store = access.staff()
    return hx.page("ratings/desk_pulse.html", form=None, **_pulse(actor, store, clock.now()))


@bp.post("/pulse")
def pulse_send() -> Response:
    """POST score=&text=: once a month, and nobody can tell who."""
    (actor, store), at = access.staff(), clock.now()
    form = forms.read(PulseForm, "ratings/desk_pulse.html", later=lambda: _pulse(actor, store, at))
    pulse.give(actor, store, form.score.data, form.text.data or "", at)
    return hx.go(url_for(".pulse"))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _page(actor: Staff, store: Store, at: int) -> dict[str, Any]:
    asked = request.args.get("days", 90, type=int)
    days, low = asked if asked in PERIODS else 90, request.args.get("low") == "1"
    before = request.args.get("before", 0, type=int)
    rows = ratings.of_store(store, SHOWN + 1, before=before if 0 < before <= LARGEST else None, low=low)
    since = clock.day_start(at - (days - 1) * DAY, store.timezone)
    manages = actor.at_least("manager")
    return {
        "f": figures.of([store], since, at + 1),
        "people": figures.by_person([store], since, at + 1) if manages else [],
        "shifts": figures.by_shift([store], since, at + 1),
        "parts": PARTS,
        "enough": figures.ENOUGH,
        "good": figures.GOOD,
        "rows": [_row(row, actor, at) for row in rows[:SHOWN]],
        "older": rows[SHOWN - 1].id if len(rows) > SHOWN else 0,
        "low": low,
        "period": days,
        "periods": PERIODS,
        "starters": [row for row in starters.of(store.brand_id) if row.mood in ("feelings", "thanks")],
        "hidden_until": ratings.HIDDEN_FOR,
        "names": DIMENSION_NAMES,
        "faces": FACES,
        "kinds": KINDS,
        "at": at,
    }


def _row(row: Rating, actor: Staff, at: int) -> dict[str, Any]:
    """One rating as this person may see it now: the name is kept from the shift for a day."""
    named = ratings.shows_name(row, actor, at)
    member: Any = row.member if row.member_id and named else None
    return {
        "r": row,
        "member": member,
        "named": named,
        "faces": ratings.scores(row),
        "text": ratings.text_of(row),
        "reply": ratings.reply_of(row),
        "by": getattr(row.reply_by, "name", ""),
        "spoken": getattr(row.spoken_by, "name", ""),
        "case": row.case if row.case_id else None,
    }


def _member(code: str) -> Member:
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    found = merging.survivor(access.find(Member, Member.code == plain))
    member: Member = access.find(Member, Member.id == found.id, Member.erased_at.is_null())
    return member


def _question(member: Member, store: Store, at: int) -> Ask | None:
    """What they may be asked about now: the visit that is going on, else the newest that is still open, in this store."""
    here = (Visit.member == member.id) & (Visit.store == store.id) & Visit.is_open
    visit = Visit.select().where(here, Visit.closes_at > at).order_by(Visit.at.desc()).first()
    if visit:
        return asks.of_visit_now(visit, at)
    found = asks.due(member.id, at)
    return found if found and found.store_id == store.id else None


def _slip(found: Ask | None) -> dict[str, Any]:
    address = access.base() + url_for("ratings.show", token=asks.token(found)) if found else ""
    done = ratings.of(found) if found else None
    return {"ask": found, "svg": qr.svg(address, robust=True) if found and done is None else None, "done": done}


def _spoken(member: Member, store: Store, at: int) -> dict[str, Any]:
    found = _question(member, store, at)
    return {
        "m": member,
        "masked": phones.masked(member),
        "ask": found,
        "done": ratings.of(found) if found else None,
        "dimensions": [(name, DIMENSION_NAMES[name]) for name in ratings.dimensions(store)],
        "faces": FACES,
        "kinds": KINDS,
    }


def _settings(store: Store) -> dict[str, Any]:
    names = [(name, DIMENSION_NAMES[name]) for name in DIMENSIONS[store.kind]]
    return {"dimensions": names, "most": settings.WEIGHT_MOST, "saved": False, "ticket": vault.token()[:32]}


def _pulse(actor: Staff, store: Store, at: int) -> dict[str, Any]:
    return {
        "given": pulse.given(actor, store, at),
        "months": pulse.months(store) if actor.at_least("manager") else [],
        "enough": pulse.ENOUGH,
        "faces": FACES,
        "team": len(people.of_store(store)),
    }
