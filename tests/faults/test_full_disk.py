"""The disk is full: whoever wants to change something is told so, everybody may look, and it goes on as soon as there is room."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import people
from tests.faults.people import Answer, Counter, Line
from tests.kit import needs, pgbox, servers
from webapp import check, config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SmallDisk = Callable[[int], Path]


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    """small_disk(megabytes) -> a folder with room for that much."""
    if os.geteuid() != 0:
        needs.missing("a small disk can only be mounted as root")
    with ExitStack() as mounted:

        def mount(megabytes: int) -> Path:
            folder = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))  # not below a folder that is root's alone
            mounted.callback(folder.rmdir)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
            mounted.callback(subprocess.run, ["umount", str(folder)], check=True)
            return folder

        yield mount


def test_a_shop_on_a_full_disk_is_read_only_and_recovers(small_disk: SmallDisk) -> None:
    """SQLite, and everything else that Huitou writes: logs, numbers, the queue of the worker."""
    disk = small_disk(40)
    home = people.install(config.load({"HUITOU_DATA": str(disk / "data")}, Path("no such file")))
    counter = people.open_shop(home, 2)
    with servers.running(home.data) as shop:
        _bears_a_full_disk(disk, shop, counter, lambda: None)
        assert "invariants hold" in shop.flask("check")
    with people.at_home(home):
        assert check.run() == []


def test_a_postgresql_on_a_full_disk_too(pg: pgbox.Box, empty_pg: str, small_disk: SmallDisk, tmp_path: Path) -> None:
    """Its tables lie on the small disk; the data folder of the app does not.

    PostgreSQL refuses the one statement that needs room and stays well, and so does the connection that asked. But it may let nobody
    new in: a backend writes the list of the system tables down (`pg_internal.init`, beside the tables) when that is not there, a vacuum
    of a system table takes it away, and whoever connects then and cannot write is sent off with "could not write init file" until there
    is room. So a shop that threw its connection away after the first refusal could not even read; here the list is taken away.
    """
    disk = small_disk(40)
    disk.chmod(0o755)
    (disk / "tables").mkdir()
    shutil.chown(disk / "tables", pg.user)
    pg.sql(f"CREATE TABLESPACE small LOCATION '{disk / 'tables'}'")
    url = pg.create("on_small_disk", empty_pg, tablespace="small")
    home = config.load({"HUITOU_DATA": str(tmp_path / "data"), "HUITOU_DATABASE_URL": url}, Path("no such file"))
    try:
        counter = people.open_shop(home, 2)
        with servers.running(home.data, database_url=url) as shop:
            _bears_a_full_disk(disk, shop, counter, lambda: pg.sql("VACUUM pg_class", "on_small_disk"))
        with people.at_home(home):
            assert check.run() == []
    finally:
        pg.drop("on_small_disk")
        pg.sql("DROP TABLESPACE small")


def test_a_postgresql_that_cannot_write_its_log_is_gone_and_loses_nothing(
    small_disk: SmallDisk, empty_folder: Path, tmp_path: Path
) -> None:
    """Its write-ahead log lies on the small disk. Without room there PostgreSQL ends itself, and cannot start before there is some.

    Whoever asks hears so at once, in words; with room, and started again, everything that was told is there.
    """
    disk = small_disk(12)
    disk.chmod(0o755)
    with pgbox.running(durable=True, log_on=disk) as box:
        given = {"HUITOU_DATA": str(tmp_path / "data"), "HUITOU_DATABASE_URL": box.create("shop")}
        counter = people.open_shop(people.install(config.load(given, Path("no such file"))), 2)
        with servers.running(counter.home.data, database_url=counter.home.database_url) as shop:
            phone, tablet = _hands(shop, counter)
            told = people.Told()
            assert _redeem(phone, tablet, counter, "room", told).status == 303
            _fill(disk)
            box.sql("CREATE TABLE filled AS SELECT generate_series(1, 500000)", "shop", check=False)
            assert box.has_ended(20)
            for line, path in ((phone, "/me"), (tablet, "/desk/")) * 2:
                answer = line.get(path)
                assert (answer.status, "几秒后再试" in answer.text) == (503, True)
            (disk / "filler").unlink()
            box.start()
            assert _redeem(phone, tablet, counter, "room again", told).status == 303
        with people.at_home(counter.home):
            people.assert_kept(told, counter)
            assert check.run() == []


def _bears_a_full_disk(disk: Path, shop: servers.Shop, counter: Counter, before: Callable[[], object]) -> None:
    phone, tablet = _hands(shop, counter)
    told = people.Told()
    assert _redeem(phone, tablet, counter, "room", told).status == 303
    before()
    _fill(disk)
    full = next(
        (no for n in range(300) if (no := _redeem(phone, tablet, counter, f"full {n}", told)).status != 303), None
    )
    assert full, "the disk never was too small"
    assert full.status == 507, f"{full.status}\n{shop.logs()}"
    assert "硬盘满了" in full.text
    for n in range(4):
        assert (phone.get("/me").status, tablet.get("/desk/").status, phone.get("/healthz").status) == (200, 200, 200)
        assert _redeem(phone, tablet, counter, f"still full {n}", told).status == 507
    assert shop.process.poll() is None
    (disk / "filler").unlink()
    assert _redeem(phone, tablet, counter, "room again", told).status == 303
    with people.at_home(counter.home):
        people.assert_kept(told, counter)


def _hands(shop: servers.Shop, counter: Counter) -> tuple[Line, Line]:
    """A phone and a tablet."""
    return Line(lambda: shop.port, counter.phones[0], 1, timeout=20), Line(
        lambda: shop.port, counter.tablets[0], 2, timeout=20
    )


def _redeem(phone: Line, tablet: Line, counter: Counter, ticket: str, told: people.Told) -> Answer:
    """Hold and approve; the first answer that is no yes. The same ticket may be sent again later."""
    held = phone.post(f"/rewards/{counter.reward}/redemptions", ticket=f"ticket {ticket}")
    if held.status != 303:
        return held
    code = held.went_to.rpartition("/")[2]
    told.held[f"ticket {ticket}"] = code
    approved = tablet.post(f"/desk/redemptions/{code}/approval")
    if approved.status == 303:
        told.approved.add(code)
    return approved


def _fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"\0" * 4096)
        except OSError:
            return
