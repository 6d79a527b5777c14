"""The counter's doors to bookings: the day, one booking, closing, who arrives, the van, figures, and the supply."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from playhouse.test_utils import count_queries

from models import Booking, Closure, Message, Occurrence, Resource, Service, SpecialDay, Staff, Visit, Work
from tests.bookings.places import DAY, Bath, moment, resource, seats_equal_bookings, service
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import addresses, bookings, closures, supply, waiting
from webapp.bookings.holding import For, Wish, fresh
from webapp.clock import HOUR, MINUTE

TODAY = DAY.isoformat()
BOARD = f"/desk/bookings?day={TODAY}"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def bath(world: World) -> Bath:
    return Bath(world)


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.chen)


@pytest.fixture
def asked(bath: Bath) -> Booking:
    """Mei asks for a massage tomorrow at three."""
    return bath.book(bath.world.mei, moment("15:00"), 1, what=bath.massage)


@pytest.fixture
def booked(bath: Bath) -> Booking:
    """Mei has a family bath tomorrow at seven."""
    return bath.book(bath.world.mei, moment("19:00"))


def path(booking: Booking, then: str = "") -> str:
    return f"/desk/bookings/{booking.code}{then}"


def walk_in(bath: Bath, **more: Any) -> dict[str, Any]:
    form = {
        "ticket": "a ticket of the desk",
        "resource": bath.small.id,
        "service": bath.family.id,
        "at": moment("19:00"),
        "people": 2,
        "who": "",
        "source": "walk_in",
    }
    return form | more


# --- the day ------------------------------------------------------------------------------------------------------------


def test_the_board_shows_what_is_held_with_its_cleaning_and_what_is_free(
    bath: Bath, asked: Booking, booked: Booking, tablet: FlaskClient
) -> None:
    page = text(tablet.get(BOARD))
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
    assert path(late) in text(tablet.get(BOARD))
    assert path(late) not in text(tablet.get("/desk/bookings?day=2026-05-22"))
    monkeypatch.setattr(clock, "now", lambda: moment("25:00"))
    assert path(late) in text(as_staff(bath.world.chen).get("/desk/bookings"))


def test_a_poll_of_the_board_is_answered_with_the_board_alone(bath: Bath, tablet: FlaskClient) -> None:
    part = text(tablet.get(BOARD, htmx=True))
    assert part.lstrip().startswith("<section")
    assert "desk-top" not in part
    ticket = re.search(r"\?pulse=([^&]+)&", part)
    assert ticket
    bath.book(bath.world.mei, moment("19:00"))
    again = tablet.get(f"/desk/bookings?pulse={ticket[1]}&day={TODAY}", htmx=True)
    assert again.status_code == 200
    assert "林小满" in text(again)


def test_a_day_that_is_no_day_is_today(bath: Bath, tablet: FlaskClient) -> None:
    for wrong in ("2026-02-30", "x", "2999-01-01", "2026-13-01"):
        answer = tablet.get(f"/desk/bookings?day={wrong}")
        assert answer.status_code == 200
        assert 'value="2026-05-20"' in text(answer)


def test_the_line_of_the_day_stands_beside_the_board(bath: Bath, tablet: FlaskClient) -> None:
    first, _ = (bath.book(bath.world.member(f"客{n}"), moment("19:00")) for n in range(2))
    waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    assert "周新" in text(tablet.get(BOARD))
    bookings.cancel(first, NOON, member=first.member)
    assert "19:00 留着" in text(tablet.get(BOARD))


def test_a_store_without_supply_sends_its_manager_to_make_some(world: World, as_staff: AsStaff) -> None:
    assert "/desk/bookings/supply" in text(as_staff(world.lin).get("/desk/bookings"))
    assert "/desk/bookings/supply" not in text(as_staff(world.chen).get("/desk/bookings"))


def test_what_is_tapped_is_filled_in(bath: Bath, tablet: FlaskClient) -> None:
    page = text(tablet.get(f"/desk/bookings/new?resource={bath.small.id}&at={moment('19:00')}", htmx=True))
    assert "<dialog" in page
    assert f'name="at" value="{moment("19:00")}" checked' in page
    assert 'name="people" value="2" checked' in page
    assert f'name="service" value="{bath.family.id}"' in page
    assert "<dialog" not in text(tablet.get(f"/desk/bookings/new?resource={bath.small.id}&at={moment('19:00')}"))


def test_a_walk_in_is_booked_with_what_stands_there(bath: Bath, tablet: FlaskClient, world: World) -> None:
    answer = tablet.post("/desk/bookings/new", data=walk_in(bath))
    booking = Booking.get()
    assert (booking.guest, booking.source, booking.state) == ("散客", "walk_in", "confirmed")
    assert booking.answered_by_id == world.chen.id
    assert booking.parts[0].resource_id == bath.small.id
    assert answer.location == f"{BOARD}&booked={booking.code}"
    page = text(tablet.get(answer.location))
    assert path(booking, "/cancellation?then=board") in page
    tablet.post("/desk/bookings/new", data=walk_in(bath))
    assert Booking.select().count() == 1
    assert tablet.post(path(booking, "/cancellation?then=board")).location == BOARD
    assert fresh(booking).state == "cancelled"
    assert seats_equal_bookings()


def test_four_digits_are_a_member(bath: Bath, tablet: FlaskClient, world: World) -> None:
    assert "林小满" in text(tablet.get("/desk/bookings/who?who=0001", htmx=True))
    tablet.post("/desk/bookings/new", data=walk_in(bath, who="0001", source="phone"))
    booking = Booking.get()
    assert booking.member_id == world.mei.id
    assert booking.source == "phone"
    assert Message.get(Message.member == world.mei.id).text == "booking_confirmed"


def test_two_with_the_same_digits_are_asked_about(bath: Bath, tablet: FlaskClient, world: World) -> None:
    other = world.member("另一位", "13900000001")
    answer = tablet.post("/desk/bookings/new", data=walk_in(bath, who="0001"), htmx=True)
    assert answer.status_code == 422
    assert "有 2 位" in text(answer)
    assert 'value="0001"' in text(answer)
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
    assert said in text(answer)
    assert "要安静" in text(answer)
    assert Booking.select().count() == 0


def test_whoever_is_slower_at_the_board_is_told_in_words(bath: Bath, tablet: FlaskClient) -> None:
    tablet.post("/desk/bookings/new", data=walk_in(bath))
    late = tablet.post("/desk/bookings/new", data=walk_in(bath, ticket="another ticket"), htmx=True)
    assert late.status_code == 422
    assert "刚刚被订走了" in text(late)
    assert Booking.select().count() == 1


# --- one booking -----------------------------------------------------------------------------------------------------------


def test_the_card_shows_who_what_and_what_to_prepare(bath: Bath, tablet: FlaskClient) -> None:
    bath.family.options = [{"key": "own", "name": {"zh": "自带洗漱用品"}, "price": 0}]
    bath.family.perks = [{"days": [3], "from": 1080, "until": 1320, "name": {"zh": "送一杯姜茶"}}]
    bath.family.save()
    supply.take(bath.store.id)
    wish = Wish(bath.family.id, moment("19:00"), 2)
    booking = bookings.book(
        [wish], bath.store, For(bath.world.mei, note="水温低一点", options=("own",)), key="k", at=NOON
    )
    page = text(tablet.get(path(booking)))
    for said in ("林小满", "138****0001", "自带洗漱用品", "送一杯姜茶", "水温低一点", "小汤屋"):
        assert said in page
    assert "13800000001" not in page


def test_a_request_is_said_yes_to(asked: Booking, tablet: FlaskClient, world: World) -> None:
    answer = tablet.post(path(asked, "/confirmation"), htmx=True)
    assert answer.status_code == 200
    assert "已订" in text(answer)
    assert fresh(asked).answered_by_id == world.chen.id
    assert Work.get().done_at == NOON
    assert tablet.post(path(asked, "/confirmation")).location == path(asked)


def test_of_two_who_answer_at_once_one_is_told(asked: Booking, as_staff: AsStaff, world: World) -> None:
    as_staff(world.chen).post(path(asked, "/confirmation"), htmx=True)
    late = as_staff(world.kai).post(path(asked, "/refusal"), data={"why": "full"}, htmx=True)
    assert late.status_code == 422
    assert "刚刚变了" in text(late)
    assert "已订" in text(late)
    assert fresh(asked).state == "confirmed"


def test_a_card_that_a_colleague_has_opened_carries_the_name(asked: Booking, as_staff: AsStaff, world: World) -> None:
    as_staff(world.chen).get(path(asked), htmx=True)
    assert "小陈 正在办这一单" in text(as_staff(world.kai).get(path(asked), htmx=True))
    assert path(asked) in text(as_staff(world.kai).get("/desk/"))
    assert "小陈 在办" in text(as_staff(world.kai).get("/desk/queue"))


def test_a_request_is_declined_with_a_reason_and_taken_back(asked: Booking, tablet: FlaskClient) -> None:
    none = tablet.post(path(asked, "/refusal"), htmx=True)
    assert none.status_code == 422
    assert "请选择原因" in text(none)
    answer = tablet.post(path(asked, "/refusal"), data={"why": "staff"}, htmx=True)
    assert path(asked, "/undo") in text(answer)
    assert fresh(asked).state == "declined"
    assert seats_equal_bookings()
    tablet.post(path(asked, "/undo"), htmx=True)
    assert fresh(asked).state == "requested"
    assert Work.get().done_at is None
    assert seats_equal_bookings()


def test_another_time_is_offered_and_held(bath: Bath, asked: Booking, tablet: FlaskClient) -> None:
    page = text(tablet.get(path(asked)))
    assert f'name="at" value="{moment("15:30")}"' in page
    assert f'name="at" value="{moment("15:00")}"' not in page
    tablet.post(path(asked, "/offer"), data={"at": moment("16:00")}, htmx=True)
    assert (fresh(asked).state, fresh(asked).starts_at) == ("offered", moment("16:00"))
    assert seats_equal_bookings()


def test_the_days_and_times_of_another_time(bath: Bath, booked: Booking, tablet: FlaskClient) -> None:
    bath.book(bath.world.xin, moment("12:00"))
    bath.book(bath.world.member("三"), moment("12:00"))
    part = text(tablet.get(path(booked, f"/times?day={TODAY}"), htmx=True))
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
    assert "刚刚被订走了" in text(late)
    assert fresh(booked).state == "cancelled"
    assert seats_equal_bookings()


def test_ten_minutes_later_nothing_is_taken_back(
    booked: Booking, tablet: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.post(path(booked, "/cancellation"), htmx=True)
    monkeypatch.setattr(clock, "now", lambda: NOON + 10 * MINUTE + 1)
    assert path(booked, "/undo") not in text(tablet.get(path(booked)))
    late = tablet.post(path(booked, "/undo"), htmx=True)
    assert late.status_code == 422
    assert "撤销时间已过" in text(late)


def test_a_number_is_shown_on_asking_and_the_asking_is_kept(
    bath: Bath, booked: Booking, tablet: FlaskClient, world: World, as_member: AsMember
) -> None:
    assert "13800000001" in text(tablet.post(path(booked, "/call"), htmx=True))
    assert "查看了完整手机号" in text(as_member(world.mei).get("/me/privacy"))
    tablet.post("/desk/bookings/new", data=walk_in(bath, at=moment("12:00"), who="张先生", phone="13912345678"))
    guest = Booking.get(Booking.guest == "张先生")
    assert "13912345678" not in text(tablet.get(path(guest)))
    assert "13912345678" in text(tablet.post(path(guest, "/call"), htmx=True))


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


# --- closing -----------------------------------------------------------------------------------------------------------------


def test_one_button_closes_a_room_and_says_exactly_who_is_touched(
    bath: Bath, booked: Booking, tablet: FlaskClient, world: World
) -> None:
    asking = f"/desk/bookings/closing?resource={bath.small.id}&day={TODAY}"
    sheet = text(tablet.get(asking, htmx=True))
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
    page = text(tablet.get(done.location))
    assert path(booked) in page
    assert f"/closing/{closure.id}/lift" in page
    card = Work.get(Work.kind == "rebook")
    assert card.due_at == NOON + 5 * MINUTE
    assert "booking_troubled" in [message.text for message in Message.select().where(Message.member == world.mei.id)]
    assert path(booked) in text(tablet.get("/desk/?lane=rebook"))
    tablet.post(f"/desk/bookings/closing/{closure.id}/lift")
    assert Work.get(Work.kind == "rebook").done_at == NOON


def test_what_cannot_take_place_is_moved_or_offered_with_one_tap(
    bath: Bath, booked: Booking, tablet: FlaskClient, world: World
) -> None:
    closures.close(bath.store, bath.small, moment("10:00"), moment("26:00"), "设备坏了", world.lin, NOON)
    page = text(tablet.get(path(booked)))
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
    page = text(tablet.get(BOARD))
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
    assert 'class="error"' in text(answer) or "banner bad" in text(answer)
    assert Closure.select().count() == 0


# --- who arrives -----------------------------------------------------------------------------------------------------------------


def test_the_brief_says_what_is_booked_and_what_to_suggest(
    bath: Bath, booked: Booking, as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ago in (30, 20):
        begins = moment("19:00") - ago * clock.DAY
        wishes = [Wish(bath.family.id, begins, 2), Wish(bath.massage.id, begins + 2 * HOUR, 1)]
        before = bookings.book(wishes, bath.store, For(world.mei), key=f"{ago}", at=begins - HOUR, staff=world.chen)
        bookings.arrive(before, begins)
    monkeypatch.setattr(clock, "now", lambda: moment("18:30"))
    tablet = as_staff(world.chen)
    brief = text(tablet.get(f"/desk/bookings/brief/{world.mei.code}", htmx=True))
    assert "家庭汤浴" in brief
    assert "小汤屋" in brief
    assert "可以推荐：推拿" in brief
    assert "最近 2 次来，有 2 次做了" in brief
    assert path(booked, "/arrival") in brief
    assert f"/desk/bookings/brief/{world.mei.code}" in text(tablet.get(f"/desk/members/{world.mei.code}"))
    assert tablet.get("/desk/bookings/brief/NOSUCHCODE", htmx=True).status_code == 404


# --- the van ---------------------------------------------------------------------------------------------------------------------


def test_the_route_lists_addresses_and_is_ticked_off(world: World, as_staff: AsStaff) -> None:
    van = resource(world.laundry, "面包车", kind="van", capacity=3, shared=True)
    pickup = service(world.laundry, "上门取衣", [van], kind="pickup", minutes=120, step_minutes=120)
    address = addresses.add(world.mei, "家", "清水弄 12 号", NOON)
    whom = For(world.mei, note="三袋", address=address)
    stop = bookings.book([Wish(pickup.id, moment("10:00"), 1)], world.laundry, whom, key="k", at=NOON)
    driver = as_staff(world.bo)
    page = text(driver.get(f"/desk/bookings/route?day={TODAY}"))
    for said in ("清水弄 12 号", "三袋", "林小满", "10:00–12:00"):
        assert said in page
    assert driver.post(path(stop, "/arrival?then=route")).location == f"/desk/bookings/route?day={TODAY}"
    assert "办好了" in text(driver.get(f"/desk/bookings/route?day={TODAY}"))
    assert "清水弄" not in text(as_staff(world.chen).get(f"/desk/bookings/route?day={TODAY}"))


# --- figures ------------------------------------------------------------------------------------------------------------------


def test_the_figures_and_their_table(
    bath: Bath, asked: Booking, world: World, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookings.confirm(asked, world.chen, NOON + 4 * MINUTE)
    bookings.arrive(asked, moment("15:00"), staff=world.chen)
    monkeypatch.setattr(clock, "now", lambda: moment("20:00"))
    manager = as_staff(world.lin)
    page = text(manager.get("/desk/bookings/figures?days=7"))
    assert "4 分钟" in page
    assert 'class="h' in page
    table = manager.get("/desk/bookings/figures.csv?days=7")
    assert table.mimetype == "text/csv"
    assert "周四" in text(table)
    assert manager.get("/desk/bookings/figures?days=1000000").status_code == 200
    assert as_staff(world.su).get("/desk/bookings/figures").status_code == 403
    assert as_staff(world.su).get("/desk/bookings/figures.csv").status_code == 403


# --- the supply ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.lin)


def terms(bath: Bath, **more: Any) -> dict[str, Any]:
    form = {
        "ticket": "a ticket of the desk",
        "name": "汗蒸",
        "kind": "sweat",
        "minutes": 60,
        "clean_minutes": 0,
        "step_minutes": 30,
        "price": "58",
        "per_person": "1",
        "people_min": 1,
        "people_max": 2,
        "lead_minutes": 0,
        "horizon_days": 14,
        "early_days": 2,
        "cancel_minutes": 120,
        "on_request": "0",
        "art": "tea",
        f"does_{bath.small.id}": "y",
    }
    return form | more


@pytest.mark.parametrize("kind", ["bath", "laundry", "retail"])
def test_one_tap_makes_the_usual_supply(kind: str, world: World, as_staff: AsStaff) -> None:
    store = {"bath": world.bath, "laundry": world.laundry, "retail": world.retail}[kind]
    boss = as_staff(world.zhao, store)
    assert "从常用的开始" in text(boss.get("/desk/bookings/supply"))
    assert boss.post("/desk/bookings/supply/start").location == "/desk/bookings/supply"
    made = Service.select().where(Service.store == store.id)
    assert made.count() >= 2
    assert all(row.abilities.count() for row in made)
    again = boss.post("/desk/bookings/supply/start")
    assert again.status_code == 422
    assert "已经有服务了" in text(again)
    for row in made:
        assert boss.get(f"/desk/bookings/supply/services/{row.id}").status_code == 200


def test_a_service_is_added_and_seen_as_a_member_sees_it(bath: Bath, manager: FlaskClient) -> None:
    more = {
        "option_name_0": "单间",
        "option_price_0": "20",
        "perk_name_0": "送姜茶",
        "perk_days_0": "56",
        "perk_hours_0": "14:00-18:00",
        "day3": "12:00-14:00, 17:00-02:00",
    }
    answer = manager.post("/desk/bookings/supply/services/new", data=terms(bath, **more))
    made = Service.get(Service.kind == "sweat")
    assert answer.location == f"/desk/bookings/supply/services/{made.id}?saved=1"
    assert (made.price, made.early_days, made.per_person) == (5800, 2, True)
    assert made.options[0]["name"] == {"zh": "单间"}
    assert made.options[0]["price"] == 2000
    assert made.perks == [{"days": [5, 6], "from": 840, "until": 1080, "name": {"zh": "送姜茶"}}]
    assert made.hours == {"3": [[720, 840], [1020, 1560]]}
    page = text(manager.get(answer.location))
    assert "12:00–14:00, 17:00–02:00" in page
    assert '<li class="quiet">17:30' in page
    assert '<li class="quiet">15:00' not in page


def test_an_edit_is_a_new_edition_and_options_keep_their_keys(bath: Bath, manager: FlaskClient) -> None:
    manager.post("/desk/bookings/supply/services/new", data=terms(bath, option_name_0="单间"))
    made = Service.get(Service.kind == "sweat")
    key = made.options[0]["key"]
    where = f"/desk/bookings/supply/services/{made.id}"
    manager.post(where, data=terms(bath, name="干蒸", option_name_0="单间", option_key_0=key))
    now = Service.get_by_id(made.id)
    assert (now.name["zh"], now.version, now.options[0]["key"]) == ("干蒸", made.version + 1, key)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "请填写"),
        ({"minutes": "x"}, "请填写数字"),
        ({"minutes": 3}, "超出范围"),
        ({"step_minutes": 20}, "一刻钟"),
        ({"people_min": 5}, "不能比最少的还少"),
        ({"price": "abc"}, "金额像这样写"),
        ({"day0": "十点到十二点"}, "时间像这样写"),
        ({"perk_name_0": "茶", "perk_hours_0": "下午"}, "时间像这样写"),
        ({"kind": "teleport"}, "这一项请再看一下"),
    ],
)
def test_a_wrong_service_is_shown_again_with_what_was_typed(
    wrong: dict[str, Any], said: str, bath: Bath, manager: FlaskClient
) -> None:
    answer = manager.post("/desk/bookings/supply/services/new", data=terms(bath, note="热的", **wrong))
    assert answer.status_code == 422
    assert said in text(answer)
    assert "热的" in text(answer)
    assert not Service.select().where(Service.kind == "sweat").exists()


def test_a_service_is_retired(bath: Bath, booked: Booking, manager: FlaskClient) -> None:
    manager.post(f"/desk/bookings/supply/services/{bath.family.id}/retirement")
    assert Service.get_by_id(bath.family.id).retired_at == NOON
    assert manager.get(f"/desk/bookings/supply/services/{bath.family.id}").status_code == 404
    assert path(booked) in text(manager.get(BOARD))  # what stands is still on the board


def test_a_room_is_added_changed_and_refused_while_somebody_is_booked_there(
    bath: Bath, booked: Booking, manager: FlaskClient
) -> None:
    form = {"ticket": "a ticket of the desk", "name": "汗蒸房", "kind": "room", "capacity": 6, "shared": "1"}
    manager.post("/desk/bookings/supply/resources/new", data=form)
    made = Resource.get(Resource.capacity == 6, Resource.kind == "room")
    assert made.shared
    where = f"/desk/bookings/supply/resources/{bath.small.id}"
    small = manager.post(where, data=form | {"name": "小汤屋", "capacity": 1, "shared": "0"})
    assert small.status_code == 422
    assert "已经订出去的比这个多" in text(small)
    gone = manager.post(f"{where}/retirement")
    assert gone.status_code == 422
    assert "还有预约" in text(gone)
    assert manager.post(where, data=form | {"capacity": 0}).status_code == 422
    manager.post(f"/desk/bookings/supply/resources/{made.id}/retirement")
    assert Resource.get_by_id(made.id).retired_at == NOON


def test_a_day_has_hours_of_its_own_and_who_falls_out_of_them_is_named(
    bath: Bath, booked: Booking, manager: FlaskClient
) -> None:
    assert "端午" in text(manager.get("/desk/bookings/supply/days"))
    form = {"ticket": "a ticket of the desk", "day": TODAY, "hours": "10:00-18:00", "name": "盘点"}
    answer = manager.post("/desk/bookings/supply/days", data=form)
    assert SpecialDay.get().hours == [[600, 1080]]
    page = text(manager.get(answer.location))
    assert "这几位订的时间不在里面了" in page
    assert path(booked) in page
    wrong = manager.post("/desk/bookings/supply/days", data=form | {"hours": "白天"})
    assert wrong.status_code == 422
    assert 'value="白天"' in text(wrong)
    manager.post("/desk/bookings/supply/days/ordinary", data={"day": TODAY})
    assert SpecialDay.select().count() == 0
    assert manager.post("/desk/bookings/supply/days", data=form | {"day": "x"}).status_code == 404


def test_an_event_has_dates(bath: Bath, manager: FlaskClient, world: World) -> None:
    tasting = service(bath.store, "品茶会", [bath.pool], kind="event", minutes=90, people_max=4)
    where = f"/desk/bookings/supply/services/{tasting.id}"
    form = {"ticket": "a ticket of the desk", "date": TODAY, "time": "15:00", "resource": bath.pool.id}
    manager.post(f"{where}/dates", data=form)
    date = Occurrence.get()
    assert date.starts_at == moment("15:00")
    assert "不办了" in text(manager.get(where))
    assert f"at={moment('15:00')}" in text(manager.get(BOARD))
    for wrong in ({"date": "x"}, {"time": "99:99"}, {"date": "2026-05-01"}, {"resource": ""}):
        assert manager.post(f"{where}/dates", data=form | wrong).status_code == 422
    coming = bath.book(world.mei, moment("15:00"), 2, what=tasting)
    manager.post(f"/desk/bookings/supply/dates/{date.id}/cancellation")
    assert fresh(coming).state == "cancelled"


def test_the_supply_is_for_managers_and_of_their_own_store(bath: Bath, world: World, as_staff: AsStaff) -> None:
    doors = [
        "/desk/bookings/supply",
        "/desk/bookings/supply/days",
        "/desk/bookings/supply/services/new",
        f"/desk/bookings/supply/services/{bath.family.id}",
        f"/desk/bookings/supply/resources/{bath.small.id}",
    ]
    senior = as_staff(world.su)
    assert [senior.get(door).status_code for door in doors] == [403] * 5
    other = Staff.create(
        brand=world.brand.id, store=world.laundry.id, username="hua", name="阿花", role="manager",
        password_hash="x", made_at=NOON,
    )  # fmt: skip
    stranger = as_staff(other)
    assert [stranger.get(door).status_code for door in doors[3:]] == [404, 404]
    for door in (*doors[3:], f"{doors[3]}/retirement", f"{doors[4]}/retirement", f"{doors[3]}/dates"):
        assert stranger.post(door, data=terms(bath)).status_code == 404
    date = Occurrence.create(service=bath.family.id, resource=bath.small.id, starts_at=moment("15:00"))
    assert stranger.post(f"/desk/bookings/supply/dates/{date.id}/cancellation").status_code == 404
    assert Service.get_by_id(bath.family.id).retired_at is None
    assert Occurrence.get().cancelled_at is None


# --- as many questions as ever -----------------------------------------------------------------------------------------


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
