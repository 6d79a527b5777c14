"""Friends bring friends: both get points at the friend's first real purchase, once, and give them back if that is undone."""

from functools import partial
from typing import Any

import pytest

from models import LedgerLine, Member, Message, Referral
from tests.kit.crowd import together
from tests.points.books import assert_shop, balance
from tests.world import World
from webapp import vault
from webapp.clock import DAY
from webapp.members import joining
from webapp.points import purchases, referrals
from webapp.points.purchases import Bill
from webapp.rewards import redemptions

MEI = 1280  # what Mei has before anything happens


def friend_of(world: World, inviter: Member, phone: str = "13900000001", at: int = 0) -> Member:
    """Somebody new who joins by that code."""
    wish = joining.Wish(world.bath, phone, vault.token()[:32], invite=inviter.code)
    member = joining.join(wish, at or world.at).member
    assert member is not None
    return member


def buy(world: World, member: Member, fen: int, at: int = 0, key: str = "") -> Any:
    bill = Bill(fen, key or vault.token(), "desk")
    return purchases.record(world.bath, bill, world.fresh(member), world.chen, at or world.at)


def state_of(friend: Member) -> tuple[str, str]:
    row = Referral.get(Referral.friend == friend.id)
    return row.state, row.why


def test_both_get_their_points_at_the_friends_first_real_purchase(world: World) -> None:
    friend = friend_of(world, world.mei)
    assert state_of(friend) == ("joined", "")
    assert balance(world.mei)[0] == MEI
    buy(world, friend, 1999)  # less than a real one
    assert state_of(friend) == ("joined", "")
    buy(world, friend, 2000)
    assert state_of(friend) == ("paid", "")
    assert balance(world.mei)[0] == MEI + 100
    assert balance(friend)[0] == 19 + 20 + 50
    texts = {(m.member_id, m.text) for m in Message.select().where(Message.text.startswith("friend_"))}
    assert texts == {(world.mei.id, "friend_referral"), (friend.id, "friend_invited")}
    assert_shop()


def test_a_second_purchase_pays_nothing_more(world: World) -> None:
    friend = friend_of(world, world.mei)
    buy(world, friend, 5000)
    buy(world, friend, 5000)
    assert balance(world.mei)[0] == MEI + 100


def test_many_bills_of_one_friend_at_once_pay_once(world: World) -> None:
    friend = friend_of(world, world.mei)
    together(*(partial(buy, world, friend, 5000, key=f"bill {n}") for n in range(8)))
    assert balance(world.mei)[0] == MEI + 100
    assert balance(friend)[0] == 8 * 50 + 50
    assert_shop()


def test_friends_of_friends_and_their_inviters_pay_at_once_without_waiting_crosswise(world: World) -> None:
    chain = [world.mei]
    for n in range(6):
        chain.append(friend_of(world, chain[-1], f"1390000000{n}"))
    together(*(partial(buy, world, one, 5000, key=f"bill {one.id}") for one in chain[1:]))
    assert balance(world.mei)[0] == MEI + 100
    assert all(balance(one)[0] == 50 + 50 + 100 for one in chain[1:-1])
    assert_shop()


def test_a_refund_takes_both_back_and_a_later_purchase_pays_again_once(world: World) -> None:
    friend = friend_of(world, world.mei)
    first = buy(world, friend, 5000)
    purchases.refund(first.id, 5000, key="all", staff=world.su, at=world.at + 60)
    assert state_of(friend) == ("taken_back", "")
    assert (balance(world.mei)[0], balance(friend)[0]) == (MEI, 0)
    second = buy(world, friend, 5000, world.at + DAY)
    assert state_of(friend) == ("paid", "")
    assert (balance(world.mei)[0], balance(friend)[0]) == (MEI + 100, 100)
    purchases.refund(second.id, 5000, key="all", staff=world.su, at=world.at + DAY + 60)
    assert state_of(friend) == ("refused", "refunded")
    buy(world, friend, 5000, world.at + 2 * DAY)
    assert balance(world.mei)[0] == MEI
    assert_shop()


def test_a_refund_that_leaves_a_real_purchase_takes_nothing_back(world: World) -> None:
    friend = friend_of(world, world.mei)
    bill = buy(world, friend, 5000)
    purchases.refund(bill.id, 3000, key="some", staff=world.su, at=world.at + 60)
    assert state_of(friend) == ("paid", "")
    purchases.refund(bill.id, 100, key="a little more", staff=world.su, at=world.at + 61)
    assert state_of(friend) == ("taken_back", "")
    assert balance(world.mei)[0] == MEI
    assert_shop()


def test_points_that_were_spent_meanwhile_are_owed(world: World) -> None:
    friend = friend_of(world, world.xin)
    bill = buy(world, friend, 5000)
    assert balance(world.xin)[0] == 100
    redemptions.approve(
        redemptions.hold(world.fresh(world.xin), world.tea, world.bath, ticket="tea", at=world.at), world.chen, world.at
    )
    purchases.refund(bill.id, 5000, key="all", staff=world.su, at=world.at + 60)
    assert balance(world.xin) == (0, 0, 80)
    assert_shop()


