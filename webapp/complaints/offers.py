"""What the shop offers to make it right: done again, a coupon, points, money back. The customer says yes, or wants to talk about it (J3).

One offer at a time lies on the table; a newer one replaces it. An offer is a decision: it keeps the third promise, and from then on the shop
waits for the customer. What was accepted happens at once and once: a coupon lies in the wallet, points stand in the ledger; a refund and
work done again are people's business, so a card waits until somebody says that it is done.
"""

from models import OFFER_KINDS, Case, CaseOffer, Member, Staff, Store, Work, locked, transaction
from webapp import policy, vault
from webapp.clock import DAY, month_end_after
from webapp.complaints import cases
from webapp.outbox import events
from webapp.points import ledger
from webapp.prices import coupons
from webapp.refusals import Forbidden, Missing, Refusal
from webapp.staff import queue

TEXT_MOST = 300
BY_HAND = ("redo", "refund")  # somebody has to do it
DO_WITHIN = DAY


def make(case: Case, staff: Staff, kind: str, amount: int, points: int, text: str, at: int, *, key: str) -> CaseOffer:
    """Put an offer on the table; the one that lay there is taken back. `amount` is fen of a coupon or refund.

    Refuses what cannot be given: nothing, more than this role may, points and coupons for somebody without a card, anything for oneself.
    """
    text = text.strip()
    amount, points = _measured(kind, amount, points)
    if len(text) > TEXT_MOST:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="text", n=TEXT_MOST)
    with transaction():
        case = cases.held(case)
        seen: CaseOffer | None = CaseOffer.get_or_none(CaseOffer.key == key)
        if seen:
            return _same(seen, case)
        cases.check_running(case, staff)
        _check(case, staff, kind, amount, points)
        _settle_open(case, "withdrawn", at)
        offer: CaseOffer = CaseOffer.create(
            code=vault.code(10),
            key=key,
            case=case.id,
            kind=kind,
            amount=amount,
            points=points,
            text=text,
            made_by=staff.id,
            made_at=at,
        )
        cases.hear(case, at)
        cases.keep(case, cases.DECISION, at, staff)
        cases.wait(case, at)
        cases.write(case, "offer", at, key=f"offer:{offer.id}", staff=staff, text=text, offer=offer.code, state="open")
        cases.tell(case, f"case_offer.{kind}", at, key=f"offer:{offer.id}", amount=amount, points=points)
        cases.post_card(case, at)
        _record("case_offered", offer, case, at, staff)
        return offer


def accept(offer: CaseOffer, at: int) -> CaseOffer:
    """The customer says yes: it happens now. Again changes nothing; one that is off the table is refused."""
    with transaction():
        case = cases.held(offer.case)
        offer = locked(CaseOffer, offer.id)
        if offer.state == "accepted":
            return offer
        _check_open(offer)
        CaseOffer.update(state="accepted", settled_at=at).where(
            CaseOffer.id == offer.id, CaseOffer.state == "open"
        ).execute()
        _give(offer, case, at)
        if case.state == "waiting":  # a case that is about to close still is
            cases.resume(case, at)
        cases.write(case, "offer", at, key=f"offer:{offer.id}:yes", offer=offer.code, state="accepted")
        told = {"amount": offer.amount, "points": offer.points}
        cases.tell(case, f"case_settled.{offer.kind}", at, key=f"settled:{offer.id}", **told)
        cases.post_card(case, at)
        _record("case_accepted", offer, case, at, None)
        return CaseOffer.get_by_id(offer.id)


def discuss(offer: CaseOffer, text: str, at: int, *, key: str) -> CaseOffer:
    """Not like this, says the customer, and why: the offer is off the table, the shop goes on. The same key is said once."""
    text = cases.words(text)
    with transaction():
        case = cases.held(offer.case)
        offer = locked(CaseOffer, offer.id)
        if cases.seen_entry(key, case):
            return offer
        _check_open(offer)
        _settle_open(case, "discussed", at)
        cases.write(case, "said", at, key=key, text=text, offer=offer.code, state="discussed")
        cases.hear(case, at)
        cases.post_card(case, at)
        _record("case_discussed", offer, case, at, None)
        return CaseOffer.get_by_id(offer.id)


def withdraw(offer: CaseOffer, staff: Staff, at: int) -> CaseOffer:
    """The shop takes it back before anybody said yes, and goes on. Again changes nothing; what was accepted stays."""
    with transaction():
        case = cases.held(offer.case)
        offer = locked(CaseOffer, offer.id)
        if offer.state == "withdrawn":
            return offer
        if offer.state == "accepted":
            raise Refusal("客人已经接受了，不能收回", code="accepted")
        _check_open(offer)
        _settle_open(case, "withdrawn", at)
        if case.state == "waiting":
            cases.resume(case, at)
        cases.write(case, "offer", at, key=f"offer:{offer.id}:back", staff=staff, offer=offer.code, state="withdrawn")
        cases.post_card(case, at)
        _record("case_withdrawn", offer, case, at, staff)
        return CaseOffer.get_by_id(offer.id)


