"""Photos are kept by their hash, shared by rows, and swept away when nothing points at them."""

import hashlib
import os
import threading
from io import BytesIO
from pathlib import Path

import pytest
from peewee import IntegrityError

from models import Garment, GarmentPhoto, Order, Photo
from tests.photos import images
from tests.world import World
from webapp import storage
from webapp.clock import DAY
from webapp.config import Settings
from webapp.photos import pictures, tasks
from webapp.refusals import Refusal


def take(world: World, data: bytes | None = None, at: int = 0) -> Photo:
    data = images.jpeg() if data is None else data
    return pictures.take_in(BytesIO(data), world.laundry, at or world.at, member=world.mei, staff=world.bo)


def files(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.data / "uploads").rglob("*") if path.is_file())


def aged(settings: Settings, at: int) -> None:
    for path in files(settings):
        os.utime(path, (at, at))


def worn(world: World) -> tuple[Order, Garment]:
    order = Order.create(code="AAAA1111", key="an order", store=world.laundry.id, member=world.mei.id, made_at=world.at)
    coat = {"zh": "大衣", "en": "Coat"}
    return order, Garment.create(order=order.id, tag="T1", key="a coat", kind="coat", name=coat, stage_at=world.at)


def test_a_photo_is_a_row_and_two_files_with_the_name_of_their_hash(world: World, settings: Settings) -> None:
    photo = take(world)
    assert (photo.store_id, photo.member_id, photo.made_by_id) == (world.laundry.id, world.mei.id, world.bo.id)
    assert (photo.width, photo.height, photo.made_at) == (400, 300, world.at)
    data = pictures.path(photo).read_bytes()
    assert hashlib.sha256(data).hexdigest() == photo.hash
    assert len(data) == photo.bytes
    assert files(settings) == sorted([pictures.path(photo), pictures.path(photo, small=True)])
    assert pictures.path(photo).is_relative_to(settings.data / "uploads" / "photos")
    assert pictures.path(photo).stat().st_mode & 0o077 == 0, "for nobody else on this machine"


def test_the_same_photo_sent_again_shares_its_file(world: World, settings: Settings) -> None:
    one, other = take(world), take(world)
    assert one.hash == other.hash
    assert one.code != other.code
    assert len(files(settings)) == 2


def test_a_refused_photo_leaves_nothing_behind(world: World, settings: Settings) -> None:
    with pytest.raises(Refusal):
        take(world, images.jpeg(900, 700)[:-200])
    assert not files(settings)
    assert not Photo.select().exists()


def test_a_full_disk_leaves_neither_row_nor_half_a_file(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        take(world)
    assert not files(settings)
    assert not Photo.select().exists()


def test_many_at_once_make_one_file_and_many_rows(world: World, settings: Settings) -> None:
    made: list[Photo] = []
    threads = [threading.Thread(target=lambda: made.append(take(world))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len({photo.code for photo in made}) == 6
    assert len(files(settings)) == 2


# --- the sweep


def test_what_nothing_points_at_is_gone_after_a_day(world: World, settings: Settings) -> None:
    take(world)
    aged(settings, world.at)
    assert pictures.sweep(world.at + DAY - 1) == 0
    assert len(files(settings)) == 2
    assert pictures.sweep(world.at + DAY + 1) == 3, "a row and two files"
    assert not files(settings)
    assert not Photo.select().exists()


def test_what_something_points_at_stays(world: World, settings: Settings) -> None:
    order, garment = worn(world)
    pinned, signed, loose = (take(world, images.jpeg(200 + n, 100)) for n in range(3))
    GarmentPhoto.create(garment=garment.id, photo=pinned.id)
    Order.update(signature=signed.id).where(Order.id == order.id).execute()
    aged(settings, world.at)
    assert pictures.sweep(world.at + 9 * DAY) == 3
    assert {photo.id for photo in Photo.select()} == {pinned.id, signed.id} != {loose.id}
    for photo in (pinned, signed):
        assert pictures.path(photo).exists()
        assert pictures.path(photo, small=True).exists()


def test_a_file_stays_as_long_as_one_row_has_it(world: World, settings: Settings) -> None:
    _, garment = worn(world)
    kept, loose = take(world), take(world)
    GarmentPhoto.create(garment=garment.id, photo=kept.id)
    aged(settings, world.at)
    assert pictures.sweep(world.at + 2 * DAY) == 1, "the other row"
    assert not Photo.select().where(Photo.id == loose.id).exists()
    assert pictures.path(kept).exists()


def test_a_half_written_file_and_one_that_no_row_names_go_too(world: World, settings: Settings) -> None:
    folder = settings.data / "uploads" / "photos" / "ab"
    folder.mkdir(parents=True)
    for name in (".half-x1", "ab" + "0" * 62 + ".jpg"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (world.at, world.at))
    assert pictures.sweep(world.at + DAY - 5) == 0
    assert pictures.sweep(world.at + DAY + 5) == 2
    assert not files(settings)


def test_a_file_that_has_just_got_a_row_again_is_young(world: World, settings: Settings) -> None:
    old = take(world)
    aged(settings, world.at)
    Photo.delete().execute()
    again = take(world, at=world.at + 5 * DAY)
    assert again.hash == old.hash
    Photo.delete().execute()  # as if its row were not written yet
    assert pictures.sweep(world.at + 5 * DAY) == 0
    assert pictures.path(again).exists()


def test_the_sweep_goes_through_more_than_one_batch(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "BATCH", 2)
    _, garment = worn(world)
    photos = [take(world, images.jpeg(100 + n, 100)) for n in range(5)]
    GarmentPhoto.create(garment=garment.id, photo=photos[2].id)
    aged(settings, world.at)
    tasks.sweep_photos(world.at + 2 * DAY, settings)
    assert [photo.id for photo in Photo.select()] == [photos[2].id]
    assert len(files(settings)) == 2


def test_a_forgotten_photo_is_gone_at_once_and_its_file_in_the_night(world: World, settings: Settings) -> None:
    photo = take(world)
    aged(settings, world.at)
    pictures.forget(photo)
    assert not Photo.select().exists()
    pictures.sweep(world.at + 2 * DAY)
    assert not files(settings)


def test_a_photo_that_is_still_pointed_at_cannot_be_forgotten(world: World) -> None:
    _, garment = worn(world)
    photo = take(world)
    GarmentPhoto.create(garment=garment.id, photo=photo.id)
    with pytest.raises(IntegrityError):
        pictures.forget(photo)


def test_photos_lie_where_the_backup_looks(settings: Settings, world: World) -> None:
    assert storage.uploads("photos") == settings.data / "uploads" / "photos"
