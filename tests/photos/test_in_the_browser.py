"""Taking and pinning photos in a real browser, on the real web server: with scripts and without, and when the network breaks off."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from models import Photo
from tests.kit import browser, servers
from tests.kit.browser import OpenDevice
from tests.photos import images
from tests.world import World
from webapp import access, signins
from webapp.config import Settings
from webapp.photos import pictures

pytestmark = [pytest.mark.only_on("sqlite"), pytest.mark.doors]


@pytest.fixture
def server(settings: Settings, world: World) -> Iterator[int]:
    port = servers.free_ports()
    options = ["--interface", "rsgi", "--http", "1", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HUITOU_", "PROMETHEUS_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "tests.photos.tried:gate", *options],
        cwd=servers.ROOT, env=environment | {"HUITOU_DATA": str(settings.data)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while not _listens(port) and time.monotonic() < until:
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def coat(server: int, world: World, open_device: OpenDevice) -> OpenDevice:
    """coat('phone') -> the page of Mei's coat."""

    def start(kind: str, **more: object) -> Page:
        page = open_device(kind, base_url=f"http://localhost:{server}", **more)
        secret = signins.open_for_member(world.mei, world.laundry, kind, int(time.time()))
        page.context.add_cookies(
            [{"name": access.COOKIES["member"], "value": secret, "domain": "localhost", "path": "/"}]
        )
        page.goto("/coat")
        return page

    return start


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    path = tmp_path / "shot.jpg"
    path.write_bytes(images.file(images.picture(2800, 2100), quality=95))
    return path


def arrived(page: Page, number: int) -> None:
    expect(page.locator("#coat > figure")).to_have_count(number, timeout=20_000)


def choose(page: Page, *files: Path) -> None:
    page.locator("[data-pick][multiple]").set_input_files([str(file) for file in files])


def test_several_photos_go_one_after_the_other_and_are_made_smaller_on_the_way(coat: OpenDevice, shot: Path) -> None:
    page, sizes = coat("phone"), []
    page.on(
        "request",
        lambda request: sizes.append(len(request.post_data_buffer or b"")) if request.method == "POST" else None,
    )
    choose(page, shot, shot)
    arrived(page, 2)
    expect(page.locator(".sending li")).to_have_count(0)
    assert len(sizes) == 2
    assert max(sizes) < shot.stat().st_size
    assert [(photo.width, photo.height) for photo in Photo.select()] == [(2000, 1500)] * 2


def test_what_is_no_photo_stays_in_the_list_with_the_reason_beside_those_that_went_well(
    coat: OpenDevice, shot: Path, tmp_path: Path
) -> None:
    page, letter = coat("phone"), tmp_path / "letter.jpg"
    letter.write_text("a letter")
    choose(page, letter, shot)
    arrived(page, 1)
    expect(page.locator(".sending .failed")).to_contain_text("这个文件不是照片")
    page.get_by_role("button", name="不要了").click()
    expect(page.locator(".sending li")).to_have_count(0)


def test_a_photo_is_sent_again_after_a_cut(coat: OpenDevice, shot: Path, trouble: list[str]) -> None:
    page, asked = coat("phone"), []

    def cut(route: Route) -> None:
        asked.append(1)
        route.abort() if len(asked) < 4 else route.continue_()

    page.route("**/coat/photos", cut)
    choose(page, shot)
    page.get_by_role("button", name="再试一次").click(timeout=15_000)
    arrived(page, 1)
    assert len(asked) == 4, "three times by itself, once by hand"
    assert Photo.select().count() == 1
    trouble.clear()  # the cuts themselves


