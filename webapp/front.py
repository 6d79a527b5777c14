"""What is answered before Flask: static files, liveness, and "has anything changed?" polls. Six times cheaper than the emptiest view.

A poll is an ordinary fragment address with `pulse=<ticket>`. The ticket is signed and says what the page showed (a store's queue at
version 17, a redemption in state held). While that still holds the answer is 204, which htmx leaves alone; otherwise Flask answers
with the new fragment. A ticket lasts a minute, so that an ended sign-in is noticed soon.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from models import Member, Param, Prepared, Redemption, Store
from webapp import vault
from webapp.assets import FOREVER, Assets
from webapp.storage import GONE, reconnect

LASTS = 60

_VERSIONS = {
    "store": Prepared(lambda: Store.select(Store.queue_version).where(Store.id == Param("id"))),
    "redemption": Prepared(lambda: Redemption.select(Redemption.state).where(Redemption.id == Param("id"))),
    "member": Prepared(lambda: Member.select(Member.version).where(Member.id == Param("id"))),
}

Environ = dict[str, Any]
Start = Callable[..., Any]


def pulse(topic: str, row_id: int, version: object, at: int) -> str:
    """A ticket for "I have shown `topic` `row_id` as it was at `version`"."""
    return vault.sign("pulse", f"{topic}:{row_id}:{version}:{at + LASTS}")


def unchanged(ticket: str, at: float) -> bool:
    """Does what the ticket says still hold? False for a ticket that is forged, old, or out of date."""
    text = vault.signed("pulse", ticket)
    if text is None:
        return False
    topic, row_id, version, until = text.split(":")
    if not 0 <= int(until) - at <= LASTS + 5:
        return False
    row = _VERSIONS[topic].row(id=int(row_id))
    return row is not None and str(row[0]) == version


class Front:
    """WSGI in front of WSGI."""

    def __init__(self, app: Callable[[Environ, Start], Iterable[bytes]], assets: Assets) -> None:
        self._app = app
        self._assets = assets

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/static/"):
            return self._static(environ, start, path)
        if path == "/healthz":
            start("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store"), ("Content-Length", "2")])
            return [b"ok"]
        query = environ.get("QUERY_STRING", "")
        if query.startswith("pulse=") and self._holds(query[6:].partition("&")[0]):
            start("204 No Content", [("Cache-Control", "no-store")])
            return []
        return self._app(environ, start)

    def _holds(self, ticket: str) -> bool:
        try:
            return unchanged(unquote(ticket), time.time())
        except (ValueError, KeyError, *GONE):
            # Flask says what is wrong, in words.
            reconnect()
            return False

    def _static(self, environ: Environ, start: Start, path: str) -> Iterable[bytes]:
        asset = self._assets.files.get(path)
        if asset is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start)
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        body, headers = asset.plain, [("Content-Type", asset.kind), ("Cache-Control", FOREVER)]
        headers += [("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin")]
        if asset.brotli is not None:
            headers.append(("Vary", "Accept-Encoding"))
            if "br" in accepted:
                body = asset.brotli
                headers.append(("Content-Encoding", "br"))
            elif "gzip" in accepted and asset.gzip is not None:
                body = asset.gzip
                headers.append(("Content-Encoding", "gzip"))
        start("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
