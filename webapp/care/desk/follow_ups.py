"""Whom to ring, and what came of it: the list of the day, one call with what to know and what to say, what was heard."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from models import CATEGORIES, Case, Follow, Member, Staff, Store
from webapp import access, clock, forms, hx, policy, vault, words
from webapp.care import call_undo, callbook, follows, scripts
from webapp.care.desk.bp import bp
from webapp.clock import DAY
from webapp.complaints import cases
from webapp.complaints.cases import Report
from webapp.complaints.words import ASKED, CATEGORY_NAMES
from webapp.members import looks, merging, phones
from webapp.points import tiers
from webapp.refusals import Refusal
from webapp.words import N_

_WHOLE, _LIST, _NEW = "care/desk_follow.html", "care/desk_follow_ups.html", "care/desk_follow_new.html"
KINDS = {
    "first": N_("第一次来"),
    "key": N_("好客人问候"),
    "uncollected": N_("衣物没取"),
    "lapsed": N_("好久没来"),
    "apology": N_("先道歉"),
    "surprise": N_("小惊喜"),
    "thanks": N_("道谢"),
    "other": N_("别的"),
}
SYMBOLS = {
    "first": "sparkles",
    "key": "star",
    "uncollected": "shirt",
    "lapsed": "clock",
    "apology": "heart",
    "surprise": "gift",
    "thanks": "hand-heart",
    "other": "phone",
}
ENDS = {
    "glad": ("smile", N_("满意")),
    "unhappy": ("frown", N_("不太满意")),
    "no_answer": ("phone", N_("没人接")),
    "later": ("clock", N_("改天再打")),
    "wrong": ("circle-x", N_("号码不对")),
    "unwanted": ("hand", N_("别再打了")),
    "done": ("check", N_("办好了")),
}
WHY_AWAY = {
    "fault": N_("我们没做好"),
    "need": N_("用不上了"),
    "rival": N_("去了别家"),
    "unknown": N_("没说"),
}
BY_HAND = ("other", "thanks", "surprise")


class CallForm(forms.Form):
    ticket = forms.ticket()
    seen = forms.number(0, 100)
    outcome = forms.text(10)
    note = TextAreaField(
        validators=[Length(max=follows.NOTE_MOST, message=N_("太长了，请写短一点")), forms.plain], filters=[forms.tidy]
    )
    next_day = StringField(validators=[Length(max=10)])
    cause = forms.text(8, needed=False)


class UndoForm(forms.Form):
    seen = forms.number(1, 100)


class CaseForm(forms.Form):
    ticket = forms.ticket()
    category = forms.choice(CATEGORIES)
    text = forms.lines(cases.TEXT_MOST)


class NewForm(forms.Form):
    ticket = forms.ticket()
    kind = forms.choice(BY_HAND)
    day = StringField(validators=[Length(max=10)])
    about = forms.text(120)


@bp.get("/follow-ups")
def follow_ups() -> Response:
    """GET ?mine=&kind=: who is to be rung: late, today, this week (L8, L9). From its card in the queue one goes there."""
    (actor, store), at = access.staff(), clock.now()
    if hx.asked():
        return hx.go(url_for(".follow_ups"))
    follows.up_to_date(store, at)
    return hx.page(_LIST, **_list(actor, store, at))


@bp.get("/follow-ups/heard", endpoint="follow_heard")
def heard() -> Response:
    """GET ?all=: what customers I served said on the telephone; managers may read all of it."""
    (actor, store), at = access.staff(), clock.now()
    everybody = request.args.get("all") == "1" and actor.at_least("senior")
    rows = callbook.heard(store, None if everybody else actor)
    return hx.page("care/desk_follow_heard.html", rows=rows, everybody=everybody, at=at, **_names())


@bp.get("/follow-ups/new/<code>", endpoint="follow_new")
def new(code: str) -> Response:
    """GET: ring this member on a day of ours."""
    actor, store = access.staff()
    member = _member(code)
    looks.view(member, actor, store, clock.now())
    return hx.page(_NEW, form=None, **_new(member))


@bp.post("/follow-ups/new/<code>", endpoint="follow_make")
def make(code: str) -> Response:
    """POST: one more for the list, of this day."""
    (actor, store), at = access.staff(), clock.now()
    member = _member(code)
    form = forms.read(NewForm, _NEW, later=lambda: _new(member))
    today = clock.day_number(at, store.timezone)
    day = _day(form.day.data)
    if day is None or not today <= day <= today + follows.LATEST:
        raise Refusal("从今天起，两个月以内", code="when", field="day")
    made = follows.put(
        member,
        store,
        form.kind.data,
        day,
        at,
        key=f"desk:{actor.id}:{form.ticket.data}",
        about={"words": form.about.data},
        made_by=actor.id,
    )
    if made is None:
        raise Refusal("这位客人没有留手机号，打不了电话", code="no_phone")
    return hx.go(url_for(".follow", code=made.code))


@bp.get("/follow-ups/<code>")
def follow(code: str) -> Response:
    """GET: one call: what to know, what to say, what came of it."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code, store)
    if found.member:
        looks.view(found.member, actor, store, at)
    return hx.page(_WHOLE, form=None, **_page(found, actor, store, at))


