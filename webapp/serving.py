"""The process that `scripts/serve` becomes: it prepares the data folder, starts the other processes, and ends them.

Four children at most: the web server, the background worker, the live-events server, and (with --tls) the hand-out of the
shop's own authority. Each runs in a process group of its own, so that Ctrl-C reaches only this process, which then asks each child
to stop, by its process id. A child that dies is started again, later each time.

All of them are forks of this process, which has loaded once what they need: that takes half the time and half the memory of loading
it four times. So it opens no database and no thread before it forks, and it serves no request itself.
"""

import argparse
import ctypes
import gc
import http.client
import importlib
import io
import json
import os
import select
import shutil
import signal
import socket
import ssl
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from webapp import clock
from webapp.config import SettingError, Settings, load

ROOT = Path(__file__).resolve().parent.parent
LOG_LIMIT = 10_000_000
READY_WITHIN = 60.0
WEB = {"blocking_threads": 1, "blocking_threads_idle_timeout": 600, "backlog": 2048, "websockets": False}
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
PR_SET_PDEATHSIG = 1
# What libraries load if it happens to be there (as on a developer's machine), and nobody here uses.
UNWANTED = ("greenlet", "rich")


class Stop(Exception):
    """The start cannot go on; the text is the one line that the person at the terminal gets."""


@dataclass
class Child:
    """One process of ours, and when it may be started again. `grace` is how long it gets to end by itself."""

    name: str
    what: str
    work: Callable[[], object]
    log: Path | None
    grace: float = 10.0
    pid: int = 0  # 0: it does not run
    started: float = 0.0
    again_at: float = 0.0
    wait: float = 0.5
    deaths: int = 0

    def start(self) -> None:
        parent = os.getpid()
        # A signal must not find a child that would still do with it what this process does.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.pid = os.fork()
        if not self.pid:
            _be(self, parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self.started = time.monotonic()

    def tend(self) -> None:
        """Start it again if it has died and its waiting time is over; the wait doubles up to 30 s and is forgiven after a minute of life."""
        at, group = time.monotonic(), self.pid
        if group and (code := self._ended()) is not None:
            _clear(group)
            self.wait = 0.5 if at - self.started > 60 else min(self.wait * 2, 30.0)
            self.again_at, self.deaths = at + self.wait, self.deaths + 1
            say(f"{self.name} ended (code {code}); starting it again in {self.wait:.0f} s. Log: {self.log or 'above'}")
        if not self.pid and at >= self.again_at:
            self.start()

    def ask_to_stop(self) -> None:
        # Only the parent of the child's own processes: it ends them in order.
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)

    def make_sure(self, until: float) -> None:
        group = self.pid
        while group and self._ended() is None:
            if time.monotonic() > until:
                _clear(group)
            time.sleep(0.02)
        if group:
            _clear(group)

    def _ended(self) -> int | None:
        """The exit code of a process that has ended, told once; None while it runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return None
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def trim_log(self) -> None:
        if self.log and self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            with suppress(OSError):  # on a full disk the older half is lost
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)


def _clear(group: int) -> None:
    """A server that was killed leaves its workers behind; they share its group, which is nobody else's."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _be(child: Child, parent: int) -> NoReturn:
    """In the fork: become this child, and never come back."""
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        _die_with(parent)
        _call_it(f"huitou {child.name}", child.what)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if child.log:
            log = os.open(child.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
        child.work()
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with(parent: int) -> None:
    """Where Linux offers it: ask to be stopped even if the parent is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            raise SystemExit(1)


def _call_it(name: str, what: str) -> None:
    """What `top` and `ps` show, in place of the command line of the process that this is a fork of."""
    with suppress(OSError, ValueError):
        Path("/proc/self/comm").write_text(name)
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        begin, end = int(fields[45]), int(fields[46])
        ctypes.memmove(begin, f"{name} {what}".encode()[: end - begin - 1].ljust(end - begin, b"\0"), end - begin)


class Supervisor:
    """Keeps children alive until a signal says stop; `run` returns once none of them is left."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = children
        self.stopping = False
        self._wake, wake_up = os.pipe()
        for end in (self._wake, wake_up):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self, ready: Callable[[], bool], when_ready: Callable[[], None]) -> int:
        told, begun = False, time.monotonic()
        try:
            while not self.stopping:
                for child in self.children:
                    child.tend()
                    child.trim_log()
                if not told and ready():
                    told = True
                    when_ready()
                if not told and (self.children[0].deaths > 2 or time.monotonic() - begun > READY_WITHIN):
                    raise Stop(f"The web server does not come up. {self._last_words()}")
                self._sleep(2.0 if told else 0.1)
        finally:
            self._end()
        return 0

    def _sleep(self, seconds: float) -> None:
        """Until a signal comes, or a child ends, or the time is over."""
        if select.select([self._wake], [], [], seconds)[0]:
            with suppress(BlockingIOError):
                os.read(self._wake, 512)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _end(self) -> None:
        begun = time.monotonic()
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.make_sure(begun + child.grace)

    def _last_words(self) -> str:
        log = self.children[0].log
        lines = log.read_text(errors="replace").splitlines()[-15:] if log and log.exists() else []
        return "\n".join([f"The end of {log}:", *lines]) if lines else ""


