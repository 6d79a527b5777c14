"""Two cards that become one while things happen to them: whatever order, no point is lost or made, and the books hold."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Member, Merge, Purchase, Redemption
from tests.kit import crowd
from tests.members.test_doubles import joined, twin
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, MINUTE
from webapp.members import doubles
from webapp.points import purchases
from webapp.rewards import redemptions

__all__ = ["twin"]


def total() -> int:
    return sum(member.points + member.held - member.owed for member in Member.select())


def test_both_say_yes_at_once_and_it_happens_once(world: World, twin: Member) -> None:
    before = total()
    merge = doubles.propose(world.mei, twin, world.bath, world.su, NOON)
    crowd.together(*[partial(doubles.agree, merge, card, NOON) for card in (world.mei, twin)] * 3)
    assert Merge.get_by_id(merge.id).state == "merged"
    assert (total(), Member.get_by_id(twin.id).points) == (before, 0)
    assert check.run() == []


def test_yes_and_no_at_once_is_one_of_them_whole(world: World, twin: Member) -> None:
    before = total()
    merge = doubles.propose(world.mei, twin, world.bath, world.su, NOON)
    doubles.agree(merge, world.mei, NOON)
    crowd.together(partial(doubles.agree, merge, twin, NOON), partial(doubles.refuse, merge, NOON, member=world.mei))
    state, moved = Merge.get_by_id(merge.id).state, Member.get_by_id(twin.id).merged_into_id
    assert (state, moved) in (("merged", world.mei.id), ("refused", None))
    assert total() == before
    assert check.run() == []


def test_undone_by_three_at_once_it_is_undone_once(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    crowd.together(*[partial(doubles.undo, merge, NOON + DAY, staff=world.lin)] * 3)
    assert (Member.get_by_id(world.mei.id).points, Member.get_by_id(twin.id).points) == (1280, twin.points)
    assert check.run() == []


@pytest.mark.parametrize("parting", [False, True])
def test_bills_refunds_and_rewards_meanwhile_lose_nothing(world: World, twin: Member, parting: bool) -> None:
    merge = joined(world, twin) if parting else doubles.propose(world.mei, twin, world.bath, world.su, NOON)
    if not parting:
        doubles.agree(merge, world.mei, NOON)
    bill = Purchase.get()
    turn = (
        partial(doubles.undo, merge, NOON + DAY, staff=world.lin)
        if parting
        else partial(doubles.agree, merge, twin, NOON)
    )
    acts: list[Callable[[], object]] = [
        turn,
        partial(purchases.refund, bill.id, 2000, key="back", staff=world.chen, at=NOON + DAY),
        partial(
            purchases.record, world.bath, purchases.Bill(3000, "bill-9", "desk"), world.mei, world.chen, NOON + DAY
        ),
        partial(redemptions.hold, world.mei, world.towel, world.bath, ticket="ticket-nine", at=NOON + DAY),
    ]
    crowd.together(*acts)
    assert check.run() == []


STEPS = ("bill_one", "bill_other", "refund", "hold", "cancel", "approve", "merge", "undo")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=9))
def test_whatever_happens_in_whatever_order_the_books_hold_after_every_step(world: World, steps: list[str]) -> None:
    """Each time two new people, so that what came before does not help or hinder."""
    number = Member.select().count()
    one, other = (world.member("方方", f"137{number + place:08d}") for place in (0, 1))
    for card in (one, other):
        world.give(card, 200, lasts=(30 + number) * DAY)
    for place, step in enumerate(steps):
        _do(world, one, other, step, f"{number}-{place}", NOON + DAY + place * MINUTE)
        assert check.run() == [], f"{steps[: place + 1]}"


def _do(world: World, one: Member, other: Member, step: str, key: str, at: int) -> None:
    """One step, where it is possible."""
    first, second = world.fresh(one), world.fresh(other)
    card = first if second.merged_into_id or key.endswith(("0", "2", "4")) else second
    both = (one.id, other.id)
    merge = Merge.select().where(Merge.first == one.id, Merge.state == "merged").first()
    held = Redemption.select().where(Redemption.state == "held", Redemption.member.in_(both)).first()
    bill = Purchase.select().where(Purchase.refunded == 0, Purchase.member.in_(both)).first()
    if step.startswith("bill"):
        owner = first if step == "bill_one" or second.merged_into_id else second
        purchases.record(world.bath, purchases.Bill(1000, f"bill-{key}", "desk"), owner, world.chen, at)
    elif step == "refund" and bill:
        purchases.refund(bill.id, bill.amount, key=f"back-{key}", staff=world.chen, at=at)
    elif step == "hold" and not held and card.points >= 80:
        redemptions.hold(card, world.tea, world.bath, ticket=f"ticket-{key}", at=at)
    elif step == "cancel" and held:
        redemptions.cancel(held, held.member, at)
    elif step == "approve" and held:
        redemptions.approve(held, world.chen, at)
    elif step == "merge" and not second.merged_into_id:
        again = doubles.propose(first, second, world.bath, world.su, at)
        doubles.agree(again, first, at)
        doubles.agree(again, second, at)
    elif step == "undo" and merge:
        doubles.undo(merge, at, staff=world.lin)
