"""Time to come again, by the member's own interval."""

import pytest
from peewee import Database
from playhouse.test_utils import count_queries

from models import Booking, Member, Part, Seat, Service
from tests.bookings.places import Bath
from tests.world import NOON, World
from webapp.bookings import again, editing
from webapp.clock import DAY
from webapp.members import looks


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


# --- the list for the staff -------------------------------------------------------------------------------------------------


def visited(bath: Bath, member: Member, *days_ago: int, what: Service | None = None) -> None:
    for days in days_ago:
        at = NOON - days * DAY
        booking = Booking.create(
            code=f"{member.id}X{days}", key=f"{member.id}:{days}", store=bath.store.id, member=member.id,
            source="member", state="done", people=1, starts_at=at, ends_at=at + 3600, cancel_until=at,
            requested_at=at - DAY, arrived_at=at, ended_at=at + 3600,
        )  # fmt: skip
        Part.create(
            booking=booking.id, service=(what or bath.family).id, resource=bath.small.id, people=1,
            starts_at=at, ends_at=at + 3600, free_at=at + 3600,
        )  # fmt: skip


def listed(bath: Bath) -> list[str]:
    return [one.member.name for one in again.everybody(bath.store, NOON)]


def test_the_best_customers_first_then_whoever_is_over_longest(bath: Bath) -> None:
    for name, tier, last in (
        ("普一", "ordinary", 60),
        ("熟一", "loyal", 25),
        ("贵一", "vip", 21),
        ("熟二", "loyal", 40),
    ):
        visited(bath, bath.world.member(name, tier=tier), last, last + 20, last + 40)
    visited(bath, bath.world.member("刚来", tier="vip"), 5, 25, 45)
    assert listed(bath) == ["贵一", "熟二", "熟一", "普一"]
    first = again.everybody(bath.store, NOON)[0]
    assert (first.service.id, first.days, first.last_at) == (bath.family.id, 20, NOON - 21 * DAY)


def test_who_has_booked_is_gone_or_was_never_a_regular_is_not_listed(bath: Bath) -> None:
    booked, away, twice = (bath.world.member(name) for name in ("约了", "走了", "两次"))
    visited(bath, booked, 30, 50, 70)
    visited(bath, away, 90, 110, 130)
    visited(bath, twice, 30, 50)
    assert listed(bath) == ["约了"]
    bath.book(booked, NOON + DAY + 5 * 3600)
    assert listed(bath) == []


def test_another_stores_regulars_and_forgotten_ones_are_not_listed(bath: Bath) -> None:
    regular = bath.world.member("常客")
    visited(bath, regular, 30, 50, 70)
    assert again.everybody(bath.world.laundry, NOON) == []
    Member.update(erased_at=NOON).where(Member.id == regular.id).execute()
    assert listed(bath) == []


def test_a_call_is_written_down_and_seen_by_the_others(bath: Bath) -> None:
    visited(bath, bath.world.mei, 30, 50, 70)
    assert again.everybody(bath.store, NOON)[0].called is None
    looks.reveal(bath.world.mei, bath.world.chen, bath.store, NOON - 8 * DAY)
    assert again.everybody(bath.store, NOON)[0].called is None
    looks.reveal(bath.world.mei, bath.world.su, bath.store, NOON - 60)
    assert again.everybody(bath.store, NOON)[0].called == ("苏姐", NOON - 60)


def test_the_list_is_bounded_and_asks_no_more_for_many(bath: Bath) -> None:
    visited(bath, bath.world.member("一个"), 30, 50, 70)
    again.everybody(bath.store, NOON)  # what is prepared is prepared now
    with count_queries() as few:
        again.everybody(bath.store, NOON)
    for n in range(again.LISTED + 5):
        visited(bath, bath.world.member(f"客{n}"), 30, 50, 70)
    with count_queries() as many:
        assert len(again.everybody(bath.store, NOON)) == again.LISTED
    assert many.count == few.count
