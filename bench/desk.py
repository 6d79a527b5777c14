"""The tablets: an idle poll beside the bare page and beside an ordinary view, and 200 of them on the live stream."""

import statistics

from bench import servers, streams, wrk
from bench.options import Options
from bench.servers import Server
from bench.shops import STORES, Shop, copy
from bench.table import Line, Table
from models import Store
from webapp import clock, front, live
from webapp.outbox import events

TABLETS = 200
LONG = 10.0  # seconds, so that there are ten changes to hear of


def poll(table: Table, shop: Shop, options: Options) -> None:
    """Goal 9: "has anything changed?" answered 204."""
    with servers.real(shop) as real, servers.beside(shop) as beside:

        def one(server: Server, path: str, kind: str) -> wrk.Run:
            return wrk.run(server.url + path, kind, seconds=options.seconds, server=server.web)

        idle, flask, bare = wrk.side_by_side(
            options.rounds,
            lambda: one(real, _pulse(shop, 1), "desk"),
            lambda: one(beside, "/desk/nothing", "desk"),
            lambda: one(beside, "/bare", "plain"),
        )
        share, wrong = streams.poll(
            real.port,
            [_pulse(shop, n % STORES + 1) for n in range(TABLETS)],
            "huitou_desk=desk-1",
            seconds=options.seconds,
            server=real.web,
        )
    note = wrk.trouble(idle + flask + bare)
    table.add(
        Line(
            "9",
            f"idle poll, {shop.label}",
            "µs CPU",
            wrk.costs(idle),
            "204 from a Flask view",
            wrk.costs(flask),
            note=note,
        ),
        Line("9", f"idle poll, {shop.label}", "µs CPU", wrk.costs(idle), "bare page", wrk.costs(bare)),
        Line(
            "9",
            f"{TABLETS} tablets poll once a second",
            "% of a core",
            [share],
            note=f"!! {wrong} not 204" if wrong else "",
        ),
    )


def stream(table: Table, shop: Shop, options: Options) -> None:
    """Goal 9: the live stream, idle and with one change a second."""
    with copy(shop) as own, servers.real(own) as real, own.opened():
        stores = [store.id for store in Store.select().order_by(Store.id)]
        paths = [f"/live?ticket={live.ticket(stores[n % len(stores)], clock.now())}" for n in range(TABLETS)]

        def change(n: int) -> None:
            events.tick(stores[n % len(stores)])

        heard = streams.listen(real.port + 1, paths, change, seconds=max(LONG, options.seconds), server=real.live)
    delays = sorted(heard.delays)
    table.add(
        Line("9", f"{TABLETS} tablets listen, nothing happens, {shop.label}", "% of a core", [heard.idle]),
        Line("9", f"{TABLETS} tablets listen, a change a second, {shop.label}", "% of a core", [heard.busy]),
    )
    if not delays:
        table.skip("the live stream said nothing")
        return
    p50, p99 = statistics.median(delays), delays[int(len(delays) * 0.99)]
    note = f"slowest of 100 {p99:.0f} ms; heard {len(delays)} times" + (f"; !! {heard.lost} lost" if heard.lost else "")
    table.add(
        Line("9", f"commit to tablet, {shop.label}", "ms", [p50], "the watcher's pause", [live.EVERY * 1000], note=note)
    )


def _pulse(shop: Shop, store: int) -> str:
    """The address of a poll that holds for the next minute."""
    with shop.opened():
        version = Store.get_by_id(store).queue_version
        return f"/desk/queue?pulse={front.pulse('store', store, version, clock.now() + 4)}"
