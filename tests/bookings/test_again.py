"""Time to come again, by the member's own interval."""

import pytest
from peewee import Database

from models import Booking, Part, Seat, Service
from tests.bookings.places import Bath
from tests.world import NOON, World
from webapp.bookings import again, editing
from webapp.clock import DAY


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def came(bath: Bath, *days_ago: int, what: Service | None = None, state: str = "done") -> None:
    """Visits in the past, as they would be left behind."""
    for days in days_ago:
        booked = bath.book(bath.world.mei, NOON + DAY + 5 * 3600, 1, what=what, key=f"{what}:{days}")
        at = NOON - days * DAY
        Booking.update(state=state, starts_at=at, ends_at=at + 3600).where(Booking.id == booked.id).execute()
        mine = Part.select(Part.id).where(Part.booking == booked.id)
        Seat.delete().where(Seat.part.in_(mine)).execute()


def due(bath: Bath, later: int = 0) -> tuple[int, int] | None:
    found = again.due(bath.world.mei.id, NOON + later * DAY)
    return (found.service.id, found.days) if found else None


def test_from_nine_tenths_of_the_own_interval_on(bath: Bath) -> None:
    came(bath, 0, 20, 40, 61)
    assert due(bath, 17) is None
    assert due(bath, 18) == (bath.family.id, 20)
    found = again.due(bath.world.mei.id, NOON + 30 * DAY)
    assert found
    assert found.last_at == NOON


def test_one_long_holiday_does_not_change_the_habit(bath: Bath) -> None:
    came(bath, 0, 7, 14, 90, 97, 104)
    assert due(bath, 7) == (bath.family.id, 7)


def test_two_visits_are_no_habit_and_two_on_a_day_are_one(bath: Bath) -> None:
    came(bath, 30, 60)
    assert due(bath) is None
    assert again.usual([NOON, NOON - 3600, NOON - 21 * DAY]) == 0
    assert again.usual([NOON, NOON - 3600, NOON - 21 * DAY, NOON - 42 * DAY]) == 21


def test_what_is_booked_already_is_not_suggested(bath: Bath) -> None:
    came(bath, 30, 60, 90)
    assert due(bath) == (bath.family.id, 30)
    bath.book(bath.world.mei, NOON + DAY + 5 * 3600)
    assert due(bath) is None


def test_what_was_called_off_was_no_visit(bath: Bath) -> None:
    came(bath, 30, 60, 90, state="cancelled")
    assert due(bath) is None


def test_the_service_they_come_for_most_and_never_a_retired_one(bath: Bath) -> None:
    came(bath, 30, 60, 90)
    came(bath, 20, 40, 60, 80, what=bath.swim)
    assert due(bath) == (bath.swim.id, 20)
    editing.retire_service(bath.swim, bath.world.lin, NOON)
    assert due(bath) == (bath.family.id, 30)
