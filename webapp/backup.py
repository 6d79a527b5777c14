"""Backups: one file with the database, the uploads and the secret, proved before it gets its name; and the way back.

Called by `flask backup` and `flask restore`. SQLite is copied while the shop is open, by SQLite's own online backup; PostgreSQL by
its `pg_dump`. The file holds the secret that opens the phone numbers: whoever has the file has the shop, so it is made for its owner only
(mode 0600). A no ends with one line (SystemExit) and leaves everything as it was.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from peewee import SqliteDatabase

import models
from models import Brand
from webapp import check, migrations, storage, vault
from webapp.clock import local
from webapp.config import Settings

FORMAT = 1
MANIFEST, SECRET, SQLITE, POSTGRES, UPLOADS = "manifest.json", "secret", "huitou.db", "huitou.pgdump", "uploads/"
NOTE = "This file holds the secret key: keep it as safe as the till. 此文件含有密钥，请像现金一样保管。\n"
IN_USE = "The database is in use: stop Huitou first, then restore."
_VARIABLES = {
    "database": "PGDATABASE",
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def save(settings: Settings, target: Path, at: int) -> list[str]:
    """Write the backup to `target`, whole or not at all, and prove it. Returns what to tell the person at the terminal."""
    with _scratch(target.parent) as folder:
        content = folder / (SQLITE if settings.is_sqlite else POSTGRES)
        if settings.is_sqlite:
            _copy_sqlite(settings.sqlite_path, content)
            facts = _prove_sqlite(content)
        else:
            _dump_postgres(settings, content)
            facts = _prove_postgres(settings, content)
        part = folder / "backup.zip"
        _pack(part, settings, content, {"format": FORMAT, "at": at, "database": content.name, **facts})
        os.replace(part, target)
        _sync(target.parent)
    size = target.stat().st_size / 1e6
    return [f"saved {target} ({size:.1f} MB, {facts['members']} members, proved)", NOTE.strip()]


def restore(settings: Settings, source: Path, at: int, *, replace: bool = False) -> list[str]:
    """Bring back what `save` wrote: database, uploads, secret. Refuses a damaged file, another kind of database, a shop that is there."""
    with _scratch(settings.data) as folder:
        manifest = _unpack(source, folder)
        name = SQLITE if settings.is_sqlite else POSTGRES
        if manifest["database"] != name:
            kind = "SQLite" if manifest["database"] == SQLITE else "PostgreSQL"
            raise SystemExit(
                f"{source.name} is a backup of a {kind} database, and HUITOU_DATABASE_URL names another kind"
            )
        secret = bytes.fromhex((folder / SECRET).read_text().strip())
        if settings.is_sqlite:
            _prove_sqlite(folder / SQLITE, secret)
        if _is_lived_in(settings) and not replace:
            raise SystemExit("There is a shop already. To put it aside and restore over it, say --replace.")
        aside = _aside(settings, at)
        if settings.is_sqlite:
            _put_sqlite(settings, folder / SQLITE, aside)
        else:
            _put_postgres(settings, folder / POSTGRES, aside)
        _put_files(settings, folder, aside)
    vault.unlock(secret)
    applied = migrations.run(storage.open_database(settings))
    facts = _prove_open(models.database.obj, secret)
    lines = [f"restored {source.name}: {facts['members']} members, proved"]
    lines += [f"what was there is in {aside}"] if aside.exists() else []
    return lines + [f"applied {name}" for name in applied]


# --- SQLite ------------------------------------------------------------------------------------------------------------


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise SystemExit(f"There is no database at {source} yet.")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        # All at once: one snapshot, and writers go on in the WAL meanwhile.
        here.backup(there)
        there.execute("PRAGMA journal_mode = delete")


def _prove_sqlite(path: Path, secret: bytes | None = None) -> dict[str, Any]:
    """Open the copy, beside the database that is in use, and run every check on it."""
    copy = SqliteDatabase(str(path), pragmas={"foreign_keys": 1, "query_only": 1})
    try:
        return _prove_open(copy, secret)
    except storage.GONE as error:
        raise SystemExit(f"The copy cannot be read: {error}") from None
    finally:
        copy.close()


def _put_sqlite(settings: Settings, copy: Path, aside: Path) -> None:
    models.database.obj.close()
    path = settings.sqlite_path
    if path.exists():
        _refuse_if_open(path)
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(aside / path.name)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    copy.rename(path)
    path.chmod(0o600)
    _sync(path.parent)


def _refuse_if_open(path: Path) -> None:
    """Leaving WAL mode needs to be alone with the file, and folds the log into it."""
    with closing(sqlite3.connect(path, timeout=0.5)) as line:
        try:
            alone = line.execute("PRAGMA journal_mode = delete").fetchone()[0] == "delete"
        except sqlite3.OperationalError:
            alone = False
    if not alone:
        raise SystemExit(IN_USE)


# --- PostgreSQL ----------------------------------------------------------------------------------------------------------


def _dump_postgres(settings: Settings, target: Path) -> None:
    _postgres_tool(settings, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _prove_postgres(settings: Settings, dump: Path) -> dict[str, Any]:
    listed = _postgres_tool(settings, "pg_restore", "--list", str(dump))
    if "TABLE DATA public ledger_line" not in listed:
        raise SystemExit("The dump holds no ledger: is HUITOU_DATABASE_URL the right database?")
    return _prove_open(models.database.obj, None)


def _put_postgres(settings: Settings, dump: Path, aside: Path) -> None:
    others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    if models.database.obj.execute_sql(f"{others} AND backend_type = 'client backend'").fetchone()[0]:
        raise SystemExit(IN_USE)
    if models.database.obj.table_exists("brand"):
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        _dump_postgres(settings, aside / POSTGRES)
    models.database.obj.close()
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    database = str(storage.postgres_arguments(settings.database_url)["database"])
    _postgres_tool(settings, "pg_restore", *options, f"--dbname={database}", str(dump))


def _postgres_tool(settings: Settings, tool: str, *arguments: str) -> str:
    """Run pg_dump or pg_restore; the password goes by the environment, where other people's `ps` does not see it."""
    path = shutil.which(tool)
    if path is None:
        raise SystemExit(f"{tool} is missing: apt-get install postgresql-client")
    given = storage.postgres_arguments(settings.database_url)
    named = {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES}
    done = subprocess.run(  # noqa: S603 - our own argument list
        [path, *arguments], env=os.environ | named, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise SystemExit(f"{tool}: {lines[0]}")
    return done.stdout


# --- both ----------------------------------------------------------------------------------------------------------------


def _prove_open(database: Any, secret: bytes | None) -> dict[str, Any]:
    """Every invariant holds, and the secret (ours when none is given) opens the phone numbers."""
    if broken := check.run(1, database):
        raise SystemExit("Not proved: " + "; ".join(f"{breach.name}: {breach.rows[0]}" for breach in broken))
    sealed = database.execute_sql("SELECT phone_sealed FROM member WHERE phone_sealed IS NOT NULL LIMIT 1").fetchone()
    if sealed and secret:
        vault.unlock(secret)
    if sealed and not vault.opens(sealed[0]):
        raise SystemExit("The secret does not open the phone numbers of this database.")
    members = database.execute_sql("SELECT COUNT(*) FROM member").fetchone()[0]
    applied = database.execute_sql("SELECT name FROM schema_migration ORDER BY name").fetchall()
    return {"members": members, "migrations": [row[0] for row in applied]}


def _pack(path: Path, settings: Settings, content: Path, manifest: dict[str, Any]) -> None:
    # What begins with a dot is being written just now, for a row that this copy does not know.
    found = (settings.data / "uploads").rglob("*")
    uploads = sorted(file for file in found if file.is_file() and not file.name.startswith("."))
    files = {content.name: content, SECRET: settings.data / "secret"}
    files |= {UPLOADS + str(file.relative_to(settings.data / "uploads")): file for file in uploads}
    manifest["files"] = {name: _digest(file) for name, file in files.items()}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as bundle:
                bundle.writestr("README.txt", NOTE)
                bundle.writestr(MANIFEST, json.dumps(manifest, indent=1))
                for name, file in files.items():
                    bundle.write(file, name, zipfile.ZIP_STORED if file.suffix == ".jpg" else None)
            raw.flush()
            os.fsync(raw.fileno())
    except OSError as error:
        raise SystemExit(f"The backup could not be written: {error.strerror}") from None


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(source) as bundle:
            manifest: dict[str, Any] = json.loads(bundle.read(MANIFEST))
            known = {path.stem for path in migrations.FOLDER.glob("[0-9]*.py")}
            if manifest["format"] != FORMAT or not known >= set(manifest["migrations"]):
                raise SystemExit(f"{source.name} was made by a newer Huitou than this one: upgrade first")
            for name, digest in manifest["files"].items():
                written = Path(bundle.extract(name, folder))
                if _digest(written) != digest:
                    raise SystemExit(f"{source.name} is damaged: {name} is not what was saved")
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise SystemExit(f"{source.name} is not a backup of Huitou, or is damaged: {error}") from None
    except OSError as error:
        raise SystemExit(f"{source.name} could not be unpacked: {error.strerror}") from None
    return manifest


def _is_lived_in(settings: Settings) -> bool:
    if settings.is_sqlite and not settings.sqlite_path.exists():
        return False
    return bool(models.database.obj.table_exists("brand") and Brand.select().exists())


def _aside(settings: Settings, at: int) -> Path:
    return settings.data / "backups" / f"before-restore-{local(at, 'UTC'):%Y%m%d-%H%M%S}"


def _put_files(settings: Settings, folder: Path, aside: Path) -> None:
    for name in ("secret", "uploads"):
        there, new = settings.data / name, folder / name
        if there.exists() and new.exists():
            aside.mkdir(mode=0o700, parents=True, exist_ok=True)
            there.rename(aside / name)
        if new.exists():
            new.rename(there)
    (settings.data / "secret").chmod(0o600)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _scratch(near: Path) -> Iterator[Path]:
    """A private folder on the same disk, so that the result is moved and not copied; it is gone afterwards."""
    try:
        near.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".huitou-", dir=near))
    except OSError as error:
        raise SystemExit(f"{near} cannot be written to: {error.strerror}") from None
    try:
        yield folder
    except sqlite3.OperationalError as error:
        raise SystemExit(f"The database could not be copied: {error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
