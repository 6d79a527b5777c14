"""The event log and the tick. Rules call `record` for what happened and `tick` last, when the desk should look again."""

from contextvars import ContextVar
from typing import Any

from models import Event, Param, Prepared, Store, document, lastly

_INSERT = Prepared(
    lambda: Event.insert(
        {
            Event.at: Param("at"),
            Event.verb: Param("verb"),
            Event.store: Param("store"),
            Event.staff: Param("staff"),
            Event.member: Param("member"),
            Event.ref: Param("ref"),
            Event.data: Param("data"),
        }
    )
)
_TICK = Prepared(lambda: Store.update({Store.queue_version: Store.queue_version + 1}).where(Store.id == Param("store")))


# Who of the family acts for the member of this request: set at the door, written into every event.
helped_by: ContextVar[int | None] = ContextVar("helped_by", default=None)


def record(
    verb: str,
    at: int,
    *,
    store: int | None = None,
    staff: int | None = None,
    member: int | None = None,
    ref: str = "",
    **data: Any,
) -> None:
    """Write down that somebody did something. `data` holds no secrets and no phone numbers."""
    if helper := helped_by.get():
        data["helper"] = helper
    _INSERT.note(at=at, verb=verb, store=store, staff=staff, member=member, ref=ref, data=document(data))


def tick(store: int) -> None:
    """The desk of this store has something new to show. On PostgreSQL it locks the store's row, so it waits for the transaction's end."""
    lastly(f"tick {store:>12}", lambda: _TICK.note(store=store))
