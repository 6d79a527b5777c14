"""Hours: several intervals, past midnight, and what people type."""

import datetime as dt

import pytest

from models import Event
from tests.world import NOON, SHANGHAI, World
from webapp.refusals import Refusal
from webapp.stores import hours
from webapp.stores.hours import Openness


def on(day: int, hour: int, minute: int = 0) -> int:
    """A moment of May 2026; the 18th is a Monday."""
    return int(dt.datetime(2026, 5, day, hour, minute, tzinfo=SHANGHAI).timestamp())


LATE = {day: [(600, 1560)] for day in range(7)}  # 10:00–02:00 every day
TWICE = {0: [(600, 840), (1020, 1260)], 2: [(540, 720)]}  # Monday 10–14 and 17–21, Wednesday 9–12


@pytest.mark.parametrize(
    ("week", "at", "wanted"),
    [
        (LATE, on(18, 9, 59), Openness(False, on(18, 10))),
        (LATE, on(18, 10), Openness(True, on(19, 2))),
        (LATE, on(19, 1, 59), Openness(True, on(19, 2))),
        (LATE, on(19, 2), Openness(False, on(19, 10))),
        (TWICE, on(18, 13), Openness(True, on(18, 14))),
        (TWICE, on(18, 15), Openness(False, on(18, 17))),
        (TWICE, on(18, 21), Openness(False, on(20, 9))),
        (TWICE, on(20, 12), Openness(False, on(25, 10))),
        ({}, on(18, 12), Openness(False, None)),
        ({day: [(0, 1440)] for day in range(7)}, on(18, 3), Openness(True, None)),
        ({0: [(1200, 1440)], 1: [(0, 120)]}, on(18, 23), Openness(True, on(19, 2))),
        ({6: [(600, 2880)]}, on(18, 23), Openness(True, on(19, 0))),
    ],
)
def test_open_until_when_and_again_from_when(week: hours.Week, at: int, wanted: Openness) -> None:
    assert hours.openness(week, at, "Asia/Shanghai") == wanted


def test_a_night_of_changed_clocks_keeps_to_the_wall() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00.
    before = int(dt.datetime(2026, 3, 28, 21, 0, tzinfo=dt.UTC).timestamp())
    found = hours.openness({5: [(1200, 1680)]}, before, "Europe/Berlin")
    assert found == Openness(True, int(dt.datetime(2026, 3, 29, 2, 0, tzinfo=dt.UTC).timestamp()))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", []),
        ("10:00-22:00", [(600, 1320)]),
        ("17：00–02：00, 9:30 - 14:00", [(570, 840), (1020, 1560)]),
        ("10:00至14:00；17:00~24:00", [(600, 840), (1020, 1440)]),
        ("00:00-24:00", [(0, 1440)]),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, wanted: list[hours.Interval]) -> None:
    assert hours.parse(typed) == wanted
    assert hours.parse(hours.written(wanted)) == wanted


@pytest.mark.parametrize(
    "typed",
    [
        "ten to six",
        "25:00-26:00",
        "10:60-12:00",
        "10:00",
        "10:00-12:00, 11:00-13:00",
        "1:00-2:00," * 5,
        "１0:00-12:00x",
    ],
)
def test_hours_that_make_no_sense_are_refused_next_to_the_day(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        hours.parse_week({3: typed})
    assert refused.value.field == "day3"


def test_new_hours_replace_the_old_ones_and_are_written_down(world: World) -> None:
    hours.put(world.bath, {0: [(600, 720)], 1: []}, world.lin, NOON)
    assert hours.of([world.bath, world.laundry])[world.bath.id] == {0: [(600, 720)]}
    event = Event.get(Event.verb == "hours_changed")
    assert event.data["before"]["0"] == "10:00–02:00"
    assert event.data["after"] == {"0": "10:00–12:00"}


def test_the_same_hours_again_change_nothing(world: World) -> None:
    hours.put(world.bath, hours.of([world.bath])[world.bath.id], world.lin, NOON)
    assert not Event.select().where(Event.verb == "hours_changed").exists()
