"""The care cards a laundry begins with, written in `library.toml`: general knowledge of textiles, in the shop's own words from then on."""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("library.toml")
_NAMES = {"kind", "fabric", "colour", "stain"}


class Card(NamedTuple):
    """One shipped card; `about` has what it holds for."""

    slug: str
    about: dict[str, str]
    title: dict[str, str]
    text: dict[str, str]


@cache
def cards() -> tuple[Card, ...]:
    """All of them; read when somebody asks for the first time."""
    written = tomllib.loads(FILE.read_text("utf-8"))
    return tuple(
        Card(slug, {name: card.get(name, "") for name in _NAMES}, card["title"], card["text"])
        for slug, card in written.items()
    )
