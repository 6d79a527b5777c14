"""Every HX- header is read and written here, and every page is rendered here.

Three answers exist: `page` for GET, `swap` for POST (the changed fragment to htmx, a 303 to a plain browser), and a Refusal.
"""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, make_response, request

from webapp import access, clock, live, words
from webapp.signins import Entry


def asked() -> bool:
    """Did htmx ask for a part of a page?"""
    environ = request.environ
    return environ.get("HTTP_HX_REQUEST") == "true" and environ.get("HTTP_HX_REQUEST_TYPE") != "full"


def current_path() -> str:
    """The page the browser shows while htmx asks, as a path of our own; empty when it did not say."""
    parts = access.split(request.headers.get("HX-Current-URL") or request.referrer or "")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def render(template: str, **context: Any) -> str:
    """A template in the language of the request, with what every template may use."""
    environment = words.environment_for(current_app._get_current_object(), words.locale())  # type: ignore[attr-defined]
    return environment.get_template(template).render(_everywhere() | context)


def page(full: str, part: str | None = None, *, status: int = 200, **context: Any) -> Response:
    """Answer a GET with the whole page, or with its fragment when htmx asked for that."""
    response = make_response(render(part if part and asked() else full, **context), status)
    if part:
        response.headers["Vary"] = "HX-Request"
    return response


def ready(text: str) -> Response:
    """Answer htmx's GET with a fragment that lies ready."""
    response = make_response(text)
    response.headers["Vary"] = "HX-Request"
    return response


def swap(
    template: str, then: str, later: Callable[[], dict[str, Any]] | None = None, *, status: int = 200, **context: Any
) -> Response:
    """Answer a POST: fragments to htmx, a redirect to `then` for a browser without it. `later` makes more of a fragment's context."""
    if not asked():
        return _elsewhere(then)
    more = later() if later else {}
    return make_response(render(template, **context, **more), status)


def go(address: str) -> Response:
    """Answer a POST by going somewhere else, with or without htmx."""
    if request.environ.get("HTTP_HX_REQUEST") == "true":
        response = make_response("", 200)
        response.headers["HX-Redirect"] = address
        return response
    return _elsewhere(address)


def stay(text: str, status: int) -> Response:
    """Leave the page as it is and say `text` in passing: a poll asks again, a form keeps what was typed."""
    response = make_response(text, status)
    response.content_type = "text/plain; charset=utf-8"
    response.headers["HX-Reswap"] = "none"
    return response


def retarget(response: Response, selector: str, how: str = "outerHTML") -> Response:
    """Let htmx put the answer elsewhere than it had planned."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = how
    return response


def _elsewhere(address: str) -> Response:
    """A redirect without the page in it that nobody sees."""
    return Response(status=303, headers={"Location": address})


def _everywhere() -> dict[str, Any]:
    entry = access.entry()
    return {
        "locale": words.locale(),
        "me": entry.member if entry else None,
        "reader": (entry.helper or entry.member)
        if entry
        else None,  # whose eyes: letter size and brightness are theirs
        "helping": (entry.called or (entry.member.name if entry.member else "")) if entry and entry.helper else None,
        "store": entry.store if entry else None,
        "actor": entry.acting if entry else None,
        "brand": access.brand(),
        "at": clock.now(),
        "live": _stream(entry),
        "request": request,
    }


def _stream(entry: Entry | None) -> str:
    """Where this tablet listens for changes; empty for phones, and where there is no stream."""
    if entry is None or entry.device.kind != "desk" or entry.store is None:
        return ""
    where = live.address(current_app.extensions["settings"], request.scheme, request.host)
    return f"{where}?ticket={live.ticket(entry.store.id, clock.now())}" if where else ""
