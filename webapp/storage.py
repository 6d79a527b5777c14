"""Opening the database that the settings name, with the pragmas and time-outs that were measured to be right.

SQLite: WAL and synchronous=FULL, because a redemption that a member was shown must survive a power cut (NORMAL forgets some).
PostgreSQL: every wait is bounded, so that a database that is gone costs an answer of three seconds and no more.
Connections are kept per thread; `reconnect()` throws a broken one away.
"""

import select
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg2
from peewee import Database, InterfaceError, OperationalError, PostgresqlDatabase, SqliteDatabase
from psycopg2 import extensions

import models
from webapp.config import Settings

GONE = (OperationalError, InterfaceError)
LONGEST_WAIT = 2.7  # seconds for one answer of PostgreSQL, when `bound_waits` is on
REST = 1.5  # after such a wait nobody waits again for so long: the others in the line hear at once

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 2500,
    "cache_size": -16000,
    "mmap_size": 1 << 30,
    "temp_store": "memory",
    "wal_autocheckpoint": 1000,
}


def open_database(settings: Settings) -> Database:
    """Point `models.database` at the database of these settings; connects at first use."""
    database: Database
    if settings.is_sqlite:
        database = SqliteDatabase(str(settings.sqlite_path), pragmas=PRAGMAS, lock_type="IMMEDIATE", timeout=2.5)
        models.writers.at(str(settings.data / "writers.lock"))
    else:
        database = Postgres(**postgres_arguments(settings.database_url))
        models.writers.at(None)
    models.database.initialize(database)
    return database


class Postgres(PostgresqlDatabase):
    """PostgreSQL, which may have been started anew since this thread last asked: a dead connection is replaced once, without a word.

    Only to begin, or to read outside a transaction: a write may have been done although its answer was lost.
    """

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]
        except GONE:
            if not sql.startswith("SELECT") or not self._died():
                raise
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]

    def begin(self, isolation_level: Any = None) -> None:
        try:
            super().begin(isolation_level)
        except GONE:
            if not self._died():
                raise
            super().begin(isolation_level)

    def _connect(self) -> Any:
        if time.monotonic() < _rest.until:
            raise OperationalError("the database did not answer a moment ago")
        return super()._connect()  # type: ignore[misc]

    def _died(self) -> bool:
        """Was it the connection, and is there nothing on it that would be lost?"""
        if self.in_transaction() or self.is_closed() or self.is_connection_usable() or time.monotonic() < _rest.until:
            return False
        self.close()
        return True


class _Rest:
    """Until when this process does not ask a database that let somebody wait in vain."""

    until = 0.0


_rest = _Rest()


def bound_waits() -> None:
    """For processes that answer people: no wait for PostgreSQL is longer than LONGEST_WAIT, also when its machine hangs.

    Its own time-outs need it to be alive. Called by the web and the live server only: migrations and proofs may take longer.
    """
    extensions.set_wait_callback(_wait)


def _wait(connection: Any) -> None:
    until = time.monotonic() + LONGEST_WAIT
    wanted = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}
    while (state := connection.poll()) != extensions.POLL_OK:
        ready = select.poll()
        ready.register(connection.fileno(), wanted[state])
        if not ready.poll(max(0, until - time.monotonic()) * 1000):
            _rest.until = time.monotonic() + REST
            raise psycopg2.OperationalError("the database does not answer")


def postgres_arguments(url: str) -> dict[str, Any]:
    """A postgresql:// address as psycopg2 wants it; `?host=/folder` names a Unix socket."""
    parts = urlsplit(url)
    arguments: dict[str, Any] = {
        "database": unquote(parts.path.lstrip("/")),
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        **dict(parse_qsl(parts.query)),
        "connect_timeout": 2,
        "tcp_user_timeout": 3000,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "options": "-c statement_timeout=2500 -c lock_timeout=2200 -c timezone=UTC",
    }
    return {name: value for name, value in arguments.items() if value is not None}


def is_full(error: BaseException) -> bool:
    """Is there no room left on the disk of the database? Then reading goes on, and so does writing as soon as there is room."""
    database = models.database.obj
    words = str(error)
    # SQLite takes back the transaction by itself then, and the rollback that follows complains of another thing.
    while error.__context__ is not None and len(words) < 4000:
        error = error.__context__
        words += f"; {error}"
    if "disk I/O error" in words and isinstance(database, SqliteDatabase):
        # What it says when it is the small file beside the log that has no room.
        return shutil.disk_usage(Path(database.database).parent).free < 64 * 1024
    return "disk is full" in words or "No space left on device" in words


def reconnect() -> None:
    """Forget this thread's connection: the next query opens a new one.

    One to SQLite does not break, and on a full disk no new one could be opened: it is kept.
    """
    database = models.database.obj
    if isinstance(database, SqliteDatabase) or database.is_closed():
        return
    try:
        database.close()
    except GONE:
        database._state.reset()
