"""Why somebody stays away decides what they hear: sorry and what changed, care, or what fits their taste (M1–M6, E1–E3, T16)."""

from typing import Any

import pytest

from models import Coupon, Follow, Grade, Member, Memory, Staff
from tests.care import people
from tests.care.people import agrees, bathed, bill, day, done, run, said
from tests.world import World
from webapp import clock
from webapp.clock import DAY, HOUR
from webapp.complaints import cases, closing
from webapp.complaints.cases import Report

MAY = day(2026, 5, 20)


def grade(member: Member, last_at: int, **more: Any) -> Grade:
    fields = {"life": "returning", "visits_ever": 6, "first_at": last_at - 200 * DAY, "last_at": last_at, "day": 1}
    Member.update(seen_at=last_at).where(Member.id == member.id).execute()
    return Grade.create(member=member.id, **fields | more)


def told(world: World, member: Member, cause: str, at: int) -> Follow:
    """They said so on the telephone."""
    return Follow.create(
        code=f"f{member.id}{cause}", key=f"k{member.id}{cause}", store=world.bath.id, member=member.id, kind="lapsed",
        due_day=1, state="done", outcome="done", cause=cause, made_at=at, done_at=at, done_by=world.chen.id,
    )  # fmt: skip


def settled(world: World, member: Member, at: int, staff: Staff | None = None) -> Any:
    """A complaint, answered, and closed with the member's yes a day later."""
    case = cases.report(world.bath, Report(f"k{member.id}", "complaint", "wait", "等太久"), at, member=member)
    cases.say(case, "真的对不起，我这就去问。", at + 300, key=f"a{member.id}", staff=staff or world.chen)
    closing.propose(
        case,
        world.lin,
        people.cause(world),
        "周末加了一个人",
        "",
        at + HOUR,
        key=f"p{member.id}",
        recheck_at=at + 9 * DAY,
    )
    return closing.agree(case, at + DAY)


# --- our fault ---------------------------------------------------------------------------------------------------------


def test_after_our_fault_it_is_sorry_then_what_changed_then_twenty_yuan(world: World) -> None:
    """Three days after it was settled, once, and only to who has not come again (E2, M3)."""
    mei, back = agrees(world, "梅"), agrees(world, "来过了")
    for member in (mei, back):
        settled(world, member, day(2026, 5, 10))
    twenty = people.template(world, "二十元券", 2000, minimum=0)
    rule = people.rule(world, "fault", template=twenty)
    bill(world, back, day(2026, 5, 12))

    assert run(rule, day(2026, 5, 13)) == []
    for number in (14, 15, 30):
        assert run(rule, day(2026, 5, number)) == [("梅", "sent", "")]

    text = said(mei, day(2026, 5, 14))[0]
    places = [text.index(part) for part in ("对不起", "周末加了一个人", "二十元券")]
    assert places == sorted(places)
    coupon = Coupon.get()
    assert (coupon.member_id, coupon.amount, coupon.minimum, coupon.trigger) == (mei.id, 2000, 0, "recall")


def test_nothing_is_sold_while_a_case_waits_for_us_nor_before_a_person_has_answered(world: World) -> None:
    """T16: an open case stops every rule that sells; one that nobody answered never makes a recall."""
    mei, nobody = agrees(world, "梅"), agrees(world, "没人理")
    cases.report(world.bath, Report("open", "complaint", "wait", "又等太久"), day(2026, 5, 18), member=mei)
    silent = cases.report(world.bath, Report("silent", "complaint", "wait", "没人理我"), day(2026, 5, 1), member=nobody)
    type(silent).update(state="closed", closed_at=day(2026, 5, 2), changed="加一个人").where(
        type(silent).id == silent.id
    ).execute()
    Member.update(care_since=None).where(Member.id == nobody.id).execute()
    settled(world, mei, day(2026, 5, 1))
    rule = people.rule(world, "fault", template=people.template(world, "二十元券", 2000))

    assert run(rule, MAY) == [("梅", "skipped", "open_case")]
    assert Coupon.select().count() == 0


# --- they told us why --------------------------------------------------------------------------------------------------


def test_who_needs_it_no_more_is_cared_for_and_not_sold_to(world: World) -> None:
    """No coupon, no offer in the words that ship (M4); who has come since hears nothing."""
    mei, back = agrees(world, "梅"), agrees(world, "又来了")
    for member in (mei, back):
        grade(member, day(2026, 3, 1))
        told(world, member, "need", day(2026, 3, 20))
    grade_of_back = day(2026, 4, 1)
    Member.update(seen_at=grade_of_back).where(Member.id == back.id).execute()
    rule = people.rule(world, "need")

    assert run(rule, day(2026, 4, 10)) == []
    assert run(rule, MAY) == run(rule, MAY + DAY) == [("梅", "sent", "")]
    assert said(mei, MAY) == ["梅，好久不见，希望你一切都好。什么时候想来，什么时候都欢迎。"]


