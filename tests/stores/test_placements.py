"""Posters: scans are counted once per browser and day, joins beside them, and every paper has its code."""

import threading

import pytest

from models import PlacementDay
from tests.world import NOON, World
from webapp import clock
from webapp.clock import DAY
from webapp.refusals import Missing, Refusal
from webapp.stores import placements, posters


def test_a_scan_counts_once_per_browser_and_day(world: World) -> None:
    _, seen = placements.scanned(world.bath, "door", "", NOON)
    _, again = placements.scanned(world.bath, "door", seen, NOON + 60)
    assert again == seen
    placements.scanned(world.bath, "door", "", NOON)
    placements.scanned(world.bath, "door", seen, NOON + DAY)
    days = {row.day: row.scans for row in PlacementDay.select()}
    today = clock.day_number(NOON, "Asia/Shanghai")
    assert days == {today: 2, today + 1: 1}


def test_an_unknown_poster_counts_nothing(world: World) -> None:
    for slug in ("", "nowhere", "DOOR", "door\x00", "x" * 3000, "../door"):
        assert placements.scanned(world.bath, slug, "", NOON) == (None, "")
    assert placements.scanned(world.laundry, "door", "", NOON)[0] is None
    assert PlacementDay.select().count() == 0


def test_a_cookie_full_of_nonsense_does_no_harm(world: World) -> None:
    placement, seen = placements.scanned(world.bath, "door", " .. x.20593 ' 1.99999999999999 " * 9, NOON)
    assert placement is not None
    assert len(seen) < 60


def test_scans_at_the_same_moment_are_all_counted(world: World) -> None:
    start = threading.Barrier(8)

    def scan() -> None:
        start.wait()
        placements.scanned(world.bath, "door", "", NOON)

    crowd = [threading.Thread(target=scan) for _ in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert PlacementDay.get().scans == 8


def test_the_last_thirty_days_are_summed_per_poster(world: World) -> None:
    table = placements.create(world.bath, "桌上", "table", world.lin, NOON)
    today = clock.day_number(NOON, "Asia/Shanghai")
    for ago, scans, joins in ((0, 3, 1), (29, 4, 2), (30, 100, 100)):
        PlacementDay.create(placement=world.door.id, day=today - ago, scans=scans, joins=joins)
    found = [(row.placement.id, row.scans, row.joins) for row in placements.counts(world.bath, NOON)]
    assert found == [(world.door.id, 7, 3), (table.id, 0, 0)]


def test_the_same_place_again_is_the_same_poster_and_another_one_is_refused(world: World) -> None:
    first = placements.create(world.bath, "桌上", "table", world.lin, NOON)
    assert placements.create(world.bath, "桌上", "table", world.lin, NOON).id == first.id
    with pytest.raises(Refusal) as refused:
        placements.create(world.bath, "柜门", "table", world.lin, NOON)
    assert refused.value.field == "slug"
    with pytest.raises(Refusal):
        placements.create(world.bath, "柜门", "Tür 1", world.lin, NOON)
    assert placements.create(world.laundry, "别处", "table", world.bo, NOON).id != first.id


def test_another_stores_poster_is_not_found(world: World) -> None:
    with pytest.raises(Missing):
        placements.find(world.laundry, "door")


def test_a_posters_code_says_a_plain_address() -> None:
    assert posters.address("https://shop.example/", "bath", "door") == "https://shop.example/s/bath?p=door"
    assert posters.address("https://shop.example", "bath") == "https://shop.example/s/bath"
