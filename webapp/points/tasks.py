"""Work of this room that nobody waits for; the worker collects it."""

import time

from webapp.config import Settings
from webapp.points import ledger

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


EVERY_MINUTE = (lapse_points,)
NIGHTLY = ()
