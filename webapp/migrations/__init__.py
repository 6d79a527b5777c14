"""Schema changes, numbered and forward only. Each lies in `NNNN_what.py`; the first release is plain SQL per database beside it.

`run()` is called at every start and by `flask migrate`; two servers that start together do it once (one waits for the other).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peewee import Database, PostgresqlDatabase, SqliteDatabase
from playhouse.migrations import Runner

import models

FOLDER = Path(__file__).parent
_LOCK = 4_845_495  # any number that no other program uses on this PostgreSQL


def run(database: Database) -> list[str]:
    """Bring the database up to date; returns the names of what was applied."""
    with _alone(database):
        applied: list[str] = Runner(database, str(FOLDER)).up()
        return applied


def pending(database: Database) -> list[str]:
    return [row.name for row in Runner(database, str(FOLDER)).status() if row.applied is None]


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    if isinstance(database, PostgresqlDatabase):
        # A request may wait for three seconds; changing a large table, or waiting for another server that does, may take longer.
        database.execute_sql("SET statement_timeout = 0")
        database.execute_sql("SET lock_timeout = '10min'")
        database.execute_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))
            database.execute_sql("RESET statement_timeout")
            database.execute_sql("RESET lock_timeout")
    else:
        with models.writers.turn():
            yield


def schema_sql(kind: str) -> str:
    """The schema of today's models as SQL: what a first migration is frozen from. kind: 'sqlite' or 'postgres'."""
    database = SqliteDatabase(None) if kind == "sqlite" else PostgresqlDatabase(None)
    statements = []
    with database.bind_ctx(models.MODELS, bind_refs=False, bind_backrefs=False):
        for model in models.MODELS:
            schema: Any = model._schema  # type: ignore[attr-defined]
            for context in [schema._create_table(safe=False), *schema._create_indexes(safe=False)]:
                text, values = context.query()
                assert not values, text
                statements.append(text + ";")
    return "\n".join(statements) + "\n"
