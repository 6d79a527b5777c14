"""One case at the desk: saying, asking, noting, offering, handing on, closing; a no keeps what was typed; what is internal stays inside."""

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Case, CaseOffer, Coupon, EntryPhoto, Improvement, PurseUse, Staff, Starter, Work
from tests.complaints.places import cause, closed, complain, entries, step
from tests.kit.doors import AsMember, AsStaff
from tests.photos.images import jpeg
from tests.world import DESK_PIN, NOON, World
from webapp.clock import DAY
from webapp.complaints import offers, starters

HARM = "<script>alert(1)</script>"
TICKET = "a ticket of the desk"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    """Chen's, in the bath house."""
    return as_staff(world.chen)


@pytest.fixture
def case(world: World) -> Case:
    return complain(world)


def post(client: FlaskClient, case: Case, door: str, **form: Any) -> Any:
    return client.post(f"/desk/cases/{case.code}/{door}", data={"ticket": TICKET} | form, htmx=True)


def now(case: Case) -> Case:
    return Case.get_by_id(case.id)


def held_by(case: Case) -> Staff:
    return Staff.get_by_id(now(case).owner_id)


def test_the_page_has_the_ladder_the_words_and_how_a_reply_begins(
    world: World, tablet: FlaskClient, case: Case
) -> None:
    starters.fill(world.brand)
    page = text(tablet.get(f"/desk/cases/{case.code}"))
    assert "前台说话很冲" in page
    assert "14:15" in page
    assert page.count("data-starter=") == Starter.select().count() >= 20
    assert world.mei.name in page
    assert "138****0001" in page


def test_a_reply_keeps_the_first_promise_and_reaches_the_phone(
    world: World, tablet: FlaskClient, case: Case, as_member: AsMember
) -> None:
    answer = post(tablet, case, "words", kind="said", text="真对不起，我马上去问")
    assert answer.status_code == 200
    assert "真对不起" in text(answer)
    assert (step(case, 1).done_at, step(case, 1).done_by_id) == (NOON, world.chen.id)
    assert step(case, 2).done_at is None
    assert "真对不起" in text(as_member(world.mei).get(f"/complaints/{case.code}"))


def test_a_reply_sent_twice_is_said_once(tablet: FlaskClient, case: Case) -> None:
    for _ in range(2):
        post(tablet, case, "words", kind="said", text="马上去问")
    assert len(entries(case)) == 2


def test_a_note_stays_inside_and_keeps_nothing(
    world: World, tablet: FlaskClient, case: Case, as_member: AsMember
) -> None:
    assert "上次也是他" in text(post(tablet, case, "words", kind="note", text="上次也是他"))
    assert step(case, 1).done_at is None
    mei = as_member(world.mei)
    for path in (f"/complaints/{case.code}", f"/complaints/{case.code}/part", "/complaints", "/", "/inbox"):
        assert "上次也是他" not in text(mei.get(path))


def test_a_question_waits_for_the_customer(tablet: FlaskClient, case: Case) -> None:
    page = text(post(tablet, case, "words", kind="question", text="大概是几点？"))
    assert "等客人回话" in page
    assert (now(case).state, step(case, 4).paused_at) == ("waiting", NOON)


def test_what_was_typed_stays_when_it_cannot_be_sent(tablet: FlaskClient, case: Case) -> None:
    answer = post(tablet, case, "words", kind="findings", text="长" * 2001)
    assert answer.status_code == 422
    page = text(answer)
    assert "最多写 2000 个字" in page
    assert "长" * 2001 in page
    assert re.search(r'value="findings" checked', page)
    assert post(tablet, case, "words", kind="shout", text="喂").status_code == 422
    assert post(tablet, case, "words", kind="said", text="  ").status_code == 422
    assert len(entries(case)) == 1


def test_words_are_never_markup(tablet: FlaskClient, case: Case) -> None:
    assert HARM not in text(post(tablet, case, "words", kind="said", text=HARM))
    assert HARM not in text(tablet.get(f"/desk/cases/{case.code}"))


