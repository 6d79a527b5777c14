"""The signed-in home page, a random member at every request, beside the bare Jinja page; and at a million members beside a thousand."""

from bench import inside, servers, wrk
from bench.options import Options
from bench.shops import Shop, short
from bench.table import Line, Table

BATCHES = 40


def in_process(table: Table, shops: list[Shop], options: Options) -> None:
    """Goals 1, 2 and 3 by the steadiest measure."""
    with inside.apps(*shops) as ends:
        variants = [(end, name) for end in ends for name in ("bare", "home", "folded")]
        figures = iter(inside.side_by_side(options.rounds, BATCHES, *variants))
        homes = []
        for shop in shops:
            bare, home, folded = next(figures), next(figures), next(figures)
            homes.append(home)
            goal = "1" if shop.engine == "sqlite" else "2"
            table.add(
                Line(goal, f"home in-process, {shop.label}", "µs CPU", home, "bare page", bare, upside_down=True),
                Line(goal, f"home in-process, {shop.label}", "µs CPU", home, "folded page", folded, upside_down=True),
            )
    if len(shops) > 1:
        small, large = shops[0], shops[-1]
        what = f"home in-process, {large.label}"
        table.add(Line("3", what, "µs CPU", homes[-1], f"at {short(small.size)}", homes[0], upside_down=True))


def on_server(table: Table, shop: Shop, options: Options) -> None:
    """Goals 1 and 2 on granian, by CPU of the web server's processes and by requests per second."""
    with servers.real(shop) as real, servers.beside(shop) as beside:
        bare, home = wrk.side_by_side(
            options.rounds,
            lambda: wrk.run(beside.url + "/bare", "plain", seconds=options.seconds, server=beside.web),
            lambda: wrk.run(real.url + "/", "member", seconds=options.seconds, server=real.web, members=shop.size),
        )
    goal = "1" if shop.engine == "sqlite" else "2"
    note = wrk.trouble(bare + home) or f"p99 {wrk.middle(home, 'p99'):.0f} ms, bare page {wrk.middle(bare, 'p99'):.0f}"
    table.add(
        Line(
            goal,
            f"home on granian, {shop.label}",
            "µs CPU",
            wrk.costs(home),
            "bare page",
            wrk.costs(bare),
            upside_down=True,
            note=note,
        ),
        Line(goal, f"home on granian, {shop.label}", "req/s", wrk.rates(home), "bare page", wrk.rates(bare)),
    )
