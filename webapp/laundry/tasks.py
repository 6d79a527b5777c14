"""Work of this room that nobody waits for; the worker collects it."""

from collections.abc import Callable

from webapp.config import Settings

EVERY_MINUTE: tuple[Callable[[int, Settings], None], ...] = ()
NIGHTLY: tuple[Callable[[int, Settings], None], ...] = ()
