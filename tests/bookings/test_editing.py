"""A manager edits what can be had: bookings that stand keep their terms, and nobody books by the old ones."""

import datetime as dt
from typing import Any

import pytest
from peewee import Database

from models import Booking, Event, Message, Occurrence, Resource, Service, SpecialDay, Standing, Waiter
from tests.bookings.places import DAY, Bath, moment, seats_equal_bookings
from tests.world import NOON, World
from webapp.bookings import addresses, bookings, days, editing, free, outside, standings, supply, waiting
from webapp.bookings.editing import Terms
from webapp.bookings.holding import For, Taken, Wish, fresh
from webapp.clock import HOUR
from webapp.refusals import Missing, Refusal
from webapp.stores import hours, settings


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def terms(bath: Bath, **changed: Any) -> Terms:
    usual: dict[str, Any] = {
        "name": {"zh": "汗蒸"},
        "note": {"zh": ""},
        "kind": "sweat",
        "minutes": 60,
        "people_max": 4,
        "resources": (bath.small.id,),
    }
    return Terms(**{**usual, **changed})


def put(bath: Bath, service: Service | None = None, **changed: Any) -> Service:
    return editing.put_service(bath.store, terms(bath, **changed), bath.world.lin, NOON, service)


def starts(bath: Bath, service: Service, day: dt.date = DAY) -> list[int]:
    here = supply.of(bath.store, NOON)
    return [start.at for start in free.starts(here, here.services[service.id], day) if start.left]


def test_a_new_service_can_be_booked_at_once(bath: Bath) -> None:
    assert starts(bath, bath.family)  # the old edition is in memory
    new = put(bath, price=6800)
    assert moment("19:00") in starts(bath, new)
    assert bath.book(bath.world.mei, moment("19:00"), 2, what=new).price == 13600
    assert Event.get(Event.verb == "service_added").staff_id == bath.world.lin.id


def test_an_edit_is_a_new_edition_and_the_same_again_none(bath: Bath) -> None:
    new = put(bath)
    booked = bath.book(bath.world.mei, moment("19:00"), 2, what=new)
    assert put(bath, new).version == 1
    edited = put(bath, new, minutes=120, price=9900)
    assert edited.version == 2
    assert fresh(booked).ends_at == moment("20:00")
    old = Wish(new.id, moment("21:00"), 2, edition=1)
    with pytest.raises(Refusal) as no:
        bookings.book([old], bath.store, For(bath.world.xin), key="old", at=NOON)
    assert no.value.code == "edited"
    assert bath.book(bath.world.xin, moment("21:00"), 2, what=edited).ends_at == moment("23:00")
    assert seats_equal_bookings()


