"""Work of this room that nobody waits for; the worker collects it."""

import time

from webapp.config import Settings
from webapp.rewards import gifts, redemptions

ENOUGH = 40  # seconds of one turn; the next minute goes on
BATCH = 200


def lapse_holds(at: int, settings: Settings) -> None:
    """Give back what was held and not collected in time."""
    until = time.monotonic() + ENOUGH
    while redemptions.lapse_overdue(at, limit=BATCH) and time.monotonic() < until:
        pass


def lapse_gifts(at: int, settings: Settings) -> None:
    """What was kept for somebody and not fetched goes back to the shelf."""
    until = time.monotonic() + ENOUGH
    while gifts.lapse(at, limit=BATCH) and time.monotonic() < until:
        pass


EVERY_MINUTE = (lapse_holds, lapse_gifts)
NIGHTLY = ()
