"""Festivals, by the sun and by the moon: which fall into the next days. The lunar calendar is worked out, never typed in (L2)."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lunardate import LunarDate

from webapp.words import N_


class Festival(NamedTuple):
    """`on` says the day for a year of its own calendar, the lunar or the solar one; None when that year has none."""

    name: str
    on: Callable[[int], dt.date | None]


def _solar(month: int, day: int) -> Callable[[int], dt.date | None]:
    return lambda year: dt.date(year, month, day)


def _lunar(month: int, day: int) -> Callable[[int], dt.date | None]:
    """In the month itself, never in its leap month."""

    def on(year: int) -> dt.date | None:
        try:
            date: dt.date = LunarDate(year, month, day).to_solar_date()
        except ValueError:  # beyond what the calendar knows
            return None
        return date

    return on


def _eve(year: int) -> dt.date | None:
    """The last day of the year before, be it the 29th or the 30th of the twelfth month."""
    first = _lunar(1, 1)(year)
    return first - dt.timedelta(days=1) if first else None


def _sunday(month: int, number: int) -> Callable[[int], dt.date | None]:
    def on(year: int) -> dt.date | None:
        first = dt.date(year, month, 1)
        return first + dt.timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))

    return on


FESTIVALS: dict[str, Festival] = {
    "new_year": Festival(N_("元旦"), _solar(1, 1)),
    "laba": Festival(N_("腊八"), _lunar(12, 8)),
    "new_years_eve": Festival(N_("除夕"), _eve),
    "spring": Festival(N_("春节"), _lunar(1, 1)),
    "lantern": Festival(N_("元宵"), _lunar(1, 15)),
    "women": Festival(N_("妇女节"), _solar(3, 8)),
    "labour": Festival(N_("劳动节"), _solar(5, 1)),
    "mothers": Festival(N_("母亲节"), _sunday(5, 2)),
    "children": Festival(N_("儿童节"), _solar(6, 1)),
    "fathers": Festival(N_("父亲节"), _sunday(6, 3)),
    "dragon_boat": Festival(N_("端午"), _lunar(5, 5)),
    "qixi": Festival(N_("七夕"), _lunar(7, 7)),
    "teachers": Festival(N_("教师节"), _solar(9, 10)),
    "mid_autumn": Festival(N_("中秋"), _lunar(8, 15)),
    "national": Festival(N_("国庆"), _solar(10, 1)),
    "double_ninth": Festival(N_("重阳"), _lunar(9, 9)),
}
USUAL = ("spring", "lantern", "dragon_boat", "mid_autumn", "double_ninth", "new_year")


class Coming(NamedTuple):
    key: str
    name: str
    on: dt.date


def between(first: dt.date, last: dt.date, keys: list[str] | None = None) -> list[Coming]:
    """The festivals on these days, both included, in the order of their days."""
    return sorted(_between(first, last, keys), key=lambda coming: coming.on)


def _between(first: dt.date, last: dt.date, keys: list[str] | None) -> Iterator[Coming]:
    for key, festival in FESTIVALS.items():
        if keys is not None and key not in keys:
            continue
        days = {festival.on(year) for year in range(first.year - 1, last.year + 2)}
        yield from (Coming(key, festival.name, day) for day in days if day and first <= day <= last)
