"""Opening the database that the settings name, with the pragmas and time-outs that were measured to be right.

SQLite: WAL and synchronous=FULL, because a redemption that a member was shown must survive a power cut (NORMAL forgets some).
PostgreSQL: every wait is bounded, so that a database that is gone costs an answer of three seconds and no more.
Connections are kept per thread; `reconnect()` throws away those that are broken, and only those.
"""

import itertools
import re
import select
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg2
import structlog
from peewee import (  # type: ignore[attr-defined]
    Database,
    InterfaceError,
    OperationalError,
    PostgresqlDatabase,
    SqliteDatabase,
    __exception_wrapper__,
)
from psycopg2 import errorcodes, extensions

import models
from webapp.config import Settings

log = structlog.get_logger()
GONE = (OperationalError, InterfaceError)
BEGIN = "BEGIN"
LONGEST_WAIT = 2.7  # seconds for one answer of PostgreSQL, when `bound_waits` is on
REST = 1.5  # after such a wait nobody waits again for so long: the others in the line hear at once

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "secure_delete": 1,  # what is deleted is overwritten, so that no page of the file, or of a copy, still says it
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
        database = Sqlite(str(settings.sqlite_path), pragmas=PRAGMAS, lock_type="IMMEDIATE", timeout=2.5)
        models.writers.at(str(settings.data / "writers.lock"))
    else:
        database = Postgres(**postgres_arguments(settings.database_url))
        models.writers.at(None)
    models.database.initialize(database)
    _Files.uploads = settings.data / "uploads"
    return database


class _Files:
    """Where what people send in lies: beside the database of these settings, whatever that is."""

    uploads = Path("data/uploads")


def uploads(room: str) -> Path:
    """The folder of this room's files; a backup takes all of them along."""
    return _Files.uploads / room


_WRITES = ("INSERT", "UPDATE", "DELETE")


class Sqlite(SqliteDatabase):
    """SQLite, asked with a quarter of peewee's calls."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        self._log_query(sql, params)  # type: ignore[attr-defined]
        if not self._state.transactions and sql.startswith(_WRITES):  # type: ignore[attr-defined]
            with models.writers.turn():  # a write of its own stands in line like a transaction
                return self._ask(sql, params)
        return self._ask(sql, params)

    def _ask(self, sql: str, params: Any) -> Any:
        connection = self._state.conn or self.connection()  # type: ignore[attr-defined, no-untyped-call]
        try:
            return connection.execute(sql, params or ())
        except Exception:
            with __exception_wrapper__:
                raise

    def begin(self, lock_type: Any = None) -> None:
        self._ask("BEGIN IMMEDIATE", None)

    def commit(self) -> None:
        self._ask("COMMIT", None)


class Postgres(PostgresqlDatabase):
    """PostgreSQL, where every question is a journey to another process, and which may have been started anew since the last one.

    What needs no answer (BEGIN, `note`) travels with the next question of its transaction, or with COMMIT. A dead connection is replaced
    once, without a word: only to begin, or to read outside a transaction, for a write may have been done although its answer was lost.
    A question that comes again and again (`kept`) is planned once for each connection: planning costs far more than answering.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bag = _Bag()

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        if self._bag.notes:
            return self._send(sql, params)
        try:
            return self._ask(sql, params)
        except GONE:
            reads = sql.text if isinstance(sql, _Kept) else sql
            if not reads.startswith("SELECT") or not self._died():
                raise
            return self._ask(sql, params)

    def note(self, sql: str, params: Any) -> None:
        """A write whose outcome nobody needs: it goes along with the next question."""
        if self.in_transaction():
            self._bag.notes.append((sql, params))
        else:
            self.execute_sql(sql, params)

    def kept(self, text: str) -> str:
        """The way to ask this question, of which each connection keeps the plan."""
        return _Kept(text, next(_number))

    def begin(self, isolation_level: Any = None) -> None:
        self.connect(reuse_if_open=True)
        self._bag.notes = [(BEGIN, None)]

    def commit(self) -> None:
        begun = not self._is_to_begin()
        if not begun and len(self._bag.notes) == 1:
            self._bag.notes = []  # nothing was asked
            return
        if not begun:
            self._send(*self._bag.notes.pop())  # for what was sent with COMMIT may not be sent again
        self._send("COMMIT")

    def rollback(self) -> None:
        begun = not self._is_to_begin()
        self._bag.notes = []
        if begun:
            super().rollback()

    def _is_to_begin(self) -> bool:
        return bool(self._bag.notes) and self._bag.notes[0][0] == BEGIN

    def _send(self, sql: str, params: Any = None) -> Any:
        """The bag and this question, in one journey."""
        begins = self._is_to_begin()
        texts, self._bag.notes = [*self._bag.notes, (sql, params)], []
        try:
            return _ask(self, self._together(texts))
        except GONE:
            if not begins or not self._replaced():
                raise
            return _ask(self, self._together(texts))

    def _together(self, texts: list[tuple[str, Any]]) -> bytes:
        for sql, _ in texts:
            if isinstance(sql, _Kept):
                self._know(sql)
        with __exception_wrapper__:
            mogrify = self.cursor().mogrify  # type: ignore[no-untyped-call]
            return b";".join([mogrify(sql, params or None) for sql, params in texts])

    def _ask(self, sql: str, params: Any) -> Any:
        if isinstance(sql, _Kept):
            self._know(sql)
        return _ask(self, sql, params)

    def _know(self, sql: "_Kept") -> None:
        """Have this connection plan a kept question, the first time."""
        bag = self._bag
        connection = self._state.conn or self.connection()  # type: ignore[attr-defined, no-untyped-call]
        if bag.connection is not connection:
            bag.connection, bag.known = connection, set()
        if sql.name not in bag.known:
            _ask(self, sql.plan)
            bag.known.add(sql.name)

    def _replaced(self) -> bool:
        """The same for a connection on which a transaction was to begin."""
        state: Any = self._state  # type: ignore[attr-defined]
        begun, state.transactions = state.transactions, []
        try:
            died = self._died()
            if died:
                self.connect()
            return died
        finally:
            state.transactions = begun

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


