"""People at a server over real HTTP: a phone and a tablet with their cookies, and the shop that they are in.

`open_shop` fills an empty installation with the named people and as many members as a test wants, all with points; `Line` is one
browser. A line that breaks, or a server that is not there, is an answer too: status 0.
"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import models
from models import Member, Redemption, Shelf
from tests.world import World
from webapp import access, clock, config, migrations, signins, storage, vault


@dataclass
class Answer:
    """`status` is 0 when nobody answered; `cut_off` when there had been somebody to ask."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    cut_off: bool = False

    @property
    def went_to(self) -> str:
        return self.headers.get("location", "")


class Line:
    """One browser: its cookie, its own address in the loopback net, one connection that is kept."""

    def __init__(self, port: Callable[[], int], cookie: str = "", number: int = 1, timeout: float = 5) -> None:
        self._port, self.cookie, self._timeout = port, cookie, timeout
        self._address = f"127.0.{number // 200 + 1}.{number % 200 + 1}"
        self._line: http.client.HTTPConnection | None = None

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, **fields: Any) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields), kind)

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        said = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "zh-CN", "Cookie": self.cookie} | (headers or {})
        try:
            if self._line is None:
                source = (self._address, 0)
                self._line = http.client.HTTPConnection("127.0.0.1", self._port(), self._timeout, source_address=source)
            self._line.request(method, path, body, said)
            response = self._line.getresponse()
            text = response.read().decode("utf-8", "replace")
            if response.will_close:
                self.close()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
        except ConnectionRefusedError:
            self.close()
            return Answer(0)
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(0, cut_off=True)

    def close(self) -> None:
        if self._line:
            self._line.close()
        self._line = None

    def __del__(self) -> None:
        self.close()


@dataclass
class Counter:
    """A shop whose doors are open: everybody's cookies, and what stands on the shelf."""

    home: config.Settings
    world: World
    members: list[Member]
    phones: list[str]
    tablets: list[str]
    reward: int
    stock: int

    @property
    def shelf(self) -> int:
        return int(Shelf.get(Shelf.reward == self.reward).id)


def install(settings: config.Settings) -> config.Settings:
    """Tables for a new installation."""
    with at_home(settings):
        migrations.run(models.database.obj)
    return settings


def open_shop(settings: config.Settings, members: int, *, stock: int = 5000, points: int = 1000) -> Counter:
    """The named people, `members` more of them with `points`, one reward of ten points, and a tablet for each member."""
    with at_home(settings):
        at = clock.now()
        with models.transaction():
            world = World(at)
            reward = world.reward({"zh": "毛巾"}, 10, stock=stock)
            crowd = [world.member(f"第{n}位") for n in range(members)]
            for member in crowd:
                world.give(member, points)
            phones = [signins.open_for_member(member, world.bath, "phone", at) for member in crowd]
            late = at + 12 * clock.HOUR
            tablets = [
                signins.open_for_desk(world.chen, world.bath, "tablet", at, late) for _ in range(max(2, members))
            ]
        return Counter(
            settings, world, crowd, [f"{access.COOKIES['member']}={secret}" for secret in phones],
            [f"{access.COOKIES['desk']}={secret}" for secret in tablets], reward.id, stock,
        )  # fmt: skip


@contextmanager
def at_home(settings: config.Settings) -> Iterator[None]:
    """This process looks into the shop's database itself."""
    vault.unlock(settings.secret)
    database = storage.open_database(settings)
    try:
        yield
    finally:
        database.close()
        models.writers.at(None)


@dataclass
class Told:
    """What the server has acknowledged, which it may never take back."""

    held: dict[str, str] = field(default_factory=dict)  # ticket → code
    approved: set[str] = field(default_factory=set)


class Redeemers:
    """Members who hold and clerks who approve, one pair per thread; each asks again with the same ticket until it is told."""

    def __init__(self, counter: Counter, port: Callable[[], int], wanted: int) -> None:
        self.told, self.wanted, self.errors = Told(), wanted, list[str]()
        self._counter, self._port = counter, port
        self._over = threading.Event()
        self.cut_off = 0  # requests that broke in the middle
        self._threads = [
            threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(len(counter.phones))
        ]

    @property
    def done(self) -> int:
        return len(self.told.approved)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        for thread in self._threads:
            thread.join(seconds)
        self._over.set()
        for thread in self._threads:
            thread.join(15)

    def _work(self, number: int) -> None:
        phone = Line(self._port, self._counter.phones[number], number)
        tablet = Line(self._port, self._counter.tablets[number], number + 1000)
        while self.done < self.wanted and not self._over.is_set():
            ticket = vault.token()[:32]
            hold = f"/rewards/{self._counter.reward}/redemptions"
            code = self._until_told(phone, hold, ticket=ticket, store=self._counter.world.bath.id).rpartition("/")[2]
            if not code:
                break
            self.told.held[ticket] = code
            if not self._until_told(tablet, f"/desk/redemptions/{code}/approval", ticket=ticket):
                break
            self.told.approved.add(code)
        phone.close()
        tablet.close()

    def _until_told(self, line: Line, path: str, **fields: Any) -> str:
        """Where the answer leads, asked again as long as there is no answer or a 503."""
        while not self._over.is_set():
            answer = line.post(path, **fields)
            if answer.status == 303:
                return answer.went_to
            self.cut_off += answer.cut_off
            if answer.status not in (0, 503):
                self.errors.append(f"{path}: {answer.status} {answer.text[:600]}")
                return ""
            self._over.wait(0.05)
        return ""


def assert_kept(told: Told, counter: Counter) -> None:
    """Everything that was told is there, once, and nothing besides what may still have been under way."""
    rows = {row.code: row for row in Redemption.select()}
    tickets = [row.ticket for row in rows.values()]
    assert len(tickets) == len(set(tickets))
    for ticket, code in told.held.items():
        assert rows[code].ticket == ticket
    assert all(rows[code].state == "captured" for code in told.approved)
    out = [row for row in rows.values() if row.state in ("held", "captured")]
    assert Shelf.get_by_id(counter.shelf).stock == counter.stock - len(out)


def wait_for(crowd: Redeemers, number: int, seconds: float = 120) -> None:
    """Until so many redemptions were approved."""
    until = time.monotonic() + seconds
    while crowd.done < number and not crowd.errors:
        assert time.monotonic() < until, f"only {crowd.done} of {number} redemptions"
        time.sleep(0.01)
