"""Hundreds of clients that never finish their request: everybody else is served as if they were not there."""

import time
from pathlib import Path

import pytest

from tests.faults import people
from tests.faults.people import Line
from tests.kit import servers, slow_clients
from webapp import config

pytestmark = pytest.mark.slow
SLOW = 400


@pytest.mark.parametrize("part", [slow_clients.HEAD, slow_clients.BODY], ids=["heads", "bodies"])
def test_four_hundred_slow_clients_keep_nobody_waiting(tmp_path: Path, part: bytes) -> None:
    home = people.install(config.load({"HUITOU_DATA": str(tmp_path / "data")}, Path("no such file")))
    counter = people.open_shop(home, 1)
    with servers.running(home.data) as shop:
        phone = Line(lambda: shop.port, counter.phones[0], timeout=10)
        assert phone.get("/me").status == 200
        with slow_clients.crowd(shop.port, SLOW, begin=part) as slow:
            took = sorted(_visit(phone, number) for number in range(16))
            assert slow.open == SLOW, "the others were there all the time"
        # One breath of a machine that does other things besides is forgiven.
        assert took[-2] < 1, took


def _visit(phone: Line, number: int) -> float:
    """How long a page takes somebody whose browser opens a new line."""
    time.sleep(0.25)
    phone.close()
    begun = time.monotonic()
    assert phone.get("/me" if number % 2 else "/healthz").status == 200
    return time.monotonic() - begun
