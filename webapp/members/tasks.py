"""Work of this room that nobody waits for; the worker collects it."""

from webapp.config import Settings
from webapp.members import merging


def sweep_merged(at: int, settings: Settings) -> None:
    """What came to a merged card afterwards belongs to the card it became part of."""
    merging.sweep(at)


EVERY_MINUTE = ()
NIGHTLY = (sweep_merged,)
