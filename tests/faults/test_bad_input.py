"""Garbage at every door that takes something: always an answer in words, never a 500, and nothing changed that should not be."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from models import LedgerLine
from tests.kit import servers
from tests.kit.doors import AsMember, AsStaff
from tests.kit.servers import Shop
from tests.world import World
from webapp import check
from webapp.rewards import redemptions
from webapp.stores import tills

GARBAGE = {
    "nothing": "",
    "ten kB": "n" * 7000 + "名" * 1000,
    "NUL": "a\x00b",
    "emoji": "👩‍👩‍👧‍👦🧖",
    "right to left": "\u202eabc\u2066",
    "a billion": "1000000000",
    "below zero": "-1",
    "far too many": "9" * 400,
    "not a number": "NaN",
    "other digits": "１２３٤٥",
    "lone surrogate": "\udcff",
    "markup": "<script>alert(1)</script>'\";--%(x)s{0}../../etc",
}
STORED = ("NUL", "lone surrogate", "a billion", "below zero", "far too many")  # what the two databases take differently
TURNS = {"sqlite": 4, "postgres": 1}  # for each door
ROOM = 60_000  # bytes of a body that is still read
# What a room's doors read by name, in forms and by hand.
_NAMED = re.compile(
    r"""^ +(\w+) = (?:forms\.)?\w*(?:text|number|choice|ticket|Field|Money|Yuan)\(|\.(?:form|get|getlist)\(?\.?(?:get)?\(?"(\w+)\"""",
    re.M,
)


def _fields(folder: Path) -> list[str]:
    found = (pair for path in folder.rglob("*.py") for pair in _NAMED.findall(path.read_text("utf-8")))
    return sorted({name for pair in found for name in pair if name})


FIELDS = {folder.name: _fields(folder) for folder in servers.ROOT.glob("webapp/*/")}
SAID = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "zh-CN"}


def _doors(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def _paths(rule: Rule, world: World, code: str) -> tuple[str, list[str]]:
    """The door's address with something real in each hole; and with garbage there, where it has holes."""

    def build(number: int, text: str) -> str:
        values = {
            name: number if isinstance(converter, IntegerConverter) else text
            for name, converter in rule._converters.items()
        }
        built = rule.build(values)
        return built[1] if built else ""

    wrong = [build(2**31 - 1, text) for text in ("x" * 300, "名%00", "..", "'\"")] if rule._converters else []
    return build(world.towel.id, code), [path for path in wrong if path]


@pytest.mark.timeout(300)
def test_no_door_breaks_on_garbage(
    app: Flask, world: World, as_member: AsMember, as_staff: AsStaff, visitor: FlaskClient, engine: str
) -> None:
    """A member and the owner send each kind of garbage in every field that the door's room knows, as browsers and as htmx."""
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="under way", at=world.at)
    _, key = tills.make(world.bath, "垃圾", None, world.at)
    app.extensions["limits"].enabled = False
    broken: list[str] = []
    kinds = [GARBAGE[what] for what in (GARBAGE if engine == "sqlite" else STORED)]
    for at, rule in enumerate(_doors(app, "POST")):
        real, wrong = _paths(rule, world, held.code)
        wrong = wrong if engine == "sqlite" else wrong[:1]
        names = _fields_of(app, rule)
        asks = [(real, fields) for turn in range(TURNS[engine]) for fields in _filled(names, kinds, at + 5 * turn)]
        asks += [(path, dict.fromkeys(names, "")) for path in wrong]
        for number, (path, fields) in enumerate(asks):
            if number % 8 == 0:  # some doors sign out
                who = as_staff(world.zhao, world.bath) if rule.rule.startswith("/desk") else as_member(world.xin)
            answer = _send(who, path, fields, number % 2 == 1, key)
            if answer.status_code in (413, 500) or "Traceback" in answer.text:
                broken.append(f"{rule.rule} ({fields}): {answer.status_code}"[:500])
        if _send(visitor, real, dict.fromkeys(names, "x"), False, "").status_code >= 500:
            broken.append(f"{rule.rule} (nobody)")
    assert not broken, "\n".join(broken)
    assert check.run() == []


@pytest.mark.timeout(300)
def test_no_page_breaks_on_a_garbled_address(
    app: Flask, world: World, as_member: AsMember, as_staff: AsStaff, engine: str
) -> None:
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="under way", at=world.at)
    app.extensions["limits"].enabled = False
    owner, member, broken = as_staff(world.zhao, world.bath), as_member(world.mei), list[str]()
    for rule in _doors(app, "GET"):
        who = owner if rule.rule.startswith("/desk") else member
        real, wrong = _paths(rule, world, held.code)
        kinds = ("NUL", "far too many", "a billion", "below zero", "other digits", "right to left")
        asks = [(real, what) for what in (kinds if engine == "sqlite" else kinds[:2])]
        for path, what in asks + [(path, "nothing") for path in (wrong if engine == "sqlite" else wrong[:1])]:
            answer = who.get(path, query_string=dict.fromkeys(_fields_of(app, rule), GARBAGE[what]))
            if answer.status_code >= 500 and path != "/readyz":
                broken.append(f"{rule.rule} ({what}): {answer.status_code}")
    assert not broken, "\n".join(broken)


