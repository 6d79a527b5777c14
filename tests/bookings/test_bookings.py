"""Booking, moving, cancelling: what is held is held, on both databases."""

import pytest
from peewee import Database

from models import Ability, Booking, Part, Seat, Waiter
from tests.bookings.places import DAY, Bath, moment, resource, seats_equal_bookings
from tests.world import NOON, World
from webapp import check
from webapp.bookings import bookings, free, overdue, supply, waiting
from webapp.bookings.holding import For, Taken, Wish, fresh
from webapp.clock import HOUR, MINUTE
from webapp.refusals import Refusal


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def test_a_booking_holds_its_room_and_the_time_to_clean_it(bath: Bath) -> None:
    booking = bath.book(bath.world.mei, moment("19:00"))
    assert booking.state == "confirmed"
    assert booking.ends_at == moment("20:30")
    part = Part.get(Part.booking == booking.id)
    assert Seat.select().where(Seat.part == part.id).count() == 7
    assert seats_equal_bookings()


def test_the_same_ticket_is_the_same_booking(bath: Bath) -> None:
    first = bath.book(bath.world.mei, moment("19:00"), key="one")
    assert bath.book(bath.world.mei, moment("19:00"), key="one").id == first.id
    assert Booking.select().count() == 1


def test_when_both_rooms_are_taken_the_next_is_told_the_nearest_times(bath: Bath) -> None:
    for number in range(2):
        bath.book(bath.world.member(f"客{number}"), moment("19:00"))
    with pytest.raises(Taken) as told:
        bath.book(bath.world.xin, moment("19:00"))
    assert [start.at for start in told.value.nearest] == [moment("17:00"), moment("21:00")]
    assert Booking.select().count() == 2
    assert seats_equal_bookings()


def test_a_large_party_takes_two_rooms_or_none(bath: Bath) -> None:
    bath.family.people_max = 8
    bath.family.save()
    supply.take(bath.store.id)
    booking = bath.book(bath.world.mei, moment("19:00"), 7)
    assert sorted(part.people for part in booking.parts) == [3, 4]
    assert booking.price == 7 * 8800
    with pytest.raises(Taken):
        bath.book(bath.world.xin, moment("20:00"), 2)
    assert seats_equal_bookings()


