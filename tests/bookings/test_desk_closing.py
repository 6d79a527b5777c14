"""One button closes a room or the shop; everybody touched is named."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Booking, Closure, Message, Work
from tests.bookings.pages import BOARD, TODAY, html, path
from tests.bookings.places import Bath, moment, seats_equal_bookings
from tests.world import NOON, World
from webapp.bookings import bookings, closures
from webapp.bookings.holding import fresh
from webapp.clock import MINUTE


def test_one_button_closes_a_room_and_says_exactly_who_is_touched(
    bath: Bath, booked: Booking, tablet: FlaskClient, world: World
) -> None:
    asking = f"/desk/bookings/closing?resource={bath.small.id}&day={TODAY}"
    sheet = html(tablet.get(asking, htmx=True))
    assert "林小满" in sheet
    assert "138****0001" in sheet
    form = {
        "ticket": "a ticket of the desk",
        "resource": bath.small.id,
        "day": TODAY,
        "since": moment("10:00"),
        "until": moment("26:00"),
        "why": "设备坏了",
    }
    done = tablet.post("/desk/bookings/closing", data=form)
    closure = Closure.get()
    assert done.location == f"/desk/bookings/closing/{closure.id}"
    page = html(tablet.get(done.location))
    assert path(booked) in page
    assert f"/closing/{closure.id}/lift" in page
    card = Work.get(Work.kind == "rebook")
    assert card.due_at == NOON + 5 * MINUTE
    assert "booking_troubled" in [message.text for message in Message.select().where(Message.member == world.mei.id)]
    assert path(booked) in html(tablet.get("/desk/?lane=rebook"))
    tablet.post(f"/desk/bookings/closing/{closure.id}/lift")
    assert Work.get(Work.kind == "rebook").done_at == NOON


def test_what_cannot_take_place_is_moved_or_offered_with_one_tap(
    bath: Bath, booked: Booking, tablet: FlaskClient, world: World
) -> None:
    closures.close(bath.store, bath.small, moment("10:00"), moment("26:00"), "设备坏了", world.lin, NOON)
    page = html(tablet.get(path(booked)))
    assert "五分钟内" in page
    assert page.count(f'name="at" value="{moment("19:00")}"') == 2  # the other room, to offer or to move
    tablet.post(path(booked, "/offer"), data={"at": moment("19:00")}, htmx=True)
    now = fresh(booked)
    assert (now.state, now.parts[0].resource_id) == ("offered", bath.large.id)
    assert Work.get(Work.kind == "rebook").done_at == NOON
    assert bookings.accept(now, world.mei, NOON + MINUTE).state == "confirmed"
    assert seats_equal_bookings()


def test_the_whole_shop_closes_for_the_day(bath: Bath, booked: Booking, tablet: FlaskClient) -> None:
    form = {
        "ticket": "a ticket of the desk",
        "day": TODAY,
        "since": moment("10:00"),
        "until": moment("26:00"),
        "why": "停水停电",
    }
    tablet.post("/desk/bookings/closing", data=form)
    assert Closure.get().resource_id is None
    page = html(tablet.get(BOARD))
    assert "全店 关到" in page
    assert f"at={moment('19:30')}" not in page


@pytest.mark.parametrize(
    "wrong",
    [{"until": moment("09:00")}, {"until": ""}, {"why": ""}, {"since": "x"}, {"since": -(10**30)}, {"until": 10**30}],
)
def test_a_wrong_closing_is_shown_again(wrong: dict[str, Any], bath: Bath, tablet: FlaskClient) -> None:
    form = {
        "ticket": "a ticket of the desk",
        "day": TODAY,
        "since": moment("10:00"),
        "until": moment("26:00"),
        "why": "停水停电",
    }
    answer = tablet.post("/desk/bookings/closing", data=form | wrong, htmx=True)
    assert answer.status_code == 422
    assert 'class="error"' in html(answer) or "banner bad" in html(answer)
    assert Closure.select().count() == 0
