"""'Is this still right?' once a year (A10), and the records that somebody should look at: old, odd or double ones."""

import re
from typing import Any, NamedTuple

from models import Member, Merge, transaction
from webapp.clock import DAY
from webapp.members import memory, names, phones
from webapp.outbox import events
from webapp.words import N_

YEAR = 365 * DAY
MOST = 50
REASONS = {
    "stale": N_("一年多没核对过"),
    "no_number": N_("有积分，没有手机号"),
    "number_name": N_("名字像是一串数字"),
    "odd_name": N_("名字不像名字"),
}
_ODD = ("测试", "測試", "test", "asdf", "qwer", "xxx", "无名", "無名", "先生", "女士", "小姐")


class Doubtful(NamedTuple):
    """One card to look at, and why."""

    member: Member
    masked: str
    why: str


def asks(member: Member, at: int) -> bool:
    """Has nobody said for a year that what stands here is right? New cards are asked a year after they were made."""
    return bool((member.confirmed_at or member.joined_at) < at - YEAR)


def confirm(member: Member, at: int) -> None:
    """Yes, all of it: asked again in a year. Twice in one day is once."""
    with transaction():
        fresh = Member.confirmed_at.is_null() | (Member.confirmed_at < at - DAY)
        if Member.update(confirmed_at=at).where(Member.id == member.id, fresh).execute():
            memory.confirm(member.id, at)
            events.record("confirmed_right", at, member=member.id)


def doubtful(at: int) -> list[Doubtful]:
    """The cards that somebody should look at, the ones seen lately first. Four bounded questions."""
    living = Member.erased_at.is_null() & Member.merged_into.is_null()
    latest = (Member.seen_at.desc(nulls="LAST"), Member.id.desc())
    found: dict[int, Doubtful] = {}

    def look(why: str, *where: Any) -> None:
        for row in Member.select().where(living, *where).order_by(*latest).limit(MOST):
            found.setdefault(row.id, Doubtful(row, phones.masked(row), why))

    look("no_number", Member.phone_key.is_null(), Member.points >= 100)
    digits = [_run(str(digit)) for digit in range(10)]
    for row in Member.select().where(living, _any(digits)).order_by(*latest).limit(MOST):
        if re.fullmatch(r"[\d\s+-]{4,}", row.name):
            found.setdefault(row.id, Doubtful(row, phones.masked(row), "number_name"))
    look("odd_name", _any([_run(word) for word in _ODD]))
    known = Member.confirmed_at.is_null() & (Member.joined_at < at - YEAR) | (Member.confirmed_at < at - YEAR)
    look("stale", known, Member.seen_at > at - YEAR // 2)
    return list(found.values())[: 2 * MOST]


def counts(rows: list[Doubtful]) -> dict[str, int]:
    return {why: sum(row.why == why for row in rows) for why in REASONS}


def asked() -> list[Merge]:
    """Merges that wait for a yes."""
    return list(Merge.select().where(Merge.state == "asked").order_by(Merge.id.desc()).limit(MOST))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _run(beginning: str) -> Any:
    first, end = names.run(beginning)
    return (Member.name_key >= first) & (Member.name_key < end)


def _any(conditions: list[Any]) -> Any:
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = whole | condition
    return whole
