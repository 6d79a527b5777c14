"""Many people at once, on real threads and a real database: all wait at the door, then all push."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from peewee import OperationalError

import models
from webapp.refusals import Refusal


def together(*acts: Callable[[], Any], timeout: float = 60) -> list[Any]:
    """What each act returned, or the Refusal it raised, in order. Any other exception fails the test.

    Who stood in line longer than the database lets anybody wait (a 503 on a phone) tries again, as a phone does.
    """
    door = threading.Barrier(len(acts))
    came: list[Any] = [None] * len(acts)

    def go(place: int, act: Callable[[], Any]) -> None:
        try:
            if not _enter(door, timeout):
                return
            came[place] = patiently(act)
        except Exception as error:
            came[place] = error
        finally:
            models.database.obj.close()

    threads = [threading.Thread(target=go, args=pair, daemon=True) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    for error in came:
        if isinstance(error, Exception) and not isinstance(error, Refusal):
            raise error
    assert not door.broken, "somebody did not come"
    return came


def _enter(door: threading.Barrier, timeout: float) -> bool:
    """Connected, and through the door with all the others; False when one of them does not come."""
    try:
        _connect()
    except OperationalError:
        door.abort()  # nobody waits for one who will not come
        raise
    with suppress(threading.BrokenBarrierError):
        door.wait(timeout)
        return True
    return False


def _connect(tries: int = 5) -> None:
    """A new connection is a new process of PostgreSQL's, and on a busy machine that may take longer than it may."""
    try:
        models.database.obj.connect(reuse_if_open=True)
    except OperationalError:
        if tries == 1:
            raise
        _connect(tries - 1)


def patiently(act: Callable[[], Any], tries: int = 5) -> Any:
    try:
        return act()
    except (OperationalError, TimeoutError) as error:
        # The second: behind many short waits. The third: the writers' queue of SQLite.
        waited = any(words in str(error) for words in ("lock timeout", "statement timeout", "did not move"))
        if not waited or tries == 1:
            raise
        return patiently(act, tries - 1)


def won(came: Iterable[Any]) -> list[Any]:
    return [result for result in came if not isinstance(result, Refusal)]


def told(came: Iterable[Any]) -> list[str]:
    """The codes of those who were refused."""
    return sorted({result.code for result in came if isinstance(result, Refusal)})
