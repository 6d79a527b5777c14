"""Taken out by mistake: the piece is put back as it was, with its tag, pictures and pins; and the wardrobe knows only what was really brought."""

import re
from typing import Any

import pytest

from models import Garment, GarmentPhoto, Photo, Pin, Wear
from tests.kit.doors import AsStaff
from tests.laundry.places import Cleaner, pieces, steps
from tests.world import NOON
from webapp import vault
from webapp.clock import DAY, MINUTE
from webapp.laundry import intake, orders, removals, wardrobe
from webapp.laundry.intake import Piece
from webapp.refusals import Missing, Refusal


def what(garment: Garment) -> dict[str, Any]:
    """Everything about a piece but the numbers of its rows, and who holds it now."""
    row = {name: garment.__data__[name] for name in removals.COLUMNS}
    pictures = GarmentPhoto.select().where(GarmentPhoto.garment == garment.id).order_by(GarmentPhoto.id)
    spots = Pin.select().join(GarmentPhoto).where(GarmentPhoto.garment == garment.id).order_by(Pin.id)
    shown = [(picture.photo_id, picture.moment) for picture in pictures]
    return row | {"shown": shown, "spots": [[pin.__data__[name] for name in removals.SPOT] for pin in spots]}


def test_it_is_back_as_it_was_with_its_tag_pictures_and_pins(cleaner: Cleaner) -> None:
    order = cleaner.asked(pieces=2, wish="领子轻一点", brand="玛珂")
    coat, other = pieces(order)
    before = what(coat)
    kept = removals.sealed(coat, NOON)
    intake.remove(coat, cleaner.bo, NOON)
    assert orders.fresh(order).price == 4500
    for _ in range(2):
        back = removals.put_back(order, kept, cleaner.qi, NOON + MINUTE)
    assert what(back) == before
    assert {piece.tag for piece in pieces(order)} == {coat.tag, other.tag}
    assert orders.fresh(order).price == 9000
    assert steps(back) == [("received", True, "")]
    assert intake.ask(order, cleaner.bo, NOON + MINUTE).state == "awaiting"


def test_only_for_some_minutes_and_only_where_it_was(cleaner: Cleaner) -> None:
    order, another = cleaner.asked(), cleaner.open(cleaner.world.xin)
    (coat,) = pieces(order)
    kept = removals.sealed(coat, NOON)
    intake.remove(coat, cleaner.bo, NOON)
    for wrong in ("", "x", kept[:-4] + "AAAA", kept[4:]):
        with pytest.raises(Missing):
            removals.put_back(order, wrong, cleaner.bo, NOON)
    with pytest.raises(Missing):
        removals.put_back(another, kept, cleaner.bo, NOON)
    with pytest.raises(Refusal) as late:
        removals.put_back(order, kept, cleaner.bo, NOON + 11 * MINUTE)
    assert late.value.code == "undo_over"
    assert pieces(order) == []


