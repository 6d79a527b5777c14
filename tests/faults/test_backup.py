"""A backup taken while people redeem: it restores to a shop in which everything adds up and nothing told before is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import people
from tests.faults.conftest import Serve
from tests.kit import pgbox, servers
from webapp import check, config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_backup_in_the_middle_of_the_rush_restores_to_a_clean_shop(
    settings: config.Settings, serve: Serve, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    counter = people.open_shop(settings, 4, points=500_000)
    shop = serve()
    crowd = people.Redeemers(counter, lambda: shop.port, 10_000)
    crowd.start()
    people.wait_for(crowd, 20)
    before = people.Told(dict(crowd.told.held), set(crowd.told.approved))
    kept = tmp_path / "kept.zip"
    shop.flask("backup", str(kept))
    people.wait_for(crowd, crowd.done + 5)
    crowd.finish(0)
    assert crowd.errors == []
    shop.stop()

    url = ""
    if settings.database_url:
        box: pgbox.Box = request.getfixturevalue("pg")
        url = box.create(f"restored_{os.getpid()}")
    again = tmp_path / "again"
    words = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "webapp", "restore", str(kept)],
        cwd=servers.ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"HUITOU_DATA": str(again), "HUITOU_DATABASE_URL": url or "sqlite"},
    )  # fmt: skip
    assert words.returncode == 0, words.stderr
    restored = config.load({"HUITOU_DATA": str(again), "HUITOU_DATABASE_URL": url}, Path("no such file"))
    with people.at_home(restored):
        assert check.run() == []
        people.assert_kept(before, counter)
