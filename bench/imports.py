"""Files of members brought into a shop: what a line costs in a large file and in a small one, looked at and put in, and how much memory it takes.

Made in a copy of a shop, by the rules that the worker calls.
"""

import io
import re
import time
from contextlib import ExitStack
from pathlib import Path

from bench.options import Options
from bench.shops import Shop, copy, short
from bench.table import Line, Table
from models import Intake, Staff, Store
from webapp import clock
from webapp.imports import intakes

FEW, MANY = 1_000, 100_000  # `--full`: ten times as many of the second
LONG = 3_600.0  # seconds


def rows(table: Table, shop: Shop, options: Options) -> None:
    """Goal 3: the hundred-thousandth line costs what the first one did."""
    many = MANY * (10 if options.sizes[-1] >= 1_000_000 else 1)
    with ExitStack() as stack:
        own = stack.enter_context(copy(shop))
        stack.enter_context(own.opened())
        small = [_brought(13_800_000_000 + n * FEW, FEW) for n in range(max(options.rounds, 3))]
        before = _memory()
        looked, put = _brought(13_900_000_000, many)
        grown = _memory() - before
    said = f"a line of a file, {shop.engine}, {short(many)} lines"
    against = f"of {short(FEW)}"
    table.add(
        Line("", f"{said}: looked at", "µs", [looked] * len(small), against, [one for one, _ in small], True),
        Line("", f"{said}: put in", "µs", [put] * len(small), against, [one for _, one in small], True),
        Line("", f"memory that a file of {short(many)} lines takes", "MB", [max(grown, 0.1)]),
    )


def _brought(first: int, lines: int) -> tuple[float, float]:
    """Microseconds a line, for looking at it and for putting it in."""
    store, at = Store.get_by_id(1), clock.now()
    staff = Staff.select().first()
    text = "手机号,姓名,积分\n" + "".join(f"{first + n},客人{n},{n % 50}\n" for n in range(lines))
    intake = intakes.take_in(io.BytesIO(text.encode()), "bench", "members", store, staff, at)
    intakes.choose(intake, intake.columns["chosen"], at)
    begun = time.perf_counter()
    _until(intake, at, "ready")
    looked = time.perf_counter() - begun
    intakes.put_in(intake, staff, at)
    begun = time.perf_counter()
    _until(intake, at, "done")
    return looked / lines * 1e6, (time.perf_counter() - begun) / lines * 1e6


def _memory() -> float:
    """MB of this process that are not pages of the database's own file."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _until(intake: Intake, at: int, state: str) -> None:
    now = intakes.work(intake, at, LONG)
    if now.state != state:
        raise RuntimeError(f"the file is {now.state}, not {state}: {now.error}")
