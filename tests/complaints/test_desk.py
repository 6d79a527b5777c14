"""The counter's list of cases and the one that is written down at the counter: red first, by time left, nobody else's store."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from playhouse.test_utils import count_queries

from models import Case, CaseEntry, CaseStep, Member, Staff, Visit, Work
from tests.complaints.places import closed, complain
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import clock, front
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, ladder, lists
from webapp.complaints.cases import Report
from webapp.staff import queue

HARM = "<script>alert(1)</script>"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    """Chen's, in the bath house."""
    return as_staff(world.chen)


def order_of(page: str, *told: Case) -> list[str]:
    return sorted((case.code for case in told), key=lambda code: page.index(f"/desk/cases/{code}"))


def test_an_empty_list_says_so(tablet: FlaskClient) -> None:
    assert "没有没办完的事" in text(tablet.get("/desk/cases"))


def test_red_ones_come_first_then_by_time_left_then_those_that_wait(world: World, tablet: FlaskClient) -> None:
    later = complain(world, key="later", at=NOON - MINUTE)
    asked = complain(world, key="asked", at=NOON - 2 * MINUTE)
    for kind in ("findings", "decision"):
        cases.say(asked, "查过了", NOON - MINUTE, key=f"asked:{kind}", staff=world.chen, kind=kind)
    cases.say(asked, "要不要退？", NOON - MINUTE, key="q", staff=world.chen, kind="question")
    late = complain(world, key="late", at=NOON - HOUR)
    urgent = complain(world, key="urgent", kind="urgent", category="safety")
    page = text(tablet.get("/desk/cases"))
    assert order_of(page, later, asked, late, urgent) == [late.code, urgent.code, later.code, asked.code]
    found = lists.of(world.bath, world.chen, NOON)
    assert [row.case.code for row in found.red] == [late.code, urgent.code]
    assert [row.case.code for row in found.now] == [later.code]
    assert [row.case.code for row in found.waits] == [asked.code]


def test_each_lane_shows_its_own_and_counts_it(world: World, tablet: FlaskClient) -> None:
    mine, idea, late = complain(world, key="a"), complain(world, key="b", kind="idea"), complain(world, key="c")
    Case.update(owner=world.chen.id).where(Case.id == mine.id).execute()
    Case.update(owner=world.kai.id).where(Case.id.in_([idea.id, late.id])).execute()
    CaseStep.update(due_at=NOON - 1, warn_at=NOON - 2).where(CaseStep.case == late.id, CaseStep.number == 1).execute()
    Case.update(due_at=NOON - 1).where(Case.id == late.id).execute()
    for lane, there in (("mine", mine), ("late", late), ("mild", idea)):
        page = text(tablet.get(f"/desk/cases?lane={lane}"))
        assert [case.code for case in (mine, idea, late) if f"/desk/cases/{case.code}" in page] == [there.code]
    assert lists.of(world.bath, world.chen, NOON).counts == {"open": 3, "mine": 1, "late": 1, "waits": 0, "mild": 1}


def test_what_is_closed_is_in_a_lane_of_its_own(world: World, tablet: FlaskClient) -> None:
    case = closed(world, NOON)
    assert case.code not in text(tablet.get("/desk/cases"))
    assert case.code in text(tablet.get("/desk/cases?lane=closed"))


def test_a_number_leads_straight_to_its_case_and_digits_to_the_members(world: World, tablet: FlaskClient) -> None:
    case, other = complain(world, key="a"), complain(world, key="b", member=world.xin)
    assert tablet.get(f"/desk/cases?q={case.code.lower()}").headers["Location"] == f"/desk/cases/{case.code}"
    page = text(tablet.get("/desk/cases?q=0001"))
    assert case.code in page
    assert other.code not in page
    assert "没找到" in text(tablet.get("/desk/cases?q=nobody"))


def test_another_stores_case_is_not_there(world: World, tablet: FlaskClient, as_staff: AsStaff) -> None:
    case = complain(world)
    stranger = as_staff(world.bo)
    assert case.code not in text(stranger.get("/desk/cases"))
    assert f"/desk/cases/{case.code}" not in text(stranger.get(f"/desk/cases?q={case.code}"))
    assert case.code not in text(stranger.get("/desk/cases?q=0001"))
    for path in ("", "/part"):
        assert stranger.get(f"/desk/cases/{case.code}{path}").status_code == 404
    for path in ("words", "offers", "closing", "owner", "up", "urgency", "merge", "talks", "mine", "call"):
        assert stranger.post(f"/desk/cases/{case.code}/{path}").status_code == 404
    assert CaseEntry.select().where(CaseEntry.case == case.id).count() == 1


