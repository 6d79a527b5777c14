"""Garbage at every door that takes something: always an answer in words, never a 500, and nothing changed that should not be."""

import http.client
import json
import random
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from models import LedgerLine
from tests.kit.doors import AsMember, AsStaff
from tests.kit.servers import Shop
from tests.world import World
from webapp import check
from webapp.rewards import redemptions
from webapp.stores import tills

GARBAGE = {
    "nothing": "",
    "ten kB": "名" * 5000,
    "NUL": "a\x00b",
    "emoji": "👩‍👩‍👧‍👦🧖",
    "right to left": "\u202eabc\u2066",
    "a billion": "1000000000",
    "below zero": "-1",
    "far too many": "9" * 400,
    "not a number": "NaN",
    "half": "1e309",
    "other digits": "１２３٤٥",
    "lone surrogate": "\udcff",
    "markup": "<script>alert(1)</script>'\";--",
    "path": "../../etc/passwd",
    "format": "%(x)s {0} %s",
}
# What any door may read, besides what its own form says.
FIELDS = (
    "ticket", "name", "phone", "pin", "password", "username", "code", "amount", "points", "store", "why", "next", "answer", "receipt",
    "purpose", "locale", "theme", "large", "birthday", "slug", "kind", "role", "digits", "policy", "note", "stock", "reason", "member",
    "label", "consent", "hue", "timezone", "opens", "closes", "day", "proof", "p", "value", "tier", "art", "per_member", "q", "new_pin",
)  # fmt: skip
SAID = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "zh-CN"}


def _doors(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]


def _paths(rule: Rule, world: World, code: str, dice: random.Random) -> Iterator[str]:
    """The door's address with something real in each hole, and with garbage."""
    for good in (True, False):
        values: dict[str, Any] = {}
        for name, converter in rule._converters.items():
            number = type(converter).__name__ == "IntegerConverter"
            real = world.towel.id if number else code
            wrong = 2**31 - 1 if number else dice.choice(["x" * 300, "名", "%00", "..", "'\""])
            values[name] = real if good else wrong
        path = rule.build(values)[1] if rule.build(values) else None
        if path:
            yield path


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_no_door_breaks_on_garbage(
    app: Flask, world: World, as_member: AsMember, as_staff: AsStaff, visitor: FlaskClient, htmx: bool
) -> None:
    """Nobody, a member and the owner send each kind of garbage in every field of every door."""
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="under way", at=world.at)
    _, key = tills.make(world.bath, "垃圾", None, world.at)
    app.extensions["limits"].enabled = False
    dice, broken = random.Random(7), list[str]()
    for rule in _doors(app):
        for path in _paths(rule, world, held.code, dice):
            for what, text in GARBAGE.items():
                # Signed in anew each time: some doors sign out.
                who = as_staff(world.zhao, world.bath) if rule.rule.startswith("/desk") else as_member(world.xin)
                answer = _send(who, path, text, htmx, key)
                if answer.status_code >= 500 or "Traceback" in answer.text:
                    broken.append(f"{rule.rule} ({what}): {answer.status_code}")
            if _send(visitor, path, "x", htmx, "").status_code >= 500:
                broken.append(f"{rule.rule} (nobody)")
    assert broken == []
    assert check.run() == []
    assert world.fresh(world.mei).points == 1080


def _send(who: FlaskClient, path: str, text: str, htmx: bool, key: str) -> Any:
    if path.startswith("/api/"):
        said = {"Authorization": f"Bearer {key}", "Idempotency-Key": "garbage"}
        body = json.dumps(dict.fromkeys(("amount", "member", "receipt"), text.encode("utf-8", "replace").decode()))
        return who.post(path, data=body, content_type="application/json", headers=said)
    fields = {name: text.encode("utf-8", "surrogateescape") for name in FIELDS}
    return who.post(path, data=fields, htmx=htmx)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"amount": 1e400}', b'{"amount": ' + b"9" * 5000 + b"}", b"[" * 20_000])
def test_the_till_is_told_what_is_wrong_with_its_body(app: Flask, world: World, visitor: FlaskClient, body: bytes) -> None:
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
