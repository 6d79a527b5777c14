"""What several of these pages show alike: rows of a list, an order with its pieces, the times it can be fetched, the van."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Response
from peewee import fn

from models import HOLDING, Booking, Garment, GarmentPhoto, LedgerLine, Member, Order, Part, Photo, Service, Store
from webapp import access, hx, policy, vault
from webapp.clock import DAY
from webapp.laundry import handing, orders, promises
from webapp.outbox import inbox

SHOWN = 3  # pictures of one order in the list
WINDOWS = 4  # days on which it can be fetched
WORKING = ("intake", "awaiting", "agreed")


class Row(NamedTuple):
    """One order in a list, with the pictures of its first pieces."""

    order: Order
    photos: list[Photo]
    asks: bool  # something waits for the member


def page(template: str, me: Member, part: str | None = None, **context: Any) -> Response:
    """A page of the member's shell; a part of it needs no bell."""
    bell = {} if part and hx.asked() else {"unread": inbox.unread(me.id)}
    return hx.page(template, part, **bell, **context)


def ticket() -> str:
    return vault.token()[:32]


def lanes(found: Sequence[Order]) -> dict[str, list[Row]]:
    """Orders as the list shows them: those that want something first, then those at work, then the past. One question for all of them."""
    rows = _rows(found)
    return {
        "asking": [row for row in rows if row.asks],
        "working": [row for row in rows if not row.asks and row.order.state in WORKING],
        "past": [row for row in rows if not row.asks and row.order.state not in WORKING],
    }


def order(order: Order, me: Member, at: int) -> dict[str, Any]:
    """Everything of one order's page."""
    whole = orders.whole(order)
    order, store, rules = whole.order, order.store, policy.of(order.store)
    racked = sum(one.garment.stage == "racked" and one.garment.handed_at is None for one in whole.garments)
    fetched = order.state == "ready" or (order.state == "agreed" and order.in_parts and racked > 0)
    return {
        "store": store,
        "o": order,
        "pieces": whole.garments,
        "words": [word for word in whole.words if word.garment is None],
        "found": sum(len(one.pins) for one in whole.garments),
        "racked": racked,
        "seen": whole.seen,
        "ahead": promises.ahead(order) if order.state == "agreed" else 0,
        "windows": windows(store, at) if fetched else [],
        "kept_until": handing.kept_until(order),
        "waited": (at - order.ready_at) // DAY if order.state == "ready" and order.ready_at else 0,
        "patience": rules.uncollected_days,
        "points": _points(order),
        "ticket": ticket(),
        "at": at,
        **(_delivery(order, me, at) if fetched else {"delivery": None, "van": None, "bookings": []}),
    }


def windows(store: Store, at: int) -> list[tuple[int, int]]:
    """When it can be fetched: the next opening times, from now on."""
    return promises.windows(store, at, WINDOWS)


def van(me: Member, kind: str, at: int) -> Service | None:
    """The pick-up or delivery that this member can book: at the store in hand, else at the first that has one."""
    near = access.store_in_hand()
    rows = Service.select(Service, Store).join(Store)
    there = rows.where(Service.kind == kind, Service.retired_at.is_null(), Store.closed_at.is_null())
    first: Service | None = there.order_by(Store.id != (near.id if near else 0), Service.id).first()
    return first


def _rows(found: Sequence[Order]) -> list[Row]:
    """The orders with the first picture of each piece."""
    photos: dict[int, list[Photo]] = {order.id: [] for order in found}
    mine = Garment.order.in_(list(photos)) & (GarmentPhoto.moment == "intake")
    firsts = GarmentPhoto.select(fn.MIN(GarmentPhoto.id)).join(Garment).where(mine).group_by(Garment.id)
    pictures = GarmentPhoto.select(GarmentPhoto, Garment.order, Photo).join(Garment).switch(GarmentPhoto).join(Photo)
    for picture in pictures.where(GarmentPhoto.id.in_(firsts)).order_by(GarmentPhoto.id):
        photos[picture.garment.order_id].append(picture.photo)
    return [Row(one, photos[one.id][:SHOWN], _asks(one)) for one in found]


def _asks(order: Order) -> bool:
    unanswered = order.state == "collected" and order.asked_well_at is not None and order.well is None
    return order.state in ("awaiting", "ready") or unanswered


def _points(order: Order) -> LedgerLine | None:
    """What the member got for it."""
    if order.purchase_id is None:
        return None
    earned: LedgerLine | None = LedgerLine.get_or_none(
        LedgerLine.purchase == order.purchase_id, LedgerLine.kind == "earn"
    )
    return earned


def _delivery(order: Order, me: Member, at: int) -> dict[str, Any]:
    """The van: how it comes, or could come, to the member."""
    if order.delivery and order.delivery.state in HOLDING:
        return {"delivery": order.delivery, "van": None, "bookings": []}
    rows = Service.select().where(
        Service.store == order.store_id, Service.kind == "delivery", Service.retired_at.is_null()
    )
    service: Service | None = rows.order_by(Service.id).first()
    if service is None:
        return {"delivery": None, "van": None, "bookings": []}
    coming = Booking.select().join(Part).where(
        Booking.member == me.id,
        Part.service == service.id,
        Booking.starts_at > at,
        Booking.state.in_(("requested", "confirmed")),
    )  # fmt: skip
    return {"delivery": None, "van": service, "bookings": list(coming.order_by(Booking.starts_at).limit(3))}
