"""What can be booked: one service on one page, in sentences; and what tomorrow looks like to a member because of it."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import Length

from models import SERVICE_KINDS, Occurrence, Service, Store
from webapp import access, clock, filters, forms, hx, vault
from webapp.bookings import choosing, dayboard, days, editing, prices
from webapp.bookings.desk import bp, shown, typed
from webapp.bookings.supply import Supply
from webapp.refusals import Refusal
from webapp.stores import hours
from webapp.words import N_

ARTS = ("bath", "tea", "lantern", "curtain", "slipper", "shirt", "bag", "gift")
OPTION_ROWS, PERK_ROWS, BLANK = 8, 6, 2
WHEN = {"weekend": N_("周末和假日"), "holiday": N_("只在法定假日"), "always": N_("每天")}
DAYS = {"0123456": N_("每天"), "01234": N_("平日"), "56": N_("周末")}
_SAME = ("kind", "minutes", "clean_minutes", "step_minutes", "people_min", "people_max", "lead_minutes")
_MORE = ("horizon_days", "early_days", "cancel_minutes", "art")


class ServiceForm(forms.Named, forms.Week):
    """`does_<resource>`, `option_…_<n>`, `perk_…_<n>`, `package_…_<n>` come on top; see `_form_class`."""

    ticket = forms.ticket()
    note = forms.text(200, needed=False)
    note_hant = forms.text(200, needed=False)
    note_en = forms.text(200, needed=False)
    kind = forms.choice(SERVICE_KINDS)
    minutes = forms.number(5, 1440)
    clean_minutes = forms.number(0, 240)
    step_minutes = forms.number(15, 1440)
    price = forms.Yuan()
    per_person = forms.choice(("1", "0"))
    people_min = forms.number(1, 200)
    people_max = forms.number(1, 200)
    lead_minutes = forms.number(0, 43_200)
    horizon_days = forms.number(1, 366)
    early_days = forms.number(0, 90)
    cancel_minutes = forms.number(0, 43_200)
    on_request = forms.choice(("0", "1"))
    art = forms.choice(ARTS)


class DateForm(forms.Form):
    """One date of an event."""

    ticket = forms.ticket()
    date = forms.text(10)
    time = forms.text(5)
    resource = forms.number(1, shown.LARGEST)

    at = StringField(validators=[Length(max=0)])  # where the rule's words about the moment are shown


@bp.get("/supply/services/new", defaults={"id": None})
@bp.get(f"/supply/services/<int(max={shown.LARGEST}):id>")
def service(id: int | None) -> Response:
    """GET: a new service, or one to change, with tomorrow's free times as a member sees them. Managers."""
    _, store = access.staff("manager")
    found, here = _service(id, store), shown.here_now(store)[0]
    form = _form_class(here, found)(data=_typed(found, here))
    return hx.page("bookings/desk_service.html", form=form, **_editing(found, here))


@bp.post("/supply/services/new", defaults={"id": None})
@bp.post(f"/supply/services/<int(max={shown.LARGEST}):id>")
def service_save(id: int | None) -> Response:
    """POST: a new edition; nobody books by the old one."""
    actor, store = access.staff("manager")
    found, here = _service(id, store), shown.here_now(store)[0]
    form = forms.read(
        _form_class(here, found), "bookings/desk_service.html", "bookings/_desk_service.html", **_editing(found, here)
    )
    saved = editing.put_service(store, _terms(form, here, found), actor, clock.now(), found)
    return hx.go(url_for(".service", id=saved.id, saved=1))


@bp.post(f"/supply/services/<int(max={shown.LARGEST}):id>/retirement")
def service_retire(id: int) -> Response:
    """POST: nobody can book it any more; bookings that stand take place."""
    actor, store = access.staff("manager")
    found = _service(id, store)
    assert found is not None
    editing.retire_service(found, actor, clock.now())
    return hx.go(url_for(".supply"))


@bp.post(f"/supply/services/<int(max={shown.LARGEST}):id>/dates")
def date_add(id: int) -> Response:
    """POST date=&time=&resource=: one more date of an event."""
    actor, store = access.staff("manager")
    found, here = _service(id, store), shown.here_now(store)[0]
    assert found is not None
    forms_first = _form_class(here, found)(data=_typed(found, here))
    form = forms.read(
        DateForm,
        "bookings/desk_service.html",
        "bookings/_desk_dates.html",
        **_editing(found, here),
        service_form=forms_first,
    )
    place = access.there(here.resources.get(form.resource.data))
    editing.put_occurrence(found, place, _moment(form, store.timezone), actor, clock.now())
    return hx.go(url_for(".service", id=found.id, saved=1))


