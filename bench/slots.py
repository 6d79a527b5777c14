"""Free times and bookings: a shop of fifty people a store with a year of bookings, beside one with ten times as many.

Made in a copy of a shop; every seat of every booking is there, as the rules would have left them.
"""

import multiprocessing
import os
import random
import string
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from peewee import Database, PostgresqlDatabase

from bench import commits, inside
from bench.options import Options
from bench.shops import STORES, Shop, copy, short
from bench.table import Line, Table
from models import Ability, Resource, Service, Store
from webapp import check, clock, vault
from webapp.bookings import free, supply
from webapp.clock import DAY

PEOPLE, DAILY = 50, 6  # of a store; bookings of one of them on a day
FEW, MANY = 10_000, 100_000  # `--full`: ten times as many of each
BATCHES, WEEK = 20, 7
SQL = Path(__file__).with_name("bookings.sql")
_spawn = multiprocessing.get_context("spawn")


def free_times(table: Table, small: Shop, large: Shop, options: Options) -> None:
    """Goal 6, and that a year more of bookings costs nothing: two shops of one size with few and many bookings."""
    few, many = _sizes(options)
    with ExitStack() as stack:
        one, other = (stack.enter_context(_filled(shop, n)) for shop, n in ((small, few), (large, many)))
        ends = stack.enter_context(inside.apps(one, other))
        # What forgets goes by itself: beside it nothing would be found in memory.
        known = inside.side_by_side(options.rounds, BATCHES, (ends[1], "bare"), (ends[1], "free times"))
        names = ("free times anew", "week")
        anew = inside.side_by_side(options.rounds, BATCHES, *((end, name) for end in ends for name in names))
    here = dict(zip(names, anew[:2], strict=True))
    there = dict(zip(("bare", "free times", *names), (*known, *anew[2:]), strict=True))
    what = f"{large.engine}, {PEOPLE} people, {short(many)} bookings"
    bare, few_bookings = there["bare"], f"at {short(few)}"
    table.add(
        Line("6", f"free times, htmx fragment, {what}", "µs CPU", there["free times"], "bare page", bare, True),
        Line(
            "6", f"the same after somebody booked, {what}", "µs CPU", there["free times anew"], "bare page", bare, True
        ),
        Line(
            "3", f"free times of a week, read anew, {what}", "µs CPU", there["week"], few_bookings, here["week"], True
        ),
    )


def attempts(table: Table, shop: Shop, options: Options) -> None:
    """POSTs that book, one after the other through the app, each durable; beside raw commits of three writes."""
    few, _ = _sizes(options)
    with _filled(shop, few) as own, commits.raw(own) as raw, _booking(own) as ask:
        ask(0.5)
        pairs = [(raw.rate(options.seconds / 2), ask(options.seconds)) for _ in range(options.rounds)]
        plain, ours = [rate for rate, _ in pairs], [rate for _, (rate, _) in pairs]
        refused = max(share for _, (_, share) in pairs)
        what = f"a booking (POST), one client, {shop.engine}, {short(few)} bookings"
        note = f"{refused:.0%} found the time taken"
        table.add(
            Line("4" if shop.engine == "sqlite" else "5", what, "per s", ours, "raw 3-write commits", plain, note=note)
        )
        with own.opened():
            broken = "; ".join(breach.name for breach in check.run(1))
        table.add(Line("", f"the seats afterwards, {shop.engine}", "", [], note=broken or "every invariant holds"))


def variants(real: Flask) -> dict[str, Callable[[], object]]:
    """For `inside`: what is asked of the first store, whose service is number one."""
    from webapp.bookings.views import shown

    def anew(act: Callable[[], None]) -> Callable[[], None]:
        def forgotten() -> None:
            for kept in (free._kept, free._kept_seats, free._kept_strip, shown._kept):
                kept.cache_clear()
            act()

        return forgotten

    def fragment() -> None:
        day = clock.local(clock.now() + random.randrange(2, 9) * DAY, "Asia/Shanghai").date()
        path = f"/book?service=1&people=1&day={day}"
        inside._call(real.wsgi_app, path, f"huitou=bench-{random.randint(1, 900)}", HTTP_HX_REQUEST="true")

    def week() -> None:
        at = clock.now()
        here = supply.of(Store.get_by_id(1), at)
        if len(free.strip(here, here.services[1], 1, at, "ordinary", count=WEEK)) != WEEK:
            raise RuntimeError("not a week")

    return {"free times": fragment, "free times anew": anew(fragment), "week": anew(week)}


# --- the data ----------------------------------------------------------------------------------------------------------


def _sizes(options: Options) -> tuple[int, int]:
    factor = 10 if options.sizes[-1] >= 1_000_000 else 1
    return FEW * factor, MANY * factor


