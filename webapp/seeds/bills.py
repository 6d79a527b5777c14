"""What people pay, and what comes of it: points, tiers, now and then a refund."""

from typing import TYPE_CHECKING, Any

import models
from models import Purchase, Refund, Store, Visit
from webapp import clock
from webapp.clock import HOUR, MINUTE
from webapp.points import earning
from webapp.seeds import laundry
from webapp.seeds.people import KNOWN, Card
from webapp.seeds.points import Line
from webapp.seeds.stores import ZONE

if TYPE_CHECKING:
    from webapp.seeds.year import Year

SPENDING = {"bath": (5800, 39800), "laundry": (2500, 26000), "retail": (1200, 32000)}  # fen


def amount(year: "Year", store: Store) -> int:
    """What somebody spends there, in fen."""
    low, high = SPENDING[store.kind]
    drawn = round(year.rng.triangular(low, high, low * 1.6) / 100) * 100 + year.rng.choice((0, 0, 60, 80))
    return laundry.worth(drawn) if store.kind == "laundry" else drawn


def pay(year: "Year", card: Card, store: Store, amount: int, at: int) -> None:
    """A bill, rung up at the till or typed in at the desk."""
    year.book.lapse(card, at)
    bill = _bill(year, card, store, amount, at)
    _arrive(year, card, store, at, bill["source"])
    due = earning.earned(year.rules, 1, amount, card.row["tier"])
    if due.points:
        line = _earn(year, card, store, bill, due)
        if year.rng.random() < 0.03 and card.id > KNOWN:
            later = at + year.rng.randint(10, 40 * 60) * MINUTE
            if later < year.at - HOUR:
                year.do(later, lambda then: _refund(year, card, store, bill, line, then))
    said = {"amount": amount, "points": due.points}
    year.paper.event(at, "bill_recorded", card.id, store.id, bill["staff"], bill["code"], **said)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _bill(year: "Year", card: Card, store: Store, amount: int, at: int) -> dict[str, Any]:
    staff = year.somebody(store)
    source = "desk" if year.rng.random() < 0.7 else "till"
    return year.paper.add(
        Purchase,
        store=store.id,
        code=year.code(),
        key=f"demo:{len(year.paper.rows[Purchase]) + 1}",
        receipt=f"{clock.local(at, ZONE):%m%d}-{year.rng.randrange(1000):03d}" if source == "till" else "",
        source=source,
        amount=amount,
        refunded=0,
        member=card.id,
        staff=staff.id if source == "desk" else None,
        at=at,
        claim_until=None,
    )


def _arrive(year: "Year", card: Card, store: Store, at: int, source: str) -> None:
    if card.open_visits.get(store.id, 0) > at:
        return
    closes = at + year.rules.visit_hours * HOUR
    card.open_visits[store.id] = closes
    card.row["seen_at"] = at
    year.paper.add(
        Visit, member=card.id, store=store.id, source=source, at=at, closes_at=closes, is_open=closes > year.at
    )
    year.paper.event(at, "arrived", card.id, store.id, source=source)


def _earn(year: "Year", card: Card, store: Store, bill: dict[str, Any], due: earning.Earned) -> Line:
    at, key = bill["at"], f"bill:{bill['code']}"
    until = clock.month_end_after(at, year.rules.lot_months, ZONE)
    about = {"store": store.id, "staff": bill["staff"], "purchase": bill["id"]}
    line = year.book.earn(
        card, due.points, until, kind="earn", at=at, reason="bill", key=key, inputs=due.inputs, **about
    )
    _lift(year, card, at, due.points)
    said = {"points": due.points, "amount": bill["amount"], "store": store.name}
    year.paper.tell(card.id, at, "points_given", key, "/points", **said)
    return line


def _lift(year: "Year", card: Card, at: int, points: int) -> None:
    """Up to the tier that the points of a year are worth."""
    card.earned.append((at, points))
    while card.earned and card.earned[0][0] <= at - 365 * clock.DAY:
        card.earned.popleft()
    have = sum(points for _, points in card.earned)
    tier = "vip" if have >= year.rules.vip_at else "loyal" if have >= year.rules.loyal_at else "ordinary"
    if models.TIERS.index(tier) > models.TIERS.index(card.row["tier"]):
        card.row["tier"] = tier
        year.paper.event(at, "tier_reached", card.id, None, tier=tier, earned=have)


def _refund(year: "Year", card: Card, store: Store, bill: dict[str, Any], given: Line, at: int) -> None:
    """All of it, or half: the points of that part go back, and are owed where they are spent."""
    year.book.lapse(card, at)
    part = bill["amount"] if year.rng.random() < 0.5 else bill["amount"] // 2
    staff = year.shop.people["manager" if store.slug == "bath" else "owner"]
    key, bill["refunded"] = f"demo-refund:{bill['id']}", part
    year.paper.add(Refund, purchase=bill["id"], key=key, amount=part, staff=staff.id, at=at)
    told = f"refund:{bill['code']}:{key}"
    line, points = _take_back(year, card, bill, given, told, staff.id, at)
    card.earned.append((at, -points))
    said = {"points": points, "amount": part, "owed": line["owed"]}
    year.paper.tell(card.id, at, "points_taken_back", told, f"/points/{line['id']}", **said)
    year.paper.event(at, "bill_refunded", card.id, store.id, staff.id, bill["code"], amount=part)


def _take_back(
    year: "Year", card: Card, bill: dict[str, Any], given: Line, key: str, staff: int, at: int
) -> tuple[Line, int]:
    left = bill["amount"] - bill["refunded"]
    points = given["points"] - given["owed"] - earning.earned_again(given["inputs"], left)
    covered = min(points, card.row["points"])
    inputs = {**given["inputs"], "refund": bill["refunded"], "left": left}
    about = {"twin": given["id"], "store": bill["store"], "staff": staff, "purchase": bill["id"]}
    line = year.book.write(card, "reverse", at, "refund", key, inputs, points=-covered, owed=points - covered, **about)
    lot = next(lot for lot in card.lots if lot["line"] == given["id"])
    own = min(covered, lot["left"])
    if own:
        year.book.draw(lot, own, line)
    year.book.take(card, covered - own, line)
    return line, points
