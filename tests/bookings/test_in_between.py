"""What lies between two verbs: a card that shows the old time, a step taken back after its answer, a place that an event keeps."""

import datetime as dt

import pytest
from peewee import Database

from models import Event, Member, Message, Waiter, Work, transaction
from tests.bookings.places import DAY, Bath, moment, resource, seats_equal_bookings
from tests.world import NOON, World
from webapp.bookings import (
    arrivals,
    bookings,
    closures,
    dayboard,
    editing,
    free,
    holding,
    overdue,
    supply,
    undo,
    waiting,
)
from webapp.bookings.holding import For, Taken, Wish
from webapp.clock import HOUR, MINUTE
from webapp.refusals import Missing, Refusal

EVENING = moment("19:00")


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def test_the_place_of_an_event_is_kept_for_it(bath: Bath) -> None:
    terms = editing.Terms(
        {"zh": "品茶会"}, kind="event", minutes=60, people_max=6, resources=(bath.pool.id, bath.small.id)
    )
    event = editing.put_service(bath.store, terms, bath.world.lin, NOON)
    editing.put_occurrence(event, bath.pool, moment("15:00"), bath.world.lin, NOON)
    here = supply.of(bath.store, NOON)
    swims = [start.at for start in free.starts(here, bath.swim, DAY)]
    assert moment("14:00") in swims
    assert moment("16:00") in swims
    assert not [at for at in swims if moment("14:00") < at < moment("16:00")]
    board = [one for one in dayboard.openings(here, bath.pool, DAY, NOON) if one.service.id == bath.swim.id]
    assert not [one for one in board if moment("14:00") < one.at < moment("16:00")]
    with pytest.raises(Taken):
        bath.book(bath.world.mei, moment("15:00"), 6, what=bath.swim)
    assert bath.book(bath.world.mei, moment("15:00"), 6, what=event).state == "confirmed"


def test_the_card_of_a_request_goes_with_it_to_another_time(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, EVENING, 1, what=bath.massage)
    moved = bookings.move(mine, NOON + HOUR, NOON + 50 * MINUTE, staff=bath.world.chen)
    card = Work.get(Work.ref == mine.code)
    assert moved.state == "requested"
    assert card.brief["starts_at"] == moved.starts_at
    assert card.done_at is None


def test_a_request_that_staff_move_is_told(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, EVENING, 1, what=bath.massage)
    bookings.move(mine, EVENING + HOUR, NOON, staff=bath.world.chen)
    assert Message.select().where(Message.text == "booking_moved").count() == 1


def test_what_was_moved_away_is_not_taken_back_beside_its_new_time(bath: Bath) -> None:
    mine = bookings.confirm(bath.book(bath.world.mei, EVENING, 1, what=bath.massage), bath.world.chen, NOON)
    asked = bookings.move(mine, EVENING + 2 * HOUR, NOON, member=bath.world.mei)
    bookings.confirm(asked, bath.world.chen, NOON + 1)
    old = holding.fresh(mine)
    assert undo.until(old) == 0
    with pytest.raises(Refusal):
        undo.undo(old, bath.world.chen, NOON + 2)
    assert holding.fresh(mine).state == "cancelled"


def test_an_offer_that_is_closed_may_be_offered_elsewhere(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, EVENING, 1, what=bath.massage)
    offered = bookings.offer_other(mine, EVENING + HOUR, bath.world.chen, NOON)
    closures.close(bath.store, bath.wang, EVENING + HOUR, EVENING + 2 * HOUR, "x", bath.world.lin, NOON)
    again = bookings.offer_other(offered, EVENING + 3 * HOUR, bath.world.chen, NOON)
    assert again.starts_at == EVENING + 3 * HOUR
    assert Work.select().where(Work.done_at.is_null()).count() == 0
    assert bookings.accept(again, bath.world.mei, NOON + 1).state == "confirmed"
    assert seats_equal_bookings()


def test_a_place_that_the_shop_withdrew_is_offered_again_when_it_works_again(bath: Bath) -> None:
    first = bath.book(bath.world.xin, EVENING, 1, what=bath.massage)
    waiter = waiting.join(bath.world.mei, bath.massage, 1, EVENING, EVENING + MINUTE, NOON)
    bookings.cancel(first, NOON, member=bath.world.xin)
    assert Waiter.get_by_id(waiter.id).state == "offered"
    closed = closures.close(bath.store, bath.wang, EVENING, EVENING + HOUR, "x", bath.world.lin, NOON + 1)
    assert Waiter.get_by_id(waiter.id).state == "waiting"
    closures.lift(closed.closure, bath.world.lin, NOON + 2)
    assert Waiter.get_by_id(waiter.id).state == "offered"


