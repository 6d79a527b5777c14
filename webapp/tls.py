"""A small certificate authority of the shop's own, so that tablets on the shop's network get HTTPS without a public name.

Who calls it: `webapp.serving --tls`. It keeps four files in HUITOU_DATA/tls: the authority (`ca.crt`, `ca.key`), made once
and trusted by hand on each device, and the server's certificate (`server.crt`, `server.key`), renewed by itself.
It never replaces an authority that exists: every device would have to trust the new one again.
"""

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fcntl import ioctl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

# Apple refuses a server certificate that is valid for longer than 398 days (825 for an authority added by hand).
VALID = timedelta(days=397)
RENEW = timedelta(days=30)
SIOCGIFADDR = 0x8915


@dataclass(frozen=True)
class Files:
    """Where the four files are. `ca` is the one to put on tablets and phones."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def ca_key(self) -> Path:
        return self.folder / "ca.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"


def ensure(folder: Path, names: Iterable[str], at: int) -> Files:
    """A certificate good for all `names` at `at` and 30 days on; makes or renews only what is missing. A repeat changes nothing."""
    files, moment = Files(folder), datetime.fromtimestamp(at, UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _authority(files)
    wanted = sorted(set(names))
    if not _is_good(files, wanted, moment):
        leaf = authority.issue_cert(
            *wanted,
            organization_name="Huitou",
            organization_unit_name="Huitou server",
            not_before=moment - timedelta(days=1),
            not_after=moment - timedelta(days=1) + VALID,
        )
        # granian reads PKCS#8 keys only.
        _write(files.key, _pkcs8(leaf.private_key_pem.bytes()), 0o600)
        _write(files.certificate, b"".join(blob.bytes() for blob in leaf.cert_chain_pems), 0o644)
    return files


def fingerprint(files: Files) -> str:
    """SHA-256 of the authority, to compare by eye with what a tablet shows before trusting it."""
    digest = x509.load_pem_x509_certificate(files.ca.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def own_names() -> list[str]:
    """Every name and address under which this machine is reached in the shop, the most useful first; no network traffic."""
    host = socket.gethostname().split(".")[0].lower()
    names = ["localhost", "127.0.0.1", *lan_addresses()]
    if host.replace("-", "").isalnum() and host.isascii():
        names += [host, f"{host}.local"]
    return list(dict.fromkeys(names))


def lan_addresses() -> list[str]:
    """The IPv4 addresses of this machine's interfaces, the one with the default route first; asked of the kernel, not of the network."""
    found = dict(_interfaces())
    first = sorted(found, key=lambda name: name not in _default_interfaces())
    return [found[name] for name in first if not ipaddress.ip_address(found[name]).is_loopback]


def _interfaces() -> Iterator[tuple[str, str]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                answer = ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                yield name, socket.inet_ntoa(answer[20:24])


def _default_interfaces() -> set[str]:
    with suppress(OSError):
        lines = Path("/proc/net/route").read_text().splitlines()[1:]
        return {line.split()[0] for line in lines if line.split()[1] == "00000000"}
    return set()


def _authority(files: Files) -> trustme.CA:
    if files.ca.exists() and files.ca_key.exists():
        return trustme.CA.from_pem(files.ca.read_bytes(), files.ca_key.read_bytes())
    made = trustme.CA(
        path_length=0,
        organization_name="Huitou",
        organization_unit_name=f"Huitou {socket.gethostname()} {os.urandom(3).hex()}",
    )
    _write(files.ca_key, _pkcs8(made.private_key_pem.bytes()), 0o600)
    _write(files.ca, made.cert_pem.bytes(), 0o644)
    # An old server certificate is not this authority's.
    files.certificate.unlink(missing_ok=True)
    return made


def _is_good(files: Files, names: list[str], moment: datetime) -> bool:
    try:
        now = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        serialization.load_pem_private_key(files.key.read_bytes(), None)
    except (OSError, ValueError):
        return False
    listed = now.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    has = {str(name.value) for name in listed}
    return has >= set(names) and now.not_valid_before_utc <= moment < now.not_valid_after_utc - RENEW


def _pkcs8(pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, None)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others in between."""
    new = path.with_suffix(path.suffix + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class _Handout(BaseHTTPRequestHandler):
    """GET /ca.crt gives the authority; anything else is told where the shop is. Plain HTTP, because nobody trusts us yet."""

    content = b""

    def do_GET(self) -> None:
        if self.path != "/ca.crt":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/x-x509-ca-cert")
        self.send_header("Content-Disposition", 'attachment; filename="huitou-ca.crt"')
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def version_string(self) -> str:
        return "Huitou"


def hand_out(file: Path, host: str, port: int) -> None:
    """Serve the authority's certificate for ever; a process of its own, started by `webapp.serving`."""
    _Handout.content = file.read_bytes()
    _Handout.timeout = 10
    ThreadingHTTPServer((host, port), _Handout).serve_forever()


if __name__ == "__main__":
    hand_out(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
