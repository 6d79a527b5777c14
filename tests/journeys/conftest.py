"""Fixtures: one lived-in town for all stories of a run, people who are signed in, and a reader of QR codes.

`town` is one server with the demo; each story has members of its own in it, so that they do not step on each other's feet.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import hands
from tests.kit.browser import OpenDevice
from tests.kit.servers import Shop, running

ReadCode = Callable[[bytes], str]
Device = Callable[..., Page]
PATIENCE = 10_000  # milliseconds for one tap or one page
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def town(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("town") / "data"
    shutil.copytree(demo_folder, folder)
    with running(folder) as server:
        yield server


@pytest.fixture
def phone_of(open_device: OpenDevice, town: Shop) -> Device:
    """phone_of('13800000003', kind='phone', …) -> a phone on which that member is signed in; without a number, a stranger's."""

    def give(number: str = "", kind: str = "phone", **more: Any) -> Page:
        page = open_device(kind, base_url=town.url, **more)
        page.set_default_timeout(PATIENCE)
        if number:
            hands.sign_in_member(page, number)
        return page

    return give


@pytest.fixture
def desk_of(open_device: OpenDevice, town: Shop) -> Device:
    """desk_of('clerk', store='bath', …) -> a tablet on which that colleague has just signed in."""

    def give(username: str = "clerk", store: str = "bath", kind: str = "tablet", **more: Any) -> Page:
        page = open_device(kind, base_url=town.url, **more)
        page.set_default_timeout(PATIENCE)
        hands.sign_in_staff(page, username, store)
        return page

    return give


@pytest.fixture
def read_code(desk_of: Device) -> ReadCode:
    """read_code(png) -> the text in the QR code of that picture, as the app's own reader sees it."""
    scanner = desk_of("senior")
    scanner.goto("/desk/scan")
    return lambda png: hands.read_code(scanner, png)
