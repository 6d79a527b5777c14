"""Everybody in one table, for the owner who moves elsewhere or wants a copy of their own (A11). Each download is written down."""

from collections.abc import Iterator
from typing import Any

from models import Member, Staff, Store, transaction
from webapp import clock, vault
from webapp.outbox import events

HEADER = ("code", "phone", "name", "birthday", "points", "tier", "joined", "last_visit", "source")
RISKY = ("=", "+", "-", "@", "\t", "\r")
BATCH = 1_000


def rows(store: Store, staff: Staff, at: int) -> Iterator[list[Any]]:
    """The names of the columns, then a line for each card that is somebody's. A file made of it can be brought in again."""
    with transaction():
        events.record("members_exported", at, store=store.id, staff=staff.id)
    yield list(HEADER)
    after = 0
    alive = (Member.brand == store.brand_id) & Member.erased_at.is_null() & Member.merged_into.is_null()
    while some := list(Member.select().where(alive, Member.id > after).order_by(Member.id).limit(BATCH)):
        for member in some:
            yield [_safe(cell) for cell in _line(member, store.timezone)]
        after = some[-1].id


def _line(member: Member, timezone: str) -> list[Any]:
    birthday = f"{member.birthday // 100}-{member.birthday % 100}" if member.birthday else ""
    return [
        member.code,
        vault.unseal(member.phone_sealed).removeprefix("+86") if member.phone_sealed else "",
        member.name,
        birthday,
        member.points,
        member.tier,
        _day(member.joined_at, timezone),
        _day(member.seen_at, timezone),
        member.source,
    ]


def _day(at: int | None, timezone: str) -> str:
    return clock.local(at, timezone).strftime("%Y-%m-%d") if at else ""


def _safe(cell: Any) -> Any:
    """No spreadsheet takes it for a formula; a number from abroad keeps its plus behind a mark."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell
