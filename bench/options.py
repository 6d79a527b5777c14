"""What was asked for on the command line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    sizes: list[int]
    rounds: int
    seconds: float
    engines: list[str]
    only: list[str]
    markdown: bool
