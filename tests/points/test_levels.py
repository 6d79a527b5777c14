"""Levels: up at once, by points or by days; down only on the published day, and only after a warning that one visit answers."""

import datetime as dt
from functools import partial
from typing import Any

import pytest

from models import Level, LevelMove, Member, Message, Visit
from tests.kit.crowd import together
from tests.points.books import assert_shop
from tests.world import NOON, SHANGHAI, World
from webapp import check, clock, policy
from webapp.clock import DAY, MINUTE
from webapp.points import ledger, levels, purchases, tasks, tiers, visits
from webapp.points.purchases import Bill

NONE: Any = None  # the settings a task is called with, and does not look at


def day(year: int, month: int, day_: int, hour: int = 14) -> int:
    return int(dt.datetime(year, month, day_, hour, tzinfo=SHANGHAI).timestamp())


def buy(world: World, member: Member, yuan: int, at: int) -> Any:
    bill = Bill(yuan * 100, f"bill {member.code} {at} {yuan}", "desk")
    return purchases.record(world.bath, bill, Member.get_by_id(member.id), world.chen, at)


def night(at: int) -> None:
    tasks.look_at_levels(at, NONE)


def numbers(world: World, **changed: int) -> None:
    world.brand.policy = {**world.brand.policy, **changed}
    world.brand.save()
    world.bath.__rel__.pop("brand", None)


def told(member: Member) -> list[str]:
    texts = Message.select(Message.text).where(Message.member == member.id).order_by(Message.id)
    return [text for (text,) in texts.tuples() if text.startswith("level_")]


def regular(world: World) -> Member:
    """Somebody who became loyal on 20 May 2026 and has not been seen since; the review is on 1 June 2027."""
    buy(world, world.xin, 1000, NOON)
    return Member.get_by_id(world.xin.id)


REVIEW = day(2027, 6, 1, 0)


def test_a_level_is_reached_with_the_bill_that_reaches_it(world: World) -> None:
    buy(world, world.xin, 999, NOON)
    assert world.fresh(world.xin).tier == "ordinary"
    buy(world, world.xin, 1, NOON + MINUTE)
    assert world.fresh(world.xin).tier == "loyal"
    level = Level.get(Level.member == world.xin.id)
    assert (level.tier, level.reached_at, level.review_at) == ("loyal", NOON + MINUTE, REVIEW)
    move = LevelMove.get(LevelMove.member == world.xin.id)
    assert (move.before, move.after, move.why) == ("ordinary", "loyal", "points")
    assert move.counted["points"] == 1000
    assert told(world.xin) == ["level_loyal"]
    assert_shop()


def test_one_large_bill_passes_a_level_over(world: World) -> None:
    buy(world, world.xin, 3000, NOON)
    assert world.fresh(world.xin).tier == "vip"
    assert told(world.xin) == ["level_vip"]


def test_days_of_coming_reach_a_level_where_the_shop_counts_them(world: World) -> None:
    numbers(world, loyal_visits=3)
    for n in range(2):
        visits.check_in(world.fresh(world.xin), world.bath, "counter", NOON + n * DAY)
        visits.check_in(world.fresh(world.xin), world.bath, "counter", NOON + n * DAY + 5 * 3600)  # the same day
    assert world.fresh(world.xin).tier == "ordinary"
    visits.check_in(world.fresh(world.xin), world.bath, "counter", NOON + 2 * DAY)
    assert world.fresh(world.xin).tier == "loyal"
    assert LevelMove.get(LevelMove.member == world.xin.id).why == "visits"


def test_days_of_coming_do_not_matter_where_the_shop_does_not_count_them(world: World) -> None:
    for n in range(60):
        visits.check_in(world.fresh(world.xin), world.bath, "counter", NOON + n * DAY)
    assert world.fresh(world.xin).tier == "ordinary"


