"""Doors of the till, below /api/v1: bearer key, JSON in, JSON out, `application/problem+json` for every no."""

from flask import Blueprint, Response, jsonify

from webapp.api import openapi

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from webapp.api.views import asked, bookings, purchases  # noqa: E402, F401 - they add their doors


@bp.after_request
def say_how(response: Response) -> Response:
    """A 401 names the way to do better (RFC 9110)."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="huitou"'
    return response


@bp.get("/openapi.json")
def document() -> Response:
    """GET: the OpenAPI document; needs no key."""
    response = jsonify(openapi.document(asked.address()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