def carried_out(offer: CaseOffer, staff: Staff, at: int) -> CaseOffer:
    """The money is back, the work was done again: the card leaves. Nobody does it for themselves."""
    with transaction():
        case = cases.held(offer.case)
        offer = locked(CaseOffer, offer.id)
        _check_not_own(case, staff)
        if offer.state != "accepted" or offer.kind not in BY_HAND:
            raise Refusal("这个办法还没有说定", code="not_accepted")
        if Work.get_or_none(Work.kind == "amends", Work.ref == offer.code, Work.done_at.is_null()):
            queue.finish("amends", offer.code, at)
            cases.write(case, "offer", at, key=f"offer:{offer.id}:done", staff=staff, offer=offer.code, state="done")
            _record("case_made_good", offer, case, at, staff)
        return offer


def on_the_table(case: Case) -> CaseOffer | None:
    """The offer that waits for the customer's word."""
    found: CaseOffer | None = CaseOffer.get_or_none(CaseOffer.case == case.id, CaseOffer.state == "open")
    return found


def find(case: Case, code: str) -> CaseOffer:
    """An offer of this case by its code."""
    found: CaseOffer | None = CaseOffer.get_or_none(CaseOffer.case == case.id, CaseOffer.code == code)
    if found is None:
        raise Missing("没有找到这个页面", code="not_found")
    return found


def most(staff: Staff, store: Store) -> int:
    """Fen that this role may offer at once: what it has in its purse for a month; managers as much as a bill can be."""
    rules = policy.of(store)
    if staff.at_least("manager"):
        return rules.bill_max
    return rules.purse_senior if staff.role == "senior" else rules.purse_clerk


# --- how it is done ----------------------------------------------------------------------------------------------------


def _measured(kind: str, amount: int, points: int) -> tuple[int, int]:
    """What counts for this kind; the other number is left out."""
    if kind not in OFFER_KINDS:
        raise Refusal("请选一项", code="unknown", field="kind")
    if kind in ("coupon", "refund"):
        if amount <= 0:
            raise Refusal("金额要大于零", code="amount", field="amount")
        return amount, 0
    if kind == "points":
        if points <= 0:
            raise Refusal("请填写送多少分", code="no_points", field="points")
        return 0, points
    return 0, 0


def _check(case: Case, staff: Staff, kind: str, amount: int, points: int) -> None:
    _check_not_own(case, staff)
    if case.kind == "praise":
        raise Refusal("表扬回一句谢谢就好", code="praise")
    if case.member_id is None and kind in ("coupon", "points"):
        raise Refusal("这位客人没有会员卡，券和积分没处放", code="no_card", field="kind")
    rules = policy.of(case.store)
    if points > rules.adjust_max:
        raise Refusal("一次最多调整 %(most)s 分", code="too_much", field="points", most=rules.adjust_max)
    if max(amount, points * rules.point_fen) > most(staff, case.store):
        raise Refusal("超过了你能给的数，请店长来给", code="too_much", field="points" if points else "amount")


def _check_not_own(case: Case, staff: Staff) -> None:
    if case.member_id and staff.member_id == case.member_id:
        raise Forbidden("不能处理自己的投诉，请同事来", code="own_card")


def _check_open(offer: CaseOffer) -> None:
    if offer.state == "accepted":
        raise Refusal("这个办法已经接受了", code="accepted")
    if offer.state != "open":
        raise Refusal("这个办法已经收回了，请看最新的回复", code="not_open")


def _same(seen: CaseOffer, case: Case) -> CaseOffer:
    if seen.case_id != case.id:
        raise Refusal("这张表已经用过了，请重新打开", code="used")
    return seen


def _settle_open(case: Case, state: str, at: int) -> None:
    CaseOffer.update(state=state, settled_at=at).where(CaseOffer.case == case.id, CaseOffer.state == "open").execute()


def _give(offer: CaseOffer, case: Case, at: int) -> None:
    key = f"offer:{offer.code}"
    staff = offer.made_by
    if offer.kind in BY_HAND:
        queue.show(
            case.store_id,
            "amends",
            offer.code,
            at + DO_WITHIN,
            at,
            member=case.member_id,
            sort=offer.kind,
            amount=offer.amount,
            case=case.code,
            guest=case.guest,
        )
    elif offer.kind == "coupon":
        coupons.give(Member.get_by_id(case.member_id), case.store, offer.amount, "offer", at, key=key, staff=staff)
    else:
        ledger.earn(
            case.member_id,
            offer.points,
            kind="bonus",
            key=key,
            at=at,
            expires_at=month_end_after(at, policy.of(case.store).lot_months, case.store.timezone),
            origin=ledger.Origin("offer", case.store_id, staff.id, inputs={"case": case.code}),
        )


def _record(verb: str, offer: CaseOffer, case: Case, at: int, staff: Staff | None) -> None:
    events.record(
        verb,
        at,
        store=case.store_id,
        staff=staff.id if staff else None,
        member=case.member_id,
        ref=case.code,
        kind=offer.kind,
        amount=offer.amount,
        points=offer.points,
    )
    events.tick(case.store_id)
