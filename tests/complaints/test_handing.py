"""A case changes hands and always has a name; "still talking" has its day."""

import pytest

from models import Device, Staff
from tests.complaints.places import card, closed, complain, entries, step
from tests.world import NOON, World
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, duty, handing, ladder
from webapp.refusals import Forbidden, Missing, Refusal


def on_shift(world: World, person: Staff, at: int = NOON) -> None:
    Device.create(
        kind="desk", token_hash=f"t{person.id}", staff=person.id, store=world.bath.id, acting=person.id, made_at=at,
        acting_until=at + 12 * HOUR, seen_at=at, expires_at=at + DAY,
    )  # fmt: skip


def test_who_is_at_the_counter_has_it_before_who_is_at_home(world: World) -> None:
    on_shift(world, world.su)
    assert complain(world).owner_id == world.su.id
    on_shift(world, world.kai)
    assert {complain(world, key=f"x{n}").owner_id for n in range(3)} == {world.kai.id}


def test_handed_over_the_customer_sees_the_name_and_not_the_why(world: World) -> None:
    case = complain(world)
    case = handing.over(case, world.su, world.chen, "客人很激动", NOON + MINUTE)
    assert (case.owner_id, case.level) == (world.su.id, "senior")
    assert card(case).brief["owner"] == "苏姐"  # type: ignore[union-attr]
    (moved,) = entries(case, "moved")
    assert (moved.data["person"], moved.text_sealed) == ("苏姐", None)
    assert cases.text_of(entries(case, "note")[0]) == "客人很激动"
    handing.over(case, world.su, world.chen, "再点一次", NOON + MINUTE)
    assert len(entries(case, "moved")) == 1


def test_how_far_up_it_has_been_never_falls(world: World) -> None:
    case = handing.over(complain(world), world.lin, world.chen, "", NOON)
    case = handing.over(case, world.chen, world.lin, "你先回", NOON)
    assert (case.owner_id, case.level) == (world.chen.id, "manager")
    ladder.sweep(NOON + 15 * MINUTE)
    assert world.fresh(case).owner_id == world.zhao.id


def test_handed_up_role_by_role_until_nobody_stands_above(world: World) -> None:
    case = handing.over(complain(world), world.chen, world.kai, "", NOON)
    for person in (world.su, world.lin, world.zhao):
        case = handing.up(case, world.chen, "我定不了", NOON)
        assert case.owner_id == person.id
    with pytest.raises(Refusal, match="上面"):
        handing.up(case, world.zhao, "还要高", NOON)
    with pytest.raises(Refusal, match="几个字"):
        handing.up(case, world.chen, " ", NOON)


def test_a_manager_who_took_it_hands_it_up_to_the_owner(world: World) -> None:
    case = handing.take(complain(world), world.lin, NOON)
    assert handing.up(case, world.lin, "要老板定", NOON).owner_id == world.zhao.id


def test_taken_twice_is_taken_once(world: World) -> None:
    case = complain(world)
    for _ in range(2):
        case = handing.take(case, world.su, NOON)
    assert (case.owner_id, case.level, len(entries(case, "moved"))) == (world.su.id, "senior", 1)


def test_nobody_from_elsewhere_and_nobody_about_themselves(world: World) -> None:
    case = complain(world)
    with pytest.raises(Missing):
        handing.over(case, world.bo, world.chen, "", NOON)
    world.su.dismissed_at = NOON
    world.su.save()
    with pytest.raises(Missing):
        handing.over(case, world.su, world.chen, "", NOON)
    world.kai.member = world.mei
    world.kai.save()
    with pytest.raises(Forbidden):
        handing.take(case, world.kai, NOON)
    assert duty.pick(world.bath, NOON, member=world.mei.id) == world.chen
    owners = {complain(world, key=f"k{n}").owner_id for n in range(4)}
    assert owners == {world.chen.id}


