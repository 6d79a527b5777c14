"""One process of ours, and the supervisor that keeps all of them alive until it is told to stop."""

import ctypes
import os
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

LOG_LIMIT = 10_000_000
READY_WITHIN = 60.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
PR_SET_PDEATHSIG = 1


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
        """The first child is the one that somebody waits for: until it is ready, none of the others takes the processor from it."""
        up, begun = False, time.monotonic()
        try:
            while not self.stopping:
                self._tend(self.children if up else self.children[:1])
                if not up and ready():
                    up = True
                    self._tend(self.children)
                    when_ready()
                if not up and (self.children[0].deaths > 2 or time.monotonic() - begun > READY_WITHIN):
                    raise Stop(f"The web server does not come up. {self._last_words()}")
                self._sleep(2.0 if up else 0.1)
        finally:
            self._end()
        return 0

    def _tend(self, children: Sequence[Child]) -> None:
        for child in children:
            child.tend()
            child.trim_log()

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


def say(*lines: str) -> None:
    with suppress(OSError):  # nobody reads it, or there is no room for it: no reason to end
        print(*lines, sep="\n", flush=True)