@bp.post("/follow-ups/<code>/call", endpoint="follow_call")
def call(code: str) -> Response:
    """POST: the number, this once; the member sees who asked."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code, store)
    number = follows.ring(found, actor, at)
    if hx.asked():
        return hx.page("care/_desk_follow_number.html", f=found, number=number, masked="")
    return hx.page(_WHOLE, form=None, **_page(_find(code, store), actor, store, at) | {"number": number})


@bp.post("/follow-ups/<code>/take", endpoint="follow_take")
def take(code: str) -> Response:
    """POST: mine."""
    (actor, store), at = access.staff(), clock.now()
    taken = follows.take(_find(code, store), actor, at)
    return hx.go(url_for(".follow", code=taken.code))


@bp.post("/follow-ups/<code>", endpoint="follow_record")
def record(code: str) -> Response:
    """POST outcome=&note=&next_day=&cause=: written down once; who served them hears it."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code, store)
    form = forms.read(CallForm, _WHOLE, later=lambda: _page(_find(code, store), actor, store, at))
    follows.record(
        found,
        form.outcome.data,
        actor,
        at,
        key=form.ticket.data,
        seen=form.seen.data,
        note=form.note.data or "",
        next_day=_day(form.next_day.data),
        cause=form.cause.data or "",
    )
    unhappy = form.outcome.data == "unhappy"
    return hx.go(url_for(".follow", code=found.code) if unhappy else url_for(".follow_ups", done=found.code))


@bp.post("/follow-ups/<code>/undo", endpoint="follow_undo")
def undo(code: str) -> Response:
    """POST seen=: a wrong tap, taken back within ten minutes."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code, store)
    form = forms.read(UndoForm, _WHOLE, later=lambda: _page(_find(code, store), actor, store, at))
    call_undo.undo(found, form.seen.data, actor, at)
    return hx.go(url_for(".follow", code=found.code))


@bp.post("/follow-ups/<code>/case", endpoint="follow_case")
def case(code: str) -> Response:
    """POST: what they were unhappy about becomes a case, in their words; whoever rang has it."""
    (actor, store), at = access.staff(), clock.now()
    found = _find(code, store)
    form = forms.read(CaseForm, _WHOLE, later=lambda: _page(found, actor, store, at))
    about, ref = _about(found)
    told = Report(
        key=f"follow:{found.code}",
        kind="complaint",
        category=form.category.data,
        text=form.text.data,
        source="phone",
        about=about,
        ref=ref,
    )
    made = cases.report(store, told, at, member=found.member, staff=actor)
    return hx.go(url_for("complaints_desk.case", code=made.code))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _find(code: str, store: Store) -> Follow:
    """One of this store's."""
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    found: Follow = access.find(Follow, Follow.code == plain, Follow.store == store.id)
    return found


def _member(code: str) -> Member:
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    found = merging.survivor(access.find(Member, Member.code == plain))
    member: Member = access.find(Member, Member.id == found.id, Member.erased_at.is_null())
    return member


def _names() -> dict[str, Any]:
    return {"kinds": KINDS, "symbols": SYMBOLS, "ends": ENDS, "why_away": WHY_AWAY, "shown_day": _shown_day}


