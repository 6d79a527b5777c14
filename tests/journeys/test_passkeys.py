"""A finger instead of a PIN, with Chromium's own virtual authenticator."""

from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
)


def test_a_finger_is_registered_and_opens_the_card(phone_of: Device) -> None:
    phone = phone_of()
    hands.join(phone, hands.new_number())
    _finger(phone)
    phone.goto("/me/pin")
    phone.get_by_role("button", name="在这台手机上打开").click()
    expect(phone.locator("#devices")).to_contain_text("添加于")

    phone.goto("/me")
    phone.get_by_role("button", name="退出登录").click()
    expect(phone.get_by_role("link", name="登录")).to_be_visible()
    phone.goto("/sign-in?next=/points")
    phone.get_by_role("button", name="用指纹或面容登录").click()
    expect(phone.locator(".sum")).to_be_visible()


def test_a_finger_that_is_not_theirs_is_told_so(phone_of: Device) -> None:
    phone = phone_of()
    _finger(phone, verified=False)
    phone.goto("/sign-in")
    phone.get_by_role("button", name="用指纹或面容登录").click()
    expect(phone.locator("[data-said]")).to_have_text("没有成功，请用密码或到柜台登录")


def test_inside_wechat_nobody_is_offered_what_cannot_work(phone_of: Device) -> None:
    phone = phone_of(user_agent=WECHAT)
    phone.goto("/sign-in")
    expect(phone.get_by_role("button", name="登录", exact=True)).to_be_visible()
    expect(phone.get_by_role("button", name="用指纹或面容登录")).to_be_hidden()
    hands.sign_in_member(phone, "13800000006")
    phone.goto("/me/pin")
    expect(phone.get_by_role("button", name="在这台手机上打开")).to_be_hidden()


def _finger(phone: Page, *, verified: bool = True) -> None:
    line = phone.context.new_cdp_session(phone)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    line.send("WebAuthn.addVirtualAuthenticator", {"options": options})
