"""PostgreSQL dies, or hangs, under a running shop: everybody hears so in time, nothing is done twice, and it heals by itself."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from models import Redemption, Store
from tests.faults import people
from tests.faults.people import Answer, Counter, Line
from tests.kit import needs, pgbox, servers
from tests.kit.servers import Shop
from webapp import check, clock, config, live, worker
from webapp.clock import MINUTE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SOON = 3.0
BACK = 5.0
SLACK = 1.0  # a machine that runs other tests meanwhile


@pytest.fixture
def box() -> Iterator[pgbox.Box]:
    try:
        pgbox.binaries()
    except pgbox.Missing as why:
        needs.missing(str(why))
    with pgbox.running(durable=True) as started:
        yield started


@pytest.fixture
def home(box: pgbox.Box, tmp_path: Path) -> config.Settings:
    given = {"HUITOU_DATA": str(tmp_path / "data"), "HUITOU_DATABASE_URL": box.create("shop")}
    return people.install(config.load(given, Path("no such file")))


def test_a_shop_outlives_its_database(box: pgbox.Box, home: config.Settings) -> None:
    counter = people.open_shop(home, 2)
    with servers.running(home.data, database_url=home.database_url) as shop:
        phone, tablet = _people(shop, counter)
        stream = Listener(shop, counter.world.bath)
        hold = f"/rewards/{counter.reward}/redemptions"
        assert phone.get("/me").status == 200
        assert stream.is_greeted_within(BACK)
        box.kill()
        for line, path in ((phone, "/me"), (tablet, "/desk/"), (phone, "/join"), (phone, "/rewards")) * 2:
            _told_in_time(line, path)
        lost, took = _timed(lambda: phone.post(hold, ticket="the same ticket"))
        assert (lost.status, took < SOON + SLACK) == (503, True)
        assert phone.get("/healthz").status == 200
        box.start()
        _healthy_in_time(phone, tablet)
        held = phone.post(hold, ticket="the same ticket")
        again = phone.post(hold, ticket="the same ticket")
        assert (held.status, again.went_to) == (303, held.went_to)
        assert stream.rings_within(BACK)
        # The same connections, dead twice: nobody notices a restart that happened while nobody asked.
        box.kill()
        box.start()
        assert [phone.get("/me").status for _ in range(4)] == [200] * 4
        code = held.went_to.rpartition("/")[2]
        approved = tablet.post(f"/desk/redemptions/{code}/approval")
        assert approved.status == 303
        assert shop.process.poll() is None
    with people.at_home(home):
        assert [row.state for row in Redemption.select()] == ["captured"]
        assert check.run() == []


def test_a_database_that_hangs_makes_nobody_wait_longer_than_three_seconds(
    box: pgbox.Box, home: config.Settings
) -> None:
    counter = people.open_shop(home, 6)
    with servers.running(home.data, database_url=home.database_url) as shop:
        phones = [Line(lambda: shop.port, cookie, n, timeout=15) for n, cookie in enumerate(counter.phones)]
        assert {phone.get("/me").status for phone in phones} == {200}
        with box.frozen():
            came: list[tuple[Answer, float]] = []
            crowd = [
                threading.Thread(target=lambda one=phone: came.append(_timed(lambda: one.get("/me"))))
                for phone in phones
            ]
            for thread in crowd:
                thread.start()
            for thread in crowd:
                thread.join()
        assert {answer.status for answer, _ in came} == {503}
        assert max(took for _, took in came) < SOON + SLACK
        _healthy_in_time(*phones)


def test_the_worker_outlives_its_database(box: pgbox.Box, home: config.Settings) -> None:
    people.open_shop(home, 1)
    jobs = [job for job in worker.jobs() if job.every == "minute"]
    with people.at_home(home):
        at = clock.now()
        assert [worker.attempt(job, home, at) for job in jobs] == [True] * len(jobs)
        box.kill()
        assert [worker.attempt(job, home, at + MINUTE) for job in jobs] == [False] * len(jobs)
        box.start()
        assert [worker.attempt(job, home, at + MINUTE) for job in jobs] == [True] * len(jobs)


class Listener:
    """A tablet's live stream: it listens again whenever the line breaks, as browsers do."""

    def __init__(self, shop: Shop, store: Store) -> None:
        self._port, self._ticket = shop.port + 1, live.ticket(store.id, clock.now())
        self._greeted, self._rings = threading.Event(), threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def is_greeted_within(self, seconds: float) -> bool:
        """The first "changed" is the greeting of a process that has just begun to look."""
        return self._greeted.wait(seconds)

    def rings_within(self, seconds: float) -> bool:
        return self._rings.wait(seconds)

    def _listen(self) -> None:
        with closing(socket.create_connection(("127.0.0.1", self._port))) as line:
            line.sendall(f"GET /live?ticket={self._ticket} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            heard = b""
            while piece := line.recv(4096):
                heard += piece
                if b"data: changed" in heard:
                    self._greeted.set()
                if heard.count(b"data: changed") >= 2:
                    self._rings.set()
                    return


def _people(shop: Shop, counter: Counter) -> tuple[Line, Line]:
    return Line(lambda: shop.port, counter.phones[0], 1, timeout=15), Line(
        lambda: shop.port, counter.tablets[0], 2, timeout=15
    )


def _timed(act) -> tuple[Answer, float]:
    begun = time.monotonic()
    return act(), time.monotonic() - begun


def _told_in_time(line: Line, path: str) -> None:
    answer, took = _timed(lambda: line.get(path))
    assert took < SOON + SLACK, f"{path}: {took:.1f} s"
    assert answer.status == 503, f"{path}: {answer.status}"
    assert "几秒后再试" in answer.text
    assert int(answer.headers["retry-after"]) <= 60
    assert "Traceback" not in answer.text


def _healthy_in_time(*lines: Line) -> None:
    until = time.monotonic() + BACK + SLACK
    while time.monotonic() < until:
        if all(line.get("/desk/" if "desk" in line.cookie else "/me").status == 200 for line in lines):
            return
        time.sleep(0.1)
    pytest.fail(f"not healthy {BACK} s after the database was back")
