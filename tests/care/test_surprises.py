"""Surprises: a task for the people at the counter, out of what somebody likes, once in sixty days and never while a case is open (O3)."""

import pytest

from models import Follow, Member, Message, Work
from tests.bookings.places import Bath, moment
from tests.world import NOON, World
from webapp import clock
from webapp.care import surprises
from webapp.clock import DAY, HOUR
from webapp.members import cards, chips, memory, privacy
from webapp.points import visits


@pytest.fixture
def likes(world: World) -> None:
    chips.fill(world.brand, NOON)
    wanted = [
        chip.id for chip in chips.of_brand(world.brand.id) if chip.name["zh"] in ("茶不加糖", "安静的位子", "开车")
    ]
    memory.choose(world.mei, wanted, wanted, world.bath, NOON - DAY)


@pytest.fixture(autouse=True)
def joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "_listeners", [surprises.heard])


def test_whoever_comes_in_may_be_surprised(world: World, likes: None) -> None:
    visits.check_in(world.mei, world.bath, "counter", NOON)
    task = Follow.get(Follow.kind == "surprise")
    assert (task.member_id, task.store_id) == (world.mei.id, world.bath.id)
    shown = cards.of(world.mei).surprise
    assert shown is not None
    assert shown["surprise"]["zh"] == task.about["surprise"]["zh"]
    assert Work.get(Work.kind == "follow", Work.done_at.is_null()).store_id == world.bath.id
    assert Message.select().where(Message.member == world.mei.id).count() == 0  # nobody is told


def test_whoever_likes_nothing_that_can_be_prepared_is_not(world: World, likes: None) -> None:
    visits.check_in(world.xin, world.bath, "counter", NOON)
    assert Follow.select().count() == 0


def test_once_in_sixty_days_and_then_with_the_next_thing(world: World, likes: None) -> None:
    for days in (0, 1, 30, 59):
        visits.check_in(world.mei, world.bath, "counter", NOON + days * DAY)
    first = Follow.get()
    Follow.update(state="done", done_at=NOON + HOUR).execute()
    visits.check_in(world.mei, world.bath, "counter", NOON + 61 * DAY)
    both = [task.about["chip"] for task in Follow.select().order_by(Follow.id)]
    assert both[0] == first.about["chip"]
    assert len(set(both)) == 2


def test_never_while_a_case_is_open_and_never_for_who_is_gone(world: World, likes: None) -> None:
    Member.update(care_since=NOON).where(Member.id == world.mei.id).execute()
    visits.check_in(world.mei, world.bath, "counter", NOON)
    Member.update(care_since=None).execute()
    privacy.erase(world.mei, NOON)
    assert surprises.offer(world.mei, world.bath, NOON, 0) is None
    assert Follow.select().count() == 0


def test_a_shop_prepares_only_what_it_can(world: World) -> None:
    chips.fill(world.brand, NOON)
    scent = [chip.id for chip in chips.of_brand(world.brand.id) if chip.name["zh"] == "桂花香"]
    memory.choose(world.mei, scent, scent, world.bath, NOON - DAY)
    visits.check_in(world.mei, world.laundry, "counter", NOON)
    assert Follow.select().count() == 0
    visits.check_in(world.mei, world.bath, "counter", NOON)
    assert Follow.select().count() == 1


def test_the_afternoon_before_a_booking_the_shop_is_told_once(world: World, likes: None) -> None:
    bath = Bath(world)
    bath.book(world.mei, moment("19:30"))
    bath.book(world.xin, moment("19:30"))
    assert surprises.plan(NOON) == 0  # it is two o'clock: too early
    assert surprises.plan(NOON + 2 * HOUR) == 1
    assert surprises.plan(NOON + 3 * HOUR) == 0
    task = Follow.get()
    assert (task.member_id, task.due_day) == (world.mei.id, clock.day_number(moment("19:30"), "Asia/Shanghai"))
    visits.check_in(world.mei, world.bath, "counter", moment("19:20"))
    assert Follow.select().count() == 1
