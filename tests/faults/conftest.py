"""Fixtures: a server of a test's own on either database, with a shop in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.kit import servers
from tests.kit.servers import Shop
from webapp import config

Serve = Callable[..., Shop]


@pytest.fixture
def serve(settings: config.Settings) -> Iterator[Serve]:
    """serve(*options, **settings) -> Shop on this test's installation; any number of them, stopped after the test."""
    with ExitStack() as stack:

        def start(*options: str, **more: str) -> Shop:
            given = {"database_url": settings.database_url} if settings.database_url else {}
            return stack.enter_context(servers.running(settings.data, *options, **given | more))

        yield start
