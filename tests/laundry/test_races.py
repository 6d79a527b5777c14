"""Two people, one coat: whatever meets in the same moment has one effect, and the passport tells one story."""

import time
from functools import partial

import pytest
from peewee import Database

from models import Event, Garment, Message, Order, OrderWord, Photo, Pin, Purchase, Step, Wear, Work
from tests.kit.crowd import together, told, won
from tests.laundry.places import Cleaner, pieces, steps
from tests.world import NOON, World
from webapp import check
from webapp.laundry import agreement, handing, intake, orders, stages
from webapp.laundry.intake import Piece
from webapp.members import merging, privacy

CROWD = 8


@pytest.fixture
def cleaner(database: Database) -> Cleaner:
    return Cleaner(World())


def careless_move(garment: Garment, stage: str) -> None:
    """What a shop without the rule would write: look, think, then write."""
    now = Garment.get_by_id(garment.id)
    if now.stage == "agreed":
        time.sleep(0.05)
        Garment.update(stage=stage).where(Garment.id == garment.id).execute()
        Step.create(garment=garment.id, stage=stage, at=NOON)


def test_a_careless_shop_would_treat_one_coat_many_times(cleaner: Cleaner) -> None:
    (coat,) = pieces(cleaner.agreed())
    together(*[partial(careless_move, coat, "treated")] * CROWD)
    assert Step.select().where(Step.stage == "treated").count() > 1


def test_two_people_who_move_one_garment_move_it_once(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=3)
    tags = cleaner.tags(order)
    people = [cleaner.bo, cleaner.qi, cleaner.rui, cleaner.shen]
    came = together(
        *(
            partial(stages.advance, some, "treated", staff, cleaner.store, NOON)
            for staff in people
            for some in (tags, tags[::-1])
        )
    )
    assert all(len(moved.done) == 3 and not moved.refused for moved in came)
    for garment in pieces(order):
        assert steps(garment) == [("received", True, ""), ("agreed", True, ""), ("treated", True, "")]
        assert Step.get(Step.garment == garment.id, Step.stage == "treated").staff_id == garment.stage_by_id
    assert Event.select().where(Event.verb == "garment_moved").count() == 3
    assert check.run() == []


def test_bags_scanned_in_different_order_do_not_wait_for_each_other_for_ever(cleaner: Cleaner) -> None:
    bags = [cleaner.agreed(pieces=2) for _ in range(4)]
    tags = [tag for order in bags for tag in cleaner.tags(order)]
    shuffled = [tags[turn:] + tags[:turn] for turn in range(CROWD)]
    came = together(*(partial(stages.advance, some, "treated", cleaner.bo, cleaner.store, NOON) for some in shuffled))
    assert {len(moved.done) for moved in came} == {8}
    assert Step.select().where(Step.stage == "treated").count() == 8


def test_a_pass_and_a_failure_at_once_are_one_of_the_two(cleaner: Cleaner) -> None:
    for turn in range(6):
        order = cleaner.agreed()
        (coat,) = cleaner.until(order, "cleaned", NOON + turn)
        together(
            *[partial(stages.advance, [coat.tag], "checked", cleaner.rui, cleaner.store, NOON + turn)] * 3,
            *[partial(stages.fail, coat, cleaner.shen, "还有印子", NOON + turn)] * 3,
        )
        now = cleaner.world.fresh(coat)
        assert (now.stage, now.failed) in {("checked", 0), ("agreed", 1)}
    assert check.run() == []


def test_the_last_pieces_racked_by_two_make_the_order_ready_and_tell_it_once(cleaner: Cleaner) -> None:
    for turn in range(4):
        order = cleaner.agreed(pieces=4)
        cleaner.until(order, "checked")
        first, second, third, fourth = cleaner.tags(order)
        together(
            *(
                partial(stages.advance, some, "racked", cleaner.bo, cleaner.store, NOON + turn)
                for some in ([first, second], [second, third], [third, fourth], [fourth, first])
            ),
            partial(stages.rack, order, "A-1", cleaner.qi, NOON + turn),
        )
        now = orders.fresh(order)
        assert (now.state, now.rack) == ("ready", "A-1")
        assert (
            Message.select().where(Message.text == "order_ready", Message.url == f"/orders/{order.code}").count() == 1
        )
    assert check.run() == []


def test_a_yes_and_a_change_at_once_never_agree_to_what_was_not_seen(cleaner: Cleaner) -> None:
    for turn in range(8):
        order = cleaner.asked()
        seen = agreement.fingerprint(order)
        (coat,) = pieces(order)
        picture = coat.photos.get()
        change = [
            partial(intake.pin, picture, turn, 1, "tear", "", "", cleaner.bo, NOON),
            partial(intake.change, coat, Piece(cleaner.dress, "dress", "silk"), cleaner.bo, NOON),
            partial(cleaner.add, order),
        ][turn % 3]
        came = together(partial(agreement.agree, order, cleaner.world.mei, NOON, seen=seen), change)
        now = orders.fresh(order)
        assert (now.state, now.agreed_at) == ("intake", None), (
            "the change came last, or first; either way it is asked anew"
        )
        assert told(came) in ([], ["seen_other"])
        assert {garment.stage for garment in pieces(order)} == {"received"}
    assert check.run() == []


