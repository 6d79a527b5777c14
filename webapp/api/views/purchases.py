"""Prices, bills and refunds."""

from flask import Response
from msgspec import UNSET

from models import Coupon, Member, Purchase, Store
from webapp import clock, filters
from webapp.api import shapes
from webapp.api.views import asked, bp
from webapp.api.who import member_of
from webapp.points import purchases
from webapp.points.purchases import Basket, Bill
from webapp.prices import coupons, promotions, quotes
from webapp.prices.quotes import Quote
from webapp.refusals import Missing, Refusal


@bp.post("/prices")
def price() -> Response:
    """POST: what a bill comes to for this member now; writes nothing."""
    store, at = asked.store(), clock.now()
    body = asked.body(shapes.NewPrice)
    member = member_of(body.member, at)
    quote = purchases.quoted(store, _basket(body, body.full_amount), member, at)
    return asked.json(200, _price(quote, store, member, at))


@bp.post("/purchases")
def record() -> Response:
    """POST: a bill, and the points it gives. 201 with the bill; 200 without one where a coupon pays for everything."""
    store, at = asked.store(), clock.now()
    key, body = asked.key(), asked.body(shapes.NewPurchase)

    def work() -> tuple[int, str]:
        member = member_of(body.member, at)
        amount, full = _one_of(body)
        bill = Bill(amount, asked.own(key), "till", body.receipt.strip())
        if full:
            return _sold(purchases.sell(store, _basket(body, full), bill, member, None, at, shown=body.to_pay), full)
        return 201, _bill(purchases.record(store, bill, member, None, at))

    return asked.once(store, key, at, work)


@bp.get("/purchases/<id>")
def show(id: str) -> Response:
    """GET: one bill as it stands."""
    store = asked.store()
    return asked.json(200, _bill(_find(store, id)))


@bp.post("/purchases/<id>/refunds")
def refund(id: str) -> Response:
    """POST: money given back. 201 with the bill as it stands now."""
    store, at = asked.store(), clock.now()
    key, body = asked.key(), asked.body(shapes.NewRefund)
    purchase = _find(store, id)

    def work() -> tuple[int, str]:
        purchases.refund(purchase.id, body.amount, key=asked.own(key), staff=None, at=at)
        return 201, _bill(Purchase.get_by_id(purchase.id))

    return asked.once(store, key, at, work)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _one_of(body: shapes.NewPurchase) -> tuple[int, int]:
    """What was paid, or what is to be priced: exactly one of them."""
    amount, full = body.amount or 0, body.full_amount or 0
    if bool(amount) == bool(full):
        what = "exactly one of `amount` and `full_amount`"
        raise Refusal("请求内容不对：%(what)s", code="invalid_body", what=what)
    if amount and (body.reduced_amount or body.coupon != purchases.NONE or body.bundle or body.to_pay is not None):
        what = "`reduced_amount`, `coupon`, `bundle` and `to_pay` go with `full_amount`"
        raise Refusal("请求内容不对：%(what)s", code="invalid_body", field="amount", what=what)
    return amount, full


def _basket(body: shapes.NewPrice | shapes.NewPurchase, full: int) -> Basket:
    return Basket(full, body.reduced_amount, body.coupon, body.bundle)


def _price(quote: Quote, store: Store, member: Member | None, at: int) -> str:
    rest = quote.full - sum(step.off for step in quote.steps if step.kind != "coupon")
    mine = coupons.fitting(member, store, at) if member else []
    on = promotions.holding(store, at, member.tier if member else None)
    said = [filters.say(sentence) for sentence in (quote.won, quote.kept) if sentence]
    return asked.text(
        shapes.PriceAnswer(
            quote.full,
            quote.to_pay,
            _steps(quote.steps),
            said,
            purchases.preview(store, member, quote.to_pay, at).points,
            [
                shapes.CouponLine(each.code, filters.say(coupons.sentence(each)), coupons.worth(each, rest))
                for each in mine
            ],
            [shapes.BundleLine(each.id, each.name, each.price, each.usual) for each in on if each.price and each.usual],
        )
    )


def _steps(steps: list[quotes.Step]) -> list[shapes.PriceStep]:
    return [shapes.PriceStep(step.kind, step.off, step.percent or UNSET, step.name or UNSET) for step in steps]


def _find(store: Store, code: str) -> Purchase:
    return asked.find(Purchase, code, store, Missing("没有找到这张小票", code="no_such_bill"))


def _sold(sold: Purchase | Coupon, full: int) -> tuple[int, str]:
    if isinstance(sold, Purchase):
        return 201, _bill(sold)
    return 200, asked.text(shapes.PaidAnswer(0, full, sold.code, sold.saved or 0))


def _bill(purchase: Purchase) -> str:
    answer = shapes.PurchaseAnswer(
        purchase.code, purchase.amount, purchase.refunded, purchases.points_of(purchase), purchase.at
    )
    if purchase.full is not None:
        answer.full_amount = purchase.full
        answer.steps = _steps(quotes.frozen_steps(purchase.price))
        answer.why = [filters.say(sentence) for sentence in quotes.reasons(purchase.price)]
    if purchase.receipt:
        answer.receipt = purchase.receipt
    if purchase.member_id:
        answer.balance = Member.get_by_id(purchase.member_id).points
    else:
        answer.claim_url = f"{asked.address()}/claim/{purchases.claim_token(purchase)}"
        answer.claim_until = purchase.claim_until
    return asked.text(answer)
