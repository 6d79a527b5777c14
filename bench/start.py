"""Starting and resting: the second start to the first page, and the memory of all processes at rest, beside a plain Flask app's."""

import signal
import subprocess
import sys
import time

from bench import processes, servers
from bench.options import Options
from bench.shops import Shop
from bench.table import Line, Table
from tests.kit import servers as kit

REST = 3.0


def cold(table: Table, shop: Shop, options: Options) -> None:
    """Goal 8. The first start of all is not counted: it makes the cache of compressed files."""
    with servers.real(shop):
        pass
    begun = [(_first_page(shop), _first_page(shop, plain=True)) for _ in range(options.rounds)]
    ours, plain = zip(*begun, strict=True)
    table.add(
        Line("8", "second start to first page", "s", [at for at, _ in ours], "plain Flask on granian", [at for at, _ in plain]),
        Line(
            "8", "memory at rest, all processes", "MB", [mb for _, mb in ours], "plain Flask on granian", [mb for _, mb in plain],
            note="web 2, worker, live events, supervisor; shared pages counted once",
        ),
    )  # fmt: skip


def _first_page(shop: Shop, *, plain: bool = False) -> tuple[float, float]:
    """Seconds from the command to a 200, and megabytes three seconds later."""
    port = kit.free_ports()
    command = [sys.executable, "-m", "webapp.serving", "--host", "127.0.0.1", "--port", str(port)]
    if plain:
        command = servers.plain("bench.hello:app", port)
    begun = time.perf_counter()
    with (shop.folder / "start.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=kit.ROOT, env=shop.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        while not servers.answers(port, "" if plain else "huitou=bench-7"):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise RuntimeError(f"no page: see {shop.folder}/start.log")
            time.sleep(0.005)
        took = time.perf_counter() - begun
        time.sleep(REST)
        return took, processes.memory(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
