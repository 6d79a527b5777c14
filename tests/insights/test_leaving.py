"""What the night has found out about somebody who leaves: in the file with everything, forgotten with the card, not on two cards."""

import json

import pytest
from peewee import Database

from models import Grade, GradeMove
from tests.insights.people import bought
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY
from webapp.insights import nightly
from webapp.members import merging, privacy


@pytest.fixture
def world(database: Database) -> World:
    world = World()
    for days in (10, 20, 30):
        bought(world.mei, 50, days)
    nightly.run(NOON)
    nightly.run(NOON + 60 * DAY)
    assert GradeMove.select().where(GradeMove.member == world.mei.id).exists()
    return world


def test_whoever_asks_for_everything_gets_this_too(world: World) -> None:
    found = privacy.export(world.fresh(world.mei), NOON + 61 * DAY)
    (row,) = found["how_they_come"]
    assert (row["life"], row["interval"]) == ("lapsed", 10)
    assert [move["after"] for move in row["moves"] if move["what"] == "life"] == ["lapsed"]
    json.dumps(found)


def test_a_card_that_is_forgotten_leaves_no_grade(world: World) -> None:
    privacy.erase(world.fresh(world.mei), NOON + 61 * DAY)
    assert not Grade.select().where(Grade.member == world.mei.id).exists()
    assert not GradeMove.select().where(GradeMove.member == world.mei.id).exists()
    nightly.run(NOON + 62 * DAY)
    assert not Grade.select().where(Grade.member == world.mei.id).exists()
    assert check.run() == []


def test_a_card_that_became_part_of_another_is_counted_there(world: World) -> None:
    guest = world.member("")
    bought(guest, 900, 5)
    nightly.run(NOON + 61 * DAY)
    merging.merge(guest, world.fresh(world.mei), world.chen, world.bath, NOON + 61 * DAY)
    assert not Grade.select().where(Grade.member == guest.id).exists()
    nightly.run(NOON + 62 * DAY)
    assert Grade.get_by_id(world.mei.id).spent == 105_000
    assert check.run() == []
