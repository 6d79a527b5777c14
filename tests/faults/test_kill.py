"""kill -9 of everything in turn, in the middle of redemptions over HTTP: what was told to somebody stays true."""

import os
import signal
import time
from pathlib import Path

import pytest

from models import Member
from tests.faults import people
from tests.faults.conftest import Serve
from tests.kit.servers import Shop
from webapp import check, config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WANTED = 300


def test_nothing_that_was_told_is_lost_when_everything_is_killed(settings: config.Settings, serve: Serve) -> None:
    counter = people.open_shop(settings, 8, points=20_000)
    shop = serve()
    crowd = people.Redeemers(counter, lambda: shop.port, WANTED)
    crowd.start()
    for part, victim in enumerate((_web_worker, _web, _background), 1):
        people.wait_for(crowd, WANTED * part // 5)
        os.kill(victim(shop), signal.SIGKILL)
    people.wait_for(crowd, WANTED * 4 // 5)
    family = _family(shop.process.pid)
    shop.process.kill()
    shop.process.wait()
    _wait_until_gone(family)
    shop = serve()
    crowd.finish(60)
    assert crowd.errors == []
    assert crowd.done >= WANTED
    with people.at_home(settings):
        people.assert_kept(crowd.told, counter)
        spent = 8 * 20_000 - sum(Member.get_by_id(member.id).points for member in counter.members)
        assert spent == 10 * len(crowd.told.held)
        assert check.run() == []
    assert "invariants hold" in shop.flask("check")


def _wait_until_gone(pids: list[int]) -> None:
    until = time.monotonic() + 15
    while any(_alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)


def _web(shop: Shop) -> int:
    return next(pid for pid in _children(shop.process.pid) if "webapp.wsgi" in _words(pid))


def _web_worker(shop: Shop) -> int:
    return _children(_web(shop))[-1]


def _background(shop: Shop) -> int:
    return next(pid for pid in _children(shop.process.pid) if "webapp.worker" in _words(pid))


def _family(pid: int) -> list[int]:
    return [pid, *(member for child in _children(pid) for member in _family(child))]


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _words(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
