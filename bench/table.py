"""The one table: each line is ours, what stands beside it, and the ratio of the two over the rounds. No verdict."""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from unicodedata import east_asian_width


@dataclass
class Line:
    """`ours` and `beside` hold one figure per round, measured one after the other; `aim` is the goal's own words."""

    goal: str
    what: str
    unit: str
    ours: Sequence[float]
    against: str = ""
    beside: Sequence[float] = ()
    upside_down: bool = False  # ratio = beside / ours: "how much of the plain one's speed", where the figures are costs
    note: str = ""

    def ratios(self) -> list[float]:
        pairs = list(zip(self.ours, self.beside, strict=False))
        return [b / a if self.upside_down else a / b for a, b in pairs if a and b]

    def cells(self) -> list[str]:
        ratios = self.ratios()
        middle = f"{statistics.median(ratios):.2f}" if ratios else ""
        spread = f"{min(ratios):.2f}–{max(ratios):.2f}" if len(ratios) > 1 else ""
        beside = f"{self.against} {figure(self.beside, self.unit)}".strip()
        return [self.goal, self.what, figure(self.ours, self.unit), beside, middle, spread, self.note]


HEADINGS = ["goal", "measure", "ours", "beside it", "ratio", "spread", "note"]


@dataclass
class Table:
    lines: list[Line] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, *lines: Line) -> None:
        self.lines.extend(lines)
        for line in lines:
            say("   " + " · ".join(cell for cell in line.cells() if cell))

    def skip(self, why: str) -> None:
        self.left_out.append(why)
        say(f"   left out: {why}")

    def text(self, *, markdown: bool) -> str:
        rows = [HEADINGS, *(line.cells() for line in self.lines)]
        widths = [max(_width(row[n]) for row in rows) for n in range(len(HEADINGS))]
        padded = [
            [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)] for row in rows
        ]
        if markdown:
            rule = ["-" * width for width in widths]
            text = [f"| {' | '.join(row)} |" for row in [padded[0], rule, *padded[1:]]]
        else:
            text = ["  ".join(row).rstrip() for row in [padded[0], ["─" * width for width in widths], *padded[1:]]]
        return "\n".join([*text, *(f"Left out: {why}" for why in self.left_out)])


def figure(values: Sequence[float], unit: str) -> str:
    """The median, with as many places as it deserves, and its unit."""
    if not values:
        return ""
    value = statistics.median(values)
    number = f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{number} {unit}".strip()


def say(text: str) -> None:
    """What is going on, beside the table."""
    print(text, file=sys.stderr, flush=True)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
