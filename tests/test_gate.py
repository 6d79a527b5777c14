"""The gate: WSGI gets the whole request or none of it, and a body without an end holds up nobody."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

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