def _fields_of(app: Flask, rule: Rule) -> list[str]:
    """The names that the room of this door reads anywhere."""
    return FIELDS.get(app.view_functions[rule.endpoint].__module__.split(".")[1], [])


def _filled(names: list[str], kinds: list[str], first: int) -> Iterator[dict[str, str]]:
    """The next kind of garbage in each field, in as many bodies as it takes so that none is refused for its length alone."""
    fields: dict[str, str] = {}
    room = ROOM
    for number, name in enumerate(names):
        text = kinds[(first + number) % len(kinds)]
        room -= len(quote(text, errors="surrogateescape")) + 40
        if room < 0:
            yield fields
            fields, room = {}, ROOM - len(quote(text, errors="surrogateescape")) - 40
        fields[name] = text
    yield fields


def _send(who: FlaskClient, path: str, fields: dict[str, str], htmx: bool, key: str) -> Any:
    if path.startswith("/api/"):
        said = {"Authorization": f"Bearer {key}", "Idempotency-Key": "garbage"}
        text = next(iter(fields.values()), "").encode("utf-8", "replace").decode()
        body = json.dumps(dict.fromkeys(("amount", "member", "receipt"), text))
        return who.post(path, data=body, content_type="application/json", headers=said)
    sent = {name: text.encode("utf-8", "surrogateescape") for name, text in fields.items()}
    return who.post(path, data=sent, htmx=htmx)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"amount": 1e400}', b'{"amount": ' + b"9" * 5000 + b"}", b"[" * 20_000],
)
def test_the_till_is_told_what_is_wrong_with_its_body(
    app: Flask, world: World, visitor: FlaskClient, body: bytes
) -> None:
    _, key = tills.make(world.bath, "坏", None, world.at)
    said = {"Authorization": f"Bearer {key}", "Idempotency-Key": "bad"}
    answer = visitor.post("/api/v1/purchases", data=body, content_type="application/json", headers=said)
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"
    assert LedgerLine.select().where(LedgerLine.kind == "earn").count() == 0


@pytest.mark.slow
def test_ten_megabytes_are_refused_in_words_before_they_are_read(shop: Shop) -> None:
    """The answer comes after the head and a little of the body."""
    head = (
        f"POST /join HTTP/1.1\r\nHost: localhost:{shop.port}\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: zh-CN\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {10 * 1024 * 1024}\r\n\r\nname="
    )
    with closing(socket.create_connection(("127.0.0.1", shop.port), timeout=5)) as line:
        line.sendall(head.encode() + b"a" * 1000)
        response = http.client.HTTPResponse(line)
        response.begin()
        assert response.status == 413
        assert "太大" in response.read().decode()


@pytest.mark.slow
def test_a_body_in_pieces_without_a_length_ends_somewhere_too(shop: Shop) -> None:
    head = (
        f"POST /join HTTP/1.1\r\nHost: localhost:{shop.port}\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: zh-CN\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    with closing(socket.create_connection(("127.0.0.1", shop.port), timeout=10)) as line:
        line.sendall(head.encode())
        try:
            for _ in range(160):
                line.sendall(piece)
        except OSError:
            pass  # it has hung up, which is an answer
        else:
            response = http.client.HTTPResponse(line)
            response.begin()
            assert response.status in (400, 411, 413, 422)
