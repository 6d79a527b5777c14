"""What a bill comes to: the best single price offer and at most one coupon, whichever way round they are looked at (T10)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Member, database
from tests.prices.offers import bundle, coupon, member_day, percent
from tests.world import World
from webapp import filters
from webapp.prices import coupons, quotes
from webapp.refusals import Refusal


def vip(world: World) -> Member:
    return world.member("贵客", tier="vip")


def test_without_an_offer_the_full_price_is_paid(world: World) -> None:
    quote = quotes.of(world.bath, world.xin, 10_000, world.at)
    assert (quote.to_pay, quote.steps, quote.won, quote.inputs) == (10_000, [], None, {})


def test_a_levels_discount_is_off_the_full_price_part_only(world: World) -> None:
    quote = quotes.of(world.bath, vip(world), 10_000, world.at, reduced=4_000)
    assert quote.to_pay == 10_000 - 600
    assert quote.inputs == {"steps": [{"kind": "tier", "off": 600, "percent": 10}], "tier": "vip", "reduced": 4_000}


def test_the_dearer_offer_wins_alone_and_says_by_how_much(world: World) -> None:
    member_day(world, 20)
    percent(world, 15)
    quote = quotes.of(world.bath, vip(world), 10_000, world.at)
    assert quote.to_pay == 8_000
    assert [step.kind for step in quote.steps] == ["member_day"]
    assert filters.say(quote.won) == "会员日比夏天多省 ¥5，按会员日算，省 ¥20"


def test_a_coupon_comes_on_top_of_the_best_price(world: World) -> None:
    member_day(world, 20)
    mine = coupon(world, world.xin, 500)
    quote = quotes.of(world.bath, world.xin, 10_000, world.at, coupons=[mine])
    assert (quote.to_pay, quote.coupon) == (7_500, mine)
    assert filters.say(quote.won) == "会员日再加一张券，一共省 ¥25"


def test_the_minimum_is_looked_at_on_what_is_left_after_the_price(world: World) -> None:
    member_day(world, 20)
    mine = coupon(world, world.xin, 500, minimum=9_000)
    quote = quotes.of(world.bath, world.xin, 10_000, world.at, coupons=[mine])
    assert (quote.to_pay, quote.coupon) == (8_000, None)
    assert filters.say(quote.kept) == "券这次用不上，留着下次用"
    assert "券" in "".join(filters.say(each) for each in quotes.reasons(quote.inputs))


def test_a_large_coupon_may_beat_the_price_that_would_shut_it_out(world: World) -> None:
    member_day(world, 10)
    mine = coupon(world, world.xin, 3_000, minimum=9_500)
    quote = quotes.of(world.bath, world.xin, 10_000, world.at, coupons=[mine])
    assert (quote.to_pay, quote.coupon) == (7_000, mine)
    assert filters.say(quote.won) == "只用券比会员日更划算，省 ¥30"


def test_a_chosen_coupon_is_used_even_if_another_takes_off_more(world: World) -> None:
    small, large = coupon(world, world.xin, 500), coupon(world, world.xin, 2_000)
    assert quotes.of(world.bath, world.xin, 10_000, world.at, coupons=[small, large]).coupon == large
    assert quotes.of(world.bath, world.xin, 10_000, world.at, coupon=small).to_pay == 9_500


def test_a_chosen_coupon_that_does_not_fit_says_why(world: World) -> None:
    mine = coupon(world, world.xin, 500, minimum=20_000)
    with pytest.raises(Refusal) as no:
        quotes.of(world.bath, world.xin, 10_000, world.at, coupon=mine)
    assert no.value.code == "below_minimum"


def test_a_coupon_never_takes_more_than_the_bill(world: World) -> None:
    quote = quotes.of(world.bath, world.xin, 1_500, world.at, coupons=[coupon(world, world.xin, 2_000)])
    assert (quote.to_pay, quote.saved) == (0, 1_500)


def test_a_thing_for_free_is_only_used_when_it_is_chosen(world: World) -> None:
    tea = coupon(world, world.xin, 500, kind="item")
    assert quotes.of(world.bath, world.xin, 10_000, world.at, coupons=[tea]).coupon is None
    assert quotes.of(world.bath, world.xin, 10_000, world.at, coupon=tea).coupon == tea


def test_a_bundle_that_was_picked_replaces_what_its_things_cost(world: World) -> None:
    set_ = bundle(world, price=5_800, usual=7_800)
    quote = quotes.of(world.bath, world.xin, 10_000, world.at, bundle=set_.id)
    assert quote.to_pay == 8_000
    assert quotes.of(world.bath, world.xin, 10_000, world.at).to_pay == 10_000
    with pytest.raises(Refusal, match="套餐"):
        quotes.of(world.bath, world.xin, 7_000, world.at, bundle=set_.id)
    with pytest.raises(Refusal) as no:
        quotes.of(world.bath, world.xin, 10_000, world.at, bundle=set_.id + 1)
    assert no.value.code == "no_such_bundle"


def test_a_reduced_part_above_the_bill_is_refused(world: World) -> None:
    for reduced in (10_001, -1):
        with pytest.raises(Refusal) as no:
            quotes.of(world.bath, world.xin, 10_000, world.at, reduced=reduced)
        assert no.value.code == "reduced_too_large"


def test_somebody_without_a_card_pays_what_is_for_everybody(world: World) -> None:
    member_day(world, 30)
    percent(world, 10)
    assert quotes.of(world.bath, None, 10_000, world.at).to_pay == 9_000


def test_what_was_kept_with_a_bill_says_the_same_later(world: World) -> None:
    member_day(world, 20)
    quote = quotes.of(world.bath, vip(world), 10_000, world.at, coupons=[coupon(world, world.xin, 500)])
    assert quotes.reasons(quote.inputs) == [quote.won]
    assert quotes.frozen_steps(quote.inputs) == quote.steps


# --- whatever there is -----------------------------------------------------------------------------------------------------

WINDOWS = st.fixed_dictionaries(
    {"opens": st.sampled_from((0, 600, 839, 840)), "closes": st.sampled_from((841, 900, 1440))}
)
PROMOTIONS = st.lists(
    st.tuples(st.integers(1, 100), st.sampled_from(([], ["vip"], ["ordinary"], ["loyal", "vip"])), WINDOWS), max_size=4
)
COUPONS = st.lists(
    st.fixed_dictionaries(
        {
            "amount": st.integers(1, 8_000),
            "minimum": st.sampled_from((0, 1, 2_000, 4_999, 9_000)),
            "kind": st.sampled_from(("amount", "percent")),
            "percent": st.integers(1, 100),
        }
    ),
    max_size=4,
)
RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@RELAXED
@given(
    full=st.integers(1, 12_000),
    share=st.integers(0, 100),
    tier=st.sampled_from(("ordinary", "loyal", "vip", None)),
    on=PROMOTIONS,
    held=COUPONS,
    seed=st.randoms(use_true_random=False),
)
def test_the_price_is_the_lowest_of_all_never_below_zero_and_in_any_order(
    world: World, full: int, share: int, tier: str | None, on: list[Any], held: list[Any], seed: Any
) -> None:
    """An honest clerk with a pencil tries every price with every coupon; the quote is the lowest of them, whatever the order."""
    with database.atomic() as all_of_it:
        member = world.member("谁", tier=tier) if tier else None
        for off, tiers, window in on:
            percent(world, off, tiers=tiers, **window)
        mine = [coupon(world, member or world.xin, **each) for each in held]
        reduced = full * share // 100
        quote = quotes.of(world.bath, member, full, world.at, reduced=reduced, coupons=mine)
        assert 0 <= quote.to_pay <= full
        assert quote.to_pay == full - sum(step.off for step in quote.steps)
        assert len([step for step in quote.steps if step.kind == "coupon"]) <= 1
        assert len(quote.steps) <= 2
        assert quote.to_pay == min(by_hand(full, reduced, tier, on, held))
        again = list(mine)
        seed.shuffle(again)
        assert quotes.of(world.bath, member, full, world.at, reduced=reduced, coupons=again).inputs == quote.inputs
        for each in mine:
            if coupons.fits(each, world.bath, world.at, full) is None:
                chosen = quotes.of(world.bath, member, full, world.at, reduced=reduced, coupon=each)
                assert quote.to_pay <= chosen.to_pay
        all_of_it.rollback()


def by_hand(full: int, reduced: int, tier: str | None, on: list[Any], held: list[Any]) -> list[int]:
    percents = [off for off, tiers, _ in on if not tiers or tier in tiers]
    percents += [10] if tier in ("loyal", "vip") else []
    prices = [full] + [full - -(-(full - reduced) * off // 100) for off in percents]
    found = list(prices)
    for price in prices:
        for each in held:
            off = min(each["amount"], price * each["percent"] // 100) if each["kind"] == "percent" else each["amount"]
            if price >= each["minimum"]:
                found.append(price - min(off, price))
    return found