def test_who_is_above_the_first_level_without_a_day_gets_one_in_the_night(world: World) -> None:
    Member.update(tier="vip").where(Member.id == world.mei.id).execute()
    night(NOON)
    level = Level.get(Level.member == world.mei.id)
    assert (level.tier, level.review_at) == ("vip", REVIEW)
    assert Level.select().count() == 1
    assert told(world.mei) == []
    assert_shop()


def test_who_would_go_down_is_told_sixty_days_before_and_once(world: World) -> None:
    xin = regular(world)
    night(REVIEW - 63 * DAY)
    assert told(xin) == ["level_loyal"]
    night(REVIEW - 61 * DAY + 3600)
    night(REVIEW - 60 * DAY)
    night(REVIEW - 40 * DAY)
    assert told(xin) == ["level_loyal", "level_warned"]
    said = Message.get(Message.text == "level_warned").params
    assert said["tier"] == "loyal"
    assert said["lower"] == "ordinary"
    assert said["until_on"] == REVIEW - 1


def test_who_has_earned_it_again_is_not_told_and_stays(world: World) -> None:
    xin = regular(world)
    buy(world, xin, 1000, REVIEW - 200 * DAY)
    night(REVIEW - 60 * DAY)
    night(REVIEW + 4 * 3600)
    assert told(xin) == ["level_loyal"]
    assert world.fresh(xin).tier == "loyal"
    assert Level.get(Level.member == xin.id).review_at == day(2028, 7, 1, 0)
    assert [move.why for move in levels.moves(xin.id)] == ["review", "points"]


def test_who_was_warned_and_did_not_come_goes_down_on_the_day(world: World) -> None:
    xin = regular(world)
    night(REVIEW - 60 * DAY)
    night(REVIEW - 4 * 3600)
    assert world.fresh(xin).tier == "loyal"
    night(REVIEW + 4 * 3600)
    assert world.fresh(xin).tier == "ordinary"
    assert told(xin) == ["level_loyal", "level_warned", "level_lowered"]
    assert Level.get_or_none(Level.member == xin.id) is None
    assert levels.moves(xin.id)[0].after == "ordinary"
    night(REVIEW + DAY)
    assert told(xin)[-1:] == ["level_lowered"]
    assert_shop()


def test_a_vip_goes_down_to_what_was_reached_and_no_further(world: World) -> None:
    buy(world, world.xin, 3000, NOON)
    buy(world, world.xin, 700, REVIEW - 100 * DAY)  # 1,050 points at ×1.5
    night(REVIEW - 60 * DAY)
    assert Message.get(Message.text == "level_warned").params["lower"] == "loyal"
    night(REVIEW + 4 * 3600)
    assert world.fresh(world.xin).tier == "loyal"
    assert Level.get(Level.member == world.xin.id).tier == "loyal"


@pytest.mark.parametrize("how", ["scan", "bill"])
def test_one_visit_after_the_warning_keeps_the_level_for_six_months(world: World, how: str) -> None:
    xin = regular(world)
    night(REVIEW - 60 * DAY)
    came = REVIEW - 20 * DAY
    if how == "scan":
        visits.check_in(xin, world.bath, "counter", came)
    else:
        buy(world, xin, 12, came)
    level = Level.get(Level.member == xin.id)
    assert level.warned_at is None
    assert level.review_at == clock.month_end_after(came, 6, "Asia/Shanghai")
    assert told(xin) == ["level_loyal", "level_warned", "level_kept"]
    night(REVIEW + 4 * 3600)
    assert world.fresh(xin).tier == "loyal"


def test_a_visit_before_the_warning_does_not_answer_it(world: World) -> None:
    xin = regular(world)
    visits.check_in(xin, world.bath, "counter", REVIEW - 90 * DAY)
    night(REVIEW - 60 * DAY)
    night(REVIEW + 4 * 3600)
    assert world.fresh(xin).tier == "ordinary"


