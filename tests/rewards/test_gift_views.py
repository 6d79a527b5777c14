"""Gifts on the phone and at the counter: seen where they wait, handed over with one tap, taken back, never somebody else's."""

from typing import Any

import pytest

from models import Gift, Reward
from tests.kit.doors import AsMember, AsStaff
from tests.world import World
from webapp import clock
from webapp.clock import DAY, MINUTE
from webapp.rewards import gifts


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def gift(world: World) -> Gift:
    slippers = world.reward({"zh": "棉拖鞋", "en": "Slippers"}, 0, stock=3, gift_only=True)
    times = {"from_at": world.at, "until_at": world.at + 30 * DAY}
    return gifts.keep(world.mei, slippers, world.bath, "birthday", world.at, key="birthday:1", **times)


def test_the_phone_shows_what_is_kept_and_turns_green_when_it_is_handed_over(
    world: World, as_member: AsMember, gift: Gift
) -> None:
    phone = as_member(world.mei)
    assert phone.get("/gifts").headers["Location"] == f"/gifts/{gift.code}"
    page = text(phone.get(f"/gifts/{gift.code}"))
    assert "棉拖鞋" in page
    assert "生日快乐" in page
    assert 'data-state="kept"' in page
    gifts.hand(gift, world.chen, world.at)
    part = text(phone.get(f"/gifts/{gift.code}/part"))
    assert "拿到了" in part
    assert "小陈 交给你的" in part


def test_several_gifts_are_a_list_and_none_is_said_kindly(world: World, as_member: AsMember, gift: Gift) -> None:
    times = {"from_at": world.at, "until_at": world.at + DAY}
    gifts.keep(world.mei, gift.reward, world.bath, "festival", world.at, key="another", **times)
    assert text(as_member(world.mei).get("/gifts")).count("棉拖鞋") == 2
    assert "现在没有留着的礼物" in text(as_member(world.xin).get("/gifts"))


def test_a_gift_that_is_over_says_so_before_the_worker_has_been_by(
    world: World, as_member: AsMember, gift: Gift, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.at + 31 * DAY)
    assert "这份过了日子" in text(as_member(world.mei).get(f"/gifts/{gift.code}"))


def test_somebody_elses_gift_is_not_there(world: World, as_member: AsMember, gift: Gift) -> None:
    assert as_member(world.xin).get(f"/gifts/{gift.code}").status_code == 404
    assert as_member(world.xin).get(f"/gifts/{gift.code}/part").status_code == 404
    assert as_member(world.mei).get("/gifts/NOTHING").status_code == 404


def test_one_tap_hands_it_over_and_another_takes_that_back(world: World, as_staff: AsStaff, gift: Gift) -> None:
    desk = as_staff(world.chen)
    part = text(desk.get(f"/desk/gifts/of/{world.mei.code}", htmx=True))
    assert "棉拖鞋" in part
    assert "交给客人" in part
    done = text(desk.post(f"/desk/gifts/{gift.code}/handing", htmx=True))
    assert "撤销" in done
    assert world.fresh(gift).state == "handed"
    desk.post(f"/desk/gifts/{gift.code}/handing", htmx=True)
    assert "交给客人" in text(desk.post(f"/desk/gifts/{gift.code}/reversal", htmx=True))
    assert world.fresh(gift).state == "kept"


def test_a_plain_browser_goes_back_to_the_members_card(world: World, as_staff: AsStaff, gift: Gift) -> None:
    answer = as_staff(world.chen).post(f"/desk/gifts/{gift.code}/handing")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/members/{world.mei.code}")


def test_a_no_stands_on_top_of_the_list(
    world: World, as_staff: AsStaff, gift: Gift, monkeypatch: pytest.MonkeyPatch
) -> None:
    gifts.hand(gift, world.kai, world.at)
    answer = as_staff(world.chen).post(f"/desk/gifts/{gift.code}/handing", htmx=True)
    assert answer.status_code == 422
    assert "阿凯 刚刚已经交给客人了" in text(answer)
    monkeypatch.setattr(clock, "now", lambda: world.at + 11 * MINUTE)
    late = as_staff(world.kai).post(f"/desk/gifts/{gift.code}/reversal", htmx=True)
    assert "撤销时间已过" in text(late)


def test_another_stores_gift_is_not_there_and_ones_own_is_not_ones_to_hand_over(
    world: World, as_staff: AsStaff, gift: Gift
) -> None:
    assert as_staff(world.bo).post(f"/desk/gifts/{gift.code}/handing").status_code == 404
    world.chen.member = world.mei
    world.chen.save()
    desk = as_staff(world.chen)
    assert "请同事来办" in text(desk.get(f"/desk/gifts/of/{world.mei.code}", htmx=True))
    assert desk.post(f"/desk/gifts/{gift.code}/handing", htmx=True).status_code in (403, 422)
    assert world.fresh(gift).state == "kept"


def test_the_list_of_the_store_and_the_cards_lead_to_it(world: World, as_staff: AsStaff, gift: Gift) -> None:
    desk = as_staff(world.chen)
    page = text(desk.get("/desk/gifts"))
    assert "棉拖鞋" in page
    assert "林小满" in page
    assert f"/desk/gifts/of/{world.mei.code}" in text(desk.get(f"/desk/members/{world.mei.code}"))
    assert "没有留着的礼物" in text(as_staff(world.bo).get("/desk/gifts"))


def test_the_editor_makes_a_thing_that_is_only_given(world: World, as_staff: AsStaff, as_member: AsMember) -> None:
    data = {
        "ticket": "a ticket of sixteen", "name": "搪瓷杯", "kind": "item", "points": "", "gift_only": "y", "tier": "ordinary",
        "art": "tea", f"here_{world.bath.id}": "y", f"stock_{world.bath.id}": "7",
    }  # fmt: skip
    assert as_staff(world.lin).post("/desk/rewards/new", data=data).status_code == 303
    mug = Reward.get(Reward.gift_only)
    assert (mug.points, world.shelf(mug).stock) == (0, 7)
    assert "只送" in text(as_staff(world.lin).get("/desk/rewards"))
    assert "搪瓷杯" not in text(as_member(world.mei).get("/rewards"))
    assert "搪瓷杯" not in text(as_member(world.mei).get("/"))
    assert "搪瓷杯" not in text(as_member(world.mei).get("/s/bath"))
    assert "留着" in text(as_staff(world.lin).get(f"/desk/rewards/{mug.id}"))


def test_what_is_sold_for_points_needs_a_number_of_them(world: World, as_staff: AsStaff) -> None:
    data = {
        "ticket": "a ticket of sixteen",
        "name": "搪瓷杯",
        "kind": "item",
        "points": "",
        "tier": "ordinary",
        "art": "tea",
    }
    answer = as_staff(world.lin).post("/desk/rewards/new", data=data, htmx=True)
    assert answer.status_code == 422
    assert "请填写数字" in text(answer)
