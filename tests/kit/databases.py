"""Fixtures: a migrated database of each test's own, on SQLite and on a real PostgreSQL.

A test that takes `database` (or `settings`) runs once per engine; `--engine sqlite` or `--engine postgres` picks one. The schema is
made once per run; each test gets a clone. `models.database` points at it, and any number of threads may use it.
"""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import Database

from tests.kit import needs, pgbox
from webapp import assets, config, migrations, storage, vault

ENGINES = ("sqlite", "postgres")
NOT_ASKED_FOR = "not-asked-for"
_number = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine", choices=(*ENGINES, "both"), default="both", help="which databases tests run on (default: both)"
    )


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", needs.scratch())  # where `tmp_path` lies


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--engine")
        only = metafunc.definition.get_closest_marker("only_on")
        engines = [e for e in (only.args if only else ENGINES) if asked in (e, "both")]
        metafunc.parametrize("engine", engines or [NOT_ASKED_FOR], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if f"[{NOT_ASKED_FOR}" in item.name]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """'sqlite' or 'postgres'."""
    return str(request.param)


@pytest.fixture(scope="session")
def pg() -> Iterator[pgbox.Box]:
    """One PostgreSQL server for the whole run."""
    try:
        pgbox.binaries()
    except pgbox.Missing as why:
        needs.missing(str(why))
    with pgbox.running() as box:
        yield box


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a secret and a migrated SQLite database, to be copied."""
    folder = tmp_path_factory.mktemp("empty") / "data"
    _migrate(config.load({"HUITOU_DATA": str(folder)}, Path("no such file")))
    (folder / "writers.lock").unlink(missing_ok=True)
    assets.Assets(folder / "cache")  # compressed once per run, not once per test
    return folder


@pytest.fixture(scope="session")
def empty_pg(pg: pgbox.Box, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database, to be cloned."""
    folder, url = tmp_path_factory.mktemp("empty-pg"), pg.create("empty")
    _migrate(config.load({"HUITOU_DATA": str(folder), "HUITOU_DATABASE_URL": url}, Path("no such file")))
    return "empty"


@pytest.fixture
def settings(
    engine: str, empty_folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[config.Settings]:
    """Settings of an installation that is new: tables, no rows."""
    folder = tmp_path / "data"
    shutil.copytree(empty_folder, folder, ignore=shutil.ignore_patterns("cache"))
    (folder / "cache").symlink_to(empty_folder / "cache")  # one for all: nothing in it depends on the test
    environment = {"HUITOU_DATA": str(folder)}
    if engine == "sqlite":
        yield config.load(environment, Path("no such file"))
        return
    box: pgbox.Box = request.getfixturevalue("pg")
    name = f"test_{os.getpid()}_{next(_number)}"
    environment["HUITOU_DATABASE_URL"] = box.create(name, request.getfixturevalue("empty_pg"))
    yield config.load(environment, Path("no such file"))
    box.drop(name)


@pytest.fixture
def database(settings: config.Settings) -> Iterator[Database]:
    """The open database that `models.database` stands for."""
    vault.unlock(settings.secret)
    opened = storage.open_database(settings)
    yield opened
    opened.close()


def _migrate(settings: config.Settings) -> None:
    vault.unlock(settings.secret)
    opened = storage.open_database(settings)
    migrations.run(opened)
    # SQLite folds its write-ahead log into the file when the last connection closes; only then may the file be copied.
    opened.close()
