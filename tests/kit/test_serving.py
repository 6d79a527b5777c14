"""`scripts/serve` as a person meets it: it starts, survives its children, refuses in one line, and leaves nothing behind."""

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.kit import processes, servers

pytestmark = pytest.mark.slow


def test_it_says_where_it_is_and_stops_without_a_trace(tmp_path: Path) -> None:
    with servers.running(tmp_path / "data") as shop:
        words = _until(tmp_path / "data" / "serve.log", "Ctrl-C")
        assert shop.url.replace("localhost", "127.0.0.1") in words
        assert "█" in words
        group = processes.family(shop.process.pid)
        assert len(group) >= 6, "supervisor, two servers with their workers, background worker"
        assert shop.stop() == 0
        assert processes.still_there(group) == []


def test_a_killed_server_is_started_again_and_its_orphans_are_gone(tmp_path: Path) -> None:
    with servers.running(tmp_path / "data") as shop:
        _until(tmp_path / "data" / "serve.log", "Ctrl-C")
        web = processes.child(shop.process.pid, "webapp.wsgi")
        orphans = processes.children(web)
        os.kill(web, signal.SIGKILL)
        _until(tmp_path / "data" / "serve.log", "web ended")
        until = time.monotonic() + 20
        while _get(shop.port) != 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert _get(shop.port) == 200
        assert processes.still_there(orphans) == []


def test_the_children_end_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    with servers.running(tmp_path / "data") as shop:
        _until(tmp_path / "data" / "serve.log", "Ctrl-C")
        group = processes.family(shop.process.pid)
        shop.process.kill()
        shop.process.wait()
        assert processes.still_there(group, 15) == []


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = _serve(tmp_path, "--host", "127.0.0.1", "--port", str(port))
    assert done.returncode == 1
    assert re.fullmatch(rf"Port {port} .*\n", done.stderr)


def test_an_unknown_setting_is_one_line(tmp_path: Path) -> None:
    done = _serve(tmp_path, HUITOU_COLOUR="red")
    assert done.returncode == 1
    assert re.fullmatch(r"HUITOU_COLOUR: .*\n", done.stderr)


def test_the_demo_is_refused_where_there_is_something(demo_folder: Path) -> None:
    done = _serve(demo_folder.parent, "--host", "127.0.0.1", "--port", str(servers.free_ports()), "--demo")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_tls_is_good_for_who_trusts_the_authority(tmp_path: Path) -> None:
    trust = ssl.create_default_context()
    with servers.running(tmp_path / "data", "--tls", secure=True) as shop:
        line = http.client.HTTPConnection("127.0.0.1", shop.port + 2, timeout=5)
        line.request("GET", "/ca.crt")
        authority = line.getresponse().read().decode()
        line.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            http.client.HTTPSConnection("localhost", shop.port, context=trust).request("GET", "/healthz")
        trust.load_verify_locations(cadata=authority)
        secured = http.client.HTTPSConnection("localhost", shop.port, context=trust, timeout=5)
        secured.request("GET", "/healthz")
        assert secured.getresponse().status == 200
        secured.close()


def _serve(folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUITOU_")}
    return subprocess.run(
        [sys.executable, "-m", "webapp.serving", *options],
        cwd=servers.ROOT, env=kept | {"HUITOU_DATA": str(folder / "data")} | settings,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def _get(port: int) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()


def _until(log: Path, text: str) -> str:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if text in (words := log.read_text("utf-8")):
            return words
        time.sleep(0.05)
    raise AssertionError(f"{text!r} never came:\n{log.read_text('utf-8')}")
