"""Consents: one yes or no per purpose, to one text, with its date. Asked apart from each other, never ticked for anybody (A3).

Only added to, never changed: the newest row of a purpose counts. A new wording gets a new version here, and the old rows keep theirs.
"""

from collections.abc import Iterable
from typing import NamedTuple

from peewee import fn

from models import PURPOSES, Consent, transaction
from webapp.outbox import events
from webapp.refusals import Refusal
from webapp.words import N_

VERSION = "2026-05"
TITLES = {
    "service": N_("到账、兑换和预约时提醒我"),
    "marketing": N_("有优惠时告诉我"),
    "survey": N_("来店之后问我满不满意"),
    "partner": N_("邻店的联名优惠也告诉我"),
}
TEXTS = {
    "service": N_("提醒会发到手机上。不同意也能在消息里看到。"),
    "marketing": N_("每月最多两条，随时能停。"),
    "survey": N_("一两个问题，答不答都行，不影响等级。"),
    "partner": N_("由我们转告，你的资料不给别家。"),
}


class Choice(NamedTuple):
    """One purpose as it stands; `at` is empty while nobody has ever answered."""

    purpose: str
    title: str
    text: str
    granted: bool
    at: int | None


def current(member: int) -> list[Choice]:
    """Every purpose with the member's last answer, in one query."""
    newest = Consent.select(fn.MAX(Consent.id)).where(Consent.member == member).group_by(Consent.purpose)
    answers = {row.purpose: row for row in Consent.select().where(Consent.id.in_(newest))}
    return [
        Choice(
            p, TITLES[p], TEXTS[p], bool(p in answers and answers[p].granted), answers[p].at if p in answers else None
        )
        for p in PURPOSES
    ]


def choose(member: int, purpose: str, granted: bool, *, source: str, at: int) -> None:
    """Write one answer down. The same answer again adds nothing; a purpose we do not have is refused."""
    if purpose not in PURPOSES:
        raise Refusal("没有这一项", code="no_such_purpose", field="purpose")
    with transaction():
        if any(choice.purpose == purpose and choice.granted == granted and choice.at for choice in current(member)):
            return
        _write(member, purpose, granted, source, at)


def grant_all(member: int, purposes: Iterable[str], *, source: str, at: int) -> None:
    """What was ticked while joining; what was left alone is no answer."""
    for purpose in sorted(purposes):
        _write(member, purpose, True, source, at)


def _write(member: int, purpose: str, granted: bool, source: str, at: int) -> None:
    Consent.create(member=member, purpose=purpose, granted=granted, text_version=VERSION, source=source, at=at)
    events.record("consent_given" if granted else "consent_withdrawn", at, member=member, ref=purpose, text=VERSION)
