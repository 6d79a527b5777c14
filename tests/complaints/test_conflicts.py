"""What the shop broke is a case too: with a clock since it broke, quiet while the booking's own card is worked on, over when that is."""

import pytest

from models import Booking, Case, CaseEntry, CaseStep, Closure, Member, Message, Work
from tests.bookings.places import Bath, moment
from tests.world import NOON, World
from webapp import check
from webapp.bookings import bookings, closures
from webapp.clock import MINUTE
from webapp.complaints import cases, conflicts, ladder


@pytest.fixture
def bath(world: World) -> Bath:
    return Bath(world)


def shut(bath: Bath) -> tuple[Booking, Closure]:
    booking = bath.book(bath.world.mei, moment("19:30"))
    closed = closures.close(bath.store, None, moment("18:00"), moment("22:00"), "锅炉坏了", bath.world.lin, NOON)
    return booking, closed.closure


def only_case() -> Case:
    return Case.get()


def cards() -> list[str]:
    return sorted(kind for (kind,) in Work.select(Work.kind).where(Work.done_at.is_null()).tuples())


def test_everybody_touched_gets_a_case_whose_clock_runs_since_the_closing(bath: Bath) -> None:
    booking, _ = shut(bath)
    assert conflicts.collect(NOON + MINUTE) == 1
    assert conflicts.collect(NOON + 2 * MINUTE) == 0
    case = only_case()
    assert (case.kind, case.ref, case.urgent, case.made_at) == ("conflict", booking.code, True, NOON)
    assert case.due_at == NOON + 5 * MINUTE
    assert cards() == ["rebook"]
    assert Message.select().where(Message.text == "case_opened").count() == 0
    assert Member.get_by_id(bath.world.mei.id).care_since == NOON


def test_moved_in_time_the_promise_is_kept_and_the_case_over(bath: Bath) -> None:
    booking, _ = shut(bath)
    conflicts.collect(NOON + MINUTE)
    bookings.cancel(booking, NOON + 4 * MINUTE)
    conflicts.settle(NOON + 6 * MINUTE)
    ladder.sweep(NOON + 6 * MINUTE)
    case = only_case()
    assert case.state == "closed"
    first = CaseStep.get(CaseStep.case == case.id, CaseStep.number == 1)
    assert (first.done_at, first.missed_at) == (NOON + 4 * MINUTE, None)
    assert check.run() == []
    assert Member.get_by_id(bath.world.mei.id).care_since is None


def test_when_it_works_again_it_is_over_too(bath: Bath) -> None:
    _, closure = shut(bath)
    conflicts.collect(NOON + MINUTE)
    closures.lift(closure, bath.world.lin, NOON + 2 * MINUTE)
    assert conflicts.settle(NOON + 3 * MINUTE) == 1
    assert conflicts.settle(NOON + 4 * MINUTE) == 0
    assert only_case().state == "closed"


def test_missed_it_goes_up_and_shows_in_the_queue(bath: Bath) -> None:
    shut(bath)
    conflicts.collect(NOON + MINUTE)
    ladder.sweep(NOON + 5 * MINUTE)
    assert cards() == ["case", "rebook"]
    assert CaseEntry.select().where(CaseEntry.kind == "late").count() == 1


def test_a_word_of_the_member_shows_it_too(bath: Bath) -> None:
    shut(bath)
    conflicts.collect(NOON + MINUTE)
    cases.say(only_case(), "那我怎么办？", NOON + 2 * MINUTE, key="m")
    assert cards() == ["case", "rebook"]


def test_broken_again_after_it_was_settled_is_another_case(bath: Bath) -> None:
    _, closure = shut(bath)
    conflicts.collect(NOON + MINUTE)
    closures.lift(closure, bath.world.lin, NOON + 2 * MINUTE)
    conflicts.settle(NOON + 3 * MINUTE)
    closures.close(bath.store, None, moment("18:00"), moment("22:00"), "又坏了", bath.world.lin, NOON + 10 * MINUTE)
    assert conflicts.collect(NOON + 11 * MINUTE) == 1
    assert Case.select().count() == 2
