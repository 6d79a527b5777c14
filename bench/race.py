"""`scripts/race`: fifty people want one bath at the same moment, through the real server. Exactly one gets it, or this exits with 1.

First a careless shop (look, think, write) on the same database, to show that the crowd is large enough to oversell. Everything is
made in a folder, or a PostgreSQL server, that is thrown away.
"""

import argparse
import datetime as dt
import http.client
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import models
from models import Ability, Booking, Brand, Member, OpeningInterval, Part, Resource, Seat, Service, Store
from tests.kit import pgbox, servers
from webapp import clock, config, migrations, signins, storage, vault
from webapp.clock import DAY, HOUR
from webapp.members import names

TRIES = 6
ZONE = "Asia/Shanghai"
BUTTON = re.compile(r'<button[^>]*\bname="at" value="(\d+)"')
LINE = re.compile(r'href="(/waiting\?[^"]*)"')


class Scene(NamedTuple):
    """One room, one evening, and who wants it: a cookie each."""

    store: Store
    room: Resource
    service: Service
    at: int
    members: list[Member]
    cookies: list[str]


class Said(NamedTuple):
    """What a client got: a booking, a kind no (two other times and the waiting list), or something else."""

    kind: str
    what: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/race", description="Fifty clients, one seat, the real server.")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--clients", type=int, default=50, metavar="N", choices=range(2, 201))
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="huitou-race-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        settings = {"trusted_proxies": "1"}
        if asked.engine == "postgres":
            try:
                settings["database_url"] = stack.enter_context(pgbox.running()).create("race")
            except pgbox.Missing as why:
                print(why, file=sys.stderr)
                return 2
        with opened(folder, settings):
            scene = make(asked.clients)
            careless = together(asked.clients, lambda n: careless_book(scene, scene.members[n]))
            Booking.delete().execute()
        with servers.running(folder, "--no-live", secure=False, **settings) as shop:
            answers = together(asked.clients, lambda n: book(shop.port, scene, n))
        with opened(folder, settings):
            bookings, seats = Booking.select().count(), Seat.select(Seat.number).distinct().count()
    return report(asked, careless, answers, bookings, seats)


def report(asked: argparse.Namespace, careless: list[Said], answers: list[Said], bookings: int, seats: int) -> int:
    """The table; 0 when the control oversold and Huitou did not."""
    rows = [("a careless shop: look, think, write", careless), ("Huitou, through its real server", answers)]
    title = f"{asked.clients} clients, one seat, {asked.engine}"
    print(f"{title:<35} {'bookings':>9} {'kind no':>9} {'other':>7}")
    for name, said in rows:
        count = [sum(one.kind == kind for one in said) for kind in ("booked", "no", "other")]
        print(f"{name:<35} {count[0]:>9} {count[1]:>9} {count[2]:>7}")
    kinds = [one.kind for one in answers]
    good = kinds.count("booked") == bookings == seats == 1 and kinds.count("no") == asked.clients - 1
    shown = [one.kind for one in careless].count("booked") > 1
    print(
        "Each kind no names the two nearest free times and the way to the waiting list." if good else "Not as promised:"
    )
    for what in sorted({one.what for one in answers if one.kind == "other"})[:5]:
        print(f"  {what}")
    if not shown:
        print("The control did not oversell: this run proves nothing; try again, or with more --clients.")
    return 0 if good and shown else 1


@contextmanager
def opened(folder: Path, given: dict[str, str]) -> Iterator[None]:
    """The database and the secret of this folder, in this process, with its tables."""
    environment = {"HUITOU_DATA": str(folder)} | {f"HUITOU_{name.upper()}": value for name, value in given.items()}
    settings = config.load(environment, Path("no such file"))
    vault.unlock(settings.secret)
    database = storage.open_database(settings)
    try:
        migrations.run(database)
        yield
    finally:
        database.close()


