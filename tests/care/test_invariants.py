"""Each invariant of care, broken on purpose behind the rules' back: the proof finds it, and nothing else complains."""

from collections.abc import Callable

import pytest

from models import Coupon, Gift, Member, Message, Rule, Send
from tests.care import people
from tests.care.people import agrees, day, run
from tests.world import World
from webapp import check
from webapp.care.invariants import INVARIANTS
from webapp.clock import DAY

AT = day(2026, 5, 20)


@pytest.fixture
def cared(world: World) -> World:
    """Two members who were sent a gift and a coupon, one who was skipped, and one who was told of points."""
    world.at = AT
    agrees(world, "甲"), agrees(world, "乙"), agrees(world, "丙")
    run(people.rule(world, "news", reward=world.last_scrub, template=people.template(world, "五元券")), AT)
    run(people.rule(world, "news", params={"edition": 2}), AT)
    world.give(Member.get(Member.name == "甲"), 200, lasts=20 * DAY)
    run(people.rule(world, "points_lapse"), AT)
    return world


def sent() -> Send:
    row: Send = Send.select().where(Send.state == "sent", Send.gift.is_null(False)).get()
    return row


def other(member: int) -> int:
    return int(Member.select(Member.id).where(Member.id != member, Member.name == "乙").scalar())


def a_third_this_month() -> None:
    row = sent()
    for number in range(2):
        message = Message.create(member=row.member_id, kind="care", text="care", key=f"x{number}", at=AT)
        Send.create(
            rule=row.rule_id, member=row.member_id, occasion=f"x{number}", state="sent", month=row.month, counted=True, message=message.id, at=AT,
        )  # fmt: skip


def counts_without_being_sent() -> None:
    Send.update(counted=True).where(Send.state == "skipped").execute()


def skipped_for_no_reason() -> None:
    Send.update(why="").where(Send.state == "skipped").execute()


def service_that_counts() -> None:
    rule = Rule.get(Rule.kind == "points_lapse")
    Send.update(counted=True).where(Send.rule == rule.id).execute()


def written_around_the_guards() -> None:
    Message.create(member=sent().member_id, kind="care", text="care", key="around", at=AT)


def somebody_elses_gift() -> None:
    Gift.update(member=other(sent().member_id)).execute()


def somebody_elses_coupon() -> None:
    row = sent()
    Coupon.update(member=other(row.member_id)).where(Coupon.id == row.coupon_id).execute()


def looked_at_before_it_was_sent() -> None:
    Send.update(opened_at=AT - 1).where(Send.id == sent().id).execute()


def put_away_but_on() -> None:
    Rule.update(retired_at=AT).execute()


BROKEN: tuple[tuple[Callable[[], None], int], ...] = (
    (a_third_this_month, 0),
    (counts_without_being_sent, 1),
    (skipped_for_no_reason, 2),
    (service_that_counts, 3),
    (written_around_the_guards, 4),
    (somebody_elses_gift, 5),
    (somebody_elses_coupon, 5),
    (looked_at_before_it_was_sent, 6),
    (put_away_but_on, 7),
)


def test_every_invariant_is_broken_here_at_least_once() -> None:
    assert {number for _, number in BROKEN} == set(range(len(INVARIANTS)))


@pytest.mark.parametrize(("breaks", "number"), BROKEN, ids=[act.__name__ for act, _ in BROKEN])
def test_the_proof_finds_what_was_broken(cared: World, breaks: Callable[[], None], number: int) -> None:
    assert not check.run(3)
    breaks()
    assert INVARIANTS[number][0] in [breach.name for breach in check.run(3)]
