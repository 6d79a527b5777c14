"""The day on the tablet: what is held and what is free, and a walk-in in two taps."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from playhouse.test_utils import count_queries

from models import (
    Booking,
    Message,
)
from tests.bookings.pages import BOARD, TODAY, html, path, walk_in
from tests.bookings.places import Bath, moment, seats_equal_bookings
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import bookings, waiting
from webapp.bookings.holding import fresh
from webapp.clock import HOUR


def test_the_board_shows_what_is_held_with_its_cleaning_and_what_is_free(
    bath: Bath, asked: Booking, booked: Booking, tablet: FlaskClient
) -> None:
    page = html(tablet.get(BOARD))
    assert path(booked) in page
    assert path(asked) in page
    assert "等确认" in page
    assert page.count('class="clean"') == 1
    assert f"/desk/bookings/new?resource={bath.large.id}&amp;at={moment('19:00')}" in page
    assert f"/desk/bookings/new?resource={bath.small.id}&amp;at={moment('19:00')}" not in page
    assert "25:00" not in page
    assert ">01:00<" in page  # the bath is open until two


def test_the_bookings_after_midnight_belong_to_the_evening_before(
    bath: Bath, tablet: FlaskClient, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = bath.book(bath.world.mei, moment("24:00"))
    assert path(late) in html(tablet.get(BOARD))
    assert path(late) not in html(tablet.get("/desk/bookings?day=2026-05-22"))
    monkeypatch.setattr(clock, "now", lambda: moment("25:00"))
    assert path(late) in html(as_staff(bath.world.chen).get("/desk/bookings"))


def test_a_poll_of_the_board_is_answered_with_the_board_alone(bath: Bath, tablet: FlaskClient) -> None:
    part = html(tablet.get(BOARD, htmx=True))
    assert part.lstrip().startswith("<section")
    assert "desk-top" not in part
    ticket = re.search(r"\?pulse=([^&]+)&", part)
    assert ticket
    bath.book(bath.world.mei, moment("19:00"))
    again = tablet.get(f"/desk/bookings?pulse={ticket[1]}&day={TODAY}", htmx=True)
    assert again.status_code == 200
    assert "林小满" in html(again)


def test_a_day_that_is_no_day_is_today(bath: Bath, tablet: FlaskClient) -> None:
    for wrong in ("2026-02-30", "x", "2999-01-01", "2026-13-01"):
        answer = tablet.get(f"/desk/bookings?day={wrong}")
        assert answer.status_code == 200
        assert 'value="2026-05-20"' in html(answer)


def test_the_line_of_the_day_stands_beside_the_board(bath: Bath, tablet: FlaskClient) -> None:
    first, _ = (bath.book(bath.world.member(f"客{n}"), moment("19:00")) for n in range(2))
    waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    assert "周新" in html(tablet.get(BOARD))
    bookings.cancel(first, NOON, member=first.member)
    assert "19:00 留着" in html(tablet.get(BOARD))


def test_a_store_without_supply_sends_its_manager_to_make_some(world: World, as_staff: AsStaff) -> None:
    assert "/desk/bookings/supply" in html(as_staff(world.lin).get("/desk/bookings"))
    assert "/desk/bookings/supply" not in html(as_staff(world.chen).get("/desk/bookings"))


def test_what_is_tapped_is_filled_in(bath: Bath, tablet: FlaskClient) -> None:
    page = html(tablet.get(f"/desk/bookings/new?resource={bath.small.id}&at={moment('19:00')}", htmx=True))
    assert "<dialog" in page
    assert f'name="at" value="{moment("19:00")}" checked' in page
    assert 'name="people" value="2" checked' in page
    assert f'name="service" value="{bath.family.id}"' in page
    assert "<dialog" not in html(tablet.get(f"/desk/bookings/new?resource={bath.small.id}&at={moment('19:00')}"))


def test_a_walk_in_is_booked_with_what_stands_there(bath: Bath, tablet: FlaskClient, world: World) -> None:
    answer = tablet.post("/desk/bookings/new", data=walk_in(bath))
    booking = Booking.get()
    assert (booking.guest, booking.source, booking.state) == ("散客", "walk_in", "confirmed")
    assert booking.answered_by_id == world.chen.id
    assert booking.parts[0].resource_id == bath.small.id
    assert answer.location == f"{BOARD}&booked={booking.code}"
    page = html(tablet.get(answer.location))
    assert path(booking, "/cancellation?then=board") in page
    tablet.post("/desk/bookings/new", data=walk_in(bath))
    assert Booking.select().count() == 1
    assert tablet.post(path(booking, "/cancellation?then=board")).location == BOARD
    assert fresh(booking).state == "cancelled"
    assert seats_equal_bookings()


def test_four_digits_are_a_member(bath: Bath, tablet: FlaskClient, world: World) -> None:
    assert "林小满" in html(tablet.get("/desk/bookings/who?who=0001", htmx=True))
    tablet.post("/desk/bookings/new", data=walk_in(bath, who="0001", source="phone"))
    booking = Booking.get()
    assert booking.member_id == world.mei.id
    assert booking.source == "phone"
    assert Message.get(Message.member == world.mei.id).text == "booking_confirmed"


def test_two_with_the_same_digits_are_asked_about(bath: Bath, tablet: FlaskClient, world: World) -> None:
    other = world.member("另一位", "13900000001")
    answer = tablet.post("/desk/bookings/new", data=walk_in(bath, who="0001"), htmx=True)
    assert answer.status_code == 422
    assert "有 2 位" in html(answer)
    assert 'value="0001"' in html(answer)
    tablet.post("/desk/bookings/new", data=walk_in(bath, who="0001", member=other.code))
    assert Booking.get().member_id == other.id


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"who": "9999"}, "没有这个尾号"),
        ({"people": 0}, "数字超出范围"),
        ({"people": 5}, "接 1 到 4 位"),
        ({"at": 0}, "已经过了"),
        ({"at": "x"}, "请填写数字"),
        ({"phone": "12"}, "不像手机号"),
        ({"edition": 99}, "刚刚改过"),
        ({"ticket": ""}, "刷新页面"),
    ],
)
def test_a_wrong_walk_in_is_shown_again_with_what_was_typed(
    wrong: dict[str, Any], said: str, bath: Bath, tablet: FlaskClient
) -> None:
    answer = tablet.post("/desk/bookings/new", data=walk_in(bath, note="要安静", **wrong), htmx=True)
    assert answer.status_code == 422
    assert said in html(answer)
    assert "要安静" in html(answer)
    assert Booking.select().count() == 0


def test_whoever_is_slower_at_the_board_is_told_in_words(bath: Bath, tablet: FlaskClient) -> None:
    tablet.post("/desk/bookings/new", data=walk_in(bath))
    late = tablet.post("/desk/bookings/new", data=walk_in(bath, ticket="another ticket"), htmx=True)
    assert late.status_code == 422
    assert "刚刚被订走了" in html(late)
    assert Booking.select().count() == 1


def test_the_board_asks_no_more_for_a_full_day_than_for_an_empty_one(bath: Bath, tablet: FlaskClient) -> None:
    def questions(address: str) -> int:
        with count_queries() as seen:
            assert tablet.get(address).status_code == 200
        return int(seen.count)

    asking = f"/desk/bookings/closing?day={TODAY}"
    bath.book(bath.world.mei, moment("10:00"))
    for address in (BOARD, asking):
        tablet.get(address)
    few = [questions(address) for address in (BOARD, asking)]
    assert min(few) > 3
    for number in range(12):
        bath.book(bath.world.member(f"客{number}"), moment("12:00") + number // 2 * 2 * HOUR)
    for address in (BOARD, asking):
        tablet.get(address)
    assert [questions(address) for address in (BOARD, asking)] == few
