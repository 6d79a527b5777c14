"""Giving it back: collected, in parts, delivered, paid or not; points once, whoever rings the bill up; and who does not come is reminded."""

import pytest

from models import Booking, Event, Garment, Message, Order, Purchase, Store, Work
from tests.bookings.places import moment, resource, service
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp import check
from webapp.bookings import bookings
from webapp.bookings.holding import For, Wish
from webapp.clock import DAY, HOUR
from webapp.laundry import agreement, handing, orders, stages
from webapp.outbox.words import read
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.refusals import Missing, Refusal


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def points(cleaner: Cleaner) -> int:
    return int(cleaner.world.fresh(cleaner.world.mei).points) - 1280


def refused(code: str, act: object, *args: object, **more: object) -> None:
    with pytest.raises(Refusal) as no:
        act(*args, **more)
    assert no.value.code == code


def test_collected_and_paid_it_is_over_and_earns_its_points_once(cleaner: Cleaner) -> None:
    order = cleaner.ready(pieces=2)
    for _ in range(2):
        order = handing.collect(order, cleaner.bo, NOON + HOUR, paid=True)
    assert (order.state, order.ended_at, order.ended_by_id, order.paid_at) == (
        "collected",
        NOON + HOUR,
        cleaner.bo.id,
        NOON + HOUR,
    )
    assert [garment.handed_at for garment in pieces(order)] == [NOON + HOUR] * 2
    assert (points(cleaner), order.purchase.amount, order.purchase.source) == (90, 9000, "desk")
    assert Event.select().where(Event.verb == "order_collected").count() == 1
    assert check.run() == []


def test_not_paid_yet_it_earns_when_it_is_paid(cleaner: Cleaner) -> None:
    order = handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=False)
    assert (order.state, order.paid_at, points(cleaner)) == ("collected", None, 0)
    for _ in range(2):
        order = handing.paid(order, cleaner.bo, NOON + DAY)
    assert (order.paid_at, points(cleaner)) == (NOON + DAY, 45)
    assert Purchase.select().count() == 1


def test_paid_at_intake_it_earns_when_it_is_collected(cleaner: Cleaner) -> None:
    order = cleaner.ready()
    handing.paid(order, cleaner.bo, NOON, receipt="A-17")
    assert points(cleaner) == 0
    order = handing.collect(order, cleaner.bo, NOON + DAY, paid=False)
    assert (order.paid_at, order.receipt, points(cleaner)) == (NOON, "A-17", 45)


def test_for_somebody_without_a_card_there_is_no_bill(cleaner: Cleaner) -> None:
    order = cleaner.open(guest="王阿姨")
    cleaner.add(order)
    agreement.overrule(order, cleaner.shen, "在电话里说好了", NOON)
    cleaner.until(order, "racked")
    order = handing.collect(orders.fresh(order), cleaner.bo, NOON, paid=True)
    assert (order.state, order.paid_at, order.purchase_id) == ("collected", NOON, None)
    assert Purchase.select().count() == 0


def test_the_tills_own_post_of_the_receipt_is_the_same_bill_before_or_after(cleaner: Cleaner) -> None:
    store, mei = cleaner.store, cleaner.world.mei
    first = cleaner.ready()
    till = purchases.record(store, Bill(4500, "till:1", "till", "R-1"), mei, None, NOON)
    order = handing.collect(first, cleaner.bo, NOON + HOUR, paid=True, receipt=" R-1 ")
    assert (order.purchase_id, points(cleaner)) == (till.id, 45)

    order = handing.collect(cleaner.ready(), cleaner.bo, NOON + HOUR, paid=True, receipt="R-2")
    for key in ("till:2", "till:2", "till:3"):
        again = purchases.record(store, Bill(4500, key, "till", "R-2"), None, None, NOON + 2 * HOUR)
        assert again.id == order.purchase_id
    assert (points(cleaner), Purchase.select().count()) == (90, 2)
    refused("ticket_reused", purchases.record, store, Bill(4600, "till:4", "till", "R-2"), mei, None, NOON + 2 * HOUR)
    assert check.run() == []


