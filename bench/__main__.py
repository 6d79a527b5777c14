"""`scripts/bench`: makes the data, runs the measures, prints one table. `scripts/bench --help` lists the options."""

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack

from bench import (
    cares,
    cases,
    desk,
    files,
    home,
    imports,
    nights,
    orders,
    photos,
    redeem,
    shops,
    slots,
    start,
    weight,
    wrk,
)
from bench.options import Options
from bench.shops import Shop
from bench.table import Table, say
from tests.kit import pgbox

MEASURES = (
    "home",
    "flat",
    "redeem",
    "poll",
    "stream",
    "start",
    "weight",
    "static",
    "slots",
    "book",
    "orders",
    "cases",
    "cares",
    "imports",
    "photos",
    "nights",
)
WITH_WRK = ("flat", "redeem", "poll", "static")


def main() -> int:
    options, table = _options(), Table()
    if not wrk.is_here():
        table.skip(f"{wrk.MISSING}: no measure on a server under load")
    with ExitStack() as stack:
        for engine in options.engines:
            made = _shops(engine, options, table, stack)
            for name, act in _measures(engine, made, options, table):
                say(f"{name} ({engine})")
                _try(name, act, table)
    print(table.text(markdown=options.markdown))
    return 0


def _measures(engine: str, made: list[Shop], options: Options, table: Table) -> list[tuple[str, Callable[[], None]]]:
    """What there is to do on this engine, in order: what only reads comes first."""
    if not made:
        return []
    small, large = made[0], made[-1]
    every = [
        ("home", lambda: home.in_process(table, made, options)),
        ("home", lambda: home.on_server(table, large, options) if wrk.is_here() else None),
        ("slots", lambda: slots.free_times(table, small, large, options) if len(made) > 1 else None),
        ("orders", lambda: orders.flat(table, small, large, options) if len(made) > 1 else None),
        ("cases", lambda: cases.flat(table, small, large, options) if len(made) > 1 else None),
        ("cases", lambda: cases.promises(table, small, options) if not again else None),
        ("cases", lambda: cases.sweep(table, small, large, options) if len(made) > 1 else None),
        ("cares", lambda: cares.daily_run(table, small, large, options) if len(made) > 1 else None),
        ("imports", lambda: imports.rows(table, small, options)),
        ("nights", lambda: nights.flat(table, small, large, options) if len(made) > 1 else None),
        ("nights", lambda: nights.beside_home(table, large, options)),
        ("poll", lambda: desk.poll(table, large, options)),
        ("stream", lambda: desk.stream(table, small, options)),
        ("static", lambda: files.static(table, small, options)),
        ("start", lambda: start.cold(table, small, options)),
        ("weight", lambda: weight.pages(table, small)),
        ("redeem", lambda: redeem.against_commits(table, large, options)),
        ("book", lambda: slots.attempts(table, small, options)),
        ("photos", lambda: photos.at_once(table, small, options)),
        ("flat", lambda: redeem.flat(table, small, large, options) if len(made) > 1 else None),
    ]
    once = ("static", "start", "weight")  # no difference between the databases
    again = engine != options.engines[0]
    return [
        (name, act)
        for name, act in every
        if name in options.only and not (again and name in once) and (wrk.is_here() or name not in WITH_WRK)
    ]


def _shops(engine: str, options: Options, table: Table, stack: ExitStack) -> list[Shop]:
    made = []
    box = None
    if engine == "postgres":
        try:
            box = stack.enter_context(pgbox.running(durable=True))
        except pgbox.Missing as why:
            table.skip(str(why))
            return []
    for size in options.sizes:
        say(f"data: {engine}, {shops.short(size)} members")
        made.append(shops.postgres(box, size) if box else shops.sqlite(size))
    return made


def _try(name: str, act: Callable[[], None], table: Table) -> None:
    """One measure that cannot be made does not stop the others."""
    try:
        act()
    except Exception as error:
        table.skip(f"{name}: {type(error).__name__}: {error}")


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="What Huitou costs beside something plain, as ratios."
    )
    parser.add_argument(
        "--quick", action="store_true", help="1k and 100k members, 3 rounds of 2 s (this is the default)"
    )
    parser.add_argument("--full", action="store_true", help="1k, 100k and 1M members, 5 rounds of 3 s")
    parser.add_argument("--sizes", help="members, comma-separated: 1k,100k,1M")
    parser.add_argument("--rounds", type=int, metavar="N")
    parser.add_argument("--seconds", type=float, metavar="S", help="of one round of one variant")
    parser.add_argument("--only", default=",".join(MEASURES), help=f"comma-separated: {', '.join(MEASURES)}")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    asked = parser.parse_args()
    only = asked.only.split(",")
    if unknown := set(only) - set(MEASURES):
        parser.error(f"--only: there is no {', '.join(sorted(unknown))}")
    try:
        sizes = sorted(
            {_size(text) for text in (asked.sizes or ("1k,100k,1M" if asked.full else "1k,100k")).split(",")}
        )
    except ValueError as error:
        parser.error(f"--sizes: {error}")
    return Options(
        sizes=sizes,
        rounds=max(1, asked.rounds or (5 if asked.full else 3)),
        seconds=asked.seconds or (3.0 if asked.full else 2.0),
        engines=["sqlite", "postgres"] if asked.engine == "both" else [asked.engine],
        only=only,
        markdown=asked.markdown,
    )


def _size(text: str) -> int:
    """1k → 1000, 1M → 1000000"""
    number, unit = text.strip()[:-1], text.strip()[-1:]
    factor = {"k": 1000, "m": 1_000_000}.get(unit.lower())
    size = int(number) * factor if factor else int(text)
    if size < 100:
        raise ValueError("at least 100 members")
    return size


if __name__ == "__main__":
    sys.exit(main())
