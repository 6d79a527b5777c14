"""Work of this room that nobody waits for; the worker collects it."""

from webapp.clock import DAY
from webapp.config import Settings
from webapp.outbox import letters


def post_letters(at: int, settings: Settings) -> None:
    """Send what is due."""
    letters.post(settings, at)


def forget_letters(at: int, settings: Settings) -> None:
    """What was sent 90 days ago has served."""
    while letters.forget(at - 90 * DAY):
        pass


EVERY_MINUTE = (post_letters,)
NIGHTLY = (forget_letters,)