def test_who_did_not_come_asks_before_moving_too(bath: Bath) -> None:
    for n in range(3):
        one = bath.book(bath.world.mei, EVENING + n * 2 * HOUR)
        bookings.no_show(one, EVENING + n * 2 * HOUR + MINUTE, bath.world.chen)
    later = EVENING + 24 * HOUR
    mine = bath.book(bath.world.mei, later, now=EVENING + 5 * HOUR)
    assert mine.state == "requested"
    mine = bookings.confirm(mine, bath.world.chen, EVENING + 5 * HOUR)
    moved = bookings.move(mine, later + 2 * HOUR, EVENING + 5 * HOUR, member=bath.world.mei)
    assert moved.state == "requested"


def test_a_move_that_needs_a_yes_offers_no_time_that_runs_into_its_own(bath: Bath) -> None:
    mine = bookings.confirm(bath.book(bath.world.mei, EVENING, 1, what=bath.massage), bath.world.chen, NOON)
    here = supply.of(bath.store, NOON)
    assert bookings.asks_to_move(here, mine, bath.world.mei, NOON)
    near = closures.nearest_for(mine, NOON, keeps=True)
    assert [start.at for start in near] == [EVENING - 90 * MINUTE, EVENING - HOUR, EVENING + HOUR]
    for start in near:
        assert bookings.move(mine, start.at, NOON, member=bath.world.mei).state == "requested"
    with pytest.raises(Taken):
        bookings.move(mine, EVENING + 30 * MINUTE, NOON, member=bath.world.mei)
    at_once = bath.book(bath.world.xin, EVENING)
    assert not bookings.asks_to_move(here, at_once, bath.world.xin, NOON)
    assert EVENING in [start.at for start in closures.nearest_for(at_once, NOON)]


def test_checking_in_ends_a_wish_to_move_and_gives_its_place_back(bath: Bath) -> None:
    mine = bookings.confirm(bath.book(bath.world.mei, EVENING, 1, what=bath.massage), bath.world.chen, NOON)
    asked = bookings.move(mine, EVENING + 2 * HOUR, NOON, member=bath.world.mei)
    before = supply.version(bath.store.id)
    with transaction():
        arrivals.heard(bath.world.mei, bath.store, EVENING)
    assert holding.fresh(mine).state == "arrived"
    assert holding.fresh(asked).state == "cancelled"
    assert supply.version(bath.store.id) > before
    assert seats_equal_bookings()


def test_staff_who_move_a_booking_answer_the_wish_to_move_it(bath: Bath) -> None:
    mine = bookings.confirm(bath.book(bath.world.mei, EVENING, 1, what=bath.massage), bath.world.chen, NOON)
    asked = bookings.move(mine, EVENING + 2 * HOUR, NOON, member=bath.world.mei)
    moved = bookings.move(mine, EVENING + 2 * HOUR, NOON, staff=bath.world.chen)
    assert moved.starts_at == EVENING + 2 * HOUR
    assert holding.fresh(asked).state == "cancelled"
    assert Work.select().where(Work.done_at.is_null()).count() == 0
    assert seats_equal_bookings()


def test_a_cancelled_offer_comes_back_as_the_request_it_was_with_its_new_time(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, EVENING, 1, what=bath.massage)
    offered = bookings.offer_other(mine, EVENING + HOUR, bath.world.chen, NOON)
    bookings.cancel(offered, NOON, staff=bath.world.chen)
    back = undo.undo(offered, bath.world.chen, NOON)
    card = Work.get(Work.ref == mine.code)
    assert back.state == "requested"
    assert card.done_at is None
    assert card.brief["starts_at"] == back.starts_at == EVENING + HOUR


def test_a_place_held_for_somebody_in_line_is_not_taken_back_once_it_was_called_off(bath: Bath) -> None:
    first = bath.book(bath.world.xin, EVENING, 1, what=bath.massage)
    waiter = waiting.join(bath.world.mei, bath.massage, 1, EVENING, EVENING + MINUTE, NOON)
    bookings.cancel(first, NOON, member=bath.world.xin)
    offer = waiting.offer_of(waiter)
    assert offer
    gone = bookings.cancel(offer, NOON, staff=bath.world.chen)
    assert Waiter.get_by_id(waiter.id).state == "waiting"
    assert undo.until(gone) == 0


def test_nobody_without_a_card_is_offered_what_they_could_not_answer(bath: Bath) -> None:
    wish, whom = Wish(bath.family.id, EVENING, 2), For(guest="老李", guest_phone="+8613800000000")
    guest = bookings.book([wish], bath.store, whom, key="老李", at=NOON, source="phone", staff=bath.world.chen)
    closures.close(bath.store, None, EVENING, EVENING + HOUR, "停水", bath.world.lin, NOON)
    with pytest.raises(Refusal) as no:
        bookings.offer_other(guest, EVENING + 3 * HOUR, bath.world.chen, NOON)
    assert no.value.code == "nobody_to_ask"
    assert bookings.move(guest, EVENING + 3 * HOUR, NOON, staff=bath.world.chen).state == "confirmed"


