"""The counter's doors to points: the award pad with its preview and undo, the claim code of a bill, refunds, adjustments by hand."""

import re
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from models import Coupon, Digits, Member, Purchase, Staff, Store
from webapp import access, clock, filters, forms, hx, policy, qr, vault
from webapp.clock import MINUTE
from webapp.points import adjustments, purchases, receipts
from webapp.points.purchases import Basket, Bill
from webapp.prices import coupons, promotions, quotes
from webapp.prices.quotes import Quote
from webapp.refusals import Refusal

bp = Blueprint("points_desk", __name__, url_prefix="/desk")
LARGEST = 1_000_000_000


class Preview(forms.Form):
    """`coupon` is a code, `none`, or empty: the best there is. `shown` is what the pad has said it comes to: "full:to pay", in fen."""

    code = forms.text(16, needed=False)
    amount = forms.Money()
    reduced_amount = forms.Yuan()
    coupon = forms.text(16, needed=False)
    bundle = forms.number(1, LARGEST, needed=False)


class Award(Preview):
    ticket = forms.ticket()
    shown = forms.text(24, needed=False)


class Slip(forms.Form):
    ticket = forms.ticket()
    amount = forms.Money()


class Refunding(forms.Form):
    ticket = forms.ticket()
    amount = forms.Money()


class Undoing(forms.Form):
    ticket = forms.ticket()


class Adjust(forms.Form):
    ticket = forms.ticket()
    points = forms.number(-LARGEST, LARGEST)
    why = forms.text(60)


# --- the pad -------------------------------------------------------------------------------------------------------------


@bp.get("/award")
def award() -> Response:
    """GET: the pad; ?member= puts somebody's card on it."""
    actor, store = access.staff()
    form = Award(code=request.args.get("member", "")[:16], amount=request.args.get("amount", "")[:12])
    return hx.page(
        "points/desk_award.html", form=form, **_pad(actor, store, _by_code(form.code.data or "", clock.now()))
    )


@bp.post("/award")
def give() -> Response:
    """POST: give the points of a bill. Without a member: its claim code, to be scanned."""
    (actor, store), at = access.staff(), clock.now()
    typed = request.form.get("code", "").strip()
    member = _by_code(typed, at)
    form = forms.read(
        Award,
        "points/desk_award.html",
        "points/_desk_award.html",
        lambda: _looked_at_again(store, member),
        **_pad(actor, store, member),
    )
    if typed and member is None:
        return _look_for(typed, form.amount.data)
    bill, basket = Bill(0, f"desk:{form.ticket.data}", "desk"), _basket(form)
    sold = purchases.sell(store, basket, bill, member, actor, at, shown=_shown(form))
    if isinstance(sold, Purchase) and member is None:
        return hx.go(url_for(".slip", code=sold.code))
    paid = gettext("券付清了这一单，不用收钱。点错了，在会员卡里退回") if isinstance(sold, Coupon) else ""
    return hx.swap(
        "points/desk_award.swap.html", url_for(".award"), form=Award(), paid=paid, **_pad(actor, store, None)
    )


@bp.get("/award/preview")
def preview() -> Response:
    """GET ?amount=&code=: what it would give, before anybody gives it."""
    (_, store), at = access.staff(), clock.now()
    form = forms.from_query(Preview)
    member = _by_code(form.code.data or "", at)
    return hx.page("points/_desk_preview.html", form=form, preview=_preview(form, store, member))


@bp.post("/purchases/<code>/undo")
def undo(code: str) -> Response:
    """POST: a wrong tap, taken back whole within ten minutes; the PIN is asked again."""
    actor, store = access.staff(fresh=True)
    purchase = _find(code, store)
    purchases.undo(purchase.id, actor, clock.now())
    done = gettext("已撤回 %(money)s 这一笔", money=filters.money(purchase.amount))
    return hx.swap(
        "points/desk_award.swap.html", url_for(".award"), form=Award(), done=done, **_pad(actor, store, None)
    )


# --- the claim code ----------------------------------------------------------------------------------------------------


@bp.get("/claim")
def claim_qr() -> Response:
    """GET: a form for a bill of somebody who is no member yet."""
    access.staff()
    return hx.page("points/desk_claim_qr.html", form=Slip(), svg=None, bill=None, ticket=_ticket())


