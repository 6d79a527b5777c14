"""The doors of writing to the shop, and of the list of those who are due again."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Event, Member, Message, Question, Work
from tests.bookings.places import Bath, moment
from tests.bookings.test_again import visited
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import questions
from webapp.members import advisers

WORDS = "有小浴衣吗？\n带两个孩子"
TICKET = "a ticket of the phone"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def phone(world: World, as_member: AsMember) -> FlaskClient:
    return as_member(world.mei)


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.chen)


def asked(world: World) -> Question:
    return questions.ask(world.mei, world.bath, WORDS, "k", NOON)


def form(**more: Any) -> dict[str, Any]:
    return {"ticket": TICKET, "store": "bath", "text": WORDS} | more


# --- the phone ----------------------------------------------------------------------------------------------------------


def test_by_day_the_page_says_until_when_and_at_night_when_the_shop_opens(
    phone: FlaskClient, world: World, as_member: AsMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "最晚 今天 14:15 回你" in text(phone.get("/questions?store=bath"))
    monkeypatch.setattr(clock, "now", lambda: moment("26:30"))
    assert "今天 10:00 开门，开门后 15 分钟内回你" in text(as_member(world.mei).get("/questions?store=bath"))


def test_sent_twice_it_is_one_question_and_stands_on_the_page(phone: FlaskClient) -> None:
    for _ in range(2):
        assert phone.post("/questions", data=form()).location == "/questions?store=bath"
    part = text(phone.post("/questions", data=form(), htmx=True))
    assert part.lstrip().startswith('<div class="stack" id="questions"')
    assert part.count("带两个孩子") == 1
    assert questions.text(Question.get()) == WORDS
    assert Work.select().count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "写一句再发"), ("   ", "写一句再发"), ("字" * 501, "太长了，请写短一点"), ("\u202e倒", "有不能使用的字符")],
)
def test_what_cannot_be_sent_is_said_and_what_was_typed_stays(phone: FlaskClient, typed: str, said: str) -> None:
    for htmx in (False, True):
        answer = phone.post("/questions", data=form(text=typed), htmx=htmx)
        assert answer.status_code == 422
        assert said in text(answer)
        assert typed.strip()[:40] in text(answer)
    assert Question.select().count() == 0


def test_a_sixth_is_refused_with_what_was_typed(phone: FlaskClient, world: World) -> None:
    for n in range(5):
        questions.ask(world.mei, world.bath, "一", f"k{n}", NOON)
    answer = phone.post("/questions", data=form())
    assert answer.status_code == 422
    assert "还有 5 条没回你" in text(answer)
    assert "带两个孩子" in text(answer)


def test_a_store_that_is_none_is_not_there(phone: FlaskClient) -> None:
    assert phone.get("/questions?store=nowhere").status_code == 404
    assert phone.post("/questions", data=form(store="nowhere")).status_code == 404


def test_only_my_own_questions_are_mine(phone: FlaskClient, world: World, as_member: AsMember) -> None:
    code = asked(world).code
    assert "带两个孩子" in text(phone.get(f"/questions/{code}"))
    other = as_member(world.xin)
    assert other.get(f"/questions/{code}").status_code == 404
    assert "带两个孩子" not in text(other.get("/questions"))


def test_a_vip_writes_to_their_adviser_and_the_card_says_so(
    phone: FlaskClient, world: World, tablet: FlaskClient
) -> None:
    assert "写给谁" not in text(phone.get("/questions"))
    phone.post("/questions", data=form(to="adviser", ticket="another ticket"))
    assert Question.get().adviser_id is None, "there is none yet"
    Member.update(tier="vip").where(Member.id == world.mei.id).execute()
    advisers.name(world.fresh(world.mei), world.chen, world.bath, world.lin, NOON)
    assert "写给谁" in text(phone.get("/questions"))
    phone.post("/questions", data=form(to="adviser", store="laundry"))
    mine = Question.get(Question.adviser == world.chen.id)
    assert mine.store_id == world.bath.id, "where the adviser works"
    assert "问 小陈" in text(tablet.get("/desk/queue"))
    oldest = questions.of(world.mei.id)[-1]
    assert f"/desk/bookings/questions/{oldest.code}" in text(tablet.get("/desk/members/mine"))


# --- the desk ------------------------------------------------------------------------------------------------------------


def test_the_card_in_the_queue_opens_the_question_with_its_member(world: World, tablet: FlaskClient) -> None:
    question = asked(world)
    door = f"/desk/bookings/questions/{question.code}"
    assert f'href="{door}"' in text(tablet.get("/desk/"))
    page = text(tablet.get(door))
    assert "带两个孩子" in page
    assert "林小满" in page
    assert text(tablet.get(door, htmx=True)).lstrip().startswith("<article")
    assert Event.select().where(Event.verb == "card_viewed", Event.member == world.mei.id).count() == 1


def test_an_answer_is_one_field_and_arrives(world: World, tablet: FlaskClient, phone: FlaskClient) -> None:
    question = asked(world)
    door = f"/desk/bookings/questions/{question.code}"
    empty = tablet.post(f"{door}/answer", data={"text": " "})
    assert (empty.status_code, "写一句再发" in text(empty)) == (422, True)
    answer = tablet.post(f"{door}/answer", data={"text": "有的，三种"}, htmx=True)
    assert "小陈 回了" in text(answer)
    inbox = text(phone.get("/inbox"))
    assert "小陈 回你了" in inbox
    assert f'href="/questions/{question.code}"' in inbox
    assert "有的，三种" in text(phone.get(f"/questions/{question.code}"))
    assert "/desk/bookings/questions/" not in text(tablet.get("/desk/queue"))


def test_who_answers_second_is_told_who_was_faster(world: World, tablet: FlaskClient, as_staff: AsStaff) -> None:
    door = f"/desk/bookings/questions/{asked(world).code}/answer"
    tablet.post(door, data={"text": "有的"})
    for htmx in (False, True):
        late = as_staff(world.su).post(door, data={"text": "没有"}, htmx=htmx)
        assert late.status_code == 422
        assert "小陈 已经回过了" in text(late)
    assert Message.select().where(Message.text == "question_answered").count() == 1


def test_another_stores_question_is_not_there(world: World, as_staff: AsStaff) -> None:
    door = f"/desk/bookings/questions/{asked(world).code}"
    stranger = as_staff(world.bo)
    assert stranger.get(door).status_code == 404
    assert stranger.post(f"{door}/answer", data={"text": "有"}).status_code == 404
    assert Question.get().answered_at is None


def test_a_card_due_tomorrow_says_when_and_not_in_minutes(
    world: World, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment("26:30"))
    questions.ask(world.mei, world.bath, WORDS, "k", moment("26:30"))
    page = text(as_staff(world.chen).get("/desk/queue"))
    assert re.search(r'class="left">今天 10:15<', page)


# --- who is due again ------------------------------------------------------------------------------------------------------


def test_the_list_says_why_and_a_tap_gives_the_number_once(
    world: World, tablet: FlaskClient, phone: FlaskClient
) -> None:
    assert "现在没有该回来的客人" in text(tablet.get("/desk/bookings/again"))
    visited(Bath(world), world.mei, 35, 56, 77)
    page = text(tablet.get("/desk/bookings/again"))
    assert "平时 3 周一次，已经 5 周" in page
    assert "13800000001" not in page
    door = f"/desk/bookings/again/{world.mei.code}/call"
    assert 'href="tel:+8613800000001"' in text(tablet.post(door, htmx=True))
    assert 'href="tel:+8613800000001"' in text(tablet.post(door))
    assert "小陈 今天 14:00 看过号码" in text(tablet.get("/desk/bookings/again"))
    assert "查看了完整手机号" in text(phone.get("/me/privacy"))
    assert tablet.post("/desk/bookings/again/NOSUCHCODE/call").status_code == 404
