"""A bag's whole way: fetched from the door, looked at together, washed, sent back by the check, fetched at the counter, and asked about after."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from models import Order
from tests.faults.people import at_home
from tests.journeys import hands
from tests.journeys.conftest import Device
from tests.journeys.hands import Thumb
from tests.kit import browser as kit
from tests.kit.servers import Shop
from webapp import clock, config
from webapp.clock import DAY, HOUR
from webapp.laundry import after

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """A coat from both sides, as the tablet's camera sees it."""
    found = []
    for name, colour in (("front", "#6b6f75"), ("back", "#54585e")):
        picture = Image.new("RGB", (1200, 1600), "#d8d0c2")
        ImageDraw.Draw(picture).polygon(
            [(450, 200), (750, 200), (1050, 500), (900, 1450), (300, 1450), (150, 500)], colour
        )
        found.append(tmp_path / f"{name}.jpg")
        picture.save(found[-1], quality=90)
    return found


def test_from_the_pick_up_at_the_door_to_all_well(
    town: Shop, phone_of: Device, desk_of: Device, photos: list[Path]
) -> None:
    phone, thumb = phone_of(), Thumb()
    hands.join(phone, hands.new_number(), "laundry")
    tablet, colleague = desk_of("wash", "laundry"), desk_of("press", "laundry")

    pickup = _books_a_pick_up(phone)
    _takes_in(tablet, pickup, photos)

    # the yes, in two taps from home
    phone.goto("/")
    thumb.tap(phone.locator("#now a"))
    expect(phone.locator(".photo img").first).to_be_visible()
    expect(phone.locator(".pin-list").first).to_contain_text("红酒")
    assert kit.accessibility_faults(phone) == []
    thumb.tap(phone.get_by_role("button", name="同意，开始洗"))
    expect(phone.locator("#order")).to_have_attribute("data-state", "agreed")
    assert thumb.rested == 2
    order = phone.url.rsplit("/", 1)[1]

    # scanned through the stages; the check is a second person's, and does not let the coat pass
    tablet.goto(f"/desk/orders/{order}")
    tags = sorted(set(re.findall(r"/desk/garments/([0-9A-Z]{8})\b", tablet.content())))
    assert len(tags) == 2
    for stage in ("预处理", "清洗"):
        _scans(tablet, stage, tags)
    expect(phone.locator(".piece-line").first).to_contain_text("清洗 4/6")
    _scans(tablet, "质检", tags[:1], no=True)
    coat = _tag_of(town, order, "coat")
    colleague.goto(f"/desk/garments/{coat}")
    colleague.locator("summary", has_text="检查没过").click()
    colleague.get_by_role("button", name="渍没去掉").click()
    expect(phone.locator(".piece-line", has_text="质检没过")).to_have_count(1)
    _scans(tablet, "预处理", [coat])
    _scans(tablet, "清洗", [coat])
    _scans(colleague, "质检", tags)
    _scans(colleague, "上挂", tags, place="A-12")
    expect(phone.locator("#order")).to_have_attribute("data-state", "ready")
    expect(phone.locator("#order")).to_contain_text("A-12")

    # fetched by the member's own code; points; all well
    tablet.goto(f"/desk/orders/{order}")
    tablet.get_by_label("客人的会员码").fill(hands.digits(phone))
    tablet.get_by_role("button", name="交给客人").click()
    expect(phone.locator("#order")).to_have_attribute("data-state", "collected")
    expect(phone.locator("#order")).to_contain_text(re.compile(r"这一单得了 \d+ 分"))
    with _at_home(town):
        _two_days_later(order)
    phone.goto("/inbox")
    thumb.tap(phone.locator(f"a[href='/orders/{order}']").first)
    thumb.tap(phone.get_by_role("button", name="都很好"))
    expect(phone.locator("#order")).to_contain_text("你说都很好")
    assert thumb.rested == 2
    with _at_home(town):
        assert Order.get(Order.code == order).well is True