def test_an_event_that_is_called_off_is_in_the_story_of_whoever_came(bath: Bath) -> None:
    terms = editing.Terms({"zh": "品茶会"}, kind="event", people_max=6, resources=(bath.pool.id,))
    event = editing.put_service(bath.store, terms, bath.world.lin, NOON)
    date = editing.put_occurrence(event, bath.pool, moment("15:00"), bath.world.lin, NOON)
    mine = bath.book(bath.world.mei, moment("15:00"), 2, what=event)
    editing.cancel_occurrence(date, bath.world.lin, NOON)
    assert Event.select().where(Event.ref == mine.code, Event.verb == "booking_cancelled").count() == 1


def test_who_was_offered_the_last_of_a_retired_service_does_not_wait_for_ever(bath: Bath) -> None:
    first = bath.book(bath.world.xin, EVENING, 1, what=bath.massage)
    waiter = waiting.join(bath.world.mei, bath.massage, 1, EVENING, EVENING + MINUTE, NOON)
    bookings.cancel(first, NOON, member=bath.world.xin)
    editing.retire_service(bath.massage, bath.world.lin, NOON)
    overdue.settle(NOON + HOUR)
    assert Waiter.get_by_id(waiter.id).state == "over"
    assert Message.select().where(Message.text == "waiting_over").count() == 1


def test_who_stands_in_line_may_bring_more(bath: Bath) -> None:
    for name in ("一", "二"):
        bath.book(bath.world.member(name), EVENING)
    two = waiting.join(bath.world.mei, bath.family, 2, EVENING, EVENING + MINUTE, NOON)
    four = waiting.join(bath.world.mei, bath.family, 4, EVENING, EVENING + 30 * MINUTE, NOON)
    assert four.id == two.id
    assert (four.people, four.until_at, four.state) == (4, EVENING + 30 * MINUTE, "waiting")


def test_running_late_is_for_the_time_that_was_seen(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, EVENING)
    bookings.move(mine, EVENING + 3 * HOUR, NOON, staff=bath.world.chen)
    assert bookings.late(mine, bath.world.mei, EVENING).late_until is None


def test_who_leaves_the_line_takes_the_offer_out_of_the_calendar_too(bath: Bath) -> None:
    first = bath.book(bath.world.xin, EVENING, 1, what=bath.massage)
    waiter = waiting.join(bath.world.mei, bath.massage, 1, EVENING, EVENING + MINUTE, NOON)
    bookings.cancel(first, NOON, member=bath.world.xin)
    offer = waiting.offer_of(waiter)
    assert offer
    waiting.leave(Waiter.get_by_id(waiter.id), bath.world.mei, NOON)
    gone = holding.fresh(offer)
    assert (gone.state, gone.sequence) == ("lapsed", offer.sequence + 1)
    assert Event.select().where(Event.ref == offer.code, Event.verb == "booking_skipped").count() == 1


def test_nothing_is_booked_for_a_card_that_is_no_more(bath: Bath) -> None:
    gone = bath.world.member("旧卡")
    Member.update(merged_into=bath.world.mei.id).where(Member.id == gone.id).execute()
    with pytest.raises(Missing):
        bath.book(Member.get_by_id(gone.id), EVENING)
    Member.update(merged_into=None, erased_at=NOON).where(Member.id == gone.id).execute()
    with pytest.raises(Missing):
        bath.book(Member.get_by_id(gone.id), EVENING)


def test_the_board_of_a_day_without_the_event_is_shown_too(bath: Bath) -> None:
    lawn = resource(bath.store, "草坪", kind="place", capacity=12, shared=True)
    terms = editing.Terms({"zh": "灯会"}, kind="event", people_max=6, resources=(lawn.id,))
    event = editing.put_service(bath.store, terms, bath.world.lin, NOON)
    editing.put_occurrence(event, lawn, moment("15:00") + 7 * 24 * HOUR, bath.world.lin, NOON)
    here = supply.of(bath.store, NOON)
    row = next(row for row in dayboard.of(here, DAY, NOON).rows if row.resource.id == lawn.id)
    assert [cell.kind for cell in row.cells] == ["closed"]
    on_the_day = dayboard.of(here, DAY + dt.timedelta(days=7), NOON)
    row = next(row for row in on_the_day.rows if row.resource.id == lawn.id)
    assert "load" in [cell.kind for cell in row.cells]
