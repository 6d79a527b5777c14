"""What a test needs from the machine: here it runs, or it says why not. In CI a missing server or browser is a failure."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what} (in CI nothing may be missing)", pytrace=False)
    pytest.skip(what)


def patience(short: int, long: int) -> int:
    """How often a test that goes on and on goes on: `scripts/test long` takes the time for more."""
    return long if os.environ.get("LONG_TESTS") else short


def scratch() -> str:
    """Where tests put what they throw away: in memory if there is room. On a disk a database of a test's own takes ten times as long."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 << 30
    return str(memory) if roomy else "/tmp"
