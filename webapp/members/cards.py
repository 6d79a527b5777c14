"""The member's card as staff see it: who, masked, and the last visits with what was spent. Nothing that the member may not see too."""

from typing import Any, NamedTuple

from peewee import JOIN, fn

from models import TIERS, Follow, Level, Member, Purchase, Staff, Store, Visit
from webapp.insights import grades
from webapp.members import advisers, memory, phones

MOST = 3
MOST_BILLS = 10


class Seen(NamedTuple):
    """One visit; `amount` in fen, or nothing when no bill was rung up."""

    at: int
    store: dict[str, str]
    amount: int | None


class Card(NamedTuple):
    """`notes` are what is remembered of them; `flags` come from rooms that know more; `phone` is the whole number, right after a reveal only; `adviser` looks after them."""

    member: Member
    masked: str
    visits: list[Seen]
    notes: list[memory.Note]
    flags: list[str]
    phone: str
    adviser: Staff | None = None
    surprise: dict[str, Any] | None = (
        None  # what may be prepared for them now: the follow-up's code, and the chip's words
    )
    grade: grades.Shown | None = None  # what the night has found out; for the desk only (T5)
    since: int | None = None  # when they reached their level


def of(member: Member, phone: str = "") -> Card:
    seen, notes = _visits(member.id), memory.of(member.id)
    return Card(
        member,
        phones.masked(member),
        seen,
        notes,
        [],
        phone,
        advisers.of(member.id),
        _surprise(member.id),
        grades.shown(member.id),
        _since(member),
    )


def bills(member: int, store: int) -> list[Purchase]:
    """The newest bills of this member in this store that may still be refunded."""
    left = (Purchase.member == member) & (Purchase.store == store) & (Purchase.refunded < Purchase.amount)
    return list(Purchase.select().where(left).order_by(Purchase.at.desc()).limit(MOST_BILLS))


def _since(member: Member) -> int | None:
    level = Level.get_or_none(Level.member == member.id) if member.tier != TIERS[0] else None
    return level.reached_at if level else None


def _surprise(member: int) -> dict[str, Any] | None:
    """The one that waits to be done for them (O3)."""
    waits = Follow.get_or_none(Follow.member == member, Follow.kind == "surprise", Follow.state == "open")
    return waits.about | {"code": waits.code} if waits and waits.about.get("surprise") else None


def _visits(member: int) -> list[Seen]:
    """The last visits, each with the sum of its bills less refunds. One query."""
    during = (
        (Purchase.member == Visit.member)
        & (Purchase.store == Visit.store)
        & (Purchase.at >= Visit.at)
        & (Purchase.at < Visit.closes_at)
    )
    rows = (
        Visit.select(Visit.at, Store.name, fn.SUM(Purchase.amount - Purchase.refunded))
        .join(Store)
        .switch(Visit)
        .join(Purchase, JOIN.LEFT_OUTER, on=during)
        .where(Visit.member == member)
        .group_by(Visit.id, Visit.at, Store.name)
        .order_by(Visit.at.desc())
        .limit(MOST)
    )
    return [Seen(at, name, int(amount) if amount else None) for at, name, amount in rows.tuples()]