def main(argv: Sequence[str] | None = None) -> int:
    asked = _arguments(argv)
    try:
        settings = load()
        for port, what in _ports(asked):
            _must_be_free(asked.host, port, what)
        _load()
        news = _apart(lambda: _prepare(asked, settings))
        return Supervisor(_children(asked, settings)).run(
            lambda: _answers(asked), lambda: say(*_apart(lambda: _banner(asked, settings, news)))
        )
    except (SettingError, Stop) as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _load() -> None:
    """Everything that the children will need, before there are any."""
    for name in UNWANTED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    with _for_good():
        for name in ("webapp.app", "webapp.worker", "webapp.live", "granian"):
            importlib.import_module(name)


@contextmanager
def _for_good() -> Iterator[None]:
    """What is made in here stays. The garbage collector need not write to it, so forks go on sharing it."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def _apart(work: Callable[[], list[str]]) -> list[str]:
    """Do it in a child process and hand back its lines. Raises Stop with its words when it could not be done."""
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        code, lines = 1, ["See the lines above."]
        try:
            code, lines = 0, work()
        except Stop as refused:
            lines = [str(refused)]
        except KeyboardInterrupt:
            lines = ["Interrupted."]
        except Exception:
            traceback.print_exc()
        finally:
            with open(send, "w") as pipe:
                json.dump(lines, pipe)
            os._exit(code)
    os.close(send)
    with open(receive) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    answer: list[str] = json.loads(text) if text else ["Interrupted."]
    if status:
        raise Stop("\n".join(answer))
    return answer


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve", description="Start Huitou. Ctrl-C stops it.")
    parser.add_argument("--demo", action="store_true", help="load a lived-in demo into an empty database")
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="N", help="the next port is for live events (default 8000)"
    )
    parser.add_argument("--host", default="0.0.0.0", metavar="H", help="address to listen on (default: all of them)")  # noqa: S104
    parser.add_argument("--tls", action="store_true", help="HTTPS with an authority of the shop's own (data/tls)")
    parser.add_argument(
        "--workers", type=int, choices=range(1, 65), default=2, metavar="N", help="web processes (default 2)"
    )
    parser.add_argument(
        "--no-live", action="store_true", help="no live-events process: tablets ask every second instead"
    )
    parser.add_argument("--log-to-stderr", action="store_true", help="for containers: no files in data/logs")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65533:
        raise argparse.ArgumentTypeError("must be a number from 1 to 65533")
    return int(text)


def _ports(asked: argparse.Namespace) -> list[tuple[int, str]]:
    ports = [(asked.port, "the web server")]
    if not asked.no_live:
        ports.append((asked.port + 1, "live events"))
    if asked.tls:
        ports.append((asked.port + 2, "the authority's certificate"))
    return ports


def _must_be_free(host: str, port: int, what: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Stop(f"Port {port} ({what}) needs more rights; take one above 1023 with --port N.") from None
        except OSError as error:
            raise Stop(f"Port {port} ({what}) on {host} cannot be used: {error.strerror}. Try --port N.") from None


def _children(asked: argparse.Namespace, settings: Settings) -> list[Child]:
    def log(name: str) -> Path | None:
        return None if asked.log_to_stderr else logs / f"{name}.log"

    logs = settings.data / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    secured = _secured(settings.data / "tls") if asked.tls else {}
    os.environ |= {"HUITOU_DATA": str(settings.data), "LIVE_PORT": "0" if asked.no_live else str(asked.port + 1)}
    children = [
        Child("web", "webapp.wsgi:gate", lambda: _web(asked.host, asked.port, asked.workers, secured), log("web")),
        Child("worker", "webapp.worker", _worker, log("worker")),
    ]
    if not asked.no_live:
        children.append(
            Child("live", "webapp.live:app", lambda: _live(asked.host, asked.port + 1, secured), log("live"))
        )
    if asked.tls:
        authority = settings.data / "tls" / "ca.crt"
        children.append(
            Child(
                "authority",
                "webapp.tls",
                lambda: _authority(authority, asked.host, asked.port + 2),
                log("authority"),
                1.0,
            )
        )
    return children


def _web(host: str, port: int, workers: int, secured: dict[str, Any]) -> None:
    with _for_good():
        importlib.import_module("webapp.wsgi")  # once for all its workers
    _granian("webapp.wsgi:gate", "rsgi", host, port, secured, **WEB, workers=workers, workers_kill_timeout=5)


def _live(host: str, port: int, secured: dict[str, Any]) -> None:
    # An open event stream never ends by itself.
    _granian("webapp.live:app", "asgi", host, port, secured, workers=1, workers_kill_timeout=1)


def _worker() -> None:
    """It leaves the processor to the web server while somebody waits for a page."""
    from webapp import worker

    os.nice(5)
    worker.main()


def _authority(file: Path, host: str, port: int) -> None:
    from webapp import tls

    tls.hand_out(file, host, port)


def _granian(app: str, interface: str, host: str, port: int, secured: dict[str, Any], **options: Any) -> None:
    """Serve until asked to stop; then what is under way has `workers_kill_timeout` seconds."""
    import multiprocessing

    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    multiprocessing.set_start_method("fork", force=True)
    Granian(
        app, host, port, interface=Interfaces(interface), http=HTTPModes.http1, http1_settings=HTTP1Settings(),
        respawn_failed_workers=True, respawn_interval=0.5, **secured, **options,
    ).serve()  # fmt: skip


def _secured(folder: Path) -> dict[str, Any]:
    from granian.constants import SSLProtocols

    # Tablets of 2018 stop at TLS 1.2.
    files = {"ssl_cert": folder / "server.crt", "ssl_key": folder / "server.key"}
    return {**files, "ssl_protocol_min": SSLProtocols.tls12}


def _prepare(asked: argparse.Namespace, settings: Settings) -> list[str]:
    """Bring the tables up to date, load the demo if asked; the lines that a first visitor needs. Raises Stop when the demo is refused."""
    from models import Member
    from webapp import migrations, storage, vault
    from webapp.refusals import Refusal
    from webapp.stores import setup

    if asked.tls:
        from webapp import tls

        tls.ensure(settings.data / "tls", tls.own_names(), clock.now())
    vault.unlock(settings.secret)
    database = storage.open_database(settings)
    try:
        migrations.run(database)
        sealed = Member.select(Member.phone_sealed).where(Member.phone_sealed.is_null(False)).scalar()
        if sealed and not vault.opens(sealed):
            raise Stop(f"{settings.data / 'secret'} is not the secret of this database: copy the one it was made with")
        if asked.demo:
            return _demo(settings)
        code = setup.new_code(settings.data)
        return [f"First visit 首次设置: /setup  code 开店码: {code}"] if code else []
    except Refusal as refusal:
        from webapp.errors import say as in_words

        raise Stop(in_words(refusal)) from None
    except storage.GONE as error:
        raise Stop(f"The database cannot be used: {str(error).strip()}") from None
    finally:
        database.close()


def _demo(settings: Settings) -> list[str]:
    """Load the demo once; every later start finds the note with its people and passwords, so that nobody has to remember them."""
    from webapp import seeds

    note = settings.data / "demo.txt"
    if not note.exists():
        lines = seeds.load(clock.now(), password=settings.demo_password)
        note.touch(mode=0o600)
        note.write_text("\n".join(lines), "utf-8")
    return note.read_text("utf-8").splitlines()


def _answers(asked: argparse.Namespace) -> bool:
    """Does GET /healthz say 200? Whose certificate it is does not matter here: it is asked of this machine."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(asked.host, asked.host)  # noqa: S104
    line = http.client.HTTPConnection(near, asked.port, timeout=2)
    if asked.tls:
        anybody = ssl._create_unverified_context()  # noqa: S323
        line = http.client.HTTPSConnection(near, asked.port, timeout=2, context=anybody)
    with closing(line):
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _banner(asked: argparse.Namespace, settings: Settings, news: list[str]) -> list[str]:
    """Where it is, as words and as a QR code for the phone in your hand, and what a first visitor needs to know."""
    scheme = "https" if asked.tls else "http"
    address = settings.base_url or f"{scheme}://{_host(asked.host)}:{asked.port}"
    lines = ["", "  回头 Huitou", "", f"  {address}", "", _qr(address)]
    if _is_everywhere(asked.host):
        lines.append(f"  On this machine 本机: {scheme}://localhost:{asked.port}")
    lines += [f"  {line}" for line in news]
    if asked.tls:
        lines += _how_to_trust(settings, f"http://{_host(asked.host)}:{asked.port + 2}/ca.crt")
    logs = "" if asked.log_to_stderr else f" Logs 日志: {settings.data / 'logs'}"
    return [*lines, "", f"  Ctrl-C stops it 停止.{logs}", ""]


