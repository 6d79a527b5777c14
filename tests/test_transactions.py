"""How rows are written: one line for all writers, all or nothing, and few journeys to the database."""

import gc
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from peewee import Database, IntegrityError

from models import Event, Member, Prepared, Store, WriterQueue, transaction
from tests.world import World
from webapp import storage
from webapp.config import Settings
from webapp.outbox import events, inbox
from webapp.refusals import Refusal


@pytest.fixture
def other(tmp_path: Path) -> WriterQueue:
    """The writers of another process: a file that is opened twice is locked twice."""
    queue = WriterQueue()
    queue.at(str(tmp_path / "lock"))
    yield queue
    queue.at(None)


@pytest.fixture
def queue(tmp_path: Path) -> WriterQueue:
    queue = WriterQueue()
    queue.at(str(tmp_path / "lock"))
    queue.PATIENCE = 0.2
    yield queue
    queue.at(None)


@pytest.mark.only_on("sqlite")
def test_a_write_of_its_own_stands_in_line_too(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = WriterQueue()
    other.at(str(settings.data / "writers.lock"))
    monkeypatch.setattr(WriterQueue, "PATIENCE", 0.2)
    with other.turn():
        assert Member.get_by_id(world.mei.id).points == 1280
        with pytest.raises(TimeoutError, match="another process"):
            Member.update({Member.large: True}).where(Member.id == world.mei.id).execute()
    other.at(None)
    assert not world.fresh(world.mei).large


def test_nobody_waits_for_ever_for_a_process_that_hangs(queue: WriterQueue, other: WriterQueue) -> None:
    with other.turn():
        for _ in range(2):
            with pytest.raises(TimeoutError), queue.turn():
                pass
    with queue.turn():
        pass


def test_who_gave_up_does_not_keep_the_place(queue: WriterQueue, other: WriterQueue) -> None:
    other.PATIENCE = 5
    with other.turn(), pytest.raises(TimeoutError), queue.turn():
        pass
    for _ in range(20):
        with other.turn():
            pass


def test_who_waits_comes_in_when_the_other_is_done(queue: WriterQueue, other: WriterQueue) -> None:
    queue.PATIENCE = 5
    order: list[str] = []

    def wait() -> None:
        with queue.turn():
            order.append("second")

    with other.turn():
        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(0.1)
        order.append("first")
    waiting.join(5)
    assert order == ["first", "second"]


def test_a_turn_within_a_turn_keeps_the_place(queue: WriterQueue, other: WriterQueue) -> None:
    other.PATIENCE = 0.2
    with queue.turn():
        with queue.turn():
            pass
        with pytest.raises(TimeoutError), other.turn():
            pass


def greet_and_refuse(world: World) -> None:
    events.record("greeted", world.at)
    with transaction():
        events.tick(world.bath.id)
        raise Refusal("不行")


def all_of(*acts: Callable[[], None]) -> None:
    with transaction():
        for act in acts:
            act()


def test_what_a_part_refuses_undoes_the_whole(world: World, database: Database) -> None:
    with pytest.raises(Refusal), transaction():
        greet_and_refuse(world)
    assert not Event.select().where(Event.verb == "greeted").exists()
    assert world.fresh(world.bath).queue_version == world.bath.queue_version


def test_a_no_that_is_caught_halfway_keeps_nothing(world: World, database: Database) -> None:
    with pytest.raises(RuntimeError, match="half of a rule"), transaction(), suppress(Refusal):
        greet_and_refuse(world)
    assert not Event.select().where(Event.verb == "greeted").exists()


def test_a_savepoint_lets_one_statement_fail(world: World, database: Database) -> None:
    with transaction():
        events.record("greeted", world.at)
        with pytest.raises(IntegrityError), database.atomic():
            Member.update(points=-1).where(Member.id == world.mei.id).execute()
    assert Event.select().where(Event.verb == "greeted").count() == 1


def test_the_tick_of_a_part_waits_for_the_end_of_the_whole(world: World, database: Database) -> None:
    with transaction():
        with transaction():
            events.tick(world.bath.id)
            events.tick(world.laundry.id)
        assert world.fresh(world.bath).queue_version == world.bath.queue_version, (
            "its row would be locked until the end"
        )
        events.tick(world.bath.id)
    for store in (world.bath, world.laundry):
        assert world.fresh(store).queue_version == store.queue_version + 1


@pytest.mark.only_on("postgres")
def test_what_needs_no_answer_travels_along(
    world: World, database: storage.Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    events.record("greeted", world.at)
    events.tick(world.bath.id)  # both are planned
    sent: list[object] = []
    ask = storage._ask
    monkeypatch.setattr(storage, "_ask", lambda base, sql, params=None: sent.append(sql) or ask(base, sql, params))
    with transaction():
        events.record("greeted", world.at, ref="50%; DROP TABLE member")
        events.tick(world.bath.id)
        assert not sent
        assert Event.select().where(Event.ref == "50%; DROP TABLE member").count() == 1
        events.tick(world.bath.id)
    assert len(sent) == 2  # the question and the COMMIT
    assert Store.get_by_id(world.bath.id).queue_version == world.bath.queue_version + 2  # once for each transaction


@pytest.mark.only_on("postgres")
def test_what_travels_along_is_refused_with_the_whole(world: World, database: Database) -> None:
    events_of_nobody = partial(events.record, "greeted", world.at, member=0)
    with pytest.raises(IntegrityError):
        all_of(partial(events.tick, world.bath.id), events_of_nobody)
    assert world.fresh(world.bath).queue_version == world.bath.queue_version


@pytest.mark.only_on("postgres")
def test_a_transaction_and_a_reading_begin_on_a_new_connection_when_the_old_one_died(
    world: World, database: storage.Postgres
) -> None:
    other = storage.Postgres(**{**database.connect_params, "database": database.database})
    for _ in range(2):
        mine = database.execute_sql("SELECT pg_backend_pid()").fetchone()[0]
        other.execute_sql("SELECT pg_terminate_backend(%s)", (mine,))
        with transaction():
            events.record("greeted", world.at)
            events.tick(world.bath.id)
        mine = database.execute_sql("SELECT pg_backend_pid()").fetchone()[0]
        other.execute_sql("SELECT pg_terminate_backend(%s)", (mine,))
        assert inbox.unread(world.mei.id) == 0
    other.close()
    assert world.fresh(world.bath).queue_version == world.bath.queue_version + 2


@pytest.mark.only_on("postgres")
def test_every_prepared_question_can_be_planned(app: Flask, database: storage.Postgres) -> None:
    """Where PostgreSQL cannot tell the type of a hole, the query has to say it (`Param("at").cast("bigint")`)."""
    ours = [query for query in gc.get_objects() if isinstance(query, Prepared)]
    assert len(ours) > 40
    for query in ours:
        query._build_for(database)
        database._know(query._text)
