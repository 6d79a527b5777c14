"""The doors of a photo, and how much an upload may bring."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from peewee import Database
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from models import Device, Photo
from tests.kit import doors
from tests.kit.databases import Place
from tests.kit.doors import AsMember, AsStaff
from tests.photos import images
from tests.world import World
from webapp import access, clock, forms
from webapp.photos import pictures


@pytest.fixture
def photo(world: World) -> Photo:
    """Mei's coat at the laundry."""
    return pictures.take_in(BytesIO(images.jpeg(900, 600)), world.laundry, world.at, member=world.mei, staff=world.bo)


def addresses(photo: Photo) -> list[str]:
    return [f"/photos/{photo.code}", f"/photos/{photo.code}/small"]


def test_the_member_sees_their_photo_in_two_sizes(photo: Photo, world: World, as_member: AsMember) -> None:
    mei = as_member(world.mei)
    sizes = [images.opened(mei.get(address).data).size for address in addresses(photo)]
    assert sizes == [(900, 600), (480, 320)]


def test_a_photo_is_served_as_a_picture_and_nothing_else(photo: Photo, world: World, as_member: AsMember) -> None:
    headers = as_member(world.mei).get(f"/photos/{photo.code}").headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Disposition"] == f'inline; filename="huitou-{photo.code[:8]}.jpg"'
    assert headers["Cache-Control"].startswith("private, max-age=")
    assert "Cookie" in headers["Vary"]


def test_staff_of_the_store_and_the_owner_see_it(photo: Photo, world: World, as_staff: AsStaff) -> None:
    for client in (as_staff(world.bo), as_staff(world.zhao, world.bath)):
        for address in addresses(photo):
            assert client.get(address).status_code == 200


def test_for_everybody_else_it_is_not_there(
    photo: Photo, world: World, visitor: FlaskClient, as_member: AsMember, as_staff: AsStaff
) -> None:
    for client in (visitor, as_member(world.xin), as_staff(world.chen), as_staff(world.lin)):
        for address in addresses(photo):
            there, not_there = client.get(address), client.get("/photos/NOSUCHCODE")
            assert there.status_code == not_there.status_code == 404
            assert b"JFIF" not in there.data


def test_an_owner_whose_time_on_a_tablet_elsewhere_is_over_sees_it_no_more(
    photo: Photo, world: World, as_staff: AsStaff
) -> None:
    tablet = as_staff(world.zhao, world.bath)
    Device.update({Device.acting_until: world.at - 1}).where(Device.staff == world.zhao.id).execute()
    assert tablet.get(f"/photos/{photo.code}").status_code == 404


def test_a_signed_out_phone_sees_it_no_more(photo: Photo, world: World, as_member: AsMember) -> None:
    mei = as_member(world.mei)
    assert mei.get(f"/photos/{photo.code}").status_code == 200
    mei.post("/sign-out")
    assert mei.get(f"/photos/{photo.code}").status_code == 404


def test_a_photo_whose_file_is_lost_is_a_404(photo: Photo, world: World, as_member: AsMember) -> None:
    pictures.path(photo).unlink()
    assert as_member(world.mei).get(f"/photos/{photo.code}").status_code == 404


def test_a_photo_can_only_be_looked_at(photo: Photo, world: World, as_member: AsMember) -> None:
    mei = as_member(world.mei)
    for method in ("POST", "PUT", "DELETE"):
        assert mei.open(f"/photos/{photo.code}", method=method).status_code == 405


# --- what an upload may bring, whatever server stands before the app


@pytest.fixture
def app(place: Place, database: Database, counted: None) -> Flask:
    """Of the test's own: it gets doors more."""
    return doors.made(place)


@pytest.fixture
def counter(app: Flask, world: World, as_member: AsMember) -> FlaskClient:
    """Doors as the rooms write them: one for photos, one for anything else."""

    def take() -> str:
        photo = pictures.take_in(forms.photo(), world.laundry, clock.now(), member=access.me())
        return f"{photo.width}x{photo.height}"

    app.add_url_rule("/try/photos", "photos_tried", take, methods=["POST"])
    app.add_url_rule("/try/other", "other_tried", take, methods=["POST"])
    return as_member(world.mei)


def send(client: FlaskClient, data: bytes, name: str = "x.jpg", path: str = "/try/photos", **more: Any) -> Any:
    boundary, body = encode_multipart({**more, "photo": FileStorage(BytesIO(data), name)})
    return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def test_a_photo_larger_than_any_other_request_comes_through(counter: FlaskClient) -> None:
    large = images.jpeg() + bytes(3_000_000)
    assert send(counter, large, note="coat").text == "400x300"


def test_everywhere_else_a_large_body_is_refused(counter: FlaskClient) -> None:
    assert send(counter, bytes(100_000), path="/try/other").status_code == 422
    assert not Photo.select().exists()


@pytest.mark.parametrize("size", [pictures.LARGEST + 1, 50_000_000])
def test_a_file_that_is_too_large_is_refused_in_words(counter: FlaskClient, size: int) -> None:
    answer = send(counter, bytes(size))
    assert answer.status_code == 422
    assert "照片太大了，最多 12 MB" in answer.text


def test_fields_beside_the_photo_stay_small(counter: FlaskClient) -> None:
    answer = send(counter, images.jpeg(), note="x" * 2_000_000)
    assert answer.status_code == 422
    assert not Photo.select().exists()


@pytest.mark.parametrize("name", ["report.pdf", "x.exe", "../../etc/passwd", "照片", "a.jpg\0.php"])
def test_the_name_of_the_file_means_nothing(counter: FlaskClient, name: str) -> None:
    assert send(counter, images.jpeg(), name).text == "400x300"


def test_no_file_is_said_in_words(counter: FlaskClient) -> None:
    for answer in (counter.post("/try/photos"), counter.post("/try/photos", data={"photo": "text"})):
        assert answer.status_code == 422
        assert "请先选一张照片" in answer.text


def test_what_is_no_photo_is_said_in_words(counter: FlaskClient) -> None:
    answer = send(counter, b"<svg onload=alert(1)>")
    assert answer.status_code == 422
    assert "这个文件不是照片" in answer.text


def test_a_photo_from_another_site_is_not_even_read(counter: FlaskClient) -> None:
    answer = counter.post("/try/photos", data=b"x" * 1000, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
