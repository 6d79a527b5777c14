"""A coupon at the counter: “use it now” on the phone, the same two words on the tablet, green on both; and taken back from there."""

from playwright.sync_api import expect

from tests.journeys import hands
from tests.journeys.conftest import Device
from tests.kit import browser


def test_a_coupon_is_shown_taken_and_given_back(phone_of: Device, desk_of: Device) -> None:
    phone, tablet = phone_of("13800000007"), desk_of()
    phone.goto("/s/bath")
    phone.goto("/coupons")
    assert browser.accessibility_faults(phone) == []
    assert browser.overflow(phone) == 0
    phone.locator(".coupon").first.click()
    assert browser.small_targets(phone) == []
    phone.get_by_role("button", name="现在用").click()
    expect(phone.locator("#coupon")).to_have_attribute("data-state", "held")

    tablet.goto("/desk/")
    card = tablet.locator("#queue .ticket", has_text=hands.two_words(phone))
    card.click()
    expect(tablet.locator("#approve .words")).to_be_visible()
    assert hands.two_words(phone) == hands.two_words(tablet)
    assert browser.accessibility_faults(tablet) == []
    tablet.get_by_role("button", name="减好了，收下").click()
    with hands.within(2.5):
        expect(phone.locator("#coupon")).to_have_attribute("data-state", "used")
    expect(phone.get_by_role("heading", name="用掉了")).to_be_visible()

    tablet.get_by_role("button", name="点错了，撤销").click()
    expect(tablet.locator("#state")).to_contain_text("还在客人的券包里")
    phone.goto("/coupons")
    expect(phone.locator(".coupon").first).to_be_visible()