@bp.post(f"/supply/dates/<int(max={shown.LARGEST}):id>/cancellation")
def date_cancel(id: int) -> Response:
    """POST: it does not take place; everybody who comes is told."""
    actor, store = access.staff("manager")
    date = access.find(Occurrence, Occurrence.id == id)
    found = _service(date.service_id, store)
    assert found is not None
    editing.cancel_occurrence(date, actor, clock.now())
    return hx.go(url_for(".service", id=found.id, saved=1))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _service(id: int | None, store: Store) -> Service | None:
    mine = (Service.store == store.id) & Service.retired_at.is_null()
    return access.find(Service, Service.id == id, mine) if id is not None else None


def _form_class(here: Supply, found: Service | None) -> type[ServiceForm]:
    fields: dict[str, Any] = {f"does_{number}": BooleanField() for number in here.resources}
    options, perks, packages = _rows_of(found)
    for n in range(options):
        fields[f"option_key_{n}"] = HiddenField(validators=[Length(max=20), forms.plain])
        fields[f"option_name_{n}"] = forms.text(30, needed=False)
        fields[f"option_price_{n}"] = forms.Yuan()
    for n in range(perks):
        fields[f"perk_name_{n}"] = forms.text(30, needed=False)
        fields[f"perk_days_{n}"] = StringField(validators=[Length(max=7), forms.plain])
        fields[f"perk_hours_{n}"] = forms.text(40, needed=False)
    for n in range(packages):
        fields[f"package_key_{n}"] = HiddenField(validators=[Length(max=20), forms.plain])
        fields[f"package_name_{n}"] = forms.text(30, needed=False)
        fields[f"package_people_{n}"] = forms.number(1, 200, needed=False)
        fields[f"package_when_{n}"] = StringField(validators=[Length(max=10), forms.plain])
        fields[f"package_price_{n}"] = forms.Yuan()
    return type("ServiceFormHere", (ServiceForm,), fields)


def _rows_of(found: Service | None) -> tuple[int, int, int]:
    """What is there, and two to fill in."""
    options, perks, packages = (len(found.options), len(found.perks), len(found.packages)) if found else (0, 0, 0)
    return (
        min(OPTION_ROWS, options + BLANK),
        min(PERK_ROWS, perks + BLANK),
        min(prices.MOST, packages + BLANK),
    )


def _editing(found: Service | None, here: Supply) -> dict[str, Any]:
    at = clock.now()
    options, perks, packages = _rows_of(found)
    tomorrow = days.day_of(here, at) + dt.timedelta(days=1)
    newest = here.services.get(found.id) if found else None
    return {
        "service": found,
        "resources": list(here.resources.values()),
        "option_rows": options,
        "perk_rows": perks,
        "package_rows": packages,
        "package_when": WHEN,
        "kinds": typed.KINDS,
        "arts": ARTS_NAMED,
        "perk_days": DAYS,
        "tomorrow": tomorrow,
        "preview": choosing.times(here, newest, tomorrow, newest.people_min, at, "ordinary") if newest else [],
        "dates": _dates(found, here, at) if found and found.kind == "event" else [],
        "date_places": [here.resources[n] for n in here.doing.get(found.id, ()) if n in here.resources]
        if found
        else [],
        "date_form": DateForm(),
        "saved": "saved" in request.args,
        "ticket": vault.token()[:32],
        **shown.everywhere(),
    }


ARTS_NAMED = {
    "bath": N_("浴"),
    "tea": N_("茶"),
    "lantern": N_("灯"),
    "curtain": N_("帘"),
    "slipper": N_("拖鞋"),
    "shirt": N_("衣"),
    "bag": N_("袋"),
    "gift": N_("礼盒"),
}


def _dates(found: Service, here: Supply, at: int) -> list[dict[str, Any]]:
    """The dates ahead with how many come."""
    rows = []
    for date in here.occurrences.get(found.id, ()):
        if date.starts_at > at:
            place = here.resources.get(date.resource_id)
            parts = [p for p in dayboard.held(here, date.starts_at, date.starts_at + 1) if p.service_id == found.id]
            rows.append({"date": date, "place": place, "people": sum(part.people for part in parts)})
    return rows


