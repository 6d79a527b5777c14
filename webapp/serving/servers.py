"""What each child does, and with which settings."""

import argparse
import importlib
import os
from pathlib import Path
from typing import Any

from webapp.config import Settings
from webapp.serving.children import Child
from webapp.serving.loading import for_good

# What at least two of them need.
SHARED = ("webapp.app", "webapp.worker", "granian")
WEB = {"blocking_threads": 1, "blocking_threads_idle_timeout": 600, "backlog": 2048, "websockets": False}


def children(asked: argparse.Namespace, settings: Settings) -> list[Child]:
    """The web server first: the others wait until it answers."""

    def log(name: str) -> Path | None:
        return None if asked.log_to_stderr else logs / f"{name}.log"

    logs = settings.data / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    secured = _secured(settings.data / "tls") if asked.tls else {}
    os.environ |= {"HUITOU_DATA": str(settings.data), "LIVE_PORT": "0" if asked.no_live else str(asked.port + 1)}
    host, port = asked.host, asked.port
    found = [
        Child("web", "webapp.wsgi:gate", lambda: _web(host, port, asked.workers, secured), log("web")),
        Child("worker", "webapp.worker", _worker, log("worker")),
    ]
    if not asked.no_live:
        found.append(Child("live", "webapp.live:app", lambda: _live(host, port + 1, secured), log("live")))
    if asked.tls:
        file = settings.data / "tls" / "ca.crt"
        found.append(
            Child("authority", "webapp.tls", lambda: _authority(file, host, port + 2), log("authority"), grace=1.0)
        )
    return found


def _web(host: str, port: int, workers: int, secured: dict[str, Any]) -> None:
    with for_good():
        importlib.import_module("webapp.wsgi")  # once for all its workers
    _granian("webapp.wsgi:gate", "rsgi", host, port, secured, **WEB, workers=workers, workers_kill_timeout=5)


def _live(host: str, port: int, secured: dict[str, Any]) -> None:
    # An open event stream never ends by itself.
    _granian("webapp.live:app", "asgi", host, port, secured, workers=1, workers_kill_timeout=1)


def _worker() -> None:
    """It leaves the processor to the web server while somebody waits for a page."""
    from webapp import worker

    os.nice(5)
    worker.main()


def _authority(file: Path, host: str, port: int) -> None:
    from webapp import tls

    tls.hand_out(file, host, port)


def _granian(app: str, interface: str, host: str, port: int, secured: dict[str, Any], **options: Any) -> None:
    """Serve until asked to stop; then what is under way has `workers_kill_timeout` seconds."""
    import multiprocessing

    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    multiprocessing.set_start_method("fork", force=True)
    Granian(
        app, host, port, interface=Interfaces(interface), http=HTTPModes.http1, http1_settings=HTTP1Settings(),
        respawn_failed_workers=True, respawn_interval=0.5, **secured, **options,
    ).serve()  # fmt: skip


def _secured(folder: Path) -> dict[str, Any]:
    from granian.constants import SSLProtocols

    # Tablets of 2018 stop at TLS 1.2.
    files = {"ssl_cert": folder / "server.crt", "ssl_key": folder / "server.key"}
    return {**files, "ssl_protocol_min": SSLProtocols.tls12}
