"""The processes of this machine, as /proc shows them: whose child is whose, what they are, and when they are gone."""

import time
from pathlib import Path


def children(pid: int) -> list[int]:
    """The youngest last."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def family(pid: int) -> list[int]:
    """The process, its children, and theirs."""
    return [pid, *(member for child in children(pid) for member in family(child))]


def child(pid: int, words: str) -> int:
    """The child of that process that was started with these words."""
    return next(one for one in children(pid) if words in _started_as(one))


def still_there(pids: list[int], seconds: float = 0) -> list[int]:
    """Who of them runs, after waiting so long for all to end."""
    until = time.monotonic() + seconds
    while (there := [pid for pid in pids if _runs(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    return there


def _started_as(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
