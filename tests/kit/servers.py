"""Fixtures: the real thing, as `scripts/serve` starts it — web server, worker and live events — on free loopback ports.

`shop` is one server with a copy of the demo for the tests of a file. `own_shop()` starts one of the test's own on a copy of the demo
(or, with demo=False, on an empty database). Each is stopped by its process id.
"""

import fcntl
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit import pgbox, processes

ROOT = Path(__file__).resolve().parents[2]
DEMO_PASSWORD = "correct horse battery"
OwnShop = Callable[..., "Shop"]


@dataclass
class Shop:
    """A running server. `url` has a host name, because that is what browsers call secure and passkeys need."""

    port: int
    data: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def live_url(self) -> str:
        return f"http://localhost:{self.port + 1}"

    def flask(self, *words: str) -> str:
        """What `flask --app webapp …` prints when it is run on this shop's data."""
        return _python(self.environment, "-m", "flask", "--app", "webapp", *words)

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in sorted(self.data.rglob("*.log"))
        )


@contextmanager
def running(data: Path, *options: str, secure: bool = False, **settings: str) -> Iterator[Shop]:
    """A shop on this data folder. Settings are named without their prefix: `database_url=…`."""
    port = free_ports()
    environment = _environment(data, **settings)
    data.mkdir(parents=True, exist_ok=True)
    with (data / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "webapp.serving",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--workers",
                "2",
                *options,
            ],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    shop = Shop(port, data, environment, process)
    try:
        _wait(shop, options, secure)
        yield shop
    finally:
        if process.poll() is None:
            shop.stop()


def free_ports() -> int:
    """The first of three ports in a row that nobody listens on: web, live events, and one more."""
    for _ in range(50):
        with ExitStack() as held:
            first = held.enter_context(closing(socket.socket()))
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                for more in (port + 1, port + 2):
                    held.enter_context(closing(socket.socket())).bind(("127.0.0.1", more))
            except (OSError, OverflowError):
                continue
            return port
    raise RuntimeError("no free ports")


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo in it, to be copied: loaded once, by whichever process of this run is the first to ask."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "demo" / "data"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = shared / "half-a-demo"
            _python(_environment(half), "-m", "tests.kit.demo", str(half), DEMO_PASSWORD)
            folder.parent.mkdir()
            half.rename(folder)
    return folder


@pytest.fixture(scope="module")
def shop(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop") / "data"
    shutil.copytree(demo_folder, folder)
    with running(folder) as server:
        yield server


@pytest.fixture
def own_shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OwnShop]:
    """own_shop(demo=True, engine='sqlite', options=(…), **settings) -> Shop, stopped after the test."""
    with ExitStack() as stack:

        def start(*, demo: bool = True, engine: str = "sqlite", options: tuple[str, ...] = (), **settings: str) -> Shop:
            folder = tmp_path / f"shop{len(list(tmp_path.iterdir()))}"
            if engine == "postgres":
                box: pgbox.Box = request.getfixturevalue("pg")
                name = f"shop_{os.getpid()}_{time.monotonic_ns()}"
                settings["database_url"] = box.create(name)
                stack.callback(box.drop, name)
                options = (*options, "--demo") if demo else options
            elif demo:
                shutil.copytree(request.getfixturevalue("demo_folder"), folder)
            return stack.enter_context(running(folder, *options, **settings))

        yield start


def _environment(data: Path, **settings: str) -> dict[str, str]:
    mine = {"HUITOU_DATA": str(data), "HUITOU_DEMO_PASSWORD": DEMO_PASSWORD}
    mine |= {f"HUITOU_{name.upper()}": value for name, value in settings.items()}
    return {name: value for name, value in os.environ.items() if not name.startswith(("HUITOU_", "PROMETHEUS_"))} | mine


def _python(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


def _wait(shop: Shop, options: tuple[str, ...], secure: bool, seconds: float = 60) -> None:
    """Until the web server answers and the others are there; every name is believed here, trust is another test's."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if shop.process.poll() is not None:
            break
        if _answers(shop.port, secure) and _others_are_there(shop, options):
            return
        time.sleep(0.05)
    shop.stop()
    raise RuntimeError(f"the server did not start\n{shop.logs()}")


def _others_are_there(shop: Shop, options: tuple[str, ...]) -> bool:
    ports = [shop.port + 1] * ("--no-live" not in options) + [shop.port + 2] * ("--tls" in options)
    with ExitStack() as held:
        try:
            for port in ports:
                held.enter_context(closing(socket.create_connection(("127.0.0.1", port), 2)))
            return bool(processes.child(shop.process.pid, "webapp.worker"))
        except (OSError, StopIteration):
            return False


def _answers(port: int, secure: bool) -> bool:
    plain = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    unverified = ssl._create_unverified_context()
    with closing(
        http.client.HTTPSConnection("127.0.0.1", port, timeout=2, context=unverified) if secure else plain
    ) as line:
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
