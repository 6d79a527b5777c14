"""What is written down of the year: rows by table, put in all at once when it is over."""

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any

from peewee import PostgresqlDatabase, chunked

import models
from models import (
    Address,
    Ask,
    Booking,
    Consent,
    Event,
    Garment,
    JsonField,
    LedgerLine,
    Lot,
    LotUse,
    Member,
    Message,
    Order,
    Part,
    PlacementDay,
    Purchase,
    Rating,
    Redemption,
    Refund,
    Score,
    Seat,
    Step,
    Visit,
    Wear,
    Work,
    document,
)
from webapp.clock import DAY, HOUR

# In the order in which they may be put in.
TABLES: tuple[Any, ...] = (
    Member,
    Consent,
    PlacementDay,
    Visit,
    Purchase,
    Refund,
    LedgerLine,
    Lot,
    LotUse,
    Redemption,
    Address,
    Booking,
    Part,
    Seat,
    Wear,
    Order,
    Garment,
    Step,
    Ask,
    Rating,
    Score,
    Work,
    Event,
    Message,
)
BY_TIME = (Visit, Event, Message)  # the others are written as they come
NUMBERED = (
    Member,
    Purchase,
    LedgerLine,
    Lot,
    Address,
    Booking,
    Part,
    Wear,
    Order,
    Garment,
    Ask,
    Rating,
)  # their rows come with numbers, which others name


class Paper:
    """Every row of the year. `at` is the moment of the loading."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in TABLES}

    def add(self, model: Any, **row: Any) -> dict[str, Any]:
        """A row; one of a NUMBERED table gets its number."""
        rows = self.rows[model]
        if model in NUMBERED:
            row["id"] = len(rows) + 1
        rows.append(row)
        return row

    def event(
        self,
        at: int,
        verb: str,
        member: int | None,
        store: int | None,
        staff: int | None = None,
        ref: str = "",
        **data: Any,
    ) -> None:
        self.add(Event, at=at, verb=verb, store=store, staff=staff, member=member, ref=ref, data=data)

    def tell(self, member: int, at: int, text: str, key: str, url: str, **params: Any) -> None:
        """A message to a member, of the last three months; the newest of some are unread."""
        if at > self.at - 90 * DAY:
            read = at + 2 * HOUR if at < self.at - 3 * DAY or member % 3 else None
            self.add(
                Message,
                member=member,
                kind="service",
                text=text,
                params=params,
                url=url,
                key=key,
                at=at,
                read_at=read,
            )

    def write(self) -> None:
        for model, rows in self.rows.items():
            _insert(model, sorted(rows, key=_at) if model in BY_TIME else rows)


def patience() -> None:
    """A few seconds of one statement are no sign of trouble here."""
    if isinstance(models.database.obj, PostgresqlDatabase):
        models.database.obj.execute_sql("SET LOCAL statement_timeout = '2min'")


def sequences() -> None:
    """Rows came with their numbers; PostgreSQL has to be told where to go on."""
    database = models.database.obj
    if isinstance(database, PostgresqlDatabase):
        for model in NUMBERED:
            name = model._meta.table_name
            database.execute_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT MAX(id) FROM {name}))")  # noqa: S608


# --- how it is done ----------------------------------------------------------------------------------------------------


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    """Many rows at once, past peewee's own building, which would take minutes."""
    if not rows:
        return
    database = models.database.obj
    fields = [model._meta.fields[name] for name in rows[0]]
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    defaults = {
        field.column_name: field.db_value(field.default() if callable(field.default) else field.default)
        for field in model._meta.sorted_fields
        if field.default is not None and field.name not in rows[0]
    }
    columns += "".join(f', "{name}"' for name in defaults)
    plain = itemgetter(*(field.name for field in fields))
    documents = [place for place, field in enumerate(fields) if isinstance(field, JsonField)]
    stored = partial(_stored, plain, documents) if documents else plain
    hole = "(" + ", ".join([database.param] * (len(fields) + len(defaults))) + ")"
    for batch in chunked(rows, 400):
        values = [value for row in batch for value in (*stored(row), *defaults.values())]
        text = f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES {", ".join([hole] * len(batch))}'  # noqa: S608 - our own names
        database.execute_sql(text, values)


def _stored(plain: Callable[[dict[str, Any]], tuple[Any, ...]], documents: list[int], row: dict[str, Any]) -> list[Any]:
    """The values of a row as the table keeps them; at these places are documents."""
    values = list(plain(row))
    for place in documents:
        if isinstance(values[place], dict | list):
            values[place] = document(values[place])
    return values


def _at(row: dict[str, Any]) -> int:
    return int(row["at"])
