"""Nothing is cleaned before somebody says yes to what was there: on the phone, by a signature, or a manager with a reason."""

import pytest

from models import Event, Member, Message, Order, OrderWord, Step, Work
from tests.laundry.places import Cleaner, pieces, steps
from tests.world import NOON, World
from webapp import check
from webapp.clock import HOUR, MINUTE
from webapp.laundry import agreement, intake, orders, stages
from webapp.refusals import Forbidden, Missing, Refusal


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def card(kind: str) -> Work | None:
    found: Work | None = Work.get_or_none(Work.kind == kind, Work.done_at.is_null())
    return found


def test_a_yes_on_the_phone_is_in_the_order_in_each_piece_and_in_the_record(cleaner: Cleaner) -> None:
    order = cleaner.asked(pieces=2)
    for minute in range(2):
        agreed = cleaner.agree(order, NOON + minute * MINUTE)
    assert (agreed.state, agreed.agreed_how, agreed.agreed_at) == ("agreed", "phone", NOON)
    for garment in pieces(order):
        assert (garment.stage, garment.stage_by_id) == ("agreed", None)
        assert steps(garment) == [("received", True, ""), ("agreed", True, "")]
    assert Event.select().where(Event.verb == "order_agreed", Event.ref == order.code).count() == 1
    assert check.run() == []


