"""A case from the first word to the last, on both databases: promises, people, pauses, what is missed, and how it ends."""

import pytest

from models import Case, CaseEntry, Cause, Coupon, Message, Staff
from tests.complaints.places import card, cause, closed, complain, entries, step
from tests.world import NOON, World
from webapp import vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, ladder, lists
from webapp.complaints.cases import Report
from webapp.refusals import Refusal


def test_a_complaint_has_a_person_four_dates_and_a_card_at_once(world: World) -> None:
    case = complain(world)
    assert case.owner.store_id == world.bath.id
    assert case.level == "clerk"
    assert [step(case, n).due_at for n in (1, 2, 4)] == [NOON + 15 * MINUTE, NOON + DAY, NOON + 7 * DAY]
    assert case.due_at == NOON + 15 * MINUTE
    found = card(case)
    assert found is not None
    assert found.due_at == case.due_at
    assert Message.get(Message.member == world.mei.id, Message.text == "case_opened").url == f"/complaints/{case.code}"
    assert world.fresh(world.mei).care_since == NOON


def test_sent_twice_it_is_one_case(world: World) -> None:
    assert complain(world).id == complain(world, at=NOON + 5).id
    assert Case.select().count() == 1
    with pytest.raises(Refusal):
        complain(world, member=world.xin)


def test_the_words_are_sealed(world: World) -> None:
    complain(world)
    entry = CaseEntry.get()
    assert "前台" not in str(bytes(entry.text_sealed))
    assert cases.text_of(entry) == "前台说话很冲"


def test_urgency_comes_from_the_category_and_goes_to_somebody_senior(world: World) -> None:
    case = complain(world, category="valuables")
    assert case.urgent
    assert case.owner_id == world.su.id
    assert case.due_at == NOON + 5 * MINUTE


def test_staff_may_raise_it_and_the_clock_gets_shorter_only(world: World) -> None:
    case = complain(world)
    case = cases.raise_urgent(case, world.chen, "客人手机丢了", NOON + MINUTE)
    assert step(case, 1).due_at == NOON + 6 * MINUTE
    again = cases.raise_urgent(case, world.chen, "还是急", NOON + 3 * MINUTE)
    assert step(again, 1).due_at == NOON + 6 * MINUTE
    late = complain(world, key="k2")
    late = cases.raise_urgent(late, world.chen, "急", NOON + 14 * MINUTE)
    assert step(late, 1).due_at == NOON + 15 * MINUTE


def test_the_first_visible_word_keeps_the_first_promise_a_note_does_not(world: World) -> None:
    case = complain(world)
    cases.say(case, "先看看监控", NOON + 2 * MINUTE, key="n", staff=world.chen, kind="note")
    assert step(case, 1).done_at is None
    cases.say(case, "对不起，我马上去问", NOON + 14 * MINUTE, key="a", staff=world.chen)
    cases.say(case, "我也来", NOON + 15 * MINUTE, key="b", staff=world.kai)
    first = step(case, 1)
    assert (first.done_at, first.done_by_id) == (NOON + 14 * MINUTE, world.chen.id)
    assert world.fresh(case).due_at == NOON + DAY
    assert len(entries(case, "said")) == 3


def test_a_decision_at_once_keeps_the_findings_too(world: World) -> None:
    case = complain(world)
    cases.say(case, "是我们不对，退你搓澡的钱", NOON + MINUTE, key="a", staff=world.lin, kind="decision")
    assert [bool(step(case, n).done_at) for n in (1, 2, 3, 4)] == [True, True, True, False]


def test_a_question_pauses_the_last_promise_only(world: World) -> None:
    case = complain(world)
    cases.say(case, "是几点的事？", NOON + MINUTE, key="q", staff=world.chen, kind="question")
    assert world.fresh(case).state == "waiting"
    assert step(case, 4).paused_at == NOON + MINUTE
    assert step(case, 2).paused_at is None
    cases.say(case, "下午三点", NOON + 2 * HOUR + MINUTE, key="r")
    assert world.fresh(case).state == "open"
    assert step(case, 4).due_at == NOON + 7 * DAY + 2 * HOUR


def test_thanks_wake_nothing(world: World) -> None:
    case = complain(world)
    cases.say(case, "是几点的事？", NOON + MINUTE, key="q", staff=world.chen, kind="question")
    cases.say(case, "谢谢", NOON + HOUR, key="r", thanks=True)
    assert world.fresh(case).state == "waiting"


