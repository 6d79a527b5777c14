"""Two quiet reminders, each once, and never for what does not take place."""

import pytest
from peewee import Database

from models import Booking, Message, Part, Store
from tests.bookings.places import Bath, moment
from tests.world import NOON, World
from webapp.bookings import bookings, closures, reminders
from webapp.bookings.holding import For, Wish
from webapp.clock import HOUR, MINUTE
from webapp.outbox.words import read

EVE = NOON + 4 * HOUR  # 18:00 today


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def told() -> list[str]:
    texts = ("booking_tomorrow", "booking_soon")
    return [row.text for row in Message.select().where(Message.text.in_(texts)).order_by(Message.id)]


def test_the_evening_before_and_two_hours_before_each_once(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"))
    for at, so_far in (
        (EVE - 1, []),
        (EVE, ["booking_tomorrow"]),
        (EVE + HOUR, ["booking_tomorrow"]),
        (moment("17:00") - 1, ["booking_tomorrow"]),
        (moment("17:00"), ["booking_tomorrow", "booking_soon"]),
        (moment("18:59"), ["booking_tomorrow", "booking_soon"]),
        (moment("19:00"), ["booking_tomorrow", "booking_soon"]),
    ):
        reminders.send_due(at)
        assert told() == so_far, at
    message = Message.get(Message.text == "booking_soon")
    assert read(message.text, message.params, "zh").text.startswith("5月21日 19:00 ")


def test_somebody_who_booked_in_the_evening_is_reminded_soon(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"), now=EVE + 3 * HOUR)
    assert reminders.send_due(EVE + 3 * HOUR + MINUTE) == 1
    assert told() == ["booking_tomorrow"]


def test_nobody_is_reminded_of_what_they_just_did(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"), now=moment("10:00"))  # on the day itself
    bath.book(bath.world.xin, moment("12:00"), now=moment("10:30"))  # within two hours
    assert sum(reminders.send_due(moment("10:31") + n * 5 * MINUTE) for n in range(12 * 6)) == 0
    assert reminders.send_due(moment("17:00")) == 1


def test_a_worker_that_slept_tells_in_the_morning_and_not_at_the_door(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"))
    bath.book(bath.world.xin, moment("12:00"))
    assert reminders.send_due(moment("09:30")) == 1
    assert [row.member_id for row in Message.select().where(Message.text == "booking_tomorrow")] == [bath.world.mei.id]


def test_what_is_cancelled_asked_or_in_trouble_is_not_reminded(bath: Bath) -> None:
    gone = bath.book(bath.world.mei, moment("19:00"))
    bookings.cancel(gone, NOON, member=bath.world.mei)
    bath.book(bath.world.mei, moment("15:00"), 1, what=bath.massage)
    shut = bath.book(bath.world.xin, moment("19:00"))
    place = Part.get(Part.booking == shut.id).resource
    closures.close(bath.store, place, moment("18:00"), moment("22:00"), "", bath.world.lin, NOON)
    assert reminders.send_due(EVE) == 0
    assert reminders.send_due(moment("17:30")) == 0


def test_who_moved_is_reminded_of_the_new_time(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    assert reminders.send_due(EVE) == 1
    bookings.move(mine, moment("20:00"), EVE + 1, member=bath.world.mei)
    assert reminders.send_due(EVE + 5 * MINUTE) == 1
    keys = {row.key for row in Message.select().where(Message.text == "booking_tomorrow")}
    assert keys == {f"booking_tomorrow:{mine.code}:{n}" for n in (0, 1)}


def test_somebody_without_a_card_has_no_inbox(bath: Bath) -> None:
    wish = Wish(bath.family.id, moment("19:00"), 2)
    bookings.book([wish], bath.store, For(None, "王阿姨"), key="g", at=NOON, source="phone", staff=bath.world.chen)
    assert reminders.send_due(EVE) == 0


def test_the_evening_is_that_of_the_stores_own_wall(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    Store.update(timezone="America/New_York").where(Store.id == bath.store.id).execute()
    starts_at = moment("19:00") + 12 * HOUR  # 19:00 in New York
    Booking.update(starts_at=starts_at, ends_at=starts_at + HOUR).where(Booking.id == mine.id).execute()
    assert reminders.send_due(EVE + 12 * HOUR - 1) == 0
    assert reminders.send_due(EVE + 12 * HOUR) == 1
    message = Message.get(Message.text == "booking_tomorrow")
    assert read(message.text, message.params, "zh", "Asia/Shanghai").text.startswith("5月21日 19:00")


def test_many_are_reminded_in_batches(bath: Bath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "BATCH", 2)
    for n in range(5):
        bath.book(bath.world.member(f"客{n}"), moment("19:00"), 1, what=bath.swim)
    assert reminders.send_due(EVE) == 5
    assert reminders.send_due(EVE + MINUTE) == 0
