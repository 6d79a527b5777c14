"""`flask check` on calls, hooks and browsers: what was lived breaks nothing; every damage behind the rules' back is found and named."""

from collections.abc import Callable

import pytest

from models import Event, Follow, FollowTry, HookCall, Member, Push
from tests.care.test_follows import due
from tests.world import NOON, World
from webapp import check, vault
from webapp.care import call_invariants, follows
from webapp.outbox import hooks, invariants


@pytest.fixture
def lived(world: World) -> World:
    """A call that went well, one nobody answered, one that is open; a call of a hook that was taken, a browser that is woken."""
    follows.record(due(world, key="a"), "glad", world.chen, NOON, key="t", seen=0, note="水很好")
    follows.record(due(world, world.xin, key="b"), "no_answer", world.chen, NOON, key="t", seen=0)
    due(world, world.member("远客", "13800000077"), key="c")
    hook = hooks.make("https://till.example", (), None, world.zhao, NOON).hook
    event = Event.select().order_by(Event.id.desc()).get().id
    HookCall.create(hook=hook.id, event=event, state="sent", status=204, tries=1, next_at=NOON, at=NOON)
    Push.create(endpoint_hash="x", member=world.mei.id, sealed=vault.seal("x"), made_at=NOON)
    assert check.run() == []
    return world


def over_without_a_word() -> None:
    Follow.update(outcome="").where(Follow.state == "done").execute()


def a_call_that_nobody_wrote_down() -> None:
    Follow.update(tries=7).where(Follow.state == "open").execute()


def forgotten_and_still_to_be_rung() -> None:
    open_ = Follow.select(Follow.member).where(Follow.state == "open")
    Member.update(erased_at=NOON, phone_sealed=None, phone_key=None, tail_key=None).where(
        Member.id.in_(open_)
    ).execute()


def forgotten_and_still_quoted() -> None:
    said = Follow.select(Follow.member).join(FollowTry).where(FollowTry.note_sealed.is_null(False))
    Member.update(erased_at=NOON).where(Member.id.in_(said)).execute()


def told_and_not_taken() -> None:
    HookCall.update(status=500).execute()


def woken_after_they_left() -> None:
    Member.update(erased_at=NOON).where(Member.id.in_(Push.select(Push.member))).execute()


DAMAGE: dict[str, Callable[[], None]] = {
    "a call that is over says what came of it, and by whom": over_without_a_word,
    "every call that was made is written down once": a_call_that_nobody_wrote_down,
    "nobody is to be rung who is gone": forgotten_and_still_to_be_rung,
    "what was said on the telephone is forgotten with whoever said it": forgotten_and_still_quoted,
    "what was told to another system was taken by it": told_and_not_taken,
    "no browser is woken for somebody who is gone": woken_after_they_left,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_every_damage_is_found_and_named(lived: World, name: str) -> None:
    DAMAGE[name]()
    assert name in {breach.name for breach in check.run()}


def test_every_invariant_of_these_is_broken_above() -> None:
    assert {name for name, _ in (*call_invariants.INVARIANTS, *invariants.INVARIANTS)} == set(DAMAGE)