def test_a_missed_promise_goes_up_with_an_apology_and_a_coupon(world: World) -> None:
    case = complain(world)
    owner = case.owner_id
    assert ladder.sweep(NOON + 15 * MINUTE - 1) == 0
    assert ladder.sweep(NOON + 15 * MINUTE) == 1
    case = world.fresh(case)
    assert case.level == "senior"
    assert case.owner_id == world.su.id
    assert step(case, 1).missed_by_id == owner
    (late,) = entries(case, "late")
    assert late.data["person"] == "苏姐"
    assert Coupon.get().amount == 500
    assert Message.get(Message.text == "case_late.amends").params["amount"] == 500
    assert ladder.sweep(NOON + 16 * MINUTE) == 0
    assert Coupon.select().count() == 1


def test_a_worker_that_was_away_for_two_days_handles_each_missed_step_once_and_in_order(world: World) -> None:
    case = complain(world)
    ladder.sweep(NOON + 2 * DAY)
    ladder.sweep(NOON + 2 * DAY + MINUTE)
    assert [entry.data["step"] for entry in entries(case, "late")] == [1, 2]
    assert world.fresh(case).owner_id == world.lin.id  # clerk → senior → manager
    assert Coupon.select().count() == 2


def test_the_owner_is_the_last_who_is_handed_anything(world: World) -> None:
    case = complain(world)
    ladder.sweep(NOON + 30 * DAY)
    assert world.fresh(case).owner_id == world.zhao.id
    assert [entry.data["step"] for entry in entries(case, "late")] == [1, 2, 3, 4]


def test_amends_stop_where_the_months_budget_ends(world: World) -> None:
    world.bath.policy = {"amends_month": 700}
    world.bath.save()
    for n in range(2):
        complain(world, key=f"k{n}")
    ladder.sweep(NOON + 15 * MINUTE)
    assert Coupon.select().count() == 1
    assert {m.text for m in Message.select().where(Message.text.startswith("case_late"))} == {
        "case_late",
        "case_late.amends",
    }


def test_a_promise_kept_in_the_same_moment_is_not_missed(world: World) -> None:
    case = complain(world)
    cases.say(case, "来了", NOON + 15 * MINUTE, key="a", staff=world.chen)
    assert ladder.sweep(NOON + 15 * MINUTE) == 0


def test_three_quarters_gone_is_a_warning_once(world: World) -> None:
    case = complain(world)
    assert ladder.warn(NOON + 11 * MINUTE) == 0
    assert ladder.warn(NOON + 12 * MINUTE) == 1
    assert ladder.warn(NOON + 13 * MINUTE) == 0
    assert step(case, 1).warned_at == NOON + 12 * MINUTE
    assert [row.case.id for row in lists.of(world.bath, world.chen, NOON + 13 * MINUTE).red] == [case.id]


def test_before_that_nothing_is_red(world: World) -> None:
    complain(world)
    ladder.warn(NOON + 11 * MINUTE)
    assert lists.of(world.bath, world.chen, NOON + 11 * MINUTE).red == []


def test_it_closes_with_a_cause_and_the_members_yes(world: World) -> None:
    case = complain(world)
    case = closing.propose(case, world.lin, cause(world), "前台每周练一次", "谢谢您告诉我们", NOON + DAY, key="p")
    assert case.state == "closing"
    case = closing.agree(case, NOON + DAY + HOUR)
    assert (case.state, case.closed_at) == ("closed", NOON + DAY + HOUR)
    assert step(case, 4).done_at == NOON + DAY + HOUR
    assert card(case) is None
    assert world.fresh(world.mei).care_since is None
    assert closing.agree(case, NOON + 2 * DAY).closed_at == NOON + DAY + HOUR


def test_without_a_cause_it_does_not_close(world: World) -> None:
    case = complain(world)
    with pytest.raises(Refusal, match="原因"):
        closing.propose(case, world.lin, None, "改了", "", NOON, key="p")


def test_silence_closes_it_after_the_notice_only_and_misses_nothing(world: World) -> None:
    case = complain(world)
    closing.propose(case, world.lin, cause(world), "改了排班", "", NOON + 6 * DAY, key="p")
    assert ladder.sweep(NOON + 12 * DAY) == 0
    closing.lapse(NOON + 13 * DAY - 1)
    assert world.fresh(case).state == "closing"
    closing.lapse(NOON + 13 * DAY)
    assert world.fresh(case).state == "closed"


