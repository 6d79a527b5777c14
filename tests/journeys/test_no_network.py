"""In the cellar of a bath house: the code still opens and says how old it is; everything else is honest."""

import re
from io import BytesIO

from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Device


def test_the_code_opens_without_a_network_until_sign_out(phone_of: Device) -> None:
    phone = phone_of("13800000004")
    phone.goto("/")
    _wait_for_the_keeper(phone)
    phone.goto("/code")
    digits = phone.locator("#code .digits [aria-hidden]").inner_text()
    expect(phone.locator("#offline-note")).to_be_hidden()

    phone.context.set_offline(True)
    phone.goto("/code")
    expect(phone.locator("#code .digits [aria-hidden]")).to_have_text(digits)
    expect(phone.locator("#code .qr svg")).to_be_visible()
    expect(phone.locator("#offline-note")).to_contain_text(re.compile(r"上次余额 [\d\s,]+ 分 · \d{2}:\d{2}"))
    phone.goto("/rewards")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    expect(phone.locator("main")).to_contain_text("网络")

    phone.context.set_offline(False)
    phone.goto("/me")
    phone.get_by_role("button", name="退出登录").click()
    expect(phone.get_by_role("link", name="登录")).to_be_visible()
    phone.context.set_offline(True)
    phone.goto("/code")
    expect(phone.locator("#code")).to_have_count(0)
    assert phone.evaluate("caches.keys().then(names => names.includes('own-1'))") is False


def test_nothing_else_that_is_personal_is_kept(phone_of: Device) -> None:
    phone = phone_of("13800000004")
    phone.goto("/")
    _wait_for_the_keeper(phone)
    for address in ("/code", "/points", "/me", "/rewards", "/inbox"):
        phone.goto(address)
    kept = phone.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"
        ".then(found => found.flat().map(request => new URL(request.url).pathname))"
    )
    assert [path for path in kept if not path.startswith(("/static/", "/offline"))] == ["/code"]
    assert phone.evaluate("localStorage.length + sessionStorage.length") == 0


def test_it_can_be_put_on_the_home_screen(phone_of: Device) -> None:
    phone = phone_of("13800000004")
    phone.goto("/")
    link = phone.locator("link[rel=manifest]").get_attribute("href")
    assert link
    manifest = phone.request.get(link).json()
    assert manifest["display"] == "standalone"
    assert manifest["start_url"].startswith("/")
    assert manifest["name"]
    assert manifest["background_color"]
    sizes = {}
    for icon in manifest["icons"]:
        answer = phone.request.get(icon["src"])
        assert answer.ok
        if icon["type"] == "image/png":
            picture = Image.open(BytesIO(answer.body()))
            assert icon["sizes"] == f"{picture.width}x{picture.height}"
            sizes[icon.get("purpose", "any"), picture.width] = True
    assert {("any", 192), ("any", 512), ("maskable", 512)} <= set(sizes)


def _wait_for_the_keeper(phone: Page) -> None:
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.reload()
    assert phone.evaluate("Boolean(navigator.serviceWorker.controller)")
