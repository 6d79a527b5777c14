"""The counter's pages of follow-ups: the list of the day, one call, what was heard, and a case out of what was not well."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Case, Follow, FollowTry
from tests.care.test_follows import TODAY, agree, card, due
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import vault
from webapp.care import follows
from webapp.members import privacy

HARM = "<script>alert(1)</script>"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.chen)


def sent(**fields: str) -> dict[str, str]:
    return {"ticket": vault.token()[:32], "seen": "0"} | fields


def test_nobody_to_ring_says_who_comes_here(tablet: FlaskClient) -> None:
    assert "现在没有要回访的客人" in text(tablet.get("/desk/follow-ups"))


def test_the_list_says_who_is_late_who_is_due_and_who_is_next(world: World, tablet: FlaskClient) -> None:
    due(world, day=TODAY - 2, key="a")
    due(world, world.xin, kind="uncollected", key="b")
    due(world, world.member("远客", "13800000077"), day=TODAY + 3, key="c")
    page = text(tablet.get("/desk/follow-ups"))
    assert page.index("林小满") < page.index("周新") < page.index("远客")
    assert "晚了 2 天" in page
    assert "13800000001" not in page
    assert "远客" not in text(tablet.get("/desk/follow-ups?kind=uncollected"))
    assert "林小满" not in text(tablet.get("/desk/follow-ups?mine=1"))


def test_the_queue_has_one_card_that_leads_there(world: World, tablet: FlaskClient) -> None:
    due(world)
    page = text(tablet.get("/desk/"))
    assert "今天的回访" in page
    assert 'href="/desk/follow-ups"' in page
    gone = tablet.get("/desk/follow-ups", htmx=True)  # type: ignore[call-arg]
    assert gone.headers["HX-Redirect"] == "/desk/follow-ups"


def test_one_call_says_what_to_know_and_what_to_say_in_their_language_too(world: World, tablet: FlaskClient) -> None:
    anna = world.member("Anna", "13800000088", locale="en")
    follow = due(world, anna, kind="lapsed")
    page = text(tablet.get(f"/desk/follow-ups/{follow.code}"))
    assert "不是推销" in page
    assert "Hello Anna, this is 小陈" in page
    assert "为什么没来？" in page


def test_the_number_is_a_tap_away_and_stays_on_the_page_without_javascript(world: World, tablet: FlaskClient) -> None:
    follow = due(world)
    part = text(tablet.post(f"/desk/follow-ups/{follow.code}/call", htmx=True))  # type: ignore[call-arg]
    assert 'href="tel:+8613800000001"' in part
    assert "<main" not in part
    assert 'href="tel:+8613800000001"' in text(tablet.post(f"/desk/follow-ups/{follow.code}/call"))


def test_written_down_and_on_to_the_next(world: World, tablet: FlaskClient) -> None:
    follow = due(world)
    done = tablet.post(f"/desk/follow-ups/{follow.code}", data=sent(outcome="glad", note="水很好"))
    assert done.status_code == 303
    assert "满意" in text(tablet.get(done.headers["Location"]))
    assert world.fresh(follow).state == "done"


def test_what_was_typed_stays_when_the_day_is_missing(world: World, tablet: FlaskClient) -> None:
    follow = due(world)
    again = tablet.post(f"/desk/follow-ups/{follow.code}", data=sent(outcome="later", note="晚上方便" + HARM))
    assert again.status_code == 422
    page = text(again)
    assert "约好哪天再打？" in page
    assert "晚上方便&lt;script&gt;" in page
    assert 'value="later" required checked' in page


@pytest.mark.parametrize(
    "wrong",
    [{"outcome": "x"}, {"outcome": ""}, {"outcome": "glad", "seen": "x"}, {"outcome": "glad", "note": "长" * 501},
     {"outcome": "later", "next_day": "2026-13-45"}, {"outcome": "glad", "cause": "zzz"}, {"outcome": "glad", "note": "\u202eabc"}],
)  # fmt: skip
def test_nonsense_is_told_and_changes_nothing(world: World, tablet: FlaskClient, wrong: dict[str, str]) -> None:
    follow = due(world)
    assert tablet.post(f"/desk/follow-ups/{follow.code}", data=sent(**wrong)).status_code == 422
    assert world.fresh(follow).tries == 0


def test_unhappy_becomes_a_case_in_their_words_once(world: World, tablet: FlaskClient) -> None:
    follow = due(world)
    gone = tablet.post(f"/desk/follow-ups/{follow.code}", data=sent(outcome="unhappy", note="等了四十分钟"))
    page = text(tablet.get(gone.headers["Location"]))
    assert "记成一件投诉？" in page
    assert "等了四十分钟</textarea>" in page
    for _ in range(2):
        answer = tablet.post(f"/desk/follow-ups/{follow.code}/case", data=sent(category="wait", text="等了四十分钟"))
        assert answer.headers["Location"] == f"/desk/cases/{Case.get().code}"
    case = Case.get()
    assert (case.member_id, case.source, case.category, case.owner_id) == (world.mei.id, "phone", "wait", world.chen.id)
    assert Case.select().count() == 1


def test_who_served_reads_what_was_said_and_only_that(world: World, tablet: FlaskClient, as_staff: AsStaff) -> None:
    follows.record(due(world), "glad", world.chen, NOON, key="t", seen=0, note="阿凯很细心" + HARM)
    mine = text(as_staff(world.kai).get("/desk/follow-ups/heard"))
    assert "阿凯很细心&lt;script&gt;" in mine
    assert "阿凯很细心" not in text(tablet.get("/desk/follow-ups/heard?all=1"))
    assert "阿凯很细心" in text(as_staff(world.su).get("/desk/follow-ups/heard?all=1"))


def test_a_member_is_put_on_the_list_by_hand(world: World, tablet: FlaskClient) -> None:
    address = f"/desk/follow-ups/new/{world.mei.code}"
    assert "记一次回访" in text(tablet.get(address))
    fields = sent(kind="other", day="2026-05-22", about="问问按摩椅修好没")
    made = tablet.post(address, data=fields)
    assert made.status_code == 303
    assert (Follow.get().due_day, Follow.get().made_by_id) == (TODAY + 2, world.chen.id)
    assert tablet.post(address, data=fields).headers["Location"] == made.headers["Location"]
    assert "问问按摩椅修好没" in text(tablet.get(made.headers["Location"]))
    late = tablet.post(address, data=sent(kind="other", day="2025-01-01", about="x"))
    assert late.status_code == 422


def test_another_shops_calls_are_not_there(world: World, as_staff: AsStaff) -> None:
    follow = due(world)
    bo = as_staff(world.bo)
    assert bo.get(f"/desk/follow-ups/{follow.code}").status_code == 404
    for way, fields in (("", sent(outcome="glad")), ("/call", {}), ("/take", {}), ("/case", sent())):
        assert bo.post(f"/desk/follow-ups/{follow.code}{way}", data=fields).status_code == 404
    assert FollowTry.select().count() == 0


def test_the_list_costs_the_same_for_three_and_for_thirty(world: World, tablet: FlaskClient) -> None:
    import models

    def asked() -> int:
        seen: list[str] = []
        run, db = models.database.obj.execute_sql, models.database.obj
        db.execute_sql = lambda sql, *rest, **more: (seen.append(sql), run(sql, *rest, **more))[1]
        tablet.get("/desk/follow-ups")
        db.execute_sql = run
        return len(seen)

    for n in range(33):
        due(world, world.member(f"客{n}", f"138000003{n:02}"), kind="uncollected", key=f"k{n}")
        if n == 2:
            tablet.get("/desk/follow-ups")
            few = asked()
    assert asked() == few


def test_a_card_that_somebody_forgotten_left_behind_goes_when_the_list_is_looked_at(
    world: World, tablet: FlaskClient
) -> None:
    due(world)
    privacy.erase(world.mei, NOON)
    assert card(world)
    assert "现在没有要回访的客人" in text(tablet.get("/desk/follow-ups"))
    assert card(world) is None


def test_mine_is_what_i_took(world: World, tablet: FlaskClient) -> None:
    follow = due(world)
    agree(world.xin)
    tablet.post(f"/desk/follow-ups/{follow.code}/take")
    assert "林小满" in text(tablet.get("/desk/follow-ups?mine=1"))
    assert re.search(r"</svg>小陈</span>", text(tablet.get("/desk/follow-ups")))
