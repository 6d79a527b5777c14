"""After collection: is all well? And a claim opens with what was seen at intake beside what went out."""

import pytest

from models import Event, GarmentPhoto, Message, Order, OrderWord, Work
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, HOUR
from webapp.laundry import after, handing, orders
from webapp.members import consents
from webapp.refusals import Missing, Refusal

LATER = NOON + 2 * DAY


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


@pytest.fixture
def order(cleaner: Cleaner) -> Order:
    """Collected at noon."""
    return handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=True)


def asked() -> int:
    return int(Message.select().where(Message.text == "all_well").count())


def test_two_days_after_it_was_collected_they_are_asked_once(cleaner: Cleaner, order: Order) -> None:
    assert after.ask(LATER - 1) == 0
    assert after.ask(LATER + 10 * HOUR) == 0, "not at midnight"
    assert after.ask(LATER + 19 * HOUR) == 1
    assert after.ask(LATER + 20 * HOUR) == 0
    assert (asked(), Message.get(Message.text == "all_well").url) == (1, f"/orders/{order.code}")
    assert orders.fresh(order).asked_well_at == LATER + 19 * HOUR


def test_who_has_said_no_to_such_questions_is_not_asked(cleaner: Cleaner, order: Order) -> None:
    consents.choose(cleaner.world.mei.id, "survey", False, source="me", at=NOON)
    assert after.ask(LATER) == 0
    assert asked() == 0
    assert after.answer(order, cleaner.world.mei, True, "", LATER, key="1").well is True, "but may say so"


def test_nobody_is_asked_about_what_was_long_ago_or_already_answered(cleaner: Cleaner, order: Order) -> None:
    answered = handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=False)
    after.answer(answered, cleaner.world.mei, True, "", NOON + HOUR, key="1")
    guest = handing.collect(cleaner.ready(), cleaner.bo, NOON, paid=False)
    Order.update(member=None, guest="王阿姨").where(Order.id == guest.id).execute()
    Order.update(ended_at=LATER - 15 * DAY).where(Order.id == order.id).execute()
    assert after.ask(LATER) == 0
    assert asked() == 0
    assert Order.select().where(Order.asked_well_at.is_null()).count() == 0, "and they are not looked at again"


def test_an_answer_is_kept_and_a_bad_one_is_a_card(cleaner: Cleaner, order: Order) -> None:
    mei = cleaner.world.mei
    for _ in range(2):
        now = after.answer(order, mei, False, "袖口还有一点印子", LATER, key="one")
    assert (now.well, now.well_at) == (False, LATER)
    (card,) = Work.select().where(Work.kind == "unwell")
    assert (card.ref, card.brief["text"], card.done_at) == (order.code, "袖口还有一点印子", None)
    assert [row.text for row in OrderWord.select()] == ["袖口还有一点印子"]
    now = after.answer(order, mei, True, "", LATER + HOUR, key="two")
    assert (now.well, Work.get_by_id(card.id).done_at) == (True, LATER + HOUR)
    verbs = [
        row.verb for row in Event.select().where(Event.verb.in_(("order_well", "order_unwell"))).order_by(Event.id)
    ]
    assert verbs[-1] == "order_well"


def test_only_the_member_answers_and_only_what_was_collected(cleaner: Cleaner, order: Order) -> None:
    with pytest.raises(Missing):
        after.answer(order, cleaner.world.xin, True, "", LATER, key="1")
    with pytest.raises(Refusal) as no:
        after.answer(cleaner.ready(), cleaner.world.mei, True, "", LATER, key="1")
    assert no.value.code == "not_collected"


def test_a_claim_is_one_card_with_the_pictures_of_both_moments(cleaner: Cleaner) -> None:
    mei, ready = cleaner.world.mei, cleaner.ready()
    (garment,) = pieces(ready)
    cleaner.picture(garment, NOON, "outgoing")
    handing.collect(ready, cleaner.bo, NOON, paid=True)
    (garment,) = pieces(ready)
    mine = cleaner.photo(made_by=None)
    for key in ("a", "a", "b"):
        garment = after.claim(garment, mei, "里衬破了", LATER, key=key, photos=[mine])
    assert garment.claimed_at == LATER
    (card,) = Work.select().where(Work.kind == "claim")
    assert (card.ref, card.brief["order"], card.brief["name"]) == (garment.tag, ready.code, {"zh": "大衣"})
    moments = [row.moment for row in GarmentPhoto.select().where(GarmentPhoto.garment == garment.id)]
    assert sorted(moments) == ["intake", "outgoing", "outgoing"]
    assert [word.garment_id for word in after.words_of(garment)] == [garment.id] * 2
    assert Event.select().where(Event.verb == "garment_claimed").count() == 1
    assert check.run() == []


def test_what_cannot_be_claimed_is_refused(cleaner: Cleaner, order: Order) -> None:
    mei, (garment,) = cleaner.world.mei, pieces(order)
    (waiting,) = pieces(cleaner.ready())
    theirs = cleaner.photo(cleaner.world.xin)
    for piece, member, text, photos, code in (
        (garment, cleaner.world.xin, "破了", [], "no_such_order"),
        (garment, mei, " ", [], "text_missing"),
        (waiting, mei, "破了", [], "not_collected"),
        (garment, mei, "破了", [theirs], "no_such_photo"),
        (garment, mei, "破了", [theirs] * 5, "too_many_photos"),
    ):
        with pytest.raises(Refusal) as no:
            after.claim(piece, member, text, LATER, key="1", photos=photos)
        assert no.value.code == code
    assert OrderWord.select().count() == Work.select().where(Work.kind == "claim").count() == 0


def test_the_shop_answers_and_the_card_leaves(cleaner: Cleaner, order: Order) -> None:
    mei, (garment,) = cleaner.world.mei, pieces(order)
    after.claim(garment, mei, "里衬破了", LATER, key="1")
    for _ in range(2):
        word = after.reply(order, garment, cleaner.shen, "拿来给您补", LATER + HOUR, key="r")
    assert (word.staff_id, word.garment_id) == (cleaner.shen.id, garment.id)
    assert Work.get(Work.kind == "claim").done_at == LATER + HOUR
    (message,) = Message.select().where(Message.text == "order_reply")
    assert message.params["words"] == "拿来给您补"
    after.claim(garment, mei, "还没联系我", LATER + DAY, key="2")
    assert Work.get(Work.kind == "claim").done_at is None, "it is a card again"
    with pytest.raises(Refusal):
        after.reply(order, garment, cleaner.shen, " ", LATER, key="s")
    with pytest.raises(Missing):
        after.reply(order, garment, cleaner.world.chen, "别家店的人", LATER, key="s")
