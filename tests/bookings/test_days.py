"""Hours as they really are: past midnight, on the days the clocks change, on 29 February, on holidays and the days worked for them."""

import datetime as dt
from typing import Any

import pytest
from peewee import Database

from models import OpeningInterval, Resource, Service, SpecialDay, Store
from tests.bookings.places import resource, service
from tests.world import World
from webapp import clock
from webapp.bookings import days, free, supply
from webapp.clock import HOUR, MINUTE
from webapp.stores.hours import Week

BERLIN, KOLKATA, KATHMANDU = "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu"
BATH: Week = {weekday: [(600, 1560)] for weekday in range(7)}  # 10:00–02:00


@pytest.fixture
def world(database: Database) -> World:
    return World()


class Shop:
    """A store in some time zone with hours, one room, one service."""

    def __init__(self, world: World, timezone: str, week: Week = BATH, **terms: Any) -> None:
        self.store = world.bath
        Store.update(timezone=timezone).where(Store.id == self.store.id).execute()
        self.store.timezone = timezone
        OpeningInterval.delete().where(OpeningInterval.store == self.store.id).execute()
        for weekday, spans in week.items():
            for opens, closes in spans:
                OpeningInterval.create(store=self.store.id, weekday=weekday, opens=opens, closes=closes)
        self.room: Resource = resource(self.store, "汤屋", capacity=4)
        usual = {"minutes": 60, "step_minutes": 60, "people_max": 4}
        self.service: Service = service(self.store, "汤浴", [self.room], **{**usual, **terms})
        self.zone = timezone

    def supply(self, day: dt.date) -> supply.Supply:
        return supply.of(self.store, days.moment(day - dt.timedelta(days=1), 720, self.zone))

    def walls(self, day: dt.date) -> list[str]:
        """The starts of a day as the wall shows them."""
        here = self.supply(day)
        found = free.starts(here, here.services[self.service.id], day)
        return [f"{clock.local(start.at, self.zone):%H:%M}" for start in found]

    def hours_open(self, day: dt.date) -> float:
        return sum(ends - begins for begins, ends in days.opened(self.supply(day), day)) / HOUR