def test_a_receipt_that_nobody_has_claimed_becomes_the_members(cleaner: Cleaner) -> None:
    till = purchases.record(cleaner.store, Bill(5000, "till:1", "till", "R-1"), None, None, NOON)
    order = handing.collect(cleaner.ready(), cleaner.bo, NOON + HOUR, paid=True, receipt="R-1")
    assert (order.purchase_id, order.purchase.member_id) == (till.id, cleaner.world.mei.id)
    assert points(cleaner) == 50, "what was rung up counts"


def test_a_receipt_that_somebody_else_has_claimed_gives_nothing_twice(cleaner: Cleaner) -> None:
    purchases.record(cleaner.store, Bill(4500, "till:1", "till", "R-1"), cleaner.world.xin, None, NOON)
    order = handing.collect(cleaner.ready(), cleaner.bo, NOON + HOUR, paid=True, receipt="R-1")
    assert (order.state, order.purchase_id, points(cleaner)) == ("collected", None, 0)


def test_two_orders_on_one_receipt_both_earn(cleaner: Cleaner) -> None:
    for _ in range(2):
        handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=True, receipt="R-9")
    assert (points(cleaner), Purchase.select().count()) == (90, 2)
    assert check.run() == []


def test_a_receipt_number_that_comes_round_again_is_another_bill(cleaner: Cleaner) -> None:
    handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=True, receipt="0001")
    purchases.record(cleaner.store, Bill(4500, "till:1", "till", "0001"), cleaner.world.mei, None, NOON + 2 * DAY)
    handing.collect(cleaner.ready(at=NOON + 30 * DAY), cleaner.bo, NOON + 30 * DAY, paid=True, receipt="0001")
    assert (points(cleaner), Purchase.select().count()) == (135, 3)


def test_nobody_earns_from_what_they_hand_to_themselves(cleaner: Cleaner) -> None:
    order = cleaner.ready()
    cleaner.bo.member = cleaner.world.mei
    cleaner.bo.save()
    refused("own_card", handing.collect, order, cleaner.bo, NOON, paid=True)
    assert orders.fresh(order).state == "ready"
    assert all(garment.handed_at is None for garment in pieces(order))


def test_what_hangs_is_handed_over_in_parts_and_the_last_piece_ends_it(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=3)
    tags = cleaner.tags(order)
    for stage, staff in (
        ("treated", cleaner.bo),
        ("cleaned", cleaner.qi),
        ("checked", cleaner.rui),
        ("racked", cleaner.bo),
    ):
        stages.advance(tags[:2], stage, staff, cleaner.store, NOON)
    refused("not_ready", handing.collect, order, cleaner.bo, NOON, paid=True)
    refused("not_ready", handing.collect, order, cleaner.bo, NOON, paid=True, parts=tags)
    refused("none_chosen", handing.collect, order, cleaner.bo, NOON, paid=True, parts=[])
    with pytest.raises(Missing):
        handing.collect(order, cleaner.bo, NOON, paid=True, parts=["NOSUCH"])
    for _ in range(2):
        order = handing.collect(order, cleaner.bo, NOON, paid=True, parts=[tags[0].lower()])
    assert (order.state, order.paid_at, points(cleaner)) == ("agreed", NOON, 0)
    handing.collect(order, cleaner.bo, NOON, paid=False, parts=tags[:2])
    for stage, staff in (
        ("treated", cleaner.bo),
        ("cleaned", cleaner.qi),
        ("checked", cleaner.rui),
        ("racked", cleaner.bo),
    ):
        stages.advance(tags[2:], stage, staff, cleaner.store, NOON)
    order = handing.collect(orders.fresh(order), cleaner.bo, NOON + DAY, paid=False)
    assert (order.state, points(cleaner)) == ("collected", 135)
    verbs = [row.verb for row in Event.select().where(Event.verb.endswith("collected")).order_by(Event.id)]
    assert verbs == ["order_part_collected", "order_part_collected", "order_collected"]
    assert check.run() == []


