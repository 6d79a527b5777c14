"""The night's work: who comes how, who is worth what, and that a night that was killed ends as one that was not."""

import threading
from typing import Any

import pytest
from peewee import Database

import models
from models import Ask, Grade, GradeMove, GradeRun, Member, Rating, Score, Visit
from tests.insights.people import bought
from tests.world import NOON, World
from webapp import clock
from webapp.clock import DAY
from webapp.insights import grades, nightly
from webapp.insights.nightly import run

ZONE = "Asia/Shanghai"
TODAY = clock.day_number(NOON, ZONE)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(nightly, "STRETCH", 3)
    return World()


def shop(world: World, people: int = 10) -> list[Member]:
    """The first spends most and comes most often."""
    found = []
    for n in range(people):
        member = world.member(f"客{n}", joined_at=NOON - 400 * DAY)
        for visit in range(people - n):
            bought(member, (people - n) * 10, 10 + visit * 20)
        found.append(member)
    return found


def everything() -> list[tuple[Any, ...]]:
    return sorted(Grade.select(*Grade._meta.sorted_fields).tuples(), key=lambda row: row[0])


def moves() -> list[tuple[Any, ...]]:
    fields = (GradeMove.member, GradeMove.what, GradeMove.before, GradeMove.after, GradeMove.day)
    return sorted(GradeMove.select(*fields).tuples())


def test_a_night_gives_everybody_their_place(world: World) -> None:
    people = shop(world)
    done = run(NOON)
    assert (done.state, done.members) == ("done", 12)
    rows = [grades.of(member.id) for member in people]
    assert [row.grade for row in rows if row] == ["vip", "vip", "a", "a", "a", "b", "b", "b", "c", "c"]
    assert [row.frequency for row in rows if row] == ["high"] * 2 + ["middle"] * 4 + ["low"] * 4
    assert [row.money for row in rows if row] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    first = rows[0]
    assert first
    assert (first.visits, first.spent, first.interval, first.store_id) == (10, 100_000, 20, world.bath.id)
    assert (first.last_at, first.due_at) == (NOON - 10 * DAY, NOON + 10 * DAY)
    xin = grades.of(world.xin.id)
    assert xin
    assert (xin.grade, xin.frequency, xin.life, xin.visits) == (None, None, "new", 0)


def test_several_things_on_one_day_are_one_day(world: World) -> None:
    bought(world.mei, 10, 5)
    bought(world.mei, 20, 5)
    Visit.create(member=world.mei.id, store=world.bath.id, source="desk", at=NOON - 5 * DAY - 600, closes_at=NOON)
    run(NOON)
    row = grades.of(world.mei.id)
    assert row
    assert (row.visits, row.spent, row.visits_ever) == (1, 3_000, 1)


def test_what_was_given_back_does_not_count(world: World) -> None:
    bought(world.mei, 100, 5, refunded=40)
    bought(world.mei, 50, 9, refunded=50)
    bought(world.mei, 70, 400)
    run(NOON)
    row = grades.of(world.mei.id)
    assert row
    assert (row.spent, row.visits) == (6_000, 1), "neither the whole refund nor what is older than a year"
    assert (row.spent_ever, row.visits_ever) == (13_000, 2)


def test_equal_people_stand_together(world: World) -> None:
    for n in range(9):
        bought(world.member(f"客{n}"), 100, 3)
    rich = world.member("富")
    bought(rich, 900, 3)
    run(NOON)
    by_grade = {row.member_id: row.grade for row in Grade.select().where(Grade.spent > 0)}
    assert by_grade.pop(rich.id) == "vip"
    assert len(set(by_grade.values())) == 1


def test_a_second_night_notes_who_moved_and_why(world: World) -> None:
    people = shop(world)
    run(NOON)
    assert GradeMove.select().count() == 0, "nobody moves on their first night"
    bought(people[9], 5_000, 0)
    run(NOON + DAY)
    moved = GradeMove.get(GradeMove.member == people[9].id, GradeMove.what == "grade")
    assert (moved.before, moved.after, moved.why["others"]) == ("c", "vip", False)
    pushed = GradeMove.get(GradeMove.member == people[1].id, GradeMove.what == "grade")
    assert (pushed.before, pushed.after, pushed.why["others"]) == ("vip", "a", True)
    assert GradeRun.get_by_id(TODAY + 1).moved == GradeMove.select().count()


def test_what_did_not_change_is_not_written(world: World) -> None:
    people = shop(world)
    run(NOON)
    run(NOON + DAY)
    assert grades.of(people[0].id).day == TODAY, "nothing is new about them"  # type: ignore[union-attr]


def test_somebody_stays_away_and_comes_back(world: World) -> None:
    for days in (0, 20, 40):
        bought(world.mei, 50, days)
    lives = []
    for later in (0, 29, 31, 60, 61):
        run(NOON + later * DAY)
        lives.append(grades.of(world.mei.id).life)  # type: ignore[union-attr]
    assert lives == ["returning", "returning", "at_risk", "at_risk", "lapsed"]
    world.mei.seen_at = NOON + 62 * DAY
    assert grades.life(world.mei) == "returning", "they stand at the counter"
    mine = GradeMove.select().where(GradeMove.member == world.mei.id, GradeMove.what == "life")
    assert [row.after for row in mine.order_by(GradeMove.day)] == ["at_risk", "lapsed"]


