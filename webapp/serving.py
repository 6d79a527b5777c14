"""The process that `scripts/serve` becomes: it prepares the data folder, starts the other processes, and ends them.

Four children at most: the web server, the background worker, the live-events server, and (with --tls) the hand-out of the
shop's own authority. Each runs in a process group of its own, so that Ctrl-C reaches only this process, which then asks each child
to stop, by its process id. A child that dies is started again, later each time. It serves no request itself, and it stays small:
what needs libraries (tables, demo, certificates, the banner) is done in a fork that ends.
"""

import argparse
import http.client
import io
import json
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from webapp import clock
from webapp.config import SettingError, Settings, load

ROOT = Path(__file__).resolve().parent.parent
LOG_LIMIT = 10_000_000
READY_WITHIN = 60.0


class Stop(Exception):
    """The start cannot go on; the text is the one line that the person at the terminal gets."""


@dataclass
class Child:
    """One process of ours, and when it may be started again. `grace` is how long it gets to end by itself."""

    name: str
    argv: list[str]
    log: Path | None
    grace: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    wait: float = 0.5
    deaths: int = 0
    env: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        with self.log.open("ab") if self.log else nullcontext() as log:
            self.process = subprocess.Popen(
                [*_dies_with_parent(), *self.argv],
                cwd=ROOT,
                env=os.environ | self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def tend(self) -> None:
        """Start it again if it has died and its waiting time is over; the wait doubles up to 30 s and is forgiven after a minute of life."""
        at = time.monotonic()
        if self.process and self.process.poll() is not None:
            self._clear_group()
            code = self.process.returncode
            self.wait = 0.5 if at - self.started > 60 else min(self.wait * 2, 30.0)
            self.again_at, self.process, self.deaths = at + self.wait, None, self.deaths + 1
            say(f"{self.name} ended (code {code}); starting it again in {self.wait:.0f} s. Log: {self.log or 'above'}")
        if not self.process and at >= self.again_at:
            self.start()

    def ask_to_stop(self) -> None:
        # Only the parent of the child's own processes: it ends them in order.
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def make_sure(self, until: float) -> None:
        if not self.process:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, until - time.monotonic()))
        self._clear_group()
        self.process.wait()

    def _clear_group(self) -> None:
        """A server that was killed leaves its workers behind; they share its group, which is nobody else's."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def trim_log(self) -> None:
        if self.log and self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            with suppress(OSError):  # on a full disk the older half is lost
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)


class Supervisor:
    """Keeps children alive until a signal says stop; `run` returns once none of them is left."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = children
        self.stopping = False
        self._wake, wake_up = os.pipe()
        for end in (self._wake, wake_up):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
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
        news = _apart(lambda: _prepare(asked, settings))
        return Supervisor(_children(asked, settings)).run(
            lambda: _answers(asked), lambda: say(*_apart(lambda: _banner(asked, settings, news)))
        )
    except (SettingError, Stop) as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


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
    secured = _granian_tls(settings.data / "tls") if asked.tls else []
    env = {"HUITOU_DATA": str(settings.data), "LIVE_PORT": "0" if asked.no_live else str(asked.port + 1)}
    web = _granian("webapp.wsgi:gate", "rsgi", asked.host, asked.port, asked.workers, 5)
    web += ["--blocking-threads", "1", "--blocking-threads-idle-timeout", "600", "--backlog", "2048", "--no-ws"]
    children = [
        Child("web", web + secured, log("web"), env=env),
        Child("worker", [*_yielding(), sys.executable, "-m", "webapp.worker"], log("worker"), env=env),
    ]
    if not asked.no_live:
        live = _granian("webapp.live:app", "asgi", asked.host, asked.port + 1, 1, 1)
        children.append(Child("live", live + secured, log("live"), env=env))
    if asked.tls:
        authority = str(settings.data / "tls" / "ca.crt")
        hand_out = [sys.executable, "-m", "webapp.tls", authority, asked.host, str(asked.port + 2)]
        children.append(Child("authority", hand_out, log("authority"), grace=1.0))
    return children


def _granian(app: str, interface: str, host: str, port: int, workers: int, kill_after: int) -> list[str]:
    """An open event stream never ends by itself, so stopping needs `kill_after` seconds and then no more asking."""
    return [
        *(sys.executable, "-m", "granian", app, "--interface", interface, "--http", "1"),
        *("--host", host, "--port", str(port), "--workers", str(workers), "--workers-kill-timeout", str(kill_after)),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--no-access-log"),
    ]


def _granian_tls(folder: Path) -> list[str]:
    # Tablets of 2018 stop at TLS 1.2.
    files = ["--ssl-certificate", str(folder / "server.crt"), "--ssl-keyfile", str(folder / "server.key")]
    return [*files, "--ssl-protocol-min", "tls1.2"]


def _yielding() -> list[str]:
    """The worker leaves the processor to the web server while somebody waits for a page, above all at the start."""
    nice = shutil.which("nice")
    return [nice, "-n", "5"] if nice else []


def _dies_with_parent() -> list[str]:
    """Where Linux offers it: children are asked to stop even if this process is killed outright."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


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
