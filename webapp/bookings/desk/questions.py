"""What a member asked in writing: read it, answer in one field."""

from typing import Any

from flask import Response, url_for

from models import Question, Staff, Store
from webapp import access, clock, forms, hx
from webapp.bookings import questions
from webapp.bookings.desk import bp, shown
from webapp.members import cards, looks
from webapp.points import ledger
from webapp.staff import board, queue

_WHOLE, _DETAIL = "bookings/desk_question.html", "bookings/_desk_question.html"


class AnswerForm(forms.Form):
    text = forms.lines(questions.LONGEST)


@bp.get("/questions/<code>", endpoint="question")
def show(code: str) -> Response:
    """GET: one question to this store, its member beside it; opens its card, so that colleagues see who has it."""
    (actor, store), at = access.staff(), clock.now()
    asked = _find(code, store)
    card = queue.open_card("question", asked.code, actor, at)
    looks.view(asked.member, actor, store, at)
    context = _detail(asked) | {"taken": queue.taken_by(card, actor, at) if card else "", "form": AnswerForm()}
    context["card"] = cards.of(ledger.up_to_date(asked.member, at))
    if hx.asked():
        return hx.page("bookings/desk_question.swap.html", **context)
    return hx.page(_WHOLE, **_column(asked, store, actor, at), **context)


@bp.post("/questions/<code>/answer")
def answer(code: str) -> Response:
    """POST text=: the member has it at once; a colleague who was faster is named."""
    (actor, store), at = access.staff(), clock.now()
    asked = _find(code, store)

    def again() -> dict[str, Any]:
        column = {} if hx.asked() else _column(asked, store, actor, at) | {"card": cards.of(asked.member)}
        return column | _detail(Question.get_by_id(asked.id)) | {"taken": ""}

    form = forms.read(AnswerForm, _WHOLE, _DETAIL, again)
    answered = questions.answer(asked, form.text.data, actor, at)
    address = url_for(".question", code=asked.code)
    return hx.swap(_DETAIL, address, form=AnswerForm(), taken="", **_detail(answered))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _find(code: str, store: Store) -> Question:
    """A question to this store."""
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    found: Question = access.find(Question, Question.code == plain, Question.store == store.id)
    return found


def _column(asked: Question, store: Store, actor: Staff, at: int) -> dict[str, Any]:
    return board.context(store, actor, at, current=asked.code)


def _detail(asked: Question) -> dict[str, Any]:
    return {
        "q": asked,
        "who": asked.member.name,
        "text": questions.text(asked),
        "answer": questions.words(asked),
        "by": shown.by_name(asked.answered_by),
        "adviser": shown.by_name(asked.adviser),
        "longest": questions.LONGEST,
    }
