"""Cases: a store with a hundred times as many behind it, the clock of a promise, and a sweep of a store where everything ran out at once.

Made in a copy of a shop. Pages are asked in-process; promises and the sweep are the rules themselves.
"""

import random
import string
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask
from peewee import Database, PostgresqlDatabase

from bench import inside
from bench.options import Options
from bench.shops import Shop, copy, short
from bench.table import Line, Table
from models import CaseStep, Store
from webapp import clock, policy
from webapp.clock import DAY
from webapp.complaints import deadlines, ladder

FEW, MANY, OPEN = 1_000, 100_000, 1_000  # `--full`: ten times as many of the second
BATCHES = 8
SQL = Path(__file__).with_name("cases.sql")
PAGES = {"cases list": "the desk's list of cases", "one case": "one case on the tablet"}


def flat(table: Table, small: Shop, large: Shop, options: Options) -> None:
    """Goal 3: the list of what is open costs the same, whatever is behind it."""
    many = MANY * (10 if options.sizes[-1] >= 1_000_000 else 1)
    with ExitStack() as stack:
        filled = [stack.enter_context(_filled(shop, n, OPEN)) for shop, n in ((small, FEW), (large, many))]
        ends = stack.enter_context(inside.apps(*filled))
        figures = inside.side_by_side(options.rounds, BATCHES, *((end, name) for end in ends for name in PAGES))
    here, there = figures[: len(PAGES)], figures[len(PAGES) :]
    for what, few, ours in zip(PAGES.values(), here, there, strict=True):
        said = f"{what}, {large.engine}, {short(many)} cases, {short(OPEN)} open"
        table.add(Line("3", said, "µs CPU", ours, f"at {short(FEW)}", few, True))


def promises(table: Table, shop: Shop, options: Options) -> None:
    """How many ladders of four dates a second, each told at another minute of the year."""
    with copy(shop) as own, own.opened():
        store = Store.get_by_id(1)
        known, rules, now = deadlines.calendar(store, clock.now()), policy.of(store), clock.now()
        rates = [_rate(lambda: deadlines.ladder(known, "complaint", now + random.randrange(40 * DAY), rules), options.seconds / 2) for _ in range(options.rounds)]  # fmt: skip
    table.add(Line("", "ladders of four promises", "per s", rates, note=f"asked for: {short(20_000)} deadlines per s"))


def sweep(table: Table, small: Shop, large: Shop, options: Options) -> None:
    """What it costs to hand up one missed promise where a hundred times as many have run out."""
    costs: list[list[float]] = [[], []]
    with ExitStack() as stack:
        pair = [stack.enter_context(_filled(shop, n, n, unanswered=1)) for shop, n in ((small, FEW), (large, MANY))]
        for _ in range(options.rounds):
            for own, cost in zip(pair, costs, strict=True):
                with own.opened():
                    cost.append(_swept(options.seconds / 2))
    what = f"a missed promise handled, {large.engine}, {short(MANY)} open"
    table.add(Line("3", what, "µs", costs[1], f"at {short(FEW)}", costs[0], True))


def variants(real: Flask) -> dict[str, Callable[[], object]]:
    """For `inside`: pages of the first store's tablet."""
    desk = "huitou_desk=desk-1"
    return {
        "cases list": lambda: inside._call(real.wsgi_app, "/desk/cases", desk),
        "one case": lambda: inside._call(real.wsgi_app, f"/desk/cases/BENCH{random.randint(1, OPEN)}", desk),
    }


# --- how it is done ----------------------------------------------------------------------------------------------------


def _rate(act: Callable[[], object], seconds: float) -> float:
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        for _ in range(100):
            act()
        done += 100
    return done / (time.perf_counter() - begun)


def _swept(seconds: float) -> float:
    """Microseconds of one, in a sweep of so many seconds."""
    at = clock.now()
    begun = time.perf_counter()
    done = ladder.sweep(at, seconds=seconds)
    if not done:
        left = CaseStep.select().where(CaseStep.due_at <= at, CaseStep.missed_at.is_null(), CaseStep.done_at.is_null())
        raise RuntimeError(f"nothing was swept, {left.count()} are left")
    return (time.perf_counter() - begun) / done * 1e6


@contextmanager
def _filled(shop: Shop, cases: int, opened: int, *, unanswered: int = 10) -> Iterator[Shop]:
    with copy(shop) as own:
        with own.opened() as database:
            _fill(database, cases, opened, unanswered, min(shop.size, 1000))
        yield own


def _fill(database: Database, cases: int, opened: int, unanswered: int, members: int) -> None:
    """On PostgreSQL the shop is not a copy: whatever an earlier measure left there goes first."""
    if isinstance(database, PostgresqlDatabase):
        database.execute_sql("SET statement_timeout = 0")
        database.execute_sql("TRUNCATE case_entry, case_step, customer_case, coupon, work CASCADE")
    text = string.Template(SQL.read_text("utf-8")).substitute(
        at=clock.now(), cases=cases, open=opened, unanswered=unanswered, members=members
    )
    with database.atomic():
        for table in ("bulk", "cared"):
            database.execute_sql(f"DROP TABLE IF EXISTS {table}")
        for statement in text.split(";\n"):
            if statement.strip():
                database.execute_sql(statement)
    database.execute_sql("ANALYZE")
