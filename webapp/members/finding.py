"""The desk finds a member: by a scanned pass, six digits, the last four of a number, the whole number, the code on the card, or a name."""

import re
from typing import Any, NamedTuple

from models import Digits, Member
from webapp.members import codes, phones

MOST = 20


class Found(NamedTuple):
    """One line of the search: the number is masked, `last` is the last visit."""

    member: Member
    masked: str
    last: int | None


def search(text: str, at: int) -> list[Found]:
    """Up to twenty members, the latest seen first. Erased and merged cards are not among them. One query."""
    text = text.strip()
    if not text:
        return []
    if text.startswith(codes.MARK):
        return [_found(codes.read(text, at).member)]
    living = Member.erased_at.is_null() & Member.merged_into.is_null()
    rows = Member.select().where(living, _where(text, at)).order_by(Member.seen_at.desc(nulls="LAST"), Member.id.desc())
    return [_found(row) for row in rows.limit(MOST)]


def _where(text: str, at: int) -> Any:
    plain = re.sub(r"\s", "", text)
    if re.fullmatch(r"[0-9]{4}", plain):
        return Member.tail_key == phones.tail_key(plain)
    if re.fullmatch(r"[0-9]{6}", plain):
        return Member.id.in_(Digits.select(Digits.member).where(Digits.digits == plain, Digits.expires_at > at))
    number = phones.number_in(text)
    if number:
        return Member.phone_key == phones.key(number)
    if re.fullmatch(r"[0-9A-Za-z]{10}", plain):
        return (Member.code == plain.upper()) | Member.name.startswith(text)
    return Member.name.startswith(text)


def _found(member: Member) -> Found:
    return Found(member, phones.masked(member), member.seen_at)
