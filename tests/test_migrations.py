"""The tables that migrations make are the tables that the models mean, on both databases; two servers that start together do it once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import Database, PostgresqlDatabase

import models
from tests.kit import pgbox
from webapp import config, migrations, storage, vault

ROOT = Path(__file__).parents[1]


@pytest.fixture
def blank(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[config.Settings]:
    """A database without a single table."""
    environment = {"HUITOU_DATA": str(tmp_path / "data")}
    if engine == "sqlite":
        yield config.load(environment, Path("no such file"))
        return
    box: pgbox.Box = request.getfixturevalue("pg")
    name = f"blank_{os.getpid()}"
    yield config.load(environment | {"HUITOU_DATABASE_URL": box.create(name)}, Path("no such file"))
    box.drop(name)


def shape(database: Database) -> dict[str, object]:
    """Every table with its columns and indexes, every constraint, as the database itself tells them."""
    found: dict[str, object] = {}
    for table in sorted(database.get_tables()):
        if table == "schema_migration":
            continue
        columns = [(c.name, c.data_type.upper(), c.null, c.primary_key) for c in database.get_columns(table)]
        indexes = sorted((i.name, tuple(i.columns), i.unique, _plain(i.sql)) for i in database.get_indexes(table))
        keys = sorted((k.column, k.dest_table, k.dest_column) for k in database.get_foreign_keys(table))
        found[table] = (sorted(columns), indexes, keys)
    return found | {"checks": _checks(database)}


def _plain(text: str | None) -> str:
    return " ".join((text or "").replace('"', "").split()).lower()


def _checks(database: Database) -> list[str]:
    if isinstance(database, PostgresqlDatabase):
        text = "SELECT conrelid::regclass::text || ': ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        return sorted(row[0] for row in database.execute_sql(text).fetchall())
    text = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'schema_%'"
    return sorted(_plain(row[0]) for row in database.execute_sql(text).fetchall())


def test_migrations_make_what_the_models_mean(blank: config.Settings) -> None:
    vault.unlock(blank.secret)
    database = storage.open_database(blank)
    migrations.run(database)
    migrated = shape(database)
    database.drop_tables(models.MODELS, cascade=isinstance(database, PostgresqlDatabase))
    assert set(database.get_tables()) <= {"schema_migration"}
    database.create_tables(models.MODELS, safe=False)
    assert migrated == shape(database)
    database.close()


def test_a_second_run_has_nothing_to_do(blank: config.Settings) -> None:
    database = storage.open_database(blank)
    applied = migrations.run(database)
    assert applied[0] == "0001_first_release"
    assert migrations.pending(database) == []
    assert migrations.run(database) == []
    database.close()


def test_four_servers_that_start_at_once_migrate_once(blank: config.Settings) -> None:
    code = """
import sys
from pathlib import Path
from webapp import config, migrations, storage
settings = config.load(file=Path("no such file"))
print(len(migrations.run(storage.open_database(settings))))
"""
    environment = os.environ | {"HUITOU_DATA": str(blank.data), "HUITOU_DATABASE_URL": blank.database_url}
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0]
    assert sorted(answers)[:3] == ["0", "0", "0"]
    assert int(max(answers)) >= 1
