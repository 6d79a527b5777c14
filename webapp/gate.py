"""What the web server calls: it takes a request in whole, however slowly it comes, and only then lets the app work on it.

Handed to the app at once, a body that trickles in would hold its process all that time, and two people with a bad network would hold
up everybody. Here it waits on the event loop beside all others, and is given up when it takes too long. The app runs on the loop too, one
request at a time: what one blocking thread per process does as well.

A photo or a file to import (`Large`) is a body like no other: it waits on disk instead of in memory, and the app works on it on a thread beside
the loop, one after the other, while the loop goes on with everybody else. That thread steps back for the loop, and its line has an end.

What needs neither a body nor the app (`first`, see `front.py`) is answered on the thread where it arrives, also while the app works:
the way to the loop and back would cost more than the answer.
"""

import asyncio
import io
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from granian import _futures

Environ = dict[str, Any]
WSGI = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
First = Callable[..., tuple[int, list[tuple[str, str]], bytes] | None]
READ_WITHIN = 20  # seconds for a whole body, or for the next piece of a large one
READ_LARGE_WITHIN = 300
POLITE = 64 * 1024 * 1024  # so much is heard out before a no: who still talks does not hear it
LINE = 24  # large bodies of one process at a time, each of them a file


class Large(NamedTuple):
    """How large a request may be (by method and path; 0: like any other), and the folder where large ones wait."""

    most: Callable[[str, str], int]
    folder: Path


class Gate:
    """RSGI in front of WSGI. No more than `most` bytes of a body are kept; the app refuses what is longer by its length."""

    def __init__(self, app: WSGI, most: int, first: First | None = None, large: Large | None = None) -> None:
        self._app = app
        self._most = most
        self._first = first
        self._large = large
        self._in_line = 0
        self._beside = ThreadPoolExecutor(1, "photos", _step_back)  # its thread begins with the first of them
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

    def __rsgi_init__(self, _: asyncio.AbstractEventLoop) -> None:
        """Called by granian in each of its processes, before it listens."""
        if self._first:
            _futures._cbsched_aioschedule = self._asked_first(_futures._cbsched_aioschedule)

    def _asked_first(self, usual: Callable[..., Callable[[Any], None]]) -> Callable[..., Callable[[Any], None]]:
        """granian's way to hand a request to the loop (`usual` makes it), with `at_once` before it."""

        def make(*given: Any) -> Callable[[Any], None]:
            to_the_loop = usual(*given)

            def hand_over(request: Any) -> None:
                if self.at_once(request.scope, request.proto):
                    request.done()
                else:
                    to_the_loop(request)

            return hand_over

        return make

    def at_once(self, scope: Any, protocol: Any) -> bool:
        """Answer it here and now, if that can be; otherwise it has been left alone."""
        if not self._first or scope.proto != "http" or scope.method not in ("GET", "HEAD"):
            return False
        try:
            found = self._first(
                scope.method,
                scope.path,
                scope.query_string,
                lambda: scope.headers.get("accept-encoding", ""),
                at_once=True,
            )
        except Exception:
            return False  # the app meets it too, and says it in words
        if found is None:
            return False
        protocol.response_bytes(*found)
        return True

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        environ = self._environ(scope)
        if self._large and (most := self._large.most(scope.method, scope.path)):
            await self._take_large(most, self._large.folder, environ, protocol)
            return
        body = b""
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            try:
                async with asyncio.timeout(READ_WITHIN):
                    body = await self._body(environ, protocol)
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

    async def _take_large(self, most: int, folder: Path, environ: Environ, protocol: Any) -> None:
        if self._in_line >= LINE:
            protocol.response_empty(503, [("retry-after", "5"), ("connection", "close")])
            return
        self._in_line += 1
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                async with asyncio.timeout(READ_LARGE_WITHIN):
                    await self._spool(most, environ, protocol, file)
                file.seek(0)
                environ |= {"wsgi.input": file, "wsgi.multithread": True}
                answer = await asyncio.get_running_loop().run_in_executor(self._beside, self._answer, environ)
            protocol.response_bytes(*answer)
        except TimeoutError:
            protocol.response_empty(408, [("connection", "close")])
        except OSError:
            protocol.response_empty(507, [("connection", "close")])  # no room for it
        except RuntimeError:
            return  # hung up
        finally:
            self._in_line -= 1

    async def _spool(self, most: int, environ: Environ, protocol: Any, file: IO[bytes]) -> None:
        """Write the body down, as far as it may go. Raises TimeoutError when the next piece does not come."""
        length = environ.get("CONTENT_LENGTH", "0")
        if not length.isdecimal() or int(length) > POLITE:
            return
        come, pieces = 0, aiter(protocol)
        while come <= POLITE:
            try:
                piece = await asyncio.wait_for(anext(pieces), READ_WITHIN)
            except StopAsyncIteration:
                break
            come += len(piece)
            if come <= most:
                file.write(piece)
        environ["CONTENT_LENGTH"] = str(come)

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
            "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
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


def _step_back() -> None:
    """The thread beside gets what the loop leaves. (Linux counts this by the thread; elsewhere they share.)"""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
