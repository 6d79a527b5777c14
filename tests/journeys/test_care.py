"""A birthday: tried dry by the manager, written once, a gift that changes hands with one tap, a receipt that says why it is twice as much."""

import datetime as dt
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models import Brand, Consent, Gift, Letter, Member, Message, Rule, Send, Store
from tests.faults.people import at_home
from tests.journeys import hands
from tests.journeys.conftest import PATIENCE
from tests.journeys.hands import Thumb
from tests.kit import browser as kit
from tests.kit.browser import OpenDevice
from tests.kit.servers import OwnShop, Shop
from webapp import clock, config
from webapp.care import daily, dry, occasions
from webapp.clock import DAY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def shop(own_shop: OwnShop) -> Shop:
    return own_shop()


def test_a_birthday_from_the_dry_run_to_the_receipt(shop: Shop, open_device: OpenDevice) -> None:
    phone, thumb = open_device("phone", base_url=shop.url), Thumb()
    phone.set_default_timeout(PATIENCE)
    hands.join(phone, hands.new_number())
    tablet, office = (_tablet(open_device, shop, name) for name in ("clerk", "manager"))
    with _at_home(shop):
        me, other = _has_a_birthday_in_two_days()

    # the manager chooses what is kept for them, sees how it reads, and whom it would reach, with the reasons of the rest
    office.goto("/desk/care")
    assert kit.accessibility_faults(office) == []
    office.locator(".care-rule a", has_text="生日").first.click()
    office.locator("#reward").select_option(label="纯棉浴巾")
    office.get_by_role("button", name="保存").click()
    expect(office.locator(".care-rule")).to_contain_text("留一份「纯棉浴巾」")
    office.get_by_role("link", name="试一下，不发").click()
    expect(office.locator("#dry")).to_contain_text("没有同意收优惠消息")
    assert kit.accessibility_faults(office) == []
    assert kit.overflow(office) == 0
    with _at_home(shop):
        tried = dry.run(_rule(), clock.now())
        skips = {one.member.id: one.why for one in tried.left_out}
        assert skips[other] == "consent"
        assert me in {one.member.id for one in tried.people}
    expect(office.locator("#dry .stat b").first).to_have_text(str(tried.reach))

    # the message, in the words of today, and only once however often the worker comes by
    with _at_home(shop):
        for _ in range(2):
            at = clock.now()
            daily.work(_rule(), occasions.find(_rule(), at).turns, at)
        assert Send.select().where(Send.member == me, Send.rule == _rule().id).count() == 1
        assert not Message.select().where(Message.member == other, Message.kind == "care").exists()
        assert Letter.select().where(Letter.member == me, Letter.text == "care").count() <= 1
    phone.goto("/")
    phone.get_by_role("link", name=re.compile("消息，1 条未读")).click()
    note = phone.locator(".care-letters li").first
    expect(note).to_contain_text("生日快乐")
    expect(note).to_contain_text("后天是你的生日")
    expect(note).to_contain_text("纯棉浴巾")
    expect(note).to_contain_text("因为你的生日快到了")
    expect(phone.locator("#dial")).to_contain_text("这个月用了 1 条，最多 2 条")
    assert kit.accessibility_faults(phone) == []
    assert kit.small_targets(phone) == []

    # one tap on the tablet hands it over; the phone knows by itself
    note.locator("a").click()
    expect(phone.locator("#gift")).to_have_attribute("data-state", "kept")
    with _at_home(shop):
        code = Member.get_by_id(me).code
    tablet.goto(f"/desk/members/{code}")
    thumb.tap(tablet.locator("#gifts").get_by_role("button", name="交给客人"))
    expect(phone.locator("#gift")).to_have_attribute("data-state", "handed")
    assert thumb.rested == 1

    # and the bill of these days counts twice, and says so
    hands.award(tablet, phone, "50")
    phone.goto("/points")
    expect(phone.locator("main")).to_contain_text("100")
    phone.locator("main a[href^='/points/']", has_text="100").first.click()
    expect(phone.locator("main")).to_contain_text("100 分：¥50 × 1 × 2（生日）")

    # quieter with one tap
    phone.goto("/inbox?of=care")
    thumb.tap(phone.locator(".care-steps button").first)
    expect(phone.locator("#dial")).to_contain_text("你不说，我们就不写")
    assert thumb.rested == 1
    with _at_home(shop):
        mine = Send.get(Send.member == me, Send.rule == _rule().id)
        assert mine.opened_at is not None
        assert Gift.get_by_id(mine.gift_id).state == "handed"


def _rule() -> Rule:
    found: Rule = Rule.get(Rule.kind == "birthday", Rule.retired_at.is_null())
    return found


def _has_a_birthday_in_two_days() -> tuple[int, int]:
    """The newest member, who agreed to offers; and somebody else who did not. Nobody sleeps in this town."""
    store = Store.get(Store.slug == "bath")
    day = clock.local(clock.now(), store.timezone).date() + dt.timedelta(days=2)
    member, other = Member.select().order_by(Member.id.desc()).limit(2)
    for one, granted in ((member, True), (other, False)):
        Member.update(birthday=day.month * 100 + day.day, care_since=None).where(Member.id == one.id).execute()
        Consent.create(
            member=one.id, purpose="marketing", granted=granted, text_version="1", source="me", at=clock.now()
        )
        Send.delete().where(Send.member == one.id).execute()
        Message.delete().where(Message.member == one.id, Message.kind == "care").execute()
    brand = Brand.get()
    Brand.update(policy=brand.policy | {"quiet_from": 0, "quiet_until": 0}).where(Brand.id == brand.id).execute()
    Rule.update(on_since=clock.now() - DAY).where(Rule.kind == "birthday").execute()
    return member.id, other.id


def _tablet(open_device: OpenDevice, shop: Shop, who: str) -> Page:
    page = open_device("tablet", base_url=shop.url)
    page.set_default_timeout(PATIENCE)
    hands.sign_in_staff(page, who)
    return page


def _at_home(shop: Shop):  # type: ignore[no-untyped-def]
    """At the shop's own database, beside the running server."""
    return at_home(config.load(shop.environment, Path("no such file")))
