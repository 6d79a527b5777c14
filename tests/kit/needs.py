"""What a test needs from the machine: here it runs, or it says why not. In CI a missing server or browser is a failure."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what} (in CI nothing may be missing)", pytrace=False)
    pytest.skip(what)
