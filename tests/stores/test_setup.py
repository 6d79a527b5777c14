"""The first set-up: with the code of the terminal, once, all or nothing."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from peewee import Database

from models import Brand, OpeningInterval, Placement, Staff, Store
from tests.world import NOON, World
from webapp import signins
from webapp.refusals import Missing, Refusal, TooMany
from webapp.stores import setup
from webapp.stores.setup import Answers

ANSWERS = Answers(
    brand="清泉", kind="bath", store="清泉人民路店", slug="renmin", hours="10:00-02:00", owner="王老板",
    username="wang", password="龙井 and 浴巾", pin="2486", address="人民路 1 号",
)  # fmt: skip


def open_shop(data: Path, code: str, answers: Answers = ANSWERS) -> tuple[str, Store]:
    return setup.open_shop(data, code, answers, source="a", label="", at=NOON)


def test_the_shop_opens_with_everything_it_needs(database: Database, tmp_path: Path) -> None:
    code = setup.new_code(tmp_path)
    assert code
    assert code not in (tmp_path / setup.FILE).read_text()
    assert (tmp_path / setup.FILE).stat().st_mode & 0o077 == 0
    secret, store = open_shop(tmp_path, code.lower())
    assert signins.find("desk", secret, NOON).acting.username == "wang"
    assert Staff.get().role == "owner"
    assert Staff.get().store_id is None
    assert (
        OpeningInterval.select().where(OpeningInterval.store == store.id, OpeningInterval.closes == 1560).count() == 7
    )
    assert Placement.select().where(Placement.slug == "door").exists()
    assert not (tmp_path / setup.FILE).exists()


def test_it_is_closed_for_ever_afterwards(database: Database, tmp_path: Path) -> None:
    code = setup.new_code(tmp_path)
    open_shop(tmp_path, code)
    assert setup.new_code(tmp_path) is None
    with pytest.raises(Missing):
        open_shop(tmp_path, code, replace(ANSWERS, slug="other", username="other"))
    assert Brand.select().count() == 1


def test_a_wrong_code_opens_nothing_and_guesses_are_counted(database: Database, tmp_path: Path) -> None:
    code = setup.new_code(tmp_path)
    for _ in range(5):
        with pytest.raises(Refusal, match="开店码"):
            open_shop(tmp_path, "WRONGWRONG")
    with pytest.raises(TooMany):
        open_shop(tmp_path, code)
    assert not Brand.select().exists()


def test_without_a_code_file_nothing_fits(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        open_shop(tmp_path, "")


def test_a_restart_prints_another_code(database: Database, tmp_path: Path) -> None:
    old, new = setup.new_code(tmp_path), setup.new_code(tmp_path)
    with pytest.raises(Refusal):
        open_shop(tmp_path, old)
    open_shop(tmp_path, new)


def test_one_wrong_answer_and_nothing_is_made(database: Database, tmp_path: Path) -> None:
    code = setup.new_code(tmp_path)
    wrong = [
        ("slug", "人民"),
        ("slug", ""),
        ("kind", "bank"),
        ("hours", "always"),
        ("password", "12345678"),
        ("pin", "1111"),
        ("username", "王"),
    ]
    for field, value in wrong:
        with pytest.raises(Refusal) as refused:
            open_shop(tmp_path, code, replace(ANSWERS, **{field: value}))
        assert refused.value.field == field
    assert not any(model.select().exists() for model in (Brand, Store, Staff))
    open_shop(tmp_path, code)


def test_of_two_at_once_one_opens_the_shop(database: Database, tmp_path: Path) -> None:
    code, start, told = setup.new_code(tmp_path), threading.Barrier(2), []

    def go(n: int) -> None:
        start.wait()
        try:
            open_shop(tmp_path, code, replace(ANSWERS, slug=f"shop{n}", username=f"wang{n}"))
            told.append("open")
        except Refusal as no:
            told.append(no.code)

    pair = [threading.Thread(target=go, args=(n,)) for n in (1, 2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert sorted(told) == ["not_found", "open"]
    assert [model.select().count() for model in (Brand, Store, Staff)] == [1, 1, 1]


def test_a_shop_that_is_open_has_no_code(world: World, tmp_path: Path) -> None:
    (tmp_path / setup.FILE).write_text("left over")
    assert setup.new_code(tmp_path) is None
    assert not (tmp_path / setup.FILE).exists()
