"""Many tablets at once from one asyncio loop: those that listen to the live stream, and those that poll once a second."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench import processes

CHANGED = b"data: changed"


@dataclass
class Heard:
    """CPU in per cent of a core, idle and with one change a second; delays in ms from before the commit to the bytes in a client."""

    idle: float = 0.0
    busy: float = 0.0
    delays: list[float] = field(default_factory=list)
    lost: int = 0


def listen(port: int, paths: list[str], change: Callable[[int], None], *, seconds: float, server: int) -> Heard:
    """Open every path as an event stream; then nothing happens for `seconds`, then `change(n)` once a second as long."""
    return asyncio.run(_listen(port, paths, change, seconds, server))


def poll(port: int, paths: list[str], cookie: str, *, seconds: float, server: int) -> tuple[float, int]:
    """Ask for every path once a second over a connection of its own. Per cent of a core, and answers that were not 204."""
    return asyncio.run(_poll(port, paths, cookie, seconds, server))


async def _listen(port: int, paths: list[str], change: Callable[[int], None], seconds: float, server: int) -> Heard:
    heard, changed_at = Heard(), [0.0]
    streams = [asyncio.create_task(_stream(port, path, heard, changed_at)) for path in paths]
    await asyncio.sleep(1.5)
    heard.delays.clear()
    heard.idle = await _share(server, asyncio.sleep(seconds))
    heard.delays.clear()
    heard.busy = await _share(server, _changes(change, changed_at, seconds))
    heard.lost = sum(stream.done() for stream in streams)
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    return heard


async def _stream(port: int, path: str, heard: Heard, changed_at: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if line.startswith(CHANGED):
                heard.delays.append((time.perf_counter() - changed_at[0]) * 1000)
    finally:
        writer.close()


async def _changes(change: Callable[[int], None], changed_at: list[float], seconds: float) -> None:
    for n in range(max(1, round(seconds))):
        await asyncio.sleep(0.5 + random.random() / 4)
        changed_at[0] = time.perf_counter()
        await asyncio.to_thread(change, n)
        await asyncio.sleep(0.5 - (time.perf_counter() - changed_at[0]) % 0.25)


async def _poll(port: int, paths: list[str], cookie: str, seconds: float, server: int) -> tuple[float, int]:
    wrong = [0]
    tablets = [asyncio.create_task(_tablet(port, path, cookie, wrong)) for path in paths]
    await asyncio.sleep(1.5)
    share = await _share(server, asyncio.sleep(seconds))
    for tablet in tablets:
        tablet.cancel()
    await asyncio.gather(*tablets, return_exceptions=True)
    return share, wrong[0]


async def _tablet(port: int, path: str, cookie: str, wrong: list[int]) -> None:
    await asyncio.sleep(random.random())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    mine = f"10.9.{random.randrange(256)}.{random.randrange(256)}"
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nX-Forwarded-For: {mine}\r\n\r\n".encode()
    try:
        while True:
            writer.write(asked)
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 204 " not in answer.split(b"\r\n", 1)[0]:
                wrong[0] += 1
                return
            await asyncio.sleep(1)
    finally:
        writer.close()


async def _share(server: int, work: object) -> float:
    """Per cent of a core that the server's processes use meanwhile."""
    before, begun = processes.cpu(server), time.perf_counter()
    await work  # type: ignore[misc]
    return (processes.cpu(server) - before) / (time.perf_counter() - begun) * 100
