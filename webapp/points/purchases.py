"""Bills: recorded once per ticket, worth points once, claimed by one member, refunded never beyond their sum.

Called by the award pad, the claim QR and the till's API. A bill without a member waits for its claim; points come with the member.
Rows are taken in one order: the bill, then the member, then the store (the tick).
"""

from dataclasses import dataclass, field, replace
from typing import Any

from peewee import PostgresqlDatabase, fn

from models import Coupon, LedgerLine, Member, Purchase, Refund, Staff, Store, Work, database, locked, transaction
from webapp import clock, policy, vault
from webapp.clock import DAY, HOUR, MINUTE, month_end_after
from webapp.outbox import events, inbox
from webapp.phrases import N_
from webapp.points import earning, ledger, levels, referrals, visits
from webapp.policy import Policy
from webapp.prices import coupons, promotions, quotes
from webapp.prices.quotes import Quote
from webapp.refusals import Missing, Refusal


@dataclass(frozen=True)
class Bill:
    """What was rung up: `amount` in fen, what is paid; `key` the ticket of the form or the till (the same ticket is the same bill).

    `full` is what it came to before `price` took something off, `coupon` the one of those steps that is used up by it.
    """

    amount: int
    key: str
    source: str
    receipt: str = ""
    full: int | None = None
    price: dict[str, Any] = field(default_factory=dict)
    coupon: Coupon | None = None


BEST, NONE = "best", "none"


@dataclass(frozen=True)
class Basket:
    """What is on the counter, before any price: `full` fen, of which `reduced` is reduced already; a coupon by its code, BEST or NONE; a bundle's id."""

    full: int
    reduced: int = 0
    coupon: str = NONE
    bundle: int | None = None


def quoted(store: Store, basket: Basket, member: Member | None, at: int) -> Quote:
    """What the basket comes to for this member now. Of BEST the one that its member has just held goes before all others."""
    _check_amount(basket.full, policy.of(store))
    chosen, found = None, []
    if basket.coupon == BEST:
        found = coupons.fitting(member, store, at) if member else []
        found = [each for each in found if (each.held_until or 0) > at and each.held_store_id == store.id] or found
    elif basket.coupon != NONE:
        chosen = Coupon.get_or_none(Coupon.code == basket.coupon, Coupon.member == member.id) if member else None
        if chosen is None:
            raise Refusal("没有找到这张券", code="no_such_coupon", field="coupon")
    return quotes.of(
        store, member, basket.full, at, reduced=basket.reduced, coupon=chosen, coupons=found, bundle=basket.bundle
    )


def asked(store: Store, basket: Basket, member: Member | None, at: int) -> Quote | Refusal:
    """The same for a page that only asks: a no is an answer too."""
    try:
        return quoted(store, basket, member, at)
    except Refusal as refusal:
        return refusal


def sell(
    store: Store,
    basket: Basket,
    bill: Bill,
    member: Member | None,
    staff: Staff | None,
    at: int,
    *,
    shown: int | None = None,
) -> Purchase | Coupon:
    """Price a basket and write down what is paid for it; the coupon that made it cheaper is used up with it, all at once.

    `bill` brings the ticket; its amount is worked out here. Where a coupon pays for everything it is used up by itself, and returned: there is no
    bill, nothing to earn on and nothing to give back. Refuses when it comes to something else than what was `shown`, or to nothing without a coupon.
    """
    with transaction():
        if shown == 0 and member and (paid := coupons.used_with(member, store, bill.key, at)):
            return paid
        seen = Purchase.get_or_none(Purchase.store == store.id, Purchase.key == bill.key)
        if seen:
            return _same_bill(seen, replace(bill, full=basket.full), member)
        if bill.receipt and (seen := _at_the_desk(store, bill, at)):
            return _same_bill(seen, replace(bill, amount=seen.amount), member)
        quote = quoted(store, basket, member, at)
        if shown is not None and shown != quote.to_pay:
            now = {"fen": quote.to_pay}
            changed, first = N_("价钱变了，现在是 %(now)s，请看一眼再送"), N_("优惠后付 %(now)s，请看一眼再送")
            raise Refusal(first if shown == quote.full else changed, code="price_changed", field="amount", now=now)
        if not quote.to_pay:
            return _paid_by_coupon(quote, store, bill, member, staff, at)
        priced = replace(bill, amount=quote.to_pay, full=quote.full, price=quote.inputs, coupon=quote.coupon)
        return record(store, priced, member, staff, at)


