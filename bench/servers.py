"""The servers under load: the real one, as `scripts/serve` starts it, and the plain one beside it with the same settings."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import processes
from bench.shops import Shop
from models import JobRun
from tests.kit import servers as kit
from webapp import clock, serving, worker


@dataclass(frozen=True)
class Server:
    """`pid` is the process that was started, `web` and `live` the trees that answer."""

    port: int
    pid: int
    web: int
    live: int = 0
    shop: kit.Shop | None = None

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
        web, live = (processes.child_running(pid, name) for name in ("webapp.wsgi:app", "webapp.live:app"))
        yield Server(running.port, pid, web, live, running)


@contextmanager
def beside(shop: Shop) -> Iterator[Server]:
    """`bench.beside:app` by the command line that the real web server has."""
    port = kit.free_ports()
    command = web_command(shop, port, "bench.beside:app")
    with (shop.folder / "beside.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=kit.ROOT, env=shop.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait(process, port)
        yield Server(port, process.pid, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def web_command(shop: Shop, port: int, app: str) -> list[str]:
    """The command line of the real web server, for another app."""
    options = serving._arguments(["--host", "127.0.0.1", "--port", str(port), "--no-live"])
    web = serving._children(options, shop.settings(), None)[0].argv
    return [app if word == "webapp.wsgi:app" else word for word in web]


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(600):
        if kit._answers(port):
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