def test_a_browser_without_scripts_gets_the_beginning_written_in(world: World, tablet: FlaskClient, case: Case) -> None:
    starters.fill(world.brand)
    row = starters.of(world.brand)[0]
    page = text(tablet.get(f"/desk/cases/{case.code}?starter={row.id}"))
    assert f">{row.text['zh']}</textarea>" in page
    assert tablet.get(f"/desk/cases/{case.code}?starter=999999999999").status_code == 200


def test_a_reply_begins_in_the_customers_language(world: World, tablet: FlaskClient, case: Case) -> None:
    starters.fill(world.brand)
    world.mei.locale = "en"
    world.mei.save()
    row = starters.of(world.brand)[0]
    page = text(tablet.get(f"/desk/cases/{case.code}"))
    assert f'data-starter="{row.text["en"]}' in page.replace("&#39;", "'")
    assert row.text["zh"] in page


def test_a_picture_of_the_shops_reaches_the_thread(tablet: FlaskClient, case: Case) -> None:
    sent = {"photo": (io.BytesIO(jpeg()), "p.jpg")}
    answer = tablet.post(f"/desk/cases/{case.code}/photos", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert EntryPhoto.select().where(EntryPhoto.entry == entries(case)[-1].id).count() == 1


def test_an_offer_lies_on_the_table_and_the_bar_takes_it_back(tablet: FlaskClient, case: Case) -> None:
    page = text(post(tablet, case, "offers", kind="coupon", amount="30", text="下次来用"))
    offer = CaseOffer.get()
    assert (offer.amount, offer.state) == (3000, "open")
    back = f"/desk/cases/{case.code}/offers/{offer.code}/withdrawal"
    assert page.count(back) >= 2
    tablet.post(back, htmx=True)
    assert CaseOffer.get().state == "withdrawn"


def test_an_offer_over_what_one_may_give_is_refused_beside_its_field(tablet: FlaskClient, case: Case) -> None:
    answer = post(tablet, case, "offers", kind="refund", amount="50.01")
    assert answer.status_code == 422
    page = text(answer)
    assert "超过了你能给的数" in page
    assert 'value="50.01"' in page
    assert "最多 ¥50" in page


def test_a_refund_that_was_accepted_waits_until_somebody_says_it_is_done(
    world: World, tablet: FlaskClient, case: Case
) -> None:
    post(tablet, case, "offers", kind="refund", amount="20")
    offer = offers.accept(CaseOffer.get(), NOON)
    assert tablet.get(f"/desk/amends/{offer.code}").headers["Location"] == f"/desk/cases/{case.code}"
    assert "说好退 ¥20" in text(tablet.get("/desk/"))
    assert "说好退 ¥20，退了吗" in text(tablet.get(f"/desk/cases/{case.code}"))
    tablet.post(f"/desk/cases/{case.code}/offers/{offer.code}/done")
    assert not Work.select().where(Work.kind == "amends", Work.done_at.is_null()).exists()


def test_taken_handed_over_and_given_back_by_the_bar(world: World, tablet: FlaskClient, case: Case) -> None:
    had = now(case).owner_id
    page = text(post(tablet, case, "owner", to=world.su.id, why="她认识这位客人"))
    assert now(case).owner_id == world.su.id
    assert "她认识这位客人" in page
    tablet.post(f"/desk/cases/{case.code}/owner?to={had}", htmx=True)
    assert now(case).owner_id == had
    post(tablet, case, "mine")
    assert now(case).owner_id == world.chen.id
    assert post(tablet, case, "owner", to=world.bo.id).status_code in (404, 422)


def test_up_and_urgent_want_a_reason(world: World, tablet: FlaskClient, case: Case) -> None:
    for door in ("up", "urgency"):
        assert post(tablet, case, door, why="").status_code == 422
    post(tablet, case, "urgency", why="老人摔倒了")
    assert now(case).urgent
    assert held_by(case).at_least("senior")
    post(tablet, case, "up", why="要店长定")
    assert held_by(case).at_least("manager")


def test_still_talking_until_a_day_and_no_day_that_is_past(tablet: FlaskClient, case: Case) -> None:
    for wrong in ({"day": "2026-05-19", "time": "12:00"}, {"day": "soon", "time": "12:00"}):
        answer = post(tablet, case, "talks", text="再想想", **wrong)
        assert answer.status_code == 422
        assert "再想想" in text(answer)
    page = text(post(tablet, case, "talks", text="周六再谈", day="2026-05-23", time="12:00"))
    assert now(case).state == "talking"
    assert "约好" in page


def test_closing_wants_a_cause_and_what_was_changed(world: World, tablet: FlaskClient, case: Case) -> None:
    why = cause(world)
    for form in ({"changed": "贴出价目"}, {"cause": str(why.id)}, {"cause": "999999", "changed": "贴出价目"}):
        answer = post(tablet, case, "closing", recheck="30", text="", **form)
        assert answer.status_code in (404, 422)
        assert now(case).state == "open"
    page = text(post(tablet, case, "closing", cause=why.id, changed="贴出价目", recheck="30", text="谢谢您"))
    assert "等客人说办好了没有" in page
    found = now(case)
    assert (found.state, found.cause_id, found.changed) == ("closing", why.id, "贴出价目")
    assert 29 * DAY < found.recheck_at - NOON < 31 * DAY


def test_a_closed_case_says_how_it_ended_and_can_no_longer_be_worked_on(world: World, tablet: FlaskClient) -> None:
    case = closed(world, NOON)
    page = text(tablet.get(f"/desk/cases/{case.code}"))
    assert "说话方式" in page
    assert "改了排班" in page
    assert 'id="say"' not in page
    assert post(tablet, case, "words", kind="said", text="还有").status_code == 422


def test_two_of_one_member_become_one_and_the_old_address_leads_there(
    world: World, tablet: FlaskClient, case: Case
) -> None:
    other = complain(world, key="k2")
    assert other.code in text(tablet.get(f"/desk/cases/{case.code}"))
    answer = tablet.post(f"/desk/cases/{case.code}/merge", data={"into": other.code})
    assert answer.headers["Location"] == f"/desk/cases/{other.code}"
    assert tablet.get(f"/desk/cases/{case.code}").headers["Location"] == f"/desk/cases/{other.code}"


def test_two_of_different_people_stay_two(world: World, tablet: FlaskClient, case: Case) -> None:
    other = complain(world, key="k2", member=world.xin)
    assert other.code not in text(tablet.get(f"/desk/cases/{case.code}"))
    answer = post(tablet, case, "merge", into=other.code)
    assert answer.status_code == 422
    assert "只能把同一位客人" in text(answer)


def test_ones_own_case_is_for_colleagues(world: World, tablet: FlaskClient, case: Case) -> None:
    world.chen.member = world.mei
    world.chen.save()
    page = text(tablet.get(f"/desk/cases/{case.code}"))
    assert "请同事来办" in page
    assert 'id="say"' not in page
    Case.update(owner=world.kai.id).where(Case.id == case.id).execute()
    assert post(tablet, case, "offers", kind="coupon", amount="5").status_code == 403
    assert post(tablet, case, "mine").status_code == 403


def test_the_whole_number_is_shown_once_and_written_down(world: World, tablet: FlaskClient, case: Case) -> None:
    page = text(tablet.post(f"/desk/cases/{case.code}/call", htmx=True))
    assert "13800000001" in page
    assert "13800000001" not in text(tablet.get(f"/desk/cases/{case.code}"))


def test_the_poll_brings_what_a_colleague_said_with_the_ladder_beside_it(
    world: World, tablet: FlaskClient, case: Case, as_staff: AsStaff
) -> None:
    post(as_staff(world.kai), case, "words", kind="said", text="我去看看")
    part = text(tablet.get(f"/desk/cases/{case.code}/part", htmx=True))
    assert part.lstrip().startswith("<section")
    assert "我去看看" in part
    assert 'hx-swap-oob="true"' in part
    assert 'id="say"' not in part


def test_two_answer_at_once_and_both_are_seen_the_first_one_counts(
    world: World, tablet: FlaskClient, case: Case, as_staff: AsStaff
) -> None:
    post(as_staff(world.kai), case, "words", kind="said", text="我去看看")
    page = text(post(tablet, case, "words", kind="said", text="我来处理", ticket="another ticket"))
    assert "我去看看" in page
    assert "我来处理" in page
    assert step(case, 1).done_by_id == world.kai.id


# --- goodwill -----------------------------------------------------------------------------------------------------------


def gift(world: World, client: FlaskClient, **form: Any) -> Any:
    sent = {"ticket": TICKET, "kind": "coupon", "amount": "20", "why": "让你久等了"} | form
    return client.post(f"/desk/members/{world.mei.code}/goodwill", data=sent, htmx=True)


def test_goodwill_is_one_tap_and_a_reason(world: World, tablet: FlaskClient) -> None:
    page = text(gift(world, tablet))
    assert "送出了 ¥20 的券" in page
    assert "¥30" in page
    assert (Coupon.get().member_id, Coupon.get().amount) == (world.mei.id, 2000)
    assert gift(world, tablet, why="").status_code == 422
    gift(world, tablet)
    assert PurseUse.select().count() == 1


def test_goodwill_in_a_case_stands_in_its_thread(world: World, tablet: FlaskClient, case: Case) -> None:
    answer = gift(world, tablet, case=case.code)
    assert answer.headers["HX-Redirect"] == f"/desk/cases/{case.code}"
    assert "送了 ¥20 的券" in text(tablet.get(f"/desk/cases/{case.code}"))


def test_over_the_purse_a_manager_types_their_pin_on_the_same_screen(world: World, tablet: FlaskClient) -> None:
    asked = gift(world, tablet, amount="80")
    assert asked.status_code == 422
    page = text(asked)
    assert "要店长在旁边输 PIN" in page
    assert "林经理" in page
    assert "苏姐" not in page
    wrong = gift(world, tablet, amount="80", by=world.lin.id, pin="9753")
    assert wrong.status_code == 422
    assert "PIN 不对" in text(wrong)
    assert "9753" not in text(wrong)
    assert not PurseUse.select().exists()
    assert "送出了 ¥80 的券" in text(gift(world, tablet, amount="80", by=world.lin.id, pin=DESK_PIN))
    assert PurseUse.get().approved_by_id == world.lin.id


def test_a_clerk_or_oneself_cannot_stand_beside_it(world: World, tablet: FlaskClient) -> None:
    for person in (world.su, world.kai, world.chen):
        assert gift(world, tablet, amount="80", by=person.id, pin=DESK_PIN).status_code == 403
    assert gift(world, tablet, amount="80", by=999_999, pin=DESK_PIN).status_code == 404
    assert not PurseUse.select().exists()


def test_guesses_of_the_pin_are_counted(world: World, tablet: FlaskClient) -> None:
    codes = [gift(world, tablet, amount="80", by=world.lin.id, pin="9753").status_code for _ in range(12)]
    assert codes[0] == 422
    assert 429 in codes
    assert gift(world, tablet, amount="80", by=world.lin.id, pin=DESK_PIN).status_code == 429
    assert not PurseUse.select().exists()


def test_nobody_gives_to_themselves(world: World, tablet: FlaskClient) -> None:
    world.chen.member = world.mei
    world.chen.save()
    assert "不能送给自己" in text(tablet.get(f"/desk/members/{world.mei.code}/goodwill"))
    assert gift(world, tablet).status_code == 403


def test_what_was_closed_with_a_change_waits_on_the_board_page(world: World, tablet: FlaskClient) -> None:
    case = closed(world, NOON)
    page = text(tablet.get("/desk/improvements"))
    assert "改了排班" in page
    assert f"/desk/cases/{case.code}" in page
    assert Improvement.get().shown_at is None
