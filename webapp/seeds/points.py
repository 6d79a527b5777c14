"""The ledger's arithmetic without a database: same lines, same lots, same order. `flask check` proves it equal."""

from typing import Any

from models import LedgerLine, Lot, LotUse
from webapp.clock import MINUTE
from webapp.seeds.paper import Paper
from webapp.seeds.people import Card

Line = dict[str, Any]


class Book:
    """Lines, lots and what was drawn from them."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.drawn: dict[int, list[tuple[dict[str, Any], int]]] = {}

    def write(
        self, card: Card, kind: str, at: int, reason: str, key: str, inputs: dict[str, Any], **values: Any
    ) -> Line:
        nothing = {"points": 0, "held": 0, "owed": 0, "store": None, "staff": None, "twin": None, "purchase": None}
        said = {"member": card.id, "kind": kind, "reason": reason, "inputs": inputs, "key": key, "at": at}
        line = self.paper.add(LedgerLine, **(nothing | values | said))
        for name in ("points", "held", "owed"):
            card.row[name] += line[name]
        card.row["version"] += 1
        return line

    def earn(self, card: Card, points: int, until: int, **line_values: Any) -> Line:
        debt = min(card.row["owed"], points)
        line = self.write(card, points=points - debt, owed=-debt, **line_values)
        lot = self.paper.add(Lot, line=line["id"], member=card.id, size=points, left=points, expires_at=until)
        card.lots.append(lot)
        if debt:
            self.draw(lot, debt, line)
        return line

    def lapse(self, card: Card, at: int) -> None:
        for lot in sorted(card.lots, key=_soonest):
            if lot["left"] and lot["expires_at"] <= at:
                inputs = {"lot": lot["id"], "expired_at": lot["expires_at"]}
                key, then = f"expire:{lot['id']}:{card.row['version']}", min(lot["expires_at"] + MINUTE, at)
                line = self.write(card, "expire", then, "lapsed", key, inputs, points=-lot["left"])
                self.draw(lot, lot["left"], line)

    def take(self, card: Card, points: int, line: Line) -> None:
        for lot in sorted(card.lots, key=_soonest):
            taken = min(lot["left"], points)
            if taken:
                self.draw(lot, taken, line)
                points -= taken
        assert points == 0

    def draw(self, lot: dict[str, Any], points: int, line: Line) -> None:
        lot["left"] -= points
        self.paper.add(LotUse, lot=lot["id"], line=line["id"], points=points)
        self.drawn.setdefault(line["id"], []).append((lot, points))

    def give_back(self, card: Card, hold: Line, live_until: int, **line_values: Any) -> None:
        points = -hold["points"]
        debt = min(card.row["owed"], points)
        line = self.write(card, points=points - debt, owed=-debt, **line_values)
        for lot, taken in list(self.drawn[hold["id"]]):
            self.draw(lot, -taken, line)
            lot["expires_at"] = max(lot["expires_at"], live_until)
            paid = min(debt, taken)
            if paid:
                self.draw(lot, paid, line)
                debt -= paid


def _soonest(lot: dict[str, Any]) -> tuple[int, int]:
    return lot["expires_at"], lot["id"]
