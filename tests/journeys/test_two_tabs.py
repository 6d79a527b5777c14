"""A daughter's phone with two tabs: a page that was opened as herself must not write on her mother's card, nor the other way round."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models import Device, Kin
from tests.faults.people import at_home
from tests.journeys import hands
from tests.journeys.conftest import Device as Phone
from tests.kit import browser as kit
from tests.kit.servers import Shop
from webapp import clock, config, vault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_what_another_tab_was_opened_for_is_not_done_for_somebody_else(town: Shop, phone_of: Phone) -> None:
    mother, phone = phone_of(), phone_of()
    for one in (mother, phone):
        hands.join(one, hands.new_number())
    with at_home(config.load(town.environment, Path("no such file"))):
        _may_act_for_whom_came_before_her()

    own = phone.context.new_page()
    own.goto("/me/memory")
    phone.goto("/me/family")
    phone.locator("form[action$='/help'] button").click()
    expect(phone.locator(".helping")).to_contain_text("正在替 妈妈 操作")

    # the other tab still shows her own page; what it sends is refused, in words
    _note(own, "给自己写的")
    expect(own.locator("body")).to_contain_text("这一页是给自己打开的")
    phone.goto("/me/memory")
    expect(phone.locator("main")).not_to_contain_text("给自己写的")

    # what was opened for her mother is written for her mother
    _note(phone, "喜欢靠窗")
    expect(phone.locator("main")).to_contain_text("喜欢靠窗")
    assert kit.accessibility_faults(phone) == []

    # and once she is herself again, a page of her mother's writes nothing on her own card
    own.goto("/me/memory")
    phone.goto("/")
    phone.locator(".helping button").click()
    _note(own, "又写一句")
    expect(own.locator("body")).to_contain_text("这一页是替家人打开的")
    phone.goto("/me/memory")
    expect(phone.locator("main")).not_to_contain_text("又写一句")


def _note(page: Page, words: str) -> None:
    form = page.locator("form[action$='/me/memory/notes'], form[action*='/me/memory/notes?']")
    form.locator("[name=text]").fill(words)
    form.locator("button").click()


def _may_act_for_whom_came_before_her() -> None:
    """The newest sign-in is hers; the one before is her mother's, who has said yes."""
    signed_in = Device.select().where(Device.kind == "member").order_by(Device.id.desc()).limit(2)
    daughter, mother = (device.member_id for device in signed_in)
    at = clock.now()
    Kin.create(code=vault.code(10), member=mother, helper=daughter, name="妈妈", asked_at=at, agreed_at=at)
