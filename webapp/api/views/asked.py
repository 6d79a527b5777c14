"""What every door of the till asks first and how it answers: the store's key, the idempotency key, the body, JSON."""

import re
from typing import TypeVar

import msgspec
from flask import Response, current_app, request
from werkzeug.exceptions import UnsupportedMediaType

from models import Booking, Purchase, Store
from webapp import vault
from webapp.api import calls
from webapp.refusals import Missing, Refusal
from webapp.stores import tills

T = TypeVar("T")
R = TypeVar("R", Booking, Purchase)


class NoKey(Refusal):
    """No till that we know."""

    status = 401


class BadRequest(Refusal):
    """Not readable at all."""

    status = 400


def store() -> Store:
    """Guard: the store whose key this is."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    store = tills.speaks_for(secret.strip()) if kind.lower() == "bearer" and secret else None
    if store is None:
        raise NoKey("需要本店的收银密钥", code="unauthorized")
    return store


def key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(r"[!-~]{1,255}", key):
        raise BadRequest(
            "请带上 Idempotency-Key，1 到 255 个可见字符", code="idempotency_key_missing", field="Idempotency-Key"
        )
    return key


def own(key: str) -> str:
    """A till's key as we keep it with the bill: of one length, and apart from the keys of our own forms."""
    return f"till:{vault.fingerprint(key)}"


def body(shape: type[T]) -> T:
    if not request.is_json:
        raise UnsupportedMediaType("Send Content-Type: application/json.")
    try:
        return msgspec.json.decode(request.get_data(), type=shape)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise Refusal(
            "请求内容不对：%(what)s", code="invalid_body", field=where.rstrip("`") or None, what=what
        ) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadRequest("请求不是有效的 JSON：%(what)s", code="invalid_json", what=str(error)) from None


def once(store: Store, key: str, at: int, work: calls.Work) -> Response:
    fingerprint = vault.fingerprint(f"{request.method} {request.path}\n{request.get_data().decode()}")
    answer = calls.once(store.id, key, fingerprint, at, work)
    response = json(answer.status, answer.body)
    if answer.again:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def find(model: type[R], code: str, store: Store, missing: Missing) -> R:
    """The row of this store with that code, or the no."""
    found: R | None = model.get_or_none(model.code == code.upper(), model.store == store.id)
    if found is None:
        raise missing
    return found


def json(status: int, body: str) -> Response:
    return Response(body, status, content_type="application/json")


def text(answer: msgspec.Struct) -> str:
    return msgspec.json.encode(answer).decode()


def address() -> str:
    return current_app.extensions["settings"].base_url or request.host_url.rstrip("/")
