"""An empty machine: one page, one code from the terminal, and the shop is open; posters come out on one sheet."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Device
from tests.kit.browser import OpenDevice
from tests.kit.servers import OwnShop


def test_the_first_visit_opens_the_shop_and_the_door_closes_for_ever(
    own_shop: OwnShop, open_device: OpenDevice
) -> None:
    shop = own_shop(demo=False)
    laptop, phone = open_device("laptop", base_url=shop.url), open_device("phone", base_url=shop.url)
    laptop.goto("/")
    assert laptop.url.endswith("/setup")
    said = (shop.data / "serve.log").read_text("utf-8")
    found = re.search(r"\b[0-9A-Z]{10}\b", said)
    assert found, said
    _fill(laptop, "WRONGCODE0")
    laptop.get_by_role("button", name="开张").click()
    expect(laptop.locator("#setup")).to_contain_text("开店码不对")
    laptop.get_by_label("开店码").fill(found[0])
    laptop.get_by_label("密码", exact=True).fill("a long enough sentence")
    laptop.get_by_label("四位 PIN").fill("7391")
    laptop.get_by_role("button", name="开张").click()
    expect(laptop.locator("#clock")).to_be_visible()
    assert "/desk/" in laptop.url
    phone.goto("/s/renmin?p=door")
    expect(phone.get_by_role("heading", name="人民路店")).to_be_visible()
    answer = phone.goto("/setup")
    assert answer is not None
    assert answer.status == 404


def _fill(page: Page, code: str) -> None:
    for label, text in (
        ("开店码", code), ("店名或品牌", "老街浴室"), ("门店", "人民路店"), ("网址里的名字", "renmin"), ("营业时间", "10:00-02:00"), ("你的称呼", "老板娘"),
        ("登录名", "boss"), ("密码", "a long enough sentence"), ("四位 PIN", "7391"),
    ):  # fmt: skip
        page.get_by_label(label, exact=label == "密码").fill(text)
    page.get_by_label("浴场", exact=True).check()


def test_every_poster_prints_on_one_sheet(desk_of: Device) -> None:
    laptop = desk_of("owner", kind="laptop")
    for paper in ("a4", "tent", "locker"):
        laptop.goto(f"/desk/posters/door?paper={paper}")
        laptop.emulate_media(media="print")
        expect(laptop.get_by_role("button", name="打印")).to_be_hidden()
        sheets = laptop.pdf(prefer_css_page_size=True, print_background=True).count(b"/Type /Page\n")
        assert sheets == 1, f"{paper}: {sheets} sheets"
        laptop.emulate_media(media="screen")
