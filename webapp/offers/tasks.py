"""Work of this room that nobody waits for; the worker collects it."""

import time

from webapp.config import Settings
from webapp.offers import handouts, holding

ENOUGH = 40  # seconds of one turn; the next minute goes on


def free_coupons(at: int, settings: Settings) -> None:
    """What was shown to the counter and not taken in time is free again."""
    holding.lapse_overdue(at)


def hand_out(at: int, settings: Settings) -> None:
    """Coupons for a segment, a batch at a time."""
    until = time.monotonic() + ENOUGH
    while handouts.go_on(at) and time.monotonic() < until:
        pass


EVERY_MINUTE = (free_coupons, hand_out)
NIGHTLY = ()
