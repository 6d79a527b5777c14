"""Segments: the list, the composer with its live count, a sample of people with the reason why, and the file for a spreadsheet."""

import csv
import io
from typing import Any

from flask import Response, make_response, request, url_for
from flask_babel import gettext

from models import Chip, Segment, Service, Store, Template
from webapp import access, clock, filters, forms, garments, hx
from webapp.insights import language, segments, words
from webapp.insights.desk import bp, drafts
from webapp.insights.desk.grades import shown
from webapp.phrases import TIER_NAMES
from webapp.refusals import Refusal
from webapp.words import NAMES

SAMPLE = 8
PAGE, PART = "insights/desk_segment.html", "insights/_desk_compose.html"


class SegmentForm(forms.Form):
    name = forms.text(60)


@bp.get("/segments", endpoint="segments")
def segments_page() -> Response:
    """GET: the saved segments, each as a sentence. Managers."""
    _, store = access.staff("manager")
    rows = [(row, words.sentence(language.checked(row.rule))) for row in segments.saved(store.brand)]
    return hx.page("insights/desk_segments.html", rows=rows)


@bp.get("/segments/new")
def new() -> Response:
    """GET ?…: the composer as the address line says; `add` and `drop` change it by one condition. Managers."""
    _, store = access.staff("manager")
    return hx.page(
        PAGE, PART, form=SegmentForm(name=request.args.get("name", "")[:60]), **_shown(store, drafts.read(request.args))
    )


@bp.get("/segments/count")
def count() -> Response:
    """GET ?…: how many belong now, and some of them. Managers."""
    access.staff("manager")
    return hx.page("insights/desk_counted.html", "insights/_desk_counted.html", **_counted(drafts.read(request.args)))


@bp.post("/segments")
def save() -> Response:
    """POST name and conditions: a new segment. Managers."""
    actor, store = access.staff("manager")
    draft = drafts.read(request.form)
    form = forms.read(SegmentForm, PAGE, PART, lambda: _shown(store, draft))
    made = segments.put(store.brand, form.name.data, drafts.rule(draft), actor, clock.now())
    return hx.go(url_for(".segment", id=made.id, saved=1))


@bp.get("/segments/<int:id>", endpoint="segment")
def segment_page(id: int) -> Response:
    """GET: a saved segment in the composer, counted anew. Managers."""
    _, store = access.staff("manager")
    row = _mine(id, store)
    draft = drafts.read(request.args) if request.args.get("match") else drafts.of(language.checked(row.rule))
    context = _shown(store, draft, row)
    if not request.args.get("match"):
        segments.recount(row, clock.now(), context["number"])
    return hx.page(PAGE, PART, form=SegmentForm(name=request.args.get("name", row.name)[:60]), **context)


@bp.post("/segments/<int:id>")
def change(id: int) -> Response:
    """POST name and conditions in its place. Managers."""
    actor, store = access.staff("manager")
    row, draft = _mine(id, store), drafts.read(request.form)
    form = forms.read(SegmentForm, PAGE, PART, lambda: _shown(store, draft, row))
    segments.put(store.brand, form.name.data, drafts.rule(draft), actor, clock.now(), row)
    return hx.go(url_for(".segment", id=row.id, saved=1))


@bp.post("/segments/<int:id>/retirement")
def retire(id: int) -> Response:
    """POST: off the list. Managers."""
    actor, store = access.staff("manager")
    segments.retire(_mine(id, store), actor, clock.now())
    return hx.go(url_for(".segments"))


@bp.get("/segments/<int:id>.csv")
def people_file(id: int) -> Response:
    """GET: who belongs now, as a table for a spreadsheet: no phone numbers; it is written down who took it. Managers."""
    actor, store = access.staff("manager")
    row = _mine(id, store)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([gettext("会员码"), gettext("名字"), gettext("等级"), gettext("上次到店"), gettext("一年来了几天")])
    for code, name, tier, seen_at, visits in segments.table(row, actor, clock.now()):
        seen = clock.local(seen_at, store.timezone).date().isoformat() if seen_at else ""
        tier_name = filters.say(TIER_NAMES[tier])
        writer.writerow([code, _harmless(name), tier_name, seen, visits or 0])
    response = make_response("\ufeff" + out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="segment-{row.id}.csv"'
    return response


# --- how it is done ----------------------------------------------------------------------------------------------------


def _mine(id: int, store: Store) -> Segment:
    found: Segment = access.find(
        Segment, Segment.id == id, Segment.brand == store.brand_id, Segment.retired_at.is_null()
    )
    return found


def _harmless(text: str) -> str:
    """A name that begins as a formula does is no formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _shown(store: Store, draft: drafts.Draft | None, row: Segment | None = None) -> dict[str, Any]:
    """The composer: `choices` are the rows of the shop that a condition may name."""
    brand = store.brand
    names = {
        "grade": words.GRADE_NAMES,
        "frequency": words.FREQUENCY_NAMES,
        "life": words.LIFE_NAMES,
        "tier": {key: said.text for key, said in TIER_NAMES.items()},
    }
    chips = Chip.select().where(Chip.brand == brand.id, Chip.retired_at.is_null()).order_by(Chip.kind, Chip.place)
    services = Service.select().join(Store).where(Store.brand == brand.id, Service.retired_at.is_null())
    templates = Template.select().where(Template.brand == brand.id, Template.retired_at.is_null())
    kept = language.checked(row.rule) if row else None
    return {
        "segment": row,
        "draft": draft,
        "locked": words.sentence(kept) if kept is not None and drafts.of(kept) is None else None,
        "names": names,
        "languages": NAMES,
        "conditions": words.CONDITION_NAMES,
        "consents": words.CONSENT_NAMES,
        "choices": {
            "store": list(Store.select().where(Store.brand == brand.id, Store.closed_at.is_null())),
            "chip": list(chips.limit(60)),
            "service": list(services.order_by(Service.store, Service.id).limit(60)),
        },
        "templates": list(templates.order_by(Template.id)),
        "garments": {
            "fabric": garments.FABRIC_NAMES,
            "kind": garments.GARMENT_NAMES,
            "colour": garments.COLOUR_NAMES,
        },
        "saved": request.args.get("saved") == "1",
        **shown(),
        **_counted(draft, kept),
    }


def _counted(draft: drafts.Draft | None, kept: Any = None) -> dict[str, Any]:
    """How many, the rule as a sentence, and some who belong with the conditions that hold for them; or why it cannot be counted yet."""
    at = clock.now()
    try:
        rule = kept if draft is None else drafts.rule(draft)
    except Refusal as no:
        return {"number": None, "no": no, "said": None, "sample": []}
    return {
        "number": segments.count(rule, at),
        "no": None,
        "said": words.sentence(rule),
        "sample": segments.sample(rule, at, SAMPLE),
    }
