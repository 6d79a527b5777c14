"""What a start does not do: load what few requests need, compile what was compiled the last time, or hold up the first page."""

import os
import subprocess
import sys
from pathlib import Path

from tests.kit import servers

# Each takes its time to load, or its memory, and is loaded by the function that needs it.
SELDOM = {
    "PIL",
    "apprise",
    "babel.messages",
    "cryptography.hazmat.primitives.serialization.ssh",
    "cryptography.x509",
    "holidays",
    "http_ece",
    "huey",
    "icalendar",
    "openpyxl",
    "py_vapid",
    "qrcode",
    "requests",
    "webauthn",
    "webapp.backup",
    "webapp.seeds",
    "webapp.tls",
}


def test_the_web_server_loads_nothing_that_few_requests_need(tmp_path: Path) -> None:
    loaded = _loaded_by("webapp.wsgi", tmp_path)
    assert {"flask", "models", "webapp.rewards.views"} <= loaded
    assert SELDOM & loaded == set()


def test_the_live_events_need_neither_flask_nor_a_room(tmp_path: Path) -> None:
    loaded = _loaded_by("webapp.live", tmp_path)
    assert "models" in loaded
    assert {name for name in loaded if name.startswith(("flask", "wtforms", "webapp.rewards"))} == set()


def test_what_is_compiled_stays_compiled_whatever_the_shell_says(tmp_path: Path) -> None:
    _python("-m", "webapp.serving", "--help", PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX=str(tmp_path))
    assert {path.name.partition(".")[0] for path in tmp_path.rglob("webapp/**/*.pyc")} >= {
        "config",
        "start",
        "children",
    }


def test_the_others_wait_until_the_first_is_ready() -> None:
    assert _python("-c", TWO_CHILDREN).splitlines() == ["waiting True False"] * 3 + ["ready True True"]


TWO_CHILDREN = """
import time
from webapp.serving.children import Child, Supervisor

first, second = (Child(name, "", lambda: time.sleep(60), None) for name in ("first", "second"))
supervisor, asked = Supervisor([first, second]), []

def ready():
    asked.append(print("waiting", first.pid > 0, second.pid > 0))
    return len(asked) == 3

def stop():
    print("ready", first.pid > 0, second.pid > 0)
    supervisor.stopping = True

supervisor.run(ready, stop)
"""


def _loaded_by(module: str, folder: Path) -> set[str]:
    """Every module that is there once this one has been imported, and the packages of those."""
    names = _python("-c", f"import sys, {module}; print(*sys.modules)", HUITOU_DATA=str(folder / "data")).split()
    return set(names) | {name.partition(".")[0] for name in names}


def _python(*words: str, **settings: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUITOU_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, *words], cwd=servers.ROOT, env=kept | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
