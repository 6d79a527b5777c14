"""Questions about everybody at once may take longer than others: on PostgreSQL each statement has its time."""

from collections.abc import Iterator
from contextlib import contextmanager

from peewee import PostgresqlDatabase

import models


@contextmanager
def patience(seconds: int = 20) -> Iterator[None]:
    """For reading only. Inside somebody's transaction nothing is changed: it has its own time."""
    database = models.database.obj
    if not isinstance(database, PostgresqlDatabase) or database.in_transaction():
        yield
        return
    with database.atomic():
        database.execute_sql(f"SET LOCAL statement_timeout = '{int(seconds)}s'")
        yield
