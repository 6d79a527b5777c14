"""A manager's promotions: each reads as a sentence, one tap switches it, and customers see it on its day."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Promotion
from tests.kit.doors import AsMember, AsStaff
from tests.prices.offers import bundle, member_day
from tests.world import World
from webapp import clock
from webapp.clock import DAY, HOUR

TICKET = "a ticket of the editor"
WEDNESDAY = {"days": ["2"]}


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(as_staff: AsStaff, world: World) -> FlaskClient:
    return as_staff(world.zhao, world.bath)


def typed(**fields: Any) -> dict[str, Any]:
    """A member day as it would be typed, every day of the week."""
    days = [str(n) for n in range(7)]
    return {"ticket": TICKET, "kind": "member_day", "name": "会员日", "percent": "20", "days": days} | fields


def test_a_new_one_is_kept_switched_off_and_read_back(world: World, tablet: FlaskClient) -> None:
    answer = tablet.post("/desk/promotions/new", data=typed(**WEDNESDAY, opens="10:00", closes="20:00"))
    assert (answer.status_code, answer.location) == (303, "/desk/promotions")
    kept = Promotion.get()
    assert (kept.weekdays, kept.opens, kept.closes, kept.on_since, kept.stores) == (4, 600, 1200, None, [])
    assert "每周三 10:00–20:00，全体会员正价减 20%" in text(tablet.get("/desk/promotions"))
    tablet.post("/desk/promotions/new", data=typed(**WEDNESDAY, opens="10:00", closes="20:00"))
    assert Promotion.select().count() == 1


def test_one_tap_switches_it_on_and_another_off(world: World, tablet: FlaskClient) -> None:
    tablet.post("/desk/promotions/new", data=typed())
    way = f"/desk/promotions/{Promotion.get().id}/switch"
    assert 'aria-checked="true"' in text(tablet.post(way, htmx=True))
    assert Promotion.get().on_since == world.at
    assert 'aria-checked="false"' in text(tablet.post(way, htmx=True))
    assert Promotion.get().on_since is None


def test_what_is_typed_is_read_back_with_the_next_days(tablet: FlaskClient) -> None:
    page = text(tablet.get("/desk/promotions/preview", query_string=typed(**WEDNESDAY), htmx=True))
    assert "每周三，全体会员正价减 20%" in page
    assert "正价 ¥100，付 ¥80" in page
    assert "5月27日" in page
    half = text(tablet.get("/desk/promotions/preview", query_string=typed(percent="x"), htmx=True))
    assert "填好以后" in half


def test_fields_of_another_kind_are_left_aside(tablet: FlaskClient) -> None:
    tablet.post("/desk/promotions/new", data=typed(kind="bundle", price="58", usual="78", times="2"))
    kept = Promotion.get()
    assert (kept.kind, kept.percent, kept.times, kept.price, kept.usual) == ("bundle", None, None, 5_800, 7_800)
    way = f"/desk/promotions/{kept.id}"
    assert 'value="58.00"' in text(tablet.get(way))
    tablet.post(way, data=typed(kind="times", times="1.5", price="58", usual="78"))
    kept = Promotion.get()
    assert (kept.kind, kept.times, kept.price) == ("times", 150, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"percent": ""}, "减百分之几：1 到 100"),
        ({"percent": "101"}, "数字超出范围"),
        ({"name": ""}, "请填写"),
        ({"days": []}, "至少选一天"),
        ({"days": ["7"]}, "这一项请再看一下"),
        ({"opens": "20:00", "closes": "10:00"}, "结束要晚于开始"),
        ({"opens": "25:00"}, "时间像这样写"),
        ({"begins": "2026-02-30"}, "日期像这样写"),
        ({"begins": "2026-05-20", "until": "2026-05-19"}, "结束要晚于开始"),
        ({"kind": "bundle", "price": "78", "usual": "58"}, "套餐要比平时便宜"),
        ({"kind": "times", "times": "1"}, "几倍积分：1.1 到 10"),
        ({"kind": "lottery"}, "这一项请再看一下"),
        ({"month_day": "32"}, "数字超出范围"),
        ({"tiers": ["gold"]}, "这一项请再看一下"),
        ({"stores": ["999"]}, "这一项请再看一下"),
        ({"name": "字" * 41}, "太长了"),
    ],
)
def test_what_no_counter_could_honour_is_said_next_to_the_field(
    tablet: FlaskClient, fields: dict[str, Any], said: str
) -> None:
    answer = tablet.post("/desk/promotions/new", data=typed(**fields))
    assert answer.status_code == 422
    assert said in text(answer)
    assert Promotion.select().count() == 0


def test_a_store_manager_decides_for_their_own_store_only(world: World, as_staff: AsStaff) -> None:
    everywhere = member_day(world, 20)
    manager = as_staff(world.lin)
    for way in ("", "/switch", "/retirement"):
        assert manager.post(f"/desk/promotions/{everywhere.id}{way}", data=typed()).status_code == 403
    assert "总店的" in text(manager.get("/desk/promotions"))
    assert manager.post("/desk/promotions/new", data=typed(stores=[str(world.laundry.id)])).status_code == 422
    assert manager.post("/desk/promotions/new", data=typed(ticket="another ticket")).status_code == 303
    mine = Promotion.select().order_by(Promotion.id.desc()).get()
    assert mine.stores == [world.bath.id]
    assert manager.post(f"/desk/promotions/{mine.id}/switch").status_code == 303
    assert world.fresh(mine).on_since == world.at


def test_what_is_over_leaves_the_list(world: World, tablet: FlaskClient) -> None:
    day = member_day(world, 20)
    assert tablet.post(f"/desk/promotions/{day.id}/retirement").status_code == 303
    assert "还没有活动" in text(tablet.get("/desk/promotions"))
    assert world.fresh(day).on_since is None


def test_clerks_and_strangers_stay_outside(world: World, as_staff: AsStaff, as_member: AsMember) -> None:
    day = member_day(world, 20)
    clerk = as_staff(world.chen)
    assert clerk.get("/desk/promotions").status_code == 403
    assert clerk.post(f"/desk/promotions/{day.id}/switch").status_code == 403
    assert as_member(world.mei).get("/desk/promotions").location.startswith("/desk/sign-in")
    assert as_staff(world.zhao, world.bath).get(f"/desk/promotions/{day.id + 1}").status_code == 404
    assert world.fresh(day).on_since is not None


# --- what customers see ------------------------------------------------------------------------------------------------------


def test_the_banner_is_there_on_the_day_only(
    world: World, visitor: FlaskClient, as_member: AsMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    member_day(world, 20, weekdays=4)
    phone = as_member(world.mei)
    for page in (text(visitor.get("/s/bath")), text(phone.get("/"))):
        assert "全体会员正价减 20%" in page
        assert "正价 ¥100，付 ¥80" in page
    monkeypatch.setattr(clock, "now", lambda: world.at + DAY)
    assert "正价减" not in text(visitor.get("/s/bath"))
    assert "正价减" not in text(phone.get("/"))


def test_a_bundle_is_seen_in_its_hours_and_before_them(
    world: World, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle(world, 5_800, 7_800, opens=15 * 60, closes=16 * 60)
    assert "15:00 起" in text(visitor.get("/s/bath"))
    monkeypatch.setattr(clock, "now", lambda: world.at + HOUR)
    assert "到 16:00" in text(visitor.get("/s/bath"))
    monkeypatch.setattr(clock, "now", lambda: world.at + 2 * HOUR)
    assert "下午茶套餐" not in text(visitor.get("/s/bath"))


def test_around_the_birthday_home_says_until_when(world: World, as_member: AsMember) -> None:
    member = world.member("寿星", "13800000009", birthday=521)
    page = text(as_member(member).get("/"))
    assert "生日前后，积分 ×2" in page
    assert "到周日" in page


def test_an_offer_for_vips_is_not_shown_to_others(world: World, visitor: FlaskClient, as_member: AsMember) -> None:
    member_day(world, 20, tiers=["vip"])
    assert "正价减" not in text(visitor.get("/s/bath"))
    assert "正价减" not in text(as_member(world.xin).get("/"))
    assert "贵宾正价减 20%" in text(as_member(world.member("贵客", "13800000008", tier="vip")).get("/"))
