"""In-process: WSGI calls in small batches, no server and no wrk; the steadiest of all measures.

A process per shop keeps its app; the parent asks them turn by turn, so that every variant meets the same noise. The figure of a variant is
the lower quartile of its batches, in microseconds of the process's CPU time per answer.
"""

import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

from werkzeug.test import create_environ

from bench.shops import Shop

BATCH = 10
_spawn = multiprocessing.get_context("spawn")


@contextmanager
def apps(*shops: Shop) -> Iterator[list[Connection]]:
    """A process per shop that answers a variant's name with the microseconds of one batch."""
    with ExitStack() as stack:
        ends = []
        for shop in shops:
            here, there = _spawn.Pipe()
            process = _spawn.Process(target=_serve, args=(there, shop), daemon=True)
            process.start()
            there.close()
            stack.callback(process.join, 10)
            stack.callback(here.send, None)
            ends.append(here)
        yield ends


def side_by_side(rounds: int, batches: int, *variants: tuple[Connection, str]) -> list[list[float]]:
    """Per variant one figure for each round: the lower quartile of `batches`, interleaved with the others'."""
    for _ in range(3):
        [_ask(*variant) for variant in variants]
    figures: list[list[float]] = [[] for _ in variants]
    for _ in range(rounds):
        seen = [[_ask(*variant) for variant in variants] for _ in range(batches)]
        for mine, one in zip(figures, zip(*seen, strict=True), strict=True):
            mine.append(statistics.quantiles(one, n=4)[0])
    return figures


def _ask(end: Connection, variant: str) -> float:
    end.send(variant)
    answer = end.recv()
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return float(answer)


def _serve(end: Connection, shop: Shop) -> None:
    """In the other process: a figure for every name that is asked, or a sentence when it cannot be had."""
    os.environ.clear()
    os.environ.update(shop.environment)
    variants: dict[str, Callable[[], object]] = {}
    while (name := end.recv()) is not None:
        try:
            variants = variants or _variants(shop)
            end.send(_cost(variants[name]))
        except Exception as error:
            end.send(f"{shop.label}, {name}: {type(error).__name__}: {error}")


def _variants(shop: Shop) -> dict[str, Callable[[], object]]:
    from bench import beside, cases, orders, slots
    from webapp.app import create_app

    real = create_app(shop.settings())
    plain = beside.plain(real)
    return {
        "home": lambda: _call(real.wsgi_app, "/", f"huitou=bench-{random.randint(1, shop.size)}"),
        "bare": lambda: _call(plain.wsgi_app, "/bare"),
        "folded": lambda: _call(plain.wsgi_app, "/folded"),
        **slots.variants(real),
        **orders.variants(real),
        **cases.variants(real),
    }


def _cost(act: Callable[[], object]) -> float:
    begun = time.process_time()
    for _ in range(BATCH):
        act()
    return (time.process_time() - begun) / BATCH * 1e6


def _call(
    app: Callable[..., Iterable[bytes]], path: str, cookie: str = "", *, body: str | None = None, **headers: str
) -> int:
    """GET, or POST of a form; the status. Raises for an answer that is none."""
    how = {"method": "POST", "data": body, "content_type": "application/x-www-form-urlencoded"} if body else {}
    environ: dict[str, Any] = create_environ(path, **how)
    environ |= headers | ({"HTTP_SEC_FETCH_SITE": "same-origin"} if body else {})
    environ["HTTP_X_FORWARDED_FOR"] = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
    if cookie:
        environ["HTTP_COOKIE"] = cookie
    status = ""

    def start(line: str, headers: Any, error: Any = None) -> None:
        nonlocal status
        status = line

    answer = app(environ, start)
    size = sum(len(part) for part in answer)
    if hasattr(answer, "close"):
        answer.close()
    good = ("303", "422") if body else ("200",)
    if not status.startswith(good) or not (size or body):
        raise RuntimeError(f"{path} answered {status}")
    return int(status[:3])
