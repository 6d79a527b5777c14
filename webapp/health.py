"""Is it well? `/readyz` for people and monitors (database, tables, every background job), `/metrics` for Prometheus.

`/healthz` (this process answers) is in `front.py`. What Front answers by itself, static files and unchanged polls, is not counted here.
`/readyz` says 503 also when only the worker is late: shops sell on without it, so a balancer that takes servers out should ask /healthz.
Numbers of all processes of one server are added up: each keeps its own in a memory-mapped file below HUITOU_DATA/metrics.
"""

import hmac
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, g, request
from peewee import fn

import models
from models import JobRun, Letter, Redemption, Store, Work
from webapp import clock, config, storage
from webapp.outbox import letters

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0)
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def init(app: Flask) -> None:
    """Count every request of this app, and open the two doors."""
    requests, seconds = _meters(app.extensions["settings"].data)

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        if not _has_room(requests, seconds):
            return response
        endpoint = request.endpoint or "none"
        _child(requests, endpoint, str(response.status_code)).inc()
        if begun := g.get("begun"):
            _child(seconds, endpoint).observe(time.perf_counter() - begun)
        return response

    # Doors of no room: they answer before a shop is set up, too.
    app.add_url_rule("/readyz", "readyz", ready)
    app.add_url_rule("/metrics", "metrics", metrics)


def ready() -> Response:
    """GET: 200 when the database answers, the tables are up to date and every job is on time; else 503, saying which is not."""
    found = report(clock.now())
    return Response(
        json.dumps(found, ensure_ascii=False, indent=1) + "\n",
        200 if found["ready"] else 503,
        content_type="application/json",
    )


def metrics() -> Response:
    """GET: Prometheus text, for this machine itself or with the key; a 404 for everybody else."""
    if not _may_read():
        abort(404)
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=os.environ["PROMETHEUS_MULTIPROC_DIR"])  # type: ignore[no-untyped-call]
    registry.register(_Now(clock.now()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def report(at: int) -> dict[str, Any]:
    """What is well and what is not; never raises for a database that is gone."""
    try:
        return _report(at)
    except (*storage.GONE, TimeoutError) as error:
        storage.reconnect()
        return {
            "ready": False,
            "not_ready": ["database"],
            "database": str(error).strip().splitlines()[0][:200],
            "jobs": {},
        }


# --- how it is done ----------------------------------------------------------------------------------------------------


def _report(at: int) -> dict[str, Any]:
    from webapp import migrations

    waiting = migrations.pending(models.database.obj)
    jobs = {} if waiting else {job["name"]: job for job in _jobs(at)}
    wrong = [f"job {job['name']}: {job['state']}" for job in jobs.values() if job["state"] != "ok"]
    missing = [f"migration {name}" for name in waiting]
    return {"ready": not wrong + missing, "not_ready": missing + wrong, "database": "ok", "jobs": jobs}


def _jobs(at: int) -> Iterator[dict[str, Any]]:
    from webapp import worker

    rows = {row.name: row for row in JobRun.select()}
    for job in worker.jobs():
        row = rows.get(job.name)
        late = worker.is_late(job, row, at)
        yield {
            "name": job.name,
            "every": job.every,
            "state": "never ran" if row is None else "failed" if row.error else "late" if late else "ok",
            "ran_at": row.ran_at if row else None,
            "ok_at": row.ok_at if row else None,
            "age": at - row.ran_at if row else None,
            **({"error": row.error} if row and row.error else {}),
        }


def _may_read() -> bool:
    settings: config.Settings = current_app.extensions["settings"]
    given = request.args.get("key") or request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.metrics_key and hmac.compare_digest(given.encode(), settings.metrics_key.encode()):
        return True
    # A proxy on this machine makes everybody look local, but says that it stands in between.
    nobody_between = not any(name in request.headers for name in _FORWARDED)
    return nobody_between and request.remote_addr in ("127.0.0.1", "::1")


class _Now:
    """What is true of the database now; asked when somebody reads, by one process."""

    def __init__(self, at: int) -> None:
        self._at = at

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily as Gauge

        found = report(self._at)
        yield Gauge("huitou_ready", "1 when /readyz says 200.", value=int(found["ready"]))
        ages = Gauge("huitou_job_age_seconds", "Seconds since a background job last ran.", labels=["job"])
        for name, job in found["jobs"].items():
            if job["age"] is not None:
                ages.add_metric([name], job["age"])
        yield ages
        if found["database"] != "ok" or any(text.startswith("migration") for text in found["not_ready"]):
            return
        running = Redemption.select().where(Redemption.state == "held", Redemption.expires_at > self._at).count()
        yield Gauge("huitou_holds_running", "Rewards held right now.", value=running)
        yield Gauge("huitou_letters_waiting", "Letters that have not left yet.", value=letters.waiting())
        dead = Letter.select().where(Letter.state == "dead").count()
        yield Gauge("huitou_letters_dead", "Letters that were given up.", value=dead)
        cards = Gauge("huitou_queue_cards", "Open cards in a store's queue.", labels=["store"])
        open_cards = Work.select(Store.slug, fn.COUNT(Work.id)).join(Store).where(Work.done_at.is_null())
        for slug, number in open_cards.group_by(Store.slug).tuples():
            cards.add_metric([slug], number)
        yield cards


ROOM_NEEDED = 8 << 20
_ROOM: list[bool] = []
_METERS: list[Any] = []
_CHILDREN: dict[tuple[Any, ...], Any] = {}


def _meters(data: Path) -> Any:
    """The two meters of this process, made once."""
    if not _METERS:
        # The library reads this when it is imported, and makes its files there at the first count.
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder(data))
        from prometheus_client import CollectorRegistry, Counter, Histogram

        registry = CollectorRegistry()
        _METERS.append(
            Counter("huitou_requests", "Requests by view and status.", ["endpoint", "status"], registry=registry)
        )
        _METERS.append(
            Histogram("huitou_request_seconds", "Time by view.", ["endpoint"], registry=registry, buckets=BUCKETS)
        )
    return _METERS


def _child(meter: Any, *labels: str) -> Any:
    key = (id(meter), *labels)
    if key not in _CHILDREN:
        _CHILDREN[key] = meter.labels(*labels)
    return _CHILDREN[key]


def _has_room(requests: Any, seconds: Any) -> bool:
    """May this process count? Its files are mapped memory with holes, and a hole that is written to on a full disk ends the process.

    So they are filled before the first count; until there is room for that, nothing is counted.
    """
    if _ROOM:
        return True
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    if shutil.disk_usage(folder).free > ROOM_NEEDED:
        _child(requests, "none", "200")
        _child(seconds, "none")
        for path in folder.glob(f"*_{os.getpid()}.db"):
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        _ROOM.append(True)
    return bool(_ROOM)


def _folder(data: Path) -> Path:
    """One folder per running server (whoever started the process that loads the app); those of servers that are gone are cleared away."""
    root = data / "metrics"
    mine = root / str(os.getppid())
    mine.mkdir(parents=True, exist_ok=True)
    for other in root.iterdir():
        if other.name.isdecimal() and not Path(f"/proc/{other.name}").exists():
            shutil.rmtree(other, ignore_errors=True)
    return mine
