"""`docs/requirements.md` is complete, and the tests it points to are there."""

import re
from functools import lru_cache
from pathlib import Path

TESTS = Path(__file__).parent
TEXT = (TESTS.parent / "docs" / "requirements.md").read_text("utf-8")
MOST = {"A": 11, "B": 10, "C": 10, "D": 5, "E": 11, "F": 9, "G": 5, "H": 3, "I": 8, "J": 12, "K": 10}
MOST |= {"L": 11, "M": 6, "N": 7, "O": 4, "P": 8, "Q": 3}
STATES = ("Works", "Partly:", "Not yet")


def test_every_row_is_listed_once_and_in_order() -> None:
    wanted = [f"{group}{number}" for group, most in MOST.items() for number in range(1, most + 1)]
    assert len(wanted) == 133
    assert [row for row, *_ in _rows()] == wanted
    assert re.findall(r"^\| (T\d+) \|", TEXT, re.MULTILINE) == [f"T{number}" for number in range(1, 17)]


def test_every_row_says_how_far_it_is() -> None:
    assert [row for row, asks, lives, _ in _rows() if not asks or not lives.startswith(STATES)] == []


def test_what_works_has_a_test_that_shows_it() -> None:
    assert [row for row, _, lives, shown in _rows() if lives.startswith("Works") and not shown] == []
    assert [row for row, _, lives, shown in _rows() if lives.startswith("Not yet") and shown] == []


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)
    assert len(named) == TEXT.count("::")
    assert [f"{file}::{test}" for file, test in named if test not in _tests_of(file)] == []


def test_every_file_that_is_named_is_there() -> None:
    paths = re.findall(r"`((?:templates/|tests/)?[\w/]+\.(?:py|html))`", TEXT)
    roots = (TESTS.parent, TESTS.parent / "webapp")
    assert [path for path in paths if not any((root / path).exists() for root in roots)] == []


def _rows() -> list[list[str]]:
    """[row, what it asks, where it lives, shown by] of every requirement."""
    lines = re.findall(r"^\| ([A-Q]\d+ \|.*) \|$", TEXT, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


@lru_cache
def _tests_of(file: str) -> set[str]:
    path = TESTS / file
    return set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)) if path.exists() else set()
