"""Work of this room that nobody waits for; the worker collects it."""

from webapp.config import Settings
from webapp.imports import intakes

SECONDS = 45  # of each minute


def bring_in(at: int, settings: Settings) -> None:
    """Go on with files that are being read, put in or taken out."""
    intakes.sweep(at, SECONDS)


def forget_files(at: int, settings: Settings) -> None:
    """What nobody went on with for a week."""
    intakes.tidy(at)


EVERY_MINUTE = (bring_in,)
NIGHTLY = (forget_files,)
