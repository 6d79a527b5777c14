"""Bills and refunds."""

from flask import Response

from models import Member, Purchase, Store
from webapp import clock
from webapp.api import shapes
from webapp.api.views import asked, bp
from webapp.api.who import member_of
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.refusals import Missing


@bp.post("/purchases")
def record() -> Response:
    """POST: a bill, and the points it gives. 201 with the bill."""
    store, at = asked.store(), clock.now()
    key, body = asked.key(), asked.body(shapes.NewPurchase)

    def work() -> tuple[int, str]:
        member = member_of(body.member, at)
        bill = Bill(body.amount, asked.own(key), "till", body.receipt.strip())
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


def _find(store: Store, code: str) -> Purchase:
    return asked.find(Purchase, code, store, Missing("没有找到这张小票", code="no_such_bill"))


def _bill(purchase: Purchase) -> str:
    answer = shapes.PurchaseAnswer(
        purchase.code, purchase.amount, purchase.refunded, purchases.points_of(purchase), purchase.at
    )
    if purchase.receipt:
        answer.receipt = purchase.receipt
    if purchase.member_id:
        answer.balance = Member.get_by_id(purchase.member_id).points
    else:
        answer.claim_url = f"{asked.address()}/claim/{purchases.claim_token(purchase)}"
        answer.claim_until = purchase.claim_until
    return asked.text(answer)
