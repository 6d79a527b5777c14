"""The gate: WSGI gets the whole request or none of it, and a body without an end holds up nobody."""

import asyncio
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.kit import servers
from webapp import gate


class Headers(list[tuple[str, str]]):
    def items(self) -> "Headers":
        return self


class Protocol:
    """What granian hands in: the pieces of a body as they come, and where the answer goes."""

    def __init__(self, *pieces: bytes, then: Any = None) -> None:
        self.pieces, self.then, self.answer, self.read = pieces, then, (0, [], b""), 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += len(piece)
            yield piece
        if self.then == "hangs":
            await asyncio.sleep(3600)
        if self.then == "hangs up":
            raise RuntimeError("gone")

    def response_bytes(self, *answer: Any) -> None:
        self.answer = answer

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.answer = (status, headers, b"")


def ask(
    protocol: Protocol, *headers: tuple[str, str], path: str = "/join", most: int = 1000
) -> tuple[Any, dict[str, Any]]:
    heard: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        heard.update(environ, body=environ["wsgi.input"].read())
        start("201 Created", [("X-A", "1"), ("X-A", "2")])
        return [b"o", b"k"]

    scope = SimpleNamespace(
        method="POST", path=path, query_string="a=%20", http_version="1.1", server="shop.example:8000",
        client="[::1]:4711", scheme="https", headers=Headers(headers),
    )  # fmt: skip
    asyncio.run(gate.Gate(app, most).__rsgi__(scope, protocol))
    return protocol.answer, heard


def test_a_request_arrives_as_wsgi_wants_it() -> None:
    said = (
        ("content-type", "text/plain"),
        ("content-length", "3"),
        ("host", "shop.example"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("x-b", "1"),
        ("x-b", "2"),
    )
    answer, heard = ask(Protocol(b"a", b"bc"), *said, path="/名 字")
    assert answer == (201, [("X-A", "1"), ("X-A", "2")], b"ok")
    assert heard["body"] == b"abc"
    wanted = {
        "REQUEST_METHOD": "POST", "QUERY_STRING": "a=%20", "REMOTE_ADDR": "::1", "wsgi.url_scheme": "https", "SERVER_PORT": "8000",
        "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "3", "HTTP_HOST": "shop.example", "HTTP_COOKIE": "a=1;b=2", "HTTP_X_B": "1,2",
    }  # fmt: skip
    assert {name: heard[name] for name in wanted} == wanted
    assert heard["PATH_INFO"].encode("latin-1").decode() == "/名 字"


def test_a_header_cannot_pass_for_another() -> None:
    _, heard = ask(Protocol(), ("x_forwarded_for", "192.0.2.1"))
    assert "HTTP_X_FORWARDED_FOR" not in heard


def test_a_body_that_says_it_is_too_long_is_not_read() -> None:
    protocol = Protocol(b"a" * 500, b"a" * 500, b"a" * 500)
    _, heard = ask(protocol, ("content-length", "1500"))
    assert (protocol.read, heard["body"], heard["CONTENT_LENGTH"]) == (0, b"", "1500")


def test_a_body_in_pieces_is_read_up_to_the_limit() -> None:
    protocol = Protocol(*[b"a" * 600] * 5)
    _, heard = ask(protocol, ("transfer-encoding", "chunked"))
    assert (protocol.read, heard["CONTENT_LENGTH"]) == (1200, "1200")


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "READ_WITHIN", 0.05)
    answer, heard = ask(Protocol(b"a", then="hangs"), ("content-length", "10"))
    assert (answer[0], heard) == (408, {})


def test_who_hangs_up_is_not_answered() -> None:
    answer, heard = ask(Protocol(b"a", then="hangs up"), ("content-length", "10"))
    assert (answer[0], heard) == (0, {})


# --- what is answered where it arrives -----------------------------------------------------------------------------------

HERE = (200, [("X-A", "1")], b"here")


def arrive(method: str, path: str, *headers: tuple[str, str]) -> tuple[Any, list[str], list[Any]]:
    """The answer given on the spot, what was done with the request, and what the one who answers was asked."""
    done: list[str] = []
    asked: list[Any] = []

    def first(method: str, path: str, query: str, accepted: Any, *, at_once: bool) -> Any:
        asked.append((method, path, query, accepted(), at_once))
        if path == "/broken":
            raise OSError
        return HERE if path == "/here" else None

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        raise AssertionError("the app has its turn on the loop only")

    protocol = Protocol()
    scope = SimpleNamespace(proto="http", method=method, path=path, query_string="a=1", headers=dict(headers))
    request = SimpleNamespace(scope=scope, proto=protocol, done=lambda: done.append("done"))
    hand_over = gate.Gate(app, 1000, first)._asked_first(lambda: lambda _: done.append("to the loop"))()
    hand_over(request)
    return protocol.answer, done, asked


def test_what_needs_no_app_is_answered_where_it_arrives() -> None:
    answer, done, asked = arrive("GET", "/here", ("accept-encoding", "br"))
    assert (answer, done, asked) == (HERE, ["done"], [("GET", "/here", "a=1", "br", True)])


@pytest.mark.parametrize(("method", "path"), [("GET", "/page"), ("POST", "/here"), ("GET", "/broken")])
def test_everything_else_goes_to_the_loop_untouched(method: str, path: str) -> None:
    answer, done, _ = arrive(method, path)
    assert (answer[0], done) == (0, ["to the loop"])


SLOW = """
import time
from webapp.gate import Gate

def app(environ, start):
    time.sleep(3)
    start("200 OK", [])
    return [b"slow"]

gate = Gate(app, 1000, lambda method, path, *_, at_once: (200, [], b"quick") if path == "/quick" else None)
"""


@pytest.fixture
def slow_server(tmp_path: Path) -> Iterator[int]:
    """granian with one process, whose app needs three seconds for anything."""
    (tmp_path / "slow_app.py").write_text(SLOW)
    port = servers.free_ports()
    options = ["--interface", "rsgi", "--http", "1", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "slow_app:gate", *options],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(servers.ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 20
        while get(port, "/quick") != b"quick" and time.monotonic() < until:
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def get(port: int, path: str) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        try:
            line.request("GET", path)
            return line.getresponse().read()
        except OSError:
            return b""


def test_a_page_that_takes_long_keeps_no_file_waiting(slow_server: int) -> None:
    heard: list[bytes] = []
    page = threading.Thread(target=lambda: heard.append(get(slow_server, "/page")))
    page.start()
    time.sleep(0.5)
    assert get(slow_server, "/quick") == b"quick"
    assert heard == [], "the page was not ready yet"
    page.join()
    assert heard == [b"slow"]


FORKED = """
import os
import models
from webapp import wsgi

begun, begin = os.pipe()
child = os.fork()
if not child:
    os.read(begun, 1)
    models.writers.PATIENCE = 0.3
    try:
        with models.writers.turn():
            os._exit(1)
    except TimeoutError:
        os._exit(0)
with models.writers.turn():
    os.write(begin, b"!")
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_fork_stands_in_the_writers_queue_like_anybody_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED],
        cwd=servers.ROOT, env=os.environ | {"HUITOU_DATA": str(tmp_path / "data"), "HUITOU_DATABASE_URL": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "0\n", done.stderr
