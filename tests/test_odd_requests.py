"""What no browser sends: every door answers it with a no in words, and the wire is never read as two requests where one was sent."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.kit import servers
from tests.kit.doors import AsMember
from tests.world import NOON, World
from webapp import access, gate, live
from webapp.app import LARGEST_REQUEST
from webapp.refusals import Refusal
from webapp.stores import settings, tills

HALF = "http://["  # an address that Python refuses to take apart


class Headers(list[tuple[str, str]]):
    def items(self) -> "Headers":
        return self


def through_the_gate(
    app: Flask, method: str, path: str, query: str = "", headers: list[tuple[str, str]] | None = None, body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """One request as granian hands it over, through the gate and the whole application."""
    given: list[Any] = []

    class Protocol:
        async def __aiter__(self) -> Any:
            yield body

        def response_bytes(self, *answer: Any) -> None:
            given.append(answer)

        def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
            given.append((status, headers, b""))

    scope = SimpleNamespace(
        proto="http", method=method, path=path, query_string=query, http_version="1.1", server="localhost:8000",
        client="127.0.0.1:4711", scheme="http", headers=Headers([("host", "localhost"), *(headers or [])]),
    )  # fmt: skip
    asyncio.run(gate.Gate(app.wsgi_app, LARGEST_REQUEST).__rsgi__(scope, Protocol()))
    status, said, text = given[0]
    return status, dict(said), text


ODD_ADDRESSES = [
    ("/sign-in", "next=/名字"),  # not percent-encoded: curl, old phones
    ("/s/名字", "p=\ufffd"),
    ("/points", "a=%ff%fe&b=%00"),
    ("/s/\x00", ""),
    ("/s/\ufffd", "pulse=\ufffd.名"),
    ("*", ""),
    ("//desk//", "next=//x"),
    ("/static/../data/secret", ""),
    ("/sign-in", "next=/%09/["),
    ("/photos/../../data/secret", ""),
]


def test_an_odd_address_is_a_no_like_any_other(app: Flask, world: World) -> None:
    for path, query in ODD_ADDRESSES:
        for method in ("GET", "HEAD", "OPTIONS", "POST", "TRACE", "PROPFIND"):
            status, headers, _ = through_the_gate(app, method, path, query)
            assert status < 500, f"{method} {path}?{query}"
            assert headers["X-Content-Type-Options"] == "nosniff"


ODD_HEADERS = [
    ("origin", HALF),
    ("origin", "null"),
    ("referer", HALF),
    ("hx-current-url", HALF),
    ("hx-current-url", "javascript:alert(1)"),
    ("cookie", "huitou=\xff\xfe; store=\xe4\xb8\xad; lang=\x80"),
    ("cookie", 'huitou="\\000"; store="\\000"; huitou_desk=""; lang=../../etc'),
    ("cookie", "huitou=" + "a" * 20_000),
    ("cookie", "; =; ==; \t;" * 200),
    ("accept-language", "zh;q=abc,*;q=1e999,\xff;;;==,,,"),
    ("accept-language", "zh-" * 5_000),
    ("accept-encoding", "gzip;q=abc, br;q=-1, \xff"),
    ("authorization", "Bearer \xff\xfe"),
    ("authorization", "Basic !!!"),
    ("authorization", 'Digest =,="'),
    ("range", "bytes=0-0,-1,9999999999999999999-"),
    ("if-none-match", '\xff"'),
    ("if-modified-since", "Thu, 99 Foo 99999 99:99:99"),
    ("content-type", "multipart/form-data"),
    ("content-type", "multipart/form-data; boundary=\xff"),
    ("content-type", "application/x-www-form-urlencoded; charset=utf-7"),
    ("content-type", "\xff"),
    ("host", 'a"><script>alert(1)</script>'),
    ("host", "evil.example:abc"),
    ("x-forwarded-host", "["),
    ("x-forwarded-for", "\xff, , 127.0.0.1"),
]


@pytest.mark.only_on("sqlite")
def test_an_odd_header_breaks_nothing(app: Flask, world: World, as_member: AsMember) -> None:
    mei = as_member(world.mei)
    cookie = mei.get_cookie(access.COOKIES["member"])
    assert cookie is not None
    signed_in = [("cookie", f"huitou={cookie.value}"), ("hx-request", "true")]
    for name, value in ODD_HEADERS:
        for path in ("/points", "/sign-in", "/desk/", "/api/v1/purchases/x"):
            for more in ([], signed_in):
                status, _, text = through_the_gate(app, "GET", path, "", [(name, value), *more])
                assert status < 500, f"{path} {name}: {value[:40]}"
                assert b"<script>alert" not in text
        for path in ("/join", "/me/profile", "/api/v1/purchases"):
            said = [("content-length", "9"), (name, value), *signed_in]
            assert through_the_gate(app, "POST", path, "", said, b"name=%00&=")[0] < 500, f"{path} {name}"


@pytest.mark.only_on("sqlite")
def test_who_claims_another_origin_twice_is_not_believed(as_member: AsMember, world: World) -> None:
    mei = as_member(world.mei)
    for site, origin in (
        ("cross-site,same-origin", ""),
        ("", HALF),
        ("", "null"),
        ("", "http://localhost.evil.example"),
    ):
        assert mei.post("/sign-out", headers={"Sec-Fetch-Site": site, "Origin": origin}).status_code == 403
    assert mei.get("/points").status_code == 200


@pytest.mark.only_on("sqlite")
def test_half_an_address_typed_in_is_refused_next_to_its_field(world: World) -> None:
    with pytest.raises(Refusal) as group:
        settings.set_group(world.bath, "https://[", world.lin, NOON)
    with pytest.raises(Refusal) as review:
        settings.set_ratings(world.bath, {}, "https://[", world.lin, NOON)
    assert (group.value.field, review.value.field) == ("group_url", "review_url")


@pytest.mark.only_on("sqlite")
def test_odd_json_is_a_no_like_any_other(app: Flask, world: World) -> None:
    _, secret = tills.make(world.bath, "till", None, NOON)
    till = [("authorization", f"Bearer {secret}"), ("idempotency-key", "k" * 16)]
    for body in (
        b"null", b"[]", b"1e999999", b"\xff", b'"\\ud800"', b'{"id":"\\ud800","rawId":"\\ud800","response":{}}', b'{"amount":' + b"9" * 5000,
        b"[" * 20_000, b'{"x":' + b"[" * 20_000, b'{"amount":1,"receipt":"\\u0000","phone":"\\ud800"}',
    ):  # fmt: skip
        said = [("content-type", "application/json"), ("content-length", str(len(body)))]
        for path, more in (("/sign-in/passkey", []), ("/api/v1/purchases", till), ("/api/v1/bookings", till)):
            site = [("sec-fetch-site", "same-origin")]
            status, _, text = through_the_gate(app, "POST", path, "", [*said, *more, *site], body)
            assert 400 <= status < 500, f"{path} {body[:30]!r} {text[:200]!r}"
    odd = [("host", "["), ("sec-fetch-site", "same-origin"), ("content-length", "0")]
    assert through_the_gate(app, "POST", "/sign-in/passkey/options", "", odd)[0] < 500


@pytest.mark.only_on("sqlite")
def test_a_wrong_method_is_told_which_are_right(app: Flask, world: World) -> None:
    for path, right in (("/api/v1/purchases", "POST"), ("/join", "POST")):
        status, headers, _ = through_the_gate(app, "TRACE", path, "", [("sec-fetch-site", "same-origin")])
        assert (status, right in headers["Allow"]) == (405, True), path


# --- on the wire ---------------------------------------------------------------------------------------------------------

HOST = b"Host: localhost\r\n"
INNER = b"GET /sign-in HTTP/1.1\r\nHost: a\r\n\r\n"
SMALL = """
from webapp.gate import Gate

