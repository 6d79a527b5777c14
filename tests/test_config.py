"""Settings: what stops the start, and the secret of the installation."""

import stat
from pathlib import Path

import pytest

from webapp import config

NO_FILE = Path("no such file")


def load(folder: Path, **given: str) -> config.Settings:
    return config.load({"HUITOU_DATA": str(folder), **given}, NO_FILE)


def test_an_unknown_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(config.SettingError, match="HUITOU_DATABSE_URL"):
        load(tmp_path, HUITOU_DATABSE_URL="sqlite")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUITOU_DATABASE_URL", "mysql://x"),
        ("HUITOU_BASE_URL", "shop.example"),
        ("HUITOU_BASE_URL", "ftp://shop.example"),
        ("HUITOU_TRUSTED_PROXIES", "many"),
        ("HUITOU_TRUSTED_PROXIES", "9"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(config.SettingError, match=name) as caught:
        load(tmp_path, **{name: value})
    assert "\n" not in str(caught.value)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "huitou.toml"
    file.write_text('base_url = "https://file.example"\ntrusted_proxies = 1\n')
    read = config.load({"HUITOU_DATA": str(tmp_path / "d"), "HUITOU_BASE_URL": "https://env.example/"}, file)
    assert (read.base_url, read.trusted_proxies) == ("https://env.example", 1)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "huitou.toml"
    file.write_text("base_url = oops")
    with pytest.raises(config.SettingError, match=r"huitou\.toml"):
        config.load({"HUITOU_DATA": str(tmp_path)}, file)


def test_the_first_start_makes_a_secret_for_its_owner_only_and_the_second_keeps_it(tmp_path: Path) -> None:
    first, second = load(tmp_path / "data"), load(tmp_path / "data")
    assert first.secret == second.secret
    assert len(first.secret) == 32
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600


def test_a_secret_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(config.SettingError, match="chmod 600"):
        load(tmp_path)


def test_an_emptied_secret_stops_the_start(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "secret").write_text("")
    with pytest.raises(config.SettingError, match="damaged"):
        load(tmp_path)
