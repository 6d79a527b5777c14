"""A card that is forgotten or becomes part of another: its level, its gifts and its friends."""

from models import Gift, Level, Member, Referral
from tests.points.books import assert_shop
from tests.points.test_levels import REVIEW, regular
from tests.points.test_referrals import buy, friend_of
from tests.world import World
from webapp import vault
from webapp.clock import DAY
from webapp.members import joining, merging, privacy
from webapp.points import purchases
from webapp.rewards import gifts


def kept(world: World, member: Member) -> Gift:
    slippers = world.reward({"zh": "棉拖鞋"}, 0, stock=3, gift_only=True)
    times = {"from_at": world.at, "until_at": world.at + 30 * DAY}
    return gifts.keep(member, slippers, world.bath, "birthday", world.at, key=f"birthday:{member.id}", **times)


def a_pass(world: World, invite: str = "") -> Member:
    guest = joining.join(joining.Wish(world.bath, "", vault.token()[:32], invite=invite), world.at).member
    assert guest is not None
    return guest


def test_who_is_forgotten_leaves_the_gift_to_the_shelf_and_has_no_level(world: World) -> None:
    xin = regular(world)
    gift = kept(world, xin)
    privacy.erase(xin, world.at + DAY)
    assert world.fresh(gift).state == "returned"
    assert world.shelf(gift.reward).stock == 3
    assert Level.get_or_none(Level.member == xin.id) is None
    assert_shop()


def test_the_export_has_level_gifts_and_friends_but_nobody_elses_name(world: World) -> None:
    xin = regular(world)
    kept(world, xin)
    friend = friend_of(world, xin)
    Member.update(name="李雷").where(Member.id == friend.id).execute()
    data = privacy.export(world.fresh(xin), world.at)
    assert data["level"][0]["review_at"] == REVIEW
    assert data["level_moves"][0]["after"] == "loyal"
    assert data["gifts"][0]["reward_name"] == {"zh": "棉拖鞋"}
    assert [(row["as"], row["state"]) for row in data["friends"]] == [("inviter", "joined")]
    assert "李雷" not in str(data["friends"])


def test_two_cards_of_one_person_keep_the_better_level_the_gifts_and_the_friends(world: World) -> None:
    guest = a_pass(world)
    buy(world, guest, 120_000)
    gift, friend = kept(world, guest), friend_of(world, guest)
    merging.merge(world.fresh(guest), world.mei, world.chen, world.bath, world.at + 60)
    assert world.fresh(world.mei).tier == "loyal"
    assert Level.get(Level.member == world.mei.id).review_at == REVIEW
    assert world.fresh(gift).member_id == world.mei.id
    assert Referral.get(Referral.friend == friend.id).inviter_id == world.mei.id
    buy(world, friend, 5000)
    assert Referral.get(Referral.friend == friend.id).state == "paid"
    assert_shop()


def test_a_pass_that_turns_out_to_be_ones_own_pays_nothing(world: World) -> None:
    guest = a_pass(world, world.mei.code)
    merging.merge(guest, world.mei, world.chen, world.bath, world.at)
    buy(world, world.mei, 5000)
    row = Referral.get(Referral.friend == guest.id)
    assert (row.state, row.purchase_id) == ("refused", None)
    assert_shop()


def test_a_refund_after_two_cards_became_one_takes_the_points_from_the_one_that_goes_on(world: World) -> None:
    inviter = a_pass(world)
    friend = friend_of(world, inviter)
    bill = buy(world, friend, 5000)
    merging.merge(world.fresh(inviter), world.xin, world.chen, world.bath, world.at + 60)
    assert world.fresh(world.xin).points == 100
    purchases.refund(bill.id, 5000, key="all", staff=world.su, at=world.at + 120)
    assert world.fresh(world.xin).points == 0
    assert_shop()
