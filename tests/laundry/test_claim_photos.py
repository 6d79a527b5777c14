"""What a member took of a piece that came back damaged: beside the shop's own pictures on both screens, and in the case."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import EntryPhoto, Event, Garment, GarmentPhoto, Photo
from tests.kit.doors import AsMember, AsStaff
from tests.laundry.pages import TICKET, collected
from tests.laundry.places import Cleaner, pieces
from tests.photos.images import jpeg
from tests.world import NOON
from webapp.laundry import after, orders
from webapp.photos import pictures
from webapp.refusals import Missing, Refusal


def html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def coat(cleaner: Cleaner) -> Garment:
    return pieces(collected(cleaner))[0]


def door(coat: Garment, then: str = "") -> str:
    return f"/orders/{coat.order.code}/garments/{coat.tag}{then}"


def send(phone: FlaskClient, coat: Garment, data: bytes, **how: Any) -> Any:
    return phone.post(door(coat, "/photos"), data={"photo": (BytesIO(data), "hole.jpg")}, **how)


def says(phone: FlaskClient, coat: Garment) -> Any:
    return phone.post(door(coat, "/claim"), data={"ticket": TICKET, "text": "袖口破了"}, htmx=True)


def test_words_first_then_photos_which_both_sides_see(
    cleaner: Cleaner, coat: Garment, mei: FlaskClient, as_staff: AsStaff
) -> None:
    assert send(mei, coat, jpeg(), htmx=True).status_code == 422
    assert not Photo.select().where(Photo.made_by.is_null()).exists()  # not even drawn
    assert f'action="{door(coat, "/photos")}"' in html(says(mei, coat))
    for _ in range(2):
        assert send(mei, coat, jpeg()).location == door(coat)
    (own,) = GarmentPhoto.select().join(Photo).where(Photo.made_by.is_null())
    part = html(send(mei, coat, jpeg(300, 300), htmx=True))
    assert f"/photos/{own.photo.code}" in part
    desk = html(as_staff(cleaner.bo).get(f"/desk/garments/{coat.tag}/claim"))
    assert "客人拍的" in desk
    assert desk.count(f"/photos/{own.photo.code}") > 0
    assert EntryPhoto.select().count() == 2  # and in the case
    assert Event.select().where(Event.verb == "claim_pictured").count() == 2
    passport = orders.whole(coat.order).garments[0]
    assert passport.pictures("outgoing") == []
    assert len(passport.claimed) == 2


def test_four_are_enough_and_a_file_that_is_none_is_said_so(coat: Garment, mei: FlaskClient) -> None:
    says(mei, coat)
    for n in range(4):
        assert send(mei, coat, jpeg(100 + n, 100)).status_code == 303
    assert door(coat, "/photos") not in html(mei.get(door(coat)))
    answer = send(mei, coat, jpeg(200, 100), htmx=True)
    assert answer.status_code == 422
    assert "照片最多 4 张" in html(answer)
    answer = send(mei, coat, b"not a photo", htmx=True)
    assert answer.status_code == 422
    assert re.search("不是照片", html(answer))


def test_nobody_adds_to_anothers_piece(cleaner: Cleaner, coat: Garment, mei: FlaskClient, as_member: AsMember) -> None:
    says(mei, coat)
    assert send(as_member(cleaner.world.xin), coat, jpeg()).status_code == 404
    theirs = cleaner.photo(cleaner.world.xin, made_by=None)
    for photo in (theirs, cleaner.photo()):  # somebody else's, and one that the shop took
        with pytest.raises(Missing):
            after.show(coat, cleaner.world.mei, photo, NOON)
    with pytest.raises(Missing):
        after.show(coat, cleaner.world.xin, theirs, NOON)
    assert not GarmentPhoto.select().join(Photo).where(Photo.made_by.is_null()).exists()


def test_before_a_word_was_said_there_is_nothing_to_show(cleaner: Cleaner, coat: Garment) -> None:
    with pytest.raises(Refusal) as no:
        after.show(coat, cleaner.world.mei, cleaner.photo(made_by=None), NOON)
    assert no.value.code == "not_claimed"


def test_only_the_member_and_the_store_see_it(
    cleaner: Cleaner, coat: Garment, mei: FlaskClient, as_member: AsMember, as_staff: AsStaff
) -> None:
    says(mei, coat)
    send(mei, coat, jpeg())
    own = Photo.get(Photo.made_by.is_null())
    address = f"/photos/{own.code}"
    assert pictures.path(own).exists()
    assert [client.get(address).status_code for client in (mei, as_staff(cleaner.bo))] == [200, 200]
    others = (as_member(cleaner.world.xin), as_staff(cleaner.world.chen))
    assert [client.get(address).status_code for client in others] == [404, 404]