def test_a_low_rating_lowers_nothing_and_raises_care(world: World) -> None:
    people = shop(world)
    run(NOON)
    before = everything()
    ask = Ask.create(code="a", store=world.bath.id, kind="visit", ref="1", at=NOON, expires_at=NOON + DAY)
    rating = Rating.create(ask=ask.id, store=world.bath.id, member=people[0].id, made_at=NOON, low=True)
    Score.create(rating=rating.id, dimension="service", value=1)
    Score.create(rating=rating.id, dimension="price", value=2)
    nightly.begin(NOON, anew=True)
    run(NOON)
    row = grades.of(people[0].id)
    assert row
    assert (row.mood, row.risk, row.grade, row.often) == (150, 10, "vip", 5)
    assert row.reasons == [{"why": "mood", "mood": 150}]
    unmoved = [kept for kept in everything() if kept[0] != people[0].id]
    assert unmoved == [kept for kept in before if kept[0] != people[0].id]


def test_on_demand_it_is_done_anew_and_twice_is_once(world: World) -> None:
    people = shop(world)
    run(NOON)
    bought(people[9], 5_000, 0)
    run(NOON + 60)
    assert grades.of(people[9].id).grade == "c", "this day is done"  # type: ignore[union-attr]
    nightly.ask(NOON + 120, world.zhao.id)
    nightly.ask(NOON + 121, world.zhao.id)
    assert nightly.newest().state == "reading"
    nightly.go_on(NOON + 180)
    assert grades.of(people[9].id).grade == "vip"  # type: ignore[union-attr]
    assert nightly.go_on(NOON + 240) is None


def test_whoever_is_gone_has_no_grade(world: World) -> None:
    people = shop(world)
    run(NOON)
    bought(people[9], 5_000, 0)
    run(NOON + DAY)
    Member.update({Member.erased_at: NOON}).where(Member.id == people[9].id).execute()
    run(NOON + 2 * DAY)
    assert grades.of(people[9].id) is None
    assert not GradeMove.select().where(GradeMove.member == people[9].id).exists()


def test_a_night_that_is_killed_anywhere_ends_as_one_that_was_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = shop(world)
    run(NOON)
    bought(people[9], 5_000, 0)
    steps = 0
    real = nightly._step

    class Killed(Exception):
        pass

    def counted(*args: Any) -> None:
        nonlocal steps
        steps += 1
        real(*args)

    later = NOON + DAY
    first = (everything(), moves())
    monkeypatch.setattr(nightly, "_step", counted)
    run(later)
    monkeypatch.undo()
    monkeypatch.setattr(nightly, "STRETCH", 3)
    wanted = (everything(), moves(), GradeRun.get_by_id(TODAY + 1).mirror, GradeRun.get_by_id(TODAY + 1).moved)
    assert steps > 8
    for victim in range(steps):
        _as_it_was(*first)
        left = victim

        def killed(*args: Any) -> None:
            nonlocal left
            real(*args)
            left -= 1
            if left < 0:
                raise Killed

        monkeypatch.setattr(nightly, "_step", killed)
        with pytest.raises(Killed):
            run(later)
        monkeypatch.setattr(nightly, "_step", real)
        done = run(later)
        assert (everything(), moves(), done.mirror, done.moved) == wanted, f"killed at step {victim}"


def _as_it_was(rows: list[tuple[Any, ...]], moved: list[tuple[Any, ...]]) -> None:
    GradeRun.delete().where(GradeRun.day > TODAY).execute()
    GradeMove.delete().execute()
    Grade.delete().execute()
    Grade.insert_many(rows, fields=list(Grade._meta.sorted_fields)).execute()
    assert not moved


def test_two_workers_at_once_do_the_work_once(world: World) -> None:
    people = shop(world, 20)
    run(NOON)
    bought(people[19], 9_000, 0)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            run(NOON + DAY)
        except BaseException as error:
            failed.append(error)
        finally:
            models.database.obj.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    done = GradeRun.get_by_id(TODAY + 1)
    assert (done.state, done.members) == ("done", 22)
    assert done.moved == GradeMove.select().count()
    assert sum(n for n, _ in done.mirror["grade"].values()) == 22


def test_work_stops_when_its_time_is_over_and_goes_on(world: World) -> None:
    shop(world)
    started = run(NOON, seconds=1e-9)
    assert started.state == "reading"
    assert nightly.go_on(NOON + 60).state == "done"  # type: ignore[union-attr]


def test_a_night_that_was_never_finished_gives_way_to_the_next(world: World) -> None:
    shop(world)
    run(NOON, seconds=1e-9)
    assert run(NOON + DAY).state == "done"
    assert [row.day for row in GradeRun.select()] == [TODAY + 1]


def test_the_mirror_adds_up(world: World) -> None:
    shop(world)
    mirror = run(NOON).mirror
    for kind in ("grade", "frequency"):
        assert sum(n for n, _ in mirror[kind].values()) == 12
        assert sum(fen for _, fen in mirror[kind].values()) == sum(row.spent for row in Grade.select()) > 0
    assert mirror["regulars"][0] == 9, "one has come only once"