def test_who_went_elsewhere_hears_of_something_new_that_fits(world: World) -> None:
    """Their favourite, and what is new in their shop (M5); the last word on the telephone counts."""
    mei, other = agrees(world, "梅"), agrees(world, "改口")
    for member in (mei, other):
        grade(member, day(2026, 3, 1))
        told(world, member, "rival", day(2026, 3, 20))
    told(world, other, "need", day(2026, 3, 25))
    bathed(world, mei, [day(2026, 2, 1), day(2026, 3, 1)])
    world.reward({"zh": "老树普洱"}, 90, stock=3)
    rule = people.rule(world, "rival")

    assert run(rule, MAY) == [("梅", "sent", "")]
    assert said(mei, MAY) == ["梅，记得你喜欢汤泉。店里新到了老树普洱，想着你可能喜欢。路过就进来看看。"]


# --- a gap that grows --------------------------------------------------------------------------------------------------


def test_due_again_by_their_own_interval_unless_they_came_or_booked(world: World) -> None:
    """Three days over; once for each time away."""
    due, came, early = agrees(world, "该来了"), agrees(world, "刚来过"), agrees(world, "还没到")
    for member, due_at in ((due, MAY - 4 * DAY), (came, MAY - 4 * DAY), (early, MAY + DAY)):
        grade(member, MAY - 34 * DAY, interval=30, due_at=due_at)
    Member.update(seen_at=MAY - DAY).where(Member.id == came.id).execute()
    bathed(world, due, [MAY - 34 * DAY])
    rule = people.rule(world, "due_again")

    assert run(rule, MAY) == run(rule, MAY + DAY) == [("该来了", "sent", "")]
    assert said(due, MAY) == ["该来了，差不多又到你来的时候了。上次的汤泉还要吗？约个时间，来了不用等。"]


def test_likely_to_leave_gets_something_before_they_go(world: World) -> None:
    """Above the risk that the owner has set, and not lapsed yet (M6)."""
    risky, safe, gone = agrees(world, "要走了"), agrees(world, "常客"), agrees(world, "早走了")
    for member, risk, life in ((risky, 70, "at_risk"), (safe, 20, "returning"), (gone, 95, "lapsed")):
        grade(member, MAY - 60 * DAY, risk=risk, life=life)
    rule = people.rule(world, "likely_to_leave", template=people.template(world, "十元券", 1000))

    assert run(rule, MAY) == run(rule, MAY + 3 * DAY) == [("要走了", "sent", "")]
    assert "十元券" in said(risky, MAY)[0]


# --- the first bill, and habits ----------------------------------------------------------------------------------------


def test_the_first_bill_brings_a_coupon_the_next_day_and_no_second_one_does(world: World) -> None:
    """E1: five yuan, once in a life; a refunded bill is none."""
    first, known, refunded = agrees(world, "新客"), agrees(world, "老客"), agrees(world, "退了")
    bill(world, known, MAY - 90 * DAY)
    for member in (first, known, refunded):
        bill(world, member, MAY)
    people.Purchase.update(refunded=5000).where(people.Purchase.member == refunded.id).execute()
    rule = people.rule(world, "first_purchase", template=people.template(world, "五元券"))

    assert run(rule, MAY) == []
    assert run(rule, MAY + DAY) == run(rule, MAY + 2 * DAY) == [("新客", "sent", "")]
    bill(world, first, MAY + 3 * DAY)
    assert run(rule, MAY + 4 * DAY) == [("新客", "sent", "")]
    coupon = Coupon.get()
    assert (coupon.amount, coupon.trigger) == (500, "first")
    assert clock.day_number(coupon.expires_at - 1, "Asia/Shanghai") == clock.day_number(MAY + 31 * DAY, "Asia/Shanghai")


def test_an_offer_from_a_habit_comes_in_its_season_and_says_why(world: World) -> None:
    """Three baths in ninety days, and it is the season (E3); another time only in another year."""
    mei, seldom = agrees(world, "梅"), agrees(world, "偶尔")
    summer = day(2026, 7, 20)
    bathed(world, mei, [summer - 10 * DAY, summer - 20 * DAY, summer - 30 * DAY])
    bathed(world, seldom, [summer - 15 * DAY])
    Memory.create(key="m", member=mei.id, chip=chip(world), source="member", made_at=MAY)
    rule = people.rule(world, "habit", params={"seasons": ["heat"]}, template=people.template(world, "冰茶券"))

    assert run(rule, day(2026, 5, 25)) == []
    assert run(rule, summer) == run(rule, summer + 9 * DAY) == [("梅", "sent", "")]
    assert said(mei, summer)[0].startswith(
        "梅，你常选汤泉，这个季节正合适。记得你喜欢少糖，会照着准备。冰茶券放进了你的券包"
    )


def chip(world: World) -> int:
    from models import Chip

    return int(Chip.create(brand=world.brand.id, kind="like", name={"zh": "少糖"}, made_at=0).id)


@pytest.mark.parametrize("kind", ["due_again", "likely_to_leave", "need", "rival", "fault", "habit", "first_purchase"])
def test_nobody_has_an_occasion_in_an_empty_shop(world: World, kind: str) -> None:
    agrees(world, "梅")
    rule = people.rule(world, kind)
    run(rule, MAY)
    assert done(rule) == []
