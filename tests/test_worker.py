"""Every job takes its turn once, writes down how it went, and is done by one worker however many there are."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import models
from models import ApiCall, Challenge, Device, Digits, Event, JobRun, LedgerLine, Member, Redemption
from tests.world import World
from webapp import check, config, signins, worker
from webapp.clock import DAY, HOUR, MINUTE
from webapp.rewards import redemptions
from webapp.worker import Job


def job(name: str) -> Job:
    return next(found for found in worker.jobs() if found.name == name)


def test_a_hold_that_ran_out_gives_points_and_stock_back(world: World, settings: config.Settings) -> None:
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="t", at=world.at)
    assert worker.attempt(job("lapse_holds"), settings, world.at + 9 * MINUTE)
    assert Redemption.get_by_id(held.id).state == "held"
    assert worker.attempt(job("lapse_holds"), settings, world.at + 10 * MINUTE)
    assert Redemption.get_by_id(held.id).state == "expired"
    assert Member.get_by_id(world.mei.id).points == 1280
    assert check.run() == []


def test_points_that_ran_out_are_written_off(world: World, settings: config.Settings) -> None:
    world.give(world.xin, 300, lasts=HOUR)
    assert worker.attempt(job("lapse_points"), settings, world.at + HOUR)
    assert Member.get_by_id(world.xin.id).points == 0
    assert LedgerLine.select().where(LedgerLine.kind == "expire").count() == 1
    assert check.run() == []


def test_a_job_has_one_turn_a_minute(world: World) -> None:
    minute = world.at - world.at % MINUTE
    assert worker.take_turn(job("post_letters"), minute + 5)
    assert not worker.take_turn(job("post_letters"), minute + 59)
    assert worker.take_turn(job("post_letters"), minute + 60)


def test_a_nightly_job_has_one_turn_a_night_also_where_the_machine_sleeps_at_night(world: World) -> None:
    night = world.at - 10 * HOUR - 30 * MINUTE  # 03:30 in Shanghai
    assert worker.take_turn(job("prove"), world.at)
    assert not worker.take_turn(job("prove"), world.at + 9 * HOUR)
    assert not worker.take_turn(job("prove"), night + DAY - 1)
    assert worker.take_turn(job("prove"), night + DAY)
    assert worker.take_turn(job("prove"), night + 3 * DAY + 5 * HOUR)


def test_of_twelve_workers_one_has_the_turn(world: World) -> None:
    def ask(_: int) -> bool:
        mine = worker.take_turn(job("post_letters"), world.at)
        models.database.obj.close()
        return mine

    with ThreadPoolExecutor(12) as workers:
        assert sum(workers.map(ask, range(12))) == 1


def test_two_workers_that_lapse_one_hold_at_once_do_it_once(world: World, settings: config.Settings) -> None:
    for number in range(3):
        reward = world.reward({"zh": f"礼品{number}"}, 10, stock=1)
        redemptions.hold(world.mei, reward, world.bath, ticket=f"t{number}", at=world.at)

    def work(_: int) -> None:
        job("lapse_holds").act(world.at + HOUR, settings)
        models.database.obj.close()

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(8)))
    assert Member.get_by_id(world.mei.id).points == 1280
    assert Event.select().where(Event.verb == "expired").count() == 3
    assert check.run() == []


def test_a_job_that_fails_says_so_and_is_tried_again_in_the_next_minute(
    world: World, settings: config.Settings
) -> None:
    def break_down(at: int, settings: config.Settings) -> None:
        raise ValueError("no luck")

    broken = Job("prove", break_down, "night")
    assert not worker.attempt(broken, settings, world.at)
    row = JobRun.get(JobRun.name == "prove")
    assert (row.error, row.ok_at) == ("ValueError: no luck", None)
    assert worker.attempt(job("prove"), settings, world.at + MINUTE)
    row = JobRun.get(JobRun.name == "prove")
    assert (row.error, row.ok_at) == ("", world.at + MINUTE)


def test_a_clock_set_back_stops_no_job(world: World) -> None:
    assert worker.take_turn(job("post_letters"), world.at + 30 * DAY)
    assert worker.take_turn(job("post_letters"), world.at)


def test_broken_books_fail_the_nightly_proof(world: World, settings: config.Settings) -> None:
    Member.update(points=7).where(Member.id == world.xin.id).execute()
    assert not worker.attempt(job("prove"), settings, world.at)
    assert "sums of the lines" in JobRun.get(JobRun.name == "prove").error


def test_a_database_that_is_gone_ends_no_worker(settings: config.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp import storage

    storage.open_database(replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing"))
    assert not worker.attempt(job("post_letters"), settings, 1)
    storage.open_database(settings)
    assert worker.attempt(job("post_letters"), settings, 1_800_000_000)


def test_what_is_over_is_tidied_away(world: World, settings: config.Settings) -> None:
    signins.open_for_member(world.mei, world.bath, "old", world.at)
    signins.open_for_member(world.mei, world.bath, "new", world.at + 400 * DAY)
    Challenge.create(browser_hash="x", challenge="y", expires_at=world.at)
    Digits.create(digits="123456", member=world.mei.id, expires_at=world.at)
    ApiCall.create(store=world.bath.id, key="k", fingerprint="f", status=201, body="{}", at=world.at)
    later = world.at + 731 * DAY
    assert worker.attempt(job("tidy"), settings, later)
    assert worker.attempt(job("forget_calls"), settings, later)
    assert [device.label for device in Device.select()] == ["new"]
    assert Challenge.select().count() == Digits.select().count() == ApiCall.select().count() == 0
