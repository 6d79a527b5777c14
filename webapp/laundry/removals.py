"""Taken out by mistake, and put back as it was: what a piece was travels sealed in the address of the undo, and is kept nowhere else.

Its pictures have lost their row by then, but not their files: those go in the night, and not before a day is over.
"""

import base64
import json
import zlib
from typing import Any

from models import Garment, GarmentPhoto, Order, Photo, Pin, PriceItem, Staff, Step, Wear, transaction
from webapp import policy, vault
from webapp.clock import MINUTE
from webapp.laundry import intake, orders, wardrobe
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

LONGEST = 6000  # letters of an address; a piece with more pins than fit is registered anew
COLUMNS = ("tag", "key", "item", "wear", "kind", "name", "fabric", "colour", "brand", "price", "wish")
SPOT = ("x", "y", "kind", "stain", "note", "made_by", "made_at")


def sealed(garment: Garment, at: int) -> str:
    """All that a piece is, before it is taken out; empty where that is too much for an address."""
    pictures = [
        [
            row.photo_id,
            row.moment,
            [
                [pin.__data__[name] for name in SPOT]
                for pin in Pin.select().where(Pin.picture == row.id).order_by(Pin.id)
            ],
        ]
        for row in GarmentPhoto.select().where(GarmentPhoto.garment == garment.id).order_by(GarmentPhoto.id)
    ]
    piece = {name: garment.__data__[name] for name in COLUMNS}
    taken = {"order": garment.order_id, "at": at, "piece": piece, "pictures": pictures}
    letters = base64.b85encode(zlib.compress(json.dumps(taken).encode())).decode()
    address = base64.urlsafe_b64encode(vault.seal(letters)).decode().rstrip("=")
    return address if len(address) <= LONGEST else ""


def taken_out(order: Order, kept: str) -> tuple[dict[str, str], int] | None:
    """What this address would put back, by name, and when it was taken out; nothing if it holds nothing, or is in the bag again."""
    try:
        taken = _opened(kept, order) if kept else None
    except Missing:
        return None
    if taken is None or Garment.select().where(Garment.tag == taken["piece"]["tag"]).exists():
        return None
    return taken["piece"]["name"], taken["at"]


def put_back(order: Order, kept: str, staff: Staff, at: int) -> Garment:
    """The piece is in the bag again, with its tag, pictures and pins. Twice is once. Within the minutes that everything may be taken back."""
    taken = _opened(kept, order)
    with transaction():
        now = orders.held(order)
        there: Garment | None = Garment.get_or_none(Garment.tag == taken["piece"]["tag"])
        if there:
            return there
        if at > taken["at"] + policy.of(now.store).undo_minutes * MINUTE:
            raise Refusal("撤销时间已过", code="undo_over")
        intake.open_again(now, staff, at)
        piece = taken["piece"]
        piece["wear"] = _wear(now, piece, at)
        garment: Garment = Garment.create(order=now.id, stage_by=staff.id, stage_at=at, **piece)
        Step.create(garment=garment.id, stage="received", staff=staff.id, at=at)
        for photo, moment, pins in taken["pictures"]:
            if Photo.select().where(Photo.id == photo).exists():
                row = GarmentPhoto.create(garment=garment.id, photo=photo, moment=moment)
                for pin in pins:
                    Pin.create(picture=row.id, **dict(zip(SPOT, pin, strict=True)))
        intake.sum_up(now)
        orders.record("garment_put_back", now, at, staff, ref=garment.tag, name=garment.name)
        events.tick(now.store_id)
        return garment


# --- how it is done ----------------------------------------------------------------------------------------------------


def _opened(kept: str, order: Order) -> dict[str, Any]:
    """What the address holds. Anything that we did not seal, or sealed for another order, is not there."""
    try:
        letters = vault.unseal(base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)))
        taken: dict[str, Any] = json.loads(zlib.decompress(base64.b85decode(letters)))
    except Exception as error:
        raise Missing("没有找到这件衣物", code="no_such_garment") from error
    if taken["order"] != order.id:
        raise Missing("没有找到这件衣物", code="no_such_garment")
    return taken


def _wear(order: Order, piece: dict[str, Any], at: int) -> int | None:
    """What it is in the wardrobe, which has lost it meanwhile, or counts this visit again."""
    member = wardrobe.owner(order)
    if member is None or not piece["wear"]:
        return None
    mine = (Wear.id == piece["wear"]) & (Wear.member == order.member_id) & Wear.removed_at.is_null()
    same = {name: piece[name] for name in ("kind", "fabric", "colour", "brand")}
    item = PriceItem.get_or_none(PriceItem.id == piece["item"])
    again = intake.Piece(item, wear=Wear.get_or_none(mine), **same)
    return int(wardrobe.wear_of(member, again, at, order).id)
