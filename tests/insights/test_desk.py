"""The desk's doors to what the night has found out: the mirror, the lists, the composer."""

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Event, Grade, GradeRun, Member, Segment
from tests.insights.people import bought
from tests.kit.doors import AsMember, AsStaff
from tests.world import World
from webapp import clock
from webapp.clock import DAY
from webapp.insights import nightly, segments


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def manager(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.lin)


@pytest.fixture
def night(world: World) -> int:
    """Mei has come every ten days and stayed away for a month; the night is done. Returns the moment."""
    at = clock.now()
    for days in (30, 40, 50):
        bought(world.mei, 50, days, at)
    bought(world.xin, 900, 1, at)
    nightly.run(at)
    return at


ASKED = {"match": "all", "is.0": "last", "least.0": "20", "most.0": ""}


def test_the_mirror_stands_beside_the_documents_shares(manager: FlaskClient, night: int) -> None:
    page = text(manager.get("/desk/insight/grades"))
    for said in ("书上 60%", "书上 25%", "没有人变"):
        assert said in page
    assert "¥1050" in page, "what members paid in the year"
    assert "14%" in page, "of which Mei, who came more than once, paid 150"


def test_before_the_first_night_there_is_a_button(manager: FlaskClient, world: World) -> None:
    assert "第一个夜里过后" in text(manager.get("/desk/insight/grades"))
    answer = manager.post("/desk/insight/grades/run")
    assert answer.headers["Location"] == "/desk/insight/grades"
    assert "正在算" in text(manager.get("/desk/insight/grades/progress"))
    assert 'hx-trigger="every 2s"' in text(manager.get("/desk/insight/grades/progress"))
    nightly.go_on(clock.now())
    assert "算好" in text(manager.get("/desk/insight/grades/progress"))
    assert GradeRun.get().members == Member.select().count()


def test_whoever_may_stay_away_is_listed_with_a_plain_reason(manager: FlaskClient, world: World, night: int) -> None:
    page = text(manager.get("/desk/insight/people"))
    assert "30 天没来，平时 10 天一次" in page
    assert world.mei.name in page
    assert world.xin.name not in page
    elsewhere = Grade.update({Grade.store: world.laundry.id})
    elsewhere.execute()
    assert world.mei.name not in text(manager.get("/desk/insight/people?here=1"))
    Member.update({Member.seen_at: night}).execute()
    assert world.mei.name not in text(manager.get("/desk/insight/people")), "they are here"


def test_whoever_is_due_is_listed_by_their_own_interval(manager: FlaskClient, world: World, night: int) -> None:
    Grade.update({Grade.due_at: night + 2 * DAY}).where(Grade.member == world.mei.id).execute()
    page = text(manager.get("/desk/insight/people?list=due"))
    assert world.mei.name in page
    assert "平时 10 天来一次" in page
    Member.update({Member.care_since: night}).execute()
    assert world.mei.name not in text(manager.get("/desk/insight/people?list=due")), "a case is open"


def test_a_segment_is_put_together_counted_and_saved(manager: FlaskClient, world: World, night: int) -> None:
    page = text(manager.get("/desk/insight/segments/new"))
    assert "从哪一条开始" in page
    page = text(manager.get("/desk/insight/segments/new?match=all&add=last"))
    assert 'name="least.0"' in page
    assert 'value="30"' in page
    counted = text(manager.get("/desk/insight/segments/count", query_string=ASKED))
    assert ">1</b>" in counted
    assert world.mei.name in counted
    manager.post("/desk/insight/segments", data=ASKED | {"name": "二十天没来的"})
    row = Segment.get()
    assert row.rule == {"is": "all", "of": [{"is": "last", "least": 20}]}
    page = text(manager.get(f"/desk/insight/segments/{row.id}"))
    assert "20 天没来" in page
    assert Segment.get().count == 1
    assert "二十天没来的" in text(manager.get("/desk/insight/segments"))


