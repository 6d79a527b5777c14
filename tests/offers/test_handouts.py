"""A coupon for everybody of a segment: in batches, one each, going on where it was cut off, with the reasons of those who got none."""

import pytest

from models import Coupon, Handout, Member, Message, Segment
from tests.kit.crowd import together, won
from tests.offers.shelf import template
from tests.world import NOON, World
from webapp.insights import segments
from webapp.offers import handouts
from webapp.prices import coupons
from webapp.refusals import Refusal

EVERYBODY = {"is": "all"}


@pytest.fixture
def people(world: World) -> list[Member]:
    return [world.mei, world.xin, *(world.member(f"客{n}") for n in range(23))]


@pytest.fixture
def segment(world: World, people: list[Member]) -> Segment:
    return segments.put(world.brand, "所有人", EVERYBODY, world.lin, NOON)


def begin(world: World, segment: Segment, key: str = "k", **fields: int) -> Handout:
    return handouts.begin(template(world, **fields), segment.id, world.bath, world.lin, NOON, key=key)


def test_everybody_gets_one_and_is_not_written_to(world: World, segment: Segment, people: list[Member]) -> None:
    handout = begin(world, segment)
    assert handout.due == 25
    while handouts.go_on(NOON, batch=10):
        pass
    done = world.fresh(handout)
    assert (done.seen, done.given, done.skipped) == (25, 25, {})
    assert done.done_at == NOON
    assert {one.member_id for one in Coupon.select()} == {who.id for who in people}
    assert Message.select().count() == 0


def test_the_same_form_sent_twice_is_one_handout(world: World, segment: Segment) -> None:
    made = template(world)
    both = [handouts.begin(made, segment.id, world.bath, world.lin, NOON, key="k") for _ in range(2)]
    assert both[0].id == both[1].id


def test_nobody_is_nothing_to_begin(world: World, people: list[Member]) -> None:
    none = segments.put(world.brand, "没有人", {"is": "tier", "of": ["vip"]}, world.lin, NOON)
    with pytest.raises(Refusal, match="没有人在"):
        begin(world, none)


def test_who_waits_for_an_answer_gets_nothing_and_it_is_said_why(world: World, segment: Segment) -> None:
    Member.update(care_since=NOON).where(Member.id == world.mei.id).execute()
    handout = begin(world, segment)
    while handouts.go_on(NOON):
        pass
    assert world.fresh(handout).skipped == {"open_case": 1}
    assert not Coupon.select().where(Coupon.member == world.mei.id).exists()


def test_who_has_theirs_is_skipped_and_the_last_one_ends_it(world: World, segment: Segment) -> None:
    made = template(world, most=6, per_member=1)
    coupons.issue(made, world.xin, world.bath, NOON, key="before", trigger="hand")
    handout = handouts.begin(made, segment.id, world.bath, world.lin, NOON, key="k")
    while handouts.go_on(NOON, batch=10):
        pass
    done = world.fresh(handout)
    assert (done.given, done.skipped) == (5, {"had_theirs": 1, "none_left": 1})
    assert done.done_at == NOON
    assert world.fresh(made).given == 6


def test_cut_off_anywhere_it_goes_on_and_gives_nobody_two(
    world: World, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    handout, issue, turns = begin(world, segment), coupons.issue, 0

    def dies(*args: object, **kwargs: object) -> Coupon:
        nonlocal turns
        turns += 1
        if turns % 3 == 0:
            raise RuntimeError("the machine went down")
        return issue(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(coupons, "issue", dies)
    for _ in range(100):
        try:
            if not handouts.go_on(NOON, batch=7):
                break
        except RuntimeError:
            continue
    done = world.fresh(handout)
    assert (done.given, done.seen, Coupon.select().count()) == (25, 25, 25)


def test_two_workers_at_once_do_it_once(world: World, segment: Segment) -> None:
    handout = begin(world, segment)
    tried = together(*[lambda: [handouts.go_on(NOON, batch=10) for _ in range(6)]] * 4)
    assert len(won(tried)) == 4
    done = world.fresh(handout)
    assert (done.given, done.seen, Coupon.select().count()) == (25, 25, 25)
    assert done.done_at == NOON


def test_stopped_it_gives_no_more(world: World, segment: Segment) -> None:
    handout = begin(world, segment)
    handouts.step(handout, NOON, batch=5)
    stopped = handouts.stop(handout, world.lin, NOON + 1)
    assert handouts.stop(handout, world.lin, NOON + 2).stopped_at == NOON + 1
    assert not handouts.go_on(NOON + 3)
    assert (stopped.given, Coupon.select().count()) == (5, 5)
