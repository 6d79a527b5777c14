"""What a case is about, said afterwards: only what is this member's, in this store, and before they told it."""

import pytest

from models import Case, LedgerLine
from tests.bookings.places import Bath, moment
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp.clock import DAY, HOUR
from webapp.complaints import cases, linking
from webapp.complaints.cases import Report
from webapp.points import visits
from webapp.refusals import Missing


def told(world: World, at: int = NOON) -> Case:
    report = Report(key=f"k{at}", kind="complaint", category="attitude", text="前台说话很冲")
    return cases.report(world.bath, report, at, member=world.mei)


def test_the_newest_of_each_kind_are_offered_the_latest_first(world: World) -> None:
    visit, _ = visits.check_in(world.mei, world.bath, "counter", NOON - HOUR)
    found = linking.nearest(told(world))
    assert found[0] == ("visit", str(visit.id), NOON - HOUR)
    assert {thing.about for thing in found} == {"visit", "line"}


def test_it_is_written_down_once_and_shown(world: World) -> None:
    case = told(world)
    line = LedgerLine.get(LedgerLine.member == world.mei.id)
    for _ in range(2):
        case = linking.link(case, "line", str(line.id), world.chen, NOON)
    assert (case.about, case.ref) == ("line", str(line.id))


def test_what_is_somebody_elses_or_came_later_is_not_there(world: World) -> None:
    case = told(world)
    later, _ = visits.check_in(world.mei, world.bath, "counter", NOON + DAY)
    other, _ = visits.check_in(world.xin, world.bath, "counter", NOON - HOUR)
    for about, ref in (("visit", str(later.id)), ("visit", str(other.id)), ("booking", "NOSUCH"), ("nothing", "1")):
        with pytest.raises(Missing):
            linking.link(case, about, ref, world.chen, NOON)
    assert world.fresh(case).about == ""


def test_one_tap_on_the_tablet(as_staff: AsStaff, world: World) -> None:
    booking = Bath(world).book(world.mei, moment("19:30"), now=NOON)
    case, tablet = told(world, moment("22:00")), as_staff(world.chen)
    assert "是关于哪一次" in tablet.get(f"/desk/cases/{case.code}").get_data(as_text=True)
    answer = tablet.post(f"/desk/cases/{case.code}/about", data={"thing": f"booking:{booking.code}"})
    assert answer.status_code == 303
    assert "看这个预约" in tablet.get(f"/desk/cases/{case.code}").get_data(as_text=True)


def test_a_word_of_thanks_has_its_own_button_and_wakes_nothing(as_member: AsMember, world: World) -> None:
    case, phone = told(world), as_member(world.mei)
    cases.say(case, "是几点的事？", NOON, key="q", staff=world.chen, kind="question")
    assert 'name="thanks"' in phone.get(f"/complaints/{case.code}").get_data(as_text=True)
    sent = {"ticket": "0123456789abcdef", "text": "谢谢，知道了", "thanks": "1"}
    assert phone.post(f"/complaints/{case.code}/words", data=sent).status_code == 303
    assert world.fresh(case).state == "waiting"
