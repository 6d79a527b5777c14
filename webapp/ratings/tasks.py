"""Work of this room that nobody waits for; the worker collects it."""

from webapp.clock import MINUTE
from webapp.config import Settings
from webapp.ratings import asks


def end_visits(at: int, settings: Settings) -> None:
    """Visits that are over become questions, and the inbox asks whom it may; every five minutes is often enough."""
    if at // MINUTE % 5 == 0:
        asks.collect(at)
        asks.invite(at)


def catch_up_on_visits(at: int, settings: Settings) -> None:
    """Those that nobody saw ending."""
    asks.catch_up(at)


EVERY_MINUTE = (end_visits,)
NIGHTLY = (catch_up_on_visits,)
