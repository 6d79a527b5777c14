"""The desk finds a member: by a scanned pass, six digits, the last four of a number, the whole number, the code on the card, or a name."""

import re
from typing import Any, NamedTuple

from models import Digits, Member
from webapp.members import codes, names, phones

MOST = 20
_LIVING = Member.erased_at.is_null() & Member.merged_into.is_null()
_LATEST = (Member.seen_at.desc(nulls="LAST"), Member.id.desc())


class Found(NamedTuple):
    """One line of the search: the number is masked, `last` is the last visit."""

    member: Member
    masked: str
    last: int | None


def search(text: str, at: int) -> list[Found]:
    """Up to twenty members, the latest seen first. Erased and merged cards are not among them. One query, and one before for what may be a code."""
    text = text.strip()
    if not text:
        return []
    if text.startswith(codes.MARK):
        return [_found(codes.read(text, at).member)]
    rows = Member.select().where(_LIVING, _where(text, at)).order_by(*_LATEST)
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
        whose = Member.code == plain.upper()
        if Member.select(Member.id).where(whose).exists():
            return whose
    return _named(text)


def _named(text: str) -> Any:
    """The latest seen of those whose name begins so. All that it asks lies in one index, so even a very common name is quick."""
    first, end = names.run(text)
    begins = (Member.name_key >= first) & (Member.name_key < end)
    return Member.id.in_(Member.select(Member.id).where(_LIVING, begins).order_by(*_LATEST).limit(MOST))


def _found(member: Member) -> Found:
    return Found(member, phones.masked(member), member.seen_at)
