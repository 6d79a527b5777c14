"""What a member has at the laundry when the card goes away: forgotten, exported, or on the card that it became part of.

Written here because this room may not look to the laundry's. Garments that are still in the shop have to be found and given back: their orders stay
as they are, with the pictures that prove how they came, until they are over; then the night forgets those too.
"""

from typing import Any

from peewee import PostgresqlDatabase

from models import (
    Garment,
    GarmentPhoto,
    Member,
    Order,
    OrderWord,
    Photo,
    Pin,
    Staff,
    Step,
    Wear,
    database,
    transaction,
)

OVER = ("collected", "cancelled")


def forget(member: int) -> None:
    """The wardrobe, what was said and wished, and every picture of what has been given back. In the transaction that forgets the person."""
    mine = _held(member)
    worn = Wear.select(Wear.id).where(Wear.member == member)
    Garment.update({Garment.wear: None}).where(Garment.wear.in_(worn)).execute()
    Wear.delete().where(Wear.member == member).execute()
    OrderWord.update({OrderWord.text: ""}).where(OrderWord.order.in_(mine)).execute()
    theirs = Order.member == member
    Order.update({Order.note_sealed: None, Order.signature: None, Order.guest: "", Order.why: ""}).where(
        theirs
    ).execute()
    Order.update({Order.agreed_why: "—"}).where(theirs, Order.agreed_why != "").execute()
    _forget_pictures(member)


def sweep(at: int, limit: int = 200) -> int:
    """Somebody was forgotten while their coat was still here; it has been given back since, so its pictures go too. Returns how many people."""
    over = (
        Photo.select(Photo.member)
        .join(Member)
        .switch(Photo)
        .join(GarmentPhoto)
        .join(Garment)
        .join(Order)
        .where(Member.erased_at.is_null(False), Order.state.in_(OVER), Order.member == Photo.member)
        .distinct()
        .limit(limit)
    )
    members = [member for (member,) in over.tuples()]
    for member in members:
        with transaction():
            _held(member)
            _forget_pictures(member)
    return len(members)


def move(guest: int, owner: int) -> None:
    """Orders, wardrobe, pictures and words of one card to another, in the transaction that has both members' rows."""
    _held(guest)
    models: tuple[Any, ...] = (Order, Wear, Photo, OrderWord)
    for model in models:
        model.update({model.member: owner}).where(model.member == guest).execute()


def orders(mine: list[int]) -> list[dict[str, Any]]:
    """For the export: each order with its pieces, what was found on them, where they have been, and what was said. The note is still sealed."""
    theirs = Order.member.in_(mine)
    pieces = _by("order", Garment.select().join(Order).where(theirs))
    pictures = _by(
        "garment",
        GarmentPhoto.select(GarmentPhoto, Photo.code.alias("photo_code"))
        .join(Photo)
        .switch(GarmentPhoto)
        .join(Garment)
        .join(Order)
        .where(theirs),
    )
    pins = _by("picture", Pin.select().join(GarmentPhoto).join(Garment).join(Order).where(theirs))
    steps = Step.select(Step, Staff.name.alias("staff_name")).left_outer_join(Staff).switch(Step)
    taken = _by("garment", steps.join(Garment).join(Order).where(theirs))
    said = OrderWord.select(OrderWord, Staff.name.alias("staff_name")).left_outer_join(Staff).switch(OrderWord)
    words = _by("order", said.join(Order, on=(OrderWord.order == Order.id)).where(theirs))
    for picture in (one for some in pictures.values() for one in some):
        picture["pins"] = pins.get(picture["id"], [])
    for piece in (one for some in pieces.values() for one in some):
        piece |= {"pictures": pictures.get(piece["id"], []), "steps": taken.get(piece["id"], [])}
    return [
        order | {"garments": pieces.get(order["id"], []), "words": words.get(order["id"], [])}
        for order in Order.select().where(theirs).order_by(Order.id).dicts()
    ]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _held(member: int) -> list[int]:
    """The member's orders, held until the transaction ends: an order comes before its garments, also when the whole card goes away."""
    query: Any = Order.select(Order.id).where(Order.member == member).order_by(Order.id)
    if isinstance(database.obj, PostgresqlDatabase):
        query = query.for_update("FOR NO KEY UPDATE")
    return [order for (order,) in query.tuples()]


def _forget_pictures(member: int) -> None:
    """Pictures and wishes of the member's orders that are over, and every photo of theirs that nothing points at then."""
    over = Order.select(Order.id).where(Order.member == member, Order.state.in_(OVER))
    pieces = Garment.select(Garment.id).where(Garment.order.in_(over))
    GarmentPhoto.delete().where(GarmentPhoto.garment.in_(pieces)).execute()
    Garment.update({Garment.wish: ""}).where(Garment.id.in_(pieces)).execute()
    mine = [photo for (photo,) in Photo.select(Photo.id).where(Photo.member == member).tuples()]
    pointed = [field.model.select(field).where(field.in_(mine)) for field in Photo._meta.backrefs]
    Photo.delete().where(Photo.id.in_(mine), *(Photo.id.not_in(rows) for rows in pointed)).execute()


def _by(name: str, query: Any) -> dict[int, list[dict[str, Any]]]:
    """Rows by what they belong to, without the keys of the forms they came from."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in query.order_by(query.model.id).dicts():
        row.pop("key", None)
        found.setdefault(row[name], []).append(row)
    return found
