"""L1, T6: the birthday is greeted three days ahead, once, on the right day, whatever the worker and the calendar do."""

import pytest
from peewee import Database

from models import Gift, Message, Send
from tests.care import people
from tests.care.people import agrees, day, run, said
from tests.world import World


def test_three_days_ahead_the_message_names_the_right_day(world: World) -> None:
    """Someone born on 23 May hears on the 20th that it is in three days, and on the day itself that it is today."""
    mei = agrees(world, "梅", birthday=523)
    rule = people.rule(world, "birthday")

    assert run(rule, day(2026, 5, 19)) == []
    assert run(rule, day(2026, 5, 20)) == [("梅", "sent", "")]

    assert said(mei, day(2026, 5, 20)) == ["梅，3天后是你的生日，祝你天天舒心！这几天来，积分 2 倍。"]
    assert said(mei, day(2026, 5, 21))[0].startswith("梅，后天是你的生日")
    assert said(mei, day(2026, 5, 22))[0].startswith("梅，明天是你的生日")
    assert said(mei, day(2026, 5, 23))[0].startswith("梅，今天是你的生日")
    assert said(mei, day(2026, 5, 25))[0].startswith("梅，5月23日那天是你的生日")


def test_a_worker_that_was_off_greets_once_and_rightly_or_not_at_all(world: World) -> None:
    on_the_day, too_late = agrees(world, "刚好", birthday=523), agrees(world, "太迟", birthday=522)
    rule = people.rule(world, "birthday")

    assert run(rule, day(2026, 5, 23)) == [("刚好", "sent", "")]
    assert run(rule, day(2026, 5, 24)) == [("刚好", "sent", "")]
    assert said(on_the_day, day(2026, 5, 23))[0].startswith("刚好，今天是你的生日")
    assert said(too_late, day(2026, 5, 23)) == []


@pytest.mark.parametrize(
    ("birthday", "first", "greeted"),
    [
        (229, day(2027, 2, 25), "2027-02-28"),
        (229, day(2028, 2, 26), "2028-02-29"),
        (301, day(2028, 2, 27), "2028-03-01"),
        (301, day(2027, 2, 26), "2027-03-01"),
        (101, day(2026, 12, 29), "2027-01-01"),
        (1231, day(2026, 12, 28), "2026-12-31"),
    ],
)
def test_month_ends_new_year_and_leap_days(database: Database, birthday: int, first: int, greeted: str) -> None:
    """29 February is kept on the 28th in other years; the window opens exactly three days before, over any border."""
    world = World(at=first - 86400)
    agrees(world, "闰", birthday=birthday)
    rule = people.rule(world, "birthday")

    assert run(rule, first - 86400) == []
    assert run(rule, first) == [("闰", "sent", "")]
    row = Send.get()
    assert row.occasion == f"birthday:{greeted[:4]}"
    from webapp.care.by_calendar import date_of

    assert date_of(Message.get(Message.text == "care").params["values"]["on"]).isoformat() == greeted


def test_the_gift_is_kept_at_once_and_the_message_names_it(world: World) -> None:
    mei = agrees(world, "梅", birthday=523)
    rule = people.rule(world, "birthday", reward=world.towel)
    at = day(2026, 5, 20)

    run(rule, at)
    run(rule, at + 86400)

    gift = Gift.get()
    assert (gift.member_id, gift.why, world.shelf(world.towel).stock) == (mei.id, "birthday", 4)
    assert "给你留了一份纯棉浴巾，6月19日前来都有。" in said(mei, at)[0]
    assert Message.get(Message.text == "care").url == f"/gifts/{gift.code}"


def test_when_the_gift_has_run_out_they_are_greeted_all_the_same(world: World) -> None:
    """A greeting needs no gift; the sentence about it is left out."""
    first, second = agrees(world, "先", birthday=523), agrees(world, "后", birthday=523)
    rule = people.rule(world, "birthday", reward=world.last_scrub)

    run(rule, day(2026, 5, 20))

    assert [Gift.select().count(), world.shelf(world.last_scrub).stock] == [1, 0]
    assert "搓澡一次" in said(first, day(2026, 5, 20))[0]
    assert said(second, day(2026, 5, 20)) == ["后，3天后是你的生日，祝你天天舒心！这几天来，积分 2 倍。"]


def test_a_changed_date_makes_no_second_birthday(world: World) -> None:
    mei = agrees(world, "梅", birthday=523)
    rule = people.rule(world, "birthday")
    run(rule, day(2026, 5, 20))

    mei.birthday, mei.birthday_at = 801, day(2026, 6, 1)
    mei.save()

    assert run(rule, day(2026, 8, 1)) == [("梅", "sent", "")]
    assert len(run(rule, day(2027, 8, 1))) == 2
