"""The desk finds members by whatever is at hand, twenty at most, masked."""

import re
from typing import Any

import pytest

from models import Member, database
from tests.world import NOON, World
from webapp.members import codes, finding, merging, names, privacy, profiles


@pytest.mark.parametrize("text", ["0001", " 0001 ", "13800000001", "+86 138 0000 0001", "林小", "林小满"])
def test_by_tail_number_and_name(world: World, text: str) -> None:
    found = finding.search(text, NOON)
    assert [row.member for row in found] == [world.mei]
    assert found[0].masked == "138****0001"


def test_by_code_pass_and_digits(world: World) -> None:
    six, _ = codes.digits(world.mei, NOON)
    for text in (world.mei.code, world.mei.code.lower(), codes.text(world.mei, NOON), six, f"{six[:3]} {six[3:]}"):
        assert [row.member for row in finding.search(text, NOON)] == [world.mei]
    assert finding.search(six, NOON + 1000) == []


@pytest.mark.parametrize("text", ["", "   ", "9999", "000000", "%", "_", "小满", "😀", "'; --", "x" * 5000])
def test_nothing_is_found_by_nothing(world: World, text: str) -> None:
    assert finding.search(text, NOON) == []


def test_merged_and_erased_cards_are_not_there_and_lists_are_bounded(world: World) -> None:
    guest = world.member("林客", None)
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    world.member("林走", None, erased_at=NOON)
    assert [row.member for row in finding.search("林", NOON)] == [world.mei]
    for place in range(25):
        world.member(f"王{place}", None)
    assert len(finding.search("王", NOON)) == 20


@pytest.mark.parametrize("text", ["alex", "ALEX M", "Alex Martin", "ａｌｅｘ"])
def test_big_small_and_wide_letters_are_the_same(world: World, text: str) -> None:
    alex = world.member("Alex Martin")
    assert [row.member for row in finding.search(text, NOON)] == [alex]


@pytest.mark.parametrize(
    ("name", "text"), [("Émile", "éM"), ("ＡＬＥＸ", "alex"), ("Straße", "STRASS"), ("𠮷田", "𠮷"), ("100%满", "100%")]
)
def test_so_it_is_in_every_language(world: World, name: str, text: str) -> None:
    world.member("100个满")
    wanted = world.member(name)
    assert [row.member for row in finding.search(text, NOON)] == [wanted]


def test_a_name_of_ten_letters_is_a_name_unless_it_is_a_code(world: World) -> None:
    named = world.member("Maximilian")
    assert [row.member for row in finding.search("maximilian", NOON)] == [named]
    Member.update(code="MAXIMILIAN").where(Member.id == world.xin.id).execute()
    assert [row.member for row in finding.search("maximilian", NOON)] == [world.xin]


def test_who_is_called_otherwise_from_now_on_is_found_so(world: World) -> None:
    profiles.keep(world.mei, "Mei Lin", None, None, NOON)
    assert finding.search("林", NOON) == []
    assert [row.member for row in finding.search("mei", NOON)] == [world.mei]
    privacy.erase(world.mei, NOON)
    assert finding.search("mei", NOON) == []


def test_a_card_takes_the_name_of_the_pass_that_became_part_of_it(world: World) -> None:
    owner, guest = world.member("", "13800000077"), world.member("Grace")
    merging.merge(guest, owner, world.chen, world.bath, NOON)
    assert [row.member for row in finding.search("grace", NOON)] == [owner]


def test_the_latest_seen_come_first_and_those_never_seen_last(world: World) -> None:
    never, early, late = (world.member(f"王{seen}", seen_at=seen) for seen in (None, NOON - 9, NOON - 1))
    assert [row.member for row in finding.search("王", NOON)] == [late, early, never]


@pytest.fixture
def crowded(world: World, engine: str) -> World:
    """Three thousand members, of whom a third is called Wang."""
    rows = [
        {"brand": world.brand.id, "code": f"X{n}", "joined_at": NOON, "seen_at": NOON - n, "tail_key": f"{n % 100}"}
        | names.columns(f"{'王李张'[n % 3]}{n}")
        for n in range(3000)
    ]
    with database.atomic():
        for start in range(0, len(rows), 500):
            Member.insert_many(rows[start : start + 500]).execute()
    world.member("Maximilian")
    database.execute_sql("ANALYZE")
    if engine == "postgres":  # so few pages it would rather read one after the other
        database.execute_sql("SET enable_seqscan = off")
        database.execute_sql("SET enable_bitmapscan = off")
    return world


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("王12", ["member_named", "name_key >"]),
        ("Maximilian", ["member_named", "name_key >", "member_code"]),
        ("0001", ["member_tail_key"]),
        ("13800000001", ["member_phone_key"]),
    ],
)
def test_no_search_reads_the_whole_table(
    crowded: World, engine: str, text: str, used: list[str], asked: list[tuple[str, Any]]
) -> None:
    finding.search(text, NOON)
    plans = " / ".join(_plan(engine, *query) for query in asked)
    assert all(part in plans for part in used), plans
    assert "Seq Scan on member" not in plans
    assert "SCAN t1" not in plans


def test_of_a_common_name_twenty_rows_are_read(crowded: World, engine: str, asked: list[tuple[str, Any]]) -> None:
    found = finding.search("王", NOON)
    assert [row.member.name for row in found] == [f"王{n}" for n in range(0, 60, 3)]
    plan = _plan(engine, *asked[-1])
    assert re.search(r"(COVERING INDEX|Index Only Scan using) member_named", plan), plan


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Every question that is put to the database from now on."""
    kept: list[tuple[str, Any]] = []
    ask = database.obj.execute_sql

    def listen(text: str, values: Any = None) -> Any:
        kept.append((text, values))
        return ask(text, values)

    monkeypatch.setattr(database.obj, "execute_sql", listen)
    return kept


def _plan(engine: str, text: str, values: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if engine == "sqlite" else "EXPLAIN"
    cursor = database.obj.cursor()
    cursor.execute(f"{explain} {text}", values)
    return " ".join(str(row[-1]) for row in cursor.fetchall()).replace("name_key>", "name_key >")