def _typed(found: Service | None, here: Supply) -> dict[str, Any]:
    """What stands in the fields at first: defaults that work."""
    if found is None:
        only = {f"does_{number}": True for number in here.resources} if len(here.resources) == 1 else {}
        return {
            "kind": "bath",
            "minutes": 60,
            "clean_minutes": 0,
            "step_minutes": 30,
            "per_person": "1",
            "people_min": 1,
            "people_max": 2,
            "lead_minutes": 0,
            "horizon_days": 14,
            "early_days": 0,
            "cancel_minutes": 120,
            "on_request": "0",
            "art": "bath",
            **only,
        }
    filled: dict[str, Any] = {name: getattr(found, name) for name in (*_SAME, *_MORE)}
    filled |= {f"does_{n}": n in here.doing.get(found.id, ()) for n in here.resources}
    for part in ("name", "note"):
        filled |= forms.from_words(getattr(found, part), part)
    for n, option in enumerate(found.options):
        price = filters.yuan(option["price"]) if option["price"] else ""
        filled |= {
            f"option_key_{n}": option["key"],
            f"option_name_{n}": option["name"]["zh"],
            f"option_price_{n}": price,
        }
    for n, perk in enumerate(found.perks):
        filled |= {
            f"perk_name_{n}": perk["name"]["zh"],
            f"perk_days_{n}": "".join(str(day) for day in sorted(perk["days"])),
            f"perk_hours_{n}": hours.written([(perk["from"], perk["until"])]),
        }
    for n, package in enumerate(found.packages):
        filled |= {
            f"package_key_{n}": package["key"],
            f"package_name_{n}": package["name"]["zh"],
            f"package_people_{n}": package["people"],
            f"package_when_{n}": package["when"],
            f"package_price_{n}": filters.yuan(package["price"]),
        }
    if found.hours is not None:
        filled |= {f"day{day}": hours.written([(o, c) for o, c in found.hours.get(str(day), ())]) for day in range(7)}
    return filled | {
        "price": filters.yuan(found.price) if found.price else "",
        "per_person": "1" if found.per_person else "0",
        "on_request": "1" if found.on_request else "0",
    }


def _terms(form: Any, here: Supply, found: Service | None) -> editing.Terms:
    return editing.Terms(
        name=forms.in_words(form),
        note=forms.in_words(form, "note"),
        price=form.price.fen,
        per_person=form.per_person.data == "1",
        on_request=form.on_request.data == "1",
        resources=tuple(number for number in here.resources if form[f"does_{number}"].data),
        options=_options(form, found),
        perks=_perks(form, found),
        packages=_packages(form, found),
        hours=typed.own_hours(form),
        **{name: form[name].data for name in (*_SAME, *_MORE)},
    )


def _options(form: Any, found: Service | None) -> list[dict[str, Any]]:
    rows = _named(form, "option", _rows_of(found)[0], found.options if found else [])
    return [row | {"price": form[f"option_price_{n}"].fen} for n, row in rows]


def _packages(form: Any, found: Service | None) -> list[dict[str, Any]]:
    rows = _named(form, "package", _rows_of(found)[2], found.packages if found else [])
    return [
        row
        | {
            "people": form[f"package_people_{n}"].data or 0,
            "price": form[f"package_price_{n}"].fen,
            "when": form[f"package_when_{n}"].data or "weekend",
        }
        for n, row in rows
    ]


def _named(form: Any, what: str, rows: int, had: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """The rows that have a name, each with its key: what was there keeps its own, and its translations while its name is the same."""
    known = {one["key"]: one for one in had}
    found = []
    for n in range(rows):
        if name := form[f"{what}_name_{n}"].data:
            old = known.get(form[f"{what}_key_{n}"].data or "")
            said = old["name"] if old and old["name"]["zh"] == name else {"zh": name}
            found.append((n, {"key": old["key"] if old else f"{what[0]}{vault.token()[:8]}", "name": said}))
    return found


def _perks(form: Any, found: Service | None) -> list[dict[str, Any]]:
    had = {perk["name"]["zh"]: perk["name"] for perk in found.perks} if found else {}
    perks = []
    for n in range(_rows_of(found)[1]):
        name = form[f"perk_name_{n}"].data
        if not name:
            continue
        chosen = sorted({int(day) for day in form[f"perk_days_{n}"].data or "0123456" if day in "0123456"})
        for opens, closes in hours.parse(form[f"perk_hours_{n}"].data or "00:00-24:00", f"perk_hours_{n}"):
            perks.append({"days": chosen, "from": opens, "until": closes, "name": had.get(name, {"zh": name})})
    return perks


def _moment(form: DateForm, timezone: str) -> int:
    day = shown.day_in(form.date.data)
    hour, colon, minute = (form.time.data or "").partition(":")
    if day is None or not colon or not (hour + minute).isdecimal() or int(hour) > 23 or int(minute) > 59:
        raise Refusal("日期像这样写：2026-05-31", code="odd_time", field="date")
    return days.moment(day, int(hour) * 60 + int(minute), timezone)
