"""Gifts: a piece is kept for one person and leaves the stock at once; handed over with one tap, or back on the shelf."""

from functools import partial

import pytest

from models import Gift, Message, Reward, Shelf
from tests.kit.crowd import together, told, won
from tests.points.books import assert_shop
from tests.world import World
from webapp.clock import DAY, MINUTE
from webapp.refusals import Forbidden, Refusal
from webapp.rewards import catalogue, gifts, redemptions


@pytest.fixture
def slippers(world: World) -> Reward:
    return world.reward({"zh": "棉拖鞋", "en": "Slippers"}, 0, stock=3, gift_only=True)


def keep(world: World, reward: Reward, key: str = "birthday:1:2026", **other: int) -> Gift:
    times = {"from_at": world.at, "until_at": world.at + 30 * DAY} | other
    return gifts.keep(world.mei, reward, world.bath, "birthday", world.at, key=key, **times)


def test_what_is_kept_is_off_the_shelf_and_the_same_reason_is_the_same_gift(world: World, slippers: Reward) -> None:
    first = keep(world, slippers)
    assert keep(world, slippers) == first
    assert world.shelf(slippers).stock == 2
    assert (first.state, first.member_id, first.store_id) == ("kept", world.mei.id, world.bath.id)
    assert gifts.kept_by_shelf(slippers.id) == {world.bath.id: 1}
    assert_shop()


def test_of_many_for_whom_the_last_pieces_are_kept_no_more_get_one_than_there_are(
    world: World, slippers: Reward
) -> None:
    crowd = [world.member(f"第{n}位") for n in range(20)]
    times = {"from_at": world.at, "until_at": world.at + DAY}
    came = together(
        *(
            partial(gifts.keep, one, slippers, world.bath, "birthday", world.at, key=f"birthday:{one.id}", **times)
            for one in crowd
        )
    )
    assert len(won(came)) == 3
    assert told(came) == ["out_of_stock"]
    assert world.shelf(slippers).stock == 0
    assert Gift.select().count() == 3
    assert_shop()


def test_one_reason_at_once_in_twenty_hands_is_one_gift(world: World, slippers: Reward) -> None:
    assert len(set(together(*[partial(keep, world, slippers)] * 20))) == 1
    assert world.shelf(slippers).stock == 2


def test_a_store_that_does_not_have_it_and_a_card_that_is_gone_are_refused(world: World, slippers: Reward) -> None:
    times = {"from_at": world.at, "until_at": world.at + DAY}
    with pytest.raises(Refusal, match="这家店没有"):
        gifts.keep(world.mei, slippers, world.laundry, "care", world.at, key="a", **times)
    gone = world.member("走了", erased_at=world.at)
    with pytest.raises(Refusal, match="不在用"):
        gifts.keep(gone, slippers, world.bath, "care", world.at, key="b", **times)
    assert world.shelf(slippers).stock == 3