def test_the_row_of_a_case_that_a_colleague_has_open_is_grey_and_names_them(world: World, tablet: FlaskClient) -> None:
    case = complain(world)
    assert queue.open_card("case", case.code, world.kai, NOON)
    page = text(tablet.get("/desk/cases"))
    assert "taken" in page
    assert "阿凯 在看" in page
    assert "阿凯 正在看这件事" in text(tablet.get(f"/desk/cases/{case.code}"))


def test_a_poll_is_answered_with_the_list_alone_and_only_when_something_changed(
    world: World, tablet: FlaskClient
) -> None:
    complain(world)
    part = text(tablet.get("/desk/cases", htmx=True))
    assert part.lstrip().startswith('<div id="cases"')
    ticket = part.split("pulse=")[1].split('"')[0].split("&")[0]
    assert front.unchanged(ticket, NOON)
    other = complain(world, key="another")
    assert not front.unchanged(ticket, NOON)
    assert other.code in text(tablet.get(f"/desk/cases?pulse={ticket}", htmx=True))


def test_the_list_asks_no_more_for_forty_cases_than_for_two(world: World, tablet: FlaskClient) -> None:
    people = [world.member(f"客人{n}") for n in range(40)]
    for n in range(2):
        complain(world, key=f"k{n}", member=people[n])
    tablet.get("/desk/cases")
    with count_queries() as few:
        tablet.get("/desk/cases")
    for n in range(2, 40):
        complain(world, key=f"k{n}", member=people[n])
    with count_queries() as many:
        tablet.get("/desk/cases")
    assert many.count == few.count <= 10


def test_the_card_in_the_queue_says_the_step_and_leads_to_the_case(world: World, tablet: FlaskClient) -> None:
    case = complain(world)
    page = text(tablet.get("/desk/"))
    assert f'href="/desk/cases/{case.code}"' in page
    assert "先回应 · 问题 · 态度" in page
    tapped = tablet.get(f"/desk/cases/{case.code}", htmx=True)
    assert tapped.headers["HX-Redirect"] == f"/desk/cases/{case.code}"


def test_a_late_card_says_so_in_the_queue(world: World, tablet: FlaskClient) -> None:
    complain(world, at=NOON - HOUR)
    ladder.sweep(NOON)
    assert "晚了" in text(tablet.get("/desk/"))


# --- written down at the counter ------------------------------------------------------------------------------------------


def told(**more: str) -> dict[str, str]:
    form = {"ticket": "a ticket of the desk", "source": "counter", "kind": "complaint", "category": "wait"}
    return form | {"wish": "explain", "text": "等了一小时", "who": "王女士"} | more


def test_a_guest_at_the_counter_gets_a_case_in_the_hands_of_who_wrote_it(world: World, tablet: FlaskClient) -> None:
    answer = tablet.post("/desk/cases/new", data=told(contact="139 0000 0000"))
    case = Case.get()
    assert answer.headers["Location"] == f"/desk/cases/{case.code}"
    assert (case.guest, case.source, case.owner_id, case.made_by_id) == (
        "王女士",
        "counter",
        world.chen.id,
        world.chen.id,
    )
    page = text(tablet.get(f"/desk/cases/{case.code}"))
    assert '<a href="tel:13900000000">139 0000 0000</a>' in page
    assert "小陈 记下的" in page
    assert "等了一小时" in page


def test_a_way_to_reach_a_guest_that_is_no_number_is_not_dialled(tablet: FlaskClient) -> None:
    tablet.post("/desk/cases/new", data=told(contact="wang@example.org"))
    page = text(tablet.get(f"/desk/cases/{Case.get().code}"))
    assert "wang@example.org" in page
    assert "tel:" not in page


def test_the_same_form_sent_twice_is_one_case(tablet: FlaskClient) -> None:
    for _ in range(2):
        assert tablet.post("/desk/cases/new", data=told()).status_code == 303
    assert Case.select().count() == 1


