"""The main job: a poster, a pass, a visit, points with a reason, and a reward that both screens agree on."""

from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device, ReadCode
from tests.journeys.hands import Thumb


def test_from_the_poster_to_the_reward_and_back(phone_of: Device, desk_of: Device, read_code: ReadCode) -> None:
    phone, tablet, thumb, number = phone_of(), desk_of(), Thumb(), hands.new_number()
    _join_with_one_field(phone, number, thumb)

    tablet.goto("/desk/counter")
    address = read_code(tablet.locator("#counter .qr").screenshot())
    assert "/c/" in address
    tablet.goto("/desk/")
    expect(tablet.locator("#connection")).to_have_attribute("data-state", "online")
    waiting = tablet.locator("#queue .ticket.arrive")
    before = waiting.count()
    phone.goto(hands.at_home(address))
    with hands.within(1.5):
        expect(waiting).to_have_count(before + 1)
    expect(phone.get_by_role("heading", name="到店了，柜台知道你来了")).to_be_visible()

    _award(tablet, thumb)
    _sees_the_points_and_why(phone)

    thumb.tap(phone.get_by_role("link", name="礼品", exact=True))
    thumb.tap(phone.locator(".reward", has_text="龙井茶一壶"))
    thumb.tap(phone.get_by_role("button", name="留给我"))
    expect(phone.locator("#redemption")).to_have_attribute("data-state", "held")
    assert thumb.rested <= 3

    tablet.goto("/desk/")
    newest = tablet.locator("#queue .ticket.redeem").last
    expect(newest).to_contain_text("龙井茶一壶")
    expect(newest).to_contain_text(hands.two_words(phone))
    thumb.tap(newest)
    expect(tablet.locator("#approve .words")).to_be_visible()
    assert hands.two_words(phone) == hands.two_words(tablet)
    thumb.tap(tablet.get_by_role("button", name="给了，核销"))
    with hands.within(2.5):
        expect(phone.locator("#redemption")).to_have_attribute("data-state", "captured")
    assert thumb.rested <= 2
    expect(phone.get_by_role("heading", name="换好了")).to_be_visible()
    expect(phone.locator("#redemption .hero")).to_have_text("40")

    tablet.locator("#undo").get_by_role("button", name="撤销").click()
    expect(tablet.locator("#approve #state")).to_contain_text("已撤销")
    with hands.within(4):
        expect(phone.get_by_role("heading", name="店员撤回了")).to_be_visible()
    expect(phone.locator("#redemption .hero")).to_have_text("120")


def _join_with_one_field(phone: Page, number: str, thumb: Thumb) -> None:
    phone.goto("/s/bath?p=door")
    fields = phone.locator("#join input:not([type=hidden]):not([type=checkbox])")
    expect(fields).to_have_count(1)
    for consent in phone.locator("#join input[type=checkbox]").all():
        expect(consent).not_to_be_checked()
    phone.get_by_label("手机号").fill(number)
    thumb.tap(phone.get_by_role("button", name="开始积分"))
    expect(phone.locator("#card .hero")).to_have_text("0")
    assert thumb.rested == 1


def _award(tablet: Page, thumb: Thumb) -> None:
    """¥120.50, from the card of the arrival, on the pad."""
    thumb.tap(tablet.locator("#queue .ticket.arrive").last)
    thumb.tap(tablet.locator("#detail").get_by_role("link", name="送积分"))
    hands.type_on_pad(tablet, "120.5")
    expect(tablet.locator("#preview")).to_contain_text("+120")
    thumb.tap(tablet.get_by_role("button", name="送积分"))
    expect(tablet.locator("#undo")).to_contain_text("120")
    assert thumb.rested <= 3


def _sees_the_points_and_why(phone: Page) -> None:
    phone.goto("/")
    expect(phone.locator("#card .hero")).to_have_text("120")
    phone.get_by_role("link", name="看明细").click()
    phone.locator("#ledger .line").first.click()
    expect(phone.locator("#receipt-sheet .why")).to_contain_text("120.50")
    expect(phone.locator("#receipt-sheet .why")).to_contain_text("120")
    phone.locator("#receipt-sheet").get_by_role("button", name="关闭").click()
