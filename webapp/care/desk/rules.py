"""Rules of care: read, switched, edited, tried dry, measured. Everybody reads what goes out today; managers change it."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext
from wtforms import TextAreaField
from wtforms.validators import Length

from models import Reward, Rule, Segment, Staff, Store, Template
from webapp import access, clock, forms, hx, policy, storage, vault, words
from webapp.care import board, dry, effects, festivals, fields, kinds, library, rules, samples
from webapp.care.desk.bp import bp
from webapp.care.sending import WHY
from webapp.insights import segments
from webapp.outbox.words import Said
from webapp.prices import templates
from webapp.rewards import catalogue
from webapp.words import N_

LARGEST = 2**31 - 1
PAGE, ONE = "care/desk_care.html", "care/desk_rule.html"
QUICK = 2_000  # members looked at for one line of the list
NUMBERS = tuple(dict.fromkeys(number.name for kind in kinds.KINDS.values() for number in kind.numbers))
SYMBOLS = {
    "birthday": "cake",
    "fault": "hand-heart",
    "points_lapse": "coins",
    "tier_drop": "crown",
    "coupon_lapse": "ticket",
    "first_purchase": "sparkles",
    "anniversary": "star",
    "festival": "moon",
    "due_again": "calendar-days",
    "likely_to_leave": "hourglass",
    "need": "smile",
    "rival": "gift",
    "habit": "footprints",
    "member_day": "percent",
    "weather": "sun",
    "news": "megaphone",
}
REASONS = WHY | {"none_wanted": N_("自己选了一条都不要")}


class SwitchForm(forms.Form):
    on = forms.choice(("0", "1"))


class NewForm(forms.Form):
    kind = forms.choice(kinds.KINDS)


def _text() -> TextAreaField:
    too_long = Length(max=fields.TEXT_MOST, message=N_("太长了，请写短一点"))
    return TextAreaField(validators=[too_long, forms.plain], filters=[forms.tidy])


class RuleForm(forms.Form):
    """What the rules refuse stands next to the field that they name: `zh_title`, `en_text`, a number, `holdout`."""

    ticket = forms.ticket()
    name = forms.text(40, needed=False)
    holdout = forms.number(0, 50, needed=False)
    template = forms.number(0, LARGEST, needed=False)
    reward = forms.number(0, LARGEST, needed=False)
    segment = forms.number(0, LARGEST, needed=False)


for _language in words.LOCALES:
    setattr(RuleForm, f"{_language}_title", forms.text(fields.TITLE_MOST, needed=False))
    setattr(RuleForm, f"{_language}_text", _text())
for _number in NUMBERS:
    setattr(RuleForm, _number, forms.number(0, 1_000_000, needed=False))


@bp.get("/care", endpoint="care")
def care_page() -> Response:
    """GET: every rule as a sentence, whether it is on, what it did today and what came of it."""
    (actor, store), at = access.staff(), clock.now()
    with storage.in_passing():
        rules.fill(store.brand, at)
    return hx.page(PAGE, form=None, **_page(actor, store, at))


@bp.post("/care/rules")
def rule_add() -> Response:
    """POST kind=: one more of a kind, switched off, with the words that came with the program."""
    (actor, store), at = access.staff("manager"), clock.now()
    form = forms.read(NewForm, PAGE, later=lambda: _page(actor, store, at))
    made = rules.put(store.brand, None, form.kind.data, library.TEXTS[form.kind.data], actor, at)
    return hx.go(url_for(".rule", id=made.id))


@bp.get(f"/care/rules/<int(max={LARGEST}):id>")
def rule(id: int) -> Response:
    """GET: one rule: what it says, to whom, what goes with it, and what came of it."""
    (_, store), at = access.staff("manager"), clock.now()
    found = rules.get(store.brand, id)
    return hx.page(ONE, form=RuleForm(data=_filled(found)), **_one(found, store, at))


@bp.post(f"/care/rules/<int(max={LARGEST}):id>")
def rule_save(id: int) -> Response:
    """POST: a new version. What was sent keeps the words it was sent with."""
    (actor, store), at = access.staff("manager"), clock.now()
    found = rules.get(store.brand, id)
    form = forms.read(RuleForm, ONE, later=lambda: _one(found, store, at))
    rules.put(store.brand, found, found.kind, _texts(form), actor, at, **_chosen(form, found, store))
    return hx.go(url_for(".rule", id=id, saved=1))


@bp.post(f"/care/rules/<int(max={LARGEST}):id>/running")
def rule_switch(id: int) -> Response:
    """POST on=1|0: from now on, or no more."""
    (actor, store), at = access.staff("manager"), clock.now()
    form = forms.read(SwitchForm, PAGE, later=lambda: _page(actor, store, at))
    found = rules.switch(rules.get(store.brand, id), form.on.data == "1", actor, at)
    line = board.line(found, at)
    return hx.swap("care/_desk_line.html", url_for(".care", _anchor=f"r{id}"), line=line, **_names(actor))


@bp.post(f"/care/rules/<int(max={LARGEST}):id>/retirement")
def rule_retire(id: int) -> Response:
    """POST: put away, and off."""
    actor, store = access.staff("manager")
    rules.retire(rules.get(store.brand, id), actor, clock.now())
    return hx.go(url_for(".care"))


@bp.get(f"/care/rules/<int(max={LARGEST}):id>/dry")
def rule_dry(id: int) -> Response:
    """GET ?short=1: whom it would reach now, who would be left out and why. Nothing is sent."""
    (actor, store), at = access.staff("manager"), clock.now()
    found, short = rules.get(store.brand, id), request.args.get("short") == "1"
    tried = dry.run(found, at, enough=QUICK if short else dry.ENOUGH)
    part = "care/_desk_dry_short.html" if short else "care/_desk_dry.html"
    context = {"rule": found, "dry": tried, "title": rules.title(found), **_names(actor)}
    return hx.page("care/desk_dry.html", part, **context)


@bp.post(f"/care/rules/<int(max={LARGEST}):id>/preview")
def rule_preview(id: int) -> Response:
    """POST the form, and member=: how it would read on that member's phone, in three languages. Nothing is kept."""
    (_, store), at = access.staff("manager"), clock.now()
    found = rules.get(store.brand, id)
    form = RuleForm(request.form)
    found.texts = fields.check(found.kind, _texts(form))
    return hx.page("care/desk_preview.html", "care/_desk_preview.html", rule=found, **_preview(found, store, at))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _names(actor: Staff) -> dict[str, Any]:
    return {"symbols": SYMBOLS, "reasons": REASONS, "actor": actor, "kinds": kinds.KINDS}


