"""Loading once what the children share, and doing in a process apart what would leave traces in this one."""

import gc
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from webapp.serving.children import Stop

# What libraries load if it happens to be there (as on a developer's machine), and nobody here uses.
UNWANTED = ("greenlet", "rich")


def load(*names: str) -> None:
    """These modules, with everything they need."""
    for name in UNWANTED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    with for_good():
        for name in names:
            importlib.import_module(name)


@contextmanager
def for_good() -> Iterator[None]:
    """What is made in here stays. The garbage collector need not write to it, so forks go on sharing it."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def apart(work: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Begin it in a child process. What is handed back waits for its lines, or raises Stop with its words when it could not be done."""
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        _tell(send, work)
    os.close(send)

    def lines() -> list[str]:
        with open(receive) as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        answer: list[str] = json.loads(text) if text else ["Interrupted."]
        if status:
            raise Stop("\n".join(answer))
        return answer

    return lines


def _tell(send: int, work: Callable[[], list[str]]) -> NoReturn:
    code, lines = 1, ["See the lines above."]
    try:
        code, lines = 0, work()
    except Stop as refused:
        lines = [str(refused)]
    except KeyboardInterrupt:
        lines = ["Interrupted."]
    except Exception:
        traceback.print_exc()
    finally:
        with open(send, "w") as pipe:
            json.dump(lines, pipe)
        os._exit(code)
