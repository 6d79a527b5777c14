"""Raw durable commits: three writes each, one connection, no Python in between that could be left out. What redeeming is held against."""

import itertools
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from bench.shops import Shop
from webapp import storage

TABLES = (
    "CREATE TABLE purse (id INTEGER PRIMARY KEY, points INTEGER NOT NULL CHECK (points >= 0))",
    "CREATE TABLE line (id INTEGER PRIMARY KEY, purse INTEGER NOT NULL, points INTEGER NOT NULL, key VARCHAR(60) NOT NULL UNIQUE)",
    "CREATE TABLE piece (id INTEGER PRIMARY KEY, purse INTEGER NOT NULL, code VARCHAR(16) NOT NULL UNIQUE, state VARCHAR(10) NOT NULL)",
)
PURSES = 100_000
_number = itertools.count(1)


class Raw:
    """`rate(seconds)`: commits per second. The same file system, pragmas and server as the shop's."""

    def __init__(self, execute: Callable[[str, tuple[Any, ...]], Any], hole: str, begin: str) -> None:
        self._execute = execute
        self._begin = begin
        self._writes = [
            text.replace("?", hole)
            for text in (
                "UPDATE purse SET points = points - 1 WHERE id = ? AND points >= 1",
                "INSERT INTO line (id, purse, points, key) VALUES (?, ?, -1, ?)",
                "INSERT INTO piece (id, purse, code, state) VALUES (?, ?, ?, 'held')",
            )
        ]

    def rate(self, seconds: float) -> float:
        done, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            self._commit(next(_number), random.randrange(PURSES))
            done += 1
        return done / (time.perf_counter() - begun)

    def _commit(self, n: int, purse: int) -> None:
        self._execute(self._begin, ())
        for text, values in zip(self._writes, ((purse,), (n, purse, f"hold:{n}"), (n, purse, f"code{n}")), strict=True):
            self._execute(text, values)
        self._execute("COMMIT", ())


@contextmanager
def raw(shop: Shop) -> Iterator[Raw]:
    """Tables of their own beside the shop's."""
    with _postgres(shop) if shop.url else _sqlite(shop.folder / "raw.db") as made:
        yield made


@contextmanager
def _sqlite(path: Path) -> Iterator[Raw]:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, value in storage.PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        for text in TABLES:
            connection.execute(text)
        with connection:
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO purse VALUES (?, 1000000)", ((n,) for n in range(PURSES)))
        yield Raw(connection.execute, "?", "BEGIN IMMEDIATE")


@contextmanager
def _postgres(shop: Shop) -> Iterator[Raw]:
    with closing(psycopg2.connect(shop.url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("DROP SCHEMA IF EXISTS raw CASCADE; CREATE SCHEMA raw; SET search_path = raw")
        for text in TABLES:
            cursor.execute(text)
        cursor.execute("INSERT INTO purse SELECT n, 1000000 FROM generate_series(0, %s) AS n", (PURSES - 1,))
        yield Raw(cursor.execute, "%s", "BEGIN")
