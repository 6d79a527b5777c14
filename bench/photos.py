"""Ten photos at once: how long the desk's queue takes meanwhile, and how long the photos do.

Served as the real thing is, with one door more that takes a photo and keeps it. What the ten send comes from a process of its own.
"""

import http.client
import multiprocessing
import os
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask

from bench import servers
from bench.options import Options
from bench.shops import Shop, copy
from bench.table import Line, Table
from models import Store
from webapp import clock, create_app, forms
from webapp.app import LARGEST_PHOTO, LARGEST_REQUEST
from webapp.gate import Gate, Large
from webapp.photos import pictures

AT_ONCE = 10
WIDE, HIGH = 4032, 3024  # 12 megapixels
PAUSE = 0.02  # between two looks at the queue: two or three tablets after each other
_spawn = multiprocessing.get_context("spawn")


def at_once(table: Table, shop: Shop, options: Options) -> None:
    """The queue's fragment, asked again and again: alone, and while ten photos come in and are drawn."""
    photo = _photo()
    with copy(shop) as own, servers.beside(own, "bench.photos:app") as server:
        here, there = _spawn.Pipe()
        sender = _spawn.Process(target=_send, args=(there, server.port, photo), daemon=True)
        sender.start()
        there.close()
        try:
            _all(here)  # everything is loaded
            rounds = [
                (_alone(server.port, options.seconds), _meanwhile(server.port, here)) for _ in range(options.rounds)
            ]
        finally:
            here.send(None)
            sender.join(10)
    what = f"the desk's queue while {AT_ONCE} photos of 12 megapixels come in, {shop.engine}"
    alone, busy = [looks for looks, _ in rounds], [looks for _, (looks, _) in rounds]
    for name, of in (("half of them within", statistics.median), ("nine of ten within", _ninth)):
        table.add(
            Line("", f"{what}, {name}", "ms", [of(looks) for looks in busy], "alone", [of(looks) for looks in alone])
        )
    took = [seconds for _, (_, seconds) in rounds]
    note = f"{len(photo) / 1e6:.1f} MB each"
    table.add(
        Line(
            "",
            f"until all {AT_ONCE} photos are drawn and kept, {shop.engine}",
            "ms",
            [s * 1000 for s in took],
            note=note,
        )
    )


def _photo() -> bytes:
    """As full of small things as a real one."""
    from PIL import Image

    dots = Image.frombytes("RGB", (WIDE // 6, HIGH // 6), os.urandom((WIDE // 6) * (HIGH // 6) * 3))
    into = BytesIO()
    dots.resize((WIDE, HIGH), Image.Resampling.BICUBIC).save(into, "JPEG", quality=88)
    return into.getvalue()


def _look(port: int) -> float:
    """Milliseconds until the queue is there."""
    begun = time.perf_counter()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request("GET", "/desk/queue", headers={"Cookie": "huitou_desk=desk-1", "HX-Request": "true"})
        answer = line.getresponse()
        answer.read()
    if answer.status != 200:
        raise RuntimeError(f"the queue answers {answer.status}")
    return (time.perf_counter() - begun) * 1000


def _looks(port: int, on: Callable[[], bool]) -> list[float]:
    found: list[float] = []
    while on() or not found:
        found.append(_look(port))
        time.sleep(PAUSE)
    return found


def _alone(port: int, seconds: float) -> list[float]:
    until = time.monotonic() + seconds
    return _looks(port, lambda: time.monotonic() < until)


def _meanwhile(port: int, sender: Connection) -> tuple[list[float], float]:
    sender.send(AT_ONCE)
    found = _looks(port, lambda: not sender.poll())
    return found, _heard(sender)


def _all(sender: Connection) -> None:
    sender.send(AT_ONCE)
    _heard(sender)


def _heard(sender: Connection) -> float:
    answer = sender.recv()
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return float(answer)


def _ninth(looks: list[float]) -> float:
    return sorted(looks)[int(len(looks) * 0.9)]


# --- in processes of their own -----------------------------------------------------------------------------------------


def _send(end: Connection, port: int, photo: bytes) -> None:
    """So many at once, whenever asked; the seconds until the last one is answered."""
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    body = head + photo + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Sec-Fetch-Site": "same-origin"}

    def one(wrong: list[str]) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as line:
            line.request("POST", "/try/photos", body, headers)
            if (status := line.getresponse().status) != 200:
                wrong.append(f"a photo was answered {status}")

    while (number := end.recv()) is not None:
        wrong: list[str] = []
        threads = [threading.Thread(target=one, args=(wrong,)) for _ in range(number)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        end.send(wrong[0] if wrong else time.perf_counter() - begun)


def _with_a_door(real: Flask) -> Flask:
    @real.post("/try/photos")
    def take() -> str:
        return pictures.take_in(forms.photo(), Store.get_by_id(1), clock.now()).code

    return real


def __getattr__(name: str) -> Any:
    # Made when the server asks for it, so that importing the module opens nothing.
    if name == "app":
        real = _with_a_door(create_app())
        large = Large(forms.takes_photo, LARGEST_PHOTO, real.extensions["settings"].data)
        return Gate(real, LARGEST_REQUEST, real.extensions["front"].answer, large)
    raise AttributeError(name)