@bp.post("/claim")
def claim_make() -> Response:
    """POST: write the bill down; goes to its code."""
    (actor, store), at = access.staff(), clock.now()
    form = forms.read(Slip, "points/desk_claim_qr.html", svg=None, bill=None, ticket=_ticket())
    purchase = purchases.record(store, Bill(form.amount.fen, f"desk:{form.ticket.data}", "desk"), None, actor, at)
    return hx.go(url_for(".slip", code=purchase.code))


@bp.get("/purchases/<code>/claim")
def slip(code: str) -> Response:
    """GET: the code of one bill, large, to be scanned or printed."""
    _, store = access.staff()
    purchase = _find(code, store)
    address = access.base() + url_for("points.claim", token=purchases.claim_token(purchase))
    bill = {
        "amount": purchase.amount - purchase.refunded,
        "points": purchases.worth(purchase, None),
        "until": purchase.claim_until,
    }
    state = purchases.claim_state(purchase, None, clock.now())
    return hx.page(
        "points/desk_claim_qr.html",
        form=None,
        svg=qr.svg(address, robust=True),
        bill=bill,
        code=purchase.code,
        state=state,
        ticket=_ticket(),
    )


# --- refunds and adjustments -------------------------------------------------------------------------------------------


@bp.get("/purchases/<code>/refund")
def refund(code: str) -> Response:
    """GET: one bill, what it gave, and how much money goes back. Seniors, with their PIN."""
    _, store = access.staff("senior", fresh=True)
    purchase = _find(code, store)
    form = Refunding(amount=filters.yuan(purchase.amount - purchase.refunded))
    return hx.page("points/desk_refund.html", form=form, **_bill(purchase))


@bp.post("/purchases/<code>/refund")
def refund_send(code: str) -> Response:
    """POST: the money went back; takes back the points it gave."""
    actor, store = access.staff("senior", fresh=True)
    purchase = _find(code, store)
    form = forms.read(Refunding, "points/desk_refund.html", **_bill(purchase))
    purchases.refund(purchase.id, form.amount.fen, key=f"desk:{form.ticket.data}", staff=actor, at=clock.now())
    member = purchase.member
    return hx.go(url_for("members_desk.show", code=member.code) if member else url_for(".award"))


@bp.post("/members/<code>/adjustments")
def adjust(code: str) -> Response:
    """POST: points given or taken by hand, with a reason. Managers, with their PIN."""
    actor, store = access.staff("manager", fresh=True)
    member = access.find(
        Member, Member.code == code.upper(), Member.brand == store.brand_id, Member.erased_at.is_null()
    )
    card = {"member": member, "masked": _masked(member)}
    form = forms.read(Adjust, "points/desk_adjust.html", "points/_desk_adjust.html", card=card, ticket=_ticket())
    adjustments.adjust(
        member, form.points.data, form.why.data, ticket=form.ticket.data, store=store, staff=actor, at=clock.now()
    )
    return hx.go(url_for("members_desk.show", code=member.code))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _ticket() -> str:
    return vault.token()[:32]


def _pad(actor: Staff, store: Store, member: Member | None) -> dict[str, Any]:
    """What the pad shows besides its form: whose card, what was just given, and the last of it to take back."""
    at, rules = clock.now(), policy.of(store)
    recent = [_given(purchase, rules.undo_minutes) for purchase in purchases.undoable(store.id, actor.id, at, rules)]
    return {
        "card": {"member": member, "masked": _masked(member)} if member else None,
        "purse": coupons.fitting(member, store, at) if member else [],
        "bundles": [offer for offer in promotions.holding(store, at, member.tier if member else None) if offer.usual],
        "recent": recent,
        "undo": recent[0] if recent else None,
        "ticket": _ticket(),
        "at": at,
    }


def _given(purchase: Any, minutes: int) -> dict[str, Any]:
    name = purchase.member.name or gettext("会员")
    points = int(purchase.points)
    text = gettext("给 %(name)s %(points)s 分", name=name, points=filters.points(points))
    if purchase.price:
        paid = filters.money(purchase.amount)
        text = gettext("收 %(money)s，给 %(name)s %(points)s 分", money=paid, name=name, points=filters.points(points))
    return {
        "purchase": purchase,
        "name": name,
        "points": points,
        "text": text,
        "action": url_for("points_desk.undo", code=purchase.code),
        "start": purchase.at,
        "until": purchase.at + minutes * MINUTE,
        "ticket": _ticket(),
    }


