"""Two suggestions, each with its because: from one's own bookings, then from what many had; at home and at the counter."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from playhouse.test_utils import count_queries

from models import Booking, Member, Part, Service
from tests.bookings.places import Bath, moment
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp.bookings import brief, editing, sets
from webapp.clock import DAY, HOUR


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def bath(world: World) -> Bath:
    sets._many.cache_clear()
    return Bath(world)


def had(bath: Bath, member: Member, ago: int, *services: Service) -> None:
    """A visit so many days ago, as it would be left behind."""
    at = NOON - ago * DAY
    booking = Booking.create(
        code=f"{member.id}X{ago}", key=f"{member.id}:{ago}", store=bath.store.id, member=member.id, source="member",
        state="done", people=1, starts_at=at, ends_at=at + HOUR, cancel_until=at, requested_at=at - DAY,
        arrived_at=at, ended_at=at + HOUR,
    )  # fmt: skip
    room = {bath.family.id: bath.small, bath.swim.id: bath.pool, bath.massage.id: bath.wang}
    for service in services:
        Part.create(
            booking=booking.id, service=service.id, resource=room[service.id].id, people=1,
            starts_at=at, ends_at=at + HOUR, free_at=at + HOUR,
        )  # fmt: skip


def names(bath: Bath, member: Member) -> list[str]:
    return ["+".join(name["zh"] for name in one.names) for one in sets.for_home(member.id, bath.store.id, NOON)]


def test_what_was_had_together_goes_first_then_what_was_had_often(bath: Bath) -> None:
    for ago in (10, 20):
        had(bath, bath.world.mei, ago, bath.family, bath.massage)
    for ago in (30, 40, 50):
        had(bath, bath.world.mei, ago, bath.swim)
    assert names(bath, bath.world.mei) == ["家庭汤浴+推拿", "大池"]
    one, other = sets.for_home(bath.world.mei.id, bath.store.id, NOON)
    assert one.because.params == {"n": 2}
    assert other.because.params == {"all": 5, "n": 3}


def test_once_is_no_habit_and_nobody_is_told_of_what_is_not_done_any_more(bath: Bath) -> None:
    had(bath, bath.world.mei, 10, bath.family, bath.massage)
    assert names(bath, bath.world.mei) == []
    for ago in (20, 30):
        had(bath, bath.world.mei, ago, bath.massage)
    assert names(bath, bath.world.mei) == ["推拿"]
    editing.retire_service(bath.massage, bath.world.lin, NOON)
    assert names(bath, bath.world.mei) == []


def test_what_many_had_is_said_with_how_many_and_not_below_twenty(bath: Bath) -> None:
    for n in range(19):
        guest = bath.world.member(f"客{n}")
        had(bath, guest, 5, bath.family)
        if n < 6:
            had(bath, guest, 6, bath.swim)
    had(bath, bath.world.xin, 10, bath.family)
    sets._many.cache_clear()
    [one] = sets.for_home(bath.world.xin.id, bath.store.id, NOON)
    assert one.names == [bath.swim.name]
    assert (one.because.params["all"], one.because.params["n"]) == (20, 6)
    Booking.update(state="cancelled").where(Booking.member == guest.id).execute()
    sets._many.cache_clear()
    assert names(bath, bath.world.xin) == []


def test_rarely_together_is_not_said(bath: Bath) -> None:
    for n in range(20):
        guest = bath.world.member(f"客{n}")
        had(bath, guest, 5, bath.family)
        if n < 3:
            had(bath, guest, 6, bath.swim)
    had(bath, bath.world.xin, 10, bath.family)
    assert names(bath, bath.world.xin) == []


def test_the_counter_says_the_same_without_what_is_booked(bath: Bath) -> None:
    for ago in (10, 20):
        had(bath, bath.world.mei, ago, bath.family, bath.massage)
        had(bath, bath.world.mei, ago + 1, bath.swim)
    assert brief.of(bath.world.mei, bath.store, NOON).suggestions == sets.for_home(
        bath.world.mei.id, bath.store.id, NOON
    )
    bath.book(bath.world.mei, moment("19:00"))
    there = brief.of(bath.world.mei, bath.store, moment("18:50"))
    assert [one.services for one in there.suggestions] == [(bath.massage.id,), (bath.swim.id,)]


def test_home_shows_them_with_the_way_to_book(bath: Bath, as_member: AsMember, as_staff: AsStaff) -> None:
    for ago in (10, 20):
        had(bath, bath.world.mei, ago, bath.family, bath.massage)
    page = text(as_member(bath.world.mei).get("/"))
    assert "家庭汤浴 + 推拿" in page
    assert "一起约过 2 次" in page
    assert f'href="/book?service={bath.family.id}"' in page
    assert "下次来可以做" not in text(as_member(bath.world.xin).get("/"))
    card = as_staff(bath.world.chen).get(f"/desk/bookings/brief/{bath.world.mei.code}", htmx=True)
    assert "可以推荐：家庭汤浴 + 推拿" in text(card)


def test_home_asks_one_question_more_for_them_however_much_there_is(bath: Bath, as_member: AsMember) -> None:
    def questions(phone: FlaskClient) -> int:
        phone.get("/")
        with count_queries() as seen:
            assert phone.get("/").status_code == 200
        return int(seen.count)

    phone = as_member(bath.world.mei)
    few = questions(phone)
    for ago in range(10, 60):
        had(bath, bath.world.mei, ago, bath.family, bath.massage)
    for n in range(25):
        had(bath, bath.world.member(f"客{n}"), 5, bath.family, bath.swim)
    sets._many.cache_clear()
    assert questions(phone) == few
