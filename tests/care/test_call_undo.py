"""A wrong tap on the outcome of a call: back for ten minutes, with all that it had done; and somebody who has no number any more."""

import pytest
from flask.testing import FlaskClient

from models import Consent, Event, Follow, FollowTry, Letter, Member
from tests.care.test_follows import TODAY, agree, card, due
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import check, vault
from webapp.care import call_undo, follows
from webapp.clock import DAY, MINUTE
from webapp.complaints import cases
from webapp.complaints.cases import Report
from webapp.members import privacy
from webapp.refusals import Refusal


def rung(world: World, outcome: str, follow: Follow, seen: int = 0, at: int = NOON, **more: object) -> Follow:
    return follows.record(follow, outcome, world.chen, at, key=f"{outcome}{at}", seen=seen, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["glad", "unhappy", "no_answer", "wrong", "later"])
def test_a_wrong_tap_is_taken_back_and_the_call_is_due_again(world: World, outcome: str) -> None:
    follow = due(world)
    rung(world, outcome, follow, next_day=TODAY + 9 if outcome == "later" else None)

    now = call_undo.undo(follow, 1, world.chen, NOON + 10 * MINUTE)

    assert (now.state, now.outcome, now.tries, now.due_day, now.done_by) == ("open", "", 0, TODAY, None)
    assert FollowTry.select().count() == 0
    assert Letter.select().where(Letter.text.in_(("follow_glad", "follow_unhappy"))).count() == 0
    assert card(world)
    assert Event.select().where(Event.verb == "follow_undone").count() == 1
    assert check.run() == []


def test_twice_is_once_and_what_came_after_it_stays(world: World) -> None:
    follow = due(world)
    rung(world, "glad", follow)
    call_undo.undo(follow, 1, world.chen, NOON + 60)
    call_undo.undo(follow, 1, world.chen, NOON + 61)
    rung(world, "unhappy", follow, at=NOON + 120)
    assert world.fresh(follow).outcome == "unhappy"
    assert Letter.select().where(Letter.text == "follow_unhappy").count() == 1
    assert Event.select().where(Event.verb == "follow_undone").count() == 1


def test_of_two_tries_the_first_stays(world: World) -> None:
    follow = due(world)
    rung(world, "no_answer", follow)
    rung(world, "glad", follow, seen=1, at=NOON + DAY)
    now = call_undo.undo(follow, 2, world.chen, NOON + DAY + 60)
    assert (now.outcome, now.tries, now.state) == ("no_answer", 1, "open")


def test_please_dont_by_a_slip_brings_everything_back(world: World) -> None:
    """The other calls of theirs are open again, and their yes to questions holds; who had said no before still says no."""
    first, second = due(world, key="a"), due(world, kind="uncollected", key="b")
    rung(world, "unwanted", first)
    assert world.fresh(second).state == "off"

    call_undo.undo(first, 1, world.chen, NOON + 60)

    assert [world.fresh(one).state for one in (first, second)] == ["open", "open"]
    assert follows.may(world.fresh(world.mei), "key")
    assert check.run() == []
    agree(world.mei, granted=False, at=NOON + 120)
    rung(world, "unwanted", first, at=NOON + 180)
    call_undo.undo(first, 1, world.chen, NOON + 240)
    assert not Consent.select().where(Consent.purpose == "survey").order_by(Consent.id.desc()).get().granted


def test_too_late_anothers_or_already_a_case_is_refused(world: World) -> None:
    follow = due(world)
    rung(world, "unhappy", follow)
    with pytest.raises(Refusal, match="时间已过"):
        call_undo.undo(follow, 1, world.chen, NOON + 10 * MINUTE + 1)
    with pytest.raises(Refusal, match="领班"):
        call_undo.undo(follow, 1, world.kai, NOON + 60)
    told = Report(f"follow:{follow.code}", "complaint", "wait", "等太久", source="phone")
    cases.report(world.bath, told, NOON + 90, member=world.mei, staff=world.chen)
    with pytest.raises(Refusal, match="投诉"):
        call_undo.undo(follow, 1, world.chen, NOON + 120)
    assert FollowTry.select().count() == 1


def test_nobody_who_was_forgotten_is_to_be_rung_again(world: World) -> None:
    follow = due(world)
    rung(world, "glad", follow)
    privacy.erase(world.mei, NOON + 30)
    with pytest.raises(Refusal):
        call_undo.undo(follow, 1, world.chen, NOON + 60)


def test_the_button_is_there_for_whoever_tapped_and_works(world: World, as_staff: AsStaff) -> None:
    follow = due(world)
    tablet: FlaskClient = as_staff(world.chen)
    sent = {"ticket": vault.token()[:32], "seen": "0", "outcome": "glad"}
    listed = tablet.post(f"/desk/follow-ups/{follow.code}", data=sent, follow_redirects=True).get_data(as_text=True)
    assert "点错了，撤销" in listed
    page = tablet.post(f"/desk/follow-ups/{follow.code}/undo", data={"seen": "1"}, follow_redirects=True)
    assert "结果怎么样" in page.get_data(as_text=True)
    assert "点错了，撤销" not in page.get_data(as_text=True)


def test_without_a_number_they_are_asked_in_the_shop(world: World, as_staff: AsStaff) -> None:
    """Who has taken the number off their card cannot be "not reached", and the clerk is not stuck with "wrong number"."""
    follow = due(world)
    Member.update(phone_sealed=None, phone_key=None, tail_key=None).where(Member.id == world.mei.id).execute()
    page = as_staff(world.chen).get(f"/desk/follow-ups/{follow.code}").get_data(as_text=True)
    assert "没人接" not in page
    assert "号码不对" not in page
    assert rung(world, "done", Follow.get_by_id(follow.id)).state == "done"
    assert check.run() == []
