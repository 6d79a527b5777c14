"""What the web server calls: it takes a request in whole, however slowly it comes, and only then lets the app work on it.

Handed to the app at once, a body that trickles in would hold its process all that time, and two people with a bad network would hold
up everybody. Here it waits on the event loop beside all others, and is given up when it takes too long. The app runs on the loop too, one
request at a time: what one blocking thread per process does as well.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
WSGI = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
READ_WITHIN = 20  # seconds for a whole body


class Gate:
    """RSGI in front of WSGI. No more than `most` bytes of a body are kept; the app refuses what is longer by its length."""

    def __init__(self, app: WSGI, most: int) -> None:
        self._app = app
        self._most = most
        self._always: Environ = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SCRIPT_NAME": "",
            "SERVER_SOFTWARE": "Granian",
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,
            "wsgi.multiprocess": True,
            "wsgi.multithread": False,
            "wsgi.run_once": False,
            "wsgi.version": (1, 0),
        }

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        environ = self._environ(scope)
        body = b""
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            try:
                body = await asyncio.wait_for(self._body(environ, protocol), READ_WITHIN)
            except TimeoutError:
                protocol.response_empty(408, [("connection", "close")])
                return
            except RuntimeError:
                return  # hung up
        environ["wsgi.input"] = io.BytesIO(body)
        protocol.response_bytes(*self._answer(environ))

    async def _body(self, environ: Environ, protocol: Any) -> bytes:
        length = environ.get("CONTENT_LENGTH", "0")
        if not length.isdecimal() or int(length) > self._most:
            return b""
        kept = bytearray()
        async for piece in protocol:
            kept += piece
            if len(kept) > self._most:
                break
        environ["CONTENT_LENGTH"] = str(len(kept))
        return bytes(kept)

    def _answer(self, environ: Environ) -> tuple[int, list[tuple[str, str]], bytes]:
        started: list[Any] = []
        pieces = self._app(environ, lambda status, headers, *_: started.extend((status, headers)))
        try:
            body = b"".join(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        return int(started[0][:3]), started[1], body

    def _environ(self, scope: Any) -> Environ:
        host, _, port = scope.server.rpartition(":")
        environ = self._always | {
            "REQUEST_METHOD": scope.method,
            "PATH_INFO": scope.path.encode().decode("latin-1"),
            "QUERY_STRING": scope.query_string,
            "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
            "SERVER_NAME": host,
            "SERVER_PORT": port,
            "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
            "wsgi.url_scheme": scope.scheme,
        }
        for name, value in scope.headers.items():
            if "_" in name:
                continue  # would pass for another name below
            known = name.upper().replace("-", "_")
            key = known if known in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{known}"
            if key in environ:
                value = f"{environ[key]}{';' if key == 'HTTP_COOKIE' else ','}{value}"
            environ[key] = value
        return environ
