"""The goodwill purse: one tap out of one's own month, a manager beside it for more, nobody for themselves."""

import datetime as dt

import pytest

from models import Coupon, Event, LedgerLine, Message, PurseUse
from tests.complaints.places import complain, entries
from tests.world import NOON, SHANGHAI, World
from webapp.clock import DAY, HOUR
from webapp.complaints import purse
from webapp.points import purchases, visits
from webapp.points.purchases import Bill
from webapp.prices import coupons
from webapp.refusals import Forbidden, Refusal


def give(world: World, amount: int = 2000, key: str = "g", **more: object) -> PurseUse:
    said = {"staff": world.chen, "kind": "coupon", "why": "等太久了", "at": NOON, "member": world.mei} | more
    return purse.give(store=world.bath, amount=amount, key=key, **said)  # type: ignore[arg-type]


def test_one_tap_and_the_coupon_is_there_with_the_name_and_the_reason(world: World) -> None:
    use = give(world)
    assert (use.coupon.amount, use.coupon.reason, use.coupon.member_id) == (2000, "goodwill", world.mei.id)
    message = Message.get(Message.text == "goodwill")
    assert (message.params["person"], message.params["why"]) == ("小陈", "等太久了")
    assert purse.left(world.chen, world.bath, NOON) == (5000, 2000, 3000)
    assert give(world).id == use.id
    assert Coupon.select().count() == 1
    with pytest.raises(Refusal, match="用过"):
        give(world, 1000)


def test_points_come_out_of_the_purse_for_what_they_are_worth(world: World) -> None:
    use = give(world, 100, kind="points")
    assert (use.points, use.amount) == (100, 1500)
    assert world.fresh(world.mei).points == 1380
    assert LedgerLine.get_by_id(use.line_id).reason == "goodwill"


def test_over_the_purse_needs_a_manager_who_stands_beside_it(world: World) -> None:
    give(world, 4000)
    with pytest.raises(Refusal) as no:
        give(world, 1001, "g2")
    assert (no.value.code, no.value.field, no.value.params["left"]) == ("over_limit", "pin", {"fen": 1000})
    for wrong in (world.su, world.bo):
        with pytest.raises(Forbidden):
            give(world, 1001, "g2", approved_by=wrong)
    with pytest.raises(Forbidden):  # a manager is not beside themselves
        give(world, 60_000, "g2", staff=world.lin, approved_by=world.lin)
    use = give(world, 1001, "g2", approved_by=world.lin)
    assert use.approved_by_id == world.lin.id
    assert purse.left(world.chen, world.bath, NOON).left == 0
    assert (
        Event.select().where(Event.verb == "goodwill_given").order_by(Event.id.desc()).get().data["approved"]
        == world.lin.id
    )


def test_a_manager_beside_it_is_not_named_where_none_was_needed(world: World) -> None:
    assert give(world, 100, approved_by=world.lin).approved_by_id is None


def test_each_role_has_its_own_and_the_owners_has_no_bottom(world: World) -> None:
    limits = [purse.left(who, world.bath, NOON).limit for who in (world.chen, world.su, world.lin)]
    assert limits == [5000, 10_000, 50_000]
    assert give(world, 300_000, staff=world.zhao).approved_by_id is None


def test_a_new_month_on_the_wall_is_a_new_purse(world: World) -> None:
    last = int(dt.datetime(2026, 5, 31, 23, 59, tzinfo=SHANGHAI).timestamp())
    give(world, 5000, at=last)
    assert purse.left(world.chen, world.bath, last).left == 0
    assert purse.left(world.chen, world.bath, last + 60).left == 5000


def test_nobody_gives_to_themselves(world: World) -> None:
    world.chen.member = world.mei
    world.chen.save()
    with pytest.raises(Forbidden):
        give(world, 100)
    world.lin.member = world.mei
    world.lin.save()
    with pytest.raises(Forbidden):  # nor says yes to it
        give(world, 6000, staff=world.kai, approved_by=world.lin)
    assert PurseUse.select().count() == 0


def test_no_reason_no_amount_no_kind_no_card(world: World) -> None:
    for wrong in ({"why": " "}, {"why": "长" * 121}, {"amount": 0}, {"kind": "cash"}):
        with pytest.raises(Refusal):
            give(world, **({"amount": 100} | wrong))
    world.mei.erased_at = NOON
    world.mei.save()
    with pytest.raises(Refusal, match="不用了"):
        give(world, 100)
    assert Coupon.select().count() == 0


def test_in_a_case_the_thread_shows_it_and_it_is_their_own_case(world: World) -> None:
    case = complain(world)
    give(world, 500, case=case)
    (shown,) = entries(case, "offer")
    assert (shown.data["state"], shown.data["amount"]) == ("goodwill", 500)
    with pytest.raises(Refusal, match="不是"):
        give(world, 500, "g2", case=complain(world, member=world.xin, key="k2"))


def test_what_it_brought_back_is_who_came_again_and_what_they_spent(world: World) -> None:
    used = give(world)
    give(world, 1000, "x", member=world.xin, staff=world.kai)
    purchases.record(world.bath, Bill(9_900, "same day", "desk"), world.mei, world.chen, NOON + HOUR)
    visits.check_in(world.mei, world.bath, "counter", NOON + 3 * DAY)
    coupons.use(used.coupon, world.bath, world.chen, NOON + 3 * DAY)
    purchases.record(world.bath, Bill(8_800, "b", "desk"), world.mei, world.chen, NOON + 3 * DAY)
    purchases.record(world.bath, Bill(7_700, "late", "desk"), world.mei, world.chen, NOON + 80 * DAY)
    everything, *people = purse.brought_back(world.bath, NOON - DAY, NOON + DAY)
    assert everything == ("", 2, 3000, 2000, 2, 1, 8_800)
    assert {row.name: (row.given, row.returned, row.spent) for row in people} == {
        "小陈": (2000, 1, 8_800),
        "阿凯": (1000, 0, 0),
    }
    assert purse.brought_back(world.laundry, 0, NOON + DAY)[0].uses == 0
    assert [use.amount for use in purse.uses(world.bath, 0, NOON + DAY)] == [1000, 2000]
    assert [use.staff.name for use in purse.of_member(world.mei)] == ["小陈"]