def make(clients: int) -> Scene:
    now = clock.now()
    tomorrow = clock.local(now, ZONE).replace(hour=19, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    brand = Brand.create(name={"zh": "回头浴场", "en": "Huitou Baths"}, policy={}, made_at=now)
    store = Store.create(brand=brand.id, slug="bath", name={"zh": "南门店"}, kind="bath", timezone=ZONE, made_at=now)
    for weekday in range(7):
        OpeningInterval.create(store=store.id, weekday=weekday, opens=600, closes=1560)
    room = Resource.create(store=store.id, name={"zh": "汤屋"}, kind="room", capacity=1, made_at=now)
    service = Service.create(store=store.id, name={"zh": "汤浴"}, kind="bath", minutes=60, price=8800, made_at=now)
    Ability.create(service=service.id, resource=room.id)
    members = [
        Member.create(brand=brand.id, code=vault.code(10), **names.columns(f"第{n}位"), store=store.id, joined_at=now)
        for n in range(1, clients + 1)
    ]
    cookies = [signins.open_for_member(member, store, "race", now) for member in members]
    return Scene(store, room, service, clock.stamp(tomorrow), members, cookies)


def together(clients: int, act: Callable[[int], Said]) -> list[Said]:
    """All wait at the door, then all push."""
    door = threading.Barrier(clients)
    came: list[Said] = [Said("other", "no answer")] * clients

    def go(n: int) -> None:
        door.wait(60)
        try:
            came[n] = act(n)
        except Exception as error:
            came[n] = Said("other", f"{type(error).__name__}: {error}"[:200])
        finally:
            if not models.database.obj.is_closed():
                models.database.obj.close()

    threads = [threading.Thread(target=go, args=(n,), daemon=True) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return came


def careless_book(scene: Scene, member: Member) -> Said:
    """What a shop without the rule would write."""
    models.database.obj.connect(reuse_if_open=True)
    there = (Part.resource == scene.room.id) & (Part.starts_at == scene.at)
    if Part.select().where(there).exists():
        return Said("no")
    time.sleep(0.1)
    with models.transaction():
        booking = Booking.create(
            code=vault.code(10), key=vault.token(), store=scene.store.id, member=member.id, source="member", state="confirmed",
            people=1, starts_at=scene.at, ends_at=scene.at + HOUR, cancel_until=scene.at, requested_at=clock.now(),
        )  # fmt: skip
        times = {"starts_at": scene.at, "ends_at": scene.at + HOUR, "free_at": scene.at + HOUR}
        Part.create(booking=booking.id, service=scene.service.id, resource=scene.room.id, people=1, **times)
    return Said("booked")


def book(port: int, scene: Scene, n: int) -> Said:
    """One client's tap on "book". When the shop is too busy to answer (503) it taps again, with the same ticket, as a phone does."""
    form = {"ticket": vault.token(), "service": scene.service.id, "people": 1, "at": scene.at, "edition": 1}
    for _ in range(TRIES):
        status, address, text = _ask(port, "POST", "/bookings", scene.cookies[n], n, urlencode(form))
        if status != 503:
            break
        time.sleep(1)
    if status == 303 and address.startswith("/bookings/"):
        return Said("booked")
    times, line = BUTTON.findall(text), LINE.search(text)
    apart = {abs(int(at) - scene.at) for at in times}
    if status == 422 and len(times) == 2 and 0 not in apart and max(apart) < DAY and line:
        return Said("no")
    return Said("other", f"status {status} {address}: {len(times)} times, {'a' if line else 'no'} waiting list")


def _ask(port: int, method: str, path: str, cookie: str, n: int, body: str = "") -> tuple[int, str, str]:
    headers: dict[str, Any] = {
        "Cookie": f"huitou={cookie}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin",
        "X-Forwarded-For": f"10.0.{n // 250}.{n % 250 + 1}",
    }
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request(method, path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.getheader("Location", ""), answer.read().decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
