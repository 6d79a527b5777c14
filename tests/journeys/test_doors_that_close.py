"""Signing in with a PIN, being told when to try again, and sign-ins that really end."""

import re

from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device


def test_five_wrong_pins_and_the_door_says_when_it_opens(phone_of: Device) -> None:
    phone = phone_of()
    phone.goto("/sign-in")
    for _ in range(5):
        _try(phone, "13800000007", "000000")
        expect(phone.locator("#sign-in [role=alert], #sign-in .error").first).to_be_visible()
    _try(phone, "13800000007", hands.MEMBER_PIN)
    expect(phone.locator("#sign-in")).to_contain_text(re.compile(r"\d{2}:\d{2}"))
    phone.goto("/")
    expect(phone.locator("#card")).to_have_count(0)


def test_signing_out_ends_it_on_the_server(phone_of: Device) -> None:
    phone, copy = phone_of("13800000006"), phone_of()
    copy.context.add_cookies(phone.context.cookies())
    copy.goto("/")
    expect(copy.locator("#card")).to_be_visible()
    phone.goto("/me")
    phone.get_by_role("button", name="退出登录").click()
    expect(phone.get_by_role("link", name="登录")).to_be_visible()
    copy.goto("/points")
    expect(copy.get_by_label("六位密码")).to_be_visible()


def test_another_phone_is_ended_from_the_list(phone_of: Device) -> None:
    lost, mine = phone_of("13800000006"), phone_of("13800000006")
    lost.goto("/points")
    expect(lost.locator(".sum")).to_be_visible()
    mine.goto("/me/devices")
    rows = mine.locator("#devices li", has=mine.get_by_role("button", name="退出"))
    many = rows.count()
    assert many >= 1
    rows.first.get_by_role("button", name="退出").click()
    expect(rows).to_have_count(many - 1)
    while rows.count():
        left = rows.count()
        rows.first.get_by_role("button", name="退出").click()
        expect(rows).to_have_count(left - 1)
    lost.goto("/points")
    expect(lost.get_by_label("六位密码")).to_be_visible()
    mine.goto("/points")
    expect(mine.locator(".sum")).to_be_visible()


def test_a_changed_pin_ends_the_others(phone_of: Device, desk_of: Device) -> None:
    number = hands.new_number()
    mine = phone_of()
    hands.join(mine, number)
    mine.goto("/me/pin")
    _set_pin(mine, "735192")
    other = phone_of()
    hands.sign_in_member(other, number, "735192")
    other.goto("/points")
    expect(other.locator(".sum")).to_be_visible()
    mine.goto("/me/pin")
    if (old := mine.get_by_label("现在的六位密码")).count():
        old.fill("735192")
    _set_pin(mine, "916382")
    other.goto("/points")
    expect(other.get_by_label("六位密码")).to_be_visible()
    mine.goto("/points")
    expect(mine.locator(".sum")).to_be_visible()


def test_a_tablet_that_signs_out_is_out(desk_of: Device) -> None:
    tablet, copy = desk_of(), desk_of()
    copy.context.clear_cookies()
    copy.context.add_cookies(tablet.context.cookies())
    copy.goto("/desk/award")
    expect(copy.get_by_label("消费金额")).to_be_visible()
    tablet.request.post("/desk/sign-out", headers=hands.OURS)
    copy.goto("/desk/award")
    expect(copy.get_by_label("登录名")).to_be_visible()


def _try(phone: Page, number: str, pin: str) -> None:
    form = phone.locator("#sign-in")
    form.get_by_label("手机号").fill(number)
    form.get_by_label("六位密码").fill(pin)
    with phone.expect_response("**/sign-in/pin"):
        form.get_by_role("button", name="登录", exact=True).click()


def _set_pin(phone: Page, pin: str) -> None:
    phone.get_by_label("新的六位密码").fill(pin)
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("#pin-form")).to_contain_text("密码已设好")
