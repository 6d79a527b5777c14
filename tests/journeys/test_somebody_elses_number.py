"""A number that is known opens nothing by itself: the clerk at the counter says yes, and only then the second phone is in."""

from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device, ReadCode


def test_a_known_number_is_no_way_in_but_the_counter_is(phone_of: Device, desk_of: Device) -> None:
    number, first, second, tablet = hands.new_number(), phone_of(), phone_of(), desk_of()
    hands.join(first, number)
    hands.award(tablet, first, "88")
    second.goto("/s/bath")
    second.get_by_label("手机号").fill(number)
    second.get_by_role("button", name="开始积分").click()
    expect(second.locator("#join")).to_contain_text(f"{number[:3]}****{number[-4:]}")
    assert "/sign-in" in second.request.get("/points").url

    second.get_by_role("button", name="我在店里，请店员确认").click()
    digits = second.locator("#handshake .digits").inner_text()
    assert len(digits) == 4
    assert digits.isdigit()
    tablet.goto("/desk/scan")
    hands.type_on_pad(tablet, digits)
    tablet.get_by_role("button", name="打开会员").click()
    expect(tablet.locator("#handshake")).to_contain_text(f"{number[:3]}****{number[-4:]}")
    tablet.get_by_role("button", name="对得上，是本人").click()
    expect(tablet.locator("#handshake")).to_contain_text("已确认")
    with hands.within(3.5):
        expect(second.locator("#card .hero")).to_have_text("88")
    first.goto("/")
    expect(first.locator("#card .hero")).to_have_text("88")


def test_a_clerk_who_says_no_keeps_it_shut(phone_of: Device, desk_of: Device) -> None:
    stranger, tablet = phone_of(), desk_of()
    stranger.goto("/sign-in")
    stranger.get_by_text("没设密码，或者忘了？").click()
    form = stranger.locator("details form")
    form.get_by_label("手机号").fill("13800000005")
    form.get_by_label("回头浴场·南门店").check()
    form.get_by_role("button", name="请店员确认").click()
    digits = stranger.locator("#handshake .digits").inner_text()
    tablet.goto("/desk/scan")
    hands.type_on_pad(tablet, digits)
    tablet.get_by_role("button", name="打开会员").click()
    expect(tablet.locator("#handshake")).to_contain_text(digits)
    tablet.get_by_role("button", name="对不上").click()
    expect(stranger.locator("#handshake")).to_contain_text("这组数字过时了")
    stranger.goto("/")
    expect(stranger.locator("#card")).to_have_count(0)


def test_a_pass_without_a_number_is_claimed_later(phone_of: Device, desk_of: Device) -> None:
    phone, tablet, number = phone_of(), desk_of(), hands.new_number()
    phone.goto("/s/bath")
    phone.get_by_role("button", name="先不留手机号").click()
    expect(phone.locator("#card .hero")).to_have_text("0")
    hands.award(tablet, phone, "66")
    phone.goto("/")
    expect(phone.locator("#now")).to_contain_text("换了手机也不丢")
    _attach(phone, number)
    expect(phone.locator("main")).to_contain_text(f"{number[:3]}****{number[-4:]}")
    phone.goto("/")
    expect(phone.locator("#card .hero")).to_have_text("66")


def test_a_pass_whose_number_has_a_card_already_is_joined_to_it_at_the_counter(
    phone_of: Device, desk_of: Device
) -> None:
    old, phone, tablet, number = phone_of(), phone_of(), desk_of(), hands.new_number()
    hands.join(old, number)
    hands.award(tablet, old, "40")
    hands.join(phone, "")
    hands.award(tablet, phone, "66")
    phone.goto("/")
    _attach(phone, number)
    digits = phone.locator("#handshake .digits").inner_text()
    tablet.goto(f"/desk/handshakes/{digits}")
    expect(tablet.get_by_role("heading", name="客人要绑定手机号")).to_be_visible()
    tablet.get_by_role("button", name="对得上，是本人").click()
    expect(phone.locator("#card .hero")).to_have_text("106")


def _attach(phone: Page, number: str) -> None:
    phone.get_by_role("link", name="绑定手机号").click()
    phone.get_by_label("手机号").fill(number)
    phone.get_by_label("回头浴场·南门店").check()
    phone.get_by_role("button", name="下一步").click()


def test_the_code_on_a_bill_is_claimed_once(phone_of: Device, desk_of: Device, read_code: ReadCode) -> None:
    tablet, phone, other = desk_of(), phone_of(), phone_of("13800000006")
    tablet.goto("/desk/claim")
    hands.type_on_pad(tablet, "57")
    tablet.get_by_role("button", name="做一张码").click()
    address = hands.at_home(read_code(tablet.locator(".qr").screenshot()))
    phone.goto(address)
    expect(phone.locator(".pass .hero")).to_have_text("57")
    phone.get_by_role("link", name="加入会员，马上领").click()
    phone.get_by_label("手机号").fill(hands.new_number())
    phone.get_by_role("button", name="开始积分").click()
    phone.get_by_role("button", name="领到我的卡里").click()
    phone.goto("/")
    expect(phone.locator("#card .hero")).to_have_text("57")
    other.goto(address)
    expect(other.get_by_role("heading", name="这张小票被领过了")).to_be_visible()
