"""Who has a case: mine now, a colleague's, one role up; worse than it was called; the same as another one; still talking until a day."""

from flask import Response, request, url_for
from flask_babel import gettext

from models import Case, Staff
from webapp import access, forms, hx
from webapp.complaints import cases, closing, handing, linking
from webapp.complaints.desk import bp, shown
from webapp.complaints.desk.card import acting, answer


class OverForm(forms.Form):
    """To whom: the button that was tapped, or the address of the bar that takes it back."""

    about = "over"
    to = forms.number(1, shown.LARGEST, needed=False)
    why = forms.text(handing.WHY_MOST, needed=False)


class WhyForm(forms.Form):
    about = "up"
    why = forms.text(handing.WHY_MOST)


class UrgentForm(WhyForm):
    about = "urgent"


class MergeForm(forms.Form):
    about = "merge"
    into = forms.text(16)


class LinkForm(forms.Form):
    """What it is about: kind and name of the one that was tapped."""

    about = "link"
    thing = forms.text(40)


class TalkForm(forms.Form):
    """The day that both agreed on."""

    about = "talking"
    ticket = forms.ticket()
    day = forms.text(10)
    time = forms.text(5)
    text = forms.text(500)


@bp.post("/cases/<code>/about")
def link(code: str) -> Response:
    """POST thing=booking:ABC: this is what it is about."""
    found, actor, form, at = acting(code, LinkForm)
    about, _, ref = form.thing.data.partition(":")
    return answer(linking.link(found, about, ref, actor, at), actor)


@bp.post("/cases/<code>/mine")
def take(code: str) -> Response:
    """POST: I have it now."""
    found, actor, _, at = acting(code)
    return answer(handing.take(found, actor, at), actor, _back(found, at, gettext("现在是你的了")))


@bp.post("/cases/<code>/owner")
def over(code: str) -> Response:
    """POST to=&why=: a colleague goes on with it."""
    found, actor, form, at = acting(code, OverForm)
    number = form.to.data or request.args.get("to", 0, type=int)
    to = access.find(Staff, Staff.id == number, Staff.brand == found.store.brand_id)
    moved = handing.over(found, to, actor, form.why.data or "", at)
    undo = None if request.args.get("to") else _back(found, at, gettext("交给%(name)s了", name=to.name))
    return answer(moved, actor, undo)


@bp.post("/cases/<code>/up")
def up(code: str) -> Response:
    """POST why=: somebody who may decide more."""
    found, actor, form, at = acting(code, WhyForm)
    moved = handing.up(found, actor, form.why.data, at)
    return answer(moved, actor, _back(found, at, gettext("交给%(name)s了", name=getattr(moved.owner, "name", ""))))


@bp.post("/cases/<code>/urgency")
def urgent(code: str) -> Response:
    """POST why=: it is worse than it was called; five minutes from now."""
    found, actor, form, at = acting(code, UrgentForm)
    return answer(cases.raise_urgent(found, actor, form.why.data, at), actor)


@bp.post("/cases/<code>/merge")
def merge(code: str) -> Response:
    """POST into=: the same thing was told twice."""
    found, actor, form, at = acting(code, MergeForm)
    into = closing.merge(found, shown.find(form.into.data, found.store), actor, at)
    return hx.go(url_for(".case", code=into.code))


@bp.post("/cases/<code>/talks")
def talking(code: str) -> Response:
    """POST day=&time=&text=: both still talk and have agreed on a day."""
    found, actor, form, at = acting(code, TalkForm)
    next_at = shown.moment(form.day.data, form.time.data, found.store, "day")
    handing.talking(found, actor, next_at, form.text.data, at, key=f"talking:{found.id}:{form.ticket.data}")
    return answer(found, actor)


def _back(had: Case, at: int, text: str) -> dict[str, object] | None:
    """Give it back to whoever had it."""
    if had.owner_id is None:
        return None
    return shown.undoing(text, url_for(".over", code=had.code, to=had.owner_id), had.store, at)
