"""Redeeming through the real server: a member holds, the tablet of that store approves; two POSTs, each durable before it is answered.

Held against raw durable commits of three writes on one connection of the same database. Afterwards the books are proved.
"""

import itertools
import time

from bench import commits, servers, wrk
from bench.options import Options
from bench.servers import Server
from bench.shops import STORES, Shop, copy, short
from bench.table import Line, Table
from webapp import check, clock
from webapp.clock import HOUR
from webapp.rewards import redemptions

_pairs = itertools.count(1, 1_000_000)


def against_commits(table: Table, shop: Shop, options: Options) -> None:
    """Goals 4 and 5."""
    with copy(shop) as own, commits.raw(own) as raw, servers.real(own) as real:
        for clients in (8, 32):
            commits_per_second, runs = [], []
            redeem(real, own, clients, 1)
            for _ in range(options.rounds):
                commits_per_second.append(raw.rate(options.seconds / 2))
                runs.append(redeem(real, own, clients, options.seconds))
            table.add(*_lines(shop, clients, commits_per_second, runs))
        table.add(_books(own))


def flat(table: Table, small: Shop, large: Shop, options: Options) -> None:
    """Goal 3 for redeeming: the same shop with many members, beside one with few."""
    with copy(small) as one, copy(large) as other, servers.real(one) as few, servers.real(other) as many:
        here, there = wrk.side_by_side(
            options.rounds,
            lambda: redeem(few, one, 16, options.seconds),
            lambda: redeem(many, other, 16, options.seconds),
        )
    what = f"redeem (POSTs), 16 clients, {large.label}"
    note = wrk.trouble(here + there)
    table.add(
        Line("3", what, "per s", wrk.rates(there), f"at {short(small.size)}", wrk.rates(here), note=note),
        Line("3", what, "µs CPU", wrk.costs(there), f"at {short(small.size)}", wrk.costs(here), upside_down=True),
    )


def redeem(server: Server, shop: Shop, clients: int, seconds: float) -> wrk.Run:
    """One run; what was held and not yet approved at its end is given back before the next."""
    run = wrk.run(
        server.url,
        "redeem",
        seconds=seconds,
        server=server.web,
        members=shop.size,
        connections=clients,
        threads=STORES,
        start=next(_pairs),
    )
    with shop.opened():
        redemptions.lapse_overdue(clock.now() + HOUR)
    return run


def _lines(shop: Shop, clients: int, raw: list[float], runs: list[wrk.Run]) -> list[Line]:
    goal = "4" if shop.engine == "sqlite" else "5"
    what = f"redeem, {clients} clients, {shop.label}"
    pairs = [run.rate / 2 for run in runs]
    p50, p99 = ([getattr(run, name) for run in runs] for name in ("p50", "p99"))
    note = wrk.trouble(runs) or f"{wrk.middle(runs, 'cost'):.0f} µs CPU a POST"
    return [
        Line(goal, f"{what}: POSTs", "per s", wrk.rates(runs), "raw 3-write commits", raw, note=note),
        Line(goal, f"{what}: redemptions (two POSTs)", "per s", pairs, "raw 3-write commits", raw),
        Line(goal, f"{what}: slowest of 100", "ms", p99, "half of them", p50),
    ]


def _books(own: Shop) -> Line:
    """Every invariant of the data, as `flask check` proves them."""
    begun = time.monotonic()
    with own.opened():
        broken = check.run(1)
    took = f"{time.monotonic() - begun:.0f} s"
    said = "!! broken: " + "; ".join(breach.name for breach in broken) if broken else "every invariant holds"
    return Line(
        "4" if own.engine == "sqlite" else "5", f"the books afterwards, {own.label}", "", [], note=f"{said} ({took})"
    )
