"""Two cards become one: nothing is lost, nothing is made, and the books are proved on both databases."""

import pytest

from models import Device, Lot, Member, Purchase, Redemption, Shelf, Visit
from tests.world import NOON, World
from webapp import check, signins
from webapp.clock import DAY
from webapp.members import merging
from webapp.points import ledger, purchases
from webapp.refusals import Refusal
from webapp.rewards import redemptions


@pytest.fixture
def guest(world: World) -> Member:
    """A pass without a number that has bought, earned, spent and signed in."""
    made = world.member("小客", None)
    world.give(made, 300, lasts=30 * DAY)
    purchases.record(world.bath, purchases.Bill(5000, "bill-1", "desk"), made, world.chen, NOON)
    tea = redemptions.hold(made, world.tea, world.bath, ticket="ticket-one", at=NOON)
    redemptions.approve(tea, world.chen, NOON)
    signins.open_for_member(made, world.bath, "phone", NOON)
    return world.fresh(made)


def merge(world: World, guest: Member, owner: Member) -> None:
    merging.merge(guest, owner, world.chen, world.bath, NOON)


def test_points_arrive_with_the_same_last_days(world: World, guest: Member) -> None:
    before = sorted((lot.left, lot.expires_at) for lot in Lot.select().where(Lot.member == guest.id, Lot.left > 0))
    merge(world, guest, world.mei)
    assert world.fresh(guest).points == 0
    assert world.fresh(world.mei).points == 1280 + guest.points
    after = {(lot.left, lot.expires_at) for lot in Lot.select().where(Lot.member == world.mei.id, Lot.left > 0)}
    assert set(before) <= after
    assert check.run() == []


def test_visits_bills_redemptions_and_devices_come_along(world: World, guest: Member) -> None:
    merge(world, guest, world.mei)
    for model in (Visit, Purchase, Redemption, Device):
        assert model.select().where(model.member == guest.id).count() == 0
        assert model.select().where(model.member == world.mei.id).count() == 1
    assert merging.survivor(world.fresh(guest)) == world.mei


def test_a_running_hold_is_cancelled_first(world: World, guest: Member) -> None:
    running = redemptions.hold(guest, world.towel, world.bath, ticket="ticket-two", at=NOON)
    stock = world.shelf(world.towel).stock
    merge(world, guest, world.mei)
    assert Redemption.get_by_id(running.id).state == "cancelled"
    assert Shelf.get_by_id(running.shelf_id).stock == stock + 1
    assert world.fresh(world.mei).points == 1280 + guest.points
    assert check.run() == []


def test_merging_twice_is_merging_once(world: World, guest: Member) -> None:
    merge(world, guest, world.mei)
    points = world.fresh(world.mei).points
    merge(world, guest, world.mei)
    assert world.fresh(world.mei).points == points


def test_what_the_pass_owes_the_owner_pays(world: World, guest: Member) -> None:
    ledger.adjust(guest.id, -guest.points, key="spent", at=NOON, expires_at=NOON, origin=ledger.Origin("adjusted"))
    bill = Purchase.get(Purchase.member == guest.id)
    purchases.refund(bill.id, 5000, key="back", staff=world.chen, at=NOON)
    assert world.fresh(guest).owed == 50
    merge(world, guest, world.mei)
    assert (world.fresh(guest).owed, world.fresh(world.mei).points) == (0, 1230)
    assert check.run() == []


def test_a_bill_refunded_afterwards_is_paid_by_the_one_who_has_the_points(world: World, guest: Member) -> None:
    merge(world, guest, world.mei)
    before = world.fresh(world.mei).points
    purchases.refund(Purchase.get().id, 5000, key="back", staff=world.chen, at=NOON + 1)
    assert world.fresh(world.mei).points == before - 50
    assert (world.fresh(guest).points, world.fresh(guest).owed) == (0, 0)
    assert check.run() == []


def test_a_redemption_undone_afterwards_pays_the_one_who_has_the_card(world: World, guest: Member) -> None:
    spent = Redemption.get(Redemption.member == guest.id)
    merge(world, guest, world.mei)
    before = world.fresh(world.mei).points
    redemptions.undo(spent, world.chen, NOON + 1)
    assert world.fresh(world.mei).points == before + spent.points
    assert world.fresh(guest).points == 0
    assert check.run() == []


def test_a_level_that_both_earned_together_is_reached(world: World, guest: Member) -> None:
    world.give(guest, 900)
    merge(world, guest, world.xin)
    assert world.fresh(world.xin).tier == "loyal"


def test_a_card_with_a_number_is_never_swallowed(world: World, guest: Member) -> None:
    for one, other in ((world.xin, world.mei), (world.mei, world.mei)):
        with pytest.raises(Refusal, match="不能合并"):
            merge(world, one, other)
