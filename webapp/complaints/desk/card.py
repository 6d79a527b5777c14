"""One case at the desk: what was said, until when we owe what, and saying something about it."""

from typing import Any

from flask import Response, request, url_for
from wtforms import TextAreaField
from wtforms.validators import Length

from models import Case, Staff, Starter
from webapp import access, clock, forms, hx
from webapp.complaints import cases
from webapp.complaints.desk import bp, shown
from webapp.members import looks
from webapp.photos import pictures
from webapp.staff import queue
from webapp.words import N_

WHOLE, PART = "complaints/desk_case.html", "complaints/_desk_case.html"


class SayForm(forms.Form):
    """One line of the thread; `kind` says what for."""

    about = "say"
    ticket = forms.ticket()
    kind = forms.choice(cases.SPOKEN)
    text = TextAreaField(
        validators=[Length(max=cases.TEXT_MOST, message=N_("最多写 2000 个字")), forms.plain], filters=[forms.tidy]
    )


@bp.get("/cases/<code>")
def case(code: str) -> Response:
    """GET ?starter=: one case of this store; opens its card, so that colleagues see who has it."""
    (actor, store), at = access.staff(), clock.now()
    found = shown.find(code, store)
    if hx.asked() or found.merged_into_id:  # a card of the queue: the case has a page of its own
        return hx.go(url_for(".case", code=found.merged_into.code if found.merged_into_id else found.code))
    card = queue.open_card("case", found.code, actor, at)
    if mine := shown.owner_of(found):
        looks.view(mine, actor, store, at)
    more = {"taken": queue.taken_by(card, actor, at) if card else "", "filled": _starter(found)}
    return hx.page(WHOLE, **shown.whole(found, actor, at) | more)


@bp.get("/cases/<code>/part")
def case_part(code: str) -> Response:
    """GET: thread and ladder, for the poll."""
    actor, store = access.staff()
    found, at = shown.find(code, store), clock.now()
    return hx.page("complaints/desk_talk.swap.html", **shown.talk(found, at), who=shown.party(found), actor=actor, **shown.everywhere())  # fmt: skip


@bp.post("/cases/<code>/words")
def say(code: str) -> Response:
    """POST kind=&text=: to the customer, or a note that stays inside."""
    found, actor, form, at = acting(code, SayForm)
    cases.say(found, form.text.data or "", at, key=f"desk:{found.id}:{form.ticket.data}", staff=actor, kind=form.kind.data)  # fmt: skip
    return answer(found, actor)


@bp.post("/cases/<code>/photos")
def photo(code: str) -> Response:
    """POST photo=: a picture of what we found or mended; the customer sees it."""
    actor, store = access.staff()
    sent = forms.photo()
    found, actor, _, at = acting(code)
    taken = pictures.take_in(sent, store, at, member=shown.owner_of(found), staff=actor)
    cases.picture(found, taken, at, staff=actor)
    return hx.go(url_for(".case", code=found.code))


@bp.post("/cases/<code>/call")
def phone(code: str) -> Response:
    """POST: the whole number, this once; the member sees who asked."""
    (actor, store), at = access.staff(), clock.now()
    found = shown.find(code, store)
    mine = shown.owner_of(found)
    number = looks.reveal(mine, actor, store, at) if mine else ""
    if hx.asked():
        return hx.page("complaints/_desk_call.html", c=found, number=number, masked="")
    return hx.page(WHOLE, **shown.whole(found, actor, at) | {"number": number})


# --- what the other doors of a case share --------------------------------------------------------------------------------


def acting(code: str, form_class: Any = shown.TapForm) -> tuple[Case, Staff, Any, int]:
    """Guard, find and read in one; a no shows the case as it is by then, with the words on top."""
    (actor, store), at = access.staff(), clock.now()
    found = shown.find(code, store)
    form = forms.read(form_class, WHOLE, PART, lambda: _refused(found, actor, at))
    return found, actor, form, at


def answer(found: Case, actor: Staff, undo: dict[str, Any] | None = None) -> Response:
    """The case as it is now, in place; a browser without htmx goes to its page."""
    return hx.swap(
        "complaints/desk_case.swap.html",
        url_for(".case", code=found.code),
        lambda: shown.whole(Case.get_by_id(found.id), actor, clock.now()) | ({"undo": undo} if undo else {}),
    )


def _refused(found: Case, actor: Staff, at: int) -> dict[str, Any]:
    """The same without a form: it is the one that was refused."""
    now = shown.whole(Case.get_by_id(found.id), actor, at)
    return {name: value for name, value in now.items() if name != "form"}


def _starter(found: Case) -> str:
    """How a reply begins, for a browser that cannot write it in by itself."""
    number = request.args.get("starter", 0, type=int)
    row = Starter.get_or_none(Starter.id == number, Starter.brand == found.store.brand_id) if 0 < number <= shown.LARGEST else None  # fmt: skip
    return shown.said_by([row], shown.owner_of(found))[0]["sent"] if row else ""
