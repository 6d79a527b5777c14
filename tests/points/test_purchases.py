"""Bills: once per ticket, worth points once, refunded never beyond their sum."""

from functools import partial

import pytest

from models import Purchase, Refund, Visit
from tests.kit.crowd import together, told, won
from tests.points.books import assert_shop, balance
from tests.world import World
from webapp.clock import DAY
from webapp.points import ledger, purchases
from webapp.points.purchases import Bill
from webapp.refusals import Refusal


def test_twenty_taps_with_one_ticket_are_one_bill(world: World) -> None:
    ring = partial(purchases.record, world.bath, Bill(4860, "one ticket", "desk"), world.xin, world.chen, world.at)
    assert len(set(together(*[ring] * 20))) == 1
    assert Purchase.select().count() == 1
    assert balance(world.xin) == (48, 0, 0)
    assert_shop()


def test_bills_of_one_member_at_once_all_count(world: World) -> None:
    came = together(
        *(
            partial(purchases.record, world.bath, Bill(1000, f"bill {n}", "desk"), world.xin, world.chen, world.at)
            for n in range(12)
        )
    )
    assert len({purchase.id for purchase in came}) == 12
    assert balance(world.xin) == (120, 0, 0)
    assert Visit.select().where(Visit.member == world.xin.id).count() == 1
    assert_shop()


def test_of_many_who_claim_one_bill_exactly_one_gets_it(world: World) -> None:
    purchase = purchases.record(world.bath, Bill(4860, "slip", "desk"), None, world.chen, world.at)
    guests = [world.member(f"第{n}位") for n in range(12)]
    came = together(*(partial(purchases.claim, purchase.code, guest, world.at) for guest in guests))
    assert len(won(came)) == 1
    assert told(came) == ["already_claimed"]
    assert sum(balance(guest)[0] for guest in guests) == 48
    assert_shop()


def test_refunds_at_once_never_give_back_more_than_the_bill(world: World) -> None:
    purchase = purchases.record(world.bath, Bill(10000, "bill", "desk"), world.xin, world.chen, world.at)
    refund = partial(purchases.refund, purchase.id, 4000, staff=world.su, at=world.at)
    came = together(*(partial(refund, key=f"refund {n}") for n in range(8)))
    assert len(won(came)) == 2
    assert told(came) == ["refund_too_large"]
    assert balance(world.xin) == (20, 0, 0)
    assert_shop()


def test_a_refund_and_its_repeat_are_one(world: World) -> None:
    purchase = purchases.record(world.bath, Bill(10000, "bill", "desk"), world.xin, world.chen, world.at)
    refund = partial(purchases.refund, purchase.id, 4000, key="the same", staff=world.su, at=world.at)
    assert len(set(together(*[refund] * 6))) == 1
    assert Refund.select().count() == 1
    assert balance(world.xin) == (60, 0, 0)


def test_refunds_in_small_parts_take_back_exactly_what_the_bill_gave(world: World) -> None:
    purchase = purchases.record(world.bath, Bill(1999, "bill", "desk"), world.xin, world.chen, world.at)
    for n in range(19):
        purchases.refund(purchase.id, 100, key=f"part {n}", staff=None, at=world.at + n)
    assert balance(world.xin) == (0, 0, 0)
    purchases.refund(purchase.id, 99, key="the rest", staff=None, at=world.at + 30)
    assert balance(world.xin) == (0, 0, 0)
    assert purchases.points_of(purchase) == 0


def test_a_bill_refunded_in_part_before_its_claim_gives_and_takes_the_rest(world: World) -> None:
    purchase = purchases.record(world.bath, Bill(10000, "slip", "desk"), None, world.chen, world.at)
    purchases.refund(purchase.id, 4000, key="before", staff=None, at=world.at)
    purchases.claim(purchase.code, world.xin, world.at)
    assert balance(world.xin) == (60, 0, 0)
    purchases.refund(purchase.id, 1000, key="after", staff=None, at=world.at)
    assert balance(world.xin) == (50, 0, 0)
    assert_shop()


def test_a_claim_days_later_is_no_visit(world: World) -> None:
    purchase = purchases.record(world.bath, Bill(10000, "slip", "desk"), None, world.chen, world.at)
    purchases.claim(purchase.code, world.xin, world.at + 3 * DAY)
    assert not Visit.select().exists()


def test_the_same_ticket_for_another_member_is_refused(world: World) -> None:
    purchases.record(world.bath, Bill(4860, "ticket", "desk"), None, world.chen, world.at)
    with pytest.raises(Refusal) as no:
        purchases.record(world.bath, Bill(4860, "ticket", "desk"), world.xin, world.chen, world.at)
    assert no.value.code == "ticket_reused"
    assert balance(world.xin) == (0, 0, 0)


def test_a_refund_after_two_cards_were_joined_is_paid_by_the_card_that_lives(world: World) -> None:
    from webapp.members import merging

    guest = world.member("")
    purchase = purchases.record(world.bath, Bill(10000, "bill", "desk"), guest, world.chen, world.at)
    merging.merge(guest, world.xin, world.chen, world.bath, world.at)
    assert balance(world.xin) == (100, 0, 0)
    purchases.refund(purchase.id, 10000, key="r", staff=world.su, at=world.at)
    assert balance(world.xin) == (0, 0, 0)
    assert balance(guest) == (0, 0, 0)
    assert_shop()


def test_check_ins_and_bills_do_not_wait_for_each_other_crosswise(world: World) -> None:
    from webapp.points import visits

    for turn in range(6):
        at = world.at + turn * DAY
        together(
            partial(visits.check_in, world.xin, world.bath, "counter", at),
            partial(purchases.record, world.bath, Bill(1000, f"a{turn}", "desk"), world.xin, world.chen, at),
            partial(purchases.record, world.bath, Bill(1000, f"b{turn}", "desk"), world.xin, world.kai, at),
            partial(visits.check_in, world.xin, world.bath, "counter", at),
            partial(ledger.lapse, world.xin.id, at),
        )
    assert Visit.select().where(Visit.member == world.xin.id).count() == 6
    assert_shop()
