"""Something breaks: one button, and everybody touched is listed, told, on a card with a clock, and free to go elsewhere."""

import pytest
from peewee import Database

from models import Booking, Closure, Event, Message, Part, Resource, Waiter, Work
from tests.bookings.places import DAY, Bath, moment, seats_equal_bookings
from tests.world import NOON, World
from webapp.bookings import bookings, closures, free, supply, waiting
from webapp.bookings.holding import For, Taken, Wish, fresh
from webapp.clock import HOUR, MINUTE
from webapp.outbox.words import read
from webapp.refusals import Refusal


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def close(
    bath: Bath, resource: Resource | None = None, begins: str = "18:00", ends: str = "22:00", at: int = NOON
) -> closures.Closed:
    return closures.close(bath.store, resource, moment(begins), moment(ends), "锅炉坏了", bath.world.lin, at)


def cards() -> list[str]:
    return [card.ref for card in Work.select().where(Work.kind == "rebook", Work.done_at.is_null()).order_by(Work.id)]


def told(booking: Booking) -> list[str]:
    query = Message.select().where(Message.member == booking.member_id, Message.url == f"/bookings/{booking.code}")
    return [message.text for message in query.order_by(Message.id)]


def test_closing_a_room_lists_whom_it_touches_and_nobody_else(bath: Bath) -> None:
    small = bath.book(bath.world.mei, moment("19:00"))
    bath.book(bath.world.xin, moment("19:00"))  # in the large one
    bath.book(bath.world.xin, moment("12:00"))  # in the small one, earlier
    closed = close(bath, bath.small)
    assert [one.code for one in closed.touched] == [small.code] == cards()
    card = Work.get(Work.kind == "rebook")
    assert card.due_at == NOON + 5 * MINUTE
    assert card.member_id == bath.world.mei.id
    assert told(small) == ["booking_confirmed", "booking_troubled"]
    message = Message.get(Message.text == "booking_troubled")
    assert "锅炉坏了" in read(message.text, message.params, "zh").text
    trouble = closures.trouble(small)
    assert trouble
    assert trouble.id == closed.closure.id
    assert [row.id for row in closures.standing(bath.store, NOON)] == [trouble.id]


def test_closing_the_day_touches_everybody_and_nothing_is_free(bath: Bath) -> None:
    mine = [
        bath.book(bath.world.mei, moment("19:00")),
        bath.book(bath.world.xin, moment("15:00"), 1, what=bath.massage),
    ]
    closed = close(bath, None, "10:00", "26:00")
    assert {one.id for one in closed.touched} == {one.id for one in mine}
    here = supply.of(bath.store, NOON)
    assert free.starts(here, bath.family, DAY) == []
    with pytest.raises(Taken):
        bath.book(bath.world.xin, moment("19:00"))


