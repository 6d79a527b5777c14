"""The family helper: ask with the other's six digits, say yes, act for them, be oneself again, end it. And two cards that may be mine."""

from typing import Any

from flask import Response, request, url_for

from models import Kin, Member, Merge
from webapp import access, clock, forms, hx, signins
from webapp.members import doubles, kin
from webapp.members.views import bp, visitor


class AskForm(forms.Form):
    digits = forms.text(12)
    name = forms.text(kin.NAME_MOST, needed=False)


@bp.get("/me/family")
def family() -> Response:
    """GET: whom I help, and who helps me."""
    member = access.member()
    return visitor.page("members/family.html", member, form=AskForm(), **_family(member))


@bp.post("/me/family")
def family_ask() -> Response:
    """POST digits= name=: may I act for you?"""
    visitor.fence(visitor.ASKS)
    member = access.member()
    form = forms.read(AskForm, "members/family.html", "members/_family_ask.html", **_family(member))
    digits = "".join(form.digits.data.split())
    kin.ask(member, digits, form.name.data or "", source=access.source(), at=clock.now())
    return hx.go(url_for(".family"))


@bp.post("/me/family/<code>/agreement")
def family_agree(code: str) -> Response:
    """POST: yes, they may act for me."""
    member = access.member()
    kin.agree(_tie(code, member), member, clock.now())
    return hx.go(url_for(".family"))


@bp.post("/me/family/<code>/end")
def family_end(code: str) -> Response:
    """POST: no, or not any more; from either side."""
    member = access.member()
    kin.end(_tie(code, member), member, clock.now())
    return hx.go(url_for(".family"))


@bp.post("/me/family/<code>/help")
def family_help(code: str) -> Response:
    """POST: act for them on this phone from now on. What this browser kept of mine is forgotten."""
    member = access.member()
    kin.begin(visitor.device(), member, _tie(code, member), clock.now())
    return _afresh(hx.go(url_for(".home")))


@bp.post("/me/family/stop")
def family_stop() -> Response:
    """POST: back to myself. What this browser kept of theirs is forgotten."""
    access.oneself()
    signins.stop_helping(visitor.device().id)
    return _afresh(hx.go(url_for(".family") if request.form.get("to") == "family" else url_for(".home")))


@bp.get("/me/doubles/<code>")
def double(code: str) -> Response:
    """GET: the shop thinks that two cards are mine: which, and what yes means; afterwards, how long it can be undone."""
    member = access.member()
    return visitor.page("members/double.html", member, **_double(code, member))


@bp.post("/me/doubles/<code>")
def double_agree(code: str) -> Response:
    """POST: yes, both are mine."""
    member = access.member()
    doubles.agree(_merge(code, member), member, clock.now())
    return hx.go(url_for(".double", code=code))


@bp.post("/me/doubles/<code>/refusal")
def double_refuse(code: str) -> Response:
    """POST: no, the other is not mine."""
    member = access.member()
    doubles.refuse(_merge(code, member), clock.now(), member=member)
    return hx.go(url_for(".me"))


@bp.post("/me/doubles/<code>/undo")
def double_undo(code: str) -> Response:
    """POST: take the two apart again."""
    member = access.member()
    doubles.undo(_merge(code, member), clock.now(), member=member)
    return hx.go(url_for(".me"))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _afresh(response: Response) -> Response:
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _plain(code: str) -> str:
    return code if code.isascii() and code.isalnum() else ""


def _tie(code: str, member: Member) -> Kin:
    mine = (Kin.member == member.id) | (Kin.helper == member.id)
    found: Kin = access.find(Kin, Kin.code == _plain(code), mine, Kin.ended_at.is_null())
    return found


def _merge(code: str, member: Member) -> Merge:
    mine = (Merge.first == member.id) | (Merge.second == member.id)
    found: Merge = access.find(Merge, Merge.code == _plain(code), mine)
    return found


def _family(member: Member) -> dict[str, Any]:
    ties = kin.of(member.id, clock.now())
    return {"helped": ties.helped, "helpers": ties.helpers, "ticket": visitor.ticket()}


def _double(code: str, member: Member) -> dict[str, Any]:
    at, merge = clock.now(), _merge(code, member)
    mine = merge.first_yes_at if merge.first_id == member.id else merge.second_yes_at
    other = merge.second if merge.first_id == member.id else merge.first
    return {
        "merge": merge,
        "said": mine is not None,
        "other": {"joined_at": other.joined_at, "store": other.store.name if other.store else None},
        "reasons": [doubles.REASONS[why] for why in merge.reasons if why in doubles.REASONS],
        "undoable": merge.state == "merged" and merge.first_id == member.id and at < (merge.undo_until or 0),
    }
