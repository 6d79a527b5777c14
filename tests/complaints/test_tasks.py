"""What the worker does for this room: every minute, once, and whatever it slept through in the right order."""

from models import Case, Cause, Message, Starter, Work
from tests.complaints.places import card, cause, complain, entries
from tests.world import NOON, World
from webapp import worker
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import closing, handing, improvements, tasks
from webapp.config import Settings


def every_minute(at: int, settings: Settings) -> None:
    for act in tasks.EVERY_MINUTE:
        act(at, settings)


def test_the_worker_knows_this_room(world: World) -> None:
    jobs = {job.name: job.every for job in worker.jobs()}
    assert {jobs[act.__name__] for act in tasks.EVERY_MINUTE} == {"minute"}


def test_a_brand_has_causes_and_starters_before_anybody_complains(world: World, settings: Settings) -> None:
    for _ in range(2):
        every_minute(NOON, settings)
    assert Cause.select().count() > 20
    assert Starter.select().count() >= 20


def test_asleep_for_ten_days_it_does_everything_once_and_in_order(world: World, settings: Settings) -> None:
    quiet, loud = complain(world), complain(world, key="k2", member=world.xin)
    talks = complain(world, key="k3", member=world.member("客"))
    closing.propose(quiet, world.lin, cause(world), "改了", "", NOON + HOUR, key="p", recheck_at=NOON + 9 * DAY)
    handing.talking(talks, world.lin, NOON + 3 * DAY, "再谈", NOON + MINUTE, key="t")
    loud.owner.dismissed_at = NOON + HOUR
    loud.owner.save()
    for at in (NOON + 10 * DAY, NOON + 10 * DAY + 5 * MINUTE):
        every_minute(at, settings)
    assert world.fresh(quiet).state == "closed"
    assert [entry.data["step"] for entry in entries(loud, "late")] == [1, 2, 3, 4]
    assert world.fresh(talks).state == "open"
    assert [entry.data["step"] for entry in entries(talks, "late")] == [2, 3]
    assert world.fresh(loud).owner.dismissed_at is None
    assert Message.select().where(Message.text == "case_late", Message.member == world.xin.id).count() <= 4
    assert Work.select().where(Work.kind == "recheck", Work.done_at.is_null()).count() == 1
    assert improvements.board(world.bath) == []
    assert card(loud) is not None
    assert Case.select().where(Case.state == "closed").count() == 1