@contextmanager
def _filled(shop: Shop, bookings: int) -> Iterator[Shop]:
    with copy(shop) as own:
        with own.opened() as database:
            _fill(database, bookings, min(shop.size, 1000))
        yield own


def _fill(database: Database, bookings: int, members: int) -> None:
    """On PostgreSQL the shop is not a copy: whatever an earlier measure left there goes first."""
    if isinstance(database, PostgresqlDatabase):
        database.execute_sql("SET statement_timeout = 0")
    for table in ("seat", "part", "booking", "ability", "resource", "service"):
        database.execute_sql(f"DELETE FROM {table}")
    made = clock.now() - 400 * DAY
    terms: dict[str, Any] = {"kind": "massage", "minutes": 60, "clean_minutes": 15, "step_minutes": 15, "price": 12800}
    for store in range(1, STORES + 1):
        Service.create(id=store, store=store, name={"zh": "推拿"}, horizon_days=60, made_at=made, **terms)
        for n in range(1, PEOPLE + 1):
            name = {"zh": f"{n} 号师傅"}
            row = Resource.create(
                id=(store - 1) * PEOPLE + n, store=store, name=name, kind="person", place=n, made_at=made
            )
            Ability.create(service=store, resource=row.id)
        supply.take(store)
    text = string.Template(SQL.read_text("utf-8")).substitute(
        at=clock.now() // 900 * 900, people=PEOPLE, members=members
    )
    first = min(bookings, PEOPLE * DAILY * 365)  # the first store has a year, the others as long as it takes
    placed = f"""CREATE TEMPORARY TABLE placed AS
        WITH RECURSIVE bulk (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM bulk WHERE i < {bookings}),
        spread AS (
            SELECT i, CASE WHEN i <= {first} THEN 1 ELSE 2 + i % {STORES - 1} END AS store,
                CASE WHEN i <= {first} THEN i - 1 ELSE (i - {first} - 1) / {STORES - 1} END AS nth FROM bulk
        )
        SELECT i, store, nth % {PEOPLE} AS provider,
            {_ten_o_clock()} + (nth / {PEOPLE} / {DAILY} - {min(first // (PEOPLE * DAILY), 365) // 2}) * {DAY}
                + nth / {PEOPLE} % {DAILY} * 9000 AS at
        FROM spread"""
    with database.atomic():
        database.execute_sql("DROP TABLE IF EXISTS placed")
        database.execute_sql(placed)
        for statement in text.split(";\n"):
            if statement.strip():
                database.execute_sql(statement)
    if isinstance(database, PostgresqlDatabase):
        for table in ("booking", "part", "service", "resource"):
            database.execute_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"
            )
    database.execute_sql("ANALYZE")


def _ten_o_clock() -> int:
    """Today at ten, on the wall of the stores."""
    zone = Store.get_by_id(1).timezone
    return clock.stamp(clock.local(clock.now(), zone).replace(hour=10, minute=0, second=0, microsecond=0))


# --- booking, in a process of its own ----------------------------------------------------------------------------------


@contextmanager
def _booking(shop: Shop) -> Iterator[Callable[[float], tuple[float, float]]]:
    """`ask(seconds)`: POSTs per second, and the share that found their time taken."""
    here, there = _spawn.Pipe()
    process = _spawn.Process(target=_serve, args=(there, shop), daemon=True)
    process.start()
    there.close()

    def ask(seconds: float) -> tuple[float, float]:
        here.send(seconds)
        answer = here.recv()
        if isinstance(answer, str):
            raise RuntimeError(answer)
        rate, share = answer
        return float(rate), float(share)

    try:
        yield ask
    finally:
        here.send(None)
        process.join(10)


def _serve(end: Connection, shop: Shop) -> None:
    os.environ.clear()
    os.environ.update(shop.environment)
    from webapp.app import create_app

    app = create_app(shop.settings())
    while (seconds := end.recv()) is not None:
        try:
            end.send(_book_for(app, seconds, shop.size))
        except Exception as error:
            end.send(f"{shop.label}, booking: {type(error).__name__}: {error}")


def _book_for(app: Flask, seconds: float, members: int) -> tuple[float, float]:
    done = taken = 0
    edition, morning = Service.get_by_id(1).version, _ten_o_clock()
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        at = morning + random.randrange(2, 50) * DAY + random.randrange(56) * 900
        form = {"ticket": vault.token()[:32], "service": 1, "people": 1, "at": at, "edition": edition}
        status = inside._call(
            app.wsgi_app, "/bookings", f"huitou=bench-{random.randint(1, members)}", body=urlencode(form)
        )
        done, taken = done + 1, taken + (status == 422)
    return done / (time.perf_counter() - begun), taken / done
