"""A call at the counter, in a real browser: who is late, what to say, the number with one tap, and what was not well becomes a case."""

from playwright.sync_api import expect

from tests.journeys import hands
from tests.kit.browser import OpenDevice
from tests.kit.servers import OwnShop


def test_a_call_that_was_not_well_becomes_a_case_in_the_customers_words(
    own_shop: OwnShop, open_device: OpenDevice
) -> None:
    shop = own_shop()
    tablet = open_device("tablet", base_url=shop.url)
    hands.sign_in_staff(tablet, "senior")
    tablet.goto("/desk/")
    tablet.locator(".ticket.follow").click()
    expect(tablet.get_by_role("heading", name="过了日子的")).to_be_visible()
    tablet.locator(".follow-row.first").first.click()

    expect(tablet.locator(".follow-script")).to_contain_text("都还满意吗")
    expect(tablet.locator(".of-later")).to_be_hidden()
    tablet.get_by_role("radio", name="改天再打").check()
    expect(tablet.locator(".of-later")).to_be_visible()
    tablet.get_by_role("button", name="看号码").click()
    expect(tablet.locator("#follow-number a[href^='tel:+86138']")).to_be_visible()

    tablet.get_by_role("radio", name="不太满意").check()
    tablet.get_by_label("客人说了什么").fill("等了四十分钟，没有人说一声")
    tablet.get_by_role("button", name="记下").click()
    expect(tablet.get_by_role("heading", name="记成一件投诉？")).to_be_visible()
    expect(tablet.locator("#case-text")).to_have_value("等了四十分钟，没有人说一声")
    tablet.get_by_role("radio", name="等太久").check()
    tablet.get_by_role("button", name="记成投诉").click()
    expect(tablet.locator(".case-talk")).to_contain_text("等了四十分钟，没有人说一声")

    tablet.goto("/desk/follow-ups/heard?all=1")
    expect(tablet.locator(".follow-heard").first).to_contain_text("等了四十分钟，没有人说一声")
