"""Who stands where in the tests of these pages: a bath house that can be booked, a tablet at its counter, a member's phone."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from models import Booking, Service
from tests.bookings.pages import EVENING
from tests.bookings.places import Bath, moment, resource, service
from tests.kit.doors import AsStaff
from tests.world import World
from webapp import clock


@pytest.fixture
def bath(world: World) -> Bath:
    return Bath(world)


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.chen)


@pytest.fixture
def manager(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.lin)


@pytest.fixture
def asked(bath: Bath) -> Booking:
    """Mei asks for a massage tomorrow at three."""
    return bath.book(bath.world.mei, moment("15:00"), 1, what=bath.massage)


@pytest.fixture
def booked(bath: Bath) -> Booking:
    """Mei has a family bath tomorrow at seven."""
    return bath.book(bath.world.mei, moment("19:00"))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def move(at: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)

    return move


@pytest.fixture
def van(world: World) -> Service:
    small = resource(world.laundry, "小货车", kind="van", capacity=2, shared=True)
    return service(world.laundry, "上门取衣", [small], kind="pickup", minutes=120, step_minutes=60)


@pytest.fixture
def full(bath: Bath, world: World) -> list[Booking]:
    return [bath.book(world.member(name), EVENING, 4) for name in ("甲", "乙")]
