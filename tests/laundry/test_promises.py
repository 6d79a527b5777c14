"""A time is counted in opening days, told anew with a reason before it passes, and who is ahead is counted."""

import datetime as dt

import pytest

from models import Event, Message, OpeningInterval, Order, SpecialDay, Work
from tests.bookings.places import moment
from tests.laundry.places import Cleaner
from tests.world import NOON, SHANGHAI, World
from webapp.bookings import days, editing
from webapp.clock import DAY, HOUR
from webapp.laundry import orders, promises
from webapp.outbox.words import read
from webapp.refusals import Refusal

WEDNESDAY = dt.date(2026, 5, 20)


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def wall(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at, SHANGHAI):%a %d %H:%M}"


def test_the_slowest_piece_decides_and_the_evening_is_the_hour(cleaner: Cleaner) -> None:
    assert wall(promises.promise(cleaner.store, [cleaner.shirt, cleaner.coat], NOON)) == "Sat 23 18:00"
    assert wall(promises.promise(cleaner.store, [cleaner.shirt], NOON)) == "Thu 21 18:00"
    assert wall(promises.promise(cleaner.store, [None], NOON)) == "Sat 23 18:00"
    assert wall(promises.promise(cleaner.store, 5, NOON)) == "Mon 25 18:00"


def test_the_same_day_needs_four_hours(cleaner: Cleaner) -> None:
    assert wall(promises.promise(cleaner.store, 0, NOON)) == "Wed 20 18:00"
    assert wall(promises.promise(cleaner.store, 0, NOON + 1)) == "Thu 21 18:00"


def test_days_on_which_the_shop_is_shut_do_not_count(cleaner: Cleaner) -> None:
    OpeningInterval.delete().where(
        OpeningInterval.store == cleaner.store.id, OpeningInterval.weekday.in_((5, 6))
    ).execute()
    friday = days.number(WEDNESDAY + dt.timedelta(days=2))
    editing.put_special_day(cleaner.store, friday, [(600, 900)], {"zh": "盘点"}, cleaner.shen, NOON)
    assert wall(promises.promise(cleaner.store, 2, NOON)) == "Fri 22 14:00", "an hour before it closes"
    assert wall(promises.promise(cleaner.store, 3, NOON)) == "Mon 25 18:00"
    SpecialDay.delete().execute()
    editing.put_special_day(cleaner.store, friday, [], {"zh": "装修"}, cleaner.shen, NOON)
    assert wall(promises.promise(cleaner.store, 2, NOON)) == "Mon 25 18:00"


def test_a_store_without_hours_still_promises_something_later(cleaner: Cleaner) -> None:
    OpeningInterval.delete().execute()
    assert promises.promise(cleaner.store, 3, NOON) == NOON + 3 * DAY


def test_a_new_time_is_told_at_once_with_its_reason(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    first, then = order.promised_at, moment("19:00", WEDNESDAY + dt.timedelta(days=5))
    for _ in range(2):
        order = promises.renew(order, then, "烘干机在修", cleaner.shen, NOON + HOUR)
    assert (order.promised_at, order.first_promised_at, order.promises) == (then, first, 1)
    (message,) = Message.select().where(Message.text == "order_promise")
    assert "烘干机在修" in read(message.text, message.params, "zh").text
    assert message.url == f"/orders/{order.code}"
    assert Event.select().where(Event.verb == "promise_renewed").count() == 1


def test_a_promise_that_has_passed_is_renewed_with_an_apology_and_stays_counted(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    at = order.promised_at + HOUR
    promises.renew(order, at + DAY, "要再去一次渍", cleaner.bo, at)
    assert [row.text for row in Message.select().where(Message.text.in_(("order_promise", "order_late")))] == [
        "order_late"
    ]
    assert Event.get(Event.verb == "promise_renewed").data["late"] is True
    assert promises.late(cleaner.store, at) == []


def test_a_time_that_is_over_or_closed_or_without_a_reason_is_refused(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    good = order.promised_at + DAY
    for new_at, why, code in (
        (NOON, "忙", "past"),
        (NOON + 61 * DAY, "忙", "too_far"),
        (good, "  ", "why_missing"),
        (moment("23:30"), "忙", "closed"),
    ):
        with pytest.raises(Refusal) as no:
            promises.renew(order, new_at, why, cleaner.bo, NOON)
        assert no.value.code == code
    cleaner.until(order, "racked")
    with pytest.raises(Refusal) as no:
        promises.renew(orders.fresh(order), good, "忙", cleaner.bo, NOON)
    assert no.value.code == "not_working"
    assert Order.get_by_id(order.id).promises == 0


def test_of_two_new_times_at_once_one_is_told(cleaner: Cleaner) -> None:
    seen = cleaner.agreed()
    promises.renew(seen, seen.promised_at + DAY, "忙", cleaner.bo, NOON)
    with pytest.raises(Refusal) as no:
        promises.renew(seen, seen.promised_at + 2 * DAY, "忙", cleaner.qi, NOON)
    assert no.value.code == "changed"
    assert Message.select().where(Message.text == "order_promise").count() == 1


def test_a_card_comes_some_hours_before_and_once_for_each_promise(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    due = order.promised_at
    assert promises.warn(due - 5 * HOUR - 1) == 0
    assert promises.warn(due - 5 * HOUR) == 1
    assert promises.warn(due - 4 * HOUR) == 0
    (card,) = Work.select().where(Work.kind == "promise")
    assert (card.ref, card.due_at, card.brief["pieces"], card.done_at) == (order.code, due, 1, None)
    later = promises.renew(order, due + DAY, "忙", cleaner.bo, due - HOUR)
    assert Work.get_by_id(card.id).done_at
    assert promises.warn(due - HOUR // 2) == 0
    assert promises.warn(later.promised_at - HOUR) == 1
    (card,) = Work.select().where(Work.kind == "promise")
    assert (card.due_at, card.done_at) == (due + DAY, None)


def test_what_is_ready_is_neither_warned_of_nor_late(cleaner: Cleaner) -> None:
    done, late = cleaner.ready(), cleaner.agreed()
    assert promises.warn(done.promised_at - HOUR) == 1
    assert [order.id for order in promises.late(cleaner.store, late.promised_at)] == [late.id]
    assert promises.late(cleaner.store, late.promised_at - 1) == []
    assert promises.late(cleaner.world.bath, late.promised_at) == []


def test_who_is_ahead_is_counted_by_promise_and_only_while_it_is_worked_on(cleaner: Cleaner) -> None:
    first = cleaner.agreed()
    shirts = cleaner.open(cleaner.world.xin)
    cleaner.add(shirts, cleaner.shirt)
    assert promises.ahead(orders.fresh(shirts)) == 0, "nothing is promised yet"
    second = cleaner.agreed()
    assert [promises.ahead(order) for order in (first, second)] == [0, 1]
    cleaner.until(first, "racked")
    assert [promises.ahead(orders.fresh(order)) for order in (first, second)] == [0, 0]
