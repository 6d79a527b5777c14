"""Laundry orders: one store that has taken in a thousand, beside one with a hundred times as many. The same number is at work in both.

Made in a copy of a shop. Asked in-process: the desk's board, one order on the tablet, and a member's own list, each a whole page.
"""

import random
import string
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask
from peewee import Database, PostgresqlDatabase

from bench import inside
from bench.options import Options
from bench.shops import Shop, copy, short
from bench.table import Line, Table
from webapp import clock

FEW, MANY = 1_000, 100_000  # `--full`: ten times as many of the second
BATCHES = 6  # a board of two hundred orders is a large page
OWNERS = 200  # members whose orders are the same in both shops
SQL = Path(__file__).with_name("orders.sql")
PAGES = {
    "orders board": "the desk's board of orders",
    "one order": "one order on the tablet",
    "own orders": "a member's own orders",
}


def flat(table: Table, small: Shop, large: Shop, options: Options) -> None:
    """Goal 3: whoever has taken in a hundred times as many waits no longer for a page."""
    many = MANY * (10 if options.sizes[-1] >= 1_000_000 else 1)
    with ExitStack() as stack:
        filled = [stack.enter_context(_filled(shop, orders)) for shop, orders in ((small, FEW), (large, many))]
        ends = stack.enter_context(inside.apps(*filled))
        figures = inside.side_by_side(options.rounds, BATCHES, *((end, name) for end in ends for name in PAGES))
    here, there = figures[: len(PAGES)], figures[len(PAGES) :]
    for what, few, ours in zip(PAGES.values(), here, there, strict=True):
        said = f"{what}, {large.engine}, {short(many)} orders"
        table.add(Line("3", said, "µs CPU", ours, f"at {short(FEW)}", few, True))


def variants(real: Flask) -> dict[str, Callable[[], object]]:
    """For `inside`: pages of the first store and of its members."""
    desk = "huitou_desk=desk-1"
    return {
        "orders board": lambda: inside._call(real.wsgi_app, "/desk/orders", desk),
        "one order": lambda: inside._call(real.wsgi_app, f"/desk/orders/BENCH{random.randint(81, 240)}", desk),
        "own orders": lambda: inside._call(real.wsgi_app, "/orders", f"huitou=bench-{random.randint(1, OWNERS)}"),
    }


# --- the data ----------------------------------------------------------------------------------------------------------


@contextmanager
def _filled(shop: Shop, orders: int) -> Iterator[Shop]:
    with copy(shop) as own:
        with own.opened() as database:
            _fill(database, orders, min(shop.size, 1000))
        yield own


def _fill(database: Database, orders: int, members: int) -> None:
    """On PostgreSQL the shop is not a copy: whatever an earlier measure left there goes first."""
    if isinstance(database, PostgresqlDatabase):
        database.execute_sql("SET statement_timeout = 0")
    for table in ("step", "garment", "laundry_order"):
        database.execute_sql(f"DELETE FROM {table}")
    text = string.Template(SQL.read_text("utf-8")).substitute(at=clock.now(), orders=orders, members=members)
    with database.atomic():
        database.execute_sql("DROP TABLE IF EXISTS bulk")
        for statement in text.split(";\n"):
            if statement.strip():
                database.execute_sql(statement)
    database.execute_sql("ANALYZE")
