"""A static file, answered from memory before Flask, beside Flask's hello."""

from bench import servers, wrk
from bench.options import Options
from bench.shops import Shop
from bench.table import Line, Table
from webapp.assets import Assets


def static(table: Table, shop: Shop, options: Options) -> None:
    """Goal 11, by CPU."""
    address = Assets(shop.folder / "cache").url("app.css")
    with servers.real(shop) as real, servers.beside(shop) as beside:
        file, hello = wrk.side_by_side(
            options.rounds,
            lambda: wrk.run(real.url + address, "file", seconds=options.seconds, server=real.web),
            lambda: wrk.run(beside.url + "/hello", "plain", seconds=options.seconds, server=beside.web),
        )
    note = wrk.trouble(file + hello)
    table.add(
        Line("11", "static file (app.css)", "µs CPU", wrk.costs(file), "Flask hello", wrk.costs(hello), note=note)
    )
