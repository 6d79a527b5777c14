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


def apply(database: Database, migration: str) -> None:
    """Run the SQL that lies beside a migration's file (`__file__`), for this database."""
    kind = "postgres" if isinstance(database, PostgresqlDatabase) else "sqlite"
    script = Path(migration).with_suffix(f".{kind}.sql").read_text()
    for statement in filter(str.strip, script.split(";\n")):
        database.execute_sql(statement)


def schema_sql(kind: str) -> str:
    """The tables of today's models that no earlier migration made, as SQL: what a new one is frozen from. kind: 'sqlite' or 'postgres'."""
    database = SqliteDatabase(None) if kind == "sqlite" else PostgresqlDatabase(None)
    made = "".join(path.read_text() for path in FOLDER.glob(f"*.{kind}.sql"))
    statements = []
    with database.bind_ctx(models.MODELS, bind_refs=False, bind_backrefs=False):
        for model in models.MODELS:
            table: Any = model
            schema = table._schema
            if f'CREATE TABLE "{table._meta.table_name}"' in made:
                continue
            for context in [schema._create_table(safe=False), *schema._create_indexes(safe=False)]:
                text, values = context.query()
                assert not values, text
                statements.append(text + ";")
    return "\n".join(statements) + "\n"
