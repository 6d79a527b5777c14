"""Work of this room that nobody waits for; the worker collects it."""

import time

from webapp.config import Settings
from webapp.points import ledger, levels

ENOUGH = 40  # seconds of one turn; the next minute goes on
BATCH = 500


def lapse_points(at: int, settings: Settings) -> None:
    """Write off lots whose time has passed, member by member. Done by hand, by two workers, or never: the balance is right all the same."""
    until = time.monotonic() + ENOUGH
    while members := ledger.due_to_lapse(at, BATCH):
        for member in members:
            ledger.lapse(member, at)
            if time.monotonic() > until:
                return


def look_at_levels(at: int, settings: Settings) -> None:
    """Whose level would go is told long before; on the published day it stays or goes. Killed half-way, the next night goes on."""
    last = levels.begin(at, BATCH)
    while last:
        last = levels.begin(at, BATCH, last)
    after: tuple[int, int] | None = (0, 0)
    while after:
        after = levels.warn(at, BATCH, after)
    while levels.review(at, BATCH):
        pass


EVERY_MINUTE = (lapse_points,)
NIGHTLY = (look_at_levels,)
