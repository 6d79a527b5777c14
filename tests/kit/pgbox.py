"""A PostgreSQL server of the tests' own, thrown away afterwards.

It listens on a Unix socket in a folder of its own and on no port, so that any number of test runs stand side by side. PostgreSQL
refuses to run as root; then the server runs as an unprivileged user. `PG_BIN` names the folder of another server version.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg2

from tests.kit import needs

# What a test may lose in a power cut is no matter; a crash test asks for durable=True.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "shared_buffers": "256MB",
}
QUIET = {
    "listen_addresses": "",
    "max_connections": "100",
    "timezone": "UTC",
    "jit": "off",
    "log_min_messages": "warning",
}
FILLED = """SELECT oid::regclass AS name, oid FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migration' AND pg_relation_size(oid) > 0"""
# The rows of every table that has a page, but for what the migrations wrote; ids begin anew. Nobody else stays connected.
SWEEP = f"""
BEGIN;
SET LOCAL statement_timeout = 0;
SET LOCAL session_replication_role = replica;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE one record;
BEGIN
    FOR one IN {FILLED} LOOP
        EXECUTE format('DELETE FROM %s', one.name);
    END LOOP;
    PERFORM setval(seqrelid::regclass, 1, false) FROM pg_sequence WHERE seqrelid <> 'schema_migration_id_seq'::regclass;
END $$;
COMMIT;
"""
# By this one sees whether a test has built something else.
BUILT = """
SELECT (SELECT array_agg((c.relname, c.relkind, c.relnatts) ORDER BY c.oid) FROM pg_class c WHERE relnamespace = 'public'::regnamespace)::text,
    (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger)
"""


class Missing(Exception):
    """There is no PostgreSQL server on this machine."""


def binaries() -> Path:
    """The folder of initdb and postgres, the newest version there is."""
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if debian:
        return max(debian, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise Missing("no PostgreSQL server here: apt-get install postgresql, or set PG_BIN")


def sweep(line: Any) -> None:
    """Take every row out of the database of this connection: a few milliseconds, where a clone takes fifty and knows no plan yet."""
    with line.cursor() as cursor:
        cursor.execute(SWEEP)


def built(line: Any) -> Any:
    """What the tables are, so that one sees whether they still are."""
    with line.cursor() as cursor:
        cursor.execute(BUILT)
        return cursor.fetchone()


class Box:
    """One server: `with Box() as box: box.create("shop"); box.url("shop")`. `log_on` is a disk of its write-ahead log's own."""

    def __init__(self, *, durable: bool = False, log_on: Path | None = None) -> None:
        self.bin = binaries()
        self.durable = durable
        self.folder = Path(
            tempfile.mkdtemp(prefix="pg-", dir="/tmp" if durable else needs.scratch())
        )  # a socket's path ends at 107 bytes
        self.user = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Any = None
        if self.user:
            shutil.chown(self.folder, self.user)
        away = []
        if log_on:
            (log_on / "wal").mkdir()
            shutil.chown(log_on / "wal", self.user)
            away = ["-X", str(log_on / "wal" / "pg"), "--wal-segsize=1"]
        asked = ["-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", *away]
        self._run("initdb", "-D", str(self._data), *asked)

    def __enter__(self) -> "Box":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        settings = QUIET | ({} if self.durable else FAST) | {"unix_socket_directories": str(self.folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user(), str(self.bin / "postgres"), "-D", str(self._data), *options],
                stdout=log, stderr=log, cwd="/", start_new_session=True,
            )  # fmt: skip
        for _ in range(600):
            if self._process.poll() is not None:
                break
            if self._ask("pg_isready", "-q", "-d", "postgres").returncode == 0:
                return
            time.sleep(0.02)
        raise RuntimeError("PostgreSQL did not start:\n" + (self.folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        """Let it end in order; a second later than twenty, no longer ask."""
        self._hang_up()
        if not self._process or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As in a crash: the server and every backend at once. `start()` recovers it."""
        assert self._process
        self._hang_up()
        self._signal(signal.SIGKILL)
        self._process.wait()

    def has_ended(self, seconds: float) -> bool:
        """Did it end by itself, within that time?"""
        assert self._process
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll() is not None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """As on a machine that hangs: the server and every backend stand still, and whoever asks waits."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def create(self, name: str, template: str = "template1", tablespace: str = "pg_default") -> str:
        """A database cloned from `template` (50 ms), anew if it was there; its address."""
        self.drop(name)
        # Since 15 every page would go through its log otherwise.
        copied = "STRATEGY file_copy" if self._manage("SHOW server_version_num") >= "150000" else ""
        self._manage(f'CREATE DATABASE "{name}" TEMPLATE "{template}" TABLESPACE "{tablespace}" {copied}')
        return self.url(name)

    def drop(self, name: str) -> None:
        self._manage(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rows(self, name: str) -> int:
        """How many tables of this database have rows, but for what the migrations wrote."""
        return int(self.sql(FILLED.replace("oid::regclass AS name, oid", "count(*)"), name))

    def sql(self, text: str, name: str = "postgres", *, check: bool = True) -> str:
        answer = self._ask("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", text)
        if check and answer.returncode:
            raise RuntimeError(answer.stderr)
        return answer.stdout.strip()

    def url(self, name: str) -> str:
        return f"postgresql://test@/{name}?host={self.folder}"

    def _manage(self, text: str) -> str:
        """One statement on a line that is kept, because every test makes a database; a new line when the server was started anew."""
        if self._line is None or self._line.closed:
            self._line = psycopg2.connect(host=str(self.folder), user="test", dbname="postgres")
            self._line.autocommit = True
        with self._line.cursor() as cursor:
            cursor.execute(text)
            return str(cursor.fetchone()[0]) if cursor.description else ""

    def _hang_up(self) -> None:
        if self._line:
            self._line.close()
        self._line = None

    def _signal(self, number: int) -> None:
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in [self._process.pid, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _as_user(self) -> list[str]:
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--"] if self.user else []

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as_user(), str(self.bin / program), *arguments],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _ask(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin / program), "-h", str(self.folder), "-U", "test", *arguments],
            cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip


def _unprivileged() -> str | None:
    """Whom the server runs as, when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            pwd.getpwnam(name)
            return name
    raise Missing("root needs a user called postgres or nobody to run PostgreSQL as")


@contextmanager
def running(*, durable: bool = False, log_on: Path | None = None) -> Iterator[Box]:
    with Box(durable=durable, log_on=log_on) as box:
        yield box
