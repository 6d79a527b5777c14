"""The data that is measured: a brand with eight stores, eight rewards and N members, every invariant held.

SQLite files are kept in `.bench/` (or `BENCH_DATA`) for two weeks, or until the schema or this module changes; they may be deleted at
any time. PostgreSQL is made anew in each run, on a server that is thrown away. Cookies need no list: member i's is `bench-<i>`.
"""

import hashlib
import os
import shutil
import string
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peewee import Database, PostgresqlDatabase

from models import Brand, Device, OpeningInterval, Reward, Shelf, Staff, Store, transaction
from tests.kit import pgbox
from webapp import config, migrations, storage, vault
from webapp.clock import DAY, now

HERE = Path(__file__).parent
KEPT = Path(os.environ.get("BENCH_DATA") or HERE.parent / ".bench")
STORES, REWARDS = 8, 8
NOT_OLDER = 14 * DAY


@dataclass(frozen=True)
class Shop:
    """One shop of a size on one engine: what a process needs in its environment to open it."""

    engine: str
    size: int
    folder: Path
    url: str = ""

    @property
    def label(self) -> str:
        return f"{self.engine}, {short(self.size)} members"

    @property
    def environment(self) -> dict[str, str]:
        """Behind one proxy, so that every person may have an address of their own and no flood guard stops the run."""
        mine = {"HUITOU_DATA": str(self.folder), "HUITOU_DATABASE_URL": self.url, "HUITOU_TRUSTED_PROXIES": "1"}
        return {name: value for name, value in os.environ.items() if not name.startswith("HUITOU_")} | mine

    def settings(self) -> config.Settings:
        return config.load(self.environment, Path("no such file"))

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """The shop's database and secret in this process."""
        settings = self.settings()
        vault.unlock(settings.secret)
        database = storage.open_database(settings)
        try:
            yield database
        finally:
            database.close()


def short(size: int) -> str:
    """1000 → 1k, 1000000 → 1M"""
    return f"{size // 1_000_000}M" if size % 1_000_000 == 0 else f"{size // 1000}k" if size % 1000 == 0 else str(size)


def sqlite(size: int) -> Shop:
    """The kept shop of this size, made if it is not there, too old, or of another schema."""
    shop = Shop("sqlite", size, KEPT / f"sqlite-{short(size)}")
    stamp = shop.folder / "made"
    if stamp.exists() and stamp.read_text() == _recipe() and stamp.stat().st_mtime > time.time() - NOT_OLDER:
        return shop
    shutil.rmtree(shop.folder, ignore_errors=True)
    _make(shop)
    stamp.write_text(_recipe())
    return shop


def postgres(box: pgbox.Box, size: int) -> Shop:
    """A new shop of this size on the throw-away server; the folder holds its secret and logs."""
    shutil.rmtree(KEPT / f"postgres-{short(size)}", ignore_errors=True)
    shop = Shop("postgres", size, KEPT / f"postgres-{short(size)}", box.create(f"shop_{size}"))
    _make(shop)
    return shop