def test_handed_over_with_one_tap_and_twice_is_once(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    done = gifts.hand(gift, world.chen, world.at + MINUTE)
    assert (done.state, done.handed_by_id, done.handed_at) == ("handed", world.chen.id, world.at + MINUTE)
    assert gifts.hand(gift, world.chen, world.at + 2 * MINUTE).handed_at == world.at + MINUTE
    with pytest.raises(Refusal, match="刚刚已经交给"):
        gifts.hand(gift, world.kai, world.at + 2 * MINUTE)
    assert world.shelf(slippers).stock == 2
    assert Message.select().where(Message.text == "gift_handed").count() == 1
    assert_shop()


def test_of_two_who_hand_it_over_at_once_one_is_told_who_did(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    came = together(*(partial(gifts.hand, gift, who, world.at + MINUTE) for who in (world.chen, world.kai, world.su)))
    assert len(won(came)) == 1
    assert told(came) == ["already_handed"]


def test_nobody_hands_over_to_themselves(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    world.chen.member = world.mei
    world.chen.save()
    with pytest.raises(Forbidden):
        gifts.hand(gift, world.chen, world.at)
    assert world.fresh(gift).state == "kept"


def test_a_wrong_tap_is_taken_back_within_the_minutes_of_the_shop(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    gifts.hand(gift, world.chen, world.at)
    back = gifts.undo(world.fresh(gift), world.chen, world.at + 5 * MINUTE)
    assert (back.state, back.handed_at, back.handed_by_id) == ("kept", None, None)
    assert gifts.undo(back, world.chen, world.at + 6 * MINUTE).state == "kept"
    assert world.shelf(slippers).stock == 2
    gifts.hand(back, world.chen, world.at + 7 * MINUTE)
    with pytest.raises(Refusal, match="撤销时间已过"):
        gifts.undo(world.fresh(gift), world.chen, world.at + 18 * MINUTE)
    assert_shop()


def test_what_nobody_fetched_goes_back_to_the_shelf_once(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    assert gifts.lapse(world.at + 30 * DAY - 1) == 0
    together(*[partial(gifts.lapse, world.at + 30 * DAY)] * 4)
    assert world.fresh(gift).state == "lapsed"
    assert world.shelf(slippers).stock == 3
    assert gifts.lapse(world.at + 31 * DAY) == 0
    assert_shop()


def test_a_gift_that_is_over_or_too_early_is_not_handed_over(world: World, slippers: Reward) -> None:
    early = keep(world, slippers, from_at=world.at + DAY)
    with pytest.raises(Refusal, match="还没到日子"):
        gifts.hand(early, world.chen, world.at)
    with pytest.raises(Refusal, match="已经过了"):
        gifts.hand(early, world.chen, world.at + 30 * DAY)
    assert world.fresh(early).state == "lapsed"
    assert world.shelf(slippers).stock == 3


def test_handing_over_and_the_end_of_its_time_at_one_moment_are_one_of_both(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    at = world.at + 30 * DAY
    together(partial(gifts.lapse, at), partial(gifts.hand, gift, world.chen, at - 1))
    state = world.fresh(gift).state
    assert world.shelf(slippers).stock == {"handed": 2, "lapsed": 3}[state]
    assert_shop()


def test_what_the_shop_takes_back_is_on_the_shelf_again(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    assert gifts.give_back(gift, world.at).state == "returned"
    assert gifts.give_back(gift, world.at).state == "returned"
    assert world.shelf(slippers).stock == 3
    with pytest.raises(Refusal):
        gifts.hand(gift, world.chen, world.at)


def test_a_thing_without_end_stays_without_end(world: World) -> None:
    water = world.reward({"zh": "一瓶水"}, 0, stock=None, gift_only=True)
    gift = keep(world, water)
    gifts.give_back(gift, world.at)
    assert Shelf.get(Shelf.reward == water.id).stock is None
    assert gifts.left(water, world.bath) is None
    assert gifts.left(water, world.laundry) == 0


def test_gifts_are_in_no_catalogue_and_cannot_be_bought(world: World, slippers: Reward) -> None:
    names = [offer.reward.id for offer in catalogue.offers(world.mei, world.bath, world.at)]
    assert slippers.id not in names
    assert world.tea.id in names
    with pytest.raises(Refusal, match="现在不能兑换"):
        redemptions.hold(world.mei, slippers, world.bath, ticket="try to buy it", at=world.at)
    offer, _ = catalogue.offer(slippers, world.mei, world.at)
    assert offer.note is not None
    assert "送的" in offer.note.text


def test_a_shelf_that_gifts_speak_of_stays(world: World, slippers: Reward) -> None:
    gift = keep(world, slippers)
    draft = catalogue.Draft(
        name={"zh": "棉拖鞋"}, note={"zh": ""}, kind="item", points=0, gift_only=True, here={world.bath.id: False}
    )
    catalogue.save(slippers, draft, brand=world.brand.id, staff=world.zhao, ticket="a ticket of sixteen", at=world.at)
    assert world.shelf(slippers).stock == 0
    assert gifts.hand(gift, world.chen, world.at).state == "handed"


def test_waiting_and_kept_name_the_soonest_first(world: World, slippers: Reward) -> None:
    later = keep(world, slippers, "a")
    sooner = keep(world, slippers, "b", until_at=world.at + DAY)
    assert gifts.waiting(world.mei.id, world.at) == [sooner, later]
    assert gifts.waiting(world.mei.id, world.at, world.laundry.id) == []
    assert gifts.kept(world.bath.id, world.at + 2 * DAY) == [later]