def test_nobody_goes_down_unwarned_when_the_worker_was_off_for_months(world: World) -> None:
    xin = regular(world)
    late = REVIEW + 45 * DAY
    night(late)
    assert world.fresh(xin).tier == "loyal"
    moved = Level.get(Level.member == xin.id).review_at
    assert moved >= late + 60 * DAY
    assert Message.get(Message.text == "level_warned").params["until_on"] == moved - 1
    night(moved - 4 * 3600)
    assert world.fresh(xin).tier == "loyal"
    night(moved + 4 * 3600)
    assert world.fresh(xin).tier == "ordinary"
    assert_shop()


def test_a_shop_that_makes_its_warning_longer_waits_longer(world: World) -> None:
    xin = regular(world)
    night(REVIEW - 60 * DAY)
    numbers(world, tier_warn_days=120)
    night(REVIEW + 4 * 3600)
    assert world.fresh(xin).tier == "loyal"
    assert Level.get(Level.member == xin.id).review_at >= REVIEW - 60 * DAY + 120 * DAY


def test_higher_thresholds_take_nothing_away_before_a_warning(world: World) -> None:
    xin = regular(world)
    buy(world, xin, 1000, REVIEW - 100 * DAY)
    night(REVIEW - 60 * DAY)
    numbers(world, loyal_at=5000)
    night(REVIEW - 10 * DAY)
    night(REVIEW + 4 * 3600)
    assert world.fresh(xin).tier == "loyal"
    assert told(xin)[-1] == "level_warned"
    assert Level.get(Level.member == xin.id).review_at >= REVIEW - 10 * DAY + 60 * DAY


def test_lower_thresholds_lift_with_the_next_bill_and_not_behind_ones_back(world: World) -> None:
    buy(world, world.xin, 500, NOON)
    numbers(world, loyal_at=400)
    night(NOON + DAY)
    assert world.fresh(world.xin).tier == "ordinary"
    buy(world, world.xin, 1, NOON + 2 * DAY)
    assert world.fresh(world.xin).tier == "loyal"


def test_a_refund_and_a_spending_lower_nobody(world: World) -> None:
    bill = buy(world, world.xin, 1000, NOON)
    purchases.refund(bill.id, 100_000, key="all of it", staff=world.su, at=NOON + DAY)
    night(NOON + 2 * DAY)
    assert world.fresh(world.xin).tier == "loyal"


def test_a_level_that_a_wrong_tap_reached_goes_away_with_it(world: World) -> None:
    buy(world, world.xin, 1000, NOON - DAY)
    wrong = buy(world, world.xin, 50_000, NOON)
    assert world.fresh(world.xin).tier == "vip"
    for _ in range(2):
        purchases.undo(wrong.id, world.chen, NOON + 60)
    assert world.fresh(world.xin).tier == "loyal"
    level = Level.get(Level.member == world.xin.id)
    assert (level.tier, level.reached_at) == ("loyal", NOON - DAY)
    assert Message.select().where(Message.text == "level_undone").count() == 1
    right = buy(world, world.xin, 5_000, NOON + 90)
    assert world.fresh(world.xin).tier == "vip"
    purchases.refund(right.id, 100, key="a part", staff=world.su, at=NOON + 95)
    assert world.fresh(world.xin).tier == "vip"
    assert check.run() == []


def test_what_is_earned_without_the_wrong_tap_stays_and_a_first_level_leaves_no_row(world: World) -> None:
    wrong = buy(world, world.xin, 50_000, NOON)
    purchases.undo(wrong.id, world.chen, NOON + 60)
    assert world.fresh(world.xin).tier == "ordinary"
    assert not Level.select().where(Level.member == world.xin.id).exists()
    first, second = buy(world, world.xin, 50_000, NOON + 70), buy(world, world.xin, 50_000, NOON + 80)
    purchases.undo(first.id, world.chen, NOON + 90)
    assert world.fresh(world.xin).tier == "vip"
    purchases.undo(second.id, world.chen, NOON + 100)
    assert world.fresh(world.xin).tier == "ordinary"
    assert check.run() == []


