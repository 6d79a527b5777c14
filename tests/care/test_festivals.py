"""L2: festivals by the sun and by the moon, in the years to come, with leap months and short twelfth months."""

import datetime as dt
import itertools

import pytest
from peewee import Database

from models import Gift, Send
from tests.care import people
from tests.care.people import agrees, day, done, run, said
from tests.world import World
from webapp.care import festivals


@pytest.mark.parametrize(
    ("key", "dates"),
    [
        ("spring", ("2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2030-02-03")),
        ("new_years_eve", ("2025-01-28", "2026-02-16", "2027-02-05", "2028-01-25", "2030-02-02")),
        ("lantern", ("2025-02-12", "2026-03-03", "2027-02-20")),
        ("dragon_boat", ("2025-05-31", "2026-06-19", "2027-06-09")),
        ("qixi", ("2025-08-29", "2026-08-19", "2027-08-08")),
        ("mid_autumn", ("2025-10-06", "2026-09-25", "2027-09-15")),
        ("double_ninth", ("2025-10-29", "2026-10-18", "2027-10-08")),
        ("laba", ("2025-01-07", "2026-01-26", "2027-01-15")),
        ("mothers", ("2026-05-10", "2027-05-09")),
        ("fathers", ("2026-06-21", "2027-06-20")),
        ("national", ("2026-10-01",)),
    ],
)
def test_each_falls_on_the_day_of_the_printed_calendar(key: str, dates: tuple[str, ...]) -> None:
    """2025 has a sixth month twice; the twelfth month of the year before 2027 and 2028 has 29 and 30 days."""
    for date in dates:
        year = dt.date.fromisoformat(date).year
        found = festivals.between(dt.date(year, 1, 1), dt.date(year, 12, 31), [key])
        assert date in [str(coming.on) for coming in found], (key, [str(coming.on) for coming in found])


def test_the_eve_is_the_day_before_the_first_whatever_the_length_of_the_month() -> None:
    """除夕 is the 29th or the 30th of the twelfth month."""
    lengths = set()
    for year in range(2020, 2060):
        eve, first = (festivals.FESTIVALS[key].on(year) for key in ("new_years_eve", "spring"))
        assert eve
        assert first
        assert first - eve == dt.timedelta(days=1)
        lengths.add(festivals.LunarDate.from_solar_date(eve.year, eve.month, eve.day).day)
    assert lengths == {29, 30}


def test_every_festival_comes_about_once_a_year_and_never_in_a_leap_month() -> None:
    for key in festivals.FESTIVALS:
        found = [coming.on for coming in festivals.between(dt.date(2024, 1, 1), dt.date(2049, 12, 31), [key])]
        gaps = {(later - earlier).days for earlier, later in itertools.pairwise(found)}
        assert min(gaps) >= 353, key
        assert max(gaps) <= 385, key


def test_two_days_ahead_everybody_who_agreed_is_greeted_once_with_something_kept(world: World) -> None:
    mei, _ = agrees(world, "梅"), world.member("没点头")
    rule = people.rule(world, "festival", params={"festivals": ["mid_autumn"], "days": 2}, reward=world.towel)

    assert run(rule, day(2026, 9, 22)) == []
    for number in (23, 24, 25, 26):
        assert run(rule, day(2026, 9, number)) == [("梅", "sent", "")]

    assert Send.get().occasion == "mid_autumn:2026-09-25"
    assert Gift.select().count() == 1
    assert said(mei, day(2026, 9, 23))[0].startswith("梅，后天就是中秋，祝你和家人都好。给你留了一份纯棉浴巾")
    assert said(mei, day(2026, 9, 25))[0].startswith("梅，今天就是中秋")
    assert run(rule, day(2027, 9, 13)) == [("梅", "sent", ""), ("梅", "sent", "")]


def test_no_festival_was_chosen_no_message(world: World) -> None:
    agrees(world, "梅")
    rule = people.rule(world, "festival", params={"festivals": []})
    for number in range(1, 31):
        run(rule, day(2026, 9, number))
    assert done(rule) == []


def test_the_day_they_joined_is_kept_each_year_also_on_29_february(database: Database) -> None:
    """Up to two days late, where the worker was off; after that not at all."""
    world = World(at=day(2027, 1, 1))
    leap = agrees(world, "闰", joined_at=day(2024, 2, 29))
    agrees(world, "新", joined_at=day(2027, 2, 28))
    rule = people.rule(world, "anniversary")

    assert run(rule, day(2027, 2, 27)) == []
    assert run(rule, day(2027, 2, 28)) == [("闰", "sent", "")]
    assert said(leap, day(2027, 2, 28)) == ["闰，今天是你入会满 3 年的日子，谢谢你一直都来。"]
    assert run(rule, day(2028, 3, 4)) == [("闰", "sent", "")]
    assert [name for name, *_ in run(rule, day(2029, 3, 2))] == ["闰", "闰", "新"]
