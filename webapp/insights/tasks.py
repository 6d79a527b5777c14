"""Work of this room that nobody waits for; the worker collects it."""

from webapp.config import Settings
from webapp.insights import nightly


def grade_members(at: int, settings: Settings) -> None:
    """Everybody's grade, class and life are worked out for this day; what is left after a while goes on a minute later."""
    nightly.run(at, seconds=nightly.PATIENCE)


def go_on_grading(at: int, settings: Settings) -> None:
    """What a night has left over, or what the owner asked for."""
    nightly.go_on(at, seconds=nightly.PATIENCE)


EVERY_MINUTE = (go_on_grading,)
NIGHTLY = (grade_members,)
