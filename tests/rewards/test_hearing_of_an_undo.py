"""How soon a phone hears that a wrong approval was taken back: within seconds while that may happen, seldom afterwards."""

import re

import pytest

from models import Store
from tests.kit.doors import AsMember
from tests.world import World
from webapp import clock
from webapp.clock import MINUTE
from webapp.rewards import redemptions


@pytest.mark.parametrize("minutes", [None, 30])
def test_the_phone_asks_often_for_as_long_as_staff_may_undo(
    world: World, as_member: AsMember, monkeypatch: pytest.MonkeyPatch, minutes: int | None
) -> None:
    if minutes:
        Store.update(policy={"undo_minutes": minutes}).where(Store.id == world.bath.id).execute()
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="ticket-one", at=world.at)
    redemptions.approve(held, world.chen, world.at)
    phone, undoable = as_member(world.mei), (minutes or 10) * MINUTE
    for passed, every in ((0, 3), (undoable - 1, 3), (undoable, 20), (undoable * 9, 20)):
        monkeypatch.setattr(clock, "now", lambda passed=passed: world.at + passed)
        part = phone.get(f"/redemptions/{held.code}/part", htmx=True).text
        assert re.search(r'data-state="captured".*hx-trigger="(.+?)"', part)[1] == f"every {every}s"
