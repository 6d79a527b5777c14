"""The background worker: huey asks every minute, each job says whether it is its turn, and `job_run` remembers when it ran.

Who calls it: `python -m webapp.worker`, or `flask --app webapp work` by hand. Stopping it stops no sale: holds and points also lapse when somebody looks at them.

Several workers may share one database. A job's turn is taken by an UPDATE that one of them wins; and should two ever run the same job,
nothing is done twice, because every rule they call swaps a state only from the one it expects, or writes under a unique key.
The queue itself holds nothing but "it is time to look", so it is a small SQLite file of this machine whatever the database: losing it
loses nothing, and a database that is gone does not stop the clock. Retries: a job that failed is tried again in the next minute.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

import structlog

from models import Attempt, Challenge, Device, Digits, Handshake, JobRun, Store, transaction
from webapp import check, clock, config, logs, storage, vault, words
from webapp.api import tasks as api
from webapp.bookings import tasks as bookings
from webapp.care import tasks as care
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import tasks as complaints
from webapp.config import Settings
from webapp.imports import tasks as imports
from webapp.insights import tasks as insights
from webapp.laundry import tasks as laundry
from webapp.members import tasks as members
from webapp.offers import tasks as offers
from webapp.outbox import inbox
from webapp.outbox import tasks as outbox
from webapp.photos import tasks as photos
from webapp.points import tasks as points
from webapp.ratings import tasks as ratings
from webapp.rewards import tasks as rewards

log = structlog.get_logger()
ROOMS: tuple[ModuleType, ...] = (
    outbox,
    photos,
    points,
    insights,
    members,
    imports,
    offers,
    rewards,
    bookings,
    laundry,
    complaints,
    ratings,
    care,
    api,
)
NIGHT = dt.time(3, 30)  # by the clock of the first store
LATE = {"minute": 5 * MINUTE, "night": 2 * DAY}


class Job(NamedTuple):
    """Something to do every minute, or once a night (or, on a machine that sleeps at night, as soon as it wakes)."""

    name: str
    act: Callable[[int, Settings], None]
    every: str


def prove(at: int, settings: Settings) -> None:
    """The nightly proof: the books are right, or this job fails and `/readyz` says which invariant does not hold."""
    if broken := check.run(3):
        names = [breach.name for breach in broken]
        log.error("invariants broken", names=names)
        inbox.tell_staff("books_broken", at, key=f"books_broken:{at // DAY}", count=len(names), names="; ".join(names))
        raise AssertionError("broken: " + ", ".join(names))


def tidy(at: int, settings: Settings) -> None:
    """What is over and serves nobody: codes, handshakes and guesses of yesterday, sign-ins that ended a year ago."""
    with transaction():
        Challenge.delete().where(Challenge.expires_at < at - HOUR).execute()
        Digits.delete().where(Digits.expires_at < at - HOUR).execute()
        Handshake.delete().where(Handshake.expires_at < at - 30 * DAY).execute()
        Attempt.delete().where(Attempt.since < at - 2 * DAY, Attempt.until < at).execute()
        Device.delete().where((Device.ended_at < at - 365 * DAY) | (Device.expires_at < at - 365 * DAY)).execute()


def jobs() -> Iterator[Job]:
    """Every job of every room, by name."""
    for room in ROOMS:
        for act in room.EVERY_MINUTE:
            yield Job(act.__name__, act, "minute")
        for act in room.NIGHTLY:
            yield Job(act.__name__, act, "night")
    yield Job("tidy", tidy, "night")
    yield Job("prove", prove, "night")


def run(settings: Settings, threads: int = 3) -> None:
    """Work until SIGTERM or Ctrl-C; what is running ends first, for at most eight seconds."""
    from huey import SqliteHuey, crontab  # the other processes ask this module about jobs only
    from huey.consumer import Consumer

    logging.getLogger("huey").setLevel(logging.WARNING)
    queue = SqliteHuey("huitou", filename=str(settings.data / "queue.db"), results=False, fsync=False)
    for job in jobs():
        # A task that waited for most of a minute is dropped: the next one is as good.
        queue.periodic_task(crontab(), name=job.name, expires=50)(lambda job=job: attempt(job, settings))
    log.info("worker ready", jobs=[job.name for job in jobs()], threads=threads)
    Consumer(queue, workers=threads, max_delay=2.0, shutdown_timeout=8, graceful_signal="TERM").run()
    log.info("worker stopped")


def attempt(job: Job, settings: Settings, at: int | None = None) -> bool:
    """Do the job if it is its turn, and write down how it went. Returns whether it was done. Never raises."""
    at = clock.now() if at is None else at
    begun = time.monotonic()
    try:
        if not take_turn(job, at):
            return False
        job.act(at, settings)
        _stamp(job, {JobRun.ok_at: at, JobRun.error: ""})
        return True
    except Exception as error:
        _failed(job, error)
        return False
    finally:
        if (took := time.monotonic() - begun) > 10:
            log.info("slow job", job=job.name, seconds=round(took, 1))


def take_turn(job: Job, at: int) -> bool:
    """Is it mine to do now? True for one caller per minute (or night); after a failure, again in the next minute."""
    since = at - at % MINUTE
    if job.every == "night":
        night = _last_night(at)
        row = JobRun.get_or_none(JobRun.name == job.name)
        since = night if row is None or not row.error else max(night, since)
    with transaction():
        new = JobRun.insert(name=job.name, ran_at=at).on_conflict_ignore().as_rowcount().execute()
        # A time to come is from before the clock was set back: it must not stop the job until then.
        due = (JobRun.ran_at < since) | (JobRun.ran_at > at + 2 * MINUTE)
        return bool(new or JobRun.update({JobRun.ran_at: at}).where(JobRun.name == job.name, due).execute())


def is_late(job: Job, row: JobRun | None, at: int) -> bool:
    """Should this job have run by now?"""
    return row is None or row.ran_at < at - LATE[job.every]


def _last_night(at: int) -> int:
    store = Store.select(Store.timezone).order_by(Store.id).first()
    zone = store.timezone if store else "Asia/Shanghai"
    local = clock.local(at, zone)
    night = clock.stamp(local.replace(hour=NIGHT.hour, minute=NIGHT.minute, second=0, microsecond=0))
    return night if night <= at else night - DAY


def _stamp(job: Job, values: dict[Any, Any]) -> None:
    with transaction():
        JobRun.update(values).where(JobRun.name == job.name).execute()


def _failed(job: Job, error: Exception) -> None:
    log.error("job failed", job=job.name, error=type(error).__name__, detail=str(error)[:200])
    try:
        if isinstance(error, (*storage.GONE, TimeoutError)):
            storage.reconnect()
        _stamp(job, {JobRun.error: f"{type(error).__name__}: {error}"[:200]})
    except (*storage.GONE, TimeoutError):
        storage.reconnect()


def main() -> None:
    """The worker as a process of its own, without the web app around it."""
    settings = config.load()
    logs.init()
    vault.unlock(settings.secret)
    storage.open_database(settings)
    words.compile_catalogues()
    run(settings)


if __name__ == "__main__":
    main()
