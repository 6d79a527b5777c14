"""The night's grades: what a member costs in a large shop beside a small one, how much memory it takes, whether anybody at the phone notices;
and how long an owner waits until a segment is counted.

Made in a copy of a shop, in a process of its own. A night is everything anew: nobody has a grade before the first, and few have changed at the
second. Bills, visits and gaps are those of `nights.sql`: five bills each, spread over two years.
"""

import http.client
import multiprocessing
import os
import random
import statistics
import string
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from peewee import Database, PostgresqlDatabase

from bench import processes, servers
from bench.options import Options
from bench.shops import Shop, copy, short
from bench.table import Line, Table
from models import Grade, GradeMove, GradeRun
from webapp import clock
from webapp.insights import nightly, segments

SQL = Path(__file__).with_name("nights.sql")
LOOKS = 0.02  # seconds between two looks at home
ASKED: dict[str, dict[str, Any]] = {
    "VIPs": {"is": "grade", "of": ["vip"]},
    "away 60 days, agreed to offers, no coupon": {
        "is": "all",
        "of": [
            {"is": "grade", "of": ["vip", "a"]},
            {"is": "last", "least": 60},
            {"is": "consent", "purpose": "service"},
            {"is": "not", "of": {"is": "coupon"}},
        ],
    },
}
_spawn = multiprocessing.get_context("spawn")


def flat(table: Table, small: Shop, large: Shop, options: Options) -> None:
    """Goal 3: a member of a million costs what a member of a thousand costs."""
    costs: list[list[list[float]]] = [[[], []], [[], []]]
    memory: list[list[float]] = [[], []]
    with ExitStack() as stack:
        for n, own in enumerate([stack.enter_context(_filled(shop)) for shop in (small, large)]):
            worker = stack.enter_context(_worker(own))
            for _ in range(min(options.rounds, 2 if own.size >= 1_000_000 else options.rounds)):
                for night in (0, 1):
                    seconds, megabytes = _ask(worker, night)
                    costs[n][night].append(seconds / own.size * 1e6)
                    memory[n].append(megabytes)
            if n:
                _counts(table, own, options)
    for night, what in ((0, "the first night, everybody is new"), (1, "a night after")):
        said = f"grades, {what}, {large.label}"
        table.add(Line("3", said, "µs CPU/member", costs[1][night], f"at {short(small.size)}", costs[0][night], True))
    said = f"memory that the nights took, {large.label}"
    table.add(Line("", said, "MB", memory[1][-1:], f"at {short(small.size)}", memory[0][-1:]))


def beside_home(table: Table, shop: Shop, options: Options) -> None:
    """Nobody at the phone notices: home over HTTP, one look after the other, while the grades are worked out, and while they are not."""
    idle: list[float] = []
    busy: list[float] = []
    with _filled(shop) as own, servers.real(own) as server, _worker(own) as worker:
        _looks(server.port, own.size, options.seconds)
        for _ in range(options.rounds):
            idle.append(statistics.median(_looks(server.port, own.size, options.seconds)))
            worker.send(options.seconds * 2)
            time.sleep(options.seconds / 2)
            busy.append(statistics.median(_looks(server.port, own.size, options.seconds)))
            worker.recv()
    said = f"home during the night's grades, {own.label}"
    table.add(Line("", said, "ms", busy, "idle", idle, note=f"{os.cpu_count()} cores"))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _counts(table: Table, shop: Shop, options: Options) -> None:
    """How long the number on the composer takes."""
    with shop.opened():
        for what, rule in ASKED.items():
            took = []
            for _ in range(options.rounds):
                begun = time.perf_counter()
                found = segments.count(rule, clock.now())
                took.append((time.perf_counter() - begun) * 1000)
            table.add(Line("", f"a segment counted, {shop.label}: {what}", "ms", took, note=f"{found} people"))


def _looks(port: int, members: int, seconds: float) -> list[float]:
    """Milliseconds of each look at somebody's home."""
    until, found = time.monotonic() + seconds, []
    while time.monotonic() < until:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
            who = random.randint(1, members)
            headers = {"Cookie": f"huitou=bench-{who}", "X-Forwarded-For": f"10.{who % 250}.{who // 250 % 250}.7"}
            begun = time.perf_counter()
            line.request("GET", "/", headers=headers)
            answer = line.getresponse()
            answer.read()
            found.append((time.perf_counter() - begun) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"home answers {answer.status}")
        time.sleep(LOOKS)
    return found


@contextmanager
def _filled(shop: Shop) -> Iterator[Shop]:
    with copy(shop) as own:
        with own.opened() as database:
            _fill(database, own.size)
        yield own


def _fill(database: Database, members: int) -> None:
    if isinstance(database, PostgresqlDatabase):
        database.execute_sql("SET statement_timeout = 0")
    text = string.Template(SQL.read_text("utf-8")).substitute(at=clock.now(), n=members)
    with database.atomic():
        database.execute_sql("DELETE FROM purchase WHERE receipt = 'night'")
        for statement in text.split(";\n"):
            if statement.strip():
                cursor = database.cursor()
                cursor.execute(statement)
    database.execute_sql("ANALYZE")


@contextmanager
def _worker(shop: Shop) -> Iterator[Connection]:
    here, there = _spawn.Pipe()
    process = _spawn.Process(target=_work, args=(there, shop), daemon=True)
    process.start()
    there.close()
    try:
        yield here
    finally:
        here.send(None)
        process.join(30)


def _ask(worker: Connection, night: int) -> tuple[float, float]:
    worker.send(night)
    seconds, megabytes = worker.recv()
    return float(seconds), float(megabytes)


def _work(end: Connection, shop: Shop) -> None:
    """In the other process: a whole night (0 the first one, 1 the one after it), or nights for so many seconds."""
    os.environ.clear()
    os.environ.update(shop.environment)
    with shop.opened():
        empty = _own()
        while (asked := end.recv()) is not None:
            at = clock.now()
            if isinstance(asked, float):
                _keep_on(at, asked)
                end.send(None)
                continue
            if asked == 0:
                for model in (GradeMove, Grade, GradeRun):
                    model.delete().execute()
            begun = processes.cpu(os.getpid())
            with _watched() as most:
                nightly.run(at + asked * clock.DAY)
            end.send((processes.cpu(os.getpid()) - begun, max(most) - empty))


def _keep_on(at: int, seconds: float) -> None:
    """Grades are worked out all this while, as the worker does it."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        nightly.begin(at, anew=True)
        nightly.go_on(at, seconds=left)


@contextmanager
def _watched() -> Iterator[list[float]]:
    """What this process holds, looked at ten times a second meanwhile."""
    most, over = [_own()], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            most.append(_own())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


def _own() -> float:
    """Megabytes of this process's own; pages of the database's file, which it reads through, are not counted."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024