def test_a_cut_connection_leaves_nothing_behind(server: int, settings: Settings, world: World) -> None:
    secret = signins.open_for_member(world.mei, world.laundry, "phone", int(time.time()))
    body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n' + images.jpeg(900, 900)
    head = (
        f"POST /coat/photos HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nCookie: huitou={secret}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server)) as line:
        line.sendall(head.encode() + body[: len(body) // 2])
        time.sleep(0.3)
    with socket.create_connection(("127.0.0.1", server)) as line:
        line.sendall(head.encode() + body + b"\r\n--x--\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 303")
    assert Photo.select().count() == 1
    left = [
        path
        for path in settings.data.rglob("*")
        if path.is_file() and (path.suffix == ".jpg" or path.name.startswith((".half", "tmp")))
    ]
    assert len(left) == 2, left


@pytest.mark.parametrize("size", [13_000_000, 50_000_000])
def test_a_file_far_too_large_is_refused_in_words(size: int, coat: OpenDevice, tmp_path: Path) -> None:
    page, film = coat("tablet", java_script_enabled=False), tmp_path / "film.mp4"
    film.write_bytes(bytes(size))
    page.get_by_label("照片").set_input_files(str(film))
    page.get_by_role("button", name="上传").click()
    expect(page.locator("main")).to_contain_text("照片太大了，最多 12 MB")


def test_what_the_server_would_refuse_for_its_size_is_not_even_sent(
    coat: OpenDevice, tmp_path: Path, trouble: list[str]
) -> None:
    page, film, posts = coat("phone"), tmp_path / "film.mp4", []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    film.write_bytes(bytes(13_000_000))
    choose(page, film)
    expect(page.locator(".sending .failed")).to_have_text("照片太大了，最多 12 MB")
    assert not posts


def test_without_scripts_it_is_a_plain_form(coat: OpenDevice, shot: Path, server: int) -> None:
    page = coat("tablet", java_script_enabled=False)
    page.get_by_label("照片").set_input_files(str(shot))
    page.get_by_role("button", name="上传").click()
    arrived(page, 1)
    page.get_by_label("左右位置").fill("250")
    page.get_by_label("上下位置").fill("750")
    page.get_by_role("button", name="破洞").click()
    assert page.request.get("/coat/pins").text() == "250,750,tear"
    browser.screenshot(page, "photos-without-scripts")


def test_a_tap_on_the_photo_puts_a_pin_there(coat: OpenDevice, shot: Path) -> None:
    page = coat("tablet")
    choose(page, shot)
    spot, what = page.locator("[data-spot]"), page.get_by_role("button", name="油渍")
    expect(what).to_be_hidden()
    box = spot.bounding_box()
    assert box
    spot.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.8})
    what.click()
    expect(page.locator("[data-spot] .pin")).to_have_count(2)
    x, y, kind = page.request.get("/coat/pins").text().split(",")
    assert abs(int(x) - 300) <= 3
    assert abs(int(y) - 800) <= 3
    assert kind == "stain"
    browser.screenshot(page, "photos-pinned")


def test_a_pin_can_be_dragged_and_moved_by_keys(coat: OpenDevice, shot: Path) -> None:
    page = coat("laptop")
    choose(page, shot)
    page.locator("[name=x]").focus()
    pin, spot = page.locator(".pin.new .spot"), page.locator("[data-spot]")
    expect(pin).to_be_visible()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert _fields(page) == (470, 490)
    spot.scroll_into_view_if_needed()
    box, here = spot.bounding_box(), pin.bounding_box()
    assert box
    assert here
    page.mouse.move(here["x"] + here["width"] / 2, here["y"] + here["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.25, steps=4)
    page.mouse.up()
    x, y = _fields(page)
    assert abs(x - 900) <= 4
    assert abs(y - 250) <= 4
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    assert _fields(page) == (x, y), "let go"


def _fields(page: Page) -> tuple[int, int]:
    return int(page.locator("[name=x]").input_value()), int(page.locator("[name=y]").input_value())


@pytest.mark.parametrize("size", [(1600, 500), (500, 1600)], ids=["wide", "high"])
def test_pins_are_round_at_any_ratio(size: tuple[int, int], coat: OpenDevice, tmp_path: Path) -> None:
    page, path = coat("phone"), tmp_path / "odd.jpg"
    path.write_bytes(images.jpeg(*size))
    choose(page, path)
    spot = page.locator("[data-spot]")
    spot.click(position={"x": 30, "y": 40})
    page.get_by_role("button", name="破洞").click()
    for place in ("[data-spot]", "#coat > figure", ".photos-beside"):
        box = page.locator(f"{place} .pin:not(.new) .spot").first.bounding_box()
        assert box
        assert abs(box["width"] - box["height"]) < 0.5, place
        assert box["width"] > 20, place
    assert not browser.overflow(page)
    assert not browser.small_targets(page)
    assert not browser.accessibility_faults(page)


def test_ten_photos_at_once_all_arrive(server: int, world: World, coat: OpenDevice, tmp_path: Path) -> None:
    pages = [coat("phone") for _ in range(2)]
    files = []
    for n in range(10):
        files.append(tmp_path / f"{n}.jpg")
        files[-1].write_bytes(images.jpeg(3000 + n, 2000))
    for n, page in enumerate(pages):
        choose(page, *files[n * 5 : n * 5 + 5])
    for page in pages:
        expect(page.locator(".sending li")).to_have_count(0, timeout=30_000)
    assert Photo.select().count() == 10
    assert len({photo.hash for photo in Photo.select()}) == 10
    assert all(pictures.path(photo).exists() for photo in Photo.select())
