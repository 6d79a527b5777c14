"""Work of this room that nobody waits for; the worker collects it."""

from webapp.config import Settings
from webapp.members import clothes, merging


def sweep_merged(at: int, settings: Settings) -> None:
    """What came to a merged card afterwards belongs to the card it became part of."""
    merging.sweep(at)


def sweep_clothes(at: int, settings: Settings) -> None:
    """Pictures of what has been given back to somebody who was forgotten meanwhile."""
    clothes.sweep(at)


EVERY_MINUTE = ()
NIGHTLY = (sweep_merged, sweep_clothes)