def test_last_four_digits_find_the_member(world: World, tablet: FlaskClient) -> None:
    tablet.post("/desk/cases/new", data=told(who="0001", source="phone"))
    case = Case.get()
    assert (case.member_id, case.source) == (world.mei.id, "phone")
    assert world.fresh(world.mei).care_since == NOON


def test_digits_of_several_members_ask_which_and_of_nobody_for_a_name(world: World, tablet: FlaskClient) -> None:
    twin = world.member("林小双", "13900000001")
    page = text(tablet.post("/desk/cases/new", data=told(who="0001")))
    assert "有 2 位" in page
    assert twin.code in page
    assert "请写名字" in text(tablet.post("/desk/cases/new", data=told(who="9999")))
    assert not Case.select().exists()
    assert tablet.post("/desk/cases/new", data=told(who="0001", member=twin.code)).status_code == 303
    assert Case.get().member_id == twin.id


def test_what_was_typed_stays_when_something_is_missing(tablet: FlaskClient) -> None:
    answer = tablet.post("/desk/cases/new", data=told(text="", contact=HARM, who="李先生"))
    assert answer.status_code == 422
    page = text(answer)
    assert "请写几个字" in page
    assert "李先生" in page
    assert HARM not in page
    assert tablet.post("/desk/cases/new", data=told(text="长" * 2001)).status_code == 422
    assert tablet.post("/desk/cases/new", data=told(kind="rumour")).status_code == 422


def test_from_a_booking_it_keeps_what_it_is_about(world: World, tablet: FlaskClient) -> None:
    address = f"/desk/cases/new?member={world.mei.code}&about=booking&ref=NOSUCH"
    assert world.mei.name in text(tablet.get(address))
    tablet.post(address, data=told(member=world.mei.code, about="booking", ref="NOSUCH"))
    case = Case.get()
    assert (case.member_id, case.about, case.ref) == (world.mei.id, "booking", "NOSUCH")
    assert tablet.get(f"/desk/cases/{case.code}").status_code == 200


def test_urgent_by_category_goes_to_somebody_senior(world: World, tablet: FlaskClient) -> None:
    tablet.post("/desk/cases/new", data=told(category="safety"))
    case = Case.get()
    assert case.urgent
    assert Staff.get_by_id(case.owner_id).at_least("senior")
    assert case.due_at == NOON + 5 * MINUTE


# --- somebody whom we still owe an answer ------------------------------------------------------------------------------------


def test_the_card_warns_while_a_case_is_open_and_leads_there(world: World, tablet: FlaskClient) -> None:
    address = f"/desk/members/{world.mei.code}"
    assert "先别推销" not in text(tablet.get(address))
    case = complain(world)
    page = text(tablet.get(address))
    assert "先别推销" in page
    assert f"/desk/cases/of/{world.mei.code}" in page
    assert tablet.get(f"/desk/cases/of/{world.mei.code}").headers["Location"] == f"/desk/cases/{case.code}"
    closed(world, NOON, case)
    assert "先别推销" not in text(tablet.get(address))


def test_an_arrival_warns_too(world: World, tablet: FlaskClient) -> None:
    complain(world)
    visit = Visit.create(member=world.mei.id, store=world.bath.id, source="desk", at=NOON, closes_at=NOON + 4 * HOUR)
    Work.create(
        store=world.bath.id, kind="arrival", ref=str(visit.id), member=world.mei.id, made_at=NOON, due_at=NOON + DAY
    )
    page = text(tablet.get(f"/desk/arrivals/{visit.id}"))
    assert "这位客人有一件事还没办完" in page


def test_a_guests_words_never_become_markup(world: World, tablet: FlaskClient) -> None:
    told_ = Report(key="x", kind="complaint", category="other", text=HARM, source="slip", guest=HARM, contact=HARM)
    case = cases.report(world.bath, told_, clock.now())
    for path in ("/desk/cases", f"/desk/cases/{case.code}", "/desk/"):
        assert HARM not in text(tablet.get(path))


def test_a_member_who_left_is_still_listed(world: World, tablet: FlaskClient) -> None:
    case = complain(world)
    Member.update(name="", erased_at=NOON).where(Member.id == world.mei.id).execute()
    assert case.code in text(tablet.get("/desk/cases"))
