"""Ratings at the counter: names wait a day, one answer each, counts under twenty, what was said aloud, the codes, the staff's own pulse."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Ask, Rating, Visit
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import clock, policy, vault
from webapp.clock import DAY, HOUR
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.ratings import asks, pulse, ratings

HARM = "<script>alert(1)</script>"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.chen)


def rated(world: World, n: int = 0, *, member: bool = True, said: str = "", **faces: int) -> Rating:
    fields = {"store": world.bath.id, "member": world.mei.id if member else None, "kind": "visit", "ref": str(n)}
    ask = Ask.create(code=vault.code(10), at=NOON - HOUR, expires_at=NOON + 13 * DAY, served_by=world.kai.id, **fields)
    return ratings.rate(ask, faces or {"service": 4, "attitude": 5}, NOON, text=said)


@pytest.fixture
def here(world: World) -> Visit:
    """Mei is in the bath house now."""
    return Visit.create(member=world.mei.id, store=world.bath.id, source="desk", at=NOON, closes_at=NOON + 4 * HOUR)


def test_nothing_yet_says_where_they_come_from(tablet: FlaskClient) -> None:
    assert "还没有评价" in text(tablet.get("/desk/ratings"))


def test_names_wait_a_day_for_the_shift_and_not_for_a_manager(
    world: World, tablet: FlaskClient, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    rated(world, said="水很干净")
    page = text(tablet.get("/desk/ratings"))
    assert "水很干净" in page
    assert world.mei.name not in page
    assert world.mei.code not in page
    assert world.mei.name in text(as_staff(world.lin).get("/desk/ratings"))
    monkeypatch.setattr(clock, "now", lambda: NOON + DAY)
    assert world.mei.name in text(as_staff(world.chen).get("/desk/ratings"))


def test_who_served_is_for_managers(world: World, tablet: FlaskClient, as_staff: AsStaff) -> None:
    rated(world)
    assert "谁接待的" not in text(tablet.get("/desk/ratings"))
    assert "谁接待的" in text(as_staff(world.lin).get("/desk/ratings"))


def test_under_twenty_answers_there_are_counts_and_no_percent(world: World, tablet: FlaskClient) -> None:
    for n in range(19):
        rated(world, n, member=False, service=4)
    page = text(tablet.get("/desk/ratings")).split("<main")[1]
    assert "满 20 条以后才算百分比" in page
    assert not re.search(r"\d%", page)
    rated(world, 19, member=False, service=2)
    page = text(tablet.get("/desk/ratings")).split("<main")[1]
    assert "95%" in page
    assert "相差 0.44" in page


def test_answered_once(world: World, tablet: FlaskClient, as_staff: AsStaff, as_member: AsMember) -> None:
    rating = rated(world)
    address = f"/desk/ratings/{rating.id}/reply"
    assert tablet.post(address, data={"text": " "}).status_code == 422
    assert tablet.post(address, data={"text": "谢谢您"}).headers["Location"] == f"/desk/ratings#r{rating.id}"
    refused = as_staff(world.kai).post(address, data={"text": "我也谢谢"})
    assert refused.status_code == 422
    assert "已经有人回过" in text(refused)
    assert "谢谢您" in text(tablet.get("/desk/ratings"))
    assert "谢谢您" in text(as_member(world.mei).get(f"/rate/{asks.token(rating.ask)}"))


def test_another_stores_rating_is_not_there(world: World, as_staff: AsStaff) -> None:
    rating = rated(world, said="水很干净")
    stranger = as_staff(world.bo)
    assert "水很干净" not in text(stranger.get("/desk/ratings"))
    assert stranger.post(f"/desk/ratings/{rating.id}/reply", data={"text": "x"}).status_code == 404


def test_words_are_never_markup(world: World, tablet: FlaskClient) -> None:
    rated(world, said=HARM)
    assert HARM not in text(tablet.get("/desk/ratings"))


def test_low_ones_have_a_list(world: World, tablet: FlaskClient) -> None:
    fine, low = rated(world, 1), rated(world, 2, service=1)
    page = text(tablet.get("/desk/ratings?low=1"))
    assert f'id="r{low.id}"' in page
    assert f'id="r{fine.id}"' not in page


def test_the_list_goes_on_where_it_ended(world: World, tablet: FlaskClient) -> None:
    for n in range(31):
        rated(world, n, member=False)
    first = text(tablet.get("/desk/ratings"))
    older = re.search(r'href="(/desk/ratings\?[^"]*before=\d+)"', first)
    assert older
    assert text(tablet.get(older[1].replace("&amp;", "&"))).count('class="slim-card rating') == 1


# --- asking at the counter -------------------------------------------------------------------------------------------------


def test_the_code_of_the_visit_that_is_going_on_works_without_signing_in(
    world: World, tablet: FlaskClient, here: Visit, visitor: FlaskClient
) -> None:
    part = text(tablet.get(f"/desk/ratings/ask/{world.mei.code}", htmx=True))
    assert "<svg" in part
    ask = Ask.get()
    assert (ask.member_id, ask.ref) == (world.mei.id, str(here.id))
    tablet.get(f"/desk/ratings/ask/{world.mei.code}")
    assert Ask.select().count() == 1
    assert visitor.post(f"/rate/{asks.token(ask)}", data={"face_service": "5"}).status_code == 303
    assert "这次已经评过了" in text(tablet.get(f"/desk/ratings/ask/{world.mei.code}", htmx=True))


def test_who_is_not_here_is_not_asked(world: World, tablet: FlaskClient) -> None:
    assert "hidden" in text(tablet.get(f"/desk/ratings/ask/{world.mei.code}", htmx=True))
    assert not Ask.select().exists()


def test_a_bills_slip_has_a_code_for_whoever_holds_it(world: World, tablet: FlaskClient) -> None:
    bill = purchases.record(world.bath, Bill(4800, "b1", "desk"), None, world.chen, NOON)
    assert f'hx-get="/desk/ratings/slip/{bill.code}"' in text(tablet.get(f"/desk/purchases/{bill.code}/claim"))
    assert "<svg" in text(tablet.get(f"/desk/ratings/slip/{bill.code}", htmx=True))
    assert Ask.get().ref == bill.code


def test_another_stores_bill_has_none(world: World, as_staff: AsStaff) -> None:
    bill = purchases.record(world.bath, Bill(4800, "b1", "desk"), None, world.chen, NOON)
    assert as_staff(world.bo).get(f"/desk/ratings/slip/{bill.code}").status_code == 404
    assert not Ask.select().exists()


def test_what_was_said_aloud_is_marked_and_the_members_to_change(
    world: World, tablet: FlaskClient, here: Visit, as_member: AsMember
) -> None:
    address = f"/desk/ratings/spoken/{world.mei.code}"
    assert "face_environment" in text(tablet.get(address))
    assert tablet.post(address, data={"text": "没点脸"}).status_code == 422
    tablet.post(address, data={"face_service": "2", "nps": "5", "text": "搓澡等太久"})
    rating = Rating.get()
    assert (rating.spoken_by_id, rating.member_id, rating.low) == (world.chen.id, world.mei.id, True)
    assert "小陈 记的" in text(tablet.get("/desk/ratings"))
    mei = as_member(world.mei)
    token = asks.token(rating.ask)
    assert "小陈替你记的" in text(mei.get(f"/rate/{token}"))
    mei.post(f"/rate/{token}", data={"face_service": "5"})
    assert world.fresh(rating).spoken_by_id is None
    assert "自己评过了" in text(tablet.get(address))


def test_nothing_to_rate_without_a_visit(world: World, tablet: FlaskClient) -> None:
    address = f"/desk/ratings/spoken/{world.mei.code}"
    assert "最近没有来过的记录" in text(tablet.get(address))
    assert tablet.post(address, data={"face_service": "5"}).status_code == 422


# --- what is set -----------------------------------------------------------------------------------------------------------


def test_weights_and_the_one_invitation_for_everybody(world: World, as_staff: AsStaff) -> None:
    lin = as_staff(world.lin)
    given = {"ticket": "a ticket of the desk", "service": "3", "attitude": "1", "price": "0", "environment": "1"}
    saved = lin.post("/desk/ratings/settings", data=given | {"review_url": "https://maps.example/bath"}, htmx=True)
    assert "已保存" in text(saved)
    rules = policy.of(world.fresh(world.bath))
    assert (rules.rating_weights, rules.review_url) == ({"service": 3, "price": 0}, "https://maps.example/bath")
    for wrong in ({"review_url": "javascript:alert(1)"}, {"service": "11"}, dict.fromkeys(given, "0")):
        refused = lin.post("/desk/ratings/settings", data=given | wrong | {"ticket": given["ticket"]})
        assert refused.status_code == 422
    assert policy.of(world.fresh(world.bath)).rating_weights == {"service": 3, "price": 0}
    lin.post("/desk/ratings/settings", data=dict.fromkeys(given, "1") | {"ticket": given["ticket"], "review_url": ""})
    assert world.fresh(world.bath).policy == {}


# --- the staff's own ---------------------------------------------------------------------------------------------------------


def test_the_pulse_is_given_once_a_month_and_shown_from_five(
    world: World, tablet: FlaskClient, as_staff: AsStaff
) -> None:
    assert tablet.post("/desk/pulse", data={"score": "4", "text": "周末太累"}).status_code == 303
    assert "这个月你说过了" in text(tablet.get("/desk/pulse"))
    assert tablet.post("/desk/pulse", data={"score": "4"}).status_code == 422
    lin = as_staff(world.lin)
    assert "周末太累" not in text(lin.get("/desk/pulse"))
    assert "不满 5 人" in text(lin.get("/desk/pulse"))
    for person in (world.kai, world.su, world.lin, world.zhao):
        pulse.give(person, world.bath, 5, "", NOON)
    page = text(lin.get("/desk/pulse"))
    assert "周末太累" in page
    assert "4.80" in page
    assert "每个月" not in text(tablet.get("/desk/pulse"))
