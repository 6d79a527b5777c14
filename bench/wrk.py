"""Driving wrk: many connections, one thread, each request somebody else's (`wrk.lua`)."""

import itertools
import json
import shutil
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import processes

SCRIPT = Path(__file__).parent / "wrk.lua"
MISSING = "wrk is not on this machine (apt-get install wrk)"
_start = itertools.count(1)


@dataclass(frozen=True)
class Run:
    """What wrk saw: times in ms; `refused` answers of 400 and above, `broken` connections. `cpu` seconds of the server."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of the server's CPU for one answer."""
        return self.cpu * 1e6 / max(self.requests, 1)


def is_here() -> bool:
    return shutil.which("wrk") is not None


def run(
    url: str,
    kind: str,
    *,
    seconds: float,
    server: int,
    members: int = 1,
    connections: int = 16,
    threads: int = 1,
    start: int | None = None,
) -> Run:
    """Ask for `url` as fast as it goes. `kind` is one of the people in wrk.lua, `server` the process whose CPU counts."""
    start = next(_start) if start is None else start
    how = [f"-t{threads}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(SCRIPT)]
    before = processes.cpu(server)
    done = subprocess.run(
        ["wrk", *how, url, "--", kind, str(start), str(members)], capture_output=True, text=True, check=True
    )
    spent = processes.cpu(server) - before
    processes.rest(server)  # answers under way when the time is over must not run into what comes next
    return Run(**json.loads(done.stdout.splitlines()[-1]), cpu=spent)


def side_by_side(rounds: int, *runs: Callable[[], Run]) -> list[list[Run]]:
    """Every variant once, then every variant again; the first of all does not count."""
    for one in runs:
        one()
    made = [[one() for one in runs] for _ in range(rounds)]
    return [list(variant) for variant in zip(*made, strict=True)]


def rates(runs: list[Run]) -> list[float]:
    return [run.rate for run in runs]


def costs(runs: list[Run]) -> list[float]:
    return [run.cost for run in runs]


def middle(runs: list[Run], name: str) -> float:
    return statistics.median(getattr(run, name) for run in runs)


def trouble(runs: list[Run]) -> str:
    """What did not go well, in words; empty when all did."""
    refused, broken = sum(run.refused for run in runs), sum(run.broken for run in runs)
    asked = sum(run.requests for run in runs)
    return f"!! {refused} refused, {broken} broken of {asked}" if refused or broken else ""