def _how_to_trust(settings: Settings, address: str) -> list[str]:
    from webapp import tls

    return [
        "",
        f"  Trust this shop once on each tablet 每台平板信任一次: {address}",
        "  iPad: 打开网址下载 → 设置 › 已下载描述文件 › 安装 → 通用 › 关于本机 › 证书信任设置 › 打开 Huitou",
        "        open it → Settings › Profile Downloaded › Install → General › About › Certificate Trust Settings › on",
        "  Android: 打开网址下载 → 设置 › 安全 › 加密与凭据 › 安装证书 › CA 证书",
        "        open it → Settings › Security › Encryption & credentials › Install a certificate › CA certificate",
        f"  SHA-256 {tls.fingerprint(tls.Files(settings.data / 'tls'))}",
    ]


def _host(host: str) -> str:
    from webapp import tls

    if _is_everywhere(host):
        return next(iter(tls.lan_addresses()), "localhost")
    return f"[{host}]" if ":" in host else host


def _is_everywhere(host: str) -> bool:
    return host in ("0.0.0.0", "::")  # noqa: S104


def _qr(text: str) -> str:
    import qrcode

    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_L)
    code.add_data(text)
    picture = io.StringIO()
    code.print_ascii(out=picture, invert=True)
    if not sys.stdout.isatty():
        return picture.getvalue()
    # The colours are said outright, so that a light terminal shows the same picture as a dark one.
    return "\n".join(f"\033[97;40m{row}\033[0m" for row in picture.getvalue().splitlines())


def say(*lines: str) -> None:
    with suppress(OSError):  # nobody reads it, or there is no room for it: no reason to end
        print(*lines, sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
