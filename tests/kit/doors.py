"""Fixtures: the named people, the app, and a browser without a screen for each of them.

`world` is the people on an otherwise empty database; `app` the application on it. `as_member(world.mei)` and `as_staff(world.chen)`
are Flask test clients signed in with a real cookie; `visitor` is one who is not. All say what a browser says about where they come from.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from peewee import Database

from models import Member, Staff, Store
from tests.kit import copies
from tests.kit.databases import Place
from tests.world import NOON, World
from webapp import access, clock, create_app, signins

AsMember = Callable[[Member], FlaskClient]
AsStaff = Callable[..., FlaskClient]


SLOWER = {"app", "own_shop", "shop", "town", "demo_folder"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need the whole application, or a server, are marked: the fast run is for rules."""
    for item in items:
        if SLOWER.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("doors")


class Browser(FlaskClient):
    """A test client that sends what real browsers send with every request of our own pages."""

    def open(self, *args: Any, htmx: bool = False, **kwargs: Any) -> Any:
        headers = dict(kwargs.pop("headers", None) or {})
        headers.setdefault("Sec-Fetch-Site", "same-origin")
        headers.setdefault("Accept-Language", "zh-CN")
        if htmx:
            headers |= {"HX-Request": "true", "HX-Request-Type": "partial"}
        return super().open(*args, headers=headers, **kwargs)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> int:
    """It is NOON of the tests' day for everything that asks the clock; `clock.now` may be moved on from there."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return NOON


@pytest.fixture
def world(database: Database, at: int) -> World:
    return copies.of(World, at)


@pytest.fixture(scope="session")
def counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All applications of one test run count in one folder, because the library opens its files once."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(tmp_path_factory.mktemp("metrics"))


@pytest.fixture
def app(place: Place, database: Database, counted: None) -> Flask:
    """One for all tests of a place; whoever changes it makes an own one."""
    if "app" not in place.made:
        place.made["app"] = made(place)
    app: Flask = place.made["app"]
    app.extensions["limits"].reset()
    app.extensions["limits"].enabled = True
    app.extensions.pop("shop_open", None)
    return app


def made(place: Place) -> Flask:
    """The application on this place, with browsers for test clients."""
    app = create_app(place.settings)
    app.testing = False
    app.test_client_class = Browser
    place.open()  # it has opened the database once more
    return app


@pytest.fixture
def visitor(app: Flask, world: World) -> FlaskClient:
    """Somebody who has just scanned the poster."""
    return app.test_client()


@pytest.fixture
def as_member(app: Flask, world: World) -> AsMember:
    def sign_in(member: Member) -> FlaskClient:
        client = app.test_client()
        secret = signins.open_for_member(member, world.bath, "test", clock.now())
        client.set_cookie(access.COOKIES["member"], secret)
        return client

    return sign_in


@pytest.fixture
def as_staff(app: Flask, world: World) -> AsStaff:
    def sign_in(staff: Staff, store: Store | None = None) -> FlaskClient:
        client = app.test_client()
        now = clock.now()
        secret = signins.open_for_desk(staff, store or staff.store or world.bath, "test", now, now + 12 * clock.HOUR)
        client.set_cookie(access.COOKIES["desk"], secret)
        return client

    return sign_in
