"""What many tests begin with is made once and then copied: rows as they are stored, and the object that knows them.

A world takes a hundred inserts, each built anew; its copy takes one per table.
"""

import copy
from collections.abc import Callable
from typing import Any, TypeVar

from peewee import PostgresqlDatabase

from models import MODELS, database, transaction
from webapp import vault

T = TypeVar("T")
_made: dict[Any, tuple[Any, list[tuple[str, Any]]]] = {}


def of(build: Callable[[int], T], at: int) -> T:
    """`build(at)` on a database without rows: run the first time, copied after that. Each test gets an object of its own."""
    engine = type(database.obj)
    key = build, at, engine, vault.keyed("whose", "copies")
    if key not in _made:
        with transaction():
            thing = build(at)
        _made[key] = copy.deepcopy(thing), _together(list(_rows()))
        return thing
    thing, rows = _made[key]
    with transaction():
        for sql, values in rows:
            database.obj.execute_sql(sql, values)
    return copy.deepcopy(thing)


def _together(rows: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """As few journeys to the database as it takes: one, to PostgreSQL."""
    if not isinstance(database.obj, PostgresqlDatabase):
        return rows
    mogrify = database.obj.cursor().mogrify
    return [(b";".join(mogrify(sql, values or None) for sql, values in rows).decode(), None)]


def _rows() -> Any:
    """Every row there is, as one statement for each table; on PostgreSQL the next id is one more than the last."""
    for model in MODELS:
        found = list(model.select().dicts())
        if found:
            yield model.insert_many(found).sql()
            if isinstance(database.obj, PostgresqlDatabase) and "id" in model._meta.fields:
                table = model._meta.table_name
                yield (
                    f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), {max(row['id'] for row in found)})",
                    (),
                )