@contextmanager
def copy(shop: Shop) -> Iterator[Shop]:
    """A shop that may be changed: SQLite's is a copy, PostgreSQL's is thrown away anyhow."""
    if shop.engine == "postgres":
        yield shop
        return
    folder = KEPT / f"run-{os.getpid()}-{shop.size}"
    shutil.copytree(shop.folder, folder)
    try:
        yield Shop(shop.engine, shop.size, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _recipe() -> str:
    """Changes when the data would come out differently."""
    parts = [Path(__file__), HERE / "members.sql", *sorted(migrations.FOLDER.glob("*.*"))]
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def _make(shop: Shop) -> None:
    with shop.opened() as database:
        migrations.run(database)
        at = now()
        with transaction():
            _people_and_shelves(at)
        _members(database, shop.size, at)


def _people_and_shelves(at: int) -> None:
    long_ago, later = at - 400 * DAY, at + 400 * DAY
    brand = Brand.create(name={"zh": "回头浴场", "en": "Huitou"}, policy={"holds_at_once": 20}, made_at=long_ago)
    for n in range(1, STORES + 1):
        name = {"zh": f"{n} 号店", "en": f"Store {n}"}
        store = Store.create(brand=brand.id, slug=f"store{n}", name=name, kind="bath", made_at=long_ago)
        for weekday in range(7):
            OpeningInterval.create(store=store.id, weekday=weekday, opens=600, closes=1560)
        clerk = Staff.create(
            brand=brand.id,
            store=store.id,
            username=f"clerk{n}",
            name=f"店员{n}",
            role="senior",
            password_hash="-",
            made_at=long_ago,
        )
        Device.create(
            kind="desk", token_hash=vault.fingerprint(f"desk-{n}"), staff=clerk.id, store=store.id, label="iPad", made_at=at,
            seen_at=later, expires_at=later, acting=clerk.id, acting_until=later, proved_at=at,
        )  # fmt: skip
    for n in range(1, REWARDS + 1):
        points = 60 if n == 5 else 10 * n
        name = {"zh": f"礼品{'一二三四五六七八'[n - 1]}", "en": f"Reward {n}"}
        reward = Reward.create(brand=brand.id, name=name, points=points, value=points * 20, place=n, made_at=long_ago)
        for store in range(1, STORES + 1):
            Shelf.create(reward=reward.id, store=store, stock=1_000_000_000)


def _members(database: Database, size: int, at: int) -> None:
    """The bulk, by the database's own INSERT … SELECT, without indexes, which are made afterwards in one go each."""
    on_postgres = isinstance(database, PostgresqlDatabase)
    values = {
        "n": size, "at": at, "soon": at + 25 * DAY, "later": at + 400 * DAY,
        "yes": "TRUE", "no": "FALSE", "sealed": ("'\\x" if on_postgres else "x'") + vault.seal("+8613800000001").hex() + "'",
    }  # fmt: skip
    script = string.Template((HERE / "members.sql").read_text("utf-8")).substitute(values)
    statements = [text for text in script.split(";\n") if text.strip()]
    run = _plainly(database)
    for statement in _before(database, size, on_postgres):
        run(statement)
    with database.atomic():
        indexes = _indexes(database)
        for name, _ in indexes:
            run(f'DROP INDEX "{name}"')
        for statement in statements:
            run(statement)
        for _, made_by in indexes:
            run(made_by)
        run("DROP TABLE bulk")
    for statement in _after(database, on_postgres):
        run(statement)


def _plainly(database: Database) -> Callable[[str], Any]:
    """Run SQL as it stands: a % in it is a remainder, not a placeholder."""

    def run(text: str) -> Any:
        cursor = database.cursor()
        cursor.execute(text)
        return cursor

    return run


def _before(database: Database, size: int, on_postgres: bool) -> list[str]:
    if on_postgres:
        return [
            "SET statement_timeout = 0",
            "SET session_replication_role = replica",  # foreign keys hold by construction; looking up each takes minutes
            "SET maintenance_work_mem = '512MB'",
            "CREATE FUNCTION sha256hex(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT encode(sha256($1::bytea), 'hex') $$",
            "CREATE FUNCTION utf8(text) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$ SELECT convert_to($1, 'UTF8') $$",
            f"CREATE TABLE bulk AS SELECT i FROM generate_series(1, {size}) AS i",
        ]
    database.connection().create_function("sha256hex", 1, vault.fingerprint, deterministic=True)
    database.connection().create_function("utf8", 1, str.encode, deterministic=True)
    return [
        "PRAGMA foreign_keys = 0",
        "PRAGMA synchronous = 0",
        "PRAGMA cache_size = -400000",
        f"CREATE TABLE bulk AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size}) SELECT i FROM n",
    ]


def _indexes(database: Database) -> list[tuple[str, str]]:
    """Name and SQL of every index that may be dropped (not the primary keys)."""
    if isinstance(database, PostgresqlDatabase):
        text = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'"
        )
    else:
        text = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    return [(str(name), str(made_by)) for name, made_by in _plainly(database)(text).fetchall()]


def _after(database: Database, on_postgres: bool) -> list[str]:
    if not on_postgres:
        return ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"]
    counters = [
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), GREATEST((SELECT max(id) FROM \"{table}\"), 1))"
        for table in database.get_tables()
        if any(column.name == "id" for column in database.get_columns(table))
    ]
    return [*counters, "VACUUM ANALYZE", "CHECKPOINT"]