def record(store: Store, bill: Bill, member: Member | None, staff: Staff | None, at: int) -> Purchase:
    """Write down a bill, and give its points if we know whose it is. Refuses a bill out of bounds, or one's own card.

    A receipt of the till that the desk has written down already, when clothes were handed over, is that bill.
    """
    rules = policy.of(store)
    _check_amount(bill.amount, rules)
    if staff and member and staff.member_id == member.id:
        raise Refusal("不能给自己积分，请同事来操作", code="own_card", field="member")
    with transaction():
        if bill.receipt and (seen := _at_the_desk(store, bill, at)):
            return _same_bill(seen, bill, member)
        # One statement decides who was first: of two taps at once the second waits here and then finds the first one's bill.
        new = Purchase.insert(
            store=store.id,
            code=vault.code(10),
            key=bill.key,
            receipt=bill.receipt,
            source=bill.source,
            amount=bill.amount,
            full=bill.full,
            price=bill.price,
            staff=staff.id if staff else None,
            at=at,
            claim_until=None if member else at + rules.claim_days * DAY,
        ).on_conflict_ignore()
        made = new.as_rowcount().execute() == 1
        purchase = Purchase.get(Purchase.store == store.id, Purchase.key == bill.key)
        if not made:
            return _same_bill(purchase, bill, member)
        if member:
            _give(purchase, member, store, rules, at)
        if bill.coupon:
            taken = next(step.off for step in quotes.frozen_steps(bill.price) if step.kind == "coupon")
            coupons.use(bill.coupon, store, staff, at, purchase=purchase, saved=taken)
        return purchase


def key_of_receipt(receipt: str, at: int, store: Store) -> str:
    """The ticket of a bill that the desk writes down for a receipt of the till, so that the till's own post of it is found to be the same."""
    return f"receipt:{receipt}:{clock.day_number(at, store.timezone)}"


def posted_by_till(store: Store, receipt: str, at: int) -> Purchase | None:
    """The bill the till has posted for this receipt in the last days. Until the transaction ends no other bill with this receipt is written down."""
    _in_turn(store, receipt)
    mine = (Purchase.store == store.id) & (Purchase.at > at - policy.of(store).claim_days * DAY)
    found: Purchase | None = (
        Purchase.select()
        .where(mine, Purchase.receipt == receipt, Purchase.source == "till")
        .order_by(Purchase.at.desc())
        .first()
    )
    return found


def claim_token(purchase: Purchase) -> str:
    """What the QR code of a bill says behind /claim/: signed, so that nobody finds other bills by trying codes."""
    return vault.sign("claim", purchase.code)


def behind(token: str) -> Purchase:
    """The bill of a claim address. Refuses, as not there, what we did not sign."""
    code = vault.signed("claim", token)
    purchase: Purchase | None = Purchase.get_or_none(Purchase.code == code) if code else None
    if purchase is None:
        raise Missing("这个领取码不完整，请重新扫小票上的码", code="no_such_bill")
    return purchase


def claim_state(purchase: Purchase, member: Member | None, at: int) -> str:
    """What a visitor can do with it: open, mine, taken, refunded, late."""
    if purchase.member_id is not None:
        return "mine" if member and purchase.member_id == member.id else "taken"
    if purchase.refunded >= purchase.amount:
        return "refunded"
    return "late" if purchase.claim_until is not None and purchase.claim_until <= at else "open"


def claim(code: str, member: Member, at: int) -> Purchase:
    """A member takes the points of a bill by its QR code. Once, by one member, within the days it is good for."""
    with transaction():
        found = Purchase.get_or_none(Purchase.code == code)
        if found is None:
            raise Missing("没有找到这张小票", code="no_such_bill")
        purchase: Purchase = locked(Purchase, found.id)
        if purchase.member_id == member.id:
            return purchase
        if purchase.staff and purchase.staff.member_id == member.id:
            raise Refusal("不能给自己积分，请同事来操作", code="own_card")
        if purchase.member_id is not None:
            raise Refusal("这张小票的积分已经被领取了", code="already_claimed")
        if purchase.claim_until is not None and purchase.claim_until <= at:
            raise Refusal("这张小票的领取期限已过，请到柜台补记", code="claim_over")
        if purchase.refunded >= purchase.amount:
            raise Refusal("这张小票已经退款，没有积分可领", code="refunded")
        store = purchase.store
        _give(purchase, member, store, policy.of(store), at)
        return purchase


