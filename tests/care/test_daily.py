"""The day's run, killed at every step, done by two, and caught up with after days without a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from peewee import Database

from models import Coupon, Gift, Letter, Message, RuleRun, Send
from tests.care import people
from tests.care.people import agrees, day, done, run
from tests.world import World
from webapp import check
from webapp.care import daily, tasks
from webapp.clock import DAY, MINUTE
from webapp.config import Settings


class Killed(BaseException):
    """The worker is gone: not an error that anybody could catch."""


@contextmanager
def dies_after(database: Database, statements: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process ends before its so-manyth statement."""
    left, ask = [statements], type(database).execute_sql

    def execute(self: Database, *args: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return ask(self, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(type(database), "execute_sql", execute)
        yield


def test_killed_at_every_step_it_resumes_with_nothing_twice(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once more after each statement, until it comes to the end: everybody has one message, one gift, one coupon, and the stock is exact."""
    for number in range(4):
        agrees(world, f"客{number}", birthday=523)
    rule = people.rule(world, "birthday", reward=world.towel, template=people.template(world, "生日券", most=10))
    at, deaths = day(2026, 5, 20), 0

    while True:
        try:
            with dies_after(database, deaths, monkeypatch):
                daily.run(rule, at, batch=2)
            break
        except Killed:
            deaths += 1

    assert deaths > 20
    assert done(rule) == [(f"客{number}", "sent", "") for number in range(4)]
    assert world.shelf(world.towel).stock == 1
    counted = [model.select().count() for model in (Gift, Coupon, Letter)]
    assert [*counted, Message.select().where(Message.text == "care").count()] == [4, 4, 4, 4]
    assert not check.run(3)
    assert RuleRun.get().done_at == at


def test_the_run_stops_in_time_and_goes_on_from_there(world: World) -> None:
    """Time is up after each batch of two; the cursor knows."""
    for number in range(5):
        agrees(world, f"客{number}")
    rule, at = people.rule(world, "news"), day(2026, 5, 20)

    seen = []
    while (now := daily.run(rule, at, until=0.0, batch=2)).done_at is None:
        seen.append(now.cursor)
    assert seen == sorted(set(seen))
    assert len(seen) >= 3
    assert len(done(rule)) == 5
    assert daily.run(rule, at + MINUTE).counts == now.counts


def test_a_day_that_is_done_looks_for_nobody_again(world: World) -> None:
    """Every minute the worker looks; who agrees later on has their turn tomorrow."""
    rule, at = people.rule(world, "news"), day(2026, 5, 20)
    daily.run(rule, at)
    agrees(world, "刚同意")
    assert run(rule, at + MINUTE) == []
    assert run(rule, at + DAY) == [("刚同意", "sent", "")]


def test_the_first_rules_have_the_months_messages(world: World, settings: Settings) -> None:
    """A birthday comes before news, whoever was switched on first."""
    agrees(world, "梅", birthday=523)
    news = [people.rule(world, "news", params={"edition": edition}) for edition in (1, 2)]
    birthday = people.rule(world, "birthday")

    tasks.send_care(day(2026, 5, 20), settings)

    assert done(birthday) == [("梅", "sent", "")]
    assert [done(rule)[0][2] for rule in news] == ["", "budget"]


def test_a_rule_that_is_off_does_nothing(world: World, settings: Settings) -> None:
    agrees(world, "梅")
    people.rule(world, "news", on=False)
    tasks.send_care(day(2026, 5, 20), settings)
    assert (Send.select().count(), RuleRun.select().count()) == (0, 0)


def test_the_shipped_rules_come_by_themselves_switched_off(world: World, settings: Settings) -> None:
    tasks.fill_rules(world.at - world.at % (5 * MINUTE), settings)
    tasks.send_care(world.at, settings)
    assert Send.select().count() == 0


def test_one_of_the_months_messages_is_kept_for_a_birthday_that_is_still_to_come(world: World) -> None:
    """Who has one message left, and a birthday later in the month, is not sent news instead; after the birthday it is free."""
    agrees(world, "梅", birthday=528)
    news = [people.rule(world, "news", params={"edition": edition}) for edition in (1, 2)]
    assert [run(rule, day(2026, 5, 20))[0][2] for rule in news] == ["", ""]  # nobody is wished a happy birthday yet

    agrees(world, "兰", birthday=528)
    birthday = people.rule(world, "birthday")
    assert [run(rule, day(2026, 5, 21))[1][2] for rule in news] == ["", "budget"]
    assert run(birthday, day(2026, 5, 25)) == [("梅", "skipped", "budget"), ("兰", "sent", "")]


def test_a_birthday_of_next_month_keeps_nothing_back(world: World) -> None:
    agrees(world, "梅", birthday=620)
    people.rule(world, "birthday")
    news = [people.rule(world, "news", params={"edition": edition}) for edition in (1, 2)]
    assert [run(rule, day(2026, 5, 20))[0][2] for rule in news] == ["", ""]
