"""How the promises were kept, by step, cause, store and person; the same as a table for a spreadsheet; and what is one's own to learn from."""

import csv
import io
from typing import Any

from flask import Response, make_response, request

from models import Staff, Store
from webapp import access, clock, hx
from webapp.clock import DAY
from webapp.complaints import reports
from webapp.complaints.desk import bp, shown
from webapp.staff import people

PERIODS = (7, 30, 90, 365)
RISKY = ("=", "+", "-", "@", "\t", "\r")


@bp.get("/cases/report")
def report() -> Response:
    """GET ?days=: kept, missed, half of them within, the worst. Managers; the brand's people see all stores."""
    (actor, store), at = access.staff("manager"), clock.now()
    days = _period()
    found = reports.of(_stores(actor, store), _since(store, days, at), at + 1)
    return hx.page("complaints/desk_report.html", r=found, period=days, periods=PERIODS, **shown.everywhere())


@bp.get("/cases/report.csv")
def report_file() -> Response:
    """GET ?days=: a row for each case, without words or names of customers. Managers."""
    (actor, store), at = access.staff("manager"), clock.now()
    days = _period()
    out = io.StringIO()
    rows = reports.rows(_stores(actor, store), _since(store, days, at), at + 1)
    csv.writer(out).writerows([safe(cell) for cell in row] for row in rows)
    response = make_response("\ufeff" + out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="cases-{store.slug}-{days}.csv"'
    return response


@bp.get("/cases/coaching", defaults={"id": 0})
@bp.get(f"/cases/coaching/<int(max={shown.LARGEST}):id>")
def coaching(id: int) -> Response:
    """GET: the promises that ran out in my hands; in somebody else's for their managers only."""
    actor, store = access.staff()
    person = access.find(Staff, Staff.id == id, Staff.brand == store.brand_id) if id else actor
    rows = reports.coaching(person, actor)
    team = [one for one in people.of_store(store) if actor.at_least("manager") and actor.at_least(one.role)]
    return hx.page("complaints/desk_coaching.html", person=person, steps=rows, team=team, **shown.everywhere())


def safe(cell: Any) -> Any:
    """No spreadsheet takes it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell


def _period() -> int:
    asked = request.args.get("days", 30, type=int)
    return asked if asked in PERIODS else 30


def _since(store: Store, days: int, at: int) -> int:
    return clock.day_start(at - (days - 1) * DAY, store.timezone)


def _stores(actor: Staff, store: Store) -> list[Store]:
    """One's own store, or all of the brand."""
    return [store] if actor.store_id else people.stores_of(actor)
