"""The tablet reads the member's code: by camera in every light, by a USB scanner, by photo, by six digits — or says another way."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.journeys.conftest import Device, ReadCode
from tests.kit.browser import Camera
from tests.kit.servers import Shop

WHO, NAME = "13800000008", "Alex Martin"


@pytest.fixture
def member(phone_of: Device) -> Page:
    phone = phone_of(WHO)
    phone.goto("/code")
    return phone


@pytest.mark.parametrize("scene", ["clear", "small", "tilted", "dark"])
def test_the_camera_opens_the_card(scene: str, member: Page, read_code: ReadCode, camera: Camera, town: Shop) -> None:
    text = read_code(member.locator("#code .qr").screenshot())
    tablet = camera(text, scene, "tablet", base_url=town.url)
    hands.sign_in_staff(tablet, "clerk")
    tablet.goto("/desk/scan")
    expect(tablet.locator("#face")).to_contain_text(NAME, timeout=8000)


def test_a_photo_opens_the_card(member: Page, desk_of: Device, tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    member.locator("#code .qr").screenshot(path=picture)
    tablet = desk_of()
    tablet.goto("/desk/scan")
    tablet.locator("input[type=file]").set_input_files(picture)
    expect(tablet.locator("#face")).to_contain_text(NAME)


def test_a_photo_of_something_else_is_told(desk_of: Device, tmp_path: Path) -> None:
    tablet, picture = desk_of(), tmp_path / "cat.png"
    tablet.goto("/desk/scan")
    tablet.screenshot(path=picture)
    tablet.locator("input[type=file]").set_input_files(picture)
    expect(tablet.locator("[data-said]")).to_contain_text("没认出码")


def test_six_digits_on_the_pad_open_the_card(member: Page, desk_of: Device) -> None:
    tablet = desk_of()
    tablet.goto("/desk/scan")
    hands.type_on_pad(tablet, hands.digits(member))
    tablet.get_by_role("button", name="打开会员").click()
    expect(tablet.locator("#face")).to_contain_text(NAME)


def test_a_usb_scanner_types_and_presses_enter(member: Page, desk_of: Device, read_code: ReadCode) -> None:
    text, tablet = read_code(member.locator("#code .qr").screenshot()), desk_of()
    tablet.goto("/desk/scan")
    tablet.locator("#code").blur()
    tablet.keyboard.type(text)
    tablet.keyboard.press("Enter")
    expect(tablet.locator("#face")).to_contain_text(NAME)


_NO_CAMERA = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '%s'));"


@pytest.mark.parametrize(
    ("fault", "words"),
    [("NotAllowedError", "没给相机权限"), ("NotFoundError", "没有相机"), ("NotReadableError", "相机打不开")],
)
def test_without_a_camera_there_is_another_way(fault: str, words: str, member: Page, desk_of: Device) -> None:
    tablet = desk_of()
    tablet.add_init_script(_NO_CAMERA % fault)
    tablet.goto("/desk/scan")
    expect(tablet.locator("[data-said]")).to_contain_text(words)
    tablet.locator("#code").fill(hands.digits(member))
    tablet.get_by_role("button", name="打开会员").click()
    expect(tablet.locator("#face")).to_contain_text(NAME)


def test_what_is_no_code_is_told_in_words(desk_of: Device) -> None:
    tablet = desk_of()
    tablet.goto("/desk/scan")
    tablet.locator("#code").fill("https://example.com/nonsense")
    tablet.get_by_role("button", name="打开会员").click()
    expect(tablet.locator("form [role=alert], form .error").first).to_be_visible()