def _by_code(text: str, at: int) -> Member | None:
    """A member by their code, by the six digits their phone shows now, or by four last digits that only one of us has."""
    if re.fullmatch(r"[0-9]{6}", text):
        found = Digits.get_or_none(Digits.digits == text, Digits.expires_at > at)
        return found.member if found else None
    living = Member.erased_at.is_null() & Member.merged_into.is_null()
    if re.fullmatch(r"[0-9]{4}", text):
        alike = list(Member.select().where(Member.tail_key == vault.keyed("tail", text), living).limit(2))
        return alike[0] if len(alike) == 1 else None
    return Member.get_or_none(Member.code == text.upper(), living) if text else None


def _look_for(text: str, amount: str) -> Response:
    """Four digits may be several people: choose among them, and come back with the bill. Anything else is nobody."""
    if re.fullmatch(r"[0-9]{4}", text):
        return hx.go(url_for("members_desk.index", q=text, amount=amount))
    raise Refusal("没有找到这位会员，请扫码，或者输入六位码", code="no_such_member", field="code")


def _basket(form: Any) -> Basket:
    """What was typed, with the coupon that was chosen; with the best there is when nothing was."""
    return Basket(form.amount.fen, form.reduced_amount.fen, form.coupon.data or purchases.BEST, form.bundle.data)


def _shown(form: Any) -> int:
    """What the clerk has seen for this amount; where the pad has said nothing about it, the amount itself."""
    full, _, paid = (form.shown.data or "").partition(":")
    return int(paid) if full == str(form.amount.fen) and re.fullmatch(r"[0-9]{1,12}", paid) else int(form.amount.fen)


def _looked_at_again(store: Store, member: Member | None) -> dict[str, Any]:
    """After a no the pad says what it comes to now."""
    form = Preview(request.form)
    return {"preview": _preview(form, store, member) if form.validate() else None}


def _preview(form: Any, store: Store, member: Member | None) -> dict[str, Any] | None:
    """What it comes to, step by step, and the points; None, with words next to a field, where that cannot be said."""
    if any(field.errors for field in form):
        return None
    at = clock.now()
    quote = purchases.asked(store, _basket(form), member, at)
    if isinstance(quote, Refusal):
        form[quote.field or "amount"].errors = [filters.say(quote)]
        return None
    earned = purchases.preview(store, member, quote.to_pay, at)
    return {
        "price": _price(quote),
        "points": earned.points,
        "sentence": filters.say(receipts.sum_in_words(earned.inputs, earned.points)),
        "times": receipts.more_times(earned.inputs),
        "who": _called(member) if member else "",
    }


def _price(quote: Quote) -> dict[str, Any]:
    steps = [
        {"name": filters.say(quotes.called(step, quote.tier)), "percent": step.percent, "off": step.off}
        for step in quote.steps
    ]
    said = [filters.say(sentence) for sentence in (quote.won, quote.kept) if sentence]
    return {"full": quote.full, "to_pay": quote.to_pay, "steps": steps, "said": said}


def _called(member: Member) -> str:
    """Whose points they will be: the clerk sees it before giving."""
    return " · ".join(part for part in (member.name, _masked(member)) if part)


def _find(code: str, store: Store) -> Purchase:
    found: Purchase = access.find(Purchase, Purchase.code == code.upper(), Purchase.store == store.id)
    return found


def _bill(purchase: Purchase) -> dict[str, Any]:
    return {
        "purchase": purchase,
        "member": purchase.member,
        "points": purchases.points_of(purchase),
        "said": [filters.say(sentence) for sentence in quotes.reasons(purchase.price)],
        "coupon": any(step.kind == "coupon" for step in quotes.frozen_steps(purchase.price)),
        "ticket": _ticket(),
    }


def _masked(member: Member) -> str:
    """138****0001"""
    if not member.phone_sealed:
        return ""
    number = vault.unseal(member.phone_sealed).removeprefix("+86")
    return f"{number[:3]}****{number[-4:]}"