def refund(purchase_id: int, amount: int, *, key: str, staff: Staff | None, at: int) -> Refund:
    """Give money back: takes back the points the refunded part gave. Refuses more than what is left of the bill."""
    with transaction():
        purchase = locked(Purchase, purchase_id)
        if purchase is None:
            raise Missing("没有找到这张小票", code="no_such_bill")
        if seen := Refund.get_or_none(Refund.purchase == purchase.id, Refund.key == key):
            return _same_refund(seen, amount)
        if not 0 < amount <= purchase.amount - purchase.refunded:
            left = purchase.amount - purchase.refunded
            raise Refusal("这张小票最多还能退 %(left)s", code="refund_too_large", field="amount", left={"fen": left})
        purchase.refunded += amount
        purchase.save()
        row = Refund.create(purchase=purchase.id, key=key, amount=amount, staff=staff.id if staff else None, at=at)
        if purchase.member_id:
            referrals.stand_in_line(purchase.member_id)
        _take_back(purchase, row, staff, at)
        referrals.taken_back(purchase, at, staff)
        if purchase.refunded == purchase.amount:
            coupons.returned(purchase, at)
        return row


def undo(purchase_id: int, staff: Staff, at: int) -> Refund:
    """A wrong tap at the pad: the whole bill is taken back, within the minutes the policy allows. Twice is once."""
    purchase = Purchase.get_by_id(purchase_id)
    seen = Refund.get_or_none(Refund.purchase == purchase.id, Refund.key == "undo")
    if seen:
        return seen
    if at - purchase.at > policy.of(purchase.store).undo_minutes * MINUTE:
        raise Refusal("撤销时间已过，请改用退款", code="undo_over")
    with transaction():
        row = refund(purchase_id, purchase.amount - purchase.refunded, key="undo", staff=staff, at=at)
        if whose := Purchase.get_by_id(purchase_id).member:
            rules = policy.of(purchase.store)
            levels.undone(whose, purchase.at - rules.undo_minutes * MINUTE, rules, at, purchase.store.timezone)
        return row


def points_of(purchase: Purchase) -> int:
    """What the bill gave so far, refunds taken off."""
    lines = LedgerLine.select(LedgerLine.points, LedgerLine.owed, LedgerLine.kind).where(
        LedgerLine.purchase == purchase.id, LedgerLine.kind.in_(("earn", "reverse"))
    )
    return sum(line.points - line.owed for line in lines)


def worth(purchase: Purchase, member: Member | None) -> int:
    """What the bill has given, or would give this member now."""
    if purchase.member_id is not None:
        return points_of(purchase)
    store = purchase.store
    tier = member.tier if member else "ordinary"
    left = purchase.amount - purchase.refunded
    return preview(store, member, left, purchase.at, tier=tier).points


def preview(
    store: Store, member: Member | None, amount: int, at: int, *, tier: str | None = None, rules: Policy | None = None
) -> earning.Earned:
    """What a bill of `amount` fen paid at this moment gives, double points and the birthday's with it."""
    rules = rules or policy.of(store)
    more = promotions.times(store, member, at, rules)
    return earning.earned(
        rules,
        policy.version_of(store),
        amount,
        tier or (member.tier if member else "ordinary"),
        campaign=more.hundredths if more else 100,
        why=more.why if more else "",
        name=more.name if more else None,
    )


def amount_problem(amount: int, rules: Policy) -> Refusal | None:
    """Why a bill of this size is not taken, or None."""
    if amount <= 0:
        return Refusal("金额要大于 0", code="amount_too_small", field="amount")
    if amount > rules.bill_max:
        return Refusal("单张小票最多 %(most)s", code="amount_too_large", field="amount", most={"fen": rules.bill_max})
    return None


def undoable(store: int, staff: int, at: int, rules: Policy) -> list[Purchase]:
    """Bills this person rang up at the pad and may still take back, newest first, with their members and `points` given. One query."""
    since = at - rules.undo_minutes * MINUTE
    gave = LedgerLine.select(fn.COALESCE(fn.SUM(LedgerLine.points - LedgerLine.owed), 0)).where(
        LedgerLine.purchase == Purchase.id, LedgerLine.kind == "earn"
    )
    return list(
        Purchase.select(Purchase, Member, gave.alias("points"))
        .join(Member)
        .where(Purchase.store == store, Purchase.staff == staff, Purchase.at > since, Purchase.refunded == 0)
        .order_by(Purchase.at.desc(), Purchase.id.desc())
        .limit(3)
    )


# --- how it is done ----------------------------------------------------------------------------------------------------


def _check_amount(amount: int, rules: Policy) -> None:
    if problem := amount_problem(amount, rules):
        raise problem


def _at_the_desk(store: Store, bill: Bill, at: int) -> Purchase | None:
    """The bill that the desk has written down for this receipt of the till, today or yesterday."""
    _in_turn(store, bill.receipt)
    if bill.source != "till":
        return None
    keys = [key_of_receipt(bill.receipt, moment, store) for moment in (at, at - DAY)]
    found: Purchase | None = Purchase.get_or_none(Purchase.store == store.id, Purchase.key.in_(keys))
    return found