def test_before_it_is_ready_nothing_is_handed_over(cleaner: Cleaner) -> None:
    for order in (cleaner.open(), cleaner.asked(), cleaner.agreed()):
        refused("not_ready", handing.collect, order, cleaner.bo, NOON, paid=True)


def test_it_is_taken_home_unwashed_until_a_piece_has_been_cleaned(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    cleaner.until(order, "treated")
    refused("why_missing", handing.cancel, order, cleaner.bo, " ", NOON)
    for _ in range(2):
        order = handing.cancel(order, cleaner.bo, "去不掉，客人不洗了", NOON)
    assert (order.state, order.why) == ("cancelled", "去不掉，客人不洗了")
    assert Message.select().where(Message.text == "order_cancelled").count() == 1
    washed = cleaner.agreed()
    cleaner.until(washed, "cleaned")
    refused("washed", handing.cancel, washed, cleaner.bo, "算了", NOON)
    refused("ready", handing.cancel, cleaner.ready(), cleaner.bo, "算了", NOON)
    refused(
        "over", handing.cancel, handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=False), cleaner.bo, "算了", NOON
    )
    refused("cancelled", handing.paid, order, cleaner.bo, NOON)
    assert check.run() == []


def test_in_parts_is_the_members_choice(cleaner: Cleaner) -> None:
    order, mei = cleaner.agreed(), cleaner.world.mei
    for yes in (True, True, False):
        order = handing.choose_parts(order, mei, yes, NOON)
        assert order.in_parts is yes
    assert Event.select().where(Event.verb == "order_parts_chosen").count() == 2
    with pytest.raises(Missing):
        handing.choose_parts(order, cleaner.world.xin, True, NOON)
    refused("ready", handing.choose_parts, cleaner.ready(), mei, True, NOON)


class Van:
    """A van that delivers and picks up, in windows of two hours."""

    def __init__(self, cleaner: Cleaner) -> None:
        van = resource(cleaner.store, "面包车", kind="van", capacity=4, shared=True)
        self.store, self.at = cleaner.store, moment("14:00")
        self.delivery = service(cleaner.store, "送衣上门", [van], kind="delivery", minutes=120)
        self.pickup = service(cleaner.store, "上门取衣", [van], kind="pickup", minutes=120)

    def book(self, cleaner: Cleaner, *, pickup: bool = False, member: object = None) -> Booking:
        what = self.pickup if pickup else self.delivery
        whom = For(member or cleaner.world.mei)
        key = f"{what.id}:{whom.member.id}"
        return bookings.book([Wish(what.id, self.at, 1)], self.store, whom, key=key, at=NOON)


def test_the_van_brings_it_with_a_booking_of_the_members_own(cleaner: Cleaner) -> None:
    van, order = Van(cleaner), cleaner.ready()
    visit = van.book(cleaner)
    for other in (van.book(cleaner, pickup=True), van.book(cleaner, member=cleaner.world.xin)):
        with pytest.raises(Missing):
            handing.choose_delivery(order, other, NOON)
    for _ in range(2):
        order = handing.choose_delivery(order, visit, NOON)
    assert order.delivery_id == visit.id
    handing.paid(order, cleaner.bo, NOON)
    for _ in range(2):
        order = handing.deliver(orders.fresh(order), cleaner.bo, van.at + HOUR)
    assert (order.state, points(cleaner), Booking.get_by_id(visit.id).state) == ("collected", 45, "done")
    assert Message.select().where(Message.text == "order_delivered").count() == 1
    refused("over", handing.choose_delivery, order, None, NOON)
    assert check.run() == []


