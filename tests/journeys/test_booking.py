"""A family bath in three taps, a second phone in line for it, and the day the shop has to close, all of it live on the tablet."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from models import Service, Staff, Store
from tests.faults.people import at_home
from tests.journeys import hands
from tests.journeys.conftest import PATIENCE
from tests.journeys.hands import Thumb
from tests.kit.browser import OpenDevice
from tests.kit.servers import Shop
from webapp import clock, config
from webapp.bookings import editing, supply

FAMILY, POOL = "家庭汤浴", "大池"


def test_three_taps_a_place_in_line_and_a_day_that_is_closed(shop: Shop, open_device: OpenDevice) -> None:
    _one_room_and_a_pool(shop)
    ann, ben = (_member(open_device, shop, name) for name in ("小安", "小本"))
    tablet = open_device("tablet", base_url=shop.url)
    hands.sign_in_staff(tablet, "manager")
    thumb = Thumb()

    ann.goto("/book")
    thumb.tap(ann.locator(".choose .reward", has_text=FAMILY))
    day = ann.locator(".strip [aria-current]").get_attribute("id")
    thumb.tap(ann.locator(".time.is-quiet").first)
    thumb.tap(ann.get_by_role("button", name="订下"))
    expect(ann.locator("#booking")).to_have_attribute("data-state", "confirmed")
    assert thumb.rested == 3
    time = ann.locator(".time-of").inner_text()
    _shows_the_day(tablet, str(day).removeprefix("day-"))
    expect(_on_the_board(tablet, "小安")).to_contain_text(time)

    ben.goto("/book")
    ben.locator(".choose .reward", has_text=FAMILY).click()
    if ben.locator(".strip [aria-current]").get_attribute("id") != day:
        ben.locator(f"#{day}").click()
    ben.locator(".time.is-full", has_text=time).click()
    ben.get_by_role("button", name="排上").click()
    expect(ben.get_by_role("heading", name="排在第 1 位")).to_be_visible()
    with hands.within(3):
        expect(tablet.locator(".line-of-day")).to_contain_text("小本")

    ann.get_by_role("button", name="取消预约").click()
    expect(ann.get_by_role("heading", name="已取消")).to_be_visible()
    with hands.within(3.5):
        expect(ben.get_by_role("heading", name="有位子了，给你留着")).to_be_visible()
    expect(_on_the_board(tablet, "小安")).to_have_count(0)
    expect(_on_the_board(tablet, "小本")).to_contain_text("等客人答")
    ben.get_by_role("button", name="我要").click()
    expect(ben.get_by_role("heading", name="已订好")).to_be_visible()
    with hands.within(3):
        expect(_on_the_board(tablet, "小本")).not_to_contain_text("等客人答")

    ann.goto("/book")
    ann.locator(".choose .chip, .choose .reward", has_text=POOL).first.click()
    ann.locator(f"#{day}").click()
    expect(ann.locator(f"#{day}")).to_have_attribute("aria-current", "date")
    ann.locator(".time.is-quiet").last.click()
    ann.get_by_role("button", name="订下").click()
    expect(ann.get_by_role("heading", name="已订好")).to_be_visible()

    tablet.get_by_role("link", name="关门").click()
    expect(tablet.locator("#touched")).to_contain_text("小本")
    expect(tablet.locator("#touched")).to_contain_text("小安")
    tablet.get_by_role("button", name="关掉").click()
    with hands.within(5):
        for phone in (ann, ben):
            expect(phone.get_by_role("heading", name="店里出了点状况")).to_be_visible()
    expect(tablet.locator("#detail")).to_contain_text("小安")
    expect(tablet.locator("#detail")).to_contain_text("小本")

    ann.locator(".trouble .button").first.click()
    expect(ann.locator("#booking")).to_have_attribute("data-state", "confirmed")
    expect(ann.locator(".trouble")).to_have_count(0)


def test_without_scripts_it_is_the_same_three_taps(shop: Shop, open_device: OpenDevice) -> None:
    _one_room_and_a_pool(shop)
    phone, thumb = _member(open_device, shop, "小安", java_script_enabled=False), Thumb()
    phone.goto("/book")
    thumb.tap(phone.locator(".choose .reward", has_text=FAMILY))
    thumb.tap(phone.locator(".time.is-quiet").first)
    thumb.tap(phone.get_by_role("button", name="订下"))
    expect(phone.get_by_role("heading", name="已订好")).to_be_visible()
    assert thumb.rested == 3
    phone.get_by_role("link", name="改时间").click()
    phone.locator(".choose .chip").first.click()
    expect(phone.get_by_role("heading", name="已订好")).to_be_visible()
    phone.get_by_role("button", name="取消预约").click()
    phone.get_by_role("button", name="反悔了，还订这个时间").click()
    expect(phone.get_by_role("heading", name="已订好")).to_be_visible()


def _one_room_and_a_pool(shop: Shop) -> None:
    """Two services from tomorrow on, to be cancelled at any time; whatever else the demo offers is gone."""
    with at_home(config.load(shop.environment, Path("no such file"))):
        at = clock.now()
        store, boss = Store.get(Store.slug == "bath"), Staff.get(Staff.username == "owner")
        Service.update(retired_at=at).where(Service.retired_at.is_null()).execute()
        room = editing.put_resource(store, {"zh": "小汤屋"}, "room", 4, False, None, boss, at)
        pool = editing.put_resource(store, {"zh": "大池"}, "pool", 12, True, None, boss, at)
        terms = editing.Terms(
            name={"zh": FAMILY}, note={"zh": ""}, kind="bath", minutes=90, clean_minutes=15, step_minutes=30,
            price=8800, per_person=True, people_min=1, people_max=4, lead_minutes=1440, horizon_days=14, early_days=0,
            cancel_minutes=0, on_request=False, options=[], perks=[], hours=None, art="bath", resources=(room.id,),
        )  # fmt: skip
        editing.put_service(store, terms, boss, at)
        swim = terms._replace(name={"zh": POOL}, minutes=60, clean_minutes=0, people_max=6, resources=(pool.id,))
        editing.put_service(store, swim, boss, at)
        assert len(supply.of(store, at).services) == 2


def _member(open_device: OpenDevice, shop: Shop, name: str, **more: Any) -> Page:
    phone = open_device("phone", base_url=shop.url, **more)
    phone.set_default_timeout(PATIENCE)
    hands.join(phone, hands.new_number())
    assert phone.request.post("/me/profile", form={"name": name}, headers=hands.OURS).ok
    return phone


def _shows_the_day(tablet: Page, day: str) -> None:
    tablet.goto(f"/desk/bookings?day={day}")
    expect(tablet.locator("#connection")).to_have_attribute("data-state", "online")


def _on_the_board(tablet: Page, name: str) -> Locator:
    return tablet.locator("#day .part", has_text=name)
