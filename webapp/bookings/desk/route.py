"""Where the van goes today: pick-ups and deliveries by window, with addresses and what to know at the door; to print, or to tick off."""

from typing import Any

from flask import Response

from models import HOLDING, Address, Part
from webapp import access, hx
from webapp.bookings import addresses, dayboard, days, holding
from webapp.bookings.desk import bp, shown
from webapp.bookings.supply import Supply

KINDS = ("pickup", "delivery")


@bp.get("/route", endpoint="route")
def route_of_the_day() -> Response:
    """GET ?day=: the day's stops, by window and then as they were booked."""
    _, store = access.staff()
    here, at = shown.here_now(store)
    day = shown.asked_day(here, at)
    return hx.page(
        "bookings/desk_route.html",
        day=day,
        today=days.day_of(here, at),
        windows=_windows(here, dayboard.held(here, *days.window(here, day), (*HOLDING, "no_show"))),
        **shown.everywhere(),
    )


def _windows(here: Supply, parts: list[Part]) -> list[dict[str, Any]]:
    stops = [part for part in parts if part.service.kind in KINDS]
    ids = {part.booking.address_id for part in stops if part.booking.address_id}
    places = {row.id: row for row in Address.select().where(Address.id.in_(ids))} if ids else {}
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for part in stops:
        window = found.setdefault(
            (part.starts_at, part.resource_id),
            {
                "starts_at": part.starts_at,
                "ends_at": part.ends_at,
                "van": here.resources.get(part.resource_id),
                "stops": [],
            },
        )
        place = places.get(part.booking.address_id)
        window["stops"].append(
            {
                "b": part.booking,
                "service": part.service,
                "who": shown.party(part.booking),
                "masked": shown.masked(part.booking),
                "label": place.label if place else "",
                "address": addresses.text(place) if place else "",
                "note": holding.note(part.booking),
                "done": part.booking.state in ("arrived", "done"),
            }
        )
    return list(found.values())
