"""A coupon shown to the counter: two words on both screens, taken once, or back in the wallet by a no, by its member, by the clock."""

import pytest

from models import Coupon, Event, Staff, Work
from tests.kit.crowd import together, told, won
from tests.offers.shelf import template
from tests.world import NOON, World
from webapp import pairs, policy
from webapp.clock import DAY, MINUTE
from webapp.offers import holding
from webapp.prices import coupons
from webapp.refusals import Refusal


@pytest.fixture
def mine(world: World) -> Coupon:
    coupons.heard[:] = [holding.taken]
    return coupons.issue(template(world, stores=[world.bath.id]), world.mei, world.bath, NOON, key="k", trigger="hand")


def card(coupon: Coupon) -> Work:
    found: Work = Work.get(Work.kind == "coupon", Work.ref == coupon.code)
    return found


def test_both_screens_show_the_same_two_words_for_some_minutes(world: World, mine: Coupon) -> None:
    held = holding.hold(mine, world.mei, world.bath, NOON)
    assert len(pairs.spoken(held.pair, "zh")) == 2
    assert held.held_until == NOON + policy.of(world.bath).hold_minutes * MINUTE
    assert (card(held).brief["words"], card(held).store_id, card(held).due_at) == (
        held.pair,
        world.bath.id,
        held.held_until,
    )
    again = holding.hold(mine, world.mei, world.bath, NOON + 60)
    assert (again.pair, again.held_until) == (held.pair, held.held_until)


def test_the_counter_takes_it_once(world: World, mine: Coupon) -> None:
    held = holding.hold(mine, world.mei, world.bath, NOON)
    used = holding.approve(held, world.chen, NOON + 60, store=world.bath)
    assert (used.used_by_id, used.held_until, used.pair) == (world.chen.id, None, "")
    assert card(mine).done_at == NOON + 60
    assert holding.approve(held, world.chen, NOON + 70, store=world.bath).used_at == NOON + 60
    with pytest.raises(Refusal, match="用过"):
        holding.approve(held, world.kai, NOON + 70, store=world.bath)
    assert Event.select().where(Event.verb == "coupon_used").count() == 1


def test_a_mistake_is_taken_back_within_minutes(world: World, mine: Coupon) -> None:
    used = holding.approve(holding.hold(mine, world.mei, world.bath, NOON), world.chen, NOON, store=world.bath)
    assert coupons.undo(used, world.bath, world.chen, NOON + 9 * MINUTE).used_at is None
    assert holding.hold(mine, world.mei, world.bath, NOON + 9 * MINUTE).pair
    assert card(mine).done_at is None, "the card is back"


def test_the_award_pad_taking_it_closes_its_card(world: World, mine: Coupon) -> None:
    holding.hold(mine, world.mei, world.bath, NOON)
    coupons.use(mine, world.bath, world.chen, NOON + 5)
    assert card(mine).done_at == NOON + 5


def test_a_no_and_a_change_of_mind_put_it_back(world: World, mine: Coupon) -> None:
    holding.hold(mine, world.mei, world.bath, NOON)
    freed = holding.decline(mine, world.chen, world.bath, NOON + 5)
    assert (freed.held_until, freed.used_at, card(mine).done_at) == (None, None, NOON + 5)
    holding.hold(mine, world.mei, world.bath, NOON + 10)
    assert holding.cancel(mine, world.mei, NOON + 20).held_until is None
    assert holding.cancel(mine, world.mei, NOON + 30).held_until is None
    verbs = [event.verb for event in Event.select().where(Event.ref == mine.code).order_by(Event.id)]
    assert verbs == ["coupon_issued", "coupon_held", "coupon_declined", "coupon_held", "coupon_let_go"]