def test_a_pool_takes_as_many_people_as_it_holds(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"), 4, what=bath.swim)
    with pytest.raises(Taken):
        bath.book(bath.world.xin, moment("19:30"), 3, what=bath.swim)
    bath.book(bath.world.xin, moment("19:30"), 2, what=bath.swim)
    assert seats_equal_bookings()


def test_two_services_for_one_party_are_held_together_or_not_at_all(bath: Bath) -> None:
    bath.book(bath.world.xin, moment("20:30"), 1, what=bath.massage)
    wishes = [Wish(bath.family.id, moment("19:00"), 2), Wish(bath.massage.id, moment("20:30"), 1)]
    with pytest.raises(Taken):
        bookings.book(wishes, bath.store, For(bath.world.mei), key="both", at=NOON)
    assert Booking.select().count() == 1
    assert seats_equal_bookings()


def test_a_request_holds_its_place_until_somebody_answers(bath: Bath) -> None:
    asked = bath.book(bath.world.mei, moment("15:00"), 1, what=bath.massage)
    assert asked.state == "requested"
    with pytest.raises(Taken):
        bath.book(bath.world.xin, moment("15:00"), 1, what=bath.massage)
    assert bookings.confirm(asked, bath.world.chen, NOON + MINUTE).state == "confirmed"
    assert bookings.confirm(asked, bath.world.chen, NOON + MINUTE).state == "confirmed"


def test_moving_keeps_the_old_place_when_the_new_one_is_taken(bath: Bath) -> None:
    for number in range(2):
        bath.book(bath.world.member(f"客{number}"), moment("12:00"))
    mine = bath.book(bath.world.mei, moment("19:00"))
    with pytest.raises(Taken):
        bookings.move(mine, moment("12:30"), NOON, member=bath.world.mei)
    assert bookings.holding.fresh(mine).starts_at == moment("19:00")
    assert seats_equal_bookings()
    moved = bookings.move(mine, moment("19:30"), NOON, member=bath.world.mei)
    assert moved.starts_at == moment("19:30")
    assert moved.sequence == 1
    assert seats_equal_bookings()


def test_a_cancelled_place_is_offered_to_the_first_in_line_and_held(bath: Bath) -> None:
    first, _second = (bath.book(bath.world.member(f"客{n}"), moment("19:00")) for n in range(2))
    waiter = waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    assert waiter.state == "waiting"
    assert waiting.place(waiter).number == 1
    later = waiting.join(bath.world.mei, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    assert waiting.place(later).number == 2
    bookings.cancel(first, NOON, member=first.member)
    offer = waiting.offer_of(Waiter.get_by_id(waiter.id))
    assert offer
    assert offer.offer_until == NOON + 10 * MINUTE
    assert waiting.offer_of(later) is None
    with pytest.raises(Taken):
        bath.book(bath.world.mei, moment("19:00"))
    assert overdue.settle(NOON + 10 * MINUTE) == 1
    second_offer = waiting.offer_of(later)
    assert second_offer
    assert bookings.accept(second_offer, bath.world.mei, NOON + 11 * MINUTE).state == "confirmed"
    assert Waiter.get_by_id(later.id).state == "taken"
    assert Waiter.get_by_id(waiter.id).state == "waiting"
    assert seats_equal_bookings()


def test_another_time_for_a_place_from_the_line_is_no_offer_of_the_line(bath: Bath) -> None:
    first, _second = (bath.book(bath.world.member(f"客{n}"), moment("19:00")) for n in range(2))
    waiter = waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    bookings.cancel(first, NOON, member=first.member)
    mine = bookings.accept(waiting.offer_of(waiter), bath.world.xin, NOON)
    Booking.update(state="requested").where(Booking.id == mine.id).execute()  # as a shop has it that says yes first
    bookings.offer_other(Booking.get_by_id(mine.id), moment("20:30"), bath.world.chen, NOON)
    assert Waiter.get_by_id(waiter.id).state == "taken"
    assert check.run() == []


def test_a_late_party_keeps_its_place_a_quarter_of_an_hour(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    now = moment("19:05")
    assert bookings.late(mine, bath.world.mei, now).late_until == moment("19:15")
    assert overdue.settle(moment("19:14")) == 0
    assert overdue.settle(moment("19:15")) == 1
    assert bookings.holding.fresh(mine).state == "no_show"
    assert seats_equal_bookings()


def test_free_times_follow_the_hours_past_midnight(bath: Bath) -> None:
    here = supply.of(bath.store, NOON)
    times = [start.at for start in free.starts(here, bath.family, DAY)]
    assert times[0] == moment("10:00")
    assert times[-1] == moment("24:30")
    assert [day.mark for day in free.strip(here, bath.family, 2, NOON, "ordinary", count=3)] == ["quiet"] * 3


def test_what_is_past_or_too_far_is_refused(bath: Bath) -> None:
    for at, code in ((moment("19:00") - 48 * HOUR, "past"), (moment("19:00") + 40 * 24 * HOUR, "too_far")):
        with pytest.raises(Refusal) as no:
            bath.book(bath.world.mei, at)
        assert no.value.code == code


def test_another_time_is_offered_for_what_was_moved_while_somebody_looked(bath: Bath) -> None:
    seen = bath.book(bath.world.mei, moment("15:00"), 1, what=bath.massage)
    bookings.move(seen, moment("12:00"), NOON, member=bath.world.mei)
    offered = bookings.offer_other(seen, moment("17:00"), bath.world.chen, NOON)
    assert (offered.starts_at, offered.ends_at) == (moment("17:00"), moment("17:45"))
    assert seats_equal_bookings()


def test_who_walked_in_had_come(bath: Bath) -> None:
    wish = Wish(bath.family.id, moment("19:00"), 2)
    key, now = "desk:walk in", moment("19:00")
    walked = bookings.book(
        [wish], bath.store, For(guest="散客"), key=key, at=now, source="walk_in", staff=bath.world.chen
    )
    assert overdue.settle(moment("20:30")) == 1
    assert (bookings.holding.fresh(walked).state, bookings.holding.fresh(walked).arrived_at) == (
        "done",
        moment("19:00"),
    )


def test_a_move_keeps_the_therapist_while_they_are_free(bath: Bath) -> None:
    li = resource(bath.store, "李师傅", kind="person", capacity=1, place=4)
    Ability.create(service=bath.massage.id, resource=li.id)
    supply.take(bath.store.id)
    wish = Wish(bath.massage.id, moment("15:00"), 1, li.id)
    booking = bookings.book([wish], bath.store, For(bath.world.mei), key="li", at=NOON, staff=bath.world.chen)
    moved = bookings.move(booking, moment("16:00"), NOON, staff=bath.world.chen)
    assert [part.resource_id for part in moved.parts] == [li.id]
    taken = Wish(bath.massage.id, moment("18:00"), 1, li.id)
    bookings.book([taken], bath.store, For(bath.world.xin), key="xin", at=NOON, staff=bath.world.chen)
    elsewhere = bookings.move(fresh(booking), moment("18:00"), NOON, staff=bath.world.chen)
    assert [part.resource_id for part in elsewhere.parts] == [bath.wang.id]
    assert seats_equal_bookings()
