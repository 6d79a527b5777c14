"""Writing to the shop at any hour: when an answer comes, one card with that clock, one answer, and nothing in plain words elsewhere."""

import json

import pytest

from models import Closure, Event, Member, Message, OpeningInterval, Question, Staff, Work
from tests.bookings.places import moment
from tests.kit.crowd import together, told, won
from tests.world import NOON, World
from webapp import check
from webapp.bookings import days, questions, supply
from webapp.clock import DAY, HOUR, MINUTE
from webapp.members import advisers, merging, privacy
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

NIGHT = moment("26:30")  # the bath closes at two
TEN = moment("34:00")  # and opens again
WORDS = "明晚带两个小朋友，有小浴衣吗？"


def ask(world: World, at: int = NOON, key: str = "k", text: str = WORDS, member: Member | None = None) -> Question:
    return questions.ask(member or world.mei, world.bath, text, key, at)


def card(question: Question) -> Work:
    return Work.get(Work.kind == "question", Work.ref == question.code)


# --- when an answer comes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "opens_at", "due_at"),
    [
        (NOON, None, NOON + 15 * MINUTE),
        (NIGHT, TEN, TEN + 15 * MINUTE),
        (moment("25:50"), None, TEN + 5 * MINUTE),  # ten minutes before closing, the other five after opening
        (moment("26:00"), TEN, TEN + 15 * MINUTE),
        (TEN, None, TEN + 15 * MINUTE),
    ],
)
def test_the_quarter_of_an_hour_runs_while_the_shop_is_open(
    at: int, opens_at: int | None, due_at: int, world: World
) -> None:
    assert questions.reply(world.bath, at) == (opens_at, due_at)


def test_a_shop_that_is_shut_all_day_answers_the_day_after(world: World) -> None:
    Closure.create(
        store=world.bath.id,
        starts_at=TEN - HOUR,
        ends_at=TEN + 20 * HOUR,
        made_by=world.lin.id,
        made_at=NOON,
    )
    supply.take(world.bath.id)
    assert questions.reply(world.bath, NIGHT) == (TEN + DAY, TEN + DAY + 15 * MINUTE)


def test_a_shop_without_hours_has_a_day(world: World) -> None:
    OpeningInterval.delete().execute()
    supply.take(world.bath.id)
    assert questions.reply(world.bath, NOON) == (None, NOON + DAY)


def test_open_round_the_clock_it_is_a_quarter_of_an_hour_at_any_time(world: World) -> None:
    OpeningInterval.update(opens=0, closes=1440).execute()
    supply.take(world.bath.id)
    here = supply.of(world.bath, NOON)
    assert days.later(here, moment("23:55"), 15 * MINUTE) == moment("24:10")


# --- asking -------------------------------------------------------------------------------------------------------------


def test_a_question_at_night_waits_at_opening_and_no_word_of_it_leaves_the_seal(world: World) -> None:
    question = ask(world, NIGHT)
    assert card(question).due_at == question.due_at == TEN + 15 * MINUTE
    assert [work.ref for work in queue.cards(world.bath.id, at=NIGHT)] == [question.code]
    assert WORDS.encode() not in bytes(question.text_sealed)
    assert questions.text(question) == WORDS
    assert "小浴衣" not in json.dumps([card(question).brief, Event.get(Event.verb == "question_asked").data])


def test_the_same_key_is_the_same_question(world: World) -> None:
    assert ask(world).id == ask(world, NOON + 5).id
    assert Work.select().count() == 1
    assert ask(world, key="k", member=world.xin).id != ask(world).id


def test_a_sixth_waits_until_one_is_answered(world: World) -> None:
    first, *_ = [ask(world, key=f"k{n}") for n in range(5)]
    with pytest.raises(Refusal) as no:
        ask(world, key="k5")
    assert (no.value.code, no.value.field) == ("questions_many", "text")
    assert ask(world, key="k4").key.endswith("k4"), "what is there already is no sixth"
    questions.answer(first, "有的", world.chen, NOON)
    assert ask(world, key="k5")


