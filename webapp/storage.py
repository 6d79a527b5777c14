"""Opening the database that the settings name, with the pragmas and time-outs that were measured to be right.

SQLite: WAL and synchronous=FULL, because a redemption that a member was shown must survive a power cut (NORMAL forgets some).
PostgreSQL: every wait is bounded, so that a database that is gone costs an answer of three seconds and no more.
Connections are kept per thread; `reconnect()` throws a broken one away.
"""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from peewee import Database, InterfaceError, OperationalError, PostgresqlDatabase, SqliteDatabase

import models
from webapp.config import Settings

GONE = (OperationalError, InterfaceError)

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
        database = PostgresqlDatabase(**postgres_arguments(settings.database_url))
        models.writers.at(None)
    models.database.initialize(database)
    return database


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
        "options": "-c statement_timeout=3000 -c lock_timeout=2500 -c timezone=UTC",
    }
    return {name: value for name, value in arguments.items() if value is not None}


def reconnect() -> None:
    """Forget this thread's connection: the next query opens a new one."""
    database = models.database.obj
    if not database.is_closed():
        try:
            database.close()
        except GONE:
            database._state.reset()
