"""A low rating becomes a case with a clock: answered in time, then late, made good, closed, rated, and on the board for everybody."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models import Ask, Case, CaseEntry, CaseStep, Member, Store
from tests.faults.people import at_home
from tests.journeys import hands
from tests.journeys.conftest import PATIENCE
from tests.journeys.hands import Thumb
from tests.kit import browser as kit
from tests.kit.browser import OpenDevice
from tests.kit.servers import OwnShop, Shop
from webapp import clock, config
from webapp.clock import HOUR, MINUTE
from webapp.complaints import ladder
from webapp.points import visits
from webapp.ratings import asks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def shop(own_shop: OwnShop) -> Shop:
    return own_shop()


def test_from_a_sad_face_to_you_said_we_did(shop: Shop, open_device: OpenDevice) -> None:
    phone, thumb = open_device("phone", base_url=shop.url), Thumb()
    phone.set_default_timeout(PATIENCE)
    number = hands.new_number()
    hands.join(phone, number)
    tablet, office = (_tablet(open_device, shop, name) for name in ("clerk", "manager"))
    with _at_home(shop):
        _was_here()

    # two taps and a yes
    phone.goto("/")
    thumb.tap(phone.locator("#now a"))
    thumb.tap(phone.locator(".face-row", has_text="态度").locator("label").first)
    assert kit.accessibility_faults(phone) == []
    thumb.tap(phone.get_by_role("button", name="送出"))
    thumb.tap(phone.get_by_role("button", name="要，请帮我解决"))
    assert thumb.rested == 4
    expect(phone.locator(".ladder li")).to_have_count(4)
    expect(phone.locator(".ladder li", has_text="最晚")).to_have_count(4)
    expect(phone.locator(".holder")).to_contain_text("在办")
    assert kit.accessibility_faults(phone) == []
    code = re.sub(r"[?#].*", "", phone.url).rsplit("/", 1)[1]

    # the fourteenth minute: the clerk answers, and the phone knows by itself
    with _at_home(shop):
        _until_before(code, 1, MINUTE)
    tablet.goto(f"/desk/cases/{code}")
    thumb.tap(tablet.locator(".starter").first)
    thumb.tap(tablet.get_by_role("button", name="发出"))
    assert thumb.rested == 2
    expect(phone.locator(".ladder .kept")).to_have_count(1)
    expect(phone.locator(".thread .is-shop")).to_have_count(1)

    # a day later nobody has found anything out: up it goes, with an apology and a coupon
    with _at_home(shop):
        _until_before(code, 2, -MINUTE)
        ladder.sweep(clock.now())
    expect(phone.locator(".ladder .missed")).to_have_count(1)
    expect(phone.locator(".thread")).to_contain_text("对不起")
    expect(phone.locator(".thread")).to_contain_text("¥5")
    assert "¥5" in phone.request.get("/coupons").text()

    # the manager makes an offer, one tap takes it
    office.goto(f"/desk/cases/{code}")
    office.locator("#act-offer summary").click()
    office.locator("#act-offer .choice", has_text="优惠券").click()
    office.locator("#offer-amount").fill("30")
    office.locator("#act-offer").get_by_role("button", name="发给客人").click()
    expect(phone.locator(".offer")).to_contain_text("¥30")
    thumb.tap(phone.get_by_role("button", name="接受"))
    assert thumb.rested == 1
    expect(phone.locator(".thread")).to_contain_text("说好了")

    # closed with a cause, by the member's yes; rated with two taps and one to send
    office.goto(f"/desk/cases/{code}")
    office.locator("#act-close summary").click()
    office.locator("#cause").select_option(index=1)
    office.locator("#changed").fill("前台每周练一次开口第一句")
    assert kit.accessibility_faults(office) == []
    office.locator("#act-close").get_by_role("button", name="请客人点头").click()
    thumb.tap(phone.get_by_role("button", name="办好了"))
    expect(phone.locator("#case")).to_have_attribute("data-state", "closed")
    for row in ("结果", "态度"):
        thumb.tap(phone.locator(".face-row", has_text=row).locator("label").last)
    thumb.tap(phone.get_by_role("button", name="送出").first)
    assert thumb.rested == 4
    expect(phone.locator("main")).to_contain_text("你的评价收到了")

    # and everybody can read what was changed
    office.goto("/desk/improvements")
    draft = office.locator(".improvement", has_text="开口第一句")
    draft.get_by_label("客人说了什么").fill("前台说话很冲")
    draft.get_by_role("button", name="保存").click()
    hang = office.locator(".improvement", has_text="开口第一句").get_by_role("button", name="挂上去")
    hang.click()
    expect(hang).to_have_count(0)
    phone.goto("/s/bath/board")
    expect(phone.locator(".said-did").first).to_contain_text("开口第一句")
    assert kit.accessibility_faults(phone) == []
    with _at_home(shop):
        case = Case.get(Case.code == code)
        assert (case.state, case.handling, case.care) == ("closed", 5, 5)
        assert Member.get_by_id(case.member_id).care_since is None


def _was_here() -> None:
    """The newest member came in this morning, and that visit is over."""
    member, store = Member.select().order_by(Member.id.desc()).get(), Store.get(Store.slug == "bath")
    visit, _ = visits.check_in(member, store, "counter", clock.now() - 6 * HOUR)
    asks.collect(clock.now())
    assert Ask.get(Ask.ref == str(visit.id)).at <= clock.now()


def _until_before(code: str, number: int, seconds: int) -> None:
    """Time goes by for this case alone: so long before that promise runs out."""
    case = Case.get(Case.code == code)
    step = CaseStep.get(CaseStep.case == case.id, CaseStep.number == number)
    by = step.due_at - clock.now() - seconds
    mine = CaseStep.case == case.id
    CaseStep.update(
        begins_at=CaseStep.begins_at - by, warn_at=CaseStep.warn_at - by, due_at=CaseStep.due_at - by
    ).where(mine, CaseStep.done_at.is_null()).execute()
    CaseEntry.update(at=CaseEntry.at - by).where(CaseEntry.case == case.id).execute()
    Case.update(made_at=case.made_at - by, due_at=case.due_at - by).where(Case.id == case.id).execute()


def _at_home(shop: Shop):  # type: ignore[no-untyped-def]
    return at_home(config.load(shop.environment, Path("no such file")))


def _tablet(open_device: OpenDevice, shop: Shop, username: str) -> Page:
    tablet = open_device("tablet", base_url=shop.url)
    tablet.set_default_timeout(PATIENCE)
    hands.sign_in_staff(tablet, username)
    return tablet
