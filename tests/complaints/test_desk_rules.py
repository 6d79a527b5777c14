"""What managers set and read: numbers with a week of the calendar, causes, beginnings of replies, the board, the report and its table."""

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Cause, Event, Improvement, Staff, Starter, Work
from tests.complaints.places import cause, closed, complain
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import policy
from webapp.clock import DAY, HOUR
from webapp.complaints import causes, improvements, ladder, starters
from webapp.complaints.desk.report import safe
from webapp.stores import settings

TICKET = {"ticket": "a ticket of the desk"}


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def lin(world: World, as_staff: AsStaff) -> FlaskClient:
    """The manager's tablet."""
    return as_staff(world.lin)


def numbers(world: World, **changed: str) -> dict[str, str]:
    holds, units = policy.of(world.bath), policy.UNITS
    given = {name: str(getattr(holds, name) // units.get(name, 1)) for name in settings.CASE_NUMBERS}
    return TICKET | given | changed


def test_the_week_shows_what_is_promised_to_somebody_who_tells_us_then(lin: FlaskClient) -> None:
    page = text(lin.get("/desk/cases/ladder?hour=11"))
    assert "周三 今天" in page
    assert page.count("11:15") == 7
    part = text(lin.get("/desk/cases/ladder/preview?hour=11&case_answer_minutes=45", htmx=True))
    assert part.count("11:45") == 7
    assert text(lin.get("/desk/cases/ladder/preview?hour=11&urgent=1", htmx=True)).count("11:05") == 7


def test_told_before_opening_the_minutes_begin_with_the_day(lin: FlaskClient) -> None:
    part = text(lin.get("/desk/cases/ladder/preview?hour=9", htmx=True))
    assert part.count("10:15") == 7
    assert part.count("那时没开门") == 7


def test_numbers_that_cannot_be_leave_the_week_as_it_was(lin: FlaskClient) -> None:
    for wrong in ("0", "x", "99999", "-3", "9" * 40):
        part = text(lin.get(f"/desk/cases/ladder/preview?hour=11&case_answer_minutes={wrong}", htmx=True))
        assert part.count("11:15") == 7


def test_saved_numbers_hold_from_now_on_in_this_store_only(world: World, lin: FlaskClient) -> None:
    before = complain(world)
    answer = lin.post("/desk/cases/ladder", data=numbers(world, case_answer_minutes="30", amends_fen="8"), htmx=True)
    assert "已保存" in text(answer)
    rules = policy.of(world.fresh(world.bath))
    assert (rules.case_answer_minutes, rules.amends_fen) == (30, 800)
    assert policy.of(world.fresh(world.laundry)).case_answer_minutes == 15
    assert world.fresh(before).due_at == before.due_at
    assert Event.select().where(Event.verb == "numbers_changed").count() == 1


def test_a_number_out_of_bounds_stays_beside_its_field(world: World, lin: FlaskClient) -> None:
    answer = lin.post("/desk/cases/ladder", data=numbers(world, case_close_days="61", case_answer_minutes="soon"))
    assert answer.status_code == 422
    page = text(answer)
    assert 'value="61"' in page
    assert 'value="soon"' in page
    assert policy.of(world.fresh(world.bath)).case_close_days == 7


def test_the_purses_are_the_owners(world: World, lin: FlaskClient, as_staff: AsStaff) -> None:
    assert "purse_clerk" not in text(lin.get("/desk/cases/ladder"))
    lin.post("/desk/cases/ladder", data=numbers(world, purse_manager="90000"))
    assert policy.of(world.fresh(world.bath)).purse_manager == 50_000
    zhao = as_staff(world.zhao, world.bath)
    assert "purse_clerk" in text(zhao.get("/desk/cases/ladder"))
    zhao.post("/desk/cases/ladder", data=numbers(world, purse_clerk="80"))
    assert policy.of(world.fresh(world.bath)).purse_clerk == 8_000


# --- the shop's own words -----------------------------------------------------------------------------------------------


def test_causes_are_there_from_the_start_and_can_be_added_renamed_and_put_away(world: World, lin: FlaskClient) -> None:
    assert "忙时人手不够" in text(lin.get("/desk/causes"))
    top = causes.tree(world.brand)[0].cause
    lin.post("/desk/causes", data=TICKET | {"name": "临时停水", "name_en": "Water was off", "parent": str(top.id)})
    mine = Cause.get(Cause.parent == top.id, Cause.name == {"zh": "临时停水", "en": "Water was off"})
    lin.post(f"/desk/causes/{mine.id}", data=TICKET | {"name": "锅炉坏了", "parent": ""})
    assert (world.fresh(mine).name, world.fresh(mine).parent_id) == ({"zh": "锅炉坏了"}, None)
    lin.post(f"/desk/causes/{mine.id}/retirement")
    assert "锅炉坏了" not in text(lin.get("/desk/causes"))
    assert lin.post("/desk/causes", data=TICKET | {"name": ""}).status_code == 422


def test_another_brands_cause_is_not_there(lin: FlaskClient) -> None:
    assert lin.post("/desk/causes/999", data=TICKET | {"name": "x"}).status_code == 404
    assert lin.post("/desk/causes", data=TICKET | {"name": "x", "parent": "999"}).status_code == 404


def test_beginnings_can_be_written_in_three_languages(world: World, lin: FlaskClient) -> None:
    starters.fill(world.brand)
    given = TICKET | {"mood": "facts", "zh": "我查了记录：", "en": "I checked our records:", "zh_hant": ""}
    lin.post("/desk/starters", data=given)
    mine = Starter.get(Starter.text == {"zh": "我查了记录：", "en": "I checked our records:"})
    lin.post(f"/desk/starters/{mine.id}", data=given | {"zh": "我看了记录："})
    assert world.fresh(mine).text["zh"] == "我看了记录："
    lin.post(f"/desk/starters/{mine.id}/retirement")
    assert "我看了记录" not in text(lin.get("/desk/starters"))
    refused = lin.post("/desk/starters", data=given | {"zh": "长" * 201})
    assert refused.status_code == 422
    assert "I checked our records:" in text(refused)


# --- you said, we did ------------------------------------------------------------------------------------------------------


def test_shown_on_the_board_and_taken_off_again_by_the_bar(world: World, as_staff: AsStaff, lin: FlaskClient) -> None:
    lin.post("/desk/improvements", data=TICKET | {"said": "更衣室太滑", "did": "换了防滑垫", "recheck": "30"})
    row = Improvement.get()
    assert improvements.board(world.bath) == []
    page = text(lin.post(f"/desk/improvements/{row.id}/showing", htmx=True))
    assert f"/desk/improvements/{row.id}/hiding" in page
    assert [one.id for one in improvements.board(world.bath)] == [row.id]
    lin.post(f"/desk/improvements/{row.id}/hiding", htmx=True)
    assert improvements.board(world.bath) == []
    assert as_staff(world.chen).post(f"/desk/improvements/{row.id}/showing").status_code == 403


def test_a_draft_is_put_into_words_before_it_is_shown(world: World, lin: FlaskClient) -> None:
    closed(world, NOON)
    row = Improvement.get()
    assert lin.post(f"/desk/improvements/{row.id}/showing").status_code == 422
    given = TICKET | {"said": "前台说话冲", "did": row.did, "theme": "attitude", "recheck": "-1"}
    lin.post(f"/desk/improvements/{row.id}", data=given)
    lin.post(f"/desk/improvements/{row.id}/showing")
    assert improvements.board(world.bath)[0].said == "前台说话冲"


def test_the_day_to_look_again_brings_a_card_that_leads_there(world: World, lin: FlaskClient) -> None:
    row = improvements.add(world.bath, "太滑", "换了垫子", world.lin, NOON - DAY, recheck_at=NOON - HOUR)
    assert improvements.remind(NOON) == 1
    assert f"/desk/rechecks/i{row.id}" in text(lin.get("/desk/"))
    assert lin.get(f"/desk/rechecks/i{row.id}").headers["Location"] == f"/desk/improvements#i{row.id}"
    assert "改了以后，有用吗" in text(lin.get("/desk/improvements"))
    lin.post(f"/desk/improvements/{row.id}/recheck", data={"helped": "yes", "again": "0"})
    assert world.fresh(row).helped is True
    assert not Work.select().where(Work.kind == "recheck", Work.done_at.is_null()).exists()


def test_another_stores_change_is_not_there(world: World, lin: FlaskClient) -> None:
    row = improvements.add(world.laundry, "皱了", "换了衣架", world.zhao, NOON)
    assert "换了衣架" not in text(lin.get("/desk/improvements"))
    for door in ("", "/showing", "/hiding", "/recheck"):
        data = TICKET | {"said": "x", "did": "y", "helped": "yes"}
        assert lin.post(f"/desk/improvements/{row.id}{door}", data=data).status_code == 404


# --- the report ------------------------------------------------------------------------------------------------------------


def test_the_report_counts_what_was_kept_and_missed(world: World, lin: FlaskClient) -> None:
    assert "这段时间没有人说什么" in text(lin.get("/desk/cases/report"))
    complain(world, at=NOON - HOUR)
    ladder.sweep(NOON)
    closed(world, NOON, complain(world, key="k2", member=world.xin))
    page = text(lin.get("/desk/cases/report?days=7"))
    assert "说话方式" in page
    assert "先回应" in page
    assert "%" not in page.split("<main")[1].split("不写百分比")[0]


def test_the_table_has_a_row_for_each_case_and_no_word_of_a_customer(world: World, lin: FlaskClient) -> None:
    case = complain(world, text="=HYPERLINK(1)")
    answer = lin.get("/desk/cases/report.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(text(answer).lstrip("\ufeff"))))
    assert [row[0] for row in rows] == ["case", case.code]
    assert "HYPERLINK" not in text(answer)
    assert world.mei.name not in text(answer)


def test_no_cell_of_the_table_is_a_formula(world: World, lin: FlaskClient) -> None:
    why = cause(world)
    Cause.update(name={"zh": "=1+1"}).where(Cause.id == why.id).execute()
    case = complain(world)
    type(case).update(cause=why.id).where(type(case).id == case.id).execute()
    rows = list(csv.reader(io.StringIO(text(lin.get("/desk/cases/report.csv")))))
    assert "'=1+1" in rows[1]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert [safe(cell) for cell in ("@x", "-2", -2, None, "a=1")] == ["'@x", "'-2", -2, None, "a=1"]


def test_what_was_late_is_between_the_person_and_their_manager(
    world: World, as_staff: AsStaff, lin: FlaskClient
) -> None:
    case = complain(world, at=NOON - HOUR)
    person = Staff.get_by_id(case.owner_id)
    ladder.sweep(NOON)
    assert f"/desk/cases/{case.code}" in text(as_staff(person).get("/desk/cases/coaching"))
    assert f"/desk/cases/{case.code}" in text(lin.get(f"/desk/cases/coaching/{person.id}"))
    other = world.kai if person.id != world.kai.id else world.chen
    assert as_staff(other).get(f"/desk/cases/coaching/{person.id}").status_code == 403
    assert f"/desk/cases/{case.code}" not in text(as_staff(other).get("/desk/cases/coaching"))


def test_the_purses_page_shows_the_owner_what_came_back(world: World, as_staff: AsStaff, lin: FlaskClient) -> None:
    sent = {"kind": "coupon", "amount": "20", "why": "让你久等了"} | TICKET
    as_staff(world.chen).post(f"/desk/members/{world.mei.code}/goodwill", data=sent)
    page = text(lin.get("/desk/purses"))
    assert "让你久等了" in page
    assert "六十天内又来了" not in page
    assert "六十天内又来了" in text(as_staff(world.zhao, world.bath).get("/desk/purses"))
