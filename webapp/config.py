"""Settings, from the environment or `huitou.toml`, checked before anything starts.

A setting that is unknown, or wrong, stops the start with one line that names it (`SettingError`).
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from click import ClickException

PREFIX = "HUITOU_"


class SettingError(ClickException):
    """One line that names the setting and says what is wrong with it; `flask …` prints just that line."""


@dataclass(frozen=True)
class Settings:
    """What one process needs to know. `secret` is read from the data folder; `live_port` is told by whoever starts the processes."""

    data: Path
    database_url: str = ""
    base_url: str = ""
    live_url: str = ""
    live_port: int = 0
    notify_staff: tuple[str, ...] = ()
    notify_members: tuple[str, ...] = ()
    trusted_proxies: int = 0
    metrics_key: str = ""
    demo_password: str = ""
    secret: bytes = b""

    @property
    def sqlite_path(self) -> Path:
        return self.data / "huitou.db"

    @property
    def is_sqlite(self) -> bool:
        return not self.database_url.startswith("postgres")


KNOWN = {name for name in Settings.__dataclass_fields__ if name not in ("secret", "live_port")}


def load(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Read, check, and make the data folder and its secret if this is the first start. Raises SettingError."""
    environ = os.environ if environ is None else environ
    given = _from_file(file or Path("huitou.toml")) | {
        name[len(PREFIX) :].lower(): value for name, value in environ.items() if name.startswith(PREFIX)
    }
    for name in given:
        if name not in KNOWN:
            raise SettingError(f"{PREFIX}{name.upper()}: there is no such setting (known: {', '.join(sorted(KNOWN))})")
    data = Path(given.get("data") or "data").resolve()
    return Settings(
        data=data,
        database_url=_database_url(given.get("database_url", "")),
        base_url=_web_address("base_url", given.get("base_url", "")),
        live_url=_web_address("live_url", given.get("live_url", "")),
        live_port=_number("live_port", environ.get("LIVE_PORT", "0"), 0, 65535),
        notify_staff=tuple(given.get("notify_staff", "").split()),
        notify_members=tuple(given.get("notify_members", "").split()),
        trusted_proxies=_number("trusted_proxies", given.get("trusted_proxies", "0"), 0, 5),
        metrics_key=given.get("metrics_key", ""),
        demo_password=given.get("demo_password", ""),
        secret=_secret(data),
    )


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        return {name.lower(): str(value) for name, value in tomllib.loads(path.read_text("utf-8")).items()}
    except (tomllib.TOMLDecodeError, OSError, UnicodeError) as error:
        raise SettingError(f"{path.name}: cannot be read: {error}") from None


def _database_url(value: str) -> str:
    if value and not value.startswith(("postgresql://", "postgres://")) and value != "sqlite":
        raise SettingError(f"{PREFIX}DATABASE_URL: must be 'sqlite' or start with postgresql://")
    return "" if value == "sqlite" else value


def _web_address(name: str, value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise SettingError(f"{PREFIX}{name.upper()}: must be an address like https://shop.example")
    return value.rstrip("/")


def _number(name: str, value: str, low: int, high: int) -> int:
    if not value.isdecimal() or not low <= int(value) <= high:
        raise SettingError(f"{PREFIX}{name.upper()}: must be a whole number from {low} to {high}")
    return int(value)


def _secret(data: Path) -> bytes:
    """The root secret of this installation, made at the first start, readable by its owner alone."""
    path = data / "secret"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # O_EXCL: of two processes that start together, one makes the secret and both read the same one.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        except FileExistsError:
            pass
        text = path.read_text().strip()
    except OSError as error:
        raise SettingError(f"{PREFIX}DATA: {data} cannot be used: {error.strerror}") from None
    if path.stat().st_mode & 0o077:
        raise SettingError(f"{PREFIX}DATA: {path} must be readable by its owner only (chmod 600)")
    if len(text) < 64:
        raise SettingError(f"{PREFIX}DATA: {path} is damaged or empty; restore it from the backup")
    return bytes.fromhex(text)
