"""The tables that migrations make are the tables that the models mean, on both databases; two servers that start together do it once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import Database, OperationalError, PostgresqlDatabase
from playhouse.migrations import Runner

import models
from models import Member
from tests.kit import pgbox
from webapp import check, config, migrations, storage, vault
from webapp.members import finding, names

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
    if isinstance(database, PostgresqlDatabase):
        database.execute_sql("ANALYZE")  # it has just been built, and is asked about itself
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
    text = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'schema_%'"
    return sorted(
        f"{name}: {part}" for name, whole in database.execute_sql(text).fetchall() for part in _parts(_plain(whole))
    )


def _parts(table: str) -> list[str]:
    """The columns and constraints in CREATE TABLE, each alone: a column that came later stands last."""
    inside = table[table.index("(") + 1 : table.rindex(")")]
    parts, depth = [""], 0
    for letter in inside:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [one for part in parts for one in _apart(part.strip())]


def _apart(part: str) -> list[str]:
    """A column that came later says itself where it points to; in a new table a line of its own does."""
    column, points, target = part.partition(" references ")
    if not points or column.startswith("foreign key"):
        return [part]
    return [column, f"foreign key ({column.split()[0]}) references {target}"]


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


PEOPLE = ("林小满", "Alex Martin", "ÉLODIE", "Straße", "ＡＬＥＸ", "小满😀", "𠮷田", "王%_'\\", "")


@pytest.fixture
def lived_in(blank: config.Settings) -> Iterator[Database]:
    """A database as the second release left it, with members in it: more than one batch, with holes between them."""
    vault.unlock(blank.secret)
    database = storage.open_database(blank)
    Runner(database, str(migrations.FOLDER)).up("0002_bookings")
    database.execute_sql("INSERT INTO brand (id, name, policy, policy_version, made_at) VALUES (1, '{}', '{}', 1, 1)")
    many = [(n, PEOPLE[n % len(PEOPLE)]) for n in range(3, 11_000) if n % 7]
    columns = "id, brand_id, code, name, tier, locale, large, theme, points, held, owed, version, source, joined_at"
    with database.atomic():
        for start in range(0, len(many), 1000):
            some = many[start : start + 1000]
            place = database.param
            row = f"({place}, 1, {place}, {place}, 'ordinary', 'zh', FALSE, 'auto', 0, 0, 0, 0, 'poster', 1)"
            values = [value for n, name in some for value in (n, f"C{n}", name)]
            database.execute_sql(f"INSERT INTO member ({columns}) VALUES {', '.join([row] * len(some))}", values)
    yield database
    database.close()


def test_a_shop_with_members_finds_them_by_name_after_the_upgrade(lived_in: Database) -> None:
    assert migrations.run(lived_in)[0] == "0003_names"
    assert {member.name for member in Member.select()} == set(PEOPLE)
    assert all(_bytes(member.name_key) == names.key(member.name) for member in Member.select())
    assert (
        Member.select().where(Member.name_key.is_null()).count() == Member.select().where(Member.name == "").count() > 0
    )
    assert check.run() == []
    for typed, name in (
        ("小满😀", "小满😀"),
        ("𠮷", "𠮷田"),
        ("élo", "ÉLODIE"),
        ("STRASS", "Straße"),
        ("王%", "王%_'\\"),
    ):
        assert {row.member.name for row in finding.search(typed, 1)} == {name}
    assert {row.member.name for row in finding.search("alex", 1)} == {"Alex Martin", "ＡＬＥＸ"}


def test_an_upgrade_that_breaks_off_leaves_the_shop_as_it_was(
    lived_in: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, asked = shape(lived_in), lived_in.execute_sql

    def no_more_room(text: str, values: object = None) -> object:
        if "member_named" in text:
            raise OperationalError("no room")
        return asked(text, values)  # type: ignore[no-untyped-call]

    with monkeypatch.context() as broken:
        broken.setattr(lived_in, "execute_sql", no_more_room)
        with pytest.raises(OperationalError):
            migrations.run(lived_in)
    assert shape(lived_in) == before
    assert migrations.pending(lived_in)[0] == "0003_names"
    assert migrations.run(lived_in)[0] == "0003_names"


def _bytes(key: bytes | memoryview | None) -> bytes | None:
    return None if key is None else bytes(key)


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