def test_two_workers_in_one_night_tell_once_and_lower_once(world: World) -> None:
    xin = regular(world)
    together(*[partial(night, REVIEW - 60 * DAY)] * 2)
    assert told(xin) == ["level_loyal", "level_warned"]
    together(*[partial(night, REVIEW + 4 * 3600)] * 2)
    assert told(xin) == ["level_loyal", "level_warned", "level_lowered"]
    assert LevelMove.select().where(LevelMove.member == xin.id).count() == 2


def test_a_visit_and_the_review_at_one_moment_leave_one_truth(world: World) -> None:
    xin = regular(world)
    night(REVIEW - 60 * DAY)
    at = REVIEW + 4 * 3600
    together(partial(night, at), partial(visits.check_in, xin, world.bath, "counter", at))
    level = Level.get_or_none(Level.member == xin.id)
    assert (level is None) == (world.fresh(xin).tier == "ordinary")
    assert told(xin)[2:] in (["level_kept"], ["level_lowered"])
    assert_shop()


def test_many_are_looked_at_in_batches_and_none_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 3)
    crowd = [world.member(f"第{n}位", tier="loyal") for n in range(8)]
    night(NOON)
    assert Level.select().count() == 8
    night(REVIEW - 60 * DAY)
    assert Level.select().where(Level.warned_at.is_null(False)).count() == 8
    night(REVIEW + 4 * 3600)
    assert {world.fresh(member).tier for member in crowd} == {"ordinary"}


def test_the_outlook_says_what_would_follow(world: World) -> None:
    xin, rules = regular(world), policy.of(world.bath)
    then = levels.of(xin, rules, NOON + DAY, world.bath.timezone)
    assert (then.tier, then.review_at, then.falls_to, then.warned) == ("loyal", REVIEW, "ordinary", False)
    buy(world, xin, 900, NOON + DAY)  # more than a year before the review
    assert levels.of(world.fresh(xin), rules, NOON + 3 * DAY, world.bath.timezone).falls_to == "ordinary"
    buy(world, xin, 1000, NOON + 20 * DAY)
    assert levels.of(world.fresh(xin), rules, NOON + 21 * DAY, world.bath.timezone).falls_to == ""
    assert levels.of(world.mei, rules, NOON, world.bath.timezone) == levels.Outlook("ordinary")


def test_points_that_friends_brought_do_not_count(world: World) -> None:
    origin = ledger.Origin("referral", world.bath.id)
    ledger.earn(
        world.xin.id, 2000, kind="bonus", key="friend", at=NOON - DAY, expires_at=NOON + 90 * DAY, origin=origin
    )
    buy(world, world.xin, 10, NOON)
    assert world.fresh(world.xin).tier == "ordinary"
    assert tiers.earned(world.xin.id, NOON, "Asia/Shanghai") == 10


def test_two_cards_that_become_one_keep_the_better_level_and_its_day(world: World) -> None:
    buy(world, world.xin, 1000, NOON)
    guest, rules = world.fresh(world.xin), policy.of(world.bath)
    assert levels.joined(guest, world.mei, rules, NOON + DAY, "Asia/Shanghai") == "loyal"
    assert Level.get(Level.member == world.mei.id).review_at == REVIEW
    assert Level.get_or_none(Level.member == guest.id) is None
    assert [move.why for move in levels.moves(world.mei.id)] == ["merged", "points"]


def test_visits_are_days_on_the_shops_wall(world: World) -> None:
    for hour in (0, 23):
        at = day(2026, 5, 21, hour)
        Visit.create(member=world.xin.id, store=world.bath.id, source="desk", at=at, closes_at=at + 60, is_open=False)
    rules = policy.checked({"loyal_visits": 2})
    assert tiers.counted(world.xin.id, day(2026, 5, 22), "Asia/Shanghai", rules).visits == 1
