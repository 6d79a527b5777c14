"""`flask check` finds what no rule of levels, gifts and friends would write: each damage below is done behind their back, and named."""

from collections.abc import Callable

import pytest

from models import Gift, LedgerLine, Level, LevelMove, Member, Referral, Shelf
from tests.points.books import assert_shop
from tests.points.test_levels import NONE, REVIEW, buy, regular
from tests.points.test_referrals import buy as buys
from tests.points.test_referrals import friend_of
from tests.world import World
from webapp import check
from webapp.clock import DAY
from webapp.points import ledger, purchases, tasks
from webapp.rewards import gifts, invariants


@pytest.fixture
def lived(world: World) -> World:
    """Somebody who was warned, one who went down; a gift in every state; friends of all kinds."""
    xin = regular(world)
    buy(world, world.mei, 3000, world.at)
    for moment in (REVIEW - 60 * DAY, REVIEW + DAY):
        tasks.look_at_levels(moment, NONE)
    assert world.fresh(xin).tier == "ordinary"
    slippers = world.reward({"zh": "棉拖鞋"}, 0, stock=5, gift_only=True)
    times = {"from_at": world.at, "until_at": world.at + DAY}
    one, two, three, _ = (
        gifts.keep(xin, slippers, world.bath, "care", world.at, key=f"k{n}", **times) for n in range(4)
    )
    gifts.hand(one, world.chen, world.at)
    gifts.give_back(two, world.at)
    gifts.lapse(world.at + DAY, gift=three.id)
    paid, back = friend_of(world, xin), friend_of(world, xin, "13900000002")
    buys(world, paid, 5000)
    purchases.refund(buys(world, back, 5000).id, 5000, key="all", staff=world.su, at=world.at)
    friend_of(world, xin, "13900000003")
    return world


def test_a_shop_that_was_lived_in_breaks_nothing(lived: World) -> None:
    assert_shop()


def _level(world: World) -> None:
    Level.create(member=world.xin.id, tier="loyal", reached_at=world.at, review_at=world.at + DAY)


def _no_warning(world: World) -> None:
    LevelMove.create(member=world.xin.id, before="vip", after="loyal", why="review", counted={}, at=world.at)


def _short_warning(world: World) -> None:
    counted = {"warned_at": world.at - 10 * DAY, "days": 60}
    LevelMove.create(member=world.xin.id, before="loyal", after="ordinary", why="review", counted=counted, at=world.at)


def _other_shelf(world: World) -> None:
    Gift.update(shelf=Shelf.get(Shelf.reward == world.tea.id).id).execute()


def _no_hand(world: World) -> None:
    Gift.update(handed_by=None).where(Gift.state == "handed").execute()


def _still_kept(world: World) -> None:
    Gift.update(ended_at=world.at).where(Gift.state == "kept").execute()


def _no_bill(world: World) -> None:
    Referral.update(purchase=None).where(Referral.state == "paid").execute()


def _paid_for_nothing(world: World) -> None:
    origin = ledger.Origin("referral", world.bath.id)
    ledger.earn(world.mei.id, 9, kind="bonus", key="referral:NOBODY", at=1, expires_at=2 * world.at, origin=origin)


def _paid_and_taken_back(world: World) -> None:
    line = LedgerLine.get(LedgerLine.reason == "invited", LedgerLine.member != world.xin.id)
    ledger.take_back(line.id, 1, key="behind", at=world.at, origin=ledger.Origin("unreferred"))
    Referral.update(state="paid").where(Referral.state == "taken_back").execute()


def _ring(world: World) -> None:
    row = Referral.get(Referral.state == "joined")
    Referral.create(friend=row.inviter_id, inviter=row.friend_id, joined_at=world.at)


def _gone(world: World) -> None:
    Member.update(erased_at=world.at).where(Member.id == world.xin.id).execute()


DAMAGES: list[tuple[Callable[[World], None], str]] = [
    (_level, "a level's row says the level of its member, and nobody stands on the first one with a day to lose it"),
    (_no_warning, "nobody went down a level without a warning long before"),
    (_short_warning, "nobody went down a level without a warning long before"),
    (_other_shelf, "a gift comes from the shelf of its own reward and store"),
    (_no_hand, "a gift's stamps are those of its state"),
    (_still_kept, "a gift's stamps are those of its state"),
    (_no_bill, "a friend who paid has a real bill of their own"),
    (_paid_for_nothing, "points for a friend were given for a friend who paid, and are still there only while that stands"),
    (_paid_and_taken_back, "points for a friend were given for a friend who paid, and are still there only while that stands"),
    (_ring, "no two members brought each other"),
    (_gone, "a card that is gone has no level and nothing kept for it"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "name"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES])
def test_every_damage_is_found_and_named(lived: World, damage: Callable[[World], None], name: str) -> None:
    damage(lived)
    assert name in [breach.name for breach in check.run()]


def test_every_invariant_of_this_room_is_broken_above() -> None:
    assert {name for name, _ in invariants.INVARIANTS} == {name for _, name in DAMAGES}