def test_a_pass_without_a_number_waits_until_it_has_one(world: World) -> None:
    wish = joining.Wish(world.bath, "", vault.token()[:32], invite=world.mei.code)
    guest = joining.join(wish, world.at).member
    assert guest is not None
    buy(world, guest, 5000)
    assert state_of(guest) == ("joined", "")
    assert joining.attach(guest, "13900000009", world.bath, source="test", at=world.at) is None
    buy(world, guest, 5000)
    assert state_of(guest) == ("paid", "")


def test_a_number_that_is_known_makes_no_friend(world: World) -> None:
    wish = joining.Wish(world.bath, "13800000002", vault.token()[:32], invite=world.mei.code)
    assert joining.join(wish, world.at).member is None
    assert Referral.select().count() == 0


@pytest.mark.parametrize("code", ["", "NOBODY", "回头", "' OR 1=1", "x" * 500])
def test_a_code_that_is_nobodys_lets_everybody_join(world: World, code: str) -> None:
    wish = joining.Wish(world.bath, "13900000003", vault.token()[:32], invite=code)
    assert joining.join(wish, world.at).member is not None
    assert Referral.select().count() == 0


@pytest.mark.parametrize("who", ["inviter", "friend"])
def test_people_of_the_shop_bring_nobody_and_are_brought_by_nobody(world: World, who: str) -> None:
    if who == "inviter":
        world.kai.member = world.mei
        world.kai.save()
        friend = friend_of(world, world.mei)
        assert state_of(friend) == ("refused", "staff")
    else:
        friend = friend_of(world, world.mei)
        world.kai.member = friend
        world.kai.save()
    buy(world, friend, 5000)
    assert state_of(friend) == ("refused", "staff")
    assert balance(world.mei)[0] == MEI


def test_after_so_many_friends_in_a_year_no_more_are_paid(world: World) -> None:
    world.brand.policy = {"referral_year": 2}
    world.brand.save()
    world.bath.__rel__.pop("brand", None)
    friends = [friend_of(world, world.mei, f"1391000000{n}") for n in range(3)]
    for friend in friends:
        buy(world, friend, 5000)
    assert [state_of(friend)[0] for friend in friends] == ["paid", "paid", "refused"]
    assert state_of(friends[2]) == ("refused", "limit")
    later = friend_of(world, world.mei, "13920000001", world.at + 366 * DAY)
    buy(world, later, 5000, world.at + 366 * DAY)
    assert state_of(later) == ("paid", "")


def test_a_ring_pays_nobody(world: World) -> None:
    friend = friend_of(world, world.mei)
    Referral.create(friend=world.mei.id, inviter=friend.id, joined_at=world.at)
    buy(world, friend, 5000)
    assert state_of(friend) == ("refused", "ring")


def test_a_shop_that_gives_nothing_gives_nothing(world: World) -> None:
    world.brand.policy = {"referral_inviter": 0, "referral_friend": 0}
    world.brand.save()
    world.bath.__rel__.pop("brand", None)
    friend = friend_of(world, world.mei)
    buy(world, friend, 5000)
    assert state_of(friend) == ("paid", "")
    assert LedgerLine.select().where(LedgerLine.reason.in_(("referral", "invited"))).count() == 0


def test_a_friend_who_claims_a_bill_pays_too(world: World) -> None:
    bill = purchases.record(world.bath, Bill(5000, "slip", "desk"), None, world.chen, world.at)
    friend = friend_of(world, world.mei)
    purchases.claim(bill.code, friend, world.at + 60)
    assert state_of(friend) == ("paid", "")


def test_who_brought_whom_is_seen_by_both_sides(world: World) -> None:
    one, two = friend_of(world, world.mei), friend_of(world, world.mei, "13900000002", world.at + 1)
    Member.update(name="李雷").where(Member.id == one.id).execute()
    buy(world, one, 5000)
    seen = referrals.friends(world.mei.id)
    assert [(f.name, f.state, f.points) for f in seen] == [("", "joined", 0), ("李雷", "paid", 100)]
    known = referrals.lately(world.brand.id)
    assert [(k.inviter.id, k.friend.id, k.state) for k in known] == [
        (world.mei.id, two.id, "joined"),
        (world.mei.id, one.id, "paid"),
    ]
    assert referrals.count(world.brand.id) == {"joined": 1, "paid": 1}


def test_cards_that_become_one_take_their_friends_along_and_are_no_new_friends(world: World) -> None:
    guest_wish = joining.Wish(world.bath, "", vault.token()[:32], invite=world.mei.code)
    guest = joining.join(guest_wish, world.at).member
    assert guest is not None
    friend = friend_of(world, guest)
    referrals.moved(guest.id, world.mei.id, world.at)
    assert state_of(guest) == ("refused", "known")
    assert Referral.get(Referral.friend == friend.id).inviter_id == world.mei.id
