"""A daughter's phone with two tabs: a page that was opened as herself must not write on her mother's card, nor the other way round."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models import Device, Kin, Member
from tests.faults.people import at_home
from tests.journeys import hands
from tests.journeys.conftest import PATIENCE
from tests.kit import browser as kit
from tests.kit.browser import OpenDevice
from tests.kit.servers import OwnShop
from webapp import clock, config, vault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_what_another_tab_was_opened_for_is_not_done_for_somebody_else(
    own_shop: OwnShop, open_device: OpenDevice
) -> None:
    shop = own_shop()
    phone = open_device("phone", base_url=shop.url)
    phone.set_default_timeout(PATIENCE)
    hands.join(phone, hands.new_number())
    with at_home(config.load(shop.environment, Path("no such file"))):
        mother = _may_act_for_the_first_of_the_demo()

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
    assert mother


def _note(page: Page, words: str) -> None:
    form = page.locator("form[action$='/me/memory/notes'], form[action*='/me/memory/notes?']")
    form.locator("[name=text]").fill(words)
    form.locator("button").click()


def _may_act_for_the_first_of_the_demo() -> int:
    """The newest sign-in is hers; her mother has said yes."""
    daughter, at = (
        Device.select().where(Device.kind == "member").order_by(Device.id.desc()).get().member_id,
        clock.now(),
    )
    mother = Member.select().where(Member.erased_at.is_null(), Member.id != daughter).order_by(Member.id).get()
    Kin.create(code=vault.code(10), member=mother.id, helper=daughter, name="妈妈", asked_at=at, agreed_at=at)
    return int(mother.id)
