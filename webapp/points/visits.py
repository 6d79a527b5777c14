"""Visits: a member was here. One scan at the counter opens a visit; everything within the window is the same visit (H1)."""

from models import Member, Store, Visit, transaction
from webapp import policy
from webapp.clock import DAY, HOUR
from webapp.outbox import events
from webapp.points import ledger


def check_in(member: Member, store: Store, source: str, at: int) -> tuple[Visit, bool]:
    """Open a visit, or find the one that is open. Returns (visit, is it new). A repeat within the window changes nothing."""
    with transaction():
        ledger.lock(member.id)
        mine = (Visit.member == member.id) & (Visit.store == store.id) & Visit.is_open
        # A visit that lies days ahead was made by a broken clock and must not count as today's.
        over = (Visit.closes_at <= at) | (Visit.at > at + DAY)
        Visit.update({Visit.is_open: False}).where(mine, over).execute()
        new = Visit.insert(
            member=member.id,
            store=store.id,
            source=source,
            at=at,
            closes_at=at + policy.of(store).visit_hours * HOUR,
        ).on_conflict_ignore()
        made = new.as_rowcount().execute() == 1
        if made:
            Member.update({Member.seen_at: at}).where(Member.id == member.id).execute()
            events.record("arrived", at, store=store.id, member=member.id, source=source)
            events.tick(store.id)
        return Visit.get(mine), made


def recent(member: int, limit: int = 3) -> list[Visit]:
    """The last visits, newest first, with their stores."""
    return list(
        Visit.select(Visit, Store).join(Store).where(Visit.member == member).order_by(Visit.at.desc()).limit(limit)
    )