def test_nothing_is_handed_after_it_was_closed(world: World) -> None:
    case = closed(world, NOON)
    for act in (
        lambda: handing.take(case, world.su, NOON),
        lambda: handing.up(case, world.su, "为什么", NOON),
        lambda: handing.talking(case, world.su, NOON + DAY, "再谈", NOON, key="t"),
    ):
        with pytest.raises(Refusal, match="结了"):
            act()


def test_still_talking_stops_the_last_promise_until_the_day_that_was_agreed_on(world: World) -> None:
    case = complain(world)
    cases.say(case, "是我们不对", NOON + MINUTE, key="a", staff=world.lin, kind="decision")
    for _ in range(2):
        handing.talking(case, world.lin, NOON + 5 * DAY, "周一再谈", NOON + DAY, key="t")
    case = world.fresh(case)
    assert (case.state, case.talk_at) == ("talking", NOON + 5 * DAY)
    assert card(case) is None
    assert ladder.sweep(NOON + 5 * DAY - 1) == 0
    assert handing.wake(NOON + 5 * DAY - 1) == 0
    assert handing.wake(NOON + 5 * DAY) == 1
    case = world.fresh(case)
    assert (case.state, case.talk_at) == ("open", None)
    assert step(case, 4).due_at == NOON + 11 * DAY
    assert card(case) is not None


def test_talking_puts_off_nothing_that_was_not_answered_yet(world: World) -> None:
    case = complain(world)
    handing.talking(case, world.lin, NOON + 5 * DAY, "改天谈", NOON + MINUTE, key="t")
    assert bool(step(case, 1).done_at)
    assert ladder.sweep(NOON + DAY) == 1
    assert card(case) is not None


def test_a_word_of_the_customer_ends_the_pause_early(world: World) -> None:
    case = complain(world)
    handing.talking(case, world.lin, NOON + 5 * DAY, "改天谈", NOON + MINUTE, key="t")
    cases.say(case, "不用等了", NOON + MINUTE + DAY, key="m")
    case = world.fresh(case)
    assert (case.state, case.talk_at) == ("open", None)
    assert step(case, 4).due_at == NOON + 8 * DAY


def test_a_day_that_is_past_or_far_away_is_refused(world: World) -> None:
    case = complain(world)
    for day in (NOON, NOON + 9 * DAY):
        with pytest.raises(Refusal):
            handing.talking(case, world.lin, day, "再谈", NOON, key="t")


def test_a_question_asked_while_talking_is_a_question(world: World) -> None:
    case = complain(world)
    handing.talking(case, world.lin, NOON + 5 * DAY, "改天谈", NOON + MINUTE, key="t")
    cases.say(case, "几点的事？", NOON + HOUR, key="q", staff=world.chen, kind="question")
    case = world.fresh(case)
    assert (case.state, case.talk_at) == ("waiting", None)


def test_whoever_leaves_the_shop_leaves_no_case_behind(world: World) -> None:
    case = complain(world)
    first, other = case.owner, world.kai if case.owner_id == world.chen.id else world.chen
    first.dismissed_at = NOON
    first.save()
    assert handing.adopt(NOON) == 1
    assert handing.adopt(NOON) == 0
    assert world.fresh(case).owner_id == other.id
    assert card(case).brief["owner"] == other.name  # type: ignore[union-attr]


def test_opened_again_it_is_nobodys_who_has_left(world: World) -> None:
    case = closed(world, NOON + DAY)
    case.owner.dismissed_at = NOON + DAY
    case.owner.save()
    case = closing.reopen(case, "又来了", NOON + 2 * DAY, key="r")
    assert case.owner.dismissed_at is None


def test_closed_opened_again_and_closed_in_one_second_is_written_down_twice(world: World) -> None:
    case = closed(world, NOON)
    case = closing.reopen(case, "又来了", NOON, key="r")
    closing.propose(case, world.lin, case.cause, "再改", "", NOON, key="again")
    closing.agree(case, NOON)
    assert len(entries(case, "closed")) == 2
