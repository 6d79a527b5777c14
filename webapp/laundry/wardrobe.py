"""What a member has brought before: recognised at intake ("again the grey wool coat"), with its history, until the member says forget it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from peewee import fn

from models import Brand, Garment, Member, Order, Wear, transaction
from webapp.laundry import words
from webapp.outbox import events
from webapp.refusals import Missing

if TYPE_CHECKING:
    from webapp.laundry.intake import Piece

SHOWN = 60
SUGGESTED = 5
SEGMENT_MOST = 500


def known(member: Member, limit: int = SHOWN) -> list[Wear]:
    """The member's garments, the newest first. One query."""
    mine = Wear.select().where(Wear.member == member.id, Wear.removed_at.is_null())
    return list(mine.order_by(Wear.last_at.desc(), Wear.id.desc()).limit(limit))


def suggest(member: Member, kind: str = "", fabric: str = "", colour: str = "") -> list[Wear]:
    """The garments it may be again: those that fit what was chosen so far, the most usual and newest first."""
    asked = {"kind": kind, "fabric": fabric, "colour": colour}
    fits = [wear for wear in known(member, 200) if all(not v or getattr(wear, name) == v for name, v in asked.items())]
    return sorted(fits, key=lambda wear: (wear.times, wear.last_at), reverse=True)[:SUGGESTED]


def owner(order: Order) -> Member | None:
    """Whose wardrobe this order's pieces belong to: nobody's, when it was a guest's or the card is gone meanwhile."""
    here = Member.erased_at.is_null() & Member.merged_into.is_null()
    found: Member | None = Member.get_or_none(Member.id == order.member_id, here)
    return found


def wear_of(member: Member, piece: "Piece", at: int, order: Order | None = None) -> Wear:
    """The garment of the wardrobe this piece is: the one that was pointed at, or one that looks the same, or a new one.

    Several that look alike are one (five white shirts are "the white shirts"); one visit counts once. Part of the intake's transaction.
    """
    seen = _pointed_at(member, piece.wear) if piece.wear else _alike(member, piece)
    if seen is None:
        return Wear.create(member=member.id, name=name_of(piece), first_at=at, last_at=at, **_look(piece))
    here = order is not None and _on(seen, order).exists()
    if seen.last_at < at and not here:
        Wear.update({Wear.last_at: at, Wear.times: Wear.times + 1}).where(Wear.id == seen.id).execute()
        seen = Wear.get_by_id(seen.id)
    return seen


def put_right(garment: Garment, piece: "Piece", order: Order, at: int) -> None:
    """A slip of the hand in what a piece looks like is put right in the wardrobe too, where this one visit is all that is known of it.

    Of several alike, one that turns out to be something else is that. `garment` is as it was before.
    """
    wear: Wear | None = garment.wear
    if wear is None or wear.times > 1:
        return
    if not Garment.select().where(Garment.wear == wear.id, Garment.id != garment.id).exists():
        Wear.update({"name": name_of(piece), **_look(piece)}).where(Wear.id == wear.id).execute()
    elif _look(piece) != {name: getattr(wear, name) for name in _look(piece)}:
        member = owner(order)
        other = wear_of(member, replace(piece, wear=None), at, order) if member else None
        Garment.update({Garment.wear: other.id if other else None}).where(Garment.id == garment.id).execute()


def not_brought(wear: Wear | None, order: Order) -> None:
    """It was not in this bag after all: one visit less, and not in the wardrobe at all if it never came. After its piece is gone."""
    if wear is None or _on(wear, order).exists():
        return
    if wear.times <= 1:
        Wear.delete().where(Wear.id == wear.id).execute()
        return
    last = Garment.select(fn.MAX(Order.made_at)).join(Order).where(Garment.wear == wear.id).scalar()
    Wear.update({Wear.times: Wear.times - 1, Wear.last_at: last or wear.first_at}).where(Wear.id == wear.id).execute()


def name_of(piece: "Piece") -> dict[str, str]:
    """What a piece is called: as the price list has it, else by its kind."""
    return piece.item.name if piece.item else words.everywhere(words.GARMENT_NAMES[piece.kind])


def history(wear: Wear, limit: int = 20) -> list[Garment]:
    """Every time it was here, the newest first, with its order. One query."""
    mine = Garment.select(Garment, Order).join(Order).where(Garment.wear == wear.id)
    return list(mine.order_by(Garment.id.desc()).limit(limit))


def forget(wear: Wear, member: Member, at: int) -> None:
    """The member does not want it remembered: gone from the wardrobe, and its orders do not point at it any more. Twice is once."""
    if wear.member_id != member.id:
        raise Missing("没有找到这件衣物", code="no_such_wear")
    with transaction():
        if Wear.update({Wear.removed_at: at}).where(Wear.id == wear.id, Wear.removed_at.is_null()).execute():
            Garment.update({Garment.wear: None}).where(Garment.wear == wear.id).execute()
            events.record("wear_forgotten", at, member=member.id, ref=f"wear:{wear.id}")


def segment(
    brand: Brand, *, kind: str = "", fabric: str = "", colour: str = "", limit: int = SEGMENT_MOST
) -> list[Member]:
    """Members who bring such garments (B8), with `pieces` and `last_at`, who came last on top. One query."""
    query = (
        Member.select(Member, fn.COUNT(Wear.id).alias("pieces"), fn.MAX(Wear.last_at).alias("last_at"))
        .join(Wear, on=(Wear.member == Member.id))
        .where(
            Member.brand == brand.id,
            Wear.removed_at.is_null(),
            Member.erased_at.is_null(),
            Member.merged_into.is_null(),
        )
        .group_by(Member.id)
        .order_by(fn.MAX(Wear.last_at).desc(), Member.id)
        .limit(limit)
    )
    for field, wanted in ((Wear.kind, kind), (Wear.fabric, fabric), (Wear.colour, colour)):
        if wanted:
            query = query.where(field == wanted)
    return list(query.objects())


# --- how it is done ----------------------------------------------------------------------------------------------------


def _on(wear: Wear, order: Order) -> Any:
    """The pieces of this order that are it."""
    return Garment.select().where(Garment.wear == wear.id, Garment.order == order.id)


def _pointed_at(member: Member, wear: Wear) -> Wear:
    found: Wear | None = Wear.get_or_none(Wear.id == wear.id, Wear.member == member.id, Wear.removed_at.is_null())
    if found is None:
        raise Missing("没有找到这件衣物", code="no_such_wear", field="wear")
    return found


def _alike(member: Member, piece: "Piece") -> Wear | None:
    look = [getattr(Wear, name) == value for name, value in _look(piece).items()]
    mine = Wear.select().where(Wear.member == member.id, Wear.removed_at.is_null(), *look)
    found: Wear | None = mine.where(Wear.name == name_of(piece)).order_by(Wear.last_at.desc()).first()
    return found


def _look(piece: "Piece") -> dict[str, str]:
    return {"kind": piece.kind, "fabric": piece.fabric, "colour": piece.colour, "brand": piece.brand.strip()[:40]}
