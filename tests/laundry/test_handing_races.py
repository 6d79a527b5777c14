"""Two tablets, or a tablet and the till, at the same moment: one hand-over, one bill, one answer."""

from functools import partial

import pytest

from models import Event, Message, Order, Purchase
from tests.kit.crowd import together, told, won
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, HOUR
from webapp.laundry import after, handing, promises, stages
from webapp.points import purchases
from webapp.points.purchases import Bill


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def test_desk_and_till_ring_up_one_receipt_at_once_and_it_is_one_bill(cleaner: Cleaner) -> None:
    mei = cleaner.world.mei
    for number in range(6):
        order, receipt = cleaner.ready(), f"R-{number}"
        desk = partial(handing.collect, order, cleaner.bo, NOON, paid=True, receipt=receipt)
        till = partial(purchases.record, cleaner.store, Bill(4500, f"t:{number}", "till", receipt), mei, None, NOON)
        came = won(together(*(desk, till) if number % 2 else (till, desk)))
        assert len(came) == 2, told(came)
    assert Purchase.select().count() == 6
    assert cleaner.world.fresh(mei).points == 1280 + 6 * 45
    assert check.run() == []


def test_many_hands_give_a_bag_out_once(cleaner: Cleaner) -> None:
    order = cleaner.ready(pieces=3)
    people = (cleaner.bo, cleaner.qi, cleaner.rui)
    together(*(partial(handing.collect, order, staff, NOON, paid=True) for staff in people * 2))
    assert Event.select().where(Event.verb == "order_collected").count() == Purchase.select().count() == 1
    assert cleaner.world.fresh(cleaner.world.mei).points == 1280 + 135
    assert check.run() == []


def test_of_washing_and_taking_home_at_once_one_happens(cleaner: Cleaner) -> None:
    for _ in range(4):
        order = cleaner.agreed()
        cleaner.until(order, "treated")
        together(
            partial(handing.cancel, order, cleaner.bo, "不洗了", NOON),
            partial(stages.advance, cleaner.tags(order), "cleaned", cleaner.qi, cleaner.store, NOON),
        )
        how = (Order.get_by_id(order.id).state, pieces(order)[0].stage)
        assert how in (("cancelled", "treated"), ("agreed", "cleaned"))
    assert check.run() == []


def test_two_workers_remind_and_ask_once(cleaner: Cleaner) -> None:
    cleaner.ready()
    handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=False)
    at = NOON + 7 * DAY
    together(*(partial(handing.remind, at),) * 4, *(partial(after.ask, at),) * 4)
    for text in ("order_uncollected", "all_well"):
        assert Message.select().where(Message.text == text).count() == 1


def test_of_many_new_times_at_once_one_is_promised(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    acts = [
        partial(promises.renew, order, order.promised_at + (n + 1) * DAY, "忙", cleaner.bo, NOON + HOUR)
        for n in range(4)
    ]
    came = together(*acts)
    assert (len(won(came)), told(came)) == (1, ["changed"])
    assert Order.get_by_id(order.id).promises == Message.select().where(Message.text == "order_promise").count() == 1
