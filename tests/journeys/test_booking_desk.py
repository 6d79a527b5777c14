"""The tablet's half of booking: two taps for who walks in, a way back from each, an answer to who asks, and a supply in one tap."""

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models import Booking, Member, Resource, Service, Staff, Store
from tests.faults.people import at_home
from tests.journeys import hands
from tests.journeys.conftest import PATIENCE
from tests.journeys.hands import Thumb
from tests.kit.browser import OpenDevice
from tests.kit.servers import Shop
from webapp import clock, config
from webapp.bookings import bookings, editing, free, supply
from webapp.bookings.holding import For, Wish


@pytest.fixture(scope="module")
def bath(shop: Shop) -> Shop:
    """The bath house with one room and one masseuse, who says yes to each; whatever else the demo offers is gone."""
    with _at_home(shop):
        at, store, boss = clock.now(), _bath(), Staff.get(Staff.username == "owner")
        Service.update(retired_at=at).where(Service.retired_at.is_null()).execute()
        room = editing.put_resource(store, {"zh": "云水间"}, "room", 4, False, None, boss, at)
        one = editing.put_resource(store, {"zh": "林师傅"}, "person", 1, False, None, boss, at)
        plain = editing.Terms(name={"zh": "汤屋"}, kind="bath", minutes=90, resources=(room.id,), note={"zh": ""})
        editing.put_service(store, plain._replace(people_max=4), boss, at)
        asked = plain._replace(name={"zh": "推拿"}, kind="massage", minutes=60, resources=(one.id,), on_request=True)
        editing.put_service(store, asked, boss, at)
    return shop


def test_a_walk_in_takes_two_taps_and_one_to_take_back(bath: Shop, open_device: OpenDevice) -> None:
    tablet, thumb = _tablet(open_device, bath), Thumb()
    tablet.goto(f"/desk/bookings?day={_tomorrow()}")
    expect(tablet.locator("#connection")).to_have_attribute("data-state", "online")
    thumb.tap(tablet.locator("tr", has_text="云水间").locator(".free a").first)
    thumb.tap(tablet.get_by_role("button", name="订下"))
    block = tablet.locator("#day .part", has_text="散客")
    expect(block).to_contain_text("已订")
    assert thumb.rested == 2
    tablet.get_by_role("button", name="撤销").click()
    expect(block).to_have_count(0)


def test_four_digits_find_the_member_while_they_are_typed(bath: Shop, open_device: OpenDevice) -> None:
    tablet = _tablet(open_device, bath)
    tablet.goto(f"/desk/bookings?day={_tomorrow()}")
    tablet.locator("tr", has_text="云水间").locator(".free a").nth(3).click()
    tablet.get_by_label("名字，或会员手机后四位").fill("0001")
    found = tablet.locator("#who-found .found").first
    expect(found).to_be_visible()
    name = found.locator("b").inner_text()
    found.click()
    tablet.get_by_role("button", name="订下").click()
    tablet.locator("tr", has_text="云水间").locator(".part", has_text=name).click()
    expect(tablet.locator("#side")).to_contain_text(name)
    tablet.get_by_role("button", name="取消这个预约").click()
    expect(tablet.locator("#detail")).to_contain_text("取消了")
    tablet.get_by_role("button", name="撤销").click()
    expect(tablet.locator("#detail")).to_contain_text("已订")


def test_who_asks_is_in_the_queue_at_once_and_is_offered_another_time(bath: Shop, open_device: OpenDevice) -> None:
    tablet, kai = _tablet(open_device, bath), _tablet(open_device, bath, "senior")
    for page in (tablet, kai):
        page.goto("/desk/")
        expect(page.locator("#connection")).to_have_attribute("data-state", "online")
    code = _somebody_asks(bath)
    card = tablet.locator(f"#queue a[href$='{code}']")
    with hands.within(1.5):
        expect(card).to_be_visible()
    card.click()
    with hands.within(1.5):
        expect(kai.locator(f"#queue a[href$='{code}']")).to_contain_text("在办")
    kai.locator(f"#queue a[href$='{code}']").click()
    tablet.locator("summary", has_text="换个时间").click()
    expect(tablet.locator("#times .button").first).to_be_visible()
    tablet.locator(".times-to .button").first.click()
    expect(tablet.locator("#detail")).to_contain_text("等客人点头")
    kai.get_by_role("button", name="好，给他订上").click()
    expect(kai.locator("#detail")).to_contain_text("刚刚变了")
    with _at_home(bath):
        assert Booking.get(Booking.code == code).state == "offered"


def test_a_manager_begins_with_what_is_usual(shop: Shop, open_device: OpenDevice) -> None:
    with _at_home(shop):
        store, at = Store.get(Store.slug == "retail"), clock.now()
        Service.update(retired_at=at).where(Service.store == store.id).execute()
        Resource.update(retired_at=at).where(Resource.store == store.id).execute()
        supply.take(store.id)
    tablet = _tablet(open_device, shop, "owner", "retail")
    tablet.goto("/desk/bookings")
    tablet.get_by_role("link", name="能约什么", exact=True).click()
    tablet.get_by_role("button", name="从常用的开始").click()
    tablet.locator(".reward", has_text="试穿").click()
    tablet.get_by_label("多少元").first.fill("20")
    tablet.get_by_label("每隔几分钟能开始").fill("20")
    tablet.get_by_role("button", name="保存").first.click()
    expect(tablet.locator("#service")).to_contain_text("一刻钟")
    expect(tablet.get_by_label("多少元").first).to_have_value("20")
    tablet.get_by_label("每隔几分钟能开始").fill("15")
    tablet.get_by_role("button", name="保存").first.click()
    expect(tablet.get_by_text("已保存")).to_be_visible()
    expect(tablet.locator(".seen-times li").first).to_be_visible()


def _at_home(shop: Shop):
    return at_home(config.load(shop.environment, Path("no such file")))


def _bath() -> Store:
    return Store.get(Store.slug == "bath")


def _tomorrow() -> str:
    """The day after today in the shop."""
    return (clock.local(clock.now(), "Asia/Shanghai").date() + dt.timedelta(days=1)).isoformat()


def _tablet(open_device: OpenDevice, shop: Shop, username: str = "manager", store: str = "bath") -> Page:
    tablet = open_device("tablet", base_url=shop.url)
    tablet.set_default_timeout(PATIENCE)
    hands.sign_in_staff(tablet, username, store)
    return tablet


def _somebody_asks(shop: Shop) -> str:
    """A member wishes for a massage tomorrow; the code of the request."""
    with _at_home(shop):
        at, store = clock.now(), _bath()
        here = supply.of(store, at)
        massage = next(service for service in here.services.values() if service.on_request)
        start = free.starts(here, massage, dt.date.fromisoformat(_tomorrow()))[4]
        member = Member.select().where(Member.erased_at.is_null(), Member.merged_into.is_null()).first()
        return bookings.book([Wish(massage.id, start.at, 1)], store, For(member), key="asks", at=at).code