def test_a_picture_that_is_gone_meanwhile_does_not_come_back(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    (coat,) = pieces(order)
    kept = removals.sealed(coat, NOON)
    intake.remove(coat, cleaner.bo, NOON)
    Photo.delete().execute()
    assert what(removals.put_back(order, kept, cleaner.bo, NOON))["shown"] == []


def test_an_address_has_an_end(cleaner: Cleaner) -> None:
    order = cleaner.open()
    (coat,) = cleaner.add(order)
    for place in range(12):
        picture = cleaner.picture(coat)
        for spot in range(30):
            intake.pin(picture, place, spot, "other", "", vault.token() + vault.token(), cleaner.bo, NOON + spot)
    assert removals.sealed(coat, NOON) == ""


def test_the_bar_on_the_order_puts_it_in_again(cleaner: Cleaner, as_staff: AsStaff) -> None:
    tablet = as_staff(cleaner.bo)
    order = cleaner.asked()
    (coat,) = pieces(order)
    gone = tablet.post(f"/desk/garments/{coat.tag}/removal").headers["Location"]
    page = tablet.get(gone).get_data(as_text=True)
    assert "拿掉了：大衣" in page
    bar = re.search(r'action="(/desk/orders/\w+/putting-back\?[^"]+)"', page)
    assert bar
    for _ in range(2):
        assert tablet.post(bar[1].replace("&amp;", "&"), htmx=True).status_code == 200
    assert [piece.tag for piece in pieces(order)] == [coat.tag]
    assert "拿掉了" not in tablet.get(gone).get_data(as_text=True)
    assert "拿掉了" not in tablet.get(f"/desk/orders/{order.code}?gone=nonsense").get_data(as_text=True)
    assert tablet.post(f"/desk/orders/{order.code}/putting-back?gone=nonsense", htmx=True).status_code == 404


# --- the wardrobe -------------------------------------------------------------------------------------------------------


def test_what_was_put_in_by_mistake_is_not_in_the_wardrobe(cleaner: Cleaner) -> None:
    cleaner.agreed()
    order = cleaner.open(at=NOON + DAY)
    (dress,) = cleaner.add(order, cleaner.dress, NOON + DAY, fabric="silk")
    (coat,) = cleaner.add(order, at=NOON + DAY)
    (known,) = Wear.select().where(Wear.kind == "coat")
    assert (known.times, known.last_at) == (2, NOON + DAY)
    kept = [removals.sealed(one, NOON + DAY) for one in (dress, coat)]
    for one in (dress, coat):
        intake.remove(one, cleaner.bo, NOON + DAY)
    (known,) = wardrobe.known(cleaner.world.mei)
    assert (known.kind, known.times, known.last_at) == ("coat", 1, NOON)
    for one in kept:
        removals.put_back(order, one, cleaner.bo, NOON + DAY)
    assert {(wear.kind, wear.times) for wear in wardrobe.known(cleaner.world.mei)} == {("coat", 2), ("dress", 1)}
    assert all(piece.wear_id for piece in pieces(order))


def test_alike_pieces_put_in_one_after_the_other_are_one_visit(cleaner: Cleaner) -> None:
    order = cleaner.open()
    for minute in range(3):
        cleaner.add(order, at=NOON + minute * MINUTE)
    (wear,) = Wear.select()
    assert wear.times == 1
    intake.remove(pieces(order)[0], cleaner.bo, NOON)
    assert Wear.get().times == 1


def test_a_wrong_colour_is_put_right_in_the_wardrobe_too(cleaner: Cleaner) -> None:
    order = cleaner.open()
    (coat,) = cleaner.add(order)
    intake.change(coat, Piece(cleaner.coat, "coat", "wool", "navy", wear=coat.wear), cleaner.bo, NOON)
    (wear,) = Wear.select()
    assert wear.colour == "navy"
    shirts = cleaner.add(order, cleaner.shirt, count=2, fabric="cotton", colour="white")
    odd = shirts[1]
    intake.change(odd, Piece(cleaner.shirt, "shirt", "cotton", "blue", wear=odd.wear), cleaner.bo, NOON)
    assert {(one.kind, one.colour, one.times) for one in Wear.select()} == {
        ("coat", "navy", 1),
        ("shirt", "white", 1),
        ("shirt", "blue", 1),
    }
    assert Garment.get_by_id(odd.id).wear.colour == "blue"


def test_what_has_come_often_stays_what_it_is(cleaner: Cleaner) -> None:
    cleaner.agreed()
    (coat,) = cleaner.add(cleaner.open(at=NOON + DAY), at=NOON + DAY)
    intake.change(coat, Piece(cleaner.coat, "coat", "wool", "navy", wear=coat.wear), cleaner.bo, NOON + DAY)
    (wear,) = Wear.select()
    assert (wear.colour, wear.times) == ("grey", 2)