def test_a_yes_while_the_order_is_asked_anew_is_to_one_of_the_two_pages(cleaner: Cleaner) -> None:
    for _ in range(6):
        order = cleaner.asked()
        seen = agreement.fingerprint(order)

        def again() -> Order:
            cleaner.add(order)  # noqa: B023 - run in this turn
            return intake.ask(order, cleaner.bo, NOON)  # noqa: B023

        together(partial(agreement.agree, order, cleaner.world.mei, NOON, seen=seen), again)
        now = orders.fresh(order)
        assert now.state == "awaiting"
        assert agreement.fingerprint(order) != seen
    assert check.run() == []


def test_a_question_and_a_yes_at_once_both_count(cleaner: Cleaner) -> None:
    for turn in range(4):
        order = cleaner.asked()
        seen, mei = agreement.fingerprint(order), cleaner.world.mei
        came = together(
            *[partial(agreement.discuss, order, mei, "等等，这是什么？", NOON, key=f"w{turn}")] * 3,
            *[partial(agreement.agree, order, mei, NOON, seen=seen)] * 3,
        )
        assert len(won(came)) == 6
        assert orders.fresh(order).state == "agreed"
        assert OrderWord.select().where(OrderWord.order == order.id).count() == 1
        assert Work.select().where(Work.kind == "talk", Work.ref == order.code, Work.done_at.is_null()).count() == 1
    assert check.run() == []


def test_a_yes_a_signature_and_a_manager_at_once_are_one_yes(cleaner: Cleaner) -> None:
    for _ in range(4):
        order = cleaner.asked()
        together(
            partial(agreement.agree, order, cleaner.world.mei, NOON, seen=agreement.fingerprint(order)),
            partial(agreement.sign, order, cleaner.photo(), cleaner.bo, NOON),
            partial(agreement.overrule, order, cleaner.shen, "急", NOON),
            partial(agreement.call_list, NOON + 25 * 3600),
        )
        now = orders.fresh(order)
        yes = Event.select().where(
            Event.ref == order.code, Event.verb.in_(("order_agreed", "order_signed", "order_overruled"))
        )
        assert (now.state, yes.count()) == ("agreed", 1)
        assert (now.signature_id is not None) == (now.agreed_how == "tablet")
        assert Work.select().where(Work.kind == "agree", Work.done_at.is_null()).count() == 0
    assert check.run() == []


def test_collecting_while_a_step_is_taken_back_leaves_no_coat_half_handed_over(cleaner: Cleaner) -> None:
    for turn in range(6):
        order = cleaner.ready(pieces=2)
        coat, other = pieces(order)
        together(
            partial(handing.collect, order, cleaner.qi, NOON, paid=True),
            partial(handing.collect, order, cleaner.bo, NOON, paid=True),
            partial(stages.back, other if turn % 2 else coat, cleaner.bo, NOON),
            partial(stages.advance, [coat.tag, other.tag], "racked", cleaner.bo, cleaner.store, NOON),
        )
        now = orders.fresh(order)
        handed = {garment.handed_at is not None for garment in pieces(order)}
        assert handed == {now.state == "collected"}
        assert Purchase.select().where(Purchase.key == f"order:{order.code}").count() == int(now.state == "collected")
    assert check.run() == []


def test_one_tap_eight_times_is_one_order_one_piece_one_picture_one_pin(cleaner: Cleaner) -> None:
    mei = cleaner.world.mei
    opened = together(*[partial(intake.open, cleaner.store, mei, "", cleaner.bo, NOON, key="tap")] * CROWD)
    assert len({order.id for order in opened}) == 1
    piece = Piece(cleaner.coat, "coat", "wool", "grey", count=2)
    added = together(*[partial(intake.add, opened[0], piece, cleaner.bo, NOON, key="tap")] * CROWD)
    assert len({tuple(garment.id for garment in some) for some in added}) == 1
    photo = cleaner.photo()
    shown = together(*[partial(intake.attach, added[0][0], photo, "intake", cleaner.bo, NOON)] * CROWD)
    together(*[partial(intake.pin, shown[0], 5, 5, "tear", "", "", cleaner.bo, NOON)] * CROWD)
    together(*[partial(intake.ask, opened[0], cleaner.bo, NOON)] * CROWD)
    assert (Order.select().count(), Garment.select().count(), Pin.select().count(), Photo.select().count()) == (
        1,
        2,
        1,
        1,
    )
    assert (Wear.select().count(), Message.select().count()) == (1, 1)
    assert orders.fresh(opened[0]).price == 9000
    assert check.run() == []


def test_forgetting_or_merging_somebody_while_their_clothes_move_breaks_nothing(cleaner: Cleaner) -> None:
    world = cleaner.world
    for turn in range(4):
        guest = world.member("客", None)
        order = cleaner.agreed(guest, pieces=2)
        tags = cleaner.tags(order)
        goes = (
            partial(privacy.erase, guest, NOON)
            if turn % 2
            else partial(merging.merge, guest, world.mei, world.chen, world.bath, NOON)
        )
        together(
            goes,
            partial(stages.advance, tags, "treated", cleaner.bo, cleaner.store, NOON),
            partial(agreement.discuss, order, guest, "好了吗？", NOON, key=f"t{turn}"),
            partial(cleaner.add, cleaner.open(guest)) if turn < 2 else partial(orders.whole, order),
        )
        assert {garment.stage for garment in pieces(order)} == {"treated"}
    assert check.run() == []
