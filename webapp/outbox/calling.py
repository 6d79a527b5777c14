"""One POST to a server that is not ours: never a redirect followed, nothing read but the status, and never longer than `LONGEST`.

A server in the shop's own network, or on this machine, may be called: a till stands there. Never the addresses at which a rented machine is told its
own secrets (`NEVER`): asked of the connection itself, before a byte is sent, so that no name can lead there.

Called by the worker only, outside of any transaction.
"""

import ipaddress
import socket
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

LONGEST = 15.0  # seconds for all of it: name, connection, sending, first line of the answer
CONNECT, READ = 5.0, 10.0
# Link-local and multicast, and where two makers of clouds keep theirs outside of those.
NEVER = tuple(
    ipaddress.ip_network(net)
    for net in ("169.254.0.0/16", "fe80::/10", "224.0.0.0/4", "ff00::/8", "100.100.100.200/32", "fd00:ec2::254/128")
)


class NotCalled(ValueError):
    """Somewhere behind that name is an address that is never called."""


class NobodyThere(Exception):
    """Not reached, or not answered in time. The text says why, in a few words and without the address."""


def post(address: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer. Raises NobodyThere. A server that drips its answer is left after `LONGEST`."""
    said: list[int | str] = []
    call = threading.Thread(target=_call, args=(address, body, dict(headers), said), name="a call", daemon=True)
    call.start()
    call.join(LONGEST)
    answer = said[0] if said else "no answer in time"
    if isinstance(answer, str):
        raise NobodyThere(answer)
    return answer


def is_never(host: str) -> bool:
    """Is this a written address that is never called? A name says nothing yet."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in net for net in NEVER)


@cache
def _adapter() -> Any:
    """Connections that look where they have come before anything is said."""
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Looks:
        def _new_conn(self) -> socket.socket:
            made: socket.socket = super()._new_conn()  # type: ignore[misc]
            if is_never(str(made.getpeername()[0])):
                made.close()
                raise NotCalled
            return made

    plain = type("Plain", (Looks, HTTPConnection), {})
    safe = type("Safe", (Looks, HTTPSConnection), {})
    pools = {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SafePool", (HTTPSConnectionPool,), {"ConnectionCls": safe}),
    }

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

    return Adapter


def _call(address: str, body: bytes, headers: dict[str, str], said: list[int | str]) -> None:
    import requests  # only the worker calls, and it takes its time to load

    try:
        with requests.Session() as session:
            session.trust_env = False  # no passwords out of a .netrc
            for scheme in ("http://", "https://"):
                session.mount(scheme, _adapter()())
            answer = session.post(
                address, data=body, headers=headers, timeout=(CONNECT, READ), allow_redirects=False, stream=True
            )
            said.append(int(answer.status_code))
            answer.close()
    except (requests.RequestException, OSError, ValueError) as error:
        said.append(type(error).__name__)
