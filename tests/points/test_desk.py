"""The counter's doors to points: the pad, its undo, the claim code, refunds, adjustments."""

import re

import pytest

from models import Device, Event, LedgerLine, Purchase
from tests.kit.doors import AsMember, AsStaff
from tests.points.books import assert_books, balance
from tests.world import World
from webapp import clock
from webapp.clock import MINUTE
from webapp.points import purchases

TICKET = "a ticket of the pad"


def text(answer) -> str:
    return answer.get_data(as_text=True).replace("\u202f", "")


def give(
    browser, world: World, amount: str = "48.60", *, code: str | None = None, ticket: str = TICKET, htmx: bool = True
):
    form = {"amount": amount, "code": world.xin.code if code is None else code, "ticket": ticket}
    return browser.post("/desk/award", data=form, htmx=htmx)


def test_scan_type_give(world: World, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    assert world.xin.name in text(tablet.get(f"/desk/award?member={world.xin.code}"))
    preview = text(
        tablet.get("/desk/award/preview", query_string={"amount": "48.60", "code": world.xin.code}, htmx=True)
    )
    assert "48 分：¥48.60 × 1，舍去尾数" in preview
    given = give(tablet, world)
    assert given.status_code == 200
    assert "给 周新 48 分" in text(given)
    assert 'hx-swap-oob="true"' in text(given)
    assert balance(world.xin) == (48, 0, 0)


def test_the_preview_knows_the_tier(world: World, as_staff: AsStaff) -> None:
    vip = world.member("贵客", tier="vip")
    answer = as_staff(world.chen).get(
        "/desk/award/preview", query_string={"amount": "100", "code": vip.code}, htmx=True
    )
    assert "135 分：¥90 × 1 × 1.5（贵宾）" in text(answer)


def test_a_double_tap_gives_once(world: World, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    assert [give(tablet, world).status_code, give(tablet, world).status_code] == [200, 200]
    assert balance(world.xin) == (48, 0, 0)
    assert give(tablet, world, "50").status_code == 422


def test_without_javascript_the_pad_is_a_form(world: World, as_staff: AsStaff) -> None:
    answer = give(as_staff(world.chen), world, htmx=False)
    assert (answer.status_code, answer.location) == (303, "/desk/award")
    assert "给 周新 48 分" in text(as_staff(world.chen).get("/desk/award"))


def test_four_last_digits_that_one_member_has_are_enough(world: World, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    assert "138****0002" in text(tablet.get("/desk/award/preview?code=0002&amount=48.60"))
    assert give(tablet, world, code="0002").status_code == 200
    assert balance(world.xin)[0] == 48


def test_four_last_digits_of_several_lead_to_a_choice_that_keeps_the_bill(world: World, as_staff: AsStaff) -> None:
    world.member("周二新", "13900000002")
    tablet = as_staff(world.chen)
    way = give(tablet, world, code="0002", htmx=False).location
    assert way == "/desk/members?q=0002&amount=48.60"
    assert f"/desk/award?member={world.xin.code}&amp;amount=48.60" in tablet.get(way).get_data(as_text=True)
    assert 'value="48.60"' in text(tablet.get(f"/desk/award?member={world.xin.code}&amount=48.60"))


def test_six_digits_find_the_member(world: World, as_staff: AsStaff) -> None:
    from models import Digits

    Digits.create(digits="402816", member=world.xin.id, expires_at=world.at + MINUTE)
    tablet = as_staff(world.chen)
    assert give(tablet, world, code="402816").status_code == 200
    assert balance(world.xin)[0] == 48
    missing = give(tablet, world, code="999999", ticket="another one")
    assert missing.status_code == 422
    assert "没有找到这位会员" in text(missing)
    assert 'value="48.60"' in text(missing)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1000000", "单张小票最多 ¥50000"),
        ("10000000", "单张小票最多 ¥50000"),
        ("-48.60", "金额像这样写"),
        ("0", "金额要大于 0"),
        ("", "请输入金额"),
        ("48.605", "金额像这样写"),
        ("四十八", "金额像这样写"),
        ("1e9", "金额像这样写"),
        ("48\u202e60", "不能使用的字符"),
        ("9" * 10_000, "金额像这样写"),
    ],
)
def test_what_is_no_bill_is_said_next_to_the_field(world: World, as_staff: AsStaff, typed: str, said: str) -> None:
    answer = give(as_staff(world.chen), world, typed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert typed[:50] in answer.get_data(as_text=True)
    assert world.xin.name in text(answer)
    assert balance(world.xin) == (0, 0, 0)


def test_one_does_not_give_points_to_oneself(world: World, as_staff: AsStaff) -> None:
    world.chen.member = world.xin
    world.chen.save()
    answer = give(as_staff(world.chen), world)
    assert answer.status_code == 422
    assert "不能给自己积分" in text(answer)


def test_signed_out_and_wrong_method(world: World, visitor, as_member: AsMember, as_staff: AsStaff) -> None:
    for browser in (visitor, as_member(world.mei)):
        assert give(browser, world, htmx=False).location.startswith("/desk/sign-in")
    assert as_staff(world.chen).put("/desk/award").status_code == 405
    assert balance(world.xin) == (0, 0, 0)


def test_another_site_cannot_press_the_button(world: World, as_staff: AsStaff) -> None:
    form = {"amount": "48.60", "code": world.xin.code, "ticket": TICKET}
    answer = as_staff(world.chen).post("/desk/award", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert balance(world.xin) == (0, 0, 0)


# --- undo ----------------------------------------------------------------------------------------------------------------


def undo_path() -> str:
    return f"/desk/purchases/{Purchase.get().code}/undo"


def test_a_wrong_tap_is_undone(world: World, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    assert undo_in(give(tablet, world)) == undo_path()
    answer = tablet.post(undo_path(), htmx=True)
    assert "已撤回 ¥48.60 这一笔" in text(answer)
    assert "data-countdown" not in text(answer)
    assert tablet.post(undo_path(), htmx=True).status_code == 200
    assert balance(world.xin) == (0, 0, 0)
    assert_books()


def undo_in(answer) -> str:
    return re.search(r'class="undo" method="post" action="([^"]+)"', text(answer)).group(1)


def test_undo_asks_for_the_pin_again(world: World, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    give(tablet, world)
    Device.update({Device.proved_at: world.at - 10 * MINUTE}).execute()
    answer = tablet.post(undo_path(), htmx=True, headers={"HX-Current-URL": "http://localhost/desk/award"})
    assert answer.headers["HX-Redirect"] == "/desk/who?next=/desk/award"
    assert balance(world.xin) == (48, 0, 0)


def test_undo_is_over_after_ten_minutes(world: World, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch) -> None:
    tablet = as_staff(world.chen)
    give(tablet, world)
    monkeypatch.setattr(clock, "now", lambda: world.at + 11 * MINUTE)
    Device.update({Device.proved_at: world.at + 11 * MINUTE}).execute()
    answer = tablet.post(undo_path(), htmx=True)
    assert answer.status_code == 422
    assert "撤销时间已过" in text(answer)


def test_another_stores_bill_is_not_there(world: World, as_staff: AsStaff) -> None:
    give(as_staff(world.chen), world)
    other = as_staff(world.bo)
    assert other.post(undo_path()).status_code == 404
    assert other.get(f"/desk/purchases/{Purchase.get().code}/claim").status_code == 404


# --- a bill of nobody yet --------------------------------------------------------------------------------------------------


def test_a_bill_without_a_member_becomes_a_code_to_scan(world: World, as_staff: AsStaff, as_member: AsMember) -> None:
    tablet = as_staff(world.chen)
    shown = give(tablet, world, code="", htmx=False)
    page = text(tablet.get(shown.location))
    assert "<svg viewBox" in page
    assert "data-print" in page
    as_member(world.xin).post(f"/claim/{purchases.claim_token(Purchase.get())}")
    assert balance(world.xin) == (48, 0, 0)
    assert "已经被领走了" in text(tablet.get(shown.location))


def test_staff_read_how_to_ask_for_a_number_as_a_service(world: World, as_staff: AsStaff) -> None:
    assert "不发广告，您点了才发" in as_staff(world.chen).get("/desk/claim").get_data(as_text=True)


def test_the_form_of_the_claim_code_refuses_what_the_pad_refuses(world: World, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    assert tablet.get("/desk/claim").status_code == 200
    answer = tablet.post("/desk/claim", data={"amount": "-5", "ticket": TICKET})
    assert (answer.status_code, 'value="-5"' in text(answer)) == (422, True)
    assert tablet.post("/desk/claim", data={"amount": "20", "ticket": TICKET}).status_code == 303


# --- refunds -----------------------------------------------------------------------------------------------------------------


def refund(browser, amount: str, ticket: str = "refund one"):
    return browser.post(f"/desk/purchases/{Purchase.get().code}/refund", data={"amount": amount, "ticket": ticket})


def test_a_senior_refunds_a_part_and_then_the_rest(world: World, as_staff: AsStaff) -> None:
    give(as_staff(world.chen), world)
    senior = as_staff(world.su)
    assert 'value="48.60"' in text(senior.get(f"/desk/purchases/{Purchase.get().code}/refund"))
    assert refund(senior, "20").status_code == 303
    assert refund(senior, "20").status_code == 303
    assert balance(world.xin) == (28, 0, 0)
    too_much = refund(senior, "28.61", "refund two")
    assert too_much.status_code == 422
    assert "最多还能退 ¥28.60" in text(too_much)
    assert 'value="28.61"' in text(too_much)
    assert refund(senior, "28.60", "refund three").status_code == 303
    assert balance(world.xin) == (0, 0, 0)
    assert_books()


def test_a_clerk_may_not_refund(world: World, as_staff: AsStaff) -> None:
    clerk = as_staff(world.chen)
    give(clerk, world)
    assert clerk.get(f"/desk/purchases/{Purchase.get().code}/refund").status_code == 403
    assert refund(clerk, "20").status_code == 403
    assert balance(world.xin) == (48, 0, 0)


# --- by hand -----------------------------------------------------------------------------------------------------------------


def adjust(browser, world: World, points: object, why: str = "浴巾没换，赔个不是", ticket: str = "points by hand"):
    return browser.post(
        f"/desk/members/{world.xin.code}/adjustments", data={"points": points, "why": why, "ticket": ticket}
    )


def test_a_manager_gives_and_takes_points_with_a_reason(world: World, as_staff: AsStaff, as_member: AsMember) -> None:
    manager = as_staff(world.lin)
    assert adjust(manager, world, "50").status_code == 303
    assert adjust(manager, world, "50").status_code == 303
    assert adjust(manager, world, "-20", ticket="another one").status_code == 303
    assert balance(world.xin) == (30, 0, 0)
    line = LedgerLine.select().order_by(LedgerLine.id.desc()).first()
    page = text(as_member(world.xin).get(f"/points/{line.id}"))
    assert "浴巾没换，赔个不是" in page
    assert "林经理" in page
    assert Event.select().where(Event.verb == "points_adjusted").count() == 2
    assert_books()


@pytest.mark.parametrize(
    ("points", "why", "said"),
    [
        ("1000000", "大方", "一次最多调整 5000 分"),
        ("-5001", "小气", "一次最多调整 5000 分"),
        ("0", "什么也没有", "请填写要加或要减的分数"),
        ("50", "", "请填写"),
        ("50", "   ", "请写明原因"),
        ("-10", "没有那么多", "只有 0 分可以扣"),
        ("五十", "好", "请填写数字"),
        ("9" * 5000, "好", "请填写数字"),
        ("50", "字" * 61, "太长了"),
        ("50", "a\x00b", "不能使用的字符"),
    ],
)
def test_what_no_manager_can_do_is_said_next_to_the_field(
    world: World, as_staff: AsStaff, points: str, why: str, said: str
) -> None:
    answer = adjust(as_staff(world.lin), world, points, why)
    assert answer.status_code == 422
    assert said in text(answer)
    assert balance(world.xin) == (0, 0, 0)


def test_only_managers_adjust_and_never_their_own_card(world: World, as_staff: AsStaff) -> None:
    assert adjust(as_staff(world.su), world, "50").status_code == 403
    world.lin.member = world.xin
    world.lin.save()
    assert adjust(as_staff(world.lin), world, "50").status_code == 403
    assert balance(world.xin) == (0, 0, 0)