def test_not_yet_says_the_member_and_it_goes_on(world: World) -> None:
    case = complain(world)
    closing.propose(case, world.lin, cause(world), "改了排班", "", NOON + 6 * DAY, key="p")
    cases.say(case, "还没有退钱", NOON + 8 * DAY, key="m")
    case = world.fresh(case)
    assert (case.state, case.notice_at) == ("open", None)
    assert step(case, 4).due_at == NOON + 9 * DAY
    assert card(case) is not None


def test_it_opens_again_once_with_its_story_and_new_promises(world: World) -> None:
    case = closed(world, NOON + DAY)
    case = closing.reopen(case, "又来了", NOON + 3 * DAY, key="r")
    assert case.state == "open"
    assert step(case, 1).due_at == NOON + 3 * DAY + 15 * MINUTE
    assert world.fresh(world.mei).care_since == NOON
    assert Case.select().count() == 1
    case = closing.agree(
        closing.propose(case, world.lin, Cause.get(), "再改", "", NOON + 4 * DAY, key="p2"), NOON + 4 * DAY
    )
    with pytest.raises(Refusal, match="重开"):
        closing.reopen(case, "第三次", NOON + 5 * DAY, key="r2")


def test_after_a_week_it_stays_closed(world: World) -> None:
    case = closed(world, NOON + DAY)
    with pytest.raises(Refusal, match="重开"):
        closing.reopen(case, "又来了", NOON + 9 * DAY, key="r")


def test_the_handling_is_rated_once(world: World) -> None:
    case = closing.rate(closed(world, NOON + DAY), 5, 4, NOON + 2 * DAY)
    assert (case.handling, case.care) == (5, 4)
    assert closing.rate(case, 1, 1, NOON + 3 * DAY).handling == 5


def test_praise_is_over_when_it_was_answered_and_never_asks_for_care(world: World) -> None:
    case = complain(world, kind="praise", category="service", text="小陈真好")
    assert world.fresh(world.mei).care_since is None
    cases.say(case, "谢谢您", NOON + HOUR, key="a", staff=world.chen)
    assert world.fresh(case).state == "closed"


def test_two_of_the_same_become_one_with_both_stories(world: World) -> None:
    one, two = complain(world), complain(world, key="k2", text="还有毛巾")
    into = closing.merge(two, one, world.lin, NOON + HOUR)
    assert [cases.text_of(entry) for entry in entries(into, "said")] == ["前台说话很冲", "还有毛巾"]
    assert world.fresh(two).merged_into_id == one.id
    assert world.fresh(world.mei).care_since == NOON
    assert closing.merge(two, one, world.lin, NOON + 2 * HOUR).id == one.id


def test_whoever_is_on_shift_with_the_fewest_has_it(world: World) -> None:
    owners = [complain(world, key=f"k{n}").owner_id for n in range(4)]
    assert sorted(owners) == sorted([world.chen.id, world.kai.id] * 2)


def test_a_shop_where_nobody_works_still_takes_it(world: World) -> None:
    Staff.update(dismissed_at=NOON).execute()
    case = complain(world)
    assert case.owner_id is None
    assert ladder.sweep(NOON + HOUR) == 1


def test_too_many_words_photos_and_cases_are_refused(world: World) -> None:
    with pytest.raises(Refusal, match="最多"):
        complain(world, text="长" * 2001)
    with pytest.raises(Refusal, match="几个字"):
        complain(world, text="   ")
    for n in range(cases.OPEN_MOST):
        complain(world, key=f"k{n}")
    with pytest.raises(Refusal, match="处理"):
        complain(world, key="one more")


def test_somebody_who_never_signed_in_gets_a_number_and_no_message(world: World) -> None:
    told = Report(
        key="s", kind="complaint", category="price", text="算错了", source="slip", guest="王女士", contact="13800000077"
    )
    case = cases.report(world.bath, told, NOON)
    assert case.member_id is None
    assert vault.unseal(case.contact_sealed) == "13800000077"
    assert entries(case)[0].guest
    ladder.sweep(NOON + HOUR)
    assert Coupon.select().count() == 0
