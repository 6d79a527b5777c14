"""What a shop looks like is chosen at the desk: every colour shows at once and stays readable, in light and in the dark."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device
from tests.kit import browser as kit
from tests.kit.browser import OpenDevice
from tests.kit.servers import OwnShop


def _unreadable(page: Page) -> list[str]:
    return kit.accessibility_faults(page, only=("color-contrast",))


@pytest.mark.parametrize("dark", [False, True])
def test_every_colour_shows_at_once_and_stays_readable(dark: bool, desk_of: Device) -> None:
    tablet = desk_of("owner", color_scheme="dark" if dark else "light", reduced_motion="reduce")
    tablet.goto("/desk/settings?of=brand")
    choices = tablet.locator(".hues .choice")
    expect(choices).to_have_count(13)
    seen = set()
    for choice in [*choices.all()[1:], choices.first]:
        choice.click()
        hue = choice.locator(".swatch").get_attribute("data-hue")
        expect(tablet.locator("html")).to_have_attribute("data-hue", hue or "")
        expect(tablet.locator(f".taste[data-hue='{hue}']")).to_have_count(2)
        seen.add(tablet.locator("#brand > .button").evaluate("button => getComputedStyle(button).backgroundColor"))
        assert _unreadable(tablet) == [], hue
    assert len(seen) == 13


def test_what_the_owner_chooses_is_what_customers_see(own_shop: OwnShop, open_device: OpenDevice) -> None:
    shop = own_shop()
    tablet, phone = (open_device(kind, base_url=shop.url) for kind in ("tablet", "phone"))
    hands.sign_in_staff(tablet, "owner", "laundry")
    tablet.goto("/desk/settings")
    tablet.get_by_label("店名", exact=True).fill("回头洗衣·东门店")
    tablet.get_by_label("繁体店名").fill("回頭洗衣·東門店")
    tablet.locator(".choice", has_text="跟品牌一样").click()
    tablet.get_by_role("button", name="保存").click()
    expect(tablet.get_by_role("status").filter(has_text="已保存")).to_be_in_viewport()
    tablet.get_by_role("link", name="品牌", exact=True).click()
    tablet.locator(".choice", has_text="石榴").click()
    tablet.get_by_role("button", name="保存").click()
    expect(tablet.get_by_role("status").filter(has_text="已保存")).to_be_in_viewport()
    phone.goto("/s/laundry")
    expect(phone.get_by_role("heading", level=1)).to_have_text("回头洗衣·东门店")
    expect(phone.locator("html")).to_have_attribute("data-hue", "0")
    phone.get_by_role("button", name="繁體").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("回頭洗衣·東門店")


def test_the_desks_language_is_two_taps_away_and_stays(desk_of: Device) -> None:
    tablet = desk_of("clerk")
    tablet.goto("/desk/award")
    tablet.get_by_label("语言").click()
    tablet.locator("#clock").click()
    expect(tablet.get_by_role("button", name="English")).to_be_hidden()  # a tap beside it closes it
    tablet.get_by_label("语言").click()
    tablet.get_by_role("button", name="English").click()
    expect(tablet.locator("html")).to_have_attribute("lang", "en")
    assert tablet.url.endswith("/desk/award")
    tablet.goto("/desk/who")
    expect(tablet.locator("html")).to_have_attribute("lang", "en")
