"""Fixtures: phones and tablets of one real browser, the system's Chromium, as Playwright drives it.

`phone`, `phone_small` and `tablet` are pages with cookies of their own, so one test can hold two of them at once. When the test ends,
anything the pages complained about (a script error, a refused resource, an answer of 500) fails it; `trouble` is that list.
`CHROMIUM` names another browser. Under the app's strict policy `page.wait_for_function` cannot work; `expect()` and `evaluate` do.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Response,
    sync_playwright,
)

from tests.kit import camera as film_maker
from tests.kit import needs

HERE = Path(__file__).parent
AXE = (HERE / "axe-core@4.14.1" / "axe.min.js").read_text("utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# A browser that phones home is slow where there is no home to phone.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHINA: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
HAND: dict[str, Any] = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, **HAND, **CHINA},
    "phone_small": {"viewport": {"width": 360, "height": 640}, **HAND, **CHINA},
    "tablet": {"viewport": {"width": 1180, "height": 820}, **HAND, **CHINA},
    "laptop": {"viewport": {"width": 1440, "height": 900}, **CHINA},
}
# Chromium drops a slide between two pages when it has no time for it, and reports a promise that no page can reach. Nobody sees it.
NOT_OURS = "Transition was aborted because of invalid state. ViewTransition opt-in disabled"

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL_TARGETS = """least => [...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, summary, a.button, nav a')]
  .map(element => [element, (element.closest('label') ?? element).getBoundingClientRect()])
  .filter(([element, box]) => element.checkVisibility() && box.width && (box.width < least || box.height < least))
  .map(([element, box]) => `${element.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
OpenDevice = Callable[..., Page]
Camera = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "playwright" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program. The headless shell is twice as fast as the whole browser and a quarter of its size."""
    names = (os.environ.get("CHROMIUM", ""), "chromium-headless-shell", "chromium")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        needs.missing("no Chromium here: apt-get install chromium-headless-shell fonts-wqy-microhei")
    return found


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    yield started
    started.close()


@pytest.fixture
def trouble() -> Iterator[list[str]]:
    """What the pages complained about. A test that provokes a complaint takes it out of the list."""
    heard: list[str] = []
    yield heard
    assert not heard, "the pages complained:\n" + "\n".join(heard)


@pytest.fixture
def open_device(browser: Browser, trouble: list[str]) -> Iterator[OpenDevice]:
    """open_device('phone', base_url=…, locale='en-GB', …) -> Page with cookies of its own."""
    contexts: list[BrowserContext] = []

    def start(kind: str, **more: Any) -> Page:
        contexts.append(browser.new_context(**{**DEVICES[kind], **more}))
        return listen(contexts[-1].new_page(), trouble)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def phone(open_device: OpenDevice) -> Page:
    return open_device("phone")


@pytest.fixture
def phone_small(open_device: OpenDevice) -> Page:
    return open_device("phone_small")


@pytest.fixture
def tablet(open_device: OpenDevice) -> Page:
    return open_device("tablet")


@pytest.fixture
def laptop(open_device: OpenDevice) -> Page:
    return open_device("laptop")


@pytest.fixture
def camera(playwright: Playwright, chromium: str, trouble: list[str], tmp_path: Path) -> Iterator[Camera]:
    """camera(text, scene='clear', kind='phone') -> Page of a browser whose camera sees that QR code."""
    browsers: list[Browser] = []

    def start(text: str, scene: str = "clear", kind: str = "phone", **more: Any) -> Page:
        film = film_maker.film(tmp_path / f"film{len(browsers)}.mjpeg", text, scene)
        browsers.append(playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *film_maker.flags(film)]))
        context = browsers[-1].new_context(**{**DEVICES[kind], "permissions": ["camera"], **more})
        return listen(context.new_page(), trouble)

    yield start
    for started in browsers:
        started.close()


def listen(page: Page, trouble: list[str]) -> Page:
    """Write down what this page complains about. A refused form (4xx) is an answer, not a complaint; a missing file is one."""

    def console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            trouble.append(f"{page.url}: console: {message.text}")

    def answer(response: Response) -> None:
        part = response.request.resource_type not in ("document", "xhr", "fetch", "eventsource")
        if response.status >= 500 or (part and response.status >= 400):
            trouble.append(f"{page.url}: {response.status} {response.request.method} {response.url}")

    page.on("console", console)
    page.on("response", answer)

    def broken(error: Error) -> None:
        if error.message != NOT_OURS:
            trouble.append(f"{page.url}: script: {error}")

    page.on("pageerror", broken)
    return page


def accessibility_faults(page: Page, ignore: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> list[str]:
    """What axe finds on the page as it is now, by all its rules or `only` these: one line per rule and place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    asked = {"type": "rule", "values": only} if only else {"type": "tag", "values": STANDARDS}
    found = page.evaluate("asked => axe.run(document, {runOnly: asked, resultTypes: ['violations']})", asked)
    return [
        f"{fault['id']} ({fault['impact']}): {' '.join(map(str, node['target']))}: {node['html'][:120]}"
        for fault in found["violations"]
        if fault["id"] not in ignore
        for node in fault["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page can be pushed sideways; 0 is right."""
    return int(page.evaluate(OVERFLOW))


def small_targets(page: Page, least: int = 44) -> list[str]:
    """Visible buttons, links that stand alone, and fields that a wet thumb would miss."""
    return list(page.evaluate(SMALL_TARGETS, least))


def screenshot(page: Page, name: str) -> None:
    """A picture in the folder that HUITOU_SHOTS names, for people to look at; nothing when it is not set."""
    if folder := os.environ.get("HUITOU_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
