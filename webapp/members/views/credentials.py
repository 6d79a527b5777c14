"""What passkeys need of a request, in JSON: the name of this site, the question that was asked, the credential that came back."""

from typing import Any

from flask import Response, make_response, request

from webapp import access, words
from webapp.refusals import Refusal


def passkeys() -> Any:
    """The library behind passkeys takes a sixth of a second to load: only who uses one waits for it."""
    from webapp.members import passkeys as rules

    return rules


def site() -> Any:
    """Under which name this shop is reached: as set, or as the browser says."""
    parts, brand = access.split(access.base()), access.brand()
    if not parts.hostname:
        raise Refusal("请刷新页面再试", code="no_name")
    return passkeys().Site(parts.hostname, f"{parts.scheme}://{parts.netloc}", words.said(brand.name) if brand else "")


def asked(given: Any) -> Response:
    response = make_response(given.options)
    response.headers["Content-Type"] = "application/json"
    return access.remember(response, "pk", given.secret, days=1)


def credential() -> dict[str, Any]:
    try:
        sent = request.get_json(silent=True)
    except RecursionError:  # brackets in brackets in brackets
        sent = None
    if not isinstance(sent, dict):
        raise Refusal("请刷新页面再试", code="not_json")
    return sent
