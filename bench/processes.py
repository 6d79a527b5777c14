"""What the kernel knows about a process and its children: CPU time spent and memory held."""

import os
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and all its descendants, as far as they are alive."""
    found = [pid]
    for parent in found:
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in path.read_text().split()]
            except OSError:
                continue
    return found


def child_running(pid: int, words: str) -> int:
    """The first of the tree whose command line says `words`."""
    for one in tree(pid):
        if words in _read(one, "cmdline").replace("\0", " "):
            return one
    raise LookupError(f"no process below {pid} runs {words}")


def cpu(pid: int) -> float:
    """Seconds of CPU that the tree has used, user and system."""
    ticks = 0
    for one in tree(pid):
        fields = _read(one, "stat").rpartition(")")[2].split()
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def rest(pid: int, *, seconds: float = 10.0) -> None:
    """Wait until the tree has nothing left to do, for so long at most."""
    until = time.monotonic() + seconds
    before, now = -1.0, cpu(pid)
    while now - before > 2 / TICK and time.monotonic() < until:
        time.sleep(0.2)
        before, now = now, cpu(pid)


def memory(pid: int) -> float:
    """Megabytes of the tree, what is shared counted once (PSS)."""
    kilobytes = 0
    for one in tree(pid):
        for line in _read(one, "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""
