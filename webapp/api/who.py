"""Whose bill is it? One of four ways: member code, phone number, the six digits or the QR text that the phone shows now."""

from models import Member
from webapp.api.shapes import Who
from webapp.members import codes, merging, phones
from webapp.refusals import Missing, Refusal


def member_of(who: Who | None, at: int) -> Member | None:
    """The member, or None when the till named nobody. Refuses one that is not there, and two ways at once."""
    if who is None:
        return None
    ways = {"code": who.code, "phone": who.phone, "digits": who.digits, "pass": who.pass_}
    named = [name for name, value in ways.items() if value]
    if len(named) != 1:
        raise Refusal("会员请用 code、phone、digits、pass 其中一种来指明", code="member_unclear", field="member")
    found = _look_up(named[0], ways[named[0]] or "", at)
    if found is None or found.erased_at:
        raise Refusal("没有找到这位会员", code="no_such_member", field=f"member.{named[0]}")
    return found


def _look_up(way: str, value: str, at: int) -> Member | None:
    try:
        if way == "digits":
            return codes.of_digits(value, at)
        if way == "pass":
            return codes.read(value, at).member
    except Missing:
        return None
    if way == "phone":
        number = phones.number_in(value)
        return phones.owner(number) if number else None
    found = Member.get_or_none(Member.code == value.upper().replace(" ", "").replace("-", ""))
    return merging.survivor(found) if found else None
