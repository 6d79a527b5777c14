"""The weekly hours change: who booked a time that they do not cover any more is listed, to call and to move."""

import datetime as dt

import pytest
from flask.testing import FlaskClient
from peewee import Database

from models import Occurrence, Service
from tests.bookings.pages import html
from tests.bookings.places import Bath, moment, service
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp.bookings import bookings, outside
from webapp.bookings.holding import fresh
from webapp.stores import hours


@pytest.fixture
def house(database: Database) -> Bath:
    return Bath(World())


def close_early(bath: Bath) -> None:
    """Ten to six, every day."""
    hours.put(bath.store, {day: [(600, 1080)] for day in range(7)}, bath.world.lin, NOON)


def test_whoever_falls_out_of_the_new_week_is_listed_soonest_first(house: Bath) -> None:
    later = house.book(house.world.mei, moment("19:00", dt.date(2026, 5, 28)))
    soon = house.book(house.world.xin, moment("17:00"))  # until half past six
    house.book(house.world.member("甲"), moment("16:30"))
    gone = house.book(house.world.member("乙"), moment("20:00"))
    bookings.cancel(gone, NOON, member=gone.member)
    assert outside.ahead(house.store, NOON) == []
    close_early(house)
    assert [one.id for one in outside.ahead(house.store, NOON)] == [soon.id, later.id]
    bookings.move(soon, moment("12:00"), NOON, staff=house.world.chen)
    assert [one.id for one in outside.ahead(house.store, NOON)] == [later.id]
    assert outside.ahead(house.store, fresh(later).starts_at) == []


def test_an_evening_of_its_own_is_no_mistake(house: Bath) -> None:
    tasting: Service = service(house.store, "品茶", [house.pool], kind="event", minutes=90, people_max=4)
    Occurrence.create(service=tasting.id, resource=house.pool.id, starts_at=moment("19:00"))
    close_early(house)
    house.book(house.world.mei, moment("19:00"), 2, what=tasting)
    assert outside.ahead(house.store, NOON) == []


def test_the_page_of_the_hours_asks_for_the_list(world: World, as_staff: AsStaff) -> None:
    bath, manager = Bath(world), as_staff(world.lin)
    booking = bath.book(world.mei, moment("19:00"))
    asked = 'hx-get="/desk/bookings/supply/outside"'
    assert asked in html(manager.get("/desk/settings/hours"))
    assert "都在营业时间里" in html(manager.get("/desk/bookings/supply/outside"))
    week = {f"day{day}": "10:00-18:00" for day in range(7)}
    saved = html(manager.post("/desk/settings/hours", data={"ticket": "a ticket of Lin"} | week, htmx=True))
    assert asked in saved
    part = html(manager.get("/desk/bookings/supply/outside", htmx=True))
    assert part.lstrip().startswith("<section")
    assert f"/desk/bookings/{booking.code}" in part
    assert "有 1 单订的时间不在营业时间里了" in part
    assert as_staff(world.su).get("/desk/bookings/supply/outside").status_code == 403


def test_the_list_is_of_ones_own_store(world: World, tablet: FlaskClient, as_staff: AsStaff) -> None:
    bath = Bath(world)
    booking = bath.book(world.mei, moment("19:00"))
    close_early(bath)
    assert booking.code in html(as_staff(world.zhao, world.bath).get("/desk/bookings/supply/outside"))
    assert booking.code not in html(as_staff(world.zhao, world.laundry).get("/desk/bookings/supply/outside"))
    assert tablet.get("/desk/bookings/supply/outside").status_code == 403
