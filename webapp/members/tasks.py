"""Work of this room that nobody waits for; the worker collects it."""

from models import Brand
from webapp.clock import MINUTE
from webapp.config import Settings
from webapp.members import chips, clothes, doubles, merging


def sweep_merged(at: int, settings: Settings) -> None:
    """What came to a merged card afterwards belongs to the card it became part of."""
    merging.sweep(at)


def sweep_clothes(at: int, settings: Settings) -> None:
    """Pictures of what has been given back to somebody who was forgotten meanwhile."""
    clothes.sweep(at)


def settle_doubles(at: int, settings: Settings) -> None:
    """Questions about two cards that nobody answered, and what was kept for an undo whose time is over."""
    doubles.lapse(at)


def fill_chips(at: int, settings: Settings) -> None:
    """A shop begins with the shipped chips; what it has retired does not come back."""
    if at // MINUTE % 5 == 0:
        for brand in list(Brand.select()):
            chips.fill(brand, at)


EVERY_MINUTE = (fill_chips,)
NIGHTLY = (sweep_merged, sweep_clothes, settle_doubles)
