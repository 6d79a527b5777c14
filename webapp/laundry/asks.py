"""What of a member's clothes wants something from them now: a yes before cleaning, to be fetched, a word on how it went. For home's one card."""

from collections.abc import Callable
from typing import NamedTuple

from peewee import fn

from models import Garment, Order, Param, Prepared
from webapp.clock import DAY

# Who hears of a claim once it is written down: the room of cases (`webapp/app.py` joins it). Called by the door, after the transaction.
claimed: Callable[[str, int], None] | None = None

LOOKED_AT = 30  # the newest orders
WELL_FOR = 14 * DAY  # nobody is asked for longer how it was

_OPEN = Prepared(
    lambda: (
        Order.select(
            *(Order.code, Order.state, Order.promised_at, Order.ready_at, Order.asked_well_at, Order.well),
            Garment.select(fn.COUNT(Garment.id)).where(Garment.order == Order.id, Garment.handed_at.is_null()),
        )
        .where(Order.member == Param("member"), Order.state.in_(("awaiting", "ready", "collected")))
        .order_by(Order.made_at.desc(), Order.id.desc())
        .limit(LOOKED_AT)
    )
)


class Ask(NamedTuple):
    """One order that waits for its member: so many pieces, since then."""

    code: str
    pieces: int
    at: int


def of(member: int, at: int) -> dict[str, Ask]:
    """By what is wanted (agree, ready, well) the newest order that wants it. One prepared read."""
    found: dict[str, Ask] = {}
    for code, state, promised_at, ready_at, asked_at, well, pieces in _OPEN.rows(member=member):
        if state == "awaiting":
            found.setdefault("agree", Ask(code, pieces, promised_at or at))
        elif state == "ready":
            found.setdefault("ready", Ask(code, pieces, ready_at))
        elif asked_at and well is None and asked_at > at - WELL_FOR:
            found.setdefault("well", Ask(code, pieces, asked_at))
    return found
