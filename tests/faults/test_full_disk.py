"""The disk is full: whoever wants to change something is told so, everybody may look, and it goes on as soon as there is room."""

import os
import shutil
import subprocess
import tempfile
import time
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
        _bears_a_full_disk(disk, shop, counter)
        assert "invariants hold" in shop.flask("check")
    with people.at_home(home):
        assert check.run() == []


def test_a_postgresql_on_a_full_disk_too(pg: pgbox.Box, empty_pg: str, small_disk: SmallDisk, tmp_path: Path) -> None:
    """Its tables lie on the small disk; the data folder of the app does not."""
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
            _bears_a_full_disk(disk, shop, counter)
        with people.at_home(home):
            assert check.run() == []
    finally:
        pg.drop("on_small_disk")
        pg.sql("DROP TABLESPACE small")


def _bears_a_full_disk(disk: Path, shop: servers.Shop, counter: Counter) -> None:
    phone = Line(lambda: shop.port, counter.phones[0], 1, timeout=20)
    tablet = Line(lambda: shop.port, counter.tablets[0], 2, timeout=20)
    told = people.Told()
    assert _redeem(phone, tablet, counter, "room", told).status == 303
    _fill(disk)
    full = next(
        (no for n in range(300) if (no := _redeem(phone, tablet, counter, f"full {n}", told)).status != 303), None
    )
    assert full, "the disk never was too small"
    assert full.status == 507, f"{full.status}\n{shop.logs()}"
    assert "硬盘满了" in full.text
    patience = 0 if counter.home.is_sqlite else 10
    for _ in range(4):
        assert _settles(lambda: phone.get("/me").status, patience) == 200
        assert _settles(lambda: tablet.get("/desk/").status, patience) == 200
        assert phone.get("/healthz").status == 200
    assert shop.process.poll() is None
    (disk / "filler").unlink()
    assert _redeem(phone, tablet, counter, "room again", told).status == 303
    with people.at_home(counter.home):
        people.assert_kept(told, counter)


def _settles(ask: Callable[[], int], seconds: float) -> int:
    """The answer, once it is no 503: a PostgreSQL that has just failed to write may let one statement meet its time limit."""
    until = time.monotonic() + seconds
    while (status := ask()) == 503 and time.monotonic() < until:
        time.sleep(0.3)
    return status


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
