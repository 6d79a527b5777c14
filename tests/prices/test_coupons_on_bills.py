"""A coupon and its bill: taken off once, back with the whole bill and not with a part, with days enough to use it; and what is about to lapse."""

import pytest

from models import Coupon, Purchase
from tests.kit.crowd import together, told, won
from tests.offers.shelf import template
from tests.world import NOON, World
from webapp.clock import DAY
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.prices import coupons
from webapp.refusals import Refusal


@pytest.fixture
def mine(world: World) -> Coupon:
    return coupons.issue(template(world, per_member=None), world.mei, world.bath, NOON, key="k", trigger="hand")


def bill(world: World, key: str = "b") -> Purchase:
    return purchases.record(world.bath, Bill(5_000, key, "desk"), world.mei, world.chen, NOON)


def test_the_same_bill_twice_is_one_use_and_another_bill_is_refused(world: World, mine: Coupon) -> None:
    first, second = bill(world), bill(world, "other")
    for _ in range(2):
        used = coupons.use(mine, world.bath, world.chen, NOON, purchase=first, saved=500)
        assert (used.purchase_id, used.saved) == (first.id, 500)
    with pytest.raises(Refusal, match="用过"):
        coupons.use(mine, world.bath, world.chen, NOON, purchase=second, saved=500)
    with pytest.raises(Refusal) as on_bill:
        coupons.undo(mine, world.bath, world.chen, NOON)
    assert on_bill.value.code == "on_bill"


def test_the_till_may_use_it_for_a_bill_without_anybody(world: World, mine: Coupon) -> None:
    assert coupons.use(mine, world.bath, None, NOON, purchase=bill(world), saved=500).used_by_id is None


def test_a_part_keeps_it_and_the_whole_gives_it_back_once(world: World, mine: Coupon) -> None:
    paid = bill(world)
    coupons.use(mine, world.bath, world.chen, NOON, purchase=paid, saved=500)
    purchases.refund(paid.id, 2_000, key="part", staff=world.lin, at=NOON)
    assert world.fresh(mine).used_at == NOON
    late = mine.expires_at + 5 * DAY
    purchases.refund(paid.id, 3_000, key="rest", staff=world.lin, at=late)
    back = world.fresh(mine)
    assert (back.used_at, back.purchase_id, back.saved) == (None, None, None)
    assert 14 * DAY <= back.expires_at - late < 16 * DAY
    assert coupons.returned(paid, late) == []
    assert coupons.use(back, world.bath, world.kai, late).used_by_id == world.kai.id


def test_a_wrong_tap_around_midnight_costs_nobody_their_coupon(world: World, mine: Coupon) -> None:
    last = mine.expires_at - 60
    coupons.use(mine, world.bath, world.chen, last)
    back = coupons.undo(mine, world.bath, world.chen, last + 300)
    assert back.expires_at == mine.expires_at + DAY
    assert coupons.use(back, world.bath, world.kai, last + 400).used_at == last + 400


def test_what_has_long_to_live_keeps_its_own_last_day(world: World, mine: Coupon) -> None:
    paid = bill(world)
    coupons.use(mine, world.bath, world.chen, NOON, purchase=paid, saved=500)
    purchases.undo(paid.id, world.chen, NOON + 60)
    assert world.fresh(mine).expires_at == mine.expires_at


def test_of_many_bills_at_once_one_has_it(world: World, mine: Coupon) -> None:
    bills = [bill(world, f"b{n}") for n in range(8)]
    tried = together(
        *(lambda one=one: coupons.use(mine, world.bath, world.chen, NOON, purchase=one, saved=500) for one in bills)
    )
    assert len(won(tried)) == 1
    assert told(tried) == ["used"]


def test_what_is_over_soon_is_named_once_it_is_near_and_until_somebody_was_told(world: World, mine: Coupon) -> None:
    assert coupons.lapsing(mine.expires_at - 4 * DAY) == []
    assert coupons.lapsing(mine.expires_at - 2 * DAY) == [mine]
    assert coupons.lapsing(mine.expires_at) == []
    Coupon.update(told_at=NOON).execute()
    assert coupons.lapsing(mine.expires_at - 2 * DAY) == []


def test_what_fits_here_and_now_comes_the_soonest_to_lapse_first(world: World, mine: Coupon) -> None:
    soon = coupons.issue(template(world, days=3), world.mei, world.bath, NOON, key="soon", trigger="hand")
    coupons.issue(template(world, stores=[world.laundry.id]), world.mei, world.bath, NOON, key="away", trigger="hand")
    dear = coupons.issue(template(world, minimum=9_000), world.mei, world.bath, NOON, key="dear", trigger="hand")
    assert coupons.fitting(world.mei, world.bath, NOON) == [soon, mine, dear]
    assert coupons.fitting(world.mei, world.bath, NOON, 5_000) == [soon, mine]
