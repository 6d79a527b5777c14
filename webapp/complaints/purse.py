"""The goodwill purse (N1): small things are made right on the spot, one tap and a reason, out of each person's own purse of the month.

What is over the purse needs a manager who stands beside it: the door has checked their PIN and names them. Nobody gives to themselves.
What a purse may hold is the shop's number for the role; the owner's has no bottom.
"""

from typing import NamedTuple

from peewee import JOIN, fn

from models import Case, Coupon, Member, Purchase, PurseUse, Staff, Store, Visit, locked, transaction
from webapp import clock, policy
from webapp.clock import DAY
from webapp.complaints import cases
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.prices import coupons
from webapp.refusals import Forbidden, Refusal

KINDS = ("coupon", "points")
WHY_MOST = 120
WITHOUT_END = 1_000_000_00  # the owner's, fen a month
COMES_BACK = 60 * DAY


class Purse(NamedTuple):
    """Fen of this month. What a manager stood beside counts as used too; what is left is never below nothing."""

    limit: int
    used: int
    left: int


class Back(NamedTuple):
    """What goodwill brought back: `given` and `used` fen, members who got any, of them who came again within sixty days, and what they spent then."""

    name: str
    uses: int
    given: int
    used: int
    members: int
    returned: int
    spent: int


def left(staff: Staff, store: Store, at: int) -> Purse:
    """The purse of this person in the month on the store's wall."""
    limit = _limit(staff, store)
    spent = PurseUse.select(fn.COALESCE(fn.SUM(PurseUse.amount), 0))
    used = int(spent.where(PurseUse.staff == staff.id, PurseUse.month == month(store, at)).scalar())
    return Purse(limit, used, max(0, limit - used))


def give(
    member: Member,
    store: Store,
    staff: Staff,
    kind: str,
    amount: int,
    why: str,
    at: int,
    *,
    key: str,
    case: Case | None = None,
    approved_by: Staff | None = None,
) -> PurseUse:
    """A coupon of `amount` fen, or `amount` points, for this member, now. The same key is the same gift.

    Refuses no reason, one's own card, and what is over the purse without somebody who may say yes to it.
    """
    why = cases.words(why, WHY_MOST, "why")
    if kind not in KINDS:
        raise Refusal("请选一项", code="unknown", field="kind")
    if amount <= 0:
        raise Refusal("金额要大于零", code="amount", field="amount")
    if staff.member_id == member.id:
        raise Forbidden("不能送给自己，请同事来操作", code="own_card")
    rules = policy.of(store)
    fen = amount if kind == "coupon" else amount * rules.point_fen
    with transaction():
        member = locked(Member, member.id)
        if case:
            case = cases.held(case)
        locked(Staff, staff.id)  # two tablets, one purse
        seen: PurseUse | None = PurseUse.get_or_none(PurseUse.key == key)
        if seen:
            return _same(seen, member, staff, fen)
        if case and case.member_id != member.id:
            raise Refusal("这件事不是这位会员的", code="not_theirs")
        if member.merged_into_id or member.erased_at:
            raise Refusal("这张会员卡已经不用了", code="gone")
        beside = _approved(left(staff, store, at).left, fen, staff, store, member, approved_by)
        use: PurseUse = PurseUse.create(
            key=key,
            store=store.id,
            staff=staff.id,
            member=member.id,
            case=case.id if case else None,
            amount=fen,
            points=amount if kind == "points" else 0,
            why=why,
            approved_by=beside,
            month=month(store, at),
            at=at,
            **_given(member, store, staff, kind, amount, why, at, key),
        )
        told = {"person": staff.name, "why": why}
        if kind == "coupon":
            inbox.tell(member.id, "goodwill", at, key=f"goodwill:{use.id}", url="/coupons", amount=amount, **told)
        else:
            url = f"/points/{use.line_id}"
            inbox.tell(member.id, "goodwill.points", at, key=f"goodwill:{use.id}", url=url, points=amount, **told)
        if case:
            data = {"amount": amount if kind == "coupon" else 0, "points": use.points}
            cases.write(case, "offer", at, key=f"goodwill:{use.id}", staff=staff, text=why, state="goodwill", **data)
        events.record(
            "goodwill_given",
            at,
            store=store.id,
            staff=staff.id,
            member=member.id,
            ref=case.code if case else "",
            amount=fen,
            why=why,
            approved=beside,
        )
        events.tick(store.id)
        return use


def month(store: Store, at: int) -> int:
    """Year * 100 + month on the wall of the store."""
    day = clock.local(at, store.timezone)
    return day.year * 100 + day.month


def of_member(member: Member, limit: int = 10) -> list[PurseUse]:
    """What this member was given lately, by whom. One query."""
    query = (
        PurseUse.select(PurseUse, Staff)
        .join(Staff, on=(PurseUse.staff == Staff.id))
        .where(PurseUse.member == member.id)
    )
    return list(query.order_by(PurseUse.at.desc(), PurseUse.id.desc()).limit(limit))


