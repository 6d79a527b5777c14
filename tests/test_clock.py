"""Moments and shop days: month ends, leap days, another year."""

import datetime as dt

import pytest

from webapp import clock

ZONE = "Asia/Shanghai"


def at(*when: int, zone: str = ZONE) -> int:
    return clock.stamp(dt.datetime(*when, tzinfo=clock.zone(zone)))  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("earned", "months", "ends"),
    [
        ((2026, 5, 20, 14), 12, (2027, 6, 1)),
        ((2026, 1, 31, 23), 1, (2026, 3, 1)),
        ((2027, 2, 28, 12), 12, (2028, 3, 1)),
        ((2028, 2, 29, 12), 12, (2029, 3, 1)),
        ((2026, 12, 31, 23), 1, (2027, 2, 1)),
        ((2026, 11, 1, 0), 1, (2027, 1, 1)),
    ],
)
def test_points_last_until_the_end_of_the_month(earned: tuple[int, ...], months: int, ends: tuple[int, ...]) -> None:
    assert clock.month_end_after(at(*earned), months, ZONE) == at(*ends)


def test_a_shop_day_begins_at_its_own_midnight() -> None:
    late, early = at(2026, 5, 20, 23, 59), at(2026, 5, 21, 0, 1)
    assert clock.day_number(early, ZONE) - clock.day_number(late, ZONE) == 1
    assert clock.day_start(early, ZONE) == at(2026, 5, 21)


def test_a_day_with_a_clock_change_begins_at_midnight_too() -> None:
    noon = at(2026, 10, 25, 12, zone="Europe/Berlin")
    assert clock.day_start(noon, "Europe/Berlin") == at(2026, 10, 25, zone="Europe/Berlin")
    assert (
        clock.day_start(noon + clock.DAY, "Europe/Berlin") - clock.day_start(noon, "Europe/Berlin") == 25 * clock.HOUR
    )
