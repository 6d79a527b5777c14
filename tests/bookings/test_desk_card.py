"""One booking at the counter: who, what, what can be done about it, and the way back."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Booking, Closure, Visit, Work
from tests.bookings.pages import BOARD, TODAY, html, path, walk_in
from tests.bookings.places import Bath, moment, seats_equal_bookings
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import bookings, closures, supply
from webapp.bookings.holding import For, Wish, fresh
from webapp.clock import MINUTE


def test_the_card_shows_who_what_and_what_to_prepare(bath: Bath, tablet: FlaskClient) -> None:
    bath.family.options = [{"key": "own", "name": {"zh": "自带洗漱用品"}, "price": 0}]
    bath.family.perks = [{"days": [3], "from": 1080, "until": 1320, "name": {"zh": "送一杯姜茶"}}]
    bath.family.save()
    supply.take(bath.store.id)
    wish = Wish(bath.family.id, moment("19:00"), 2)
    booking = bookings.book(
        [wish], bath.store, For(bath.world.mei, note="水温低一点", options=("own",)), key="k", at=NOON
    )
    page = html(tablet.get(path(booking)))
    for said in ("林小满", "138****0001", "自带洗漱用品", "送一杯姜茶", "水温低一点", "小汤屋"):
        assert said in page
    assert "13800000001" not in page


def test_a_request_is_said_yes_to(asked: Booking, tablet: FlaskClient, world: World) -> None:
    answer = tablet.post(path(asked, "/confirmation"), htmx=True)
    assert answer.status_code == 200
    assert "已订" in html(answer)
    assert fresh(asked).answered_by_id == world.chen.id
    assert Work.get().done_at == NOON
    assert tablet.post(path(asked, "/confirmation")).location == path(asked)


def test_of_two_who_answer_at_once_one_is_told(asked: Booking, as_staff: AsStaff, world: World) -> None:
    as_staff(world.chen).post(path(asked, "/confirmation"), htmx=True)
    late = as_staff(world.kai).post(path(asked, "/refusal"), data={"why": "full"}, htmx=True)
    assert late.status_code == 422
    assert "刚刚变了" in html(late)
    assert "已订" in html(late)
    assert fresh(asked).state == "confirmed"


def test_a_card_that_a_colleague_has_opened_carries_the_name(asked: Booking, as_staff: AsStaff, world: World) -> None:
    as_staff(world.chen).get(path(asked), htmx=True)
    assert "小陈 正在办这一单" in html(as_staff(world.kai).get(path(asked), htmx=True))
    assert path(asked) in html(as_staff(world.kai).get("/desk/"))
    assert "小陈 在办" in html(as_staff(world.kai).get("/desk/queue"))


def test_a_request_is_declined_with_a_reason_and_taken_back(asked: Booking, tablet: FlaskClient) -> None:
    none = tablet.post(path(asked, "/refusal"), htmx=True)
    assert none.status_code == 422
    assert "请选择原因" in html(none)
    answer = tablet.post(path(asked, "/refusal"), data={"why": "staff"}, htmx=True)
    assert path(asked, "/undo") in html(answer)
    assert fresh(asked).state == "declined"
    assert seats_equal_bookings()
    tablet.post(path(asked, "/undo"), htmx=True)
    assert fresh(asked).state == "requested"
    assert Work.get().done_at is None
    assert seats_equal_bookings()


def test_another_time_is_offered_and_held(bath: Bath, asked: Booking, tablet: FlaskClient) -> None:
    page = html(tablet.get(path(asked)))
    assert f'name="at" value="{moment("15:30")}"' in page
    assert f'name="at" value="{moment("15:00")}"' not in page
    tablet.post(path(asked, "/offer"), data={"at": moment("16:00")}, htmx=True)
    assert (fresh(asked).state, fresh(asked).starts_at) == ("offered", moment("16:00"))
    assert seats_equal_bookings()


def test_the_days_and_times_of_another_time(bath: Bath, booked: Booking, tablet: FlaskClient) -> None:
    bath.book(bath.world.xin, moment("12:00"))
    bath.book(bath.world.member("三"), moment("12:00"))
    part = html(tablet.get(path(booked, f"/times?day={TODAY}"), htmx=True))
    assert f'value="{moment("19:30")}"' in part
    assert f'value="{moment("12:00")}"' not in part
    tablet.post(path(booked, "/move"), data={"at": moment("19:30")}, htmx=True)
    assert fresh(booked).starts_at == moment("19:30")
    late = tablet.post(path(booked, "/move"), data={"at": moment("12:00")}, htmx=True)
    assert late.status_code == 422
    assert fresh(booked).starts_at == moment("19:30")
    assert tablet.post(path(booked, "/move"), data={"at": ""}, htmx=True).status_code == 422


def test_arrived_over_and_both_taken_back(
    booked: Booking, as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment("18:55"))
    tablet = as_staff(world.chen)
    tablet.post(path(booked, "/arrival"), htmx=True)
    assert fresh(booked).arrived_by_id == world.chen.id
    assert Visit.select().where(Visit.member == world.mei.id).count() == 1
    tablet.post(path(booked, "/end"), htmx=True)
    assert fresh(booked).state == "done"
    for state in ("arrived", "confirmed", "confirmed"):
        tablet.post(path(booked, "/undo"), htmx=True)
        assert fresh(booked).state == state
    assert seats_equal_bookings()


def test_nobody_came_gives_the_place_to_whoever_waits(
    bath: Bath, booked: Booking, tablet: FlaskClient, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tablet.post(path(booked, "/absence"), htmx=True).status_code == 422
    monkeypatch.setattr(clock, "now", lambda: moment("19:10"))
    as_staff(bath.world.chen).post(path(booked, "/absence"), htmx=True)
    assert fresh(booked).state == "no_show"
    assert seats_equal_bookings()


def test_a_cancelled_one_comes_back_only_while_its_place_is_free(
    bath: Bath, booked: Booking, tablet: FlaskClient
) -> None:
    tablet.post(path(booked, "/cancellation"), htmx=True)
    tablet.post(path(booked, "/undo"), htmx=True)
    assert fresh(booked).state == "confirmed"
    tablet.post(path(booked, "/cancellation"), htmx=True)
    for number in range(2):
        bath.book(bath.world.member(f"客{number}"), moment("19:00"))
    late = tablet.post(path(booked, "/undo"), htmx=True)
    assert late.status_code == 422
    assert "刚刚被订走了" in html(late)
    assert fresh(booked).state == "cancelled"
    assert seats_equal_bookings()


def test_ten_minutes_later_nothing_is_taken_back(
    booked: Booking, tablet: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.post(path(booked, "/cancellation"), htmx=True)
    monkeypatch.setattr(clock, "now", lambda: NOON + 10 * MINUTE + 1)
    assert path(booked, "/undo") not in html(tablet.get(path(booked)))
    late = tablet.post(path(booked, "/undo"), htmx=True)
    assert late.status_code == 422
    assert "撤销时间已过" in html(late)


def test_a_number_is_shown_on_asking_and_the_asking_is_kept(
    bath: Bath, booked: Booking, tablet: FlaskClient, world: World, as_member: AsMember
) -> None:
    assert "13800000001" in html(tablet.post(path(booked, "/call"), htmx=True))
    assert "查看了完整手机号" in html(as_member(world.mei).get("/me/privacy"))
    tablet.post("/desk/bookings/new", data=walk_in(bath, at=moment("12:00"), who="张先生", phone="13912345678"))
    guest = Booking.get(Booking.guest == "张先生")
    assert "13912345678" not in html(tablet.get(path(guest)))
    assert "13912345678" in html(tablet.post(path(guest, "/call"), htmx=True))


ACTS = ("confirmation", "refusal", "offer", "move", "arrival", "end", "absence", "cancellation", "undo", "call")


def test_what_is_another_stores_is_not_there(bath: Bath, booked: Booking, world: World, as_staff: AsStaff) -> None:
    laundry = as_staff(world.bo)
    for then in ("", "/times"):
        assert laundry.get(path(booked, then)).status_code == 404
    for act in ACTS:
        assert laundry.post(path(booked, f"/{act}"), data={"why": "full", "at": moment("20:00")}).status_code == 404
    assert laundry.get(f"/desk/bookings/new?resource={bath.small.id}&at={moment('19:00')}").status_code == 404
    assert laundry.post("/desk/bookings/new", data=walk_in(bath)).status_code == 404
    assert laundry.get(f"/desk/bookings/closing?resource={bath.small.id}").status_code == 404
    closure = closures.close(bath.store, None, moment("12:00"), moment("13:00"), "", world.lin, NOON).closure
    assert laundry.get(f"/desk/bookings/closing/{closure.id}").status_code == 404
    assert laundry.post(f"/desk/bookings/closing/{closure.id}/lift").status_code == 404
    assert fresh(booked).state == "confirmed"
    assert Closure.get().lifted_at is None


def test_the_wrong_method_and_a_stranger_come_no_further(booked: Booking, tablet: FlaskClient, app: Any) -> None:
    for act in ACTS:
        assert tablet.get(path(booked, f"/{act}")).status_code == 405
    assert tablet.post(BOARD).status_code == 405
    stranger = app.test_client()
    assert stranger.get(BOARD).location.startswith("/desk/sign-in?next=/desk/bookings")
    assert stranger.post(path(booked, "/cancellation")).status_code == 303
    assert fresh(booked).state == "confirmed"
