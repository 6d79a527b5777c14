"""What always holds of grades: each damage is done behind the rules' back and named by one invariant."""

from collections.abc import Callable

import pytest
from peewee import Database

import models
from models import Grade, GradeMove, GradeRun, Member
from tests.insights.people import bought
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY
from webapp.insights import nightly


@pytest.fixture
def world(database: Database) -> World:
    world = World()
    for days in (10, 20, 30):
        bought(world.mei, 50, days)
    nightly.run(NOON)
    nightly.run(NOON + 40 * DAY)
    return world


# What is done, and a part of the name of the invariant that must be the one to say so.
DAMAGES: list[tuple[str, Callable[[], object]]] = [
    ("has no grade and never moved", lambda: Member.update(erased_at=1).where(Member.id.in_(Grade.select(Grade.member))).execute()),
    ("whoever bought has a grade", lambda: Grade.update(grade=None).execute()),
    ("whoever bought has a grade", lambda: Grade.update(visits=0).execute()),
    ("fits together", lambda: Grade.update(spent=Grade.spent_ever + 1).execute()),
    ("fits together", lambda: Grade.update(interval=None).execute()),
    ("fits together", lambda: Grade.update(due_at=None).execute()),
    ("fits together", lambda: Grade.update(risk=101).execute()),
    ("a move goes somewhere", lambda: GradeMove.update(before=GradeMove.after).execute()),
    ("one night at a time", lambda: GradeRun.update(state="reading").execute()),
]  # fmt: skip


def test_every_damage_is_found_and_named(world: World) -> None:
    assert GradeMove.select().exists()
    for name, damage in DAMAGES:
        with models.database.obj.atomic() as undo:
            damage()
            found = [breach for breach in check.run() if name in breach.name]
            undo.rollback()
        assert found, name
    assert check.run() == []


def test_worked_out_twice_on_a_day_whoever_moved_back_has_not_moved(world: World) -> None:
    at = NOON + 41 * DAY
    bill = bought(world.mei, 10, 0, at)
    nightly.run(at)
    assert GradeMove.select().where(GradeMove.member == world.mei.id, GradeMove.what == "life").count() == 2
    bill.delete_instance()
    nightly.begin(at, anew=True)
    nightly.go_on(at)
    assert GradeMove.select().where(GradeMove.member == world.mei.id, GradeMove.what == "life").count() == 1
    assert check.run() == []
