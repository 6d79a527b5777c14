"""Phones with JavaScript switched off, or a net so bad that it never came: forms are enough."""

from playwright.sync_api import expect

from tests.journeys import hands
from tests.journeys.conftest import Device


def test_join_earn_hold_and_approve(phone_of: Device, desk_of: Device) -> None:
    phone, tablet = phone_of(java_script_enabled=False), desk_of(java_script_enabled=False)
    number = hands.new_number()
    phone.goto("/s/bath?p=door")
    phone.get_by_label("手机号").fill(number)
    phone.get_by_role("button", name="开始积分").click()
    expect(phone.locator("#card .hero")).to_have_text("0")

    tablet.goto("/desk/award")
    tablet.get_by_label("谁？").fill(hands.digits(phone))
    tablet.get_by_label("消费金额").fill("200")
    tablet.get_by_role("button", name="送积分").click()
    expect(tablet.locator("#undo")).to_contain_text("200")

    phone.goto("/rewards")
    phone.locator(".reward", has_text="龙井茶一壶").click()
    phone.get_by_role("button", name="留给我").click()
    tablet.goto("/desk/")
    tablet.locator("#queue .ticket.redeem").last.click()
    assert hands.two_words(phone) == hands.two_words(tablet)
    tablet.get_by_role("button", name="给了，核销").click()
    expect(tablet.locator("#approve #state")).to_contain_text("已核销")
    phone.reload()
    expect(phone.get_by_role("heading", name="换好了")).to_be_visible()
    expect(phone.locator("#redemption .hero")).to_have_text("120")


def test_decline_and_cancel(phone_of: Device, desk_of: Device) -> None:
    tablet, phone = desk_of(java_script_enabled=False), phone_of(java_script_enabled=False)
    hands.join(phone, hands.new_number())
    hands.award(tablet, phone, "200")
    phone.goto("/")
    expect(phone.locator("#card .hero")).to_have_text("200")

    hands.hold(phone, "龙井茶一壶")
    tablet.goto("/desk/")
    tablet.locator("#queue .ticket.redeem").last.click()
    assert hands.two_words(phone) == hands.two_words(tablet)
    tablet.get_by_text("给不了", exact=True).click()
    tablet.get_by_role("button", name="没货了").click()
    phone.reload()
    expect(phone.get_by_role("heading", name="这次没换成")).to_be_visible()
    expect(phone.locator("#redemption .hero")).to_have_text("200")

    hands.hold(phone, "龙井茶一壶")
    phone.get_by_role("button", name="不要了，退回积分").click()
    expect(phone.get_by_role("heading", name="已取消")).to_be_visible()
    expect(phone.locator("#redemption .hero")).to_have_text("200")


def test_sign_in_with_a_pin_and_check_in(phone_of: Device, desk_of: Device) -> None:
    phone, tablet = phone_of(java_script_enabled=False), desk_of()
    phone.goto("/sign-in")
    phone.locator("#sign-in").get_by_label("手机号").fill("13800000003")
    phone.get_by_label("六位密码").fill(hands.MEMBER_PIN)
    phone.get_by_role("button", name="登录", exact=True).click()
    expect(phone.locator("#card")).to_contain_text("陈美兰")

    tablet.goto("/desk/counter")
    picture = tablet.locator("#counter .qr").screenshot()
    tablet.goto("/desk/scan")
    phone.goto(hands.at_home(hands.read_code(tablet, picture)))
    phone.get_by_role("button", name="我到店了").click()
    expect(phone.get_by_role("heading", name="到店了，柜台知道你来了")).to_be_visible()
    tablet.goto("/desk/")
    expect(tablet.locator("#queue .ticket.arrive", has_text="陈美兰")).to_have_count(1)
