"""The pictures of the README: the demo's home on a phone and its desk on a tablet. Run by `scripts/screenshots`."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.kit import browser, servers

FOLDER = servers.ROOT / "docs" / "images"
OURS = {"Sec-Fetch-Site": "same-origin"}
COLOURS = 192  # a palette makes the files a third as large; the eye does not see it


def main() -> None:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.running(Path(folder) / "data", "--demo") as shop,
        sync_playwright() as playwright,
    ):
        started = playwright.chromium.launch(executable_path=program, args=browser.FLAGS)
        _phone(_device(started, "phone", shop.url))
        _tablet(_device(started, "tablet", shop.url))
        started.close()
    for path in sorted(FOLDER.glob("*.png")):
        print(path.relative_to(servers.ROOT), path.stat().st_size)


def _device(started: Any, kind: str, url: str) -> Page:
    page: Page = started.new_context(base_url=url, **browser.DEVICES[kind]).new_page()
    return page


def _phone(page: Page) -> None:
    _post(page, "/sign-in/pin", phone="13800000001", pin="246810")
    page.goto("/s/bath")
    page.get_by_role("button", name="就在这家店").click()
    page.locator("#card").wait_for()
    _keep(page, "phone-home")


def _tablet(page: Page) -> None:
    _post(page, "/desk/sign-in", username="clerk", password=servers.DEMO_PASSWORD, store="bath")
    page.goto("/desk/")
    page.locator("#queue .ticket.redeem").first.click()
    page.locator("#side #face").wait_for()
    _keep(page, "tablet-desk")


def _post(page: Page, address: str, **form: str) -> None:
    assert page.request.post(address, form={**form, "ticket": secrets.token_hex(16)}, headers=OURS).ok


def _keep(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    page.wait_for_timeout(400)  # until everything has slid in
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main()
