"""A backup is one file that is proved when it is made and when it comes back; nothing half, nothing over a living shop."""

import json
import os
import shutil
import stat
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import models
from models import Member, Purchase
from tests.kit import needs, pgbox
from tests.world import World
from webapp import backup, check, config, storage, vault
from webapp.points import purchases
from webapp.points.purchases import Bill


@pytest.fixture
def elsewhere(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[config.Settings]:
    """A new machine: its own secret, an empty database."""
    environment = {"HUITOU_DATA": str(tmp_path / "elsewhere")}
    if engine == "postgres":
        box: pgbox.Box = request.getfixturevalue("pg")
        name = f"elsewhere_{os.getpid()}_{time.monotonic_ns()}"
        environment["HUITOU_DATABASE_URL"] = box.create(name)
        yield config.load(environment, Path("no such file"))
        box.drop(name)
    else:
        yield config.load(environment, Path("no such file"))


@pytest.fixture
def saved(world: World, settings: config.Settings, tmp_path: Path, engine: str) -> Path:
    if engine == "postgres" and not shutil.which("pg_dump"):
        needs.missing("no pg_dump here: apt-get install postgresql-client")
    (settings.data / "uploads" / "defects").mkdir(parents=True)
    (settings.data / "uploads" / "defects" / "1.jpg").write_bytes(b"a photo")
    target = tmp_path / "shop.zip"
    lines = backup.save(settings, target, world.at)
    assert "proved" in lines[0]
    return target


def go_to(settings: config.Settings) -> None:
    models.database.obj.close()
    vault.unlock(settings.secret)
    storage.open_database(settings)


def test_a_shop_comes_back_on_a_new_machine(saved: Path, elsewhere: config.Settings, world: World) -> None:
    mei = Member.get_by_id(world.mei.id)
    go_to(elsewhere)
    lines = backup.restore(elsewhere, saved, world.at)
    assert lines[0] == "restored shop.zip: 2 members, proved"
    back = Member.get_by_id(world.mei.id)
    assert (back.name, back.points) == (mei.name, 1280)
    assert vault.unseal(back.phone_sealed) == "+8613800000001"
    again = config.load({"HUITOU_DATA": str(elsewhere.data)}, Path("no such file"))
    assert again.secret != elsewhere.secret
    assert (elsewhere.data / "uploads" / "defects" / "1.jpg").read_bytes() == b"a photo"
    bath = models.Store.get(models.Store.slug == "bath")
    purchases.record(bath, Bill(1000, "after", "desk"), back, None, world.at)
    assert check.run() == []
    models.database.obj.close()


def test_the_file_is_its_owners_alone_and_says_so(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with zipfile.ZipFile(saved) as bundle:
        assert "密钥" in bundle.read("README.txt").decode()
        manifest = json.loads(bundle.read("manifest.json"))
    assert manifest["members"] == 2
    assert set(manifest["files"]) >= {"secret", "uploads/defects/1.jpg"}
    assert not [name for name in os.listdir(saved.parent) if name.startswith(".huitou-")]


def test_a_living_shop_is_not_overwritten_unless_told(
    saved: Path, settings: config.Settings, world: World, engine: str
) -> None:
    purchases.record(world.bath, Bill(1000, "later", "desk"), world.xin, None, world.at)
    with pytest.raises(SystemExit, match="--replace"):
        backup.restore(settings, saved, world.at)
    assert Purchase.select().count() == 1
    backup.restore(settings, saved, world.at, replace=True)
    assert Purchase.select().count() == 0
    aside = next((settings.data / "backups").iterdir())
    assert (aside / ("huitou.db" if engine == "sqlite" else "huitou.pgdump")).exists()
    models.database.obj.close()


def test_a_shop_that_is_open_is_not_replaced(saved: Path, settings: config.Settings, world: World) -> None:
    ready, over = threading.Event(), threading.Event()

    def somebody_else() -> None:
        Member.select().count()
        ready.set()
        over.wait(20)
        models.database.obj.close()

    other = threading.Thread(target=somebody_else)
    other.start()
    ready.wait(10)
    with pytest.raises(SystemExit, match="stop Huitou first"):
        backup.restore(settings, saved, world.at, replace=True)
    over.set()
    other.join()
    assert Member.select().count() == 2
    assert check.run() == []


@pytest.mark.parametrize("damage", ["cut", "changed", "not one"])
def test_a_damaged_file_is_refused_and_nothing_changes(
    saved: Path, elsewhere: config.Settings, world: World, damage: str
) -> None:
    content = saved.read_bytes()
    if damage == "cut":
        saved.write_bytes(content[: len(content) // 2])
    elif damage == "not one":
        saved.write_bytes(b"hello")
    else:
        other = saved.with_name("other.zip")
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(other, "w") as new:
            for name in old.namelist():
                new.writestr(name, b"00" * 32 if name == "secret" else old.read(name))
        other.replace(saved)
    go_to(elsewhere)
    with pytest.raises(SystemExit, match="damaged"):
        backup.restore(elsewhere, saved, world.at)
    assert not elsewhere.sqlite_path.exists()
    assert (elsewhere.data / "secret").read_text().strip() == elsewhere.secret.hex()
    models.database.obj.close()


def test_a_backup_of_a_broken_shop_is_not_called_proved(
    world: World, settings: config.Settings, tmp_path: Path
) -> None:
    Member.update(points=1).where(Member.id == world.xin.id).execute()
    with pytest.raises(SystemExit, match="Not proved"):
        backup.save(settings, tmp_path / "shop.zip", world.at)
    assert not (tmp_path / "shop.zip").exists()


def test_a_backup_while_the_shop_sells_is_whole(world: World, settings: config.Settings, tmp_path: Path) -> None:
    over = threading.Event()

    def sell() -> None:
        for number in range(10_000):
            if over.is_set():
                break
            purchases.record(world.bath, Bill(1000, f"busy{number}", "desk"), world.xin, None, world.at)
        models.database.obj.close()

    clerk = threading.Thread(target=sell)
    clerk.start()
    try:
        backup.save(settings, tmp_path / "shop.zip", world.at)
    finally:
        over.set()
        clerk.join()
    assert (tmp_path / "shop.zip").exists()


@pytest.mark.only_on("postgres")
def test_without_pg_dump_one_line_says_what_to_install(
    world: World, settings: config.Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="postgresql-client"):
        backup.save(settings, tmp_path / "shop.zip", world.at)
