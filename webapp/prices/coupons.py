"""Coupons: money off one bill, given once for one reason, used once at a counter, and taken back there if that was a mistake."""

from peewee import fn

from models import Coupon, Member, Staff, Store, locked, transaction
from webapp import clock, policy, vault
from webapp.clock import DAY
from webapp.outbox import events
from webapp.refusals import Refusal


def give(
    member: Member,
    store: Store,
    amount: int,
    reason: str,
    at: int,
    *,
    key: str,
    staff: Staff | None = None,
    days: int = 0,
) -> Coupon:
    """A coupon of `amount` fen for this member, good until the end of a day in `days` (the shop's number when 0). The same key is the same coupon."""
    if amount <= 0:
        raise Refusal("金额要大于零", code="amount", field="amount")
    lasts = days or policy.of(store).amends_days
    with transaction():
        made = Coupon.insert(
            code=vault.code(10),
            key=key,
            member=member.id,
            store=store.id,
            reason=reason,
            amount=amount,
            made_at=at,
            expires_at=clock.day_start(at, store.timezone) + (lasts + 1) * DAY,
        ).on_conflict_ignore()
        new = made.as_rowcount().execute() == 1
        coupon: Coupon = Coupon.get(Coupon.key == key)
        if new:
            by = staff.id if staff else None
            data = {"amount": amount, "reason": reason}
            events.record("coupon_given", at, store=store.id, staff=by, member=member.id, ref=coupon.code, **data)
        return coupon


def use(coupon: Coupon, store: Store, staff: Staff, at: int) -> Coupon:
    """The counter takes it off the bill. Used already by the same person: nothing more happens. Nobody uses their own."""
    if staff.member_id == coupon.member_id:
        raise Refusal("不能用自己的券，请同事来操作", code="own_card")
    with transaction():
        now: Coupon = locked(Coupon, coupon.id)
        if now.used_at is not None:
            if now.used_by_id == staff.id and now.used_store_id == store.id:
                return now
            raise Refusal("这张券已经用过了", code="used")
        if now.expires_at <= at:
            raise Refusal("这张券已经过期了", code="expired")
        taken = {"used_at": at, "used_by": staff.id, "used_store": store.id}
        Coupon.update(taken).where(Coupon.id == now.id, Coupon.used_at.is_null()).execute()
        events.record(
            "coupon_used", at, store=store.id, staff=staff.id, member=now.member_id, ref=now.code, amount=now.amount
        )
        events.tick(store.id)
        return Coupon.get_by_id(now.id)


def undo(coupon: Coupon, store: Store, staff: Staff, at: int) -> Coupon:
    """It was taken by mistake: usable again, within the minutes that the shop allows, where it was used."""
    with transaction():
        now: Coupon = locked(Coupon, coupon.id)
        if now.used_at is None:
            return now
        if now.used_store_id != store.id or now.used_at < at - policy.of(store).undo_minutes * clock.MINUTE:
            raise Refusal("撤销的时间过了", code="too_late")
        Coupon.update(used_at=None, used_by=None, used_store=None).where(Coupon.id == now.id).execute()
        events.record("coupon_unused", at, store=store.id, staff=staff.id, member=now.member_id, ref=now.code)
        events.tick(store.id)
        return Coupon.get_by_id(now.id)


def usable(member: Member, at: int, limit: int = 20) -> list[Coupon]:
    """What can be used now, the soonest to lapse first."""
    mine = (Coupon.member == member.id) & Coupon.used_at.is_null() & (Coupon.expires_at > at)
    return list(Coupon.select().where(mine).order_by(Coupon.expires_at, Coupon.id).limit(limit))


def over(member: Member, at: int, limit: int = 30) -> list[Coupon]:
    """Used or lapsed, the newest first."""
    gone = Coupon.used_at.is_null(False) | (Coupon.expires_at <= at)
    return list(Coupon.select().where(Coupon.member == member.id, gone).order_by(Coupon.id.desc()).limit(limit))


def given_in_month(store: Store, reason: str, at: int) -> int:
    """Fen given for this reason since the first of the month on the store's wall."""
    since = clock.stamp(clock.local(at, store.timezone).replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    mine = (Coupon.store == store.id) & (Coupon.reason == reason) & (Coupon.made_at >= since)
    return int(Coupon.select(fn.COALESCE(fn.SUM(Coupon.amount), 0)).where(mine).scalar())
