"""Work of this room that nobody waits for; the worker collects it."""

from webapp.clock import DAY
from webapp.config import Settings
from webapp.outbox import hooks, letters


def post_letters(at: int, settings: Settings) -> None:
    """Send what is due."""
    letters.post(settings, at)


def call_hooks(at: int, settings: Settings) -> None:
    """Tell the systems of others what happened."""
    hooks.run(at)


def forget_letters(at: int, settings: Settings) -> None:
    """Letters of 90 days ago, and calls of 30, have served."""
    while letters.forget(at - 90 * DAY):
        pass
    hooks.forget(at)


EVERY_MINUTE = (post_letters, call_hooks)
NIGHTLY = (forget_letters,)
