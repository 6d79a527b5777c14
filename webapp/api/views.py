"""Doors of the till, below /api/v1: bearer key, JSON in, JSON out, `application/problem+json` for every no."""

import re
from typing import TypeVar

import msgspec
from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from models import Member, Purchase, Store
from webapp import clock, vault
from webapp.api import calls, openapi, shapes
from webapp.api.who import member_of
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.refusals import Missing, Refusal
from webapp.stores import tills

bp = Blueprint("api", __name__, url_prefix="/api/v1")
T = TypeVar("T")


class NoKey(Refusal):
    """No till that we know."""

    status = 401


class BadRequest(Refusal):
    """Not readable at all."""

    status = 400


@bp.after_request
def say_how(response: Response) -> Response:
    """A 401 names the way to do better (RFC 9110)."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="huitou"'
    return response


@bp.get("/openapi.json")
def document() -> Response:
    """GET: the OpenAPI document; needs no key."""
    response = jsonify(openapi.document(_address()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.post("/purchases")
def record() -> Response:
    """POST: a bill, and the points it gives. 201 with the bill."""
    store, at = _store(), clock.now()
    key, asked = _key(), _body(shapes.NewPurchase)

    def work() -> tuple[int, str]:
        member = member_of(asked.member, at)
        bill = Bill(asked.amount, _own(key), "till", asked.receipt.strip())
        return 201, _bill(purchases.record(store, bill, member, None, at))

    return _once(store, key, at, work)


@bp.get("/purchases/<id>")
def show(id: str) -> Response:
    """GET: one bill as it stands."""
    store = _store()
    return _json(200, _bill(_find(store, id)))


@bp.post("/purchases/<id>/refunds")
def refund(id: str) -> Response:
    """POST: money given back. 201 with the bill as it stands now."""
    store, at = _store(), clock.now()
    key, asked = _key(), _body(shapes.NewRefund)
    purchase = _find(store, id)

    def work() -> tuple[int, str]:
        purchases.refund(purchase.id, asked.amount, key=_own(key), staff=None, at=at)
        return 201, _bill(Purchase.get_by_id(purchase.id))

    return _once(store, key, at, work)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _store() -> Store:
    """Guard: the store whose key this is."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    store = tills.speaks_for(secret.strip()) if kind.lower() == "bearer" and secret else None
    if store is None:
        raise NoKey("需要本店的收银密钥", code="unauthorized")
    return store


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(r"[!-~]{1,255}", key):
        raise BadRequest(
            "请带上 Idempotency-Key，1 到 255 个可见字符", code="idempotency_key_missing", field="Idempotency-Key"
        )
    return key


def _own(key: str) -> str:
    """A till's key as we keep it with the bill: of one length, and apart from the keys of our own forms."""
    return f"till:{vault.fingerprint(key)}"


def _body(shape: type[T]) -> T:
    if not request.is_json:
        raise UnsupportedMediaType("Send Content-Type: application/json.")
    try:
        return msgspec.json.decode(request.get_data(), type=shape)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise Refusal(
            "请求内容不对：%(what)s", code="invalid_body", field=where.rstrip("`") or None, what=what
        ) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadRequest("请求不是有效的 JSON：%(what)s", code="invalid_json", what=str(error)) from None


def _once(store: Store, key: str, at: int, work: calls.Work) -> Response:
    fingerprint = vault.fingerprint(f"{request.method} {request.path}\n{request.get_data().decode()}")
    answer = calls.once(store.id, key, fingerprint, at, work)
    response = _json(answer.status, answer.body)
    if answer.again:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _find(store: Store, code: str) -> Purchase:
    found: Purchase | None = Purchase.get_or_none(Purchase.code == code.upper(), Purchase.store == store.id)
    if found is None:
        raise Missing("没有找到这张小票", code="no_such_bill")
    return found


def _bill(purchase: Purchase) -> str:
    answer = shapes.PurchaseAnswer(
        purchase.code, purchase.amount, purchase.refunded, purchases.points_of(purchase), purchase.at
    )
    if purchase.receipt:
        answer.receipt = purchase.receipt
    if purchase.member_id:
        answer.balance = Member.get_by_id(purchase.member_id).points
    else:
        answer.claim_url = f"{_address()}/claim/{purchases.claim_token(purchase)}"
        answer.claim_until = purchase.claim_until
    return msgspec.json.encode(answer).decode()


def _json(status: int, body: str) -> Response:
    return Response(body, status, content_type="application/json")


def _address() -> str:
    return current_app.extensions["settings"].base_url or request.host_url.rstrip("/")
