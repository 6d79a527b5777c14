"""Two colleagues, one card: the other sees who has it, and only one of them gives the reward away."""

from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device


def test_a_card_that_is_open_greys_with_the_name(phone_of: Device, desk_of: Device) -> None:
    chen, su = _counter(phone_of, desk_of)
    mine = chen.locator("#queue .ticket.redeem").last
    card = mine.get_attribute("id")
    theirs = su.locator(f"#{card}")
    expect(theirs).to_be_visible()
    mine.click()
    with hands.within(1.2):
        expect(theirs).to_contain_text("小陈 在办")
    expect(theirs).to_have_class("ticket lane redeem taken")


def test_both_tap_and_one_reads_who_was_first(phone_of: Device, desk_of: Device) -> None:
    chen, su = _counter(phone_of, desk_of)
    card = chen.locator("#queue .ticket.redeem").last.get_attribute("id")
    for tablet in (chen, su):
        tablet.locator(f"#{card}").click()
        expect(tablet.get_by_role("button", name="给了，核销")).to_be_visible()
    expect(su.locator("#approve")).to_contain_text("小陈 正在办这一单")
    for tablet in (chen, su):
        tablet.get_by_role("button", name="给了，核销").dispatch_event("click")
    expect(chen.locator("#detail")).to_contain_text("已核销")
    expect(su.locator("#detail")).to_contain_text("小陈")
    expect(su.locator("#undo .undo")).to_have_count(0)
    expect(chen.locator(f"#{card}")).to_have_count(0)
    expect(su.locator(f"#{card}")).to_have_count(0)


def _counter(phone_of: Device, desk_of: Device) -> tuple[Page, Page]:
    """小陈 and 苏姐 side by side, and somebody with a reward on hold."""
    chen, su, phone = desk_of("clerk"), desk_of("senior"), phone_of()
    hands.join(phone, hands.new_number())
    hands.award(chen, phone, "100")
    hands.hold(phone, "龙井茶一壶")
    for tablet in (chen, su):
        tablet.goto("/desk/")
        expect(tablet.locator("#connection")).to_have_attribute("data-state", "online")
    return chen, su
