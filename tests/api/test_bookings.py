"""Free times and bookings by machine: exactly once, never sold twice, never another store's."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from models import ApiCall, Booking, Event, Message
from tests.api.test_purchases import Till, is_problem
from tests.bookings.places import DAY, Bath, moment, seats_equal_bookings
from tests.world import World
from webapp import check, vault
from webapp.bookings import bookings
from webapp.bookings.holding import For, Wish
from webapp.clock import HOUR
from webapp.stores import tills

EVENING = moment("19:00")


@pytest.fixture
def bath(app: Flask, world: World) -> Bath:
    return Bath(world)


@pytest.fixture
def till(app: Flask, world: World) -> Till:
    return Till(app, tills.make(world.bath, "site", None, world.at)[1])


@pytest.fixture
def other_till(app: Flask, world: World) -> Till:
    return Till(app, tills.make(world.laundry, "till", None, world.at)[1])


def wish(bath: Bath, at: int = EVENING, **more: Any) -> dict[str, Any]:
    return {"service": bath.massage.id, "at": at, "guest": "王小姐"} | more


def test_the_services_of_a_store_are_listed_with_their_terms(till: Till, bath: Bath, other_till: Till) -> None:
    listed = till.get("/services").get_json()["services"]
    assert [row["name"]["zh"] for row in listed] == ["家庭汤浴", "大池", "推拿"]
    assert (listed[0]["price"], listed[0]["people_max"], listed[2]["on_request"]) == (8800, 4, True)
    assert other_till.get("/services").get_json() == {"services": []}


def test_the_times_of_a_day_say_who_would_fit(till: Till, bath: Bath) -> None:
    bath.book(bath.world.mei, EVENING, 4, what=bath.swim)
    found = till.get(f"/slots?service={bath.swim.id}&day={DAY}&people=3").get_json()
    times = {slot["at"]: (slot["left"], slot["free"]) for slot in found["slots"]}
    assert times[EVENING] == times[EVENING + HOUR // 4] == (2, False)
    assert times[EVENING + HOUR] == (6, True)
    assert found["slots"][0]["at"] == moment("10:00")
    assert found["version"] == bath.swim.version


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("day=2026-05-21", "service"),
        ("service=x&day=2026-05-21", "service"),
        ("service=99999999999&day=2026-05-21", "service"),
        ("service=1", "day"),
        ("service=1&day=2026-02-30", "day"),
        ("service=1&day=9999-12-31", "day"),
        ("service=1&day=2026-05-21&people=-1", "people"),
    ],
)
def test_a_question_out_of_bounds_is_refused_by_field(till: Till, bath: Bath, query: str, field: str) -> None:
    answer = till.get(f"/slots?{query}")
    assert is_problem(answer, 422, "invalid_query")
    assert answer.get_json()["field"] == field


def test_a_guest_and_a_member_are_booked(till: Till, bath: Bath, world: World) -> None:
    asked = till.post("/bookings", wish(bath, guest_phone="138 0000 0009", note="靠窗", version=1))
    assert asked.status_code == 201
    row = Booking.get()
    assert asked.get_json() == {
        "id": row.code, "state": "requested", "services": [bath.massage.id], "people": 1, "at": EVENING,
        "ends_at": EVENING + 45 * 60, "price": 12800, "made_at": world.at, "cancel_until": EVENING - 2 * HOUR, "guest": "王小姐",
    }  # fmt: skip
    assert (row.source, vault.unseal(row.guest_phone_sealed or b"")) == ("till", "+8613800000009")
    whom = {"phone": "13800000001"}
    mine = till.post("/bookings", {"service": bath.family.id, "at": EVENING, "people": 2, "member": whom}).get_json()
    assert (mine["state"], mine["member"]) == ("confirmed", world.mei.code)
    assert Message.select().where(Message.member == world.mei.id, Message.text == "booking_confirmed").count() == 1


def test_a_place_that_is_gone_is_answered_with_the_nearest_times(till: Till, bath: Bath) -> None:
    till.post("/bookings", wish(bath))
    answer = till.post("/bookings", wish(bath))
    assert is_problem(answer, 422, "taken")
    assert answer.get_json()["nearest"] == [EVENING - HOUR, EVENING + HOUR]
    assert answer.get_json()["field"] == "at"
    assert ApiCall.select().count() == 1


def test_the_same_call_again_gets_the_same_answer_and_holds_nothing_more(till: Till, bath: Bath) -> None:
    first, again = (till.post("/bookings", wish(bath), key="one") for _ in range(2))
    assert again.data == first.data
    assert again.headers["Idempotent-Replayed"] == "true"
    ApiCall.delete().execute()
    assert till.post("/bookings", wish(bath), key="one").get_json() == first.get_json()
    assert Booking.select().count() == 1
    assert is_problem(till.post("/bookings", wish(bath, guest="别人"), key="one"), 422, "idempotency_key_reused")


def test_two_stores_may_use_the_same_key(till: Till, other_till: Till, bath: Bath) -> None:
    assert till.post("/bookings", wish(bath), key="one").status_code == 201
    assert is_problem(other_till.post("/bookings", wish(bath), key="one"), 404, "no_such_service")


def test_twelve_machines_that_send_one_call_at_once_book_once(till: Till, bath: Bath) -> None:
    def call(_: int) -> tuple[int, bytes]:
        answer = Till(till.app, till.secret).post("/bookings", wish(bath), key="one")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(12) as crowd:
        answers = set(crowd.map(call, range(12)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert Booking.select().count() == 1
    assert check.run() == []


def test_a_booking_is_moved_and_called_off_once(till: Till, bath: Bath, world: World) -> None:
    made = bath.book(world.mei, EVENING)
    path = f"/bookings/{made.code}"
    moved = till.post(f"{path}/move", {"at": EVENING + HOUR}, key="later")
    assert moved.status_code == 200
    assert moved.get_json()["at"] == EVENING + HOUR
    assert till.post(f"{path}/move", {"at": EVENING + HOUR}, key="later").data == moved.data
    assert till.get(path).get_json() == moved.get_json()
    assert is_problem(till.post(f"{path}/move", {"at": EVENING + 7}), 422, "closed")
    for key in ("off", "off", "off-again"):
        called_off = till.post(f"{path}/cancel", {}, key=key)
        assert called_off.get_json().get("state") == "cancelled", called_off.get_json()
    assert is_problem(till.post(f"{path}/move", {"at": EVENING}), 422, "not_movable")
    told = Message.select().where(Message.member == world.mei.id, Message.text == "booking_cancelled")
    assert told.count() == 1
    assert seats_equal_bookings()


def test_the_bookings_of_a_day_come_in_order_with_few_queries(till: Till, bath: Bath, world: World) -> None:
    late, early = bath.book(world.mei, EVENING), bath.book(world.xin, EVENING - HOUR)
    bath.book(world.mei, EVENING + 24 * HOUR)
    bookings.book([Wish(bath.swim.id, EVENING, 2)], world.bath, For(guest="路过的"), key="walk in", at=world.at)
    listed = till.get(f"/bookings?day={DAY}").get_json()["bookings"]
    assert [row["id"] for row in listed][:2] == [early.code, late.code]
    assert [row.get("member") or row["guest"] for row in listed] == [world.xin.code, world.mei.code, "路过的"]
    assert is_problem(till.get("/bookings?day=tomorrow"), 422, "invalid_query")


def test_another_stores_bookings_are_not_there(till: Till, other_till: Till, bath: Bath, world: World) -> None:
    made = bath.book(world.mei, EVENING)
    for answer in (
        other_till.get(f"/bookings/{made.code}"),
        other_till.post(f"/bookings/{made.code}/move", {"at": EVENING + HOUR}),
        other_till.post(f"/bookings/{made.code}/cancel", {}),
    ):
        assert is_problem(answer, 404, "no_such_booking")
    assert is_problem(other_till.get(f"/slots?service={bath.swim.id}&day={DAY}"), 404, "no_such_service")
    assert other_till.get(f"/bookings?day={DAY}").get_json()["bookings"] == []
    assert Booking.get().state == "confirmed"


WRONG: list[tuple[dict[str, Any], str | None]] = [
    ({"at": -1}, "at"),
    ({"at": 10**18}, "at"),
    ({"at": "19:00"}, "at"),
    ({"people": 0}, "people"),
    ({"people": 10**9}, "people"),
    ({"service": 0}, "service"),
    ({"guest": "x" * 61}, "guest"),
    ({"guest": "a\x00b"}, "guest"),
    ({"guest_phone": "not a phone"}, "guest_phone"),
    ({"options": ["x"] * 21}, "options"),
    ({"color": "red"}, None),
]


def test_a_body_out_of_bounds_is_refused_by_field(till: Till, bath: Bath) -> None:
    for wrong, field in WRONG:
        answer = till.post("/bookings", wish(bath, **wrong))
        assert is_problem(answer, 422, "invalid_body")
        assert answer.get_json().get("field") == field
    assert is_problem(till.post("/bookings", {"service": bath.swim.id, "at": EVENING}), 422, "guest_missing")
    assert is_problem(till.post("/bookings", wish(bath, at=100)), 422, "past")
    assert is_problem(till.post("/bookings", wish(bath, version=9)), 422, "edited")
    assert Booking.select().count() == ApiCall.select().count() == 0


def test_without_a_key_the_doors_stay_shut(app: Flask, bath: Bath) -> None:
    for path in ("/services", "/slots", "/bookings", "/bookings/x"):
        assert is_problem(app.test_client().get(f"/api/v1{path}"), 401, "unauthorized")
    for path in ("/bookings", "/bookings/x/move", "/bookings/x/cancel"):
        assert is_problem(app.test_client().post(f"/api/v1{path}", json={}), 401, "unauthorized")


def test_what_the_till_called_off_says_so_and_nobody_elses_name(till: Till, bath: Bath) -> None:
    booked = bath.book(bath.world.mei, EVENING)
    till.post(f"/bookings/{booked.code}/move", {"at": EVENING - HOUR})
    till.post(f"/bookings/{booked.code}/cancel", {})
    row = Booking.get_by_id(booked.id)
    assert (row.state, row.ended_by_id, row.why) == ("cancelled", None, "till")
    said = {one.verb: (one.staff_id, one.data.get("by")) for one in Event.select().where(Event.ref == booked.code)}
    assert said["booking_moved"] == said["booking_cancelled"] == (None, "till")
    own = bath.book(bath.world.xin, EVENING)
    bookings.cancel(own, bath.world.at, member=bath.world.xin)
    assert Booking.get_by_id(own.id).why == ""
