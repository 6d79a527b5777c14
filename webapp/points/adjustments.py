"""Points given or taken by hand, with a reason that the member can read. Called by the desk; managers only (the door checks)."""

from models import LedgerLine, Member, Staff, Store, transaction
from webapp import policy
from webapp.clock import month_end_after
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.refusals import Forbidden, Refusal


def adjust(member: Member, points: int, why: str, *, ticket: str, store: Store, staff: Staff, at: int) -> LedgerLine:
    """Give (above zero) or take (below) points. Refuses none, too many, more than is there, no reason, and one's own card.

    The same ticket again returns the first line.
    """
    rules = policy.of(store)
    if staff.member_id == member.id:
        raise Forbidden("不能改自己的积分，请同事来操作", code="own_card")
    if points == 0:
        raise Refusal("请填写要加或要减的分数", code="no_points", field="points")
    if abs(points) > rules.adjust_max:
        raise Refusal("一次最多调整 %(most)s 分", code="adjust_too_large", field="points", most=rules.adjust_max)
    if not why.strip():
        raise Refusal("请写明原因，顾客看得到", code="why_missing", field="why")
    key = f"adjust:{store.id}:{ticket}"
    with transaction():
        ledger.lock(member.id)
        seen = LedgerLine.get_or_none(LedgerLine.key == key)
        if seen:
            return _same(seen, member, points)
        line = ledger.adjust(
            member.id,
            points,
            key=key,
            at=at,
            expires_at=month_end_after(at, rules.lot_months, store.timezone),
            origin=ledger.Origin("adjusted", store.id, staff.id, inputs={"why": why.strip(), "points": points}),
        )
        inbox.tell(member.id, "points_adjusted", at, key=key, url=f"/points/{line}", points=points, why=why.strip())
        events.record(
            "points_adjusted",
            at,
            store=store.id,
            staff=staff.id,
            member=member.id,
            ref=str(line),
            points=points,
            why=why.strip(),
        )
        events.tick(store.id)
        return LedgerLine.get_by_id(line)


def _same(seen: LedgerLine, member: Member, points: int) -> LedgerLine:
    if seen.member_id != member.id or seen.inputs.get("points") != points:
        raise Refusal("这张表已经提交过另一笔，请刷新页面", code="ticket_reused")
    return seen