def _in_turn(store: Store, receipt: str) -> None:
    """Desk and till may write down one receipt at the same moment: the second waits for the first, and finds it."""
    if isinstance(database.obj, PostgresqlDatabase):  # SQLite's writers stand in line anyway
        number = int(vault.fingerprint(f"{store.id}:{receipt}")[:15], 16)
        database.obj.execute_sql("SELECT pg_advisory_xact_lock(%s)", (number,))


def _same_bill(seen: Purchase, bill: Bill, member: Member | None) -> Purchase:
    other = seen.full != bill.full if seen.full and bill.full else seen.amount != (bill.full or bill.amount)
    if other or (member and seen.member_id != member.id):
        raise Refusal("同一个单号已经记过另一笔", code="ticket_reused", field="amount")
    return seen


def _same_refund(seen: Refund, amount: int) -> Refund:
    if seen.amount != amount:
        raise Refusal("同一个退款单号已经记过另一笔", code="ticket_reused", field="amount")
    return seen


def _paid_by_coupon(
    quote: Quote, store: Store, bill: Bill, member: Member | None, staff: Staff | None, at: int
) -> Coupon:
    """They were here and paid with it: a visit, and what the coupon saved; no bill and no points."""
    if member is None or quote.coupon is None:
        raise Refusal("这一单不用付钱，没有要记的", code="nothing_to_pay", field="amount")
    _greeted(member, store, at)
    visits.check_in(member, store, "till" if bill.source == "till" else "desk", at)
    off = next(step.off for step in quote.steps if step.kind == "coupon")
    return coupons.use(quote.coupon, store, staff, at, saved=off, ticket=bill.key)


def _greeted(member: Member, store: Store, at: int) -> None:
    """Who gets points has been attended to: the arrival leaves the queue by itself."""
    waiting = (Work.store == store.id) & (Work.member == member.id) & (Work.kind == "arrival") & Work.done_at.is_null()
    Work.update({Work.done_at: at}).where(waiting).execute()


def _give(purchase: Purchase, member: Member, store: Store, rules: Policy, at: int) -> None:
    referrals.stand_in_line(member.id)
    purchase.member = member
    purchase.save()
    _greeted(member, store, at)
    if at - purchase.at < rules.visit_hours * HOUR:  # a bill claimed days later at home is no visit
        visits.check_in(member, store, "till" if purchase.source == "till" else "desk", at)
    due = preview(store, member, purchase.amount - purchase.refunded, purchase.at, rules=rules)
    if due.points:
        ledger.earn(
            member.id,
            due.points,
            kind="earn",
            key=f"bill:{purchase.code}",
            at=at,
            expires_at=month_end_after(at, rules.lot_months, store.timezone),
            origin=ledger.Origin("bill", store.id, purchase.staff_id, purchase.id, due.inputs),
        )
        levels.lift(member, rules, at, store.timezone)
        inbox.tell(
            member.id,
            "points_given",
            at,
            key=f"bill:{purchase.code}",
            url="/points",
            points=due.points,
            amount=purchase.amount,
            store=store.name,
        )
    events.record(
        "bill_recorded",
        at,
        store=store.id,
        staff=purchase.staff_id,
        member=member.id,
        ref=purchase.code,
        amount=purchase.amount,
        points=due.points,
    )
    referrals.settle(purchase, at)
    events.tick(store.id)


def _take_back(purchase: Purchase, row: Refund, staff: Staff | None, at: int) -> None:
    given = LedgerLine.get_or_none(LedgerLine.key == f"bill:{purchase.code}")
    taken: int | None = None
    if given:
        left = purchase.amount - purchase.refunded
        target = earning.earned_again(given.inputs, left)
        taken = ledger.take_back(
            given.id,
            max(points_of(purchase) - target, 0),
            key=f"refund:{purchase.code}:{row.key}",
            at=at,
            payer=purchase.member_id,
            origin=ledger.Origin(
                "undo" if row.key == "undo" else "refund",
                purchase.store_id,
                staff.id if staff else None,
                purchase.id,
                {**given.inputs, "refund": row.amount, "left": left, "gave": points_of(purchase)},
            ),
        )
    if purchase.member_id:
        events.record(
            "bill_refunded",
            at,
            store=purchase.store_id,
            staff=staff.id if staff else None,
            member=purchase.member_id,
            ref=purchase.code,
            amount=row.amount,
        )
        if taken:
            line = LedgerLine.get_by_id(taken)
            inbox.tell(
                purchase.member_id,
                "points_taken_back",
                at,
                key=f"refund:{purchase.code}:{row.key}",
                url=f"/points/{taken}",
                points=-line.points + line.owed,
                amount=row.amount,
                owed=line.owed,
            )
    events.tick(purchase.store_id)