def test_who_has_chosen_the_van_is_told_when_it_comes(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    handing.choose_delivery(order, Van(cleaner).book(cleaner), NOON)
    cleaner.until(order, "racked")
    message = Message.get(Message.text == "order_ready")
    assert "给你送到家" in read(message.text, message.params, "zh").text
    assert "closes_at" not in message.params


def test_a_delivery_that_was_cancelled_is_none(cleaner: Cleaner) -> None:
    van, order = Van(cleaner), cleaner.ready()
    visit = bookings.cancel(van.book(cleaner), NOON, staff=cleaner.bo)
    refused("booking_over", handing.choose_delivery, order, visit, NOON)
    assert handing.choose_delivery(order, None, NOON).delivery_id is None


WEEK = NOON + 7 * DAY


def reminded() -> list[str]:
    return [row.key.split(":")[-1] for row in Message.select().where(Message.text == "order_uncollected")]


def test_who_does_not_come_is_told_after_a_week_then_every_two_days_then_called(cleaner: Cleaner) -> None:
    order = cleaner.ready()
    assert handing.uncollected(cleaner.store, WEEK - 1) == []
    for at, so_far, cards in (
        (WEEK - 1, [], 0),
        (WEEK, ["1"], 0),
        (WEEK + 2 * DAY - 1, ["1"], 0),
        (WEEK + 2 * DAY, ["1", "2"], 0),
        (WEEK + 4 * DAY, ["1", "2", "3"], 0),
        (WEEK + 5 * DAY, ["1", "2", "3"], 0),
        (WEEK + 6 * DAY, ["1", "2", "3"], 1),
        (WEEK + 8 * DAY, ["1", "2", "3"], 1),
    ):
        handing.remind(at)
        assert (reminded(), Work.select().where(Work.kind == "uncollected").count()) == (so_far, cards), at
    assert [row.id for row in handing.uncollected(cleaner.store, WEEK)] == [order.id]
    message = Message.get(Message.text == "order_uncollected")
    assert "7月19日" in read(message.text, message.params, "zh").text, "sixty days on the rack"
    assert handing.kept_until(order) == NOON + 60 * DAY
    handing.collect(order, cleaner.bo, WEEK + 9 * DAY, paid=False)
    assert Work.get(Work.kind == "uncollected").done_at == WEEK + 9 * DAY


def test_nobody_is_reminded_at_night(cleaner: Cleaner) -> None:
    cleaner.ready()
    for hour in (6, 10, 18):  # 20:00, midnight, 08:00
        assert handing.remind(WEEK + hour * HOUR) == 0
    assert handing.remind(WEEK + 19 * HOUR) == 1


def test_a_guest_is_called_at_once_and_whom_the_van_visits_is_left_alone(cleaner: Cleaner) -> None:
    guest, coming = cleaner.ready(), cleaner.ready()
    Order.update(member=None, guest="王阿姨").where(Order.id == guest.id).execute()
    visit = Van(cleaner).book(cleaner)
    Booking.update(starts_at=WEEK + DAY, ends_at=WEEK + DAY + HOUR).where(Booking.id == visit.id).execute()
    Order.update(delivery=visit.id).where(Order.id == coming.id).execute()
    assert handing.remind(WEEK) == 1
    (card,) = Work.select().where(Work.kind == "uncollected")
    assert (card.ref, card.brief["guest"], reminded()) == (guest.code, "王阿姨", [])
    assert handing.remind(WEEK + 2 * DAY) == 1, "the van did not bring it"


def test_a_shop_that_is_closed_for_good_reminds_nobody(cleaner: Cleaner) -> None:
    cleaner.ready()
    Store.update(closed_at=WEEK).where(Store.id == cleaner.store.id).execute()
    assert handing.remind(WEEK) == 0
    assert Garment.select().where(Garment.handed_at.is_null(False)).count() == 0
