"""A coupon that its member wants to use now: kept for some minutes under two words, taken by the counter, or free again.

The same way as a reward: held → used, or back by the counter's no, by the member, by the clock. Rows are taken in one order: the
member, the coupon, the store (the tick).
"""

from models import Coupon, Member, Staff, Store, Work, locked, transaction
from webapp import pairs, policy
from webapp.clock import MINUTE
from webapp.outbox import events
from webapp.points import ledger
from webapp.prices import coupons
from webapp.refusals import Forbidden, Missing, Refusal
from webapp.staff import queue

KIND = "coupon"  # of the card in the queue


def hold(coupon: Coupon, member: Member, store: Store, at: int) -> Coupon:
    """The counter of this store sees it, with two words, for some minutes. Held there already: the same words.

    Refuses what its terms do not allow here and now, and a second one at the same time: one bill takes one coupon.
    """
    with transaction():
        ledger.lock(member.id)  # taps of one member stand in line
        now: Coupon = locked(Coupon, coupon.id)
        if now.member_id != member.id:
            raise Missing("没有找到这张券", code="no_such_coupon")
        if is_held(now, at) and now.held_store_id == store.id:
            return now
        if refusal := coupons.fits(now, store, at):
            raise refusal
        mine = (Coupon.member == member.id) & (Coupon.held_until > at) & Coupon.used_at.is_null()
        if Coupon.select().where(mine, Coupon.id != now.id).exists():
            raise Refusal("一单用一张：你有一张券正等店员收", code="already_held")
        if is_held(now, at):
            _closed(now, "coupon_let_go", at)  # it moves along with its member to another counter
        until = min(at + policy.of(store).hold_minutes * MINUTE, now.expires_at)
        pair = pairs.pick()
        Coupon.update(held_until=until, held_store=store.id, pair=pair).where(Coupon.id == now.id).execute()
        brief = {"coupon": now.terms.get("name") or {}, "amount": now.amount, "words": pair}
        queue.post_again(store.id, KIND, now.code, until, at, member=member.id, **brief)
        events.record("coupon_held", at, store=store.id, member=member.id, ref=now.code)
        events.tick(store.id)
        return Coupon.get_by_id(now.id)


def approve(coupon: Coupon, staff: Staff, at: int, *, store: Store) -> Coupon:
    """The counter takes it. Refuses one's own, and one whose time is over; the same person twice is once."""
    if staff.member_id == coupon.member_id:
        raise Forbidden("不能收自己的券，请同事来操作", code="own_card")
    with transaction():
        now: Coupon = locked(Coupon, coupon.id)
        if now.used_at is None and not (is_held(now, at) and now.held_store_id == store.id):
            raise Refusal("等的时间过了，请客人再点一次「现在用」", code="hold_over")
        return coupons.use(now, store, staff, at)


def decline(coupon: Coupon, staff: Staff, store: Store, at: int) -> Coupon:
    """Not this time: it stays in the wallet. Twice is once."""
    return _free(coupon, "coupon_declined", at, store, staff)


def cancel(coupon: Coupon, member: Member, at: int) -> Coupon:
    """The member changes their mind. Used in the meantime: it is used."""
    if coupon.member_id != member.id:
        raise Missing("没有找到这张券", code="no_such_coupon")
    return _free(coupon, "coupon_let_go", at)


def lapse_overdue(at: int, limit: int = 200) -> int:
    """Whatever nobody took in time is free again. Returns how many."""
    over = Coupon.select(Coupon.id).where(Coupon.held_until <= at).order_by(Coupon.held_until).limit(limit)
    return sum(_lapse(coupon.id, at) for coupon in list(over))


def taken(coupon: Coupon, at: int) -> None:
    """A counter has taken it, this way or with a bill: its card leaves the queue. Heard from the coupons' rules."""
    if coupon.held_until is not None:
        queue.finish(KIND, coupon.code, at)


def shown_in(coupon: Coupon, store: Store) -> bool:
    """Has its member shown it to this store's counter last?"""
    card = (Work.kind == KIND) & (Work.ref == coupon.code) & (Work.store == store.id)
    return bool(Work.select().where(card).exists())


def is_held(coupon: Coupon, at: int) -> bool:
    return bool(coupon.used_at is None and coupon.held_until and coupon.held_until > at)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _free(coupon: Coupon, verb: str, at: int, store: Store | None = None, staff: Staff | None = None) -> Coupon:
    with transaction():
        now: Coupon = locked(Coupon, coupon.id)
        if now.used_at is None and now.held_until and (store is None or now.held_store_id == store.id):
            _let_go(now)
            _closed(now, verb, at, staff)
        return Coupon.get_by_id(now.id)


def _lapse(coupon: int, at: int) -> int:
    with transaction():
        now: Coupon = locked(Coupon, coupon)
        if now.held_until is None or now.held_until > at:
            return 0
        _let_go(now)
        _closed(now, "coupon_hold_lapsed", at)
        return 1


def _let_go(now: Coupon) -> None:
    Coupon.update(held_until=None, held_store=None, pair="").where(Coupon.id == now.id).execute()


def _closed(now: Coupon, verb: str, at: int, staff: Staff | None = None) -> None:
    queue.finish(KIND, now.code, at)
    by = staff.id if staff else None
    events.record(verb, at, store=now.held_store_id, staff=by, member=now.member_id, ref=now.code)
    events.tick(now.held_store_id)
