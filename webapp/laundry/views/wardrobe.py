"""The wardrobe: what a member has brought before, and forgetting a piece of it."""

from typing import Any

from flask import Response, url_for

from models import Garment, GarmentPhoto, Member, Photo, Wear
from webapp import access, clock, hx
from webapp.laundry import wardrobe
from webapp.laundry.views import bp, shown

LARGEST = 2**31 - 1


@bp.get("/wardrobe", endpoint="wardrobe")
def index() -> Response:
    """GET: my garments that the shop knows, the last brought first."""
    me = access.member()
    return shown.page("laundry/wardrobe.html", me, **_wardrobe(me))


@bp.get(f"/wardrobe/<int(max={LARGEST}):id>")
def wear(id: int) -> Response:
    """GET: one of them, with every time it was here."""
    me = access.member()
    mine = _mine(id, me)
    return shown.page("laundry/wear.html", me, wear=mine, history=wardrobe.history(mine), photo=_newest([mine]).get(id))


@bp.post(f"/wardrobe/<int(max={LARGEST}):id>/removal")
def forget(id: int) -> Response:
    """POST: it is no longer suggested; the orders stay as they were."""
    me = access.member()
    wardrobe.forget(_mine(id, me), me, clock.now())
    return hx.go(url_for(".wardrobe"))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _mine(id: int, me: Member) -> Wear:
    found: Wear = access.find(Wear, Wear.id == id, Wear.member == me.id, Wear.removed_at.is_null())
    return found


def _wardrobe(me: Member) -> dict[str, Any]:
    wears = wardrobe.known(me)
    photos = _newest(wears)
    return {"wears": [(one, photos.get(one.id)) for one in wears]}


def _newest(wears: list[Wear]) -> dict[int, Photo]:
    """Of each, the first picture of the last time."""
    rows = GarmentPhoto.select(GarmentPhoto, Garment.wear, Photo).join(Garment).switch(GarmentPhoto).join(Photo)
    mine = rows.where(Garment.wear.in_([one.id for one in wears]), GarmentPhoto.moment == "intake")
    return {row.garment.wear_id: row.photo for row in mine.order_by(Garment.id, GarmentPhoto.id.desc())}