def test_which_resources_do_it_can_be_changed(bath: Bath) -> None:
    new = put(bath)
    bath.book(bath.world.mei, moment("19:00"), 2, what=new)
    assert moment("19:00") not in starts(bath, new)
    assert put(bath, new, resources=(bath.large.id,)).version == 2
    assert moment("19:00") in starts(bath, new)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": {"zh": " "}}, "name"),
        ({"kind": "spa"}, "kind"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"price": -1}, "price"),
        ({"people_min": 5}, "people_max"),
        ({"people_max": 500}, "people_max"),
        ({"step_minutes": 20}, "step_minutes"),
        ({"horizon_days": 400}, "horizon_days"),
        ({"hours": {"0": [(600, 900), (800, 1000)]}}, "day0"),
        ({"hours": {"0": [(900, 600)]}}, "day0"),
        ({"hours": {"9": [(600, 900)]}}, "hours"),
        ({"options": [{"key": "a", "name": {"zh": "浴袍"}, "price": 1}] * 2}, "options"),
        ({"perks": [{"days": [7], "from": 600, "until": 660, "name": {"zh": "茶"}}]}, "perks"),
    ],
)
def test_odd_terms_are_refused_next_to_their_field(bath: Bath, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as no:
        put(bath, **changed)
    assert no.value.field == field
    assert Service.select().count() == 3


def test_another_stores_things_are_not_there(bath: Bath) -> None:
    world = bath.world
    with pytest.raises(Missing):
        editing.put_service(world.laundry, terms(bath, resources=()), world.zhao, NOON, bath.family)
    with pytest.raises(Refusal) as no:
        editing.put_service(world.laundry, terms(bath), world.zhao, NOON)
    assert no.value.field == "resources"
    with pytest.raises(Missing):
        editing.put_resource(world.laundry, {"zh": "车"}, "van", 4, True, None, world.zhao, NOON, bath.small)


def test_a_retired_service_takes_no_more_and_who_waits_is_told(bath: Bath) -> None:
    stands = bath.book(bath.world.mei, moment("19:00"))
    bath.book(bath.world.member("客"), moment("19:00"))
    waiter = waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    editing.retire_service(bath.family, bath.world.lin, NOON)
    editing.retire_service(bath.family, bath.world.lin, NOON)
    with pytest.raises(Missing):
        bath.book(bath.world.xin, moment("21:00"))
    with pytest.raises(Missing):
        bookings.move(stands, moment("21:00"), NOON, member=bath.world.mei)
    assert fresh(stands).state == "confirmed"
    assert Waiter.get_by_id(waiter.id).state == "over"
    assert Message.select().where(Message.text == "waiting_over").count() == 1
    assert bookings.cancel(stands, NOON, member=bath.world.mei).state == "cancelled"
    assert Event.select().where(Event.verb == "service_retired").count() == 1


def test_a_weekly_wish_ends_with_its_service(bath: Bath) -> None:
    van = editing.put_resource(bath.store, {"zh": "一号车"}, "van", 4, True, None, bath.world.lin, NOON)
    pickup = put(bath, kind="pickup", resources=(van.id,), people_max=1)
    home = addresses.add(bath.world.mei, "家", "解放路 1 号", NOON)
    standings.start(bath.world.mei, pickup, 4, 900, home, "", NOON)
    editing.retire_service(pickup, bath.world.lin, NOON)
    assert Standing.get().ended_at == NOON
    assert Message.select().where(Message.text == "standing_over").count() == 1


def test_a_resource_keeps_room_for_what_is_booked(bath: Bath) -> None:
    lin = bath.world.lin
    bath.book(bath.world.mei, moment("19:00"), 3, what=bath.swim)
    bath.book(bath.world.xin, moment("19:30"), 2, what=bath.swim)
    for capacity, shared, field in ((4, True, "capacity"), (6, False, "shared")):
        with pytest.raises(Refusal) as no:
            editing.put_resource(bath.store, bath.pool.name, "pool", capacity, shared, None, lin, NOON, bath.pool)
        assert no.value.field == field
    smaller = editing.put_resource(bath.store, bath.pool.name, "pool", 5, True, None, lin, NOON, bath.pool)
    assert smaller.capacity == 5
    with pytest.raises(Taken):
        bath.book(bath.world.mei, moment("19:30"), 1, what=bath.swim, key="more")
    assert seats_equal_bookings()


def test_a_resource_with_hours_of_its_own(bath: Bath) -> None:
    weekday = str(DAY.weekday())
    own = {weekday: [(12 * 60, 18 * 60)]}
    editing.put_resource(bath.store, bath.wang.name, "person", 1, False, own, bath.world.lin, NOON, bath.wang)
    times = starts(bath, bath.massage)
    assert (times[0], times[-1]) == (moment("12:00"), moment("17:00"))
    assert starts(bath, bath.massage, DAY + dt.timedelta(days=1)) == []


def test_a_resource_that_is_booked_is_not_retired(bath: Bath) -> None:
    booked = bath.book(bath.world.mei, moment("19:00"))
    with pytest.raises(Refusal) as no:
        editing.retire_resource(bath.small, bath.world.lin, NOON)
    assert no.value.code == "in_use"
    bookings.cancel(booked, NOON, member=bath.world.mei)
    assert editing.retire_resource(bath.small, bath.world.lin, NOON).retired_at == NOON
    assert [part.resource_id for part in bath.book(bath.world.xin, moment("19:00")).parts] == [bath.large.id]


def test_a_special_day_names_whom_it_leaves_outside(bath: Bath) -> None:
    evening = bath.book(bath.world.mei, moment("19:00"))
    bath.book(bath.world.xin, moment("12:00"))
    night = bath.book(bath.world.xin, moment("24:30"))
    day = days.number(DAY)
    args = (bath.world.lin, NOON)
    left = editing.put_special_day(bath.store, day, [(600, 1080)], {"zh": "盘点"}, *args)
    assert [booking.id for booking in left] == [evening.id]
    assert outside.of_day(bath.store, day + 1, NOON)[0].id == night.id
    assert starts(bath, bath.family)[-1] == moment("16:30")
    editing.put_special_day(bath.store, day, [], {"zh": "休息"}, *args)
    assert starts(bath, bath.family) == []
    editing.drop_special_day(bath.store, day, *args)
    editing.drop_special_day(bath.store, day, *args)
    assert starts(bath, bath.family)[-1] == moment("24:30")
    assert SpecialDay.select().count() == 0
    assert Event.select().where(Event.verb == "day_dropped").count() == 1


def test_changed_opening_hours_are_seen_by_who_chose_before(bath: Bath) -> None:
    assert moment("19:00") in starts(bath, bath.family)
    week = hours.of([bath.store])[bath.store.id]
    hours.put(bath.store, {day: [(600, 1080)] for day in week}, bath.world.lin, NOON)
    assert starts(bath, bath.family)[-1] == moment("16:30")
    with pytest.raises(Taken) as told:
        bath.book(bath.world.mei, moment("19:00"))
    assert [start.at for start in told.value.nearest] == [moment("16:00"), moment("16:30")]


def test_a_changed_number_of_the_house_is_seen_at_once(bath: Bath) -> None:
    holiday = dt.date(2026, 5, 1)  # a Friday, Labour Day
    at = moment("12:00", dt.date(2026, 4, 30))
    assert days.intervals(supply.of(bath.store, at), holiday) == [(600, 1560)]
    settings.set_brand_numbers(bath.world.brand, {"holiday_as": 2}, bath.world.zhao, at)
    assert days.intervals(supply.of(bath.store, at), holiday) == []


def tasting(bath: Bath) -> Service:
    return put(bath, name={"zh": "品茶会"}, kind="event", resources=(bath.pool.id,), people_max=4)


def test_an_event_has_dates_and_places_left(bath: Bath) -> None:
    event = tasting(bath)
    date = editing.put_occurrence(event, bath.pool, moment("15:00"), bath.world.lin, NOON)
    assert editing.put_occurrence(event, bath.pool, moment("15:00"), bath.world.lin, NOON).id == date.id
    assert starts(bath, event) == [moment("15:00")]
    bath.book(bath.world.mei, moment("15:00"), 4, what=event)
    with pytest.raises(Taken):
        bath.book(bath.world.xin, moment("15:00"), 3, what=event)
    with pytest.raises(Taken):
        bath.book(bath.world.xin, moment("15:30"), 1, what=event)
    assert seats_equal_bookings()


def test_odd_dates_are_refused(bath: Bath) -> None:
    event = tasting(bath)
    bath.book(bath.world.mei, moment("19:00"), 2, what=bath.swim)
    editing.put_occurrence(event, bath.pool, moment("12:00"), bath.world.lin, NOON)
    other = tasting(bath)
    for service, place, at in (
        (event, bath.pool, NOON - HOUR),
        (event, bath.pool, moment("15:10")),
        (event, bath.small, moment("15:00")),
        (event, bath.pool, moment("19:30")),
        (other, bath.pool, moment("12:30")),
        (bath.family, bath.small, moment("15:00")),
    ):
        with pytest.raises(Refusal):
            editing.put_occurrence(service, place, at, bath.world.lin, NOON)
    assert Occurrence.select().count() == 1


def test_a_cancelled_date_tells_everybody_and_may_come_back(bath: Bath) -> None:
    event = tasting(bath)
    date = editing.put_occurrence(event, bath.pool, moment("15:00"), bath.world.lin, NOON)
    coming = [bath.book(person, moment("15:00"), 2, what=event) for person in (bath.world.mei, bath.world.xin)]
    touched = editing.cancel_occurrence(date, bath.world.lin, NOON)
    assert [(one.id, one.state, one.why) for one in touched] == [(one.id, "cancelled", "closed") for one in coming]
    assert Message.select().where(Message.text == "booking_cancelled").count() == 2
    assert starts(bath, event) == []
    assert editing.cancel_occurrence(date, bath.world.lin, NOON) == []
    assert seats_equal_bookings()
    editing.put_occurrence(event, bath.pool, moment("15:00"), bath.world.lin, NOON)
    assert starts(bath, event) == [moment("15:00")]


def test_a_place_with_dates_ahead_is_not_retired(bath: Bath) -> None:
    editing.put_occurrence(tasting(bath), bath.pool, moment("15:00"), bath.world.lin, NOON)
    with pytest.raises(Refusal):
        editing.retire_resource(bath.pool, bath.world.lin, NOON)
    assert Resource.get_by_id(bath.pool.id).retired_at is None
    assert Booking.select().count() == 0
