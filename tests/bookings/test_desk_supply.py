"""A manager says what can be booked."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Booking, Occurrence, Resource, Service, SpecialDay, Staff
from tests.bookings.pages import BOARD, TODAY, html, path, terms
from tests.bookings.places import Bath, moment, service
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp.bookings.holding import fresh


@pytest.mark.parametrize("kind", ["bath", "laundry", "retail"])
def test_one_tap_makes_the_usual_supply(kind: str, world: World, as_staff: AsStaff) -> None:
    store = {"bath": world.bath, "laundry": world.laundry, "retail": world.retail}[kind]
    boss = as_staff(world.zhao, store)
    assert "从常用的开始" in html(boss.get("/desk/bookings/supply"))
    assert boss.post("/desk/bookings/supply/start").location == "/desk/bookings/supply"
    made = Service.select().where(Service.store == store.id)
    assert made.count() >= 2
    assert all(row.abilities.count() for row in made)
    again = boss.post("/desk/bookings/supply/start")
    assert again.status_code == 422
    assert "已经有服务了" in html(again)
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
    page = html(manager.get(answer.location))
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
    assert said in html(answer)
    assert "热的" in html(answer)
    assert not Service.select().where(Service.kind == "sweat").exists()


def test_a_service_is_retired(bath: Bath, booked: Booking, manager: FlaskClient) -> None:
    manager.post(f"/desk/bookings/supply/services/{bath.family.id}/retirement")
    assert Service.get_by_id(bath.family.id).retired_at == NOON
    assert manager.get(f"/desk/bookings/supply/services/{bath.family.id}").status_code == 404
    assert path(booked) in html(manager.get(BOARD))  # what stands is still on the board


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
    assert "已经订出去的比这个多" in html(small)
    gone = manager.post(f"{where}/retirement")
    assert gone.status_code == 422
    assert "还有预约" in html(gone)
    assert manager.post(where, data=form | {"capacity": 0}).status_code == 422
    manager.post(f"/desk/bookings/supply/resources/{made.id}/retirement")
    assert Resource.get_by_id(made.id).retired_at == NOON


def test_a_day_has_hours_of_its_own_and_who_falls_out_of_them_is_named(
    bath: Bath, booked: Booking, manager: FlaskClient
) -> None:
    assert "端午" in html(manager.get("/desk/bookings/supply/days"))
    form = {"ticket": "a ticket of the desk", "day": TODAY, "hours": "10:00-18:00", "name": "盘点"}
    answer = manager.post("/desk/bookings/supply/days", data=form)
    assert SpecialDay.get().hours == [[600, 1080]]
    page = html(manager.get(answer.location))
    assert "有 1 单订的时间不在营业时间里了" in page
    assert path(booked) in page
    wrong = manager.post("/desk/bookings/supply/days", data=form | {"hours": "白天"})
    assert wrong.status_code == 422
    assert 'value="白天"' in html(wrong)
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
    assert "不办了" in html(manager.get(where))
    assert f"at={moment('15:00')}" in html(manager.get(BOARD))
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
