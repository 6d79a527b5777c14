"""What the worker does for this room: every few minutes, by day, and never twice."""

import pytest

from models import Advice, Message, Store, Work
from tests.laundry.places import Cleaner
from tests.world import NOON, World
from webapp import worker
from webapp.clock import DAY, HOUR, MINUTE
from webapp.config import Settings
from webapp.laundry import handing, library, tasks


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def cards(kind: str) -> int:
    return int(Work.select().where(Work.kind == kind).count())


def test_the_worker_knows_this_room(world: World) -> None:
    jobs = {job.name: job.every for job in worker.jobs()}
    assert jobs["watch_orders"] == jobs["remind_uncollected"] == jobs["fill_library"] == "minute"


def test_who_does_not_answer_is_called_and_what_is_due_is_a_card(cleaner: Cleaner, settings: Settings) -> None:
    asked = cleaner.asked()
    for minutes in (0, 5, 10):
        tasks.watch_orders(NOON + DAY + minutes * MINUTE, settings)
    assert (cards("agree"), cards("promise")) == (1, 0)
    due = asked.promised_at - HOUR
    tasks.watch_orders(due + MINUTE, settings)
    assert cards("promise") == 0, "only every five minutes"
    for minutes in (5, 10):
        tasks.watch_orders(due + minutes * MINUTE, settings)
    assert cards("promise") == 1


def test_reminders_and_the_question_go_out_once(cleaner: Cleaner, settings: Settings) -> None:
    cleaner.ready()
    handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=False)
    for at in (NOON + 7 * DAY + MINUTE, NOON + 7 * DAY + 15 * MINUTE, NOON + 7 * DAY + 30 * MINUTE):
        tasks.remind_uncollected(at, settings)
    told = [row.text for row in Message.select().where(Message.text.in_(("order_uncollected", "all_well")))]
    assert sorted(told) == ["all_well", "order_uncollected"]


def test_a_brand_with_a_laundry_has_the_care_cards(world: World, settings: Settings) -> None:
    for _ in range(2):
        tasks.fill_library(NOON, settings)
    assert Advice.select().count() == len(library.cards())
    Advice.delete().execute()
    Store.update(kind="retail").execute()
    tasks.fill_library(NOON, settings)
    assert Advice.select().count() == 0