def _list(actor: Staff, store: Store, at: int) -> dict[str, Any]:
    mine, kind = request.args.get("mine") == "1", request.args.get("kind", "")
    code = request.args.get("done", "")
    done = Follow.get_or_none(Follow.code == code, Follow.store == store.id) if code.isalnum() else None
    return {
        "rows": callbook.due(store, actor, at, mine=mine, kind=kind if kind in KINDS else ""),
        "mine": mine,
        "kind": kind,
        "done": done,
        "undo_until": _undo_until(done, actor, at) if done else 0,
        "today": clock.day_number(at, store.timezone),
        **_names(),
    }


def _page(found: Follow, actor: Staff, store: Store, at: int) -> dict[str, Any]:
    member: Member | None = found.member
    brief = callbook.brief(found, at)
    today = clock.day_number(at, store.timezone)
    holes = {"me": tiers.first_name(actor), "days": str(brief.days)}
    spoken = member.locale if member else "zh"
    here = words.locale()
    tried = callbook.log(found)
    return {
        "f": found,
        "m": member,
        "masked": phones.masked(member) if member else "",
        "number": "",
        "brief": brief,
        "script": _script(found, member, store, here, holes),
        "theirs": _script(found, member, store, spoken, holes) if spoken != here else [],
        "spoken": spoken,
        "fitting": [(outcome, *ENDS[outcome]) for outcome in follows.fitting(found)],
        "asks_why": found.kind in ("lapsed", "apology"),
        "asks_day": _iso(today + 1),
        "until_day": _iso(today + follows.LATEST),
        "rest": found.kind in follows.RINGS and member is not None and today < follows.free_from(member.id, store, besides=found.id),
        "log": tried,
        "undo_until": _undo_until(found, actor, at),
        "again": follows.TRIES - found.tries,
        "today": today,
        "categories": [(name, CATEGORY_NAMES[name]) for name in ASKED["complaint"]],
        "case_text": next((note for row, note in tried if row.outcome == "unhappy" and note), ""),
        "filed": _filed(found),
        "ticket": request.form.get("ticket") or vault.token()[:32],
        "follow_days": policy.of(store).follow_days,
        **_names(),
    }  # fmt: skip


def _undo_until(found: Follow, actor: Staff, at: int) -> int:
    """Until when the last tap may be taken back by whoever looks at it; 0 when it may not."""
    tried = call_undo.newest(found)
    return call_undo.until(tried, found.store) if tried and call_undo.may(tried, found, actor, at) else 0


def _script(
    found: Follow, member: Member | None, store: Store, locale: str, holes: dict[str, str]
) -> list[scripts.Line]:
    filled = holes | {"name": member.name if member else "", "store": words.said(store.name, locale)}
    return scripts.of(found.kind, locale, **filled)


def _filed(found: Follow) -> str:
    """The case that came of it, if one did."""
    case = Case.get_or_none(Case.key == f"follow:{found.code}")
    return case.code if case else ""


def _about(found: Follow) -> tuple[str, str]:
    """What a complaint out of this call is about."""
    if "bill" in found.about:
        return "purchase", found.about["bill"]
    return ("order", found.about["order"]) if "order" in found.about else ("", "")


def _new(member: Member) -> dict[str, Any]:
    entry = access.desk()
    assert entry.store is not None
    today = clock.day_number(clock.now(), entry.store.timezone)
    return {
        "m": member,
        "masked": phones.masked(member),
        "by_hand": [(name, KINDS[name]) for name in BY_HAND],
        "first_day": _iso(today),
        "until_day": _iso(today + follows.LATEST),
        "had": callbook.of_member([member.id]),
        "ticket": request.form.get("ticket") or vault.token()[:32],
        **_names(),
    }


def _iso(day: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


def _shown_day(day: int) -> int:
    """Noon of that day, for the filters that show moments."""
    return day * DAY + DAY // 2


def _day(text: str | None) -> int | None:
    """A day as a browser's field sends it."""
    try:
        return (dt.date.fromisoformat(text or "") - dt.date(1970, 1, 1)).days
    except ValueError:
        return None
