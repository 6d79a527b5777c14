"""What is answered before Flask: static files, liveness, and "has anything changed?" polls. Six times cheaper than the emptiest view.

`Gate` asks before the app has its turn, where the request arrives; under any other WSGI server `Front` stands before Flask.

A poll is an ordinary fragment address with `pulse=<ticket>`. The ticket is signed and says what the page showed (a store's queue at
version 17, a redemption in state held). While that still holds the answer is 204, which htmx leaves alone; otherwise Flask answers
with the new fragment. A ticket lasts a minute, so that an ended sign-in is noticed soon. The database is asked every time: whoever was
woken by the stream asks once, and must not hear what was true a moment before.
"""

import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from peewee import fn

from models import (
    Booking,
    Calendar,
    Case,
    CaseEntry,
    CaseOffer,
    Closure,
    Coupon,
    EntryPhoto,
    Garment,
    GarmentPhoto,
    Gift,
    Member,
    Order,
    OrderWord,
    Param,
    Pin,
    Prepared,
    Redemption,
    Store,
    Waiter,
)
from webapp import vault
from webapp.assets import FOREVER, Asset, Assets
from webapp.storage import GONE, reconnect

LASTS = 60


def _order() -> Any:
    """An order's row, and what is written down and said about its pieces."""
    said = OrderWord.select(fn.COALESCE(fn.MAX(OrderWord.id), 0)).where(OrderWord.order == Order.id)
    pins = Pin.select(fn.COUNT(Pin.id)).where(Pin.picture == GarmentPhoto.id)
    pictures = (
        GarmentPhoto.select(fn.COALESCE(fn.SUM(fn.COALESCE(pins, 0) + 1), 0))
        .join(Garment)
        .where(Garment.order == Order.id)
    )
    marks = Garment.stage_at + Garment.price + fn.COALESCE(Garment.handed_at, 0) + fn.COALESCE(Garment.claimed_at, 0)
    pieces = Garment.select(fn.COALESCE(fn.SUM(marks + 1), 0)).where(Garment.order == Order.id)
    own = (Order.state, Order.promised_at, Order.in_parts, Order.paid_at, Order.delivery, Order.well)
    return Order.select(*own, said, pictures, pieces).where(Order.id == Param("id"))


def _of_case(which: Any) -> Any:
    """The last entry of a case, and how many pictures hang on its entries."""
    pictures = EntryPhoto.select(fn.COUNT(EntryPhoto.id)).where(EntryPhoto.entry == CaseEntry.id)
    return CaseEntry.select(fn.COALESCE(fn.SUM(fn.COALESCE(pictures, 0) + CaseEntry.id), 0)).where(
        CaseEntry.case == Case.id, which
    )


_VERSIONS = {
    "store": Prepared(lambda: Store.select(Store.queue_version).where(Store.id == Param("id"))),
    "redemption": Prepared(lambda: Redemption.select(Redemption.state).where(Redemption.id == Param("id"))),
    "coupon": Prepared(
        lambda: Coupon.select(fn.COALESCE(Coupon.used_at, 0), fn.COALESCE(Coupon.held_until, 0), Coupon.pair).where(
            Coupon.id == Param("id")
        )
    ),
    "gift": Prepared(lambda: Gift.select(Gift.state).where(Gift.id == Param("id"))),
    "member": Prepared(lambda: Member.select(Member.version).where(Member.id == Param("id"))),
    # A closure troubles a booking without touching its row.
    "booking": Prepared(
        lambda: Booking.select(
            Booking.state,
            Booking.sequence,
            fn.COALESCE(Booking.late_until, 0),
            Closure.select(fn.COALESCE(fn.SUM(Closure.id), 0)).where(
                Closure.store == Booking.store, Closure.lifted_at.is_null()
            ),
        ).where(Booking.id == Param("id"))
    ),
    "order": Prepared(_order),
    "case": Prepared(
        lambda: Case.select(
            Case.state,
            Case.due_at,
            fn.COALESCE(Case.owner, 0),
            fn.COALESCE(Case.notice_at, 0),
            _of_case(CaseEntry.kind != "note"),
            CaseOffer.select(fn.COALESCE(fn.SUM(fn.COALESCE(CaseOffer.settled_at, 1)), 0)).where(
                CaseOffer.case == Case.id
            ),
        ).where(Case.id == Param("id"))
    ),
    # Whoever joins, leaves or is offered a place turns the calendar's page.
    "waiter": Prepared(
        lambda: (
            Waiter.select(Waiter.state, Calendar.version)
            .join(Calendar, on=(Calendar.store == Waiter.store))
            .where(Waiter.id == Param("id"))
        )
    ),
}

