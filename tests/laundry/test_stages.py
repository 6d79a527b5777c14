"""Scanned through the stages: one step at a time, by whom and when; a failed check goes back; the last piece makes the order ready, once."""

import pytest

from models import STAGES, Event, Garment, Message, Order, Step, Work
from tests.laundry.places import Cleaner, pieces, steps
from tests.world import NOON, World
from webapp import check
from webapp.clock import MINUTE
from webapp.laundry import orders, stages
from webapp.outbox.words import read
from webapp.refusals import Missing, Refusal


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def told() -> list[str]:
    return [row.text for row in Message.select().where(Message.text != "order_agree").order_by(Message.id)]


def codes(moved: stages.Moved) -> list[str]:
    return [no.code for _, no in moved.refused]


def test_a_bag_goes_through_all_stages_in_bulk_and_is_ready_once(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=3)
    cleaner.until(order, "checked")
    assert orders.fresh(order).state == "agreed"
    tags = cleaner.tags(order)
    stages.advance(tags[:2], "racked", cleaner.bo, cleaner.store, NOON + 60)
    assert (orders.fresh(order).state, told()) == ("agreed", [])
    for minute in (2, 3):
        moved = stages.advance(tags, "racked", cleaner.bo, cleaner.store, NOON + minute * 60)
        assert (len(moved.done), moved.refused) == (3, [])
    now = orders.fresh(order)
    assert (now.state, now.ready_at) == ("ready", NOON + 120)
    assert told() == ["order_ready"]
    message = Message.get(Message.text == "order_ready")
    assert message.params["pieces"] == 3
    assert "5月20日 14:02 到 5月20日 21:00 可以来" in read(message.text, message.params, "zh").text
    assert [stage for stage, _, _ in steps(pieces(order)[0])] == list(STAGES)
    assert check.run() == []