def _page(actor: Staff, store: Store, at: int) -> dict[str, Any]:
    rows = board.lines(store.brand, at)
    on = [line for line in rows if line.rule.on_since]
    return {
        "on": on,
        "off": [line for line in rows if not line.rule.on_since],
        "sent": sum(line.today.get("sent", 0) for line in on),
        "waiting": max((line.waiting_until or 0 for line in on), default=0),
        "late": [line for line in on if line.late],
        "calls": board.calls(store, at),
        **_names(actor),
    }


def _one(found: Rule, store: Store, at: int) -> dict[str, Any]:
    kind = kinds.KINDS[found.kind]
    brand = store.brand
    lists = {"festivals": {key: one.name for key, one in festivals.FESTIVALS.items()}, "seasons": kinds.SEASONS}
    sent = request.method == "POST"
    return {
        "rule": found,
        "kind": kind,
        "line": board.line(found, at),
        "came": effects.of(found, at),
        "least": effects.LEAST,
        "known": fields.known(found.kind),
        "listed": [(name, lists[name], _picked(found, name, sent)) for name in kind.lists],
        "templates": templates.giveable(brand.id, at),
        "rewards": [row.reward for row in catalogue.listed(brand.id)],
        "segments": segments.saved(brand),
        "saved": request.args.get("saved") == "1",
        "ticket": vault.token()[:32],
        **_preview(found, store, at),
        **_names(access.staff("manager")[0]),
    }


def _picked(found: Rule, name: str, sent: bool) -> list[str]:
    return request.form.getlist(name) if sent else list(found.params.get(name, []))


def _filled(found: Rule) -> dict[str, Any]:
    """What stands in the fields at first."""
    texts = {f"{lang}_{part}": text for lang, both in found.texts.items() for part, text in both.items()}
    numbers = {name: value for name, value in found.params.items() if name in NUMBERS}
    plain = {"name": found.name.get("zh", ""), "holdout": found.holdout}
    goes = {"template": found.template_id or 0, "reward": found.reward_id or 0, "segment": found.segment_id or 0}
    return texts | numbers | plain | goes


def _texts(form: RuleForm) -> fields.Texts:
    return {lang: {part: form[f"{lang}_{part}"].data or "" for part in ("title", "text")} for lang in words.LOCALES}


def _chosen(form: RuleForm, found: Rule, store: Store) -> dict[str, Any]:
    """The numbers, lists and things of this rule's form; what is not in it stays as it is."""
    kind = kinds.KINDS[found.kind]
    given = {number.name: form[number.name].data for number in kind.numbers}
    params: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    params |= {name: request.form.getlist(name)[:40] for name in kind.lists}
    return {
        "name": {"zh": form.name.data or ""},
        "params": params,
        "holdout": form.holdout.data,
        "template": _row(Template, form.template.data, store),
        "reward": _row(Reward, form.reward.data, store),
        "segment": _row(Segment, form.segment.data, store),
    }


def _row(model: Any, number: int | None, store: Store) -> Any:
    return access.find(model, model.id == number, model.brand == store.brand_id) if number else None


def _preview(found: Rule, store: Store, at: int) -> dict[str, Any]:
    """As it reads in each language: for one whose turn it is, or for anybody with made-up days."""
    people = samples.people(found, at)
    asked = request.form.get("member", "")
    shown = next((one for one in people if one.member.code == asked), people[0] if people else None)
    values = samples.values(found, store, at, shown)
    zone = shown.store.timezone if shown else store.timezone
    said: dict[str, Said] = {
        lang: fields.preview(found, values, lang, zone, at) for lang in words.LOCALES if lang in found.texts
    }
    return {
        "people": people,
        "shown": shown,
        "said": said,
        "languages": words.NAMES,
        "quiet": _quiet(store),
        "whom": shown.member.name if shown else gettext("某位会员"),
    }


def _quiet(store: Store) -> tuple[str, str]:
    """From and to when nobody is written to, on the shop's clock."""
    mine = policy.of(store)
    first, last = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in (mine.quiet_from, mine.quiet_until))
    return first, last
