"""Work of this room that nobody waits for; the worker collects it."""

from models import Brand
from webapp.clock import MINUTE
from webapp.complaints import causes, claims, closing, conflicts, handing, improvements, ladder, starters
from webapp.config import Settings


def take_up_cases(at: int, settings: Settings) -> None:
    """What the shop broke and what came back damaged become cases; whose booking found its way is over."""
    conflicts.settle(at)
    conflicts.collect(at)
    claims.collect(at)


def keep_promises(at: int, settings: Settings) -> None:
    """Warn, hand up what was missed, and go on with what has waited until today."""
    handing.wake(at)
    ladder.sweep(at)


def close_quiet_cases(at: int, settings: Settings) -> None:
    """The notice is over and nobody said anything."""
    closing.lapse(at)


def mind_cases(at: int, settings: Settings) -> None:
    """No case without a name, and a look whether the changes helped; every five minutes is often enough."""
    if at // MINUTE % 5 == 0:
        handing.adopt(at)
        improvements.remind(at)


def fill_replies(at: int, settings: Settings) -> None:
    """A brand without causes or reply starters has those that came with the program."""
    if at // MINUTE % 5 == 0:
        for brand in Brand.select():
            causes.fill(brand)
            starters.fill(brand)


EVERY_MINUTE = (take_up_cases, keep_promises, close_quiet_cases, mind_cases, fill_replies)
NIGHTLY = ()