def test_an_evening_goes_on_past_midnight(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai")
    assert shop.walls(dt.date(2026, 5, 21))[-3:] == ["23:00", "00:00", "01:00"]


def test_the_month_and_the_year_end_at_midnight_and_the_bath_does_not(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai")
    for last in (dt.date(2026, 1, 31), dt.date(2026, 12, 31), dt.date(2028, 2, 28), dt.date(2028, 2, 29)):
        here = shop.supply(last)
        closes = free.starts(here, here.services[shop.service.id], last)[-1].at
        assert clock.local(closes, shop.zone).date() == last + dt.timedelta(days=1)
        assert shop.hours_open(last) == 16


def test_29_february_is_a_day_of_its_own(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai", {1: [(600, 720)]})  # Tuesdays only
    leap = dt.date(2028, 2, 29)
    assert shop.walls(leap) == ["10:00", "11:00"]
    assert days.date(days.number(leap)) == leap
    assert shop.walls(leap + dt.timedelta(days=1)) == []


def test_when_the_clocks_go_forward_an_hour_is_missing(world: World) -> None:
    shop = Shop(world, BERLIN, {5: [(1320, 1740)], 6: [(60, 300)]})  # Saturday 22:00–05:00, Sunday 01:00–05:00
    saturday, sunday = dt.date(2026, 3, 28), dt.date(2026, 3, 29)
    assert shop.hours_open(saturday) == 6
    assert shop.walls(saturday) == ["22:00", "23:00", "00:00", "01:00", "03:00", "04:00"]
    assert shop.walls(sunday) == ["01:00", "03:00", "04:00"]


def test_when_the_clocks_go_back_an_hour_comes_twice(world: World) -> None:
    shop = Shop(world, BERLIN, {5: [(1320, 1740)]})
    saturday = dt.date(2026, 10, 24)
    assert shop.hours_open(saturday) == 8
    assert shop.walls(saturday) == ["22:00", "23:00", "00:00", "01:00", "02:00", "02:00", "03:00", "04:00"]


def test_an_hour_that_the_clocks_skip_counts_as_the_one_after() -> None:
    assert days.moment(dt.date(2026, 3, 29), 150, BERLIN) == days.moment(dt.date(2026, 3, 29), 210, BERLIN)


@pytest.mark.parametrize(("timezone", "minutes"), [(KOLKATA, 330), (KATHMANDU, 345)])
def test_zones_between_the_hours_keep_round_times(world: World, timezone: str, minutes: int) -> None:
    shop = Shop(world, timezone, {weekday: [(600, 780)] for weekday in range(7)})
    day = dt.date(2026, 5, 21)
    assert shop.walls(day) == ["10:00", "11:00", "12:00"]
    assert days.moment(day, 600, timezone) == days.moment(day, 600, "UTC") - minutes * MINUTE


def test_hours_that_touch_are_one(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai", {3: [(600, 840), (840, 1080)]}, minutes=120)
    assert shop.walls(dt.date(2026, 5, 21)) == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]


def test_a_lunch_break_is_not_booked_over(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai", {3: [(600, 840), (900, 1080)]}, minutes=120)
    assert shop.walls(dt.date(2026, 5, 21)) == ["10:00", "11:00", "12:00", "15:00", "16:00"]


def test_open_round_the_clock_goes_on_at_midnight(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai", {weekday: [(0, 1440)] for weekday in range(7)}, minutes=180)
    assert shop.walls(dt.date(2026, 5, 21))[-2:] == ["22:00", "23:00"]
    last_day = Shop(world, "Asia/Shanghai", {3: [(0, 1440)]}, minutes=180)
    assert last_day.walls(dt.date(2026, 5, 21))[-1] == "21:00"


def test_a_service_has_hours_within_the_stores(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai", hours={"3": [[1200, 1680]]})  # 20:00–04:00, the store closes at 02:00
    assert shop.walls(dt.date(2026, 5, 21))[-2:] == ["00:00", "01:00"]
    assert shop.walls(dt.date(2026, 5, 22)) == []


def test_a_special_day_goes_before_everything(world: World) -> None:
    shop = Shop(world, "Asia/Shanghai")
    labour_day = dt.date(2026, 5, 1)
    SpecialDay.create(store=shop.store.id, day=days.number(labour_day), hours=[[720, 900]], name={"zh": "劳动节"})
    supply.take(shop.store.id)
    here = shop.supply(labour_day)._replace(holiday_as=2)
    assert days.intervals(here, labour_day) == [(720, 900)]


def test_holidays_and_the_days_worked_for_them() -> None:
    for day, name, works in (
        (dt.date(2026, 2, 17), "春节", False),
        (dt.date(2026, 2, 28), "", True),  # a Saturday
        (dt.date(2026, 10, 1), "国庆节", False),
    ):
        found = days.holiday(day, "Asia/Shanghai")
        assert found
        assert found.works == works
        assert name in found.name
    assert days.holiday(dt.date(2026, 5, 21), "Asia/Shanghai") is None


def test_other_countries_have_their_own_holidays() -> None:
    unity = days.holiday(dt.date(2025, 10, 3), BERLIN)
    assert unity
    assert "Einheit" in unity.name
    assert days.holiday(dt.date(2025, 10, 3), "UTC") is None


def test_a_holiday_counts_as_the_shop_says(world: World) -> None:
    week: Week = {4: [(540, 1020)], 5: [], 6: [(720, 900)], 3: [(600, 1320)]}
    shop = Shop(world, "Asia/Shanghai", week)
    labour_day, made_up = dt.date(2026, 5, 1), dt.date(2026, 5, 9)  # a Friday off, a Saturday worked
    for holiday_as, off, on in ((0, [(540, 1020)], []), (1, [(720, 900)], [(540, 1020)]), (2, [], [(540, 1020)])):
        here = shop.supply(labour_day)._replace(holiday_as=holiday_as)
        assert days.intervals(here, labour_day) == off
        assert days.intervals(here, made_up) == on
