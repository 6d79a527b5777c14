"""Bringing friends, through the doors: the code leads a friend to the shop, joining remembers who told them, both sides see it."""

import re
from typing import Any

import pytest
from flask import Flask

from models import Member, Referral
from tests.kit.doors import AsMember, AsStaff, Browser
from tests.world import World
from webapp import vault
from webapp.clock import DAY
from webapp.members import profiles
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.refusals import Forbidden, Refusal


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def join(visitor: Browser, phone: str, **more: str) -> Member:
    form = {"ticket": vault.token()[:32], "phone": phone, "store": "bath", **more}
    assert visitor.post("/join", data=form).status_code == 303
    return Member.select().order_by(Member.id.desc()).get()


def test_the_address_of_my_code_leads_a_friend_through_joining(
    world: World, as_member: AsMember, visitor: Browser
) -> None:
    page = text(as_member(world.mei).get("/invite"))
    address = re.search(r"http://[^<\"]+/s/bath\?i=[A-Z0-9]+", page)
    assert address
    shop = text(visitor.get(address[0].partition("localhost")[2] or f"/s/bath?i={world.mei.code}"))
    assert "朋友请你来的" in shop
    assert f'name="i" value="{world.mei.code}"' in shop
    friend = join(visitor, "13900000001", i=world.mei.code)
    assert Referral.get(Referral.friend == friend.id).inviter_id == world.mei.id


def test_the_browser_remembers_who_told_it_for_a_while(world: World, visitor: Browser) -> None:
    visitor.get(f"/s/bath?i={world.mei.code}")
    assert f'name="i" value="{world.mei.code}"' in text(visitor.get("/join?store=bath"))
    friend = join(visitor, "13900000001")
    assert Referral.get(Referral.friend == friend.id).inviter_id == world.mei.id


@pytest.mark.parametrize("code", ["NOBODY", "<script>", "x" * 400, "回头", "%00"])
def test_a_strange_code_changes_nothing(world: World, visitor: Browser, code: str) -> None:
    page = visitor.get("/s/bath", query_string={"i": code})
    assert page.status_code == 200
    assert "朋友请你来的" not in text(page)
    assert "<script>" not in text(page).partition("<main")[2].replace("</script>", "")
    join(visitor, "13900000001", i=code[:40])
    assert Referral.select().count() == 0


def test_both_sides_see_what_became_of_it(
    world: World, as_member: AsMember, as_staff: AsStaff, visitor: Browser
) -> None:
    friend = join(visitor, "13900000001", i=world.mei.code)
    Member.update(name="李雷").where(Member.id == friend.id).execute()
    before = text(as_member(world.mei).get("/invite"))
    assert "加入了，还没消费" in before
    assert "李＊" in before
    assert "李雷" not in before
    purchases.record(world.bath, Bill(5000, "first", "desk"), world.fresh(friend), world.chen, world.at)
    assert "来消费过了" in text(as_member(world.mei).get("/invite"))
    desk = as_staff(world.chen)
    assert "李雷" in text(desk.get("/desk/members/friends"))
    assert "李雷" in text(desk.get("/desk/members/friends?state=paid", htmx=True))
    assert "李雷" not in text(desk.get("/desk/members/friends?state=joined", htmx=True))
    assert desk.get("/desk/members/friends?state=' OR 1").status_code == 200


def test_nobody_has_brought_anybody_yet(world: World, as_member: AsMember, as_staff: AsStaff) -> None:
    assert "还没有。请一位" in text(as_member(world.xin).get("/invite"))
    assert "还没有" in text(as_staff(world.chen).get("/desk/members/friends"))


# --- birthdays -----------------------------------------------------------------------------------------------------------


def test_a_birthday_may_be_mended_for_a_day_and_changed_after_a_year(world: World) -> None:
    keep, xin = profiles.keep, world.xin
    keep(xin, "周新", 5, 20, world.at)
    keep(xin, "周新", 5, 21, world.at + DAY // 2)
    with pytest.raises(Refusal, match="一年改一次"):
        keep(xin, "周新", 6, 1, world.at + 3 * DAY)
    keep(xin, "小周", 5, 21, world.at + 3 * DAY)  # the name may
    assert (world.fresh(xin).name, world.fresh(xin).birthday) == ("小周", 521)
    keep(xin, "小周", 6, 1, world.at + 367 * DAY)
    assert world.fresh(xin).birthday == 601


def test_taking_a_birthday_away_and_giving_another_is_a_change_too(world: World) -> None:
    profiles.keep(world.xin, "周新", 5, 20, world.at)
    profiles.keep(world.xin, "周新", None, None, world.at + 2 * DAY)
    assert world.fresh(world.xin).birthday is None
    with pytest.raises(Refusal, match="一年改一次"):
        profiles.keep(world.xin, "周新", 6, 1, world.at + 3 * DAY)


def test_the_counter_mends_a_birthday_but_not_ones_own(world: World) -> None:
    profiles.keep(world.xin, "周新", 5, 20, world.at)
    profiles.correct_birthday(world.xin, 6, 1, world.chen, world.at + 9 * DAY)
    assert (world.fresh(world.xin).birthday, world.fresh(world.xin).birthday_at) == (601, world.at + 9 * DAY)
    world.chen.member = world.xin
    with pytest.raises(Forbidden):
        profiles.correct_birthday(world.xin, 7, 1, world.chen, world.at)


def test_the_profile_page_says_why_a_birthday_stays(world: World, as_member: AsMember, app: Flask) -> None:
    Member.update(birthday=520, birthday_at=world.at - 30 * DAY).where(Member.id == world.xin.id).execute()
    data = {"name": "周新", "month": "6", "day": "1"}
    answer = as_member(world.xin).post("/me/profile", data=data, htmx=True)
    assert answer.status_code == 422
    assert "生日一年改一次" in text(answer)


def test_the_counter_mends_a_birthday_on_the_card(world: World, as_staff: AsStaff) -> None:
    desk, address = as_staff(world.chen), f"/desk/members/{world.xin.code}/birthday"
    assert 'name="month"' in text(desk.get(address, htmx=True))
    assert desk.post(address, data={"month": "6", "day": "1"}).status_code == 303
    assert world.fresh(world.xin).birthday == 601
    wrong = desk.post(address, data={"month": "2", "day": "30"}, htmx=True)
    assert wrong.status_code == 422
    assert "没有这一天" in text(wrong)
    assert desk.get("/desk/members/NOBODY/birthday").status_code == 404
