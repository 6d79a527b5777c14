"""A birthday that was written down wrong, mended at the counter."""

from flask import Response, url_for

from models import Member
from webapp import access, clock, forms, hx
from webapp.members import cards, looks, merging, profiles
from webapp.members.desk import bp

WHOLE, PART = "members/desk_birthday.html", "members/_desk_birthday.html"


class BirthdayForm(forms.Form):
    month = forms.number(1, 12, needed=False)
    day = forms.number(1, 31, needed=False)


@bp.get("/members/<code>/birthday")
def birthday(code: str) -> Response:
    """GET: the day as it stands, to be mended. A part of the card."""
    actor, store = access.staff()
    member = _find(code)
    looks.view(member, actor, store, clock.now())
    month, day = divmod(member.birthday, 100) if member.birthday else (None, None)
    return hx.page(WHOLE, PART, form=BirthdayForm(month=month, day=day), card=cards.of(member))


@bp.post("/members/<code>/birthday")
def birthday_keep(code: str) -> Response:
    """POST month=&day=: this is their birthday; both empty forget it."""
    actor, _ = access.staff()
    member = _find(code)
    form = forms.read(BirthdayForm, WHOLE, PART, card=cards.of(member))
    profiles.correct_birthday(member, form.month.data, form.day.data, actor, clock.now())
    return hx.go(url_for(".show", code=member.code))


def _find(code: str) -> Member:
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    member = merging.survivor(access.find(Member, Member.code == plain))
    found: Member = access.find(Member, Member.id == member.id, Member.erased_at.is_null())
    return found
