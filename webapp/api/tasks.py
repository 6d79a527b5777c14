"""Work of this room that nobody waits for; the worker collects it."""

from webapp.api import calls
from webapp.clock import DAY
from webapp.config import Settings


def forget_calls(at: int, settings: Settings) -> None:
    """Answers are given again for seven days, then no more."""
    while calls.forget(at - calls.KEPT_DAYS * DAY):
        pass


EVERY_MINUTE = ()
NIGHTLY = (forget_calls,)
