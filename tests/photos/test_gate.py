"""A photo at the gate: it waits on disk, is drawn beside the loop, and its line has an end."""

import asyncio
import io
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.test_gate import Headers, Protocol
from webapp import forms, gate

MOST = 5000
HEARD = dict[str, Any]


def scope(path: str, length: int | None = None) -> SimpleNamespace:
    said = [("content-length", str(length))] if length is not None else [("transfer-encoding", "chunked")]
    return SimpleNamespace(
        method="POST", path=path, query_string="", http_version="1.1", server="shop.example:8000",
        client="[::1]:4711", scheme="https", headers=Headers(said),
    )  # fmt: skip


def large(folder: Path) -> gate.Large:
    return gate.Large(photos_only, folder)


def photos_only(method: str, path: str) -> int:
    return MOST if forms.takes_photo(method, path) else 0


def ask(
    folder: Path, protocol: Protocol, length: int | None = None, path: str = "/garments/A1/photos"
) -> tuple[Any, HEARD]:
    heard: HEARD = {}

    def app(environ: HEARD, start: Any) -> list[bytes]:
        body = environ["wsgi.input"]
        heard.update(
            environ, body=body.read(), in_memory=isinstance(body, io.BytesIO), thread=threading.current_thread()
        )
        start("201 Created", [])
        return [b"ok"]

    asyncio.run(gate.Gate(app, 1000, None, large(folder)).__rsgi__(scope(path, length), protocol))
    assert not list(folder.iterdir()), "a file that waits has no name"
    return protocol.answer, heard


def test_a_photo_waits_on_disk_and_is_drawn_on_another_thread(tmp_path: Path) -> None:
    answer, heard = ask(tmp_path, Protocol(b"a" * 2000, b"b" * 2000), 4000)
    assert answer == (201, [], b"ok")
    assert heard["body"] == b"a" * 2000 + b"b" * 2000
    assert not heard["in_memory"]
    assert heard["thread"] is not threading.main_thread()
    assert heard["wsgi.multithread"]


def test_everything_else_is_as_small_as_ever(tmp_path: Path) -> None:
    _, heard = ask(tmp_path, Protocol(b"a" * 2000), 2000, path="/garments/A1/photos/")
    assert (heard["body"], heard["CONTENT_LENGTH"]) == (b"", "2000")
    assert heard["thread"] is threading.main_thread()


@pytest.mark.parametrize("length", [9000, None], ids=["said before", "in pieces"])
def test_a_photo_that_is_too_large_is_heard_out_but_not_kept(tmp_path: Path, length: int | None) -> None:
    protocol = Protocol(*[b"x" * 1000] * 9)
    answer, heard = ask(tmp_path, protocol, length)
    assert answer[0] == 201, "the app says no, by the length"
    assert protocol.read == 9000, "who still talks hears nothing"
    assert heard["CONTENT_LENGTH"] == "9000"
    assert len(heard["body"]) == MOST


def test_nobody_is_heard_out_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "POLITE", 20_000)
    said, silent = Protocol(*[b"x" * 1000] * 90), Protocol(*[b"x" * 1000] * 90)
    ask(tmp_path, said, 90_000)
    ask(tmp_path, silent)
    assert (said.read, silent.read) == (0, 21_000)


@pytest.mark.parametrize("limit", ["READ_WITHIN", "READ_LARGE_WITHIN"])
def test_a_photo_that_does_not_come_is_given_up(tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, limit, 0.1)
    answer, heard = ask(tmp_path, Protocol(b"a", then="hangs"), 4000)
    assert answer[0] == 408
    assert not heard


def test_a_cut_upload_never_reaches_the_app(tmp_path: Path) -> None:
    answer, heard = ask(tmp_path, Protocol(b"a" * 1000, then="hangs up"), 4000)
    assert answer[0] == 0
    assert not heard


def test_without_room_on_the_disk_the_answer_is_507(tmp_path: Path) -> None:
    protocol = Protocol(b"a")
    nowhere = gate.Large(photos_only, tmp_path / "nowhere")
    asyncio.run(gate.Gate(lambda *_: [], 1000, None, nowhere).__rsgi__(scope("/photos", 1), protocol))
    assert protocol.answer[0] == 507


def test_the_loop_goes_on_while_photos_are_drawn_one_after_the_other(tmp_path: Path) -> None:
    page_answered, at_once, most_at_once = threading.Event(), [0], [0]

    def app(environ: HEARD, start: Any) -> list[bytes]:
        start("200 OK", [])
        if not forms.takes_photo("POST", environ["PATH_INFO"]):
            page_answered.set()
            return [b"page"]
        at_once[0] += 1
        most_at_once[0] = max(at_once[0], most_at_once[0])
        drawn = page_answered.wait(10)
        at_once[0] -= 1
        return [b"drawn" if drawn else b"nobody else had a turn"]

    async def three() -> list[bytes]:
        door = gate.Gate(app, 1000, None, large(tmp_path))
        asked = [("/a/photos", Protocol(b"x")), ("/b/photos", Protocol(b"x")), ("/queue", Protocol())]
        await asyncio.gather(*(door.__rsgi__(scope(path, 1), protocol) for path, protocol in asked))
        return [protocol.answer[2] for _, protocol in asked]

    assert asyncio.run(three()) == [b"drawn", b"drawn", b"page"]
    assert most_at_once == [1]


def test_the_line_of_photos_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LINE", 2)
    go = threading.Event()

    def app(environ: HEARD, start: Any) -> list[bytes]:
        go.wait(10)
        start("200 OK", [])
        return [b""]

    async def four() -> list[int]:
        door = gate.Gate(app, 1000, None, large(tmp_path))
        asked = [Protocol(b"x") for _ in range(3)]
        under_way = [asyncio.ensure_future(door.__rsgi__(scope("/photos", 1), one)) for one in asked]
        await under_way[2]
        go.set()
        await asyncio.gather(*under_way)
        late = Protocol(b"x")
        await door.__rsgi__(scope("/photos", 1), late)
        return [protocol.answer[0] for protocol in (*asked, late)]

    assert asyncio.run(four()) == [200, 200, 503, 200]
