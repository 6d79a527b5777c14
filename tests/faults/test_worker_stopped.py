"""No background worker for an hour: sales go on, what is over is over all the same, `/readyz` says who is late, and it catches up once."""

import pytest
from flask import Flask
from peewee import Database

from models import JobRun, LedgerLine, Redemption
from tests.kit.doors import AsMember, AsStaff
from tests.world import World
from webapp import check, clock, config, worker
from webapp.clock import HOUR, MINUTE
from webapp.rewards import redemptions


@pytest.fixture
def stopped_for_an_hour(
    world: World, app: Flask, settings: config.Settings, monkeypatch: pytest.MonkeyPatch
) -> tuple[Redemption, int]:
    """Everything ran at noon; then a hold was made, and the worker died."""
    assert all(worker.attempt(job, settings, world.at) for job in worker.jobs())
    held = redemptions.hold(world.mei, world.last_scrub, world.bath, ticket="before it died", at=world.at + MINUTE)
    later = world.at + HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    return held, later


def test_sales_go_on_and_holds_lapse_when_somebody_looks(
    stopped_for_an_hour: tuple[Redemption, int], world: World, as_member: AsMember, as_staff: AsStaff
) -> None:
    held, _ = stopped_for_an_hour
    mei, chen = as_member(world.mei), as_staff(world.chen)
    approval = chen.post(f"/desk/redemptions/{held.code}/approval")
    assert approval.status_code == 422
    assert "预留时间已过" in approval.text
    assert (world.fresh(held).state, world.fresh(world.mei).points) == ("expired", 1280)
    again = mei.post(f"/rewards/{world.last_scrub.id}/redemptions", data={"ticket": "after it died"})
    assert again.status_code == 303
    code = again.headers["Location"].rpartition("/")[2]
    assert chen.post(f"/desk/redemptions/{code}/approval").status_code == 303
    assert check.run() == []


def test_readyz_says_which_job_is_late(
    stopped_for_an_hour: tuple[Redemption, int], app: Flask, settings: config.Settings
) -> None:
    _, later = stopped_for_an_hour
    answer = app.test_client().get("/readyz")
    minutely = {job.name for job in worker.jobs() if job.every == "minute"}
    assert answer.status_code == 503
    assert {name for name, job in answer.json["jobs"].items() if job["state"] == "late"} == minutely
    for job in worker.jobs():
        worker.attempt(job, settings, later)
    assert app.test_client().get("/readyz").status_code == 200


def test_it_catches_up_once(
    stopped_for_an_hour: tuple[Redemption, int], world: World, settings: config.Settings, database: Database
) -> None:
    held, later = stopped_for_an_hour
    minutely = [job for job in worker.jobs() if job.every == "minute"]
    assert [worker.attempt(job, settings, later) for job in minutely] == [True] * len(minutely)
    assert [worker.attempt(job, settings, later + 10) for job in minutely] == [False] * len(minutely)
    assert LedgerLine.select().where(LedgerLine.twin == held.line_id).count() == 1
    assert world.fresh(held).state == "expired"
    assert JobRun.select().where(JobRun.error != "").count() == 0
    assert check.run() == []