def app(environ, start):
    environ["wsgi.input"].read()
    start("404 Not Found", [])
    return [b"there is nothing"]

gate = Gate(app, 65536, lambda method, path, *_, at_once: (200, [], b"well") if path == "/healthz" else None)
"""
LENGTH = b"Content-Length: %d\r\n\r\n" % len(INNER)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The web server with the gate in front of hardly anything."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "small_app.py").write_text(SMALL)
    port = servers.free_ports()
    options = ["--interface", "rsgi", "--http", "1", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "small_app:gate", *options],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(servers.ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while not servers._answers(port, secure=False) and time.monotonic() < until:
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def say(port: int, sent: bytes, enough: int = 1) -> list[int]:
    """The status of every answer that comes back on one line, until it is closed or falls silent."""
    heard, until = b"", time.monotonic() + 5
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(sent)
        while time.monotonic() < until:
            try:
                piece = line.recv(65536)
            except OSError:
                break
            if not piece:
                break
            heard += piece
            if heard.count(b"HTTP/1.1 ") >= enough:
                line.settimeout(0.25)  # and is there one too many?
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", heard)]


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"Content-Length: +3\r\n\r\nabc",
        b"Content-Length: -3\r\n\r\nabc",
        b"Content-Length: 0x3\r\n\r\nabc",
        b"Content-Length: 99999999999999999999\r\n\r\nabc",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"X-A: a\x00b\r\n\r\n",
        b"X A: a\r\n\r\n",
        b"X-A: a\r\n b\r\n\r\n",
    ],
)
def test_a_request_that_could_be_read_two_ways_is_refused(framing: bytes, port: int) -> None:
    assert say(port, b"POST /join HTTP/1.1\r\n" + HOST + framing) == [400]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HTTP/1.1\r\n" + HOST + LENGTH + INNER,
        b"GET /static/nothing HTTP/1.1\r\n" + HOST + LENGTH + INNER,
        b"POST /healthz HTTP/1.1\r\n" + HOST + LENGTH + INNER,
        b"GET /x?pulse=a HTTP/1.1\r\n" + HOST + LENGTH + INNER,
        b"POST /join HTTP/1.1\r\n" + HOST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
        b"POST /join HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + INNER + b"0\r\n\r\n",
        b"POST /join HTTP/1.1\r\n" + HOST + b"Content-Length: 70000\r\n\r\n" + INNER * 2000,
    ],
)
def test_a_body_is_never_taken_for_the_next_request(sent: bytes, port: int) -> None:
    heard = say(port, sent)
    assert len(heard) == 1
    assert heard[0] < 500


def test_requests_sent_all_at_once_are_answered_in_their_order(port: int) -> None:
    one = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\nGET /static/nothing HTTP/1.1\r\n" + HOST + b"\r\n"
    assert say(port, one * 10, 20) == [200, 404] * 10


def test_a_header_without_end_is_cut_off(port: int) -> None:
    for sent in (b"X-A: " + b"a" * 1_000_000, b"".join(b"X-%d: a\r\n" % n for n in range(2000))):
        assert say(port, b"GET /sign-in HTTP/1.1\r\n" + HOST + sent + b"\r\n\r\n") == [431]
    assert say(port, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n") == [414]


@pytest.mark.only_on("sqlite")
def test_the_tablets_stream_wants_its_ticket(app: Flask) -> None:
    for query in (b"", b"ticket=x", b"ticket=%ff", b"ticket=1:2.x", b"\xff\xfe"):
        assert live.Stream._store_of({"query_string": query}) is None
