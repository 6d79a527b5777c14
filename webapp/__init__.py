"""Huitou 回头: members, points and rewards for small shops.

`create_app()` is in `app.py`; it is imported when it is called, so that the processes which are no web server stay small.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The whole application for these settings (from the environment when none are given)."""
    from webapp import app

    return app.create_app(settings)