def test_scanning_twice_is_one_step_and_nothing_is_skipped(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    (tag,) = cleaner.tags(order)
    assert codes(stages.advance([tag], "cleaned", cleaner.bo, cleaner.store, NOON)) == ["not_next"]
    for again in ([tag, tag.lower(), f"https://huitou.example/t/{tag}"], [tag]):
        moved = stages.advance(again, "treated", cleaner.bo, cleaner.store, NOON)
        assert [garment.tag for garment in moved.done] == [tag]
    assert len(steps(pieces(order)[0])) == 3
    stages.advance([tag], "cleaned", cleaner.qi, cleaner.store, NOON)
    assert codes(stages.advance([tag], "treated", cleaner.bo, cleaner.store, NOON)) == ["not_next"]
    for stage in ("received", "agreed", "ironed", ""):
        with pytest.raises(Refusal) as no:
            stages.advance([tag], stage, cleaner.bo, cleaner.store, NOON)
        assert no.value.code == "stage"


def test_a_bad_tag_is_named_and_the_others_go_on(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=2)
    far = cleaner.agreed()
    Order.update(store=cleaner.world.retail.id).where(Order.id == far.id).execute()
    first, second = cleaner.tags(order)
    moved = stages.advance([first, "NOSUCH22", *cleaner.tags(far), second], "treated", cleaner.bo, cleaner.store, NOON)
    assert [garment.tag for garment in moved.done] == [first, second]
    assert codes(moved) == ["no_such_tag", "other_store"]
    assert moved.refused[1][1].params["store"]["zh"] == "回头杂货"
    with pytest.raises(Missing):
        stages.find("NOSUCH22", cleaner.store)
    with pytest.raises(Refusal) as no:
        stages.find(cleaner.tags(far)[0], cleaner.store)
    assert no.value.code == "other_store"
    assert stages.find(f"/t/{first.lower()}?x=1", cleaner.store).tag == first
    with pytest.raises(Refusal) as no:
        stages.advance([f"T{n}" for n in range(201)], "treated", cleaner.bo, cleaner.store, NOON)
    assert no.value.code == "too_many_tags"


def test_who_cleaned_it_does_not_check_it(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    cleaner.until(order, "cleaned")
    tags = cleaner.tags(order)
    assert codes(stages.advance(tags, "checked", cleaner.qi, cleaner.store, NOON)) == ["second_person"]
    stages.advance(tags, "checked", cleaner.rui, cleaner.store, NOON)
    assert steps(pieces(order)[0])[-1] == ("checked", True, stages.SECOND)


def test_a_small_shop_may_switch_the_second_person_off(cleaner: Cleaner) -> None:
    cleaner.store.policy = {"second_check": 0}
    cleaner.store.save()
    order = cleaner.agreed()
    for stage in stages.BY_HAND:
        assert not stages.advance(cleaner.tags(order), stage, cleaner.bo, cleaner.store, NOON).refused
    assert steps(pieces(order)[0])[-2] == ("checked", True, "")
    assert orders.fresh(order).state == "ready"
    assert check.run() == []


def test_a_failed_check_goes_back_with_its_reason_and_counts(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    (coat,) = cleaner.until(order, "cleaned")
    with pytest.raises(Refusal) as no:
        stages.fail(coat, cleaner.rui, " ", NOON)
    assert no.value.field == "why"
    for _ in range(2):
        failed = stages.fail(coat, cleaner.rui, "袖口还有印子", NOON)
    assert (failed.stage, failed.failed) == ("agreed", 1)
    assert steps(coat)[-1] == ("agreed", False, "袖口还有印子")
    assert Event.get(Event.verb == "check_failed").data["why"] == "袖口还有印子"
    cleaner.until(order, "racked", NOON + 60)
    assert orders.fresh(order).state == "ready"
    with pytest.raises(Refusal) as no:
        stages.fail(coat, cleaner.rui, "又脏了", NOON)
    assert no.value.code == "not_cleaned"
    assert check.run() == []


def test_a_place_on_the_rack_hangs_what_is_checked_and_can_change(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=2)
    with pytest.raises(Refusal) as no:
        stages.rack(order, "A-12", cleaner.bo, NOON)
    assert no.value.code == "nothing_checked"
    cleaner.until(order, "checked")
    with pytest.raises(Refusal) as no:
        stages.rack(order, " ", cleaner.bo, NOON)
    assert no.value.field == "place"
    for _ in range(2):
        ready = stages.rack(order, " A-12 ", cleaner.bo, NOON)
    assert (ready.state, ready.rack) == ("ready", "A-12")
    assert stages.rack(order, "B-3", cleaner.bo, NOON + 1).rack == "B-3"
    assert Event.select().where(Event.verb == "order_racked").count() == 2
    assert told() == ["order_ready"]


def test_who_wants_what_is_ready_hears_of_each_part(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=3)
    Order.update(in_parts=True).where(Order.id == order.id).execute()
    cleaner.until(order, "checked")
    first, second, third = cleaner.tags(order)
    stages.advance([first, second], "racked", cleaner.bo, cleaner.store, NOON + 1)
    stages.advance([first], "racked", cleaner.bo, cleaner.store, NOON + 2)
    stages.advance([third], "racked", cleaner.bo, cleaner.store, NOON + 3)
    assert told() == ["order_part_ready", "order_ready"]
    assert Message.get(Message.text == "order_part_ready").params["pieces"] == 2


def test_a_wrong_tap_is_taken_back_by_who_did_it_for_ten_minutes(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    (coat,) = cleaner.until(order, "treated")
    with pytest.raises(Refusal) as no:
        stages.back(coat, cleaner.qi, NOON)
    assert no.value.code == "not_own"
    with pytest.raises(Refusal) as no:
        stages.back(coat, cleaner.bo, NOON + 10 * MINUTE + 1)
    assert no.value.code == "undo_over"
    for _ in range(2):
        assert stages.back(coat, cleaner.bo, NOON + 10 * MINUTE).stage == "agreed"
    assert steps(coat)[-1] == ("agreed", True, stages.UNDONE)
    assert len(steps(coat)) == 4
    fresh = cleaner.agreed()
    with pytest.raises(Refusal) as no:
        stages.back(pieces(fresh)[0], cleaner.bo, NOON)
    assert no.value.code == "nothing_to_undo"
    assert check.run() == []


def test_a_check_taken_back_is_again_not_for_who_cleaned_it(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    (coat,) = cleaner.until(order, "checked")
    back = stages.back(coat, cleaner.rui, NOON)
    assert (back.stage, back.stage_by_id) == ("cleaned", cleaner.qi.id)
    assert codes(stages.advance([coat.tag], "checked", cleaner.qi, cleaner.store, NOON)) == ["second_person"]
    assert not stages.advance([coat.tag], "checked", cleaner.rui, cleaner.store, NOON).refused
    assert check.run() == []


def test_a_failure_taken_back_does_not_count(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    (coat,) = cleaner.until(order, "cleaned")
    stages.fail(coat, cleaner.rui, "看错了", NOON)
    back = stages.back(coat, cleaner.rui, NOON + 1)
    assert (back.stage, back.failed, back.stage_by_id) == ("cleaned", 0, cleaner.qi.id)
    assert check.run() == []


def test_ready_too_early_is_told_and_ready_again_is_told_again(cleaner: Cleaner) -> None:
    order = cleaner.ready(pieces=2)
    coat = pieces(order)[1]
    stages.back(coat, cleaner.bo, NOON + 60)
    now = orders.fresh(order)
    assert (now.state, now.ready_at) == ("agreed", None)
    stages.advance([coat.tag], "racked", cleaner.bo, cleaner.store, NOON + 120)
    assert orders.fresh(order).state == "ready"
    assert told() == ["order_ready", "order_not_yet", "order_ready"]
    assert check.run() == []


def test_what_was_handed_over_or_cancelled_moves_no_more(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=2)
    cleaner.until(order, "racked")
    coat, other = pieces(order)
    Garment.update(handed_at=NOON).where(Garment.id == coat.id).execute()
    assert codes(stages.advance([coat.tag, other.tag], "racked", cleaner.bo, cleaner.store, NOON)) == ["handed"]
    with pytest.raises(Refusal) as no:
        stages.back(coat, cleaner.bo, NOON)
    assert no.value.code == "handed"
    gone = cleaner.agreed()
    Order.update(state="cancelled", ended_at=NOON).where(Order.id == gone.id).execute()
    assert codes(stages.advance(cleaner.tags(gone), "treated", cleaner.bo, cleaner.store, NOON)) == ["cancelled"]
    with pytest.raises(Refusal):
        stages.rack(gone, "A", cleaner.bo, NOON)


def test_the_desk_knows_what_comes_next_and_until_when_it_can_be_taken_back(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    passport = orders.whole(order).garments[0]
    assert stages.next_of(passport.garment) == "treated"
    assert stages.undo_until(passport.garment, passport.steps, cleaner.bo) == 0
    cleaner.until(order, "treated")
    passport = orders.whole(order).garments[0]
    assert stages.next_of(passport.garment) == "cleaned"
    assert stages.undo_until(passport.garment, passport.steps, cleaner.bo) == NOON + 10 * MINUTE
    assert stages.undo_until(passport.garment, passport.steps, cleaner.qi) == 0
    cleaner.until(order, "racked")
    assert stages.next_of(orders.whole(order).garments[0].garment) == ""


def test_ready_finishes_the_card_about_its_promise(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    Work.create(store=cleaner.store.id, kind="promise", ref=order.code, made_at=NOON, due_at=NOON)
    cleaner.until(order, "racked", NOON + 1)
    assert Work.get().done_at == NOON + 1
    assert Step.select().count() == 6