def test_time_runs_out_for_both_screens(world: World, mine: Coupon) -> None:
    held = holding.hold(mine, world.mei, world.bath, NOON)
    assert holding.lapse_overdue(held.held_until - 1) == 0
    with pytest.raises(Refusal) as late:
        holding.approve(held, world.chen, held.held_until, store=world.bath)
    assert late.value.code == "hold_over"
    assert [holding.lapse_overdue(held.held_until) for _ in range(2)] == [1, 0]
    assert card(mine).done_at == held.held_until
    assert world.fresh(mine).held_until is None


def test_only_one_at_a_time_and_only_ones_own(world: World, mine: Coupon) -> None:
    other = coupons.give(world.mei, world.bath, 500, "late", NOON, key="other")
    holding.hold(mine, world.mei, world.bath, NOON)
    with pytest.raises(Refusal) as second:
        holding.hold(other, world.mei, world.bath, NOON)
    assert second.value.code == "already_held"
    with pytest.raises(Refusal) as stranger:
        holding.hold(other, world.xin, world.bath, NOON)
    assert stranger.value.status == 404


def test_what_the_terms_do_not_allow_is_said_before_anybody_waits(world: World, mine: Coupon) -> None:
    for store, at, code in (
        (world.laundry, NOON, "other_store"),
        (world.bath, mine.expires_at, "expired"),
    ):
        with pytest.raises(Refusal) as refused:
            holding.hold(mine, world.mei, store, at)
        assert refused.value.code == code
    night = coupons.issue(template(world, opens=0, closes=600), world.mei, world.bath, NOON, key="n", trigger="hand")
    later = coupons.issue(template(world, from_at=NOON + DAY), world.mei, world.bath, NOON, key="l", trigger="hand")
    for coupon, code in ((night, "other_time"), (later, "not_yet")):
        with pytest.raises(Refusal) as refused:
            holding.hold(coupon, world.mei, world.bath, NOON)
        assert refused.value.code == code
    assert Work.select().where(Work.kind == "coupon").count() == 0


def test_it_moves_along_to_another_counter(world: World) -> None:
    mine = coupons.give(world.mei, world.bath, 500, "late", NOON, key="any")
    here = holding.hold(mine, world.mei, world.bath, NOON)
    there = holding.hold(here, world.mei, world.laundry, NOON + 10)
    assert there.held_store_id == world.laundry.id
    assert (card(mine).store_id, card(mine).done_at) == (world.laundry.id, None)
    with pytest.raises(Refusal) as gone:
        holding.approve(there, world.chen, NOON + 20, store=world.bath)
    assert gone.value.code == "hold_over"


def test_nobody_takes_their_own(world: World, mine: Coupon) -> None:
    Staff.update(member=world.mei.id).where(Staff.id == world.chen.id).execute()
    held = holding.hold(mine, world.mei, world.bath, NOON)
    with pytest.raises(Refusal) as own:
        holding.approve(held, world.fresh(world.chen), NOON, store=world.bath)
    assert own.value.code == "own_card"


def test_twenty_taps_at_once_are_one_pair_of_words(world: World, mine: Coupon) -> None:
    tried = together(*[lambda: holding.hold(mine, world.mei, world.bath, NOON)] * 20)
    assert len({held.pair for held in won(tried)}) == 1
    assert Work.select().where(Work.kind == "coupon").count() == 1


def test_yes_no_and_never_mind_at_once_end_one_way(world: World, mine: Coupon) -> None:
    held = holding.hold(mine, world.mei, world.bath, NOON)
    tried = together(
        *[lambda: holding.approve(held, world.chen, NOON, store=world.bath)] * 4,
        *[lambda: holding.cancel(held, world.mei, NOON)] * 4,
        *[lambda: holding.decline(held, world.kai, world.bath, NOON)] * 4,
    )
    now = world.fresh(mine)
    ends = Event.select().where(Event.verb.in_(("coupon_used", "coupon_let_go", "coupon_declined")))
    assert ends.count() == 1
    assert (now.used_at is not None) == (ends.get().verb == "coupon_used")
    assert told(tried) == ([] if now.used_at else ["hold_over"])
    assert now.held_until is None
