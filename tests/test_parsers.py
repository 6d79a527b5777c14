"""What reads text from outside: whatever it is given, it reads it or says no in words, and never falls over.

Signed texts, codes, tickets, addresses and files, made of anything; and some that begin as ours do and go on as nobody's should.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world import NOON, World
from webapp import access, front, live, vault, words
from webapp.imports import columns, reader
from webapp.members import codes, history, phones
from webapp.outbox import pushes
from webapp.points import purchases
from webapp.ratings import asks
from webapp.refusals import Refusal
from webapp.stores import counter, tills

pytestmark = pytest.mark.only_on("sqlite")
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NEAR = ["", "/", "//", "\\", "http://[", "pulse.", "1:2:3:4", "HT1.", "+86", "138", "zh-", "ht_", ".ics", "%00", "\x00", "٣", "１３"]  # fmt: skip
anything = st.text(max_size=60) | st.lists(st.sampled_from(NEAR) | st.text(max_size=8), max_size=6).map("".join)


def signed(purpose: str) -> Any:
    """Texts that we have really signed, of which a reader must not believe the shape either."""
    return anything.map(lambda text: vault.sign(purpose, text.encode("utf-8", "replace").decode() + ":"))


@QUICK
@given(data=st.data())
def test_no_text_breaks_its_reader(data: st.DataObject, world: World) -> None:
    text = data.draw(anything)
    for read in (
        lambda: codes.read(text, NOON),
        lambda: codes.of_digits(text, NOON),
        lambda: counter.read(text, NOON),
        lambda: purchases.behind(text),
        lambda: asks.behind(text),
        lambda: phones.read(text),
        lambda: phones.number_in(text),
        lambda: tills.speaks_for("ht_" + text),
        lambda: history.place(text),
        lambda: pushes._is_makers("https://" + text),
        lambda: pushes._is_key(text),
        lambda: words.accepted(text),
        lambda: front.unchanged(text, NOON),
        lambda: columns.guess("members", [text, text]),
    ):
        with suppress(Refusal):
            read()
    assert live.Stream._store_of({"query_string": b"ticket=" + text.encode("utf-8", "replace")}) is None


@QUICK
@given(text=anything)
def test_whatever_is_asked_for_the_next_page_is_ours(text: str) -> None:
    found = access.inside("/" + text, "/home")
    seen = "".join(letter for letter in found if letter not in "\t\r\n").replace("\\", "/")  # as browsers read it
    assert seen.startswith("/")
    assert not seen.startswith("//")
    access.split(text)


@QUICK
@given(content=st.binary(max_size=400) | anything.map(lambda text: ("手机,姓名\n" + text).encode("utf-8", "replace")))
def test_no_file_breaks_the_import(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for start in (b"", reader.ZIP, b"\xff\xfe", b"\xef\xbb\xbf"):
        path.write_bytes(start + content)
        with suppress(Refusal):
            sheet = reader.look(path)
            assert all(len(cell) <= reader.CELL for row in reader.lines(path, sheet) for cell in row)
