"""Clients that are slow on purpose, on loopback only: a byte every few seconds, of the head or of the body, and never the end.

`with crowd(port, 400) as slow:` keeps them open meanwhile, on a thread of its own; `slow.open` says how many the server has not hung up on.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
BODY = (
    b"POST /join HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
)


class Crowd:
    """Some people with a very bad network."""

    def __init__(self, port: int, number: int, *, begin: bytes, every: float) -> None:
        self.open = 0
        self._port, self._number, self._begin, self._every = port, number, begin, every
        self._all_here, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._all_here.wait(30), f"only {self.open} of {self._number} slow clients got a line"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._gate.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._crowd())
        self._loop.close()

    async def _crowd(self) -> None:
        self._gate, self._came = asyncio.Event(), 0
        clients = [asyncio.create_task(self._client()) for _ in range(self._number)]
        await self._gate.wait()
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.open += 1
        self._came += 1
        if self._came == self._number:
            self._all_here.set()
        try:
            writer.write(self._begin)
            with suppress(OSError):
                while not reader.at_eof():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(4096), self._every)
                    writer.write(b"a")
                    await writer.drain()
        finally:
            self.open -= 1
            writer.close()


@contextmanager
def crowd(port: int, number: int, *, begin: bytes = HEAD, every: float = 2.0) -> Iterator[Crowd]:
    slow = Crowd(port, number, begin=begin, every=every)
    slow.start()
    try:
        yield slow
    finally:
        slow.stop()
