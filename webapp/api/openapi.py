"""The OpenAPI 3.1 document of the till's API, made from `shapes.py`; served at /api/v1/openapi.json."""

from typing import Any

from webapp.api import shapes

VERSION = "1.3.0"

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A name of your own for this call, at most 255 printable ASCII characters. Sent again, it gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "till-1/2026-05-20/000123",
}
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "maxLength": 16},
    "description": "The bill's code.",
}
_BOOKING = _ID | {"description": "The booking's code."}
_DAY = {
    "name": "day",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "format": "date"},
    "description": "The day on the wall of the shop.",
    "example": "2026-05-21",
}
_SERVICE = {
    "name": "service",
    "in": "query",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
    "description": "An id of `/services`.",
}
_PEOPLE = {
    "name": "people",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "default": 1},
    "description": "How many come.",
}
_REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` when this is the answer to an earlier call with the same key.",
        "schema": {"type": "string"},
    }
}
_SAID_NO = {
    "401": "No key, or one that is unknown or revoked.",
    "404": "Not there, or another store's.",
    "422": "The body breaks a bound, or a rule says no; `title` says which. Nothing has changed.",
    "429": "Too many calls; `Retry-After` says when to go on.",
    "503": "The database does not answer; try again with the same key.",
}


def document(server: str) -> dict[str, Any]:
    """The document, with the address that this installation is reached by."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Huitou till API",
            "version": VERSION,
            "description": "Record a purchase, get points back, never twice; book a time, never sold twice. Money is in fen, points are whole.",
        },
        "servers": [{"url": f"{server}/api/v1"}],
        "security": [{"till": []}],
        "paths": {
            "/prices": {"post": _post_price()},
            "/purchases": {"post": _post_purchase()},
            "/purchases/{id}": {"parameters": [_ID], "get": _get_purchase()},
            "/purchases/{id}/refunds": {"parameters": [_ID], "post": _post_refund()},
            "/services": {"get": _get("listServices", "What can be booked", "Services")},
            "/slots": {"get": _get("listSlots", "The times of a day", "Slots", _SERVICE, _DAY, _PEOPLE)},
            "/bookings": {
                "get": _get("listBookings", "The bookings of a day", "Bookings", _DAY),
                "post": _post("book", "Hold a time for a member or a guest", "NewBooking", "201", "404"),
            },
            "/bookings/{id}": {
                "parameters": [_BOOKING],
                "get": _get("readBooking", "One booking as it stands", "BookingAnswer"),
            },
            "/bookings/{id}/move": {
                "parameters": [_BOOKING],
                "post": _post("moveBooking", "To another time", "NewTime", "200", "404"),
            },
            "/bookings/{id}/cancel": {
                "parameters": [_BOOKING],
                "post": _post("cancelBooking", "Call it off; the member is told", "Nothing", "200", "404"),
            },
        },
        "components": {
            "schemas": shapes.schemas(),
            "securitySchemes": {
                "till": {"type": "http", "scheme": "bearer", "description": "The till's key; it speaks for one store."}
            },
        },
    }


def _post_price() -> dict[str, Any]:
    return {
        "operationId": "askPrice",
        "summary": "What a bill comes to for this member now; writes nothing",
        "requestBody": _body("NewPrice"),
        "responses": {
            "200": _answer("The price.", name="PriceAnswer"),
            **_no("400", "401", "413", "415", "422", "429", "503"),
        },
    }


def _post_purchase() -> dict[str, Any]:
    return {
        "operationId": "recordPurchase",
        "summary": "Record a bill and give its points",
        "parameters": [_KEY],
        "requestBody": _body("NewPurchase"),
        "responses": {
            "200": _answer("A coupon paid for everything; nothing to charge.", _REPLAYED, "PaidAnswer"),
            "201": _answer("Recorded.", _REPLAYED),
            **_no("400", "401", "413", "415", "422", "429", "503"),
        },
    }


def _get_purchase() -> dict[str, Any]:
    return {
        "operationId": "readPurchase",
        "summary": "One bill as it stands",
        "responses": {"200": _answer("The bill."), **_no("401", "404", "429", "503")},
    }


def _post_refund() -> dict[str, Any]:
    return {
        "operationId": "refundPurchase",
        "summary": "Give money back and take back its points",
        "parameters": [_KEY],
        "requestBody": _body("NewRefund"),
        "responses": {
            "201": _answer("Refunded; the bill as it stands now.", _REPLAYED),
            **_no("400", "401", "404", "413", "415", "422", "429", "503"),
        },
    }


def _get(operation: str, summary: str, answer: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    refused = ("401", "404", "422", "429", "503") if parameters else ("401", "404", "429", "503")
    return {
        "operationId": operation,
        "summary": summary,
        **({"parameters": list(parameters)} if parameters else {}),
        "responses": {"200": _answer("As it stands now.", name=answer), **_no(*refused)},
    }


def _post(operation: str, summary: str, body: str, status: str, *more: str) -> dict[str, Any]:
    refused = _no("400", "401", *more, "413", "415", "422", "429", "503")
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [_KEY],
        "requestBody": _body(body),
        "responses": {status: _answer("The booking as it stands now.", _REPLAYED, "BookingAnswer"), **refused},
    }


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _answer(words: str, headers: dict[str, Any] | None = None, name: str = "PurchaseAnswer") -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {"description": words, "content": content, **({"headers": headers} if headers else {})}


def _no(*statuses: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    other = {
        "400": "The body is not JSON, or the key is missing.",
        "413": "The body is too large.",
        "415": "Send application/json.",
    }
    words = _SAID_NO | other
    return {status: {"description": words[status], "content": content} for status in statuses}
