"""The servers under load: the real one, as `scripts/serve` starts it, and the plain one beside it with the same settings."""

import contextlib
import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from bench import processes
from bench.shops import Shop
from models import JobRun
from tests.kit import servers as kit
from webapp import clock, worker

# As `webapp.serving` sets up granian.
AS_OURS = [
    *("--interface", "rsgi", "--http", "1", "--host", "127.0.0.1", "--workers", "2", "--no-access-log", "--no-ws"),
    *("--blocking-threads", "1", "--blocking-threads-idle-timeout", "600", "--backlog", "2048"),
]


@dataclass(frozen=True)
class Server:
    """`pid` is the process that was started, `web` and `live` the trees that answer."""

    port: int
    pid: int
    web: int
    live: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def real(shop: Shop) -> Iterator[Server]:
    """Web server, worker and live events on this shop. What the worker does by night is done."""
    _tonight_is_over(shop)
    settings = {"trusted_proxies": "1"} | ({"database_url": shop.url} if shop.url else {})
    with kit.running(shop.folder, **settings) as running:
        pid = running.process.pid
        web, live = (processes.child_running(pid, name) for name in ("webapp.wsgi:gate", "webapp.live:app"))
        yield Server(running.port, pid, web, live)


@contextmanager
def beside(shop: Shop, app: str = "bench.beside:app") -> Iterator[Server]:
    """Another app on the same web server with the same settings."""
    port = kit.free_ports()
    with (shop.folder / "beside.log").open("ab") as log:
        process = subprocess.Popen(
            plain(app, port),
            cwd=kit.ROOT, env=shop.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait(process, port)
        yield Server(port, process.pid, process.pid, process.pid)
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """granian does not hear a SIGTERM while one of its workers is being made anew: told again until it has."""
    for _ in range(12):
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return
    process.kill()
    process.wait(5)


def plain(app: str, port: int) -> list[str]:
    """The command that serves this app as the real one is served."""
    return [sys.executable, "-m", "granian", app, *AS_OURS, "--port", str(port)]


def answers(port: int, cookie: str = "", path: str = "/") -> bool:
    """Does this address say 200?"""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
        try:
            line.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(600):
        if answers(port, path="/healthz"):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the plain server on port {port} did not start")


def _tonight_is_over(shop: Shop) -> None:
    """The nightly proof over a million members takes minutes; it must not run into a measurement."""
    with shop.opened():
        for job in worker.jobs():
            done = {JobRun.ran_at: clock.now(), JobRun.ok_at: clock.now()}
            JobRun.insert(name=job.name, **{field.name: value for field, value in done.items()}).on_conflict(
                conflict_target=[JobRun.name], update=done
            ).execute()
