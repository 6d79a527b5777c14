"""What members tell us about themselves, and how they like to read: nothing here is needed, each field says what it buys (A1)."""

import unicodedata
from typing import Any

from models import Member, Staff, locked, transaction
from webapp.clock import DAY
from webapp.members import names
from webapp.outbox import events
from webapp.refusals import Forbidden, Refusal

NAME_MOST = 30
YEAR = 365 * DAY
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_KINDS = ("L", "M", "N", "P", "Z")  # letters, marks, numbers, punctuation, spaces: what a name is written with


def keep(member: Member, name: str, month: int | None, day: int | None, at: int) -> None:
    """Keep a name and a birthday (both may be empty). Refuses pictures in a name, a day that no month has, and a second birthday in a year.

    What was mistyped may be mended for a day; a birthday may always be taken away.
    """
    birthday = _birthday(month, day)
    if not is_name(name):
        raise Refusal("名字里请只用文字", code="name_letters", field="name")
    if len(name) > NAME_MOST:
        raise Refusal("太长了", code="name_long", field="name")
    with transaction():
        now: Member = locked(Member, member.id)
        if birthday not in (None, now.birthday) and now.birthday_at and DAY < at - now.birthday_at < YEAR:
            raise Refusal("生日一年改一次；写错了请到柜台，店员帮你改", code="birthday_again", field="day")
        Member.update(names.columns(name) | _since(now, birthday, at)).where(Member.id == member.id).execute()
        events.record("profile_kept", at, member=member.id)


def correct_birthday(member: Member, month: int | None, day: int | None, staff: Staff, at: int) -> None:
    """The counter mends a birthday that the member cannot change again by themselves. Refuses one's own card."""
    if staff.member_id == member.id:
        raise Forbidden("不能改自己的资料，请同事来操作", code="own_card")
    birthday = _birthday(month, day)
    with transaction():
        now: Member = locked(Member, member.id)
        if birthday != now.birthday:
            Member.update(_since(now, birthday, at)).where(Member.id == member.id).execute()
            events.record("birthday_corrected", at, store=staff.store_id, staff=staff.id, member=member.id)


def is_name(text: str) -> bool:
    """Letters, numbers, punctuation: no pictures, no control characters."""
    return all(unicodedata.category(letter).startswith(_KINDS) for letter in text)


def prefer(member: Member, *, locale: str | None = None, large: bool | None = None, theme: str | None = None) -> None:
    """Language, letter size and brightness; what is None stays as it is."""
    wishes: dict[str, Any] = {"locale": locale, "large": large, "theme": theme}
    given = {name: value for name, value in wishes.items() if value is not None}
    if given:
        Member.update(given).where(Member.id == member.id).execute()


def _since(now: Member, birthday: int | None, at: int) -> dict[str, Any]:
    """The birthday, and since when it stands: taking one away does not begin a new year."""
    if birthday == now.birthday:
        return {}
    return {"birthday": birthday, "birthday_at": now.birthday_at if birthday is None else at}


def _birthday(month: int | None, day: int | None) -> int | None:
    if month is None and day is None:
        return None
    if month is None or day is None or not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        raise Refusal("没有这一天，请再看一下", code="no_such_day", field="day")
    return month * 100 + day
