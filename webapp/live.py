"""The live stream of the desk: one small asyncio process tells every open tablet, within a tenth of a second, that its queue changed.

It reads `Store.queue_version` ten times a second, one query however many tablets listen, and sends no data, only "look again": what a
tablet may see is decided by the page it then asks for. A tablet that cannot reach this process polls instead.
Served by granian as ASGI beside the web workers; behind a proxy as `/live`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from models import Prepared, Store
from webapp import config, storage, vault

EVERY = 0.1
BREATH = 15.0  # seconds between comments that keep proxies from closing the stream
MOST = 5000

_VERSIONS = Prepared(lambda: Store.select(Store.id, Store.queue_version))
Send = Callable[[dict[str, Any]], Awaitable[None]]


def ticket(store: int, at: int) -> str:
    """What a tablet shows to listen; good for a day."""
    return vault.sign("live", f"{store}:{at + 86_400}")


def address(settings: config.Settings, scheme: str, host: str) -> str:
    """Where a tablet that came by `scheme://host` listens: as set, the proxy's own /live, or the next port; empty means polling."""
    if settings.live_url:
        return settings.live_url
    if settings.trusted_proxies:
        return f"{scheme}://{host}/live"
    return f"{scheme}://{host.rpartition(':')[0] or host}:{settings.live_port}/live" if settings.live_port else ""


class Stream:
    """Everybody who listens, by store."""

    def __init__(self) -> None:
        self._listeners: dict[int, set[asyncio.Event]] = {}
        self._seen: dict[int, int] = {}
        self._watch: asyncio.Task[None] | None = None
        self._count = 0

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send
    ) -> None:
        if scope["type"] != "http":
            return
        if self._watch is None:
            self._watch = asyncio.create_task(self._watching())
        store = self._store_of(scope)
        if store is None or self._count >= MOST:
            await send({"type": "http.response.start", "status": 403 if store is None else 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._serve(store, scope, receive, send)

    async def _serve(self, store: int, scope: dict[str, Any], receive: Any, send: Send) -> None:
        bell = asyncio.Event()
        self._listeners.setdefault(store, set()).add(bell)
        self._count += 1
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            headers = [
                (b"content-type", b"text/event-stream"),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
            ]
            origin = dict(scope["headers"]).get(b"origin")
            if origin:
                # The stream may live on another port; it carries no data and wants a signed ticket, not a cookie.
                headers.append((b"access-control-allow-origin", origin))
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
            while not leaving.done():
                ring = asyncio.ensure_future(bell.wait())
                await asyncio.wait({ring, leaving}, timeout=BREATH, return_when=asyncio.FIRST_COMPLETED)
                ring.cancel()
                text = b"data: changed\n\n" if bell.is_set() else b": still here\n\n"
                bell.clear()
                await send({"type": "http.response.body", "body": text, "more_body": True})
        finally:
            leaving.cancel()
            self._count -= 1
            self._listeners[store].discard(bell)

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if not self._count:
                continue
            try:
                now = {int(store): int(version) for store, version in _VERSIONS.rows()}
            except (*storage.GONE, TimeoutError):
                storage.reconnect()
                await asyncio.sleep(1)
                continue
            for store, version in now.items():
                if self._seen.get(store) != version:
                    for bell in self._listeners.get(store, ()):
                        bell.set()
            self._seen = now

    @staticmethod
    def _store_of(scope: dict[str, Any]) -> int | None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
        text = vault.signed("live", given)
        if text is None:
            return None
        store, until = text.split(":")
        return int(store) if int(until) > time.time() else None


async def _gone(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def create() -> Stream:
    settings = config.load()
    vault.unlock(settings.secret)
    storage.open_database(settings)
    storage.bound_waits()
    return Stream()


def __getattr__(name: str) -> Any:
    # Made when the server asks for it, so that importing `ticket` opens nothing.
    if name == "app":
        return create()
    raise AttributeError(name)
