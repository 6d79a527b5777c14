"""Fixtures of the laundry's doors: the dry cleaner's, Mei's phone, and a clock that goes on."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.kit.doors import AsMember
from tests.laundry.places import Cleaner
from tests.world import World
from webapp import clock


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


@pytest.fixture
def mei(world: World, as_member: AsMember) -> FlaskClient:
    return as_member(world.mei)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda at: monkeypatch.setattr(clock, "now", lambda: at)
