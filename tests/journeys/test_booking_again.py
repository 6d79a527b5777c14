"""A day that was tapped is still there after a reload and on the way back; what is added is in the total before the yes."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Device

FAMILY = "家庭汤浴"


def test_the_chosen_day_survives_a_reload_and_the_way_back(phone_of: Device) -> None:
    page = phone_of("13800000004")
    page.goto("/book?store=bath")
    page.locator(".choose .chip, .choose .reward", has_text=FAMILY).first.click()
    page.get_by_role("link", name="多一位").click()
    days = page.locator(".strip a.day-cell[id]")
    chosen = str(days.nth(5).get_attribute("id"))
    days.nth(5).click()
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-current", "date")
    expect(page).to_have_url(re.compile(chosen.removeprefix("day-")))
    people = page.locator(".stepper b").inner_text()
    page.reload()
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-current", "date")
    expect(page.locator(".stepper b")).to_have_text(people)
    page.get_by_role("link", name="我的预约").click()
    expect(page.get_by_role("heading", name="我的预约", level=1)).to_be_visible()
    page.go_back()
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-current", "date")
    expect(page.locator(".stepper b")).to_have_text(people)


def test_a_tick_changes_the_total_at_once(phone_of: Device) -> None:
    page = phone_of("13800000004")
    page.goto("/book?store=bath")
    page.locator(".choose .chip, .choose .reward", has_text=FAMILY).first.click()
    page.locator(".time.is-quiet, .time.is-busy").first.click()
    total = page.locator("#total")
    petals = page.get_by_role("checkbox", name="加花瓣")
    if petals.is_checked():
        petals.uncheck()
    expect(total).to_have_text(re.compile(r"¥1\d8$"))
    before = int(total.inner_text().removeprefix("¥"))
    petals.check()
    expect(total).to_have_text(f"¥{before + 28}")
    petals.uncheck()
    expect(total).to_have_text(f"¥{before}")
