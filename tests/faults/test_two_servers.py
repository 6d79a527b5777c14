"""Two servers, each with its own processes, before one PostgreSQL: to a customer they are one."""

import http.client
import json
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models import LedgerLine, Purchase, Redemption, Shelf
from tests.faults import people
from tests.faults.people import Line
from tests.kit import pgbox, servers
from webapp import check, clock, config
from webapp.stores import tills

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
CROWD = 12
STOCK = 5
BILLS = 15


def test_two_servers_are_one_shop(pg: pgbox.Box, empty_pg: str, tmp_path: Path) -> None:
    """The same tickets and the same till keys go to both at once: one effect, one answer. The last piece is handed out once."""
    url = pg.create("two_servers", empty_pg)
    home = config.load({"HUITOU_DATA": str(tmp_path / "one"), "HUITOU_DATABASE_URL": url}, Path("no such file"))
    counter = people.open_shop(home, CROWD, stock=STOCK)
    with people.at_home(home):
        _, key = tills.make(counter.world.bath, "两台", None, clock.now())
    (tmp_path / "two").mkdir(mode=0o700)
    (tmp_path / "two" / "secret").write_bytes((home.data / "secret").read_bytes())
    (tmp_path / "two" / "secret").chmod(0o600)
    with (
        servers.running(tmp_path / "one", database_url=url) as one,
        servers.running(tmp_path / "two", database_url=url) as two,
    ):
        ports = (one.port, two.port)
        _redeem_at_both(counter, ports)
        _ring_up_at_both(counter, ports, key)
    with people.at_home(home):
        assert check.run() == []
    pg.drop("two_servers")


def _redeem_at_both(counter: people.Counter, ports: tuple[int, int]) -> None:
    def hold(number: int, port: int) -> str:
        line = Line(lambda: port, counter.phones[number], number, timeout=20)
        answer = line.post(f"/rewards/{counter.reward}/redemptions", ticket=f"ticket of {number}")
        assert answer.status in (303, 422), answer.text[:500]
        return answer.went_to

    came = _at_once([(number, port) for number in range(CROWD) for port in ports], hold)
    for number in range(CROWD):
        assert came[number, ports[0]] == came[number, ports[1]], "the same ticket, the same answer"
    assert len({went_to for went_to in came.values() if went_to}) == STOCK
    with people.at_home(counter.home):
        assert Redemption.select().count() == STOCK
        assert Shelf.get_by_id(counter.shelf).stock == 0


def _ring_up_at_both(counter: people.Counter, ports: tuple[int, int], key: str) -> None:
    code = counter.members[0].code

    def ring_up(number: int, port: int) -> dict[str, Any]:
        body = json.dumps({"amount": 5000 + number, "member": {"code": code}})
        said = {
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": f"bill {number}".replace(" ", "-"),
            "Content-Type": "application/json",
        }
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
            line.request("POST", "/api/v1/purchases", body, said)
            response = line.getresponse()
            assert response.status == 201, response.read()[:500]
            return dict(json.loads(response.read()))

    came = _at_once([(number, port) for number in range(BILLS) for port in ports], ring_up)
    for number in range(BILLS):
        assert came[number, ports[0]] == came[number, ports[1]]
    with people.at_home(counter.home):
        assert Purchase.select().count() == BILLS
        assert LedgerLine.select().where(LedgerLine.kind == "earn").count() == BILLS


def _at_once(asks: list[tuple[int, int]], act: Any) -> dict[tuple[int, int], Any]:
    came: dict[tuple[int, int], Any] = {}
    door = threading.Barrier(len(asks))

    def go(number: int, port: int) -> None:
        door.wait(20)
        came[number, port] = act(number, port)

    threads = [threading.Thread(target=go, args=ask) for ask in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(came) == len(asks)
    return came
