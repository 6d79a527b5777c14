"""The judges themselves: each must be able to say no."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.kit import browser as kit
from tests.kit import camera as film_maker

GOOD = (
    '<!doctype html><html lang="zh-CN"><head><title>会员</title><meta name="viewport" content="width=device-width"></head>'
    '<body><main><h1>会员</h1><button style="min-height:48px;min-width:48px">领</button></main></body></html>'
)
BAD = (
    "<!doctype html><html><head><title>x</title></head><body><input style='height:20px'>"
    "<p style='color:#bbb;background:#fff;width:4000px'>看不清</p><script>throw new Error('oops')</script></body></html>"
)
CAMERA = """<!doctype html><html lang="en"><title>camera</title><video id="v" autoplay muted playsinline></video><p id="size"></p><script>
navigator.mediaDevices.getUserMedia({video: true}).then(stream => { v.srcObject = stream; setInterval(() => {
const paper = document.createElement('canvas'); paper.width = v.videoWidth; paper.height = v.videoHeight;
const ink = paper.getContext('2d'); ink.drawImage(v, 0, 0); const seen = ink.getImageData(0, 0, paper.width, paper.height).data;
let light = 0, dark = 0; for (let i = 0; i < seen.length; i += 4) { if (seen[i] < 60) dark++; if (seen[i] > 70) light++; }
size.textContent = `${paper.width}x${paper.height} ${dark > 2000 && light > 2000 ? 'code' : 'nothing'}`; }, 100) })</script></html>"""


class _Pages(BaseHTTPRequestHandler):
    pages = {"/good": GOOD, "/bad": BAD, "/camera": CAMERA}

    def do_GET(self) -> None:
        body = self.pages.get(self.path, "").encode()
        self.send_response(200 if body else 500)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_good_page_passes(phone: Page, site: str) -> None:
    phone.goto(f"{site}/good")
    assert kit.accessibility_faults(phone) == []
    assert kit.overflow(phone) == 0
    assert kit.small_targets(phone) == []


def test_a_bad_page_is_caught(phone: Page, site: str, trouble: list[str]) -> None:
    phone.goto(f"{site}/bad")
    faults = " ".join(kit.accessibility_faults(phone))
    assert "html-has-lang" in faults
    assert "label" in faults
    assert "color-contrast" in faults
    contrast = kit.accessibility_faults(phone, only=("color-contrast",))
    assert contrast
    assert all(fault.startswith("color-contrast") for fault in contrast)
    assert kit.overflow(phone) > 3000
    assert len(kit.small_targets(phone)) == 1
    assert any("oops" in line for line in trouble)
    trouble.clear()


def test_an_answer_of_500_is_heard(phone: Page, site: str, trouble: list[str]) -> None:
    phone.goto(f"{site}/broken")
    assert any(" 500 GET " in line for line in trouble)
    trouble.clear()


def test_phone_and_tablet_are_two_people(phone: Page, tablet: Page, site: str) -> None:
    phone.goto(f"{site}/good")
    tablet.goto(f"{site}/good")
    phone.evaluate("document.cookie = 'who=phone'")
    assert tablet.evaluate("document.cookie") == ""
    assert phone.evaluate("[innerWidth, matchMedia('(pointer: coarse)').matches, navigator.language]") == [
        390,
        True,
        "zh-CN",
    ]
    assert tablet.evaluate("[innerWidth, Intl.DateTimeFormat().resolvedOptions().timeZone]") == [1180, "Asia/Shanghai"]


@pytest.mark.parametrize("scene", sorted(film_maker.SCENES))
def test_the_camera_sees_the_code(camera: kit.Camera, site: str, scene: str) -> None:
    page = camera("https://shop.example/s/bath", scene)
    page.goto(f"{site}/camera")
    expect(page.locator("#size")).to_have_text("640x480 code")
