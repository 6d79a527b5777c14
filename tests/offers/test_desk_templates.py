"""The manager's pages: kinds of coupons as sentences, words, one for everybody of a segment, one by hand, neighbours."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Coupon, CouponCode, Handout, Message, Partner, Template
from tests.kit.doors import AsStaff
from tests.offers.shelf import template
from tests.world import NOON, World
from webapp.insights import segments
from webapp.offers import handouts
from webapp.offers.desk import typed

FORM = {
    "ticket": "a ticket long enough",
    "name": "下雨天券",
    "kind": "amount",
    "amount": "8",
    "weekday": ["0", "1", "2", "3", "4", "5", "6"],
    "days": "30",
    "per_member": "1",
}


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def desk(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.lin)


def test_nothing_yet_leads_to_the_first(desk: FlaskClient) -> None:
    assert "还没有券" in text(desk.get("/desk/coupons"))


def test_a_new_kind_is_kept_once_and_reads_as_a_sentence(desk: FlaskClient) -> None:
    for _ in range(2):
        kept = desk.post("/desk/coupons/new", data=FORM)
        assert kept.status_code == 303
    made = Template.get()
    assert (Template.select().count(), made.amount, made.days, made.weekdays) == (1, 800, 30, 127)
    assert "任何一单都减 ¥8，领到后 30 天内有效" in text(desk.get("/desk/coupons"))
    assert 'value="8.00"' in text(desk.get(kept.headers["Location"]))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"amount": "0"}, "金额要大于零"),
        ({"amount": "acht"}, "金额像这样写"),
        ({"name": ""}, "请填写"),
        ({"weekday": []}, "至少选一天"),
        ({"days": ""}, "到什么时候为止"),
        ({"until": "morgen"}, "日期像这样写"),
        ({"opens": "25:00"}, "时间像这样写"),
        ({"opens": "18:00", "closes": "10:00"}, "结束要晚于开始"),
        ({"kind": "percent", "percent": "101"}, "数字超出范围"),
        ({"kind": "service"}, "请选一项服务"),
        ({"most": "-1"}, "数字超出范围"),
    ],
)
def test_what_does_not_fit_is_said_and_what_was_typed_stays(
    desk: FlaskClient, fields: dict[str, Any], reason: str
) -> None:
    refused = desk.post("/desk/coupons/new", data=FORM | fields, htmx=True)
    assert refused.status_code == 422
    assert reason in text(refused)
    if "name" not in fields:
        assert 'value="下雨天券"' in text(refused)
    assert Template.select().count() == 0


def test_all_fields_come_back_as_they_were_typed(world: World, desk: FlaskClient) -> None:
    full = FORM | {
        "kind": "percent", "percent": "15", "amount": "30", "minimum": "80", "weekday": ["0", "4"], "opens": "13:00",
        "closes": "17:30", "begins": "2026-06-01", "until": "2026-06-30", "most": "500", "per_day": "30",
        "stores": [str(world.bath.id)], "name_en": "Rainy day",
    }  # fmt: skip
    page = text(desk.get(desk.post("/desk/coupons/new", data=full).headers["Location"]))
    for value in ("15", "30.00", "80.00", "13:00", "17:30", "2026-06-01", "2026-06-30", "500", "Rainy day"):
        assert f'value="{value}"' in page
    assert "满 ¥80 减 15%，最多减 ¥30，只在周一、周五 13:00–17:30 能用，只在回头浴场·南门店能用" in page


def test_the_sentence_is_read_while_it_is_typed(desk: FlaskClient) -> None:
    read = text(desk.get("/desk/coupons/preview", query_string=FORM | {"minimum": "50"}, htmx=True))
    assert "满 ¥50 减 ¥8" in read
    assert "满多少要不小于减多少" in text(desk.get("/desk/coupons/preview", query_string=FORM | {"minimum": "5"}))
    assert "填好金额" in text(desk.get("/desk/coupons/preview", query_string={"amount": "x", "kind": "?"}))


def test_retired_and_given_again(world: World, desk: FlaskClient) -> None:
    made = template(world)
    for gone in (True, False):
        assert desk.post(f"/desk/coupons/kinds/{made.id}/retirement").status_code == 303
        assert bool(world.fresh(made).retired_at) is gone
    assert desk.get("/desk/coupons/kinds/99999").status_code == 404


def test_a_word_is_added_shown_as_a_code_and_put_away(world: World, desk: FlaskClient) -> None:
    made = template(world)
    added = text(desk.post(f"/desk/coupons/kinds/{made.id}/codes", data={"code": "rainy 8", "most": "9"}, htmx=True))
    assert "RAINY8" in added
    assert "/coupons?code=RAINY8" in added
    refused = desk.post(f"/desk/coupons/kinds/{template(world).id}/codes", data={"code": "RAINY8"}, htmx=True)
    assert (refused.status_code, "换一个" in text(refused)) == (422, True)
    assert "已停用" in text(desk.post(f"/desk/coupons/codes/{CouponCode.get().id}/retirement", htmx=True))
    assert CouponCode.get().retired_at == NOON


def test_everybody_of_a_segment_gets_one_and_the_page_says_how_far_it_is(world: World, desk: FlaskClient) -> None:
    made = template(world)
    everybody = segments.put(world.brand, "所有人", {"is": "all"}, world.lin, NOON)
    address = f"/desk/coupons/kinds/{made.id}/handouts"
    for _ in range(2):
        begun = text(desk.post(address, data={"ticket": "a ticket long enough", "segment": everybody.id}, htmx=True))
        assert "0 / 2 人" in begun
    assert Handout.select().count() == 1
    while handouts.go_on(NOON):
        pass
    assert "every 3s" not in text(desk.get(address, htmx=True)), "it asks no more"
    assert Coupon.select().count() == 2
    assert desk.post(address, data={"ticket": "another long ticket", "segment": 99999}).status_code == 404
    stopped = desk.post(f"/desk/coupons/handouts/{Handout.get().id}/stop", htmx=True)
    assert stopped.status_code == 200


def test_by_hand_from_the_members_card(world: World, as_staff: AsStaff) -> None:
    senior, made = as_staff(world.su), template(world)
    address = f"/desk/members/{world.mei.code}/coupons"
    assert "任何一单都减 ¥5" in text(senior.get(address, htmx=True))
    for _ in range(2):
        given = senior.post(address, data={"ticket": "a ticket long enough", "template": made.id}, htmx=True)
        assert "送出了" in text(given)
    assert Coupon.select().count() == 1
    assert Message.get().text == "coupon_issued"
    again = senior.post(address, data={"ticket": "another long ticket", "template": made.id}, htmx=True)
    assert (again.status_code, "已经领过" in text(again)) == (422, True)
    assert as_staff(world.chen).get(address).status_code == 403
    world.su.member = world.mei
    world.su.save()
    assert senior.post(address, data={"ticket": "a third long ticket", "template": made.id}).status_code == 422


def test_a_neighbour_is_added_its_address_shown_once_and_changed(world: World, desk: FlaskClient) -> None:
    form = {"name": "青松健身", "note": "一次免费体验课", "days": "30"}
    shown = text(desk.post("/desk/partners", data=form))
    assert "/partners/" in shown
    partner = Partner.get()
    listed = text(desk.get("/desk/partners"))
    assert "青松健身" in listed
    assert partner.token_hash not in shown + listed
    assert desk.post(f"/desk/partners/{partner.id}", data=form | {"most": "9"}).status_code == 303
    assert desk.post(f"/desk/partners/{partner.id}", data=form | {"days": "0"}).status_code == 422
    before = partner.token_hash
    assert "/partners/" in text(desk.post(f"/desk/partners/{partner.id}/address"))
    assert world.fresh(partner).token_hash != before
    assert desk.post(f"/desk/partners/{partner.id}/retirement").status_code == 303
    assert desk.post(f"/desk/partners/{partner.id}", data=form).status_code == 404


@pytest.mark.parametrize(("said", "meant"), [("14:00", 840), ("24:00", 1440), ("0:05", 5), ("24:01", None), ("7", None), ("１:00", None)])  # fmt: skip
def test_hours_as_they_are_typed(said: str, meant: int | None) -> None:
    assert typed.minutes(said) == meant