def test_eight_at_once_are_five(world: World) -> None:
    came = together(*(lambda n=n: ask(world, key=f"k{n}") for n in range(8)))
    assert len(won(came)) == 5
    assert told(came) == ["questions_many"]
    assert Question.select().count() == Work.select().count() == 5


# --- answering ------------------------------------------------------------------------------------------------------------


def test_an_answer_closes_the_card_and_arrives_in_the_inbox(world: World) -> None:
    question = ask(world)
    answered = questions.answer(question, "有，三种尺码", world.chen, NOON + MINUTE)
    assert questions.words(answered) == "有，三种尺码"
    assert (answered.answered_by_id, answered.answered_at) == (world.chen.id, NOON + MINUTE)
    assert card(question).done_at == NOON + MINUTE
    message = Message.get(Message.member == world.mei.id)
    assert (message.text, message.url) == ("question_answered", f"/questions/{question.code}")
    assert message.params["staff"] == "小陈"
    assert "尺码" not in json.dumps(message.params, ensure_ascii=False)


def test_the_same_answer_twice_is_one_and_a_second_one_is_told_who_was_faster(world: World) -> None:
    question = ask(world)
    questions.answer(question, "有的", world.chen, NOON)
    assert questions.answer(question, "有的", world.chen, NOON + 5).answered_at == NOON
    with pytest.raises(Refusal) as no:
        questions.answer(question, "没有", world.su, NOON + 5)
    assert no.value.params == {"name": "小陈"}
    assert Message.select().where(Message.text == "question_answered").count() == 1


def test_two_of_the_staff_answer_at_once_and_one_is_heard(world: World) -> None:
    question = ask(world)
    came = together(
        *(lambda who=who: questions.answer(question, who.name, who, NOON) for who in (world.chen, world.su, world.kai))
    )
    assert len(won(came)) == 1
    assert told(came) == ["answered_already"]
    assert questions.words(won(came)[0]) == won(came)[0].answered_by.name


# --- two cards, no card, a copy --------------------------------------------------------------------------------------------


def test_a_question_goes_with_its_card_when_two_become_one(world: World) -> None:
    guest = world.member("小客")
    question = ask(world, member=guest)
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    assert [one.id for one in questions.of(world.mei.id)] == [question.id]
    questions.answer(question, "有的", world.chen, NOON)
    assert Message.get(Message.text == "question_answered").member_id == world.mei.id


def test_who_is_forgotten_leaves_no_question_and_no_card(world: World) -> None:
    question = ask(world)
    before = world.fresh(world.bath).queue_version
    privacy.erase(world.mei, NOON)
    assert Question.select().count() == 0
    assert card(question).done_at == NOON
    assert world.fresh(world.bath).queue_version > before
    with pytest.raises(Missing):
        questions.answer(question, "有的", world.chen, NOON)
    assert check.run() == []


def test_the_copy_of_everything_has_questions_in_plain_words(world: World) -> None:
    vip(world)
    advisers.name(world.fresh(world.mei), world.chen, world.bath, world.lin, NOON)
    questions.answer(ask(world), "有，三种尺码", world.chen, NOON)
    copy = privacy.export(world.fresh(world.mei), NOON)
    [row] = copy["questions"]
    assert (row["text"], row["answer"]) == (WORDS, "有，三种尺码")
    assert "key" not in row
    assert copy["adviser"][0]["staff_name"] == "小陈"
    json.dumps(copy)


def vip(world: World) -> None:
    Member.update(tier="vip").where(Member.id == world.mei.id).execute()


def test_a_question_for_an_adviser_says_so_on_its_card(world: World) -> None:
    question = questions.ask(world.mei, world.bath, WORDS, "k", NOON, adviser=world.chen)
    assert card(question).brief == {"adviser": "小陈"}
    assert question.adviser_id == Staff.get(Staff.username == "chen").id
