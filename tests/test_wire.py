"""What is done in one go at every request comes out as Flask, Werkzeug and WTForms do it."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask, Request, Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.test import create_environ
from wtforms import Form as WTForm

from webapp import wire
from webapp.rewards.views import Hold

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BODIES = st.lists(
    st.sampled_from(["a", "b=", "=", "&", "ticket", "%E5", "%", "+", "浴", " ", "\0", ";", "\r\n", "~.-_*"])
)


def posted(body: bytes, kind: str = wire.URLENCODED, length: str | None = None) -> dict[str, Any]:
    how = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": length if length is not None else str(len(body))}
    return create_environ("/", method="POST") | {"wsgi.input": BytesIO(body)} | how


def asked_by(kind: type[Request], environ: dict[str, Any]) -> Request:
    request = kind(environ)
    request.max_content_length = 1000
    return request


@UNHURRIED
@given(pieces=BODIES)
@example(pieces=["a", "b=", "浴", "&", "&", "ticket", "=", "="])
def test_a_form_is_read_as_werkzeug_reads_it(pieces: list[str]) -> None:
    body = "".join(pieces).encode()[:1000]
    ours, theirs = (asked_by(kind, posted(body)) for kind in (wire.Asked, Request))
    assert list(ours.form.items(multi=True)) == list(theirs.form.items(multi=True))
    assert ours.files == theirs.files == MultiDict()


def test_bytes_that_are_no_text_are_an_empty_form() -> None:
    for kind in (wire.Asked, Request):
        assert not asked_by(kind, posted(b"name=\xff\xfe")).form


def test_a_form_that_is_too_long_or_breaks_off_is_refused() -> None:
    with pytest.raises(RequestEntityTooLarge):
        _ = asked_by(wire.Asked, posted(b"a=" + b"b" * 1000)).form
    with pytest.raises(ClientDisconnected):
        _ = asked_by(wire.Asked, posted(b"a=1", length="30")).form


@UNHURRIED
@given(cookie=st.lists(st.sampled_from(["huitou", "=", "; ", ";", '"', "a b", "\\054", "é", "store=x"])).map("".join))
def test_cookies_are_read_as_werkzeug_reads_them(cookie: str) -> None:
    environ = create_environ("/") | {"HTTP_COOKIE": cookie}
    assert list(wire.Asked(environ).cookies.items(multi=True)) == list(Request(environ).cookies.items(multi=True))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [200, 204, 206, 303, 304, 404])
@pytest.mark.parametrize("location", [None, "/redemptions/AB12?x=1", "/汤泉?名=浴 巾", "https://shop.example/"])
@pytest.mark.parametrize("body", [b"", "浴巾".encode(), ["浴".encode(), b"!"], iter([b"a", b"b"])])
def test_an_answer_goes_out_as_werkzeug_sends_it(method: str, status: int, location: str | None, body: Any) -> None:
    environ = create_environ("/", method=method)
    pieces = list(body) if not isinstance(body, bytes | list) else body
    sent = []
    for kind in (wire.Reply, Response):
        given = iter(pieces) if pieces is not body else body
        answer = kind(given, status, {"Location": location} if location else {})
        chunks, line, headers = answer.get_wsgi_response(environ)
        sent.append((b"".join(chunks), line, sorted(headers)))
    assert sent[0] == sent[1]


def test_the_usual_headers_give_way_to_an_answers_own() -> None:
    answer = wire.Reply("x", headers={"cache-control": "public"})
    answer.usual = (("Cache-Control", "no-store"), ("Vary", "Cookie"))
    headers = answer.get_wsgi_response(create_environ("/"))[2]
    assert ("cache-control", "public") in headers
    assert ("Vary", "Cookie") in headers
    assert ("Cache-Control", "no-store") not in headers


@pytest.mark.parametrize(
    "host", ["shop.example", "SHOP.example:8000", "shop.example:80", "[::1]:8000", "店.example", "bad host", ""]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_addresses_are_bound_to_a_host_as_flask_does(app: Flask, host: str, scheme: str) -> None:
    environ = create_environ("/rewards/7?a=1") | {"HTTP_HOST": host, "wsgi.url_scheme": scheme}
    bound: list[Any] = []
    for bind in (app.create_url_adapter, lambda request: Flask.create_url_adapter(app, request)):
        request = wire.Asked(dict(environ))
        try:
            adapter = bind(request)
        except Exception as error:
            bound.append(type(error))
            continue
        assert adapter is not None
        bound.append((request.host, {name: value for name, value in vars(adapter).items() if name != "map"}))
    assert bound[0] == bound[1]


SENT = st.sampled_from(["", " ", "0", "1", "007", "-1", "+5", "1e3", "²", "９", "2147483648", "a" * 8, "b" * 65, "c\u202edefghij", "x"])  # fmt: skip


@UNHURRIED
@given(ticket=SENT, points=st.none() | SENT, store=st.none() | SENT)
def test_a_light_form_takes_what_the_whole_form_takes(ticket: str, points: str | None, store: str | None) -> None:
    values = {"ticket": ticket, "points": points, "store": store}
    sent = MultiDict({name: value for name, value in values.items() if value is not None})
    light, whole = Hold.lightly(sent), Hold(sent)
    if light is None:
        return  # WTForms is asked then
    with Flask(__name__).app_context():
        assert WTForm.validate(whole)
    assert [getattr(light, name).data for name in values] == [whole[name].data for name in values]


def test_a_light_form_holds_without_wtforms_when_it_is_as_our_page_sends_it() -> None:
    assert Hold.lightly(MultiDict({"ticket": "a1B2c3D4", "points": "", "store": "3"})) is not None
    assert Hold.lightly(MultiDict({"ticket": "short", "store": "3"})) is None
