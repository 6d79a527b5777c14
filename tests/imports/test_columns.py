"""Which column is which, and what a cell means."""

from typing import Any

import pytest

from tests.world import NOON
from webapp.clock import DAY
from webapp.imports import columns
from webapp.imports.columns import Unclear
from webapp.imports.reader import Formula
from webapp.refusals import Refusal

ZONE = "Asia/Shanghai"


def one(field: str, cell: str) -> Any:
    kind = "members" if field in columns.FIELDS["members"] else "purchases"
    row = {
        "members": {"phone": "13912345678"},
        "purchases": {"phone": "13912345678", "amount": "1", "time": "2026-01-01"},
    }[kind]
    row = row | {field: cell}
    places = {name: place for place, name in enumerate(row)}
    return columns.read(kind, list(row.values()), places, NOON, ZONE, 5_000_000).get(field)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["会员姓名", "手机号码", "生日"], {"name": 0, "phone": 1, "birthday": 2}),
        (["Phone No.", "Mobile", "E-mail"], {"phone": 1}),
        (["姓名", "名字", "电话（必填）"], {"name": 0}),
        (["備註"], {}),
    ],
)
def test_columns_are_guessed_by_their_names(header: list[str], found: dict[str, int]) -> None:
    assert columns.guess("members", header) == found


def test_no_column_serves_twice_and_what_is_needed_is_there() -> None:
    with pytest.raises(Refusal, match="两次"):
        columns.check("members", {"phone": 0, "name": 0}, 2)
    with pytest.raises(Refusal, match="两次"):
        columns.check("members", {"phone": 5}, 2)
    with pytest.raises(Refusal, match="手机号"):
        columns.check("members", {"name": 0}, 2)
    with pytest.raises(Refusal, match="金额"):
        columns.check("purchases", {"code": 0, "time": 1}, 2)
    columns.check("purchases", {"code": 0, "time": 1, "amount": 2}, 3)


@pytest.mark.parametrize(
    ("cell", "day"),
    [("1990-03-21", 321), ("3-21", 321), ("3月21日", 321), ("1990/3/21", 321), ("0321", 321), ("2000-02-29 00:00:00", 229), ("19900321", 321)],
)  # fmt: skip
def test_a_birthday_however_it_is_written(cell: str, day: int) -> None:
    assert one("birthday", cell) == day


@pytest.mark.parametrize("cell", ["2-30", "13-1", "yesterday", "99", "0000"])
def test_a_birthday_that_no_year_has_is_unclear(cell: str) -> None:
    with pytest.raises(Unclear):
        one("birthday", cell)


@pytest.mark.parametrize(
    ("cell", "fen"), [("48.6", 4860), ("¥1,280.00", 128_000), ("3", 300), ("0.01", 1), ("12.500", 1250), ("88元", 8800)]
)
def test_an_amount_however_it_is_written(cell: str, fen: int) -> None:
    assert one("amount", cell) == fen


@pytest.mark.parametrize("cell", ["0", "-3", "1e9", "0.001", "99999999", "twelve", "1.234"])
def test_an_amount_that_no_till_rang_up_is_unclear(cell: str) -> None:
    with pytest.raises(Unclear):
        one("amount", cell)


@pytest.mark.parametrize("cell", ["2026-03-01 14:30", "2026/3/1 14:30:00", "2026年3月1日 14:30", "2026-03-01T14:30"])
def test_a_moment_is_the_shops_own(cell: str) -> None:
    assert one("time", cell) == 1_772_346_600


def test_tomorrow_has_not_been_yet() -> None:
    from webapp import clock

    tomorrow = clock.local(NOON + 2 * DAY, ZONE).strftime("%Y-%m-%d")
    with pytest.raises(Unclear, match="还没到"):
        one("time", tomorrow)


@pytest.mark.parametrize("cell", ["12345", "phone", "139-1234", "+1"])
def test_what_is_no_number_is_unclear(cell: str) -> None:
    with pytest.raises(Unclear, match="手机号"):
        one("phone", cell)


def test_a_formula_is_never_worked_out() -> None:
    with pytest.raises(Unclear, match="公式"):
        columns.read("members", ["13912345678", Formula("=1+1")], {"phone": 0, "points": 1}, NOON, ZONE, 1)


@pytest.mark.parametrize("cell", ["-1", "1.5", "1,000,001", "many"])
def test_points_are_whole_and_not_below_zero(cell: str) -> None:
    with pytest.raises(Unclear, match="积分"):
        one("points", cell)


@pytest.mark.parametrize("cell", ["小王🎂", "一" * 31, "a\x07b"])
def test_a_name_that_no_card_could_have_is_unclear(cell: str) -> None:
    with pytest.raises(Unclear, match="名字"):
        one("name", cell)
