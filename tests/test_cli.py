"""The commands: what they do, and the one line and exit code when they do not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from peewee import Database

from models import JobRun, Member, Staff, Store
from tests.world import World
from webapp import config, create_app, vault
from webapp.stores import tills

ROOT = Path(__file__).parents[1]


def flask(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=list(words), input=typed)


def test_check_says_that_all_holds(app: Flask, world: World) -> None:
    done = flask(app, "check")
    assert (done.exit_code, done.output.split()[1:]) == (0, ["invariants", "hold"])


def test_check_prints_the_rows_that_break_one_and_fails(app: Flask, world: World) -> None:
    Member.update(points=7).where(Member.id == world.xin.id).execute()
    done = flask(app, "check")
    assert done.exit_code == 1
    assert f"sums of the lines: member={world.xin.id} points=7" in done.output


def test_migrate_again_does_nothing(app: Flask) -> None:
    done = flask(app, "migrate")
    assert (done.exit_code, done.output) == (0, "")


def test_the_demo_goes_into_an_empty_database_only(app: Flask, world: World) -> None:
    done = flask(app, "demo")
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1


def test_backup_and_restore_go_around(app: Flask, world: World, tmp_path: Path) -> None:
    target = str(tmp_path / "shop.zip")
    assert flask(app, "backup", target).exit_code == 0
    refused = flask(app, "restore", target)
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    done = flask(app, "restore", target, "--replace")
    assert done.exit_code == 0, done.output
    assert Member.select().count() == 2


def test_somebody_is_added_with_a_password_from_standard_input(app: Flask, world: World) -> None:
    words = ("staff", "add", "nina", "--role", "manager", "--store", "laundry", "--name", "倪娜", "--password-stdin")
    done = flask(app, *words, typed="a long pass phrase\n")
    assert done.exit_code == 0, done.output
    nina = Staff.get(Staff.username == "nina")
    assert (nina.role, nina.store.slug, nina.name) == ("manager", "laundry", "倪娜")
    assert vault.secret_matches(nina.password_hash, "a long pass phrase")


def test_adding_refuses_in_one_line(app: Flask, world: World) -> None:
    for words, typed in (
        (("nina", "--store", "laundry"), "short\n"),
        (("chen", "--store", "bath"), "a long pass phrase\n"),
        (("nina", "--store", "moon"), "a long pass phrase\n"),
        (("nina",), "a long pass phrase\n"),
    ):
        done = flask(app, "staff", "add", *words, "--password-stdin", typed=typed)
        assert done.exit_code in (1, 2)
        assert "Traceback" not in done.output
    assert not Staff.select().where(Staff.username == "nina").exists()


def test_a_tills_key_is_shown_once_and_works(app: Flask, world: World) -> None:
    done = flask(app, "api-key", "add", "till 1", "--store", "bath")
    assert done.exit_code == 0
    assert tills.speaks_for(done.output.strip()) == Store.get(Store.slug == "bath")


def test_the_worker_works_until_it_is_asked_to_stop(settings: config.Settings, world: World) -> None:
    environment = os.environ | {"HUITOU_DATA": str(settings.data), "HUITOU_DATABASE_URL": settings.database_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "webapp", "work"], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and JobRun.select().where(JobRun.ok_at.is_null(False)).count() < 5:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0
    assert b"worker stopped" in log
    assert b"Traceback" not in log
    assert JobRun.select().where(JobRun.error != "").count() == 0


def test_a_setting_that_is_wrong_is_one_line(tmp_path: Path) -> None:
    environment = os.environ | {"HUITOU_DATA": str(tmp_path), "HUITOU_TRUSTED_PROXIES": "many"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "webapp", "check"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "HUITOU_TRUSTED_PROXIES" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def app(settings: config.Settings, database: Database) -> Flask:
    database.close()  # the application opens it once more, and some commands want it for themselves
    return create_app(settings)
