"""What is done with an order at the counter, tapped as it is tapped there, with the member's phone beside it."""

import datetime as dt
import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device
from tests.kit import browser as kit
from webapp import clock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
STAGES = ("treated", "cleaned", "checked", "racked")


@pytest.fixture
def phone(phone_of: Device) -> Page:
    """Somebody new at the laundry."""
    page = phone_of()
    hands.join(page, hands.new_number(), "laundry")
    return page


@pytest.fixture
def wash(desk_of: Device) -> Page:
    return desk_of("wash", "laundry")


@pytest.fixture
def press(desk_of: Device) -> Page:
    """The manager's tablet: who checks what the other has washed."""
    return desk_of("press", "laundry")


def test_talked_over_promised_anew_begun_by_the_manager_and_given_in_parts(
    phone: Page, wash: Page, press: Page
) -> None:
    order = _opens(wash, phone)
    for what in (("大衣", "灰色", "羊毛"), ("衬衫", "白色", "棉"), ("西裤", "黑色", "羊毛")):
        _puts_in(wash, *what)

    # they say at the counter that they want to fetch in parts; and one piece too many is taken out, and put in again
    switch = wash.get_by_role("switch", name="好一件取一件")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    wash.locator("#bag a", has_text="衬衫").click()
    wash.locator("summary", has_text="改一改").click()
    wash.get_by_role("button", name="没有这一件，拿掉").click()
    expect(wash.locator("#bag .lines li")).to_have_count(2)
    expect(wash.locator("#undo")).to_contain_text("拿掉了")
    assert kit.accessibility_faults(wash) == []
    wash.locator("#undo").get_by_role("button", name="撤销").click()
    expect(wash.locator("#bag .lines li")).to_have_count(3)
    expect(wash.locator("#undo")).not_to_contain_text("拿掉了")
    wash.get_by_role("button", name="发到客人手机上").click()
    expect(wash.locator("#order")).to_contain_text("还没认可")

    # a word from the phone, an answer from the counter
    phone.goto(f"/orders/{order}")
    phone.get_by_label("哪里和你记得的不一样").fill("西裤的扣子我记得还在")
    phone.get_by_role("button", name="说给店里").click()
    expect(phone.locator("#talk")).to_contain_text("我记得还在")
    wash.goto(f"/desk/orders/{order}")
    expect(wash.locator("#talk")).to_contain_text("等你回")
    wash.get_by_label("写给客人").fill("在口袋里，缝上不收钱")
    wash.get_by_role("button", name="发到手机上").click()
    expect(wash.locator("#talk")).not_to_contain_text("等你回")
    expect(phone.locator("#order")).to_contain_text("在口袋里，缝上不收钱")

    # another time, told at once
    wash.locator("#promise summary").click()
    day = wash.get_by_label("哪天")
    day.fill(_week_later(day.input_value()))
    wash.get_by_label("为什么，客人会看到").fill("机器在修")
    wash.get_by_role("button", name="马上告诉客人").click()
    expect(wash.locator("#promise [name=why]")).to_have_value("")
    phone.goto("/inbox")
    expect(phone.locator("main")).to_contain_text("机器在修")

    # the manager does not wait
    press.goto(f"/desk/orders/{order}")
    press.locator("summary", has_text="不等了，先洗").click()
    press.locator("#why-overrule").fill("客人电话里说好了")
    press.get_by_role("button", name="先洗", exact=True).click()
    expect(press.locator("#order")).to_contain_text("扫吊牌")
    phone.goto(f"/orders/{order}")
    expect(phone.locator("#order")).to_contain_text("店长定的：客人电话里说好了")

    # one piece through, tapped on its own page; the member hears of it and comes
    first, *rest = _tags(wash, order)
    wash.goto(f"/desk/garments/{first}")
    for word in ("预处理好了", "洗好了"):
        wash.get_by_role("button", name=word, exact=True).click()
    wash.get_by_role("button", name="检查过关").click()
    expect(wash.locator("#garment")).to_contain_text("你洗的要请同事检查")
    press.goto(f"/desk/garments/{first}")
    for word in ("检查过关", "挂上了"):
        press.get_by_role("button", name=word).click()
    expect(phone.locator("#order")).to_contain_text("1 件先好了，可以先来取")
    wash.goto(f"/desk/orders/{order}")
    wash.get_by_label("客人的会员码").fill(hands.digits(phone))
    wash.get_by_label(re.compile("^付了")).uncheck()
    wash.get_by_role("button", name="交给客人").click()
    expect(wash.locator("#bag")).to_contain_text("取走了")

    # the rest with a receipt, paid afterwards
    _through(wash, press, rest)
    wash.goto(f"/desk/orders/{order}")
    assert kit.accessibility_faults(wash) == []
    wash.get_by_label("小票号，可以不写").fill(f"R-{secrets.token_hex(3)}")
    wash.get_by_label(re.compile("^付了")).uncheck()
    wash.get_by_role("button", name="交给客人").click()
    expect(wash.get_by_role("button", name=re.compile("^付过了"))).to_be_visible()
    expect(phone.locator("#order")).to_have_attribute("data-state", "collected")
    wash.get_by_role("button", name=re.compile("^付过了")).click()
    expect(wash.locator(".order-facts")).to_contain_text("已付")
    phone.reload()
    expect(phone.locator("#order")).to_contain_text(re.compile(r"这一单得了 \d+ 分"))


