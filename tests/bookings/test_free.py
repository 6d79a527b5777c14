"""Free times: what is left, what is busy, and how far ahead, for a party and for its tier."""

import datetime as dt

import pytest
from peewee import Database

from models import Service
from tests.bookings.places import DAY, Bath, moment
from tests.world import NOON, World
from webapp.bookings import bookings, free, supply
from webapp.bookings.holding import For, Taken, Wish
from webapp.clock import HOUR, MINUTE
from webapp.refusals import Refusal

TODAY = DAY - dt.timedelta(days=1)


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def here(bath: Bath, at: int = NOON) -> supply.Supply:
    return supply.of(bath.store, at)


def start(bath: Bath, service: Service, at: int) -> free.Start:
    return next(one for one in free.starts(here(bath), service, DAY) if one.at == at)


def edit(bath: Bath, service: Service, **fields: object) -> Service:
    Service.update(**fields).where(Service.id == service.id).execute()
    supply.take(bath.store.id)
    return Service.get_by_id(service.id)


def test_rooms_add_up_and_a_pool_counts_people(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"), 3)
    bath.book(bath.world.mei, moment("19:00"), 4, what=bath.swim)
    assert start(bath, bath.family, moment("19:00")) == free.Start(moment("19:00"), 4, 8)
    assert start(bath, bath.swim, moment("19:00")) == free.Start(moment("19:00"), 2, 6)


def test_cleaning_keeps_a_room_and_not_the_opening_hours(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"))
    bath.book(bath.world.xin, moment("19:00"))
    times = {one.at: one.left for one in free.starts(here(bath), bath.family, DAY)}
    assert times[moment("20:30")] == 0
    assert times[moment("21:00")] == 8
    assert times[moment("24:30")] == 8, "the last bath ends when the house closes; it is cleaned afterwards"


def test_a_night_that_runs_past_midnight_blocks_the_next_days_morning_only_where_it_reaches(bath: Bath) -> None:
    for person in (bath.world.mei, bath.world.xin):
        bath.book(person, moment("24:30"))
    assert [one.left for one in free.starts(here(bath), bath.family, DAY)][-1] == 0
    assert free.starts(here(bath), bath.family, DAY + dt.timedelta(days=1))[0].left == 8


def test_a_booking_after_midnight_belongs_to_the_evening_before(bath: Bath) -> None:
    booking = bath.book(bath.world.mei, moment("25:00", TODAY) - 30 * MINUTE)
    assert booking.starts_at == moment("00:30")
    with pytest.raises(Taken):
        bath.book(bath.world.mei, moment("01:00"))  # would end after the house closes


def test_after_midnight_tonight_is_still_on_the_strip(bath: Bath) -> None:
    night = moment("24:10", TODAY)
    strip = free.strip(here(bath, night), bath.family, 2, night, "ordinary", count=3)
    assert strip[0].date == TODAY
    assert strip[0].free == 1
    later = moment("25:00", TODAY)
    assert free.strip(here(bath, later), bath.family, 2, later, "ordinary", count=3)[0].date == DAY


def test_the_strip_says_busy_full_and_closed(bath: Bath) -> None:
    edit(bath, bath.massage, step_minutes=240, on_request=False)  # 10, 14, 18, 22 o'clock
    people = [bath.world.member(f"客{n}") for n in range(4)]
    marks = []
    for person, time in zip(people, ("10:00", "14:00", "18:00", "22:00"), strict=True):
        bath.book(person, moment(time), 1, what=bath.massage)
        strip = free.strip(here(bath), bath.massage, 1, NOON, "ordinary", count=2)
        marks.append((strip[1].mark, strip[1].free))
    assert marks == [("quiet", 3), ("quiet", 2), ("busy", 1), ("full", 0)]
    gone = edit(bath, bath.massage, hours={})
    assert free.strip(here(bath), gone, 1, NOON, "ordinary", count=1)[0].mark == "closed"


def test_a_holiday_is_named_on_the_strip(bath: Bath) -> None:
    eve = moment("12:00", dt.date(2026, 9, 30))
    strip = free.strip(here(bath, eve), bath.family, 2, eve, "ordinary", count=2)
    assert [day.note for day in strip] == ["", "国庆节"]


def test_lead_time_and_horizon_and_early_days_for_vips(bath: Bath) -> None:
    edit(bath, bath.family, lead_minutes=180, horizon_days=3, early_days=4)
    service = here(bath).services[bath.family.id]
    today = free.bookable(here(bath), service, TODAY, NOON, "ordinary")
    assert today[0].at == NOON + 3 * HOUR
    fourth, eighth = TODAY + dt.timedelta(days=4), TODAY + dt.timedelta(days=8)
    assert free.bookable(here(bath), service, fourth, NOON, "ordinary") == []
    assert free.bookable(here(bath), service, fourth, NOON, "vip")
    assert free.bookable(here(bath), service, eighth, NOON, "vip") == []
    with pytest.raises(Refusal) as no:
        bath.book(bath.world.mei, moment("19:00", fourth))
    assert no.value.code == "too_far"
    with pytest.raises(Refusal) as no:
        bath.book(bath.world.mei, NOON + 2 * HOUR)
    assert no.value.code == "too_soon"
    bath.world.mei.tier = "vip"
    bath.world.mei.save()
    assert bath.book(bath.world.mei, moment("19:00", fourth)).state == "confirmed"


def test_the_last_evening_within_the_horizon_runs_past_midnight(bath: Bath) -> None:
    edit(bath, bath.family, horizon_days=1)
    service = here(bath).services[bath.family.id]
    assert free.bookable(here(bath), service, DAY, NOON, "ordinary")[-1].at == moment("24:30")


def test_a_time_off_the_grid_is_no_time(bath: Bath) -> None:
    for at in (moment("19:10"), moment("19:15"), moment("03:00"), moment("25:00")):
        with pytest.raises(Taken):
            bath.book(bath.world.mei, at)


def test_the_smallest_room_that_is_large_enough_is_taken(bath: Bath) -> None:
    bath.large.capacity = 8
    bath.large.save()
    edit(bath, bath.family, people_max=8)
    large = bath.book(bath.world.mei, moment("19:00"), 6)
    small = bath.book(bath.world.xin, moment("19:00"), 2)
    assert [part.resource_id for booking in (large, small) for part in booking.parts] == [bath.large.id, bath.small.id]


def test_a_wish_for_one_masseuse_is_kept(bath: Bath) -> None:
    from tests.bookings.places import resource, service

    li = resource(bath.store, "李师傅", kind="person", capacity=1)
    rub = service(bath.store, "足疗", [bath.wang, li], kind="massage", minutes=60)
    wish = Wish(rub.id, moment("19:00"), 1, resource=li.id)
    booked = bookings.book([wish], bath.store, For(bath.world.mei), key="li", at=NOON)
    assert [part.resource_id for part in booked.parts] == [li.id]
    with pytest.raises(Taken):
        bookings.book([wish], bath.store, For(bath.world.xin), key="li too", at=NOON)
    anybody = bookings.book([wish._replace(resource=None)], bath.store, For(bath.world.xin), key="any", at=NOON)
    assert [part.resource_id for part in anybody.parts] == [bath.wang.id]
