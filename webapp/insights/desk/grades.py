"""Grades: the shares beside the documents', who moved and why, what to do for whom; and the button that works it out now."""

from typing import Any

from flask import Response, url_for

from models import GradeRun
from webapp import access, clock, hx
from webapp.insights import lists, nightly, words
from webapp.insights.desk import bp


@bp.get("/grades", endpoint="grades")
def grades_page() -> Response:
    """GET: tonight's grades as a mirror of the shop. Managers."""
    access.staff("manager")
    at = clock.now()
    today = clock.day_number(at, nightly.zone())
    return hx.page(
        "insights/desk_grades.html",
        mirror=lists.mirror(),
        moves=lists.moves(today),
        day_of=_day_of,
        **shown(),
        **_progress(),
    )


@bp.get("/grades/progress")
def progress() -> Response:
    """GET: how far the work is that was asked for; the page asks every two seconds while it is on."""
    access.staff("manager")
    return hx.page("insights/desk_progress.html", "insights/_desk_progress.html", **_progress())


@bp.post("/grades/run")
def run() -> Response:
    """POST: work it out now; the worker begins within a minute. Asked while it is on: nothing more happens."""
    (actor, _), at = access.staff("manager"), clock.now()
    nightly.ask(at, actor.id)
    return hx.swap("insights/_desk_progress.html", url_for(".grades"), **_progress())


def shown() -> dict[str, Any]:
    """The words that every screen of this room needs."""
    return {
        "grade_names": words.GRADE_NAMES,
        "frequency_names": words.FREQUENCY_NAMES,
        "life_names": words.LIFE_NAMES,
        "playbook": words.PLAYBOOK,
        "life_playbook": words.LIFE_PLAYBOOK,
    }


def _progress() -> dict[str, Any]:
    """The newest run, and how many members there are to go through."""
    current: GradeRun | None = GradeRun.select().order_by(GradeRun.day.desc()).first()
    return {"run": current, "percent": nightly.percent(current) if current and current.state != "done" else 100}


def _day_of(day: int) -> int:
    """Noon of a day, for the words of a date."""
    return day * clock.DAY + 4 * clock.HOUR
