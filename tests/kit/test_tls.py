"""The shop's own authority: made once, renewed in time, trusted for exactly the names asked for."""

import ssl
import stat
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from webapp import tls

NOW = 1_790_000_000
DAY = 86_400
NAMES = ["localhost", "192.0.2.7", "shop.local"]


def test_a_repeat_changes_nothing(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path / "tls", NAMES, NOW)
    before = {path.name: path.read_bytes() for path in files.folder.iterdir()}
    tls.ensure(tmp_path / "tls", reversed(NAMES), NOW + 300 * DAY)
    assert {path.name: path.read_bytes() for path in files.folder.iterdir()} == before


def test_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path / "tls", NAMES, NOW)
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    for key in (files.ca_key, files.key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert b"BEGIN PRIVATE KEY" in key.read_bytes()


def test_a_tablet_accepts_how_long_it_is_valid(tmp_path: Path) -> None:
    made = _certificate(tls.ensure(tmp_path / "tls", NAMES, NOW))
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=398)
    assert made.not_valid_before_utc.timestamp() < NOW


def test_it_is_renewed_a_month_before_its_end_by_the_same_authority(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path / "tls", NAMES, NOW)
    authority, first = files.ca.read_bytes(), _certificate(files)
    tls.ensure(tmp_path / "tls", NAMES, NOW + 370 * DAY)
    assert files.ca.read_bytes() == authority
    assert _certificate(files).not_valid_after_utc > first.not_valid_after_utc + timedelta(days=300)


def test_a_new_address_is_taken_in(tmp_path: Path) -> None:
    tls.ensure(tmp_path / "tls", NAMES, NOW)
    files = tls.ensure(tmp_path / "tls", [*NAMES, "198.51.100.9"], NOW)
    names = _certificate(files).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {*NAMES, "198.51.100.9"}


def test_a_damaged_certificate_is_replaced(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path / "tls", NAMES, NOW)
    files.certificate.write_text("")
    tls.ensure(tmp_path / "tls", NAMES, NOW)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)


def test_this_machine_knows_its_own_names() -> None:
    assert tls.own_names()[:2] == ["localhost", "127.0.0.1"]
    assert "127.0.0.1" not in tls.lan_addresses()


def _certificate(files: tls.Files) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.certificate.read_bytes())
