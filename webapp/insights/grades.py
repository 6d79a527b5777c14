"""What the night has found out about a member, for cards and for rooms to the right. Reads only; never shown to the member (T5)."""

from typing import Any, NamedTuple

from models import Grade, GradeMove, Member, Param, Prepared
from webapp.insights import words
from webapp.phrases import Phrase, phrase

_ONE = Prepared(lambda: Grade.select().where(Grade.member == Param("member")))
_LIFE = Prepared(lambda: Grade.select(Grade.life, Grade.last_at).where(Grade.member == Param("member")))


def of(member: int) -> Grade | None:
    """The row of this member (`member` is an id), or None before their first night. One prepared query."""
    found: Grade | None = _ONE.one(Grade, member=member)
    return found


class Shown(NamedTuple):
    """For a card: the row, what it is called, why somebody may stay away, and what to do for them (B5)."""

    row: Grade
    grade: Phrase | None
    life: Phrase
    usual: Phrase | None
    reasons: list[Phrase]
    ideas: list[Phrase]


def shown(member: int) -> Shown | None:
    """The member's grade for people of the shop, or None before their first night."""
    row = of(member)
    if row is None:
        return None
    reasons = [words.why(reason) for reason in row.reasons]
    ideas = [words.LIFE_PLAYBOOK[row.life], *words.PLAYBOOK.get(row.grade or "", ())[:2]]
    named = phrase(words.GRADE_NAMES[row.grade]) if row.grade else None
    usual = words.usual(row.interval) if row.interval else None
    return Shown(row, named, phrase(words.LIFE_NAMES[row.life]), usual, reasons, [phrase(idea) for idea in ideas])


def export(members: list[int]) -> list[dict[str, Any]]:
    """For the file with everything the shop holds: what was worked out about how they come, and when it changed.

    It is on no page of theirs, but whoever asks for everything gets everything.
    """
    rows = list(Grade.select().where(Grade.member.in_(members)).order_by(Grade.member).dicts())
    moved = GradeMove.select().where(GradeMove.member.in_(members)).order_by(GradeMove.id)
    return [row | {"moves": [move for move in moved.dicts() if move["member"] == row["member"]]} for row in rows]


def life(member: Member) -> str:
    """new, returning, at_risk or lapsed (B6). Who has been here since that night is returning (or still new). One prepared query."""
    row = _LIFE.row(member=member.id)
    if row is None:
        return "new"
    known, last_at = row
    if known in ("at_risk", "lapsed") and member.seen_at and member.seen_at > (last_at or 0):
        return "returning" if last_at else "new"
    return str(known)
