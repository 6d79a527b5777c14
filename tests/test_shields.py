"""What every answer carries, whoever asks and whatever for; what cookies and logs look like; whom we believe about addresses."""

import io
import json

import pytest
import structlog
from flask import Flask
from werkzeug.routing import Rule

from tests.kit.doors import AsMember
from tests.test_objects import plain
from tests.world import MEMBER_PIN, World
from webapp import access, errors, vault

pytestmark = pytest.mark.only_on("sqlite")


def somewhere(rule: Rule) -> str:
    """An address of this route that leads to nothing."""
    address = plain(rule.rule)
    for name in rule.arguments:
        address = address.replace(f"<{name}>", "1")
    return address


def test_every_answer_of_every_door_carries_its_shields_and_lets_no_other_site_read_it(
    app: Flask, world: World
) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        method = "GET" if "GET" in (rule.methods or set()) else "POST"
        answer = client.open(somewhere(rule), method=method, headers={"Origin": "https://evil.example"})
        headers, door = answer.headers, f"{method} {rule.rule}: {answer.status_code}"
        assert answer.status_code < 500 or rule.endpoint == "readyz", door
        assert headers["X-Content-Type-Options"] == "nosniff", door
        assert headers["Referrer-Policy"] == "same-origin", door
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, door
        assert "unsafe-inline" not in policy, door
        assert not [name for name in dict(headers) if name.startswith("Access-Control-")], door


def test_a_sign_in_cookie_is_out_of_reach_of_scripts_and_bound_to_tls_where_there_is_tls(
    app: Flask, world: World
) -> None:
    world.mei.pin_hash = vault.hash_secret(MEMBER_PIN)
    world.mei.save()
    form = {"phone": "13800000001", "pin": MEMBER_PIN}
    for base, name, secure in (("http://localhost", "huitou", False), ("https://localhost", "__Host-huitou", True)):
        answer = app.test_client().post("/sign-in/pin", data=form, base_url=base)
        cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{name}="))
        parts = {part.strip() for part in cookie.split(";")[1:]}
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert ("Secure" in parts) is secure
        assert ("Strict-Transport-Security" in answer.headers) is secure


def test_signing_out_clears_what_the_browser_keeps(world: World, as_member: AsMember) -> None:
    answer = as_member(world.mei).post("/sign-out")
    assert '"cache"' in answer.headers["Clear-Site-Data"]


def test_nobody_says_for_themselves_where_they_come_from(app: Flask, world: World) -> None:
    spoofed = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9"}
    with app.test_request_context("/", headers=spoofed, environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        assert access.source() == "192.0.2.1"


def test_no_line_of_the_log_can_be_forged_and_none_tells_a_number_or_a_pin(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, ways = io.StringIO(), structlog.get_config()
    ways = {name: ways[name] for name in ("processors", "wrapper_class")}
    monkeypatch.setattr(errors, "log", structlog.wrap_logger(structlog.PrintLogger(heard), **ways))
    client = app.test_client()
    client.post('/nothing%0a{"event":"forged"}', headers={"User-Agent": "x"})
    client.get('/desk/members/%0d%0a{"event":"forged"}')
    client.post("/sign-in/pin", data={"phone": "13800000001", "pin": "975310"})
    client.post("/join", data={"phone": "13800000001\x00", "name": "\n"})
    said = heard.getvalue()
    lines = [json.loads(line) for line in said.splitlines()]
    assert len(lines) == 2
    assert all(line["event"] != "forged" for line in lines)
    for told in ("13800000001", "975310"):
        assert told not in said
