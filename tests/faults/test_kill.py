"""kill -9 of everything in turn, in the middle of a thousand redemptions over HTTP: what was told to somebody stays true."""

import os
import random
import signal

import pytest

from models import Member
from tests.faults import people
from tests.faults.conftest import Serve
from tests.kit import processes
from tests.kit.servers import Shop
from webapp import check, config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WANTED = 1000
POINTS = 20_000


def test_nothing_that_was_told_is_lost_when_everything_is_killed(settings: config.Settings, serve: Serve) -> None:
    """Each victim dies at a moment that nobody has chosen, with eight members and eight clerks waiting for an answer."""
    counter = people.open_shop(settings, 8, points=POINTS)
    shop = serve()
    crowd = people.Redeemers(counter, lambda: shop.port, WANTED)
    crowd.start()
    moments = sorted(random.sample(range(WANTED // 10, WANTED * 9 // 10), 4))
    for moment, victim in zip(moments[:3], (_web_worker, _web, _background), strict=True):
        people.wait_for(crowd, moment)
        os.kill(victim(shop), signal.SIGKILL)
    people.wait_for(crowd, moments[3])
    family = processes.family(shop.process.pid)
    shop.process.kill()
    shop.process.wait()
    assert crowd.done < WANTED, f"all was over before the last kill: {moments}"
    assert processes.still_there(family, 15) == []
    shop = serve()
    crowd.finish(60)
    assert crowd.errors == []
    assert crowd.cut_off >= 3, "nobody's request was under way when the server died"
    assert crowd.done >= WANTED
    with people.at_home(settings):
        people.assert_kept(crowd.told, counter)
        spent = 8 * POINTS - sum(Member.get_by_id(member.id).points for member in counter.members)
        assert spent == 10 * len(crowd.told.held)
        assert check.run() == []
    assert "invariants hold" in shop.flask("check")


def _web(shop: Shop) -> int:
    return processes.child(shop.process.pid, "webapp.wsgi")


def _web_worker(shop: Shop) -> int:
    return processes.children(_web(shop))[-1]


def _background(shop: Shop) -> int:
    return processes.child(shop.process.pid, "webapp.worker")
