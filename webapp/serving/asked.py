"""What the command line asks for, and whether its ports are free."""

import argparse
import socket
from collections.abc import Sequence

from webapp.serving.children import Stop


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve", description="Start Huitou. Ctrl-C stops it.")
    parser.add_argument("--demo", action="store_true", help="load a lived-in demo into an empty database")
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="N", help="the next port is for live events (default 8000)"
    )
    parser.add_argument("--host", default="0.0.0.0", metavar="H", help="address to listen on (default: all of them)")  # noqa: S104
    parser.add_argument("--tls", action="store_true", help="HTTPS with an authority of the shop's own (data/tls)")
    parser.add_argument(
        "--workers", type=int, choices=range(1, 65), default=2, metavar="N", help="web processes (default 2)"
    )
    parser.add_argument(
        "--no-live", action="store_true", help="no live-events process: tablets ask every second instead"
    )
    parser.add_argument("--log-to-stderr", action="store_true", help="for containers: no files in data/logs")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65533:
        raise argparse.ArgumentTypeError("must be a number from 1 to 65533")
    return int(text)


def ports(asked: argparse.Namespace) -> list[tuple[int, str]]:
    ports = [(asked.port, "the web server")]
    if not asked.no_live:
        ports.append((asked.port + 1, "live events"))
    if asked.tls:
        ports.append((asked.port + 2, "the authority's certificate"))
    return ports


def must_be_free(host: str, port: int, what: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Stop(f"Port {port} ({what}) needs more rights; take one above 1023 with --port N.") from None
        except OSError as error:
            raise Stop(f"Port {port} ({what}) on {host} cannot be used: {error.strerror}. Try --port N.") from None