def uses(store: Store, since: int, until: int, limit: int = 200) -> list[PurseUse]:
    """Who gave what to whom, the newest first. One query."""
    query = (
        PurseUse.select(PurseUse, Staff, Member)
        .join(Staff, on=(PurseUse.staff == Staff.id))
        .switch(PurseUse)
        .join(Member)
        .where(PurseUse.store == store.id, PurseUse.at >= since, PurseUse.at < until)
    )
    return list(query.order_by(PurseUse.at.desc(), PurseUse.id.desc()).limit(limit))


def brought_back(store: Store, since: int, until: int) -> list[Back]:
    """What the goodwill given in this time brought back: all of it first, then by who gave it. For the owner."""
    rows = list(
        PurseUse.select(
            PurseUse.id, PurseUse.staff, Staff.name, PurseUse.amount, PurseUse.member, PurseUse.at, Coupon.used_at
        )
        .join(Staff, on=(PurseUse.staff == Staff.id))
        .switch(PurseUse)
        .join(Coupon, JOIN.LEFT_OUTER, on=(PurseUse.coupon == Coupon.id))
        .where(PurseUse.store == store.id, PurseUse.at >= since, PurseUse.at < until)
        .order_by(PurseUse.at)
        .tuples()
    )
    first: dict[int, int] = {}
    for _, _, _, _, member, given_at, _ in rows:
        first.setdefault(member, given_at)
    came, spent = _came(store, since, until, first), _spent(store, since, until, first)
    people = dict.fromkeys((staff, name) for _, staff, name, *_ in rows)
    groups = [("", rows)] + [(name, [row for row in rows if row[1] == staff]) for staff, name in people]
    return [_summed(name, group, came, spent) for name, group in groups]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _limit(staff: Staff, store: Store) -> int:
    rules = policy.of(store)
    return {"clerk": rules.purse_clerk, "senior": rules.purse_senior, "manager": rules.purse_manager}.get(
        staff.role, WITHOUT_END
    )


def _approved(left: int, fen: int, staff: Staff, store: Store, member: Member, by: Staff | None) -> int | None:
    """Who stood beside it, where that is needed."""
    if fen <= left:
        return None
    if by is None:
        raise Refusal(
            "心意金这个月还剩 %(left)s，要店长在旁边输 PIN", code="over_limit", field="pin", left={"fen": left}
        )
    may = by.at_least("manager") and by.dismissed_at is None and by.store_id in (None, store.id)
    if not may or by.brand_id != store.brand_id or (by.id == staff.id and by.role != "owner"):
        raise Forbidden("要另一位店长或老板点头", code="role", field="pin")
    if by.member_id == member.id:
        raise Forbidden("不能送给自己，请同事来操作", code="own_card", field="pin")
    if fen > policy.of(store).bill_max:
        raise Refusal("金额太大了", code="amount", field="amount")
    return by.id


def _given(
    member: Member, store: Store, staff: Staff, kind: str, amount: int, why: str, at: int, key: str
) -> dict[str, int]:
    if kind == "coupon":
        return {"coupon": coupons.give(member, store, amount, "goodwill", at, key=f"purse:{key}"[:140], staff=staff).id}
    lasts = policy.of(store).lot_months
    line = ledger.earn(
        member.id,
        amount,
        kind="bonus",
        key=f"purse:{key}"[:120],
        at=at,
        expires_at=clock.month_end_after(at, lasts, store.timezone),
        origin=ledger.Origin("goodwill", store.id, staff.id, inputs={"why": why}),
    )
    return {"line": line}


def _same(seen: PurseUse, member: Member, staff: Staff, fen: int) -> PurseUse:
    if (seen.member_id, seen.staff_id, seen.amount) != (member.id, staff.id, fen):
        raise Refusal("这张表已经用过了，请重新打开", code="used")
    return seen


def _came(store: Store, since: int, until: int, first: dict[int, int]) -> set[int]:
    """Who was here again on a later day, in any shop of the brand."""
    query = Visit.select(Visit.member, Visit.at).where(Visit.at > since, Visit.at < until + COMES_BACK)
    query = query.where(Visit.member.in_(list(first)))
    return {
        member
        for member, at in query.tuples()
        if first[member] + COMES_BACK > at
        and clock.day_number(at, store.timezone) > clock.day_number(first[member], store.timezone)
    }


def _spent(store: Store, since: int, until: int, first: dict[int, int]) -> dict[int, int]:
    query = Purchase.select(Purchase.member, Purchase.amount - Purchase.refunded, Purchase.at).where(
        Purchase.at > since, Purchase.at < until + COMES_BACK, Purchase.member.in_(list(first))
    )
    spent: dict[int, int] = {}
    for member, fen, at in query.tuples():
        day = clock.day_number(at, store.timezone)
        if first[member] + COMES_BACK > at and day > clock.day_number(first[member], store.timezone):
            spent[member] = spent.get(member, 0) + fen
    return spent


def _summed(name: str, rows: list[tuple], came: set[int], spent: dict[int, int]) -> Back:  # type: ignore[type-arg]
    members = {row[4] for row in rows}
    return Back(
        name=name,
        uses=len(rows),
        given=sum(row[3] for row in rows),
        used=sum(row[3] for row in rows if row[6] is not None),
        members=len(members),
        returned=len(members & came),
        spent=sum(spent.get(member, 0) for member in members),
    )