def _books_a_pick_up(phone: Page) -> str:
    """The code of the booking."""
    phone.goto("/me/addresses")
    phone.get_by_label("地址").fill("河坊巷 8 号 2 单元 301")
    phone.get_by_role("button", name="存下").click()
    expect(phone.locator("#addresses .line")).to_contain_text("河坊巷")
    phone.goto("/orders")
    phone.get_by_role("link", name="约上门取衣").click()
    phone.locator(".time.is-quiet").first.click()
    phone.get_by_role("button", name="订下").click()
    expect(phone.locator("#booking")).to_have_attribute("data-state", "confirmed")
    return phone.url.rsplit("/", 1)[1]


def _takes_in(tablet: Page, pickup: str, photos: list[Path]) -> None:
    """A coat with two pictures and a stain, and a shirt; then it is sent to the phone."""
    tablet.goto(f"/desk/orders/new?pickup={pickup}")
    tablet.get_by_role("button", name="开始登记").click()
    _puts_in(tablet, "大衣", "灰色", "羊毛")
    _puts_in(tablet, "衬衫", "白色", "棉")
    tablet.locator("#bag a", has_text="大衣").first.click()
    expect(tablet.locator("#garment")).to_be_visible()
    for number, picture in enumerate(photos, 1):
        tablet.locator(".uploader [data-pick]").last.set_input_files(picture)
        if number > 1:
            expect(tablet.locator(".thumbs img")).to_have_count(number)
        else:
            expect(tablet.locator(".pinner img")).to_be_visible()
    _pins(tablet.locator(".pinner [data-spot]"))
    tablet.locator(".pinner").get_by_role("button", name="红酒").click()
    expect(tablet.locator("#garment")).to_contain_text("收进来就有的")
    assert kit.accessibility_faults(tablet) == []
    tablet.get_by_role("link", name="好了，回到这一单").click()
    tablet.get_by_role("button", name="发到客人手机上").click()
    expect(tablet.locator("#order")).to_contain_text("还没认可")


def _puts_in(tablet: Page, what: str, colour: str, fabric: str) -> None:
    add = tablet.locator("#add")
    for choice in (what, colour):
        add.locator(".choice", has_text=choice).first.click()
    add.get_by_role("button", name=fabric, exact=True).click()
    expect(tablet.locator("#bag .lines li", has_text=what)).to_have_count(1)


def _pins(spot: Locator) -> None:
    box = spot.bounding_box()
    assert box is not None
    spot.click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.4})


def _scans(tablet: Page, stage: str, tags: list[str], *, place: str = "", no: bool = False) -> None:
    """A keyboard scanner over one tag after the other; what is on a tag is an address."""
    tablet.goto("/desk/orders/scan")
    tablet.locator(".scan-moves .choice", has_text=stage).click()
    if place:
        tablet.get_by_label("挂在哪里").fill(place)
    for number, tag in enumerate(tags, 1):
        tablet.locator("#code").fill(f"https://example.com/t/{tag}")
        tablet.locator("#code").press("Enter")
        expect(tablet.locator("#scanned .scan")).to_have_count(number)
    expect(tablet.locator("#scanned .scan.no")).to_have_count(len(tags) if no else 0)


def _tag_of(shop: Shop, order: str, kind: str) -> str:
    with _at_home(shop):
        return str(next(g.tag for g in Order.get(Order.code == order).garments if g.kind == kind))


def _two_days_later(order: str) -> None:
    """Time goes by for this order alone; the worker asks at noon."""
    now = clock.now()
    Order.update(ended_at=now - 3 * DAY).where(Order.code == order).execute()
    noon = clock.day_start(now, "Asia/Shanghai") + 12 * HOUR
    after.ask(noon)


def _at_home(shop: Shop):
    return at_home(config.load(shop.environment, Path("no such file")))
