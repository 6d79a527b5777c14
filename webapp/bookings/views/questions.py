"""Writing to the shop at any hour, and what it answered."""

from typing import Any

from flask import Response, g, request, url_for

from models import Member, Question, Staff, Store
from webapp import access, clock, forms, hx
from webapp.bookings import questions
from webapp.bookings.views import bp, shown
from webapp.points import tiers
from webapp.stores import shops


class QuestionForm(forms.Form):
    ticket = forms.ticket()
    store = forms.text(40)
    to = forms.text(10, needed=False)  # "adviser", or nothing for the shop
    text = forms.lines(questions.LONGEST)


@bp.get("/questions", endpoint="questions")
def index() -> Response:
    """GET ?store=&to=adviser: a field to write in, when an answer comes, and what was asked before."""
    me = access.member()
    store = _store(me, request.args.get("store", ""))
    return shown.page("bookings/questions.html", me, form=None, **_page(me, store, request.args.get("to", "")))


@bp.post("/questions")
def ask() -> Response:
    """POST: it lies in the shop's queue from now on."""
    me, at = access.member(), clock.now()
    store = _store(me, request.form.get("store", ""))
    again = _page(me, store, request.form.get("to", ""))
    form = forms.read(QuestionForm, "bookings/questions.html", "bookings/_questions.html", unread=0, **again)
    adviser = tiers.adviser(me.id) if form.to.data == "adviser" else None
    where: Any = adviser.store if adviser else None
    questions.ask(me, where or store, form.text.data, form.ticket.data, at, adviser=adviser)
    address = url_for(".questions", store=store.slug)
    return hx.swap("bookings/_questions.html", address, lambda: _page(me, store, ""), form=None)


@bp.get("/questions/<code>")
def question(code: str) -> Response:
    """GET: one of mine, with the answer once there is one."""
    me = access.member()
    found: Question = access.find(Question, Question.code == code.upper()[:16], Question.member == me.id)
    g.store = found.store
    return shown.page("bookings/question.html", me, row=_row(found))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _store(me: Member, slug: str) -> Store:
    """The store that was asked for, else the one in hand; its clock counts."""
    open_ones = [] if slug else shops.all_open()
    near = shops.find(slug) if slug else access.store_in_hand() or me.store or (open_ones[0] if open_ones else None)
    g.store = found = access.there(near)
    return found  # type: ignore[no-any-return]


def _page(me: Member, store: Store, to: str) -> dict[str, Any]:
    adviser = tiers.adviser(me.id)
    return {
        "store": store,
        "reply": questions.reply(store, clock.now()),
        "minutes": questions.ANSWER // clock.MINUTE,
        "longest": questions.LONGEST,
        "adviser": tiers.first_name(adviser) if adviser else "",
        "to": to if adviser else "",
        "rows": [_row(one) for one in questions.of(me.id)],
        "ticket": shown.ticket(),
    }


def _row(asked: Question) -> dict[str, Any]:
    by: Staff | None = asked.answered_by
    return {
        "q": asked,
        "text": questions.text(asked),
        "answer": questions.words(asked),
        "by": tiers.first_name(by) if by else "",
    }
