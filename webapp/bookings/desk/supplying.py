"""What the shop can give: its services and resources at a glance, rooms and people, and the days that are not like others."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for
from wtforms import HiddenField
from wtforms.validators import Length

from models import RESOURCE_KINDS, Resource, SpecialDay, Store
from webapp import access, clock, forms, hx, vault
from webapp.bookings import days, editing, outside, starters
from webapp.bookings.desk import bp, shown, typed
from webapp.bookings.supply import Supply
from webapp.stores import hours
from webapp.words import N_

AHEAD = 60  # days of the calendar
OUTSIDE_MOST = 200  # listed at once
KINDS = {
    "room": N_("房间"),
    "pool": N_("池子"),
    "person": N_("师傅"),
    "place": N_("场地"),
    "van": N_("车"),
}


class ResourceForm(forms.Named, forms.Week):
    ticket = forms.ticket()
    kind = forms.choice(RESOURCE_KINDS)
    capacity = forms.number(1, 500)
    shared = forms.choice(("0", "1"))


class DayForm(forms.Form):
    """One day with hours of its own; no hours is closed."""

    ticket = forms.ticket()
    day = HiddenField(validators=[Length(max=10), forms.plain])
    hours = forms.text(80, needed=False)
    name = forms.text(30, needed=False)


@bp.get("/supply", endpoint="supply")
def overview() -> Response:
    """GET: services, resources, and the way to everything else. Managers."""
    _, store = access.staff("manager")
    return hx.page("bookings/desk_supply.html", form=typed.RetireForm(), **_overview(store))


@bp.post("/supply/start")
def start() -> Response:
    """POST: the usual services of such a shop, to change instead of starting from nothing."""
    actor, store = access.staff("manager")
    forms.read(typed.RetireForm, "bookings/desk_supply.html", **_overview(store))
    starters.start(store, actor, clock.now())
    return hx.go(url_for(".supply"))


@bp.get("/supply/resources/new", defaults={"id": None})
@bp.get(f"/supply/resources/<int(max={shown.LARGEST}):id>")
def resource(id: int | None) -> Response:
    """GET: a new room, pool, person, place or van, or one to change. Managers."""
    _, store = access.staff("manager")
    found = _resource(id, store)
    return hx.page("bookings/desk_resource.html", form=ResourceForm(data=_typed(found)), **_editing(found, store))


@bp.post("/supply/resources/new", defaults={"id": None})
@bp.post(f"/supply/resources/<int(max={shown.LARGEST}):id>")
def resource_save(id: int | None) -> Response:
    """POST: keep it; refuses fewer places than are booked."""
    actor, store = access.staff("manager")
    found = _resource(id, store)
    form = forms.read(
        ResourceForm, "bookings/desk_resource.html", "bookings/_desk_resource.html", **_editing(found, store)
    )
    editing.put_resource(
        store,
        forms.in_words(form),
        form.kind.data,
        form.capacity.data,
        form.shared.data == "1",
        typed.own_hours(form),
        actor,
        clock.now(),
        found,
    )
    return hx.go(url_for(".supply"))


@bp.post(f"/supply/resources/<int(max={shown.LARGEST}):id>/retirement")
def resource_retire(id: int) -> Response:
    """POST: gone for good; refuses while somebody is booked there."""
    actor, store = access.staff("manager")
    found = _resource(id, store)
    assert found is not None
    kept = ResourceForm(data=_typed(found))
    forms.read(typed.RetireForm, "bookings/desk_resource.html", kept=kept, **_editing(found, store))
    editing.retire_resource(found, actor, clock.now())
    return hx.go(url_for(".supply"))


@bp.get("/supply/days", endpoint="days")
def days_ahead() -> Response:
    """GET ?saved=: the next sixty days with the hours that hold and why. Managers."""
    _, store = access.staff("manager")
    return hx.page("bookings/desk_days.html", form=None, **_days(store))


@bp.post("/supply/days")
def day_save() -> Response:
    """POST day=&hours=&name=: hours of its own for that day; empty is closed."""
    actor, store = access.staff("manager")
    form = forms.read(DayForm, "bookings/desk_days.html", **_days(store))
    day = access.there(shown.day_in(form.day.data))
    spans = hours.parse(form.hours.data or "", "hours")
    editing.put_special_day(store, days.number(day), spans, {"zh": form.name.data or ""}, actor, clock.now())
    return hx.go(url_for(".days", saved=day.isoformat()))


@bp.post("/supply/days/ordinary")
def day_drop() -> Response:
    """POST day=: like its weekday again."""
    actor, store = access.staff("manager")
    day = access.there(shown.day_in(request.form.get("day")))
    editing.drop_special_day(store, days.number(day), actor, clock.now())
    return hx.go(url_for(".days", saved=day.isoformat()))


@bp.get("/supply/outside")
def outside_hours() -> Response:
    """GET: who has booked a time that the hours do not cover any more, to call and to move. Managers."""
    _, store = access.staff("manager")
    rows = shown.listed(outside.ahead(store, clock.now())[:OUTSIDE_MOST])
    return hx.page("bookings/desk_outside.html", "bookings/_desk_outside.html", rows=rows, **shown.everywhere())


# --- what the pages show -----------------------------------------------------------------------------------------------


def _overview(store: Store) -> dict[str, Any]:
    here, _ = shown.here_now(store)
    services = [
        {"service": row, "does": [here.resources[n] for n in here.doing.get(row.id, ()) if n in here.resources]}
        for row in here.services.values()
    ]
    return {
        "services": services,
        "resources": list(here.resources.values()),
        "kinds": typed.KINDS,
        "resource_kinds": KINDS,
        **shown.everywhere(),
    }


def _resource(id: int | None, store: Store) -> Resource | None:
    mine = (Resource.store == store.id) & Resource.retired_at.is_null()
    return access.find(Resource, Resource.id == id, mine) if id is not None else None


def _editing(found: Resource | None, store: Store) -> dict[str, Any]:
    here, _ = shown.here_now(store)
    does = [row for row in here.services.values() if found and found.id in here.doing.get(row.id, ())]
    return {"resource": found, "does": does, "kinds": KINDS, "ticket": vault.token()[:32], **shown.everywhere()}


def _typed(found: Resource | None) -> dict[str, Any]:
    if found is None:
        return {"kind": "room", "capacity": 2, "shared": "0"}
    filled: dict[str, Any] = {
        **forms.from_words(found.name),
        "kind": found.kind,
        "capacity": found.capacity,
        "shared": "1" if found.shared else "0",
    }
    if found.hours is not None:
        filled |= {f"day{day}": hours.written([(o, c) for o, c in found.hours.get(str(day), ())]) for day in range(7)}
    return filled


def _days(store: Store) -> dict[str, Any]:
    here, at = shown.here_now(store)
    today = clock.local(at, store.timezone).date()
    saved = shown.day_in(request.args.get("saved"))
    mine = (SpecialDay.store == store.id) & (SpecialDay.day >= days.number(today))
    names = {row.day: row.name.get("zh", "") for row in SpecialDay.select().where(mine)}
    fallen = outside.of_day(store, days.number(saved), at) if saved else []
    return {
        "rows": [_day(here, today + dt.timedelta(days=n), names) for n in range(AHEAD)],
        "holiday_as": here.holiday_as,
        "saved": saved,
        "outside": shown.listed(fallen),
        "ticket": vault.token()[:32],
        **shown.everywhere(),
    }


def _day(here: Supply, day: dt.date, names: dict[int, str]) -> dict[str, Any]:
    """What counts on that day, and why: hours of its own, a holiday, a weekend day that is worked, or nothing."""
    special = days.number(day) in here.specials
    found = days.holiday(day, here.timezone, shown.holiday_language())
    return {
        "date": day,
        "hours": hours.written(days.intervals(here, day)),
        "special": special,
        "name": names.get(days.number(day), ""),
        "holiday": found.name if found and not found.works else "",
        "worked": bool(found and found.works),
        "counts": bool(found and here.holiday_as),
    }