def test_nobody_says_yes_for_another_or_before_being_asked(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    with pytest.raises(Missing):
        agreement.agree(order, cleaner.world.xin, NOON, seen=agreement.fingerprint(order))
    unasked = cleaner.open()
    cleaner.add(unasked)
    with pytest.raises(Refusal) as no:
        cleaner.agree(unasked)
    assert no.value.code == "seen_other"
    assert Order.select().where(Order.agreed_at.is_null(False)).count() == 0


def test_a_yes_to_another_page_is_none(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    with pytest.raises(Refusal) as no:
        agreement.agree(order, cleaner.world.mei, NOON, seen="f" * 16)
    assert no.value.code == "seen_other"
    assert orders.fresh(order).state == "awaiting"


def test_a_signature_on_the_tablet_is_a_yes_with_or_without_asking_first(cleaner: Cleaner) -> None:
    asked, unasked = cleaner.asked(), cleaner.open(guest="王先生")
    cleaner.add(unasked)
    for order, member in ((asked, cleaner.world.mei), (unasked, None)):
        photo = cleaner.photo()
        for _ in range(2):
            signed = agreement.sign(order, photo, cleaner.bo, NOON + 5)
        assert (signed.state, signed.agreed_how, signed.signature_id) == ("agreed", "tablet", photo.id)
        assert signed.member_id == (member.id if member else None)
        assert signed.promised_at
    assert Message.select().where(Message.text == "order_agree").count() == 1
    elsewhere = cleaner.photo(store=cleaner.world.bath.id)
    with pytest.raises(Missing):
        agreement.sign(cleaner.asked(), elsewhere, cleaner.bo, NOON)
    with pytest.raises(Refusal) as no:
        agreement.sign(cleaner.open(), cleaner.photo(), cleaner.bo, NOON)
    assert no.value.code == "no_garments"
    assert check.run() == []


def test_only_a_manager_begins_without_a_yes_and_says_why(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    with pytest.raises(Forbidden):
        agreement.overrule(order, cleaner.bo, "赶时间", NOON)
    with pytest.raises(Refusal) as no:
        agreement.overrule(order, cleaner.shen, "  ", NOON)
    assert no.value.field == "why"
    for _ in range(2):
        begun = agreement.overrule(order, cleaner.shen, "电话里说好了", NOON)
    assert (begun.agreed_how, begun.agreed_by_id, begun.agreed_why) == ("manager", cleaner.shen.id, "电话里说好了")
    assert Event.get(Event.verb == "order_overruled").data["why"] == "电话里说好了"
    assert Step.get(Step.stage == "agreed").staff_id == cleaner.shen.id
    assert [row.text for row in Message.select().order_by(Message.id)] == ["order_agree", "order_overruled"]
    assert check.run() == []


def test_nothing_is_cleaned_before_the_yes(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    for stage in stages.BY_HAND:
        moved = stages.advance(cleaner.tags(order), stage, cleaner.bo, cleaner.store, NOON)
        assert [no.code for _, no in moved.refused] == ["not_agreed"]
    assert pieces(order)[0].stage == "received"


def test_a_question_is_a_card_and_an_answer_takes_it_away(cleaner: Cleaner) -> None:
    order, mei = cleaner.asked(), cleaner.world.mei
    for _ in range(2):
        word = agreement.discuss(order, mei, " 这个污渍本来就有吗？ ", NOON, key="w1")
    assert (word.text, word.member_id) == ("这个污渍本来就有吗？", mei.id)
    talk = card("talk")
    assert talk
    assert (talk.ref, talk.due_at, talk.member_id) == (order.code, NOON + 30 * MINUTE, mei.id)
    for _ in range(2):
        agreement.reply(order, cleaner.bo, "是的，收衣时就拍了照", NOON + 60, key="r1")
    assert card("talk") is None
    agreement.discuss(order, mei, "好的，谢谢", NOON + 120, key="w2")
    assert card("talk")
    for _ in range(2):
        agreement.heard(order, cleaner.bo, NOON + 180)
    assert card("talk") is None
    assert [word.text for word in orders.whole(order).words] == [
        "这个污渍本来就有吗？",
        "是的，收衣时就拍了照",
        "好的，谢谢",
    ]
    told = Message.select().where(Message.text == "order_reply")
    assert [row.params["words"] for row in told] == ["是的，收衣时就拍了照"]
    assert Event.select().where(Event.verb == "order_heard").count() == 1


def test_words_are_the_members_own_and_not_empty(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    with pytest.raises(Missing):
        agreement.discuss(order, cleaner.world.xin, "我的吧", NOON, key="x")
    for say in (
        lambda: agreement.discuss(order, cleaner.world.mei, "  ", NOON, key="x"),
        lambda: agreement.reply(order, cleaner.bo, "", NOON, key="y"),
    ):
        with pytest.raises(Refusal) as no:
            say()
        assert no.value.field == "text"
    assert OrderWord.select().count() == 0
    assert card("talk") is None


def test_who_has_not_said_yes_within_a_day_is_called_once(cleaner: Cleaner) -> None:
    order, later = cleaner.asked(), cleaner.asked(cleaner.world.xin, NOON + HOUR)
    assert agreement.call_list(NOON + 24 * HOUR - 1) == 0
    assert [agreement.call_list(NOON + 24 * HOUR) for _ in range(2)] == [1, 0]
    call = card("agree")
    assert call
    assert (call.ref, call.member_id) == (order.code, cleaner.world.mei.id)
    cleaner.agree(order, NOON + 24 * HOUR + 60)
    assert card("agree") is None
    assert later.called_at is None
    assert agreement.call_list(NOON + 90 * HOUR) == 1
    assert check.run() == []


def test_nobody_is_called_while_their_question_waits_for_us(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    agreement.discuss(order, cleaner.world.mei, "怎么回事？", NOON, key="w")
    assert agreement.call_list(NOON + 30 * HOUR) == 0
    agreement.reply(order, cleaner.bo, "请看照片", NOON + 30 * HOUR, key="r")
    assert agreement.call_list(NOON + 30 * HOUR) == 1


def test_a_shop_decides_after_how_many_hours_it_calls(cleaner: Cleaner) -> None:
    cleaner.store.policy = {"agree_hours": 2}
    cleaner.store.save()
    cleaner.asked()
    assert [agreement.call_list(NOON + hours * HOUR) for hours in (1, 2)] == [0, 1]


def test_asked_anew_the_day_begins_anew(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    agreement.call_list(NOON + 25 * HOUR)
    cleaner.add(order, at=NOON + 26 * HOUR)
    assert card("agree") is None, "there is nothing to say yes to while it is written"
    intake.ask(order, cleaner.bo, NOON + 27 * HOUR)
    assert agreement.call_list(NOON + 50 * HOUR) == 0
    assert agreement.call_list(NOON + 51 * HOUR) == 1


def test_nobody_writes_to_a_card_that_is_gone(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    Member.update(erased_at=NOON).where(Member.id == cleaner.world.mei.id).execute()
    before = Message.select().count()
    agreement.reply(order, cleaner.bo, "您好", NOON, key="r")
    assert Message.select().count() == before
