"""Records that somebody should look at: double cards (proposed, agreed to, undone), old and odd ones (A10)."""

from typing import Any

from flask import Response, url_for

from models import Member, Merge, Staff
from webapp import access, clock, forms, hx
from webapp.members import doubles, freshness, phones
from webapp.members.desk import bp


class PairForm(forms.Form):
    one = forms.text(16)
    other = forms.text(16)


class YesForm(forms.Form):
    which = forms.choice([("first", ""), ("second", "")])
    pin = forms.text(12, needed=False)


@bp.get("/members/quality")
def quality() -> Response:
    """GET: doubles, then old and odd records. Seniors and above."""
    actor, _ = access.staff("senior")
    return hx.page("members/desk_quality.html", **_quality(actor))


@bp.post("/members/doubles")
def double_propose() -> Response:
    """POST one= other= (codes): ask both cards."""
    actor, store = access.staff("senior")
    form = forms.read(PairForm, "members/desk_quality.html", later=lambda: _quality(actor))
    merge = doubles.propose(_card(form.one.data), _card(form.other.data), store, actor, clock.now())
    return hx.go(url_for(".double", code=merge.code))


@bp.get("/members/doubles/<code>")
def double(code: str) -> Response:
    """GET: two cards side by side, who has said yes, and what can be done."""
    actor, _ = access.staff("senior")
    return hx.page("members/desk_double.html", form=YesForm(), **_double(_merge(code), actor))


@bp.post("/members/doubles/<code>/yes")
def double_yes(code: str) -> Response:
    """POST which=first|second pin=: that card's yes at the counter, by its own PIN; without one a second manager vouches."""
    actor, _ = access.staff("senior", fresh=True, back=url_for(".double", code=code))
    merge = _merge(code)
    form = forms.read(YesForm, "members/desk_double.html", **_double(merge, actor))
    card = merge.first if form.which.data == "first" else merge.second
    if form.pin.data:
        doubles.agree_by_pin(merge, card, form.pin.data, actor, source=access.source(), at=clock.now())
    else:
        doubles.vouch(merge, card, actor, clock.now())
    return hx.go(url_for(".double", code=code))


@bp.post("/members/doubles/<code>/refusal")
def double_no(code: str) -> Response:
    """POST: these are two people."""
    actor, _ = access.staff("senior")
    doubles.refuse(_merge(code), clock.now(), staff=actor)
    return hx.go(url_for(".quality"))


@bp.post("/members/doubles/<code>/undo")
def double_undo(code: str) -> Response:
    """POST: take them apart again. Managers, with the PIN typed just now."""
    actor, _ = access.staff("manager", fresh=True, back=url_for(".double", code=code))
    merge = _merge(code)
    forms.read(forms.Form, "members/desk_double.html", **_double(merge, actor))
    doubles.undo(merge, clock.now(), staff=actor)
    return hx.go(url_for(".double", code=code))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _card(code: str) -> Member:
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    found: Member = access.find(Member, Member.code == plain, Member.erased_at.is_null())
    return found


def _merge(code: str) -> Merge:
    found: Merge = access.find(Merge, Merge.code == (code if code.isascii() and code.isalnum() else ""))
    return found


def _quality(actor: Staff) -> dict[str, Any]:
    at = clock.now()
    rows = freshness.doubtful(at)
    return {
        "pairs": [
            pair._asdict() | {"masked": (phones.masked(pair.first), phones.masked(pair.second))}
            for pair in doubles.find()
        ],
        "open": doubles.open_ones(at),
        "rows": rows,
        "counts": freshness.counts(rows),
        "why": freshness.REASONS,
        "reasons": doubles.REASONS,
    }


def _double(merge: Merge, actor: Staff) -> dict[str, Any]:
    at = clock.now()
    return {
        "merge": merge,
        "cards": [
            {"which": which, "card": card, "masked": phones.masked(card), "yes": yes, "pin": card.pin_hash is not None}
            for which, card, yes in (
                ("first", merge.first, merge.first_yes_at),
                ("second", merge.second, merge.second_yes_at),
            )
        ],
        "reasons": [doubles.REASONS[why] for why in merge.reasons if why in doubles.REASONS],
        "may_vouch": actor.at_least("manager") and actor.id != merge.made_by_id,
        "undoable": merge.state == "merged" and at < (merge.undo_until or 0),
    }
