"""Work of this room that nobody waits for; the worker collects it."""

import structlog

from webapp.config import Settings
from webapp.photos import pictures

log = structlog.get_logger()


def sweep_photos(at: int, settings: Settings) -> None:
    """Photos that nothing points at, and files of which nobody knows."""
    if swept := pictures.sweep(at):
        log.info("photos swept", number=swept)


EVERY_MINUTE = ()
NIGHTLY = (sweep_photos,)
