"""From the command line to a running shop."""

import argparse
import http.client
import ssl
import sys
from collections.abc import Sequence
from contextlib import closing

from webapp.config import SettingError
from webapp.config import load as settings_of
from webapp.serving import banner, loading, preparing, servers
from webapp.serving.asked import arguments, must_be_free, ports
from webapp.serving.children import Stop, Supervisor, say


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal says stop. Returns the exit code; what stands in the way of a start is said in one line."""
    asked = arguments(argv)
    try:
        settings = settings_of()
        for port, what in ports(asked):
            must_be_free(asked.host, port, what)
        loading.load(*preparing.NEEDS)
        news = loading.apart(lambda: preparing.prepare(asked, settings))
        loading.load(*servers.SHARED)
        told = news()
        return Supervisor(servers.children(asked, settings)).run(
            lambda: _answers(asked), lambda: say(*loading.apart(lambda: banner.lines(asked, settings, told))())
        )
    except (SettingError, Stop) as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _answers(asked: argparse.Namespace) -> bool:
    """Does GET /healthz say 200? Whose certificate it is does not matter here: it is asked of this machine."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(asked.host, asked.host)  # noqa: S104
    line = http.client.HTTPConnection(near, asked.port, timeout=2)
    if asked.tls:
        anybody = ssl._create_unverified_context()  # noqa: S323
        line = http.client.HTTPSConnection(near, asked.port, timeout=2, context=anybody)
    with closing(line):
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