def test_conditions_come_and_go(manager: FlaskClient, world: World) -> None:
    two = ASKED | {"is.4": "grade", "of.4": ["vip", "c"], "not.4": "1"}
    page = text(manager.get("/desk/insight/segments/new", query_string=two | {"add": "birthday"}))
    assert 'name="is.5" value="birthday"' in page
    assert page.count("<fieldset") >= 4
    page = text(manager.get("/desk/insight/segments/new", query_string=two | {"drop": "0"}))
    assert 'name="is.0"' not in page
    assert 'name="is.4"' in page
    assert "反过来" in page


def test_money_is_typed_in_yuan(manager: FlaskClient, world: World, night: int) -> None:
    asked = {"match": "all", "is.0": "spent", "least.0": "900", "most.0": "", "name": "花得多"}
    manager.post("/desk/insight/segments", data=asked)
    assert Segment.get().rule["of"] == [{"is": "spent", "least": 90_000}]
    assert 'value="900"' in text(manager.get(f"/desk/insight/segments/{Segment.get().id}"))


@pytest.mark.parametrize(
    "wrong", [{"least.0": "viel"}, {"least.0": ""}, {"least.0": "9", "most.0": "1"}, {"is.0": "grade"}, {"name": ""}]
)
def test_what_is_not_chosen_yet_is_said_and_what_was_typed_stays(
    manager: FlaskClient, world: World, wrong: dict[str, str]
) -> None:
    sent = ASKED | {"name": "走了好久", "is.1": "tier", "of.1": "vip"} | wrong
    answer = manager.post("/desk/insight/segments", data=sent)
    assert answer.status_code == 422
    assert 'name="is.1" value="tier"' in text(answer)
    assert not Segment.select().exists()


def test_a_half_said_condition_is_no_error_while_counting(manager: FlaskClient, world: World) -> None:
    answer = manager.get("/desk/insight/segments/count", query_string={"match": "all", "is.0": "grade"})
    assert answer.status_code == 200
    assert "还没选好" in text(answer)


def test_a_rule_with_brackets_is_shown_but_not_taken_apart(manager: FlaskClient, world: World) -> None:
    rule = {"is": "all", "of": [{"is": "open_case"}, {"is": "any", "of": [{"is": "coupon"}, {"is": "open_case"}]}]}
    row = segments.put(world.brand, "带括号的", rule, world.lin, clock.now())
    page = text(manager.get(f"/desk/insight/segments/{row.id}"))
    assert "在这里只能看" in page
    assert 'name="is.0"' not in page


def test_the_file_has_no_numbers_and_is_written_down(manager: FlaskClient, world: World, night: int) -> None:
    Member.update({Member.name: "=1+1"}).where(Member.id == world.mei.id).execute()
    row = segments.put(world.brand, "全部", {"is": "all", "of": []}, world.lin, night)
    answer = manager.get(f"/desk/insight/segments/{row.id}.csv")
    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [line[0] for line in lines[1:]] == [world.mei.code, world.xin.code]
    assert lines[1][1] == "'=1+1", "no formula"
    assert "138" not in answer.get_data(as_text=True)
    assert Event.get(Event.verb == "segment_exported").data == {"name": "全部", "people": 2}


def test_a_segment_is_retired(manager: FlaskClient, world: World) -> None:
    row = segments.put(world.brand, "全部", {"is": "all", "of": []}, world.lin, clock.now())
    manager.post(f"/desk/insight/segments/{row.id}/retirement")
    assert manager.get(f"/desk/insight/segments/{row.id}").status_code == 404
    assert "还没有人群" in text(manager.get("/desk/insight/segments"))


def test_the_card_says_how_they_come_and_what_to_do(world: World, as_staff: AsStaff, night: int) -> None:
    page = text(as_staff(world.chen).get(f"/desk/members/{world.mei.code}"))
    assert "好久没来的" in page
    assert "平时 10 天来一次" in page
    assert "先问候，再说优惠" in page


def test_no_member_ever_sees_a_grade(world: World, as_member: AsMember, night: int) -> None:
    mine = as_member(world.mei)
    for address in ("/", "/me", "/tier", "/points", "/me/privacy", "/rewards"):
        page = text(mine.get(address))
        assert "好久没来" not in page, address
        assert "insight-grade" not in page, address