class _Bag(threading.local):
    """Of this thread: what is noted and not sent yet, and the names of the questions that its connection has planned."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, Any]] = []
        self.connection: Any = None
        self.known: set[str] = set()


class _Kept(str):
    """EXECUTE with named holes; `plan` is what has to be said to a connection before, `text` the question itself."""

    __slots__ = ("name", "plan", "text")
    name: str
    plan: str
    text: str

    def __new__(cls, text: str, number: int) -> "_Kept":
        name = f"kept_{number}"
        first, *rest = _HOLE.split(text)  # text, name, text, name, text
        holes = rest[::2]
        asked = f"EXECUTE {name}({', '.join(f'%({hole})s' for hole in holes)})" if holes else f"EXECUTE {name}"
        self = super().__new__(cls, asked)
        self.name, self.text = name, text
        numbered = "".join([first, *(f"${n}{piece}" for n, piece in enumerate(rest[1::2], start=1))])
        self.plan = f"PREPARE {name} AS {numbered.replace('%%', '%')}"
        return self


_HOLE = re.compile(r"%\((\w+)\)s")
_number = itertools.count(1)


def _ask(database: Any, sql: str | bytes, params: Any = None) -> Any:
    database._log_query(sql, params)
    try:
        cursor = (database._state.conn or database.connection()).cursor()
        # An empty tuple would make psycopg2 read a % in the text as a hole.
        cursor.execute(sql, params) if params else cursor.execute(sql)
    except Exception:
        with __exception_wrapper__:
            raise
    return cursor


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
    chain = [error]
    # SQLite takes back the transaction by itself then, and the rollback that follows complains of another thing.
    while (before := chain[-1].__context__) is not None and len(chain) < 20:
        chain.append(before)
    words = "; ".join(map(str, chain))
    if "disk I/O error" in words and isinstance(database, SqliteDatabase):
        # What it says when it is the small file beside the log that has no room.
        return shutil.disk_usage(Path(database.database).parent).free < 64 * 1024
    # PostgreSQL has many sentences for it, one code, and one case without a code: see `reconnect`.
    return any(getattr(one, "pgcode", None) == errorcodes.DISK_FULL for one in chain) or any(
        said in words for said in ("disk is full", "No space left on device", "could not write init file")
    )


@contextmanager
def in_passing() -> Iterator[None]:
    """For what is written on the way to a page that can do without: when it cannot be written, the page opens all the same.

    It is done the next time somebody looks. A database that cannot be read either says so at the next question. Part of a
    transaction that has begun before is nothing in passing: it fails with it.
    """
    part = models.database.obj.in_transaction()
    try:
        yield
    except (*GONE, TimeoutError) as error:
        if part:
            raise
        log.warning("not written in passing", error=type(error).__name__, detail=str(error)[:200])
        reconnect()


def reconnect() -> None:
    """Forget this thread's connection if it is broken: the next query opens a new one.

    One that is well is kept, for it may be the last. No new one to SQLite can be opened on a full disk; and to PostgreSQL none to a
    database whose list of its own tables has just changed (a vacuum is enough): each newcomer wants to write it down first.
    """
    database = models.database.obj
    if isinstance(database, SqliteDatabase) or database.is_closed() or _is_well(database):
        return
    try:
        database.close()
    except GONE:
        database._state.reset()


def _is_well(database: Database) -> bool:
    """Has this connection taken back what failed, and is it ready for the next question? libpq knows without asking."""
    idle: bool = database.connection().get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    return idle and not database.in_transaction()
