"""What members tell us about themselves, and how they like to read: nothing here is needed, each field says what it buys (A1)."""

import unicodedata
from typing import Any

from models import Member, transaction
from webapp.members import names
from webapp.outbox import events
from webapp.refusals import Refusal

NAME_MOST = 30
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_KINDS = ("L", "M", "N", "P", "Z")  # letters, marks, numbers, punctuation, spaces: what a name is written with


def keep(member: Member, name: str, month: int | None, day: int | None, at: int) -> None:
    """Keep a name and a birthday (both may be empty). Refuses pictures in a name, and a day that no month has."""
    birthday = _birthday(month, day)
    if not is_name(name):
        raise Refusal("名字里请只用文字", code="name_letters", field="name")
    if len(name) > NAME_MOST:
        raise Refusal("太长了", code="name_long", field="name")
    with transaction():
        Member.update(names.columns(name) | {"birthday": birthday}).where(Member.id == member.id).execute()
        events.record("profile_kept", at, member=member.id)


def is_name(text: str) -> bool:
    """Letters, numbers, punctuation: no pictures, no control characters."""
    return all(unicodedata.category(letter).startswith(_KINDS) for letter in text)


def prefer(member: Member, *, locale: str | None = None, large: bool | None = None, theme: str | None = None) -> None:
    """Language, letter size and brightness; what is None stays as it is."""
    wishes: dict[str, Any] = {"locale": locale, "large": large, "theme": theme}
    given = {name: value for name, value in wishes.items() if value is not None}
    if given:
        Member.update(given).where(Member.id == member.id).execute()


def _birthday(month: int | None, day: int | None) -> int | None:
    if month is None and day is None:
        return None
    if month is None or day is None or not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        raise Refusal("没有这一天，请再看一下", code="no_such_day", field="day")
    return month * 100 + day
