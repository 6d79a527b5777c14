"""The ladder's numbers of a store, and what they promise in a real week of its calendar, before they are saved."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from flask import Response, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from models import Staff, Store
from webapp import access, clock, forms, hx, policy, vault, words
from webapp.bookings import days as calendar
from webapp.bookings import supply
from webapp.complaints import deadlines
from webapp.complaints.deadlines import Promise
from webapp.complaints.desk import bp, shown
from webapp.policy import Policy
from webapp.stores import settings
from webapp.words import N_

PAGE, PART = "complaints/desk_ladder.html", "complaints/_desk_ladder.html"
PURSES = N_("心意金")
GROUPS = (
    (
        N_("四个时限"),
        (
            "case_answer_minutes",
            "case_urgent_minutes",
            "case_findings_hours",
            "case_decision_days",
            "case_close_days",
            "case_warn_percent",
        ),
    ),
    (N_("结案和重开"), ("case_notice_days", "case_reopen_days")),
    (N_("晚了就赔"), ("amends_fen", "amends_month", "amends_days")),
    (PURSES, ("purse_clerk", "purse_senior", "purse_manager")),
    (N_("请人评价"), ("ask_days", "ask_every_days")),
)
AHEAD = 7
HOURS = (9, 11, 14, 17, 20, 22)  # o'clock at which somebody may tell us


class Told(NamedTuple):
    """One line of the preview: told then, and until when what is owed. `name` is that of a special day."""

    at: int
    open: bool
    name: str
    steps: dict[int, Promise]


class PreviewForm(forms.Form):
    hour = forms.number(0, 23, needed=False)
    urgent = forms.text(1, needed=False)


@bp.get("/cases/ladder")
def ladder() -> Response:
    """GET: how fast we promise to be, what a missed promise costs, and a week of the calendar. Managers; the purses are the owner's."""
    actor, store = access.staff("manager")
    holds, names = policy.of(store), _names(actor)
    form = _form(names)(data={name: getattr(holds, name) // policy.UNITS.get(name, 1) for name in names})
    return hx.page(PAGE, form=form, **_page(store, actor, holds))


@bp.get("/cases/ladder/preview")
def preview() -> Response:
    """GET ?hour=&urgent=&…: the week with the numbers as they are typed now; those that cannot be are as they were."""
    _, store = access.staff("manager")
    if not hx.asked():
        return hx.go(url_for(".ladder", hour=request.args.get("hour"), urgent=request.args.get("urgent")))
    return hx.page("complaints/_desk_week.html", **_week(store, _typed(store)))


@bp.post("/cases/ladder")
def ladder_save() -> Response:
    """POST: from now on; what was promised already stays as it was promised."""
    actor, store = access.staff("manager")
    names = _names(actor)
    form = forms.read(_form(names), PAGE, PART, lambda: _page(store, actor, _typed(store)))
    settings.set_store_numbers(
        store, {name: form[name].data * policy.UNITS.get(name, 1) for name in names}, actor, clock.now()
    )
    fresh = Store.get_by_id(store.id)
    return hx.swap(
        PART, url_for(".ladder"), lambda: {"form": form, **_page(fresh, actor, policy.of(fresh)), "saved": True}
    )


# --- how it is done ----------------------------------------------------------------------------------------------------


def _names(actor: Staff) -> list[str]:
    """Which numbers this person may change here."""
    return [name for title, names in GROUPS for name in names if title != PURSES or actor.at_least("owner")]


def _form(names: Sequence[str]) -> type[forms.Form]:
    bounds = _bounds()
    fields = {name: forms.number(*bounds[name]) for name in names}
    return type("LadderForm", (forms.Form,), {"ticket": forms.ticket(), **fields})


def _bounds() -> dict[str, tuple[int, int]]:
    """In the units of the page."""
    units = policy.UNITS
    return {
        name: (-(-low // units.get(name, 1)), high // units.get(name, 1))
        for name, (low, high) in settings.bounds().items()
    }


def _typed(store: Store) -> Policy:
    """The store's numbers with those that stand in the fields, as far as they can be."""
    form = _form(settings.CASE_NUMBERS)(MultiDict(request.values))
    form.validate()
    given = {
        name: form[name].data * policy.UNITS.get(name, 1)
        for name in settings.CASE_NUMBERS
        if form[name].data is not None and not form[name].errors
    }
    return msgspec.structs.replace(policy.of(store), **given)


def _page(store: Store, actor: Staff, rules: Policy) -> dict[str, Any]:
    mine = _names(actor)
    return {
        "names": policy.NAMES,
        "groups": [(title, names) for title, names in GROUPS if names[0] in mine],
        "bounds": _bounds(),
        "saved": False,
        "ticket": vault.token()[:32],
        **_week(store, rules),
    }


def _week(store: Store, rules: Policy) -> dict[str, Any]:
    """What somebody is promised who tells us at this hour, on each of the next days."""
    asked, at = forms.from_query(PreviewForm), clock.now()
    hour = asked.hour.data if asked.hour.data in HOURS else 20
    here = supply.of(store, at)
    known = deadlines.of(here, at)
    rows = []
    for n in range(AHEAD):
        day = clock.local(at, store.timezone).date() + dt.timedelta(days=n)
        moment = calendar.moment(day, hour * 60, store.timezone)
        opened = any(begins <= moment < ends for begins, ends in zip(known.begins, known.ends, strict=True))
        steps = deadlines.ladder(known, "complaint", moment, rules, urgent=bool(asked.urgent.data))
        rows.append(Told(moment, opened, _day_name(day, store), steps))
    return {"rows": rows, "hours": HOURS, "hour": hour, "urgent": bool(asked.urgent.data), **shown.everywhere()}


def _day_name(day: dt.date, store: Store) -> str:
    found = calendar.holiday(day, store.timezone, {"en": "en_US", "zh_Hant": "zh_TW"}.get(words.locale(), "zh_CN"))
    return "" if found is None else gettext("调休上班") if found.works else found.name
