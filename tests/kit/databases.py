"""Fixtures: a migrated database without rows for each test, on SQLite and on a real PostgreSQL.

A test that takes `database` (or `settings`) runs once per engine; `--engine sqlite` or `--engine postgres` picks one. The schema is
made once per run, and each process of the run has one place per engine, which is swept before each test: a new place would cost more
than most tests. `models.database` points at it, and any number of threads may use it.
"""

import functools
import inspect
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import psycopg2
import pytest
from peewee import Database

import models
from tests.kit import needs, pgbox
from webapp import assets, config, migrations, storage, vault, words

ENGINES = ("sqlite", "postgres")
NOT_ASKED_FOR = "not-asked-for"
AS_NEW = 100  # tests on one PostgreSQL database: what they deleted stays in its files
_number = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=(*ENGINES, "both", "turns"),
        default="both",
        help="which databases tests run on (default: both); turns: both for rules, one or the other for doors, few examples on PostgreSQL",
    )


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", needs.scratch())  # where `tmp_path` lies
    if "PYTEST_XDIST_WORKER" not in os.environ:
        words.compile_catalogues()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--engine")
        only = metafunc.definition.get_closest_marker("only_on")
        engines = [e for e in (only.args if only else ENGINES) if asked in (e, "both", "turns")]
        if asked == "turns" and len(engines) > 1 and _is_a_door(metafunc):
            engines = [ENGINES[crc32(metafunc.function.__qualname__.encode()) % 3 == 0]]
        metafunc.parametrize("engine", engines or [NOT_ASKED_FOR], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = {item for item in items if f"[{NOT_ASKED_FOR}" in item.name}
    if config.getoption("--engine") == "turns":
        left |= _more_of_the_same(items)
    if left:
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


def _more_of_the_same(items: list[pytest.Item]) -> set[pytest.Item]:
    """Of a test with many examples PostgreSQL gets the first: they ask the same questions with other values."""
    seen: set[str] = set()
    more = set()
    for item in items:
        name, _, example = item.nodeid.partition("[")
        if "postgres" in example and not _is_hard(name):
            (more.add(item) if name in seen else seen.add(name))
    return more


def _is_hard(where: str) -> bool:
    return any(word in where for word in ("faults/", "_races", "test_cli"))


def _is_a_door(metafunc: pytest.Metafunc) -> bool:
    """A door reads, calls one rule and answers; rules, and whatever races or breaks, are tried on both engines."""
    return "app" in metafunc.fixturenames and not _is_hard(metafunc.definition.nodeid)


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


class Place:
    """Where the tests of one engine happen, one after the other: a data folder, a database, and what has been made for both."""

    def __init__(self, empty: Path, folder: Path, box: pgbox.Box | None = None, template: str = "") -> None:
        self._empty = empty
        self._folder = folder
        self._box, self._template = box, template
        self._name = f"test_{os.getpid()}_{next(_number)}"
        self._full = bool(box and box.rows(template))  # a pattern with rows in it can only be copied
        self._used = 0
        self._built: Any = None
        self._opened: Database | None = None
        self._fill()
        environment = {"HUITOU_DATA": str(folder)}
        if box:
            environment["HUITOU_DATABASE_URL"] = box.url(self._name)
        self.settings = config.load(environment, Path("no such file"))
        self.made: dict[str, Any] = {}  # what is dear and belongs to these settings: the application

    def sweep(self) -> None:
        """As new: no rows, no files."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._fill()
        if self._box:
            self._sweep_postgres(self._box)
        _forget()

    def _fill(self) -> None:
        shutil.copytree(self._empty, self._folder, ignore=shutil.ignore_patterns("cache"))
        (self._folder / "cache").symlink_to(self._empty / "cache")  # one for all: nothing in it depends on the test

    def open(self) -> Database:
        """The database, as `models.database`. The same object for every test, so that what was prepared for it stays prepared."""
        fresh = storage.open_database(self.settings)
        if self._opened is None:
            self._opened = fresh
        models.database.initialize(self._opened)
        return self._opened

    def close(self) -> None:
        """After a test. A connection to PostgreSQL is kept: a new one is a new process there, which knows nothing yet."""
        opened: Any = self._opened
        if opened and not (self._box and not opened.is_closed() and storage._is_well(opened)):
            self._hang_up()

    def _sweep_postgres(self, box: pgbox.Box) -> None:
        self._used += 1
        if self._full or self._used % AS_NEW == 1 or not self._swept():
            self._hang_up()
            box.create(self._name, self._template)
            self._built = pgbox.built(self._line())

    def _swept(self) -> bool:
        """False when a test has changed more than rows, or has lost the connection."""
        try:
            pgbox.sweep(self._line())
            return bool(pgbox.built(self._line()) == self._built)
        except (*storage.GONE, psycopg2.Error):
            return False

    def _line(self) -> Any:
        opened: Any = self.open()
        opened.connect(reuse_if_open=True)
        return opened.connection()

    def _hang_up(self) -> None:
        opened: Any = self._opened
        try:
            if opened:
                opened.close()
        except storage.GONE:
            opened._state.reset()


@pytest.fixture(scope="session")
def places() -> Iterator[dict[Any, Place]]:
    """The places of this process, by engine and what they are copied from."""
    all_of_them: dict[Any, Place] = {}
    yield all_of_them
    for place in all_of_them.values():
        place.close()


@pytest.fixture
def place(
    engine: str,
    empty_folder: Path,
    places: dict[Any, Place],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Place:
    template = str(request.getfixturevalue("empty_pg")) if engine == "postgres" else ""
    key = (engine, empty_folder, template)
    if key not in places:
        box = request.getfixturevalue("pg") if template else None
        places[key] = Place(empty_folder, tmp_path_factory.mktemp(engine) / "data", box, template)
    places[key].sweep()
    return places[key]


@pytest.fixture
def settings(place: Place) -> config.Settings:
    """Settings of an installation that is new: tables, no rows. Of the test's own, for the place is not."""
    return replace(place.settings)


@pytest.fixture
def database(place: Place, settings: config.Settings) -> Iterator[Database]:
    """The open database that `models.database` stands for."""
    vault.unlock(settings.secret)
    yield place.open()
    place.close()


def _forget() -> None:
    """What a process remembers of a database, in functions whose first argument it is."""
    for remembering in _that_remember(len(sys.modules)):
        remembering.cache_clear()


@functools.lru_cache(maxsize=1)
def _that_remember(_modules: int) -> list[Any]:
    things = (
        thing
        for name, module in list(sys.modules.items())
        if name.startswith("webapp.")
        for thing in vars(module).values()
    )
    cached = [thing for thing in things if isinstance(thing, functools._lru_cache_wrapper)]
    return [one for one in cached if "database" in next(iter(inspect.signature(one).parameters), "")]


def _migrate(settings: config.Settings) -> None:
    vault.unlock(settings.secret)
    opened = storage.open_database(settings)
    migrations.run(opened)
    # SQLite folds its write-ahead log into the file when the last connection closes; only then may the file be copied.
    opened.close()
