"""Everybody at once. First the harness shows that it can oversell a careless shop, then that the rules cannot be oversold."""

import time
from functools import partial

import pytest

from models import LedgerLine, Member, Redemption, Reward, Shelf, Work
from tests.kit.crowd import together, told, won
from tests.points.books import assert_shelves, assert_shop, balance
from tests.world import World
from webapp import vault
from webapp.clock import MINUTE
from webapp.rewards import redemptions

CROWD = 50


@pytest.fixture
def crowd(world: World) -> list[Member]:
    members = [world.member(f"第{n}位") for n in range(CROWD)]
    for member in members:
        world.give(member, 600)
    return members


def careless_hold(member: Member, reward: Reward, shelf: Shelf, at: int) -> bool:
    """What a shop without the rule would write: look, think, then take."""
    seen = Shelf.get_by_id(shelf.id)
    purse = Member.get_by_id(member.id)
    if seen.stock < 1 or purse.points < reward.points:
        return False
    time.sleep(0.05)
    Redemption.create(
        code=vault.code(10), member=member.id, reward=reward.id, store=shelf.store_id, shelf=shelf.id, points=reward.points,
        words="1-2", ticket=vault.token(), held_at=at, expires_at=at + 600,
    )  # fmt: skip
    Shelf.update({Shelf.stock: seen.stock - 1}).where(Shelf.id == shelf.id).execute()
    Member.update({Member.points: purse.points - reward.points}).where(Member.id == member.id).execute()
    return True


def test_a_careless_shop_would_hand_out_the_last_piece_many_times(world: World, crowd: list[Member]) -> None:
    shelf = world.shelf(world.last_scrub)
    came = together(*(partial(careless_hold, member, world.last_scrub, shelf, world.at) for member in crowd))
    assert sum(came) > 1


def test_a_careless_shop_would_spend_the_same_points_many_times(world: World) -> None:
    spender = world.member("手快")
    world.give(spender, 600)
    rewards = [world.reward({"zh": f"礼品{n}"}, 600, stock=9) for n in range(CROWD)]
    came = together(*(partial(careless_hold, spender, reward, world.shelf(reward), world.at) for reward in rewards))
    assert sum(came) > 1


def test_of_fifty_who_want_the_last_piece_exactly_one_gets_it(world: World, crowd: list[Member]) -> None:
    shelf = world.shelf(world.last_scrub)
    hold = partial(redemptions.hold, reward=world.last_scrub, store=world.bath, ticket="the last one", at=world.at)
    came = together(*(partial(hold, member) for member in crowd))
    assert len(won(came)) == 1
    assert told(came) == ["sold_out"]
    assert [balance(member) for member in crowd].count((600, 0, 0)) == CROWD - 1
    assert_shelves({shelf.id: 1})
    assert_shop()


def test_of_fifty_holds_for_the_last_points_of_one_member_exactly_one_gets_them(world: World) -> None:
    spender = world.member("手快")
    world.give(spender, 600)
    rewards = [world.reward({"zh": f"礼品{n}"}, 600, stock=9) for n in range(CROWD)]
    hold = partial(redemptions.hold, spender, store=world.bath, at=world.at)
    came = together(*(partial(hold, reward=reward, ticket=f"ticket {reward.id}") for reward in rewards))
    assert len(won(came)) == 1
    assert told(came) == ["not_enough_points"]
    assert balance(spender) == (0, 600, 0)
    assert_shelves({world.shelf(reward).id: 9 for reward in rewards})
    assert_shop()


def test_a_double_tap_holds_once_and_gets_one_answer(world: World) -> None:
    hold = partial(redemptions.hold, world.mei, world.towel, world.bath, ticket="double tap", at=world.at)
    came = together(*[hold] * 10)
    assert len({redemption.code for redemption in came}) == 1
    assert balance(world.mei) == (1080, 200, 0)
    assert_shelves({world.shelf(world.towel).id: 5})
    assert Work.select().count() == 1


def test_of_two_tablets_that_approve_at_once_one_wins_and_the_other_hears_who(world: World) -> None:
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="two tablets", at=world.at)
    came = together(*(partial(redemptions.approve, held, person, world.at + 5) for person in (world.chen, world.kai)))
    (winner,) = won(came)
    (loser,) = [refusal for refusal in came if refusal is not winner]
    assert loser.code == "already_captured"
    assert loser.params["who"] == winner.settled_by.name
    assert balance(world.mei) == (1080, 0, 0)
    assert_shop()


def test_approve_decline_cancel_and_the_clock_at_once_settle_a_hold_once(world: World) -> None:
    held = redemptions.hold(world.mei, world.last_scrub, world.bath, ticket="all at once", at=world.at)
    over = held.expires_at
    acts = [
        partial(redemptions.approve, held, world.chen, over - 1),
        partial(redemptions.decline, held, world.kai, "not_here", over - 1),
        partial(redemptions.cancel, held, world.mei, over - 1),
        partial(redemptions.lapse_overdue, over),
    ]
    together(*acts * 5)
    settled = LedgerLine.select().where(LedgerLine.twin == held.line_id)
    assert settled.count() == 1
    points, waiting, _ = balance(world.mei)
    assert waiting == 0
    assert points == (680 if world.fresh(held).state == "captured" else 1280)
    assert_shelves({world.shelf(world.last_scrub).id: 1})
    assert_shop()


def test_a_retry_after_a_lost_answer_gets_the_first_answer(world: World) -> None:
    first = redemptions.hold(world.mei, world.towel, world.bath, ticket="lost", at=world.at)
    again = redemptions.hold(world.mei, world.towel, world.bath, ticket="lost", at=world.at + 30)
    assert again == first
    approved = redemptions.approve(first, world.chen, world.at + 60)
    late = redemptions.approve(world.fresh(first), world.chen, world.at + 20 * MINUTE)
    assert (late.state, late.settled_at) == (approved.state, world.at + 60)
    undone = redemptions.undo(late, world.chen, world.at + 5 * MINUTE)
    assert redemptions.undo(undone, world.chen, world.at + 6 * MINUTE).undone_at == world.at + 5 * MINUTE
    assert balance(world.mei) == (1280, 0, 0)
    assert_shop()


def test_two_undos_at_once_give_back_once(world: World) -> None:
    held = redemptions.hold(world.mei, world.last_scrub, world.bath, ticket="undo", at=world.at)
    approved = redemptions.approve(held, world.chen, world.at)
    together(*(partial(redemptions.undo, approved, person, world.at + 60) for person in (world.chen, world.kai) * 3))
    assert balance(world.mei) == (1280, 0, 0)
    assert_shelves({world.shelf(world.last_scrub).id: 1})
    assert_shop()


def test_holds_settlements_and_the_worker_do_not_wait_for_each_other_crosswise(world: World) -> None:
    """The order of locks: with two orders PostgreSQL ends one of the two with a deadlock, which `together` would raise."""
    for turn in range(8):
        at = world.at + turn * 1000
        old = [
            redemptions.hold(world.mei, reward, world.bath, ticket=f"{reward.id} {turn}", at=at)
            for reward in (world.tea, world.towel)
        ]
        later = at + 700
        together(
            partial(redemptions.lapse_overdue, later),
            partial(redemptions.hold, world.mei, world.last_scrub, world.bath, ticket=f"new {turn}", at=later),
            partial(redemptions.cancel, old[0], world.mei, at + 10),
            partial(redemptions.decline, old[1], world.chen, "other", at + 10),
            partial(redemptions.lapse_overdue, later, member=world.mei.id),
        )
        assert_shop()
