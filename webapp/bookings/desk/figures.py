"""What the bookings add up to: how fast they were answered, who came, and how full each hour of the week is."""

import csv
import io
from typing import Any

from flask import Response, make_response, request
from flask_babel import gettext

from models import Store
from webapp import access, clock, filters, hx
from webapp.bookings import figures
from webapp.bookings.desk import bp, shown
from webapp.clock import DAY

PERIODS = (7, 30, 90, 365)


@bp.get("/figures", endpoint="figures")
def figures_page() -> Response:
    """GET ?days=: the figures of the last 7, 30, 90 or 365 days. Managers."""
    _, store = access.staff("manager")
    number, at = _period(), clock.now()
    found = _of(store, number)
    return hx.page(
        "bookings/desk_figures.html",
        f=found,
        waits=figures.waits(store, at),
        hints=figures.hints(store, _since(store, number, at), at),
        period=number,
        periods=PERIODS,
        hours=_hours(found),
        **shown.everywhere(),
    )


@bp.get("/figures.csv")
def figures_file() -> Response:
    """GET ?days=: the same as a table for a spreadsheet. Managers."""
    _, store = access.staff("manager")
    number = _period()
    out = io.StringIO()
    csv.writer(out).writerows(_lines(_of(store, number), number))
    response = make_response("\ufeff" + out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="bookings-{store.slug}-{number}.csv"'
    return response


def _period() -> int:
    asked = request.args.get("days", 30, type=int)
    return asked if asked in PERIODS else 30


def _of(store: Store, number: int) -> figures.Figures:
    """Whole days of the shop, up to now."""
    at = clock.now()
    return figures.of(store, _since(store, number, at), at)


def _since(store: Store, number: int, at: int) -> int:
    return clock.day_start(at - (number - 1) * DAY, store.timezone)


def _hours(found: figures.Figures) -> list[int]:
    """The hours of the clock at which the shop is ever open, in the order of its day: after midnight comes last."""
    used = [hour for hour in range(24) if any(day[hour].n for day in found.occupancy)]
    return [hour for hour in used if hour >= 5] + [hour for hour in used if hour < 5]


def _lines(found: figures.Figures, number: int) -> list[list[Any]]:
    head = [
        [gettext("最近 %(n)s 天", n=number), ""],
        [gettext("预约"), found.bookings],
        [gettext("到了"), found.arrivals],
        [gettext("没来"), found.no_shows],
        [gettext("取消"), found.cancelled],
        [
            gettext("回复用时，一半在几分钟内"),
            found.answer_median_minutes if found.answer_median_minutes is not None else "",
        ],
        [gettext("回复用时，最久几分钟"), found.answer_worst_minutes if found.answer_worst_minutes is not None else ""],
    ]
    sources = [[filters.translated(shown.SOURCES[source]), n] for source, n in sorted(found.by_source.items())]
    hours = _hours(found)
    table = [[gettext("上座率"), *(f"{hour:02d}:00" for hour in hours)]]
    for weekday, day in enumerate(found.occupancy):
        cells = [day[hour].percent if day[hour].n else "" for hour in hours]
        table.append([filters.translated(shown.WEEKDAYS[weekday]), *cells])
    return [*head, [], *sources, [], *table]