def test_from_the_vans_route_and_back_by_the_van(phone: Page, wash: Page, press: Page) -> None:
    _writes_an_address(phone)
    phone.goto("/orders")
    phone.get_by_role("link", name="约上门取衣").click()
    day = _takes_a_time(phone, "两袋，绿的那袋轻一点洗")
    pickup = phone.url.rsplit("/", 1)[1]

    wash.goto(f"/desk/bookings/route?day={day}")
    stop = wash.locator(".stops li", has_text="绿的那袋轻一点洗")
    stop.get_by_role("button", name="取到了").click()
    stop.get_by_role("link", name="登记衣物").click()
    expect(wash).to_have_url(re.compile(f"pickup={pickup}"))
    expect(wash.locator("#new-order")).to_contain_text("绿的那袋轻一点洗")
    wash.get_by_role("button", name="开始登记").click()
    expect(wash.locator("#order")).to_contain_text("绿的那袋轻一点洗")
    order = wash.url.rsplit("/", 1)[1]
    _puts_in(wash, "大衣", "灰色", "羊毛")
    wash.get_by_role("button", name="发到客人手机上").click()
    phone.goto(f"/orders/{order}")
    phone.get_by_role("button", name="同意，开始洗").click()
    _through(wash, press, _tags(wash, order))

    phone.goto(f"/orders/{order}")
    phone.get_by_role("link", name="不来取，送到家").click()
    _takes_a_time(phone)
    phone.goto(f"/orders/{order}")
    phone.get_by_role("button", name=re.compile("的车一起送来")).click()
    expect(phone.locator("#order")).to_contain_text("送到家")
    wash.goto(f"/desk/orders/{order}")
    wash.get_by_role("button", name="送到客人家了").click()
    expect(wash.locator("#order")).to_contain_text("已取走")
    expect(phone.locator("#order")).to_have_attribute("data-state", "collected")


def test_a_hole_is_said_and_photographed_on_the_phone_and_stands_beside_the_shops_pictures(
    phone: Page, wash: Page, press: Page, tmp_path: Path
) -> None:
    order = _opens(wash, phone)
    _puts_in(wash, "大衣", "灰色", "羊毛")
    wash.get_by_role("button", name="发到客人手机上").click()
    phone.goto(f"/orders/{order}")
    phone.get_by_role("button", name="同意，开始洗").click()
    (tag,) = _tags(wash, order)
    _through(wash, press, [tag])
    _hands_over(wash, order)

    phone.goto(f"/orders/{order}/garments/{tag}")
    phone.locator("summary", has_text="洗坏了，或者少了什么").click()
    phone.get_by_label("哪里不对").fill("左袖口破了一个洞")
    phone.get_by_role("button", name="告诉店里").click()
    for n, colour in enumerate(("#6b6f75", "#54585e"), 1):
        hole = tmp_path / f"hole{n}.jpg"
        Image.new("RGB", (1200, 1600), colour).save(hole)
        phone.locator(".uploader [data-pick]").last.set_input_files(hole)
        expect(phone.locator(".claimed img")).to_have_count(n)
    assert kit.accessibility_faults(phone) == []
    assert not kit.overflow(phone)
    wash.goto(f"/desk/garments/{tag}/claim")
    expect(wash.locator("#claim")).to_contain_text("左袖口破了一个洞")
    expect(wash.locator(".taken-home img")).to_have_count(2)
    assert kit.accessibility_faults(wash) == []


# --- by hand ------------------------------------------------------------------------------------------------------------


def _opens(tablet: Page, phone: Page) -> str:
    """A bag for whoever holds that phone; its code."""
    tablet.goto("/desk/orders/new")
    tablet.get_by_label("扫会员码，或写后四位、名字").fill(hands.digits(phone))
    tablet.get_by_role("button", name="开始登记").click()
    tablet.locator("#add").wait_for()
    return tablet.url.rsplit("/", 1)[1]


def _puts_in(tablet: Page, what: str, colour: str, fabric: str) -> None:
    add = tablet.locator("#add")
    for choice in (what, colour):
        add.locator(".choice", has_text=choice).first.click()
    add.get_by_role("button", name=fabric, exact=True).click()
    expect(tablet.locator("#bag .lines li", has_text=what)).to_have_count(1)


def _tags(tablet: Page, order: str) -> list[str]:
    page = tablet.request.get(f"/desk/orders/{order}").text()
    return sorted(set(re.findall(r"/desk/garments/([0-9A-Z]{8})\b", page)))


def _through(wash: Page, press: Page, tags: list[str]) -> None:
    """Scanned through all stages, without looking."""
    for stage in STAGES:
        tablet = press if stage == "checked" else wash
        _post(tablet, "/desk/orders/scan", stage=stage, code=" ".join(tags), place="A-1")


def _hands_over(tablet: Page, order: str) -> None:
    _post(tablet, f"/desk/orders/{order}/handover", paid="1")


def _post(tablet: Page, path: str, **form: Any) -> None:
    assert tablet.request.post(path, form=form, headers=hands.OURS).ok


def _writes_an_address(phone: Page) -> None:
    phone.goto("/me/addresses")
    phone.get_by_label("地址").fill("河坊巷 8 号 2 单元 301")
    phone.get_by_role("button", name="存下").click()
    expect(phone.locator("#addresses .line")).to_contain_text("河坊巷")


def _takes_a_time(phone: Page, note: str = "") -> str:
    """The first quiet one; its day."""
    time = phone.locator(".time.is-quiet").first
    begins = int(re.findall(r"at=(\d+)", time.get_attribute("href") or "")[0])
    time.click()
    phone.get_by_label("袋子怎么放，怎么按门铃").fill(note)
    phone.get_by_role("button", name="订下").click()
    expect(phone.locator("#booking")).to_have_attribute("data-state", "confirmed")
    return clock.local(begins, "Asia/Shanghai").date().isoformat()


def _week_later(day: str) -> str:

    return (dt.date.fromisoformat(day) + dt.timedelta(days=7)).isoformat()