def test_the_same_button_again_changes_nothing(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"))
    first, second = close(bath, bath.small), close(bath, bath.small)
    assert first.closure.id == second.closure.id
    assert len(second.touched) == 1
    assert Closure.select().count() == 1
    assert Message.select().where(Message.text == "booking_troubled").count() == 1
    assert Event.select().where(Event.verb == "closed").count() == 1


def test_the_nearest_times_begin_with_the_same_time_elsewhere(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    close(bath, bath.small)
    assert [start.at for start in closures.nearest_for(mine, NOON)] == [
        moment("18:30"),
        moment("19:00"),
        moment("19:30"),
    ]
    bath.book(bath.world.xin, moment("19:00"))
    assert [start.at for start in closures.nearest_for(mine, NOON)] == [
        moment("16:30"),
        moment("17:00"),
        moment("21:00"),
    ]


def test_two_services_of_a_party_find_times_at_which_both_fit(bath: Bath) -> None:
    wishes = [Wish(bath.family.id, moment("19:00"), 2), Wish(bath.massage.id, moment("20:30"), 1)]
    mine = bookings.confirm(
        bookings.book(wishes, bath.store, For(bath.world.mei), key="both", at=NOON), bath.world.chen, NOON
    )
    close(bath, bath.wang, "20:00", "22:00")
    for start in closures.nearest_for(mine, NOON):
        assert start.at + 90 * MINUTE + 45 * MINUTE <= moment("20:00") or start.at + 90 * MINUTE >= moment("22:00")


def test_what_the_shop_broke_moves_free_at_once_and_after_the_limit(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    late = moment("18:30")
    with pytest.raises(Refusal, match="太近"):
        bookings.move(mine, moment("21:00"), late, member=bath.world.mei)
    close(bath, bath.small, "18:00", "22:00", late)
    same_time = bookings.move(mine, moment("19:00"), late, member=bath.world.mei)
    assert [part.resource_id for part in same_time.parts] == [bath.large.id]
    assert same_time.sequence == 1
    assert cards() == []
    assert closures.trouble(same_time) is None
    assert told(mine)[-1] == "booking_reseated"
    with pytest.raises(Refusal, match="太近"):
        bookings.move(same_time, moment("23:00"), late, member=bath.world.mei)
    assert seats_equal_bookings()


def test_a_service_on_request_that_the_shop_broke_moves_without_asking(bath: Bath) -> None:
    asked = bath.book(bath.world.mei, moment("19:00"), 1, what=bath.massage)
    mine = bookings.confirm(asked, bath.world.chen, NOON)
    close(bath, bath.wang)
    moved = bookings.move(mine, moment("22:00"), NOON, member=bath.world.mei)
    assert moved.id == mine.id
    assert moved.state == "confirmed"
    assert moved.starts_at == moment("22:00")
    assert Booking.select().count() == 1
    assert cards() == []
    assert seats_equal_bookings()


def test_what_the_shop_broke_may_be_cancelled_at_the_last_minute(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    late = moment("18:59")
    with pytest.raises(Refusal):
        bookings.cancel(mine, late, member=bath.world.mei)
    close(bath, bath.small, at=late)
    assert bookings.cancel(mine, late, member=bath.world.mei).state == "cancelled"
    assert cards() == []


def test_nobody_is_blamed_for_not_coming_to_a_closed_shop(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    close(bath, bath.small)
    missed = bookings.no_show(mine, moment("19:20"), bath.world.chen)
    assert (missed.state, missed.why) == ("no_show", "closed")
    assert "booking_no_show" not in told(mine)
    assert cards() == []


def test_lifting_tells_those_who_stayed_and_takes_their_cards(bath: Bath) -> None:
    stayed = bath.book(bath.world.mei, moment("19:00"))
    room, day = close(bath, bath.small), close(bath, None, "18:30", "23:00")
    closures.lift(room.closure, bath.world.lin, NOON + 1)
    assert cards() == [stayed.code], "the day is still closed"
    closures.lift(day.closure, bath.world.lin, NOON + 2)
    closures.lift(day.closure, bath.world.lin, NOON + 3)
    assert cards() == []
    assert told(stayed).count("booking_stands") == 1
    assert closures.trouble(stayed) is None
    assert closures.standing(bath.store, NOON) == []
    assert fresh(stayed).state == "confirmed"
    assert seats_equal_bookings()


def test_the_same_room_may_break_twice(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    closures.lift(close(bath, bath.small).closure, bath.world.lin, NOON + 1)
    close(bath, bath.small, at=NOON + HOUR)
    assert cards() == [mine.code]
    assert Work.get(Work.kind == "rebook").due_at == NOON + HOUR + 5 * MINUTE
    assert told(mine).count("booking_troubled") == 2


def test_a_place_held_for_somebody_in_line_is_withdrawn_and_they_are_back_in_line(bath: Bath) -> None:
    both = [bath.book(bath.world.member(f"客{n}"), moment("19:00")) for n in range(2)]
    waiter = waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    bookings.cancel(both[0], NOON, member=both[0].member)
    offer = waiting.offer_of(waiter)
    assert offer
    closed = close(bath, None)
    assert offer.id not in [one.id for one in closed.touched]
    assert fresh(offer).state == "lapsed"
    assert Waiter.get_by_id(waiter.id).state == "waiting"
    assert told(offer)[-1] == "offer_withdrawn"
    assert seats_equal_bookings()


def test_lifting_offers_what_is_free_again_to_those_who_wait(bath: Bath) -> None:
    closed = close(bath, None)
    waiter = waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("20:00"), NOON)
    assert waiting.offer_of(waiter) is None
    closures.lift(closed.closure, bath.world.lin, NOON)
    offer = waiting.offer_of(waiter)
    assert offer
    assert offer.starts_at == moment("19:00")


def test_a_yes_is_refused_for_a_time_that_is_closed(bath: Bath) -> None:
    asked = bath.book(bath.world.mei, moment("19:00"), 1, what=bath.massage)
    close(bath, bath.wang)
    with pytest.raises(Refusal) as no:
        bookings.confirm(asked, bath.world.chen, NOON)
    assert no.value.code == "closed"
    assert fresh(asked).state == "requested"
    offered = bookings.offer_other(asked, moment("22:00"), bath.world.chen, NOON)
    assert offered.state == "offered"
    assert cards() == []
    close(bath, bath.wang, "22:00", "23:00")
    with pytest.raises(Refusal) as no:
        bookings.accept(offered, bath.world.mei, NOON)
    assert no.value.code == "closed"


def test_a_closure_moves_no_other_time(bath: Bath) -> None:
    before = [start.at for start in free.starts(supply.of(bath.store, NOON), bath.family, DAY)]
    close(bath, None, "13:07", "14:20")
    after = [start.at for start in free.starts(supply.of(bath.store, NOON), bath.family, DAY)]
    assert set(after) < set(before)
    assert moment("11:30") in after
    assert moment("12:00") not in after
    assert moment("14:00") not in after
    assert moment("14:30") in after


def test_odd_closures_are_refused(bath: Bath) -> None:
    with pytest.raises(Refusal):
        close(bath, bath.small, "18:00", "17:00")
    with pytest.raises(Refusal):
        closures.close(bath.store, None, NOON - HOUR, NOON - 1, "", bath.world.lin, NOON)
    with pytest.raises(Refusal):
        closures.close(bath.world.laundry, bath.small, NOON, NOON + HOUR, "", bath.world.lin, NOON)
    assert Closure.select().count() == 0
    assert Part.select().count() == 0