Environ = dict[str, Any]
Start = Callable[..., Any]


def pulse(topic: str, row_id: int, version: object, at: int) -> str:
    """A ticket for "I have shown `topic` `row_id` as it was at `version`"."""
    return vault.sign("pulse", f"{topic}:{row_id}:{version}:{at + LASTS}")


def version(topic: str, row_id: int) -> str:
    """What `pulse` wants to know of a row that has no number of its own that counts its changes."""
    return _written(_VERSIONS[topic].row(id=row_id))


def unchanged(ticket: str, at: float) -> bool:
    """Does what the ticket says still hold? False for a ticket that is forged, old, or out of date."""
    try:
        shown = _read(ticket)
    except ValueError:
        return False
    return shown.lasts(at) and shown.version == version(shown.topic, shown.row_id)


class Shown(NamedTuple):
    """What is written on a ticket."""

    topic: str
    row_id: int
    version: str
    until: int

    def lasts(self, at: float) -> bool:
        return 0 <= self.until - at <= LASTS + 5


def _read(ticket: str) -> Shown:
    text = vault.signed("pulse", ticket)
    if text is None:
        raise ValueError("not a ticket of ours")
    topic, row_id, seen, until = text.split(":")
    return Shown(topic, int(row_id), seen, int(until))


def _written(row: tuple[Any, ...] | None) -> str:
    return "-".join(map(str, row or ()))


class Answer(NamedTuple):
    """As it goes out."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


LINES = {200: "200 OK", 204: "204 No Content"}
WELL = Answer(200, [("Content-Type", "text/plain"), ("Cache-Control", "no-store"), ("Content-Length", "2")], b"ok")
UNCHANGED = Answer(204, [("Cache-Control", "no-store")], b"")


class Front:
    """WSGI in front of WSGI. `near`: the database is a file of this machine, so that asking it is no wait."""

    def __init__(self, app: Callable[[Environ, Start], Iterable[bytes]], assets: Assets, *, near: bool = False) -> None:
        self._app = app
        self._near = near
        self._files = {address: _answers(asset) for address, asset in assets.files.items()}
        self._read = lru_cache(4096)(_read)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        method, path, query = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        found = self.answer(method, path, query, lambda: environ.get("HTTP_ACCEPT_ENCODING", ""))
        if found is None:
            return self._app(environ, start)
        start(LINES[found.status], list(found.headers))
        return [found.body] if found.body else []

    def answer(
        self, method: str, path: str, query: str, accepted: Callable[[], str], *, at_once: bool = False
    ) -> Answer | None:
        """The answer, if Flask is not needed for it; `at_once`, if nothing has to be waited for either."""
        file = self._files.get(path)
        if file is not None:
            return _sent(file, method, accepted)
        if path == "/healthz":
            return WELL
        if query.startswith("pulse=") and self._holds(query[6:].partition("&")[0], at_once):
            return UNCHANGED
        return None

    def _holds(self, ticket: str, at_once: bool) -> bool:
        try:
            shown = self._read(unquote(ticket))
            if not shown.lasts(time.time()):
                return False
            if at_once and not self._near:
                return False
            return shown.version == version(shown.topic, shown.row_id)
        except (ValueError, KeyError, *GONE):
            # Flask says what is wrong, in words.
            reconnect()
            return False


def _sent(file: dict[str, Answer], method: str, accepted: Callable[[], str]) -> Answer | None:
    if method != "GET" and method != "HEAD":
        return None
    found = file[""]
    if len(file) > 1:
        wanted = accepted()
        found = file["br"] if "br" in wanted else file["gzip"] if "gzip" in wanted else found
    return found if method == "GET" else found._replace(body=b"")


def _answers(asset: Asset) -> dict[str, Answer]:
    """What to say to whoever accepts which encoding; `""` is the file as it is."""
    headers = [("Content-Type", asset.kind), ("Cache-Control", FOREVER)]
    headers += [("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin")]
    bodies = {"": asset.plain}
    if asset.brotli is not None and asset.gzip is not None:
        headers.append(("Vary", "Accept-Encoding"))
        bodies |= {"br": asset.brotli, "gzip": asset.gzip}
    return {
        name: Answer(
            200, [*headers, *([("Content-Encoding", name)] if name else []), ("Content-Length", str(len(body)))], body
        )
        for name, body in bodies.items()
    }
