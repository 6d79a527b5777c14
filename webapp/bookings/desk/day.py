"""The day on the tablet: everything that can be booked against the hours, what is held, who waits; a walk-in in two taps."""

import datetime as dt
import re
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext
from wtforms import StringField
from wtforms.validators import Length

from models import Booking, Member, Resource, Service, Store
from webapp import access, clock, forms, front, hx, vault
from webapp.bookings import bookings, closures, dayboard, days, supply
from webapp.bookings.desk import bp, shown
from webapp.bookings.holding import For, Wish
from webapp.bookings.supply import Supply
from webapp.clock import HOUR
from webapp.members import finding, merging, phones
from webapp.refusals import Refusal

TIMES = 6  # shown to choose from


class TakeForm(forms.Form):
    """A walk-in or a call. `who` is a name, a number, or the last four digits of a member's; `member` the one that was picked."""

    ticket = forms.ticket()
    resource = forms.number(1, shown.LARGEST)
    service = forms.number(1, shown.LARGEST)
    edition = forms.number(1, shown.LARGEST, needed=False)
    at = forms.number(0, shown.LATEST)
    people = forms.number(1, 500)
    who = forms.text(60, needed=False)
    member = forms.text(16, needed=False)
    phone = StringField(validators=[Length(max=30), forms.plain])
    note = forms.text(200, needed=False)
    source = forms.choice(("walk_in", "phone"))


@bp.get("", endpoint="board")
def board() -> Response:
    """GET ?day=: the board of a day; alone, to the poll. ?booked= shows the bar that takes a new booking back."""
    _, store = access.staff()
    here, at = shown.here_now(store)
    return hx.page("bookings/desk_board.html", "bookings/_desk_board.html", **_board(store, here, at))


@bp.get("/new")
def new() -> Response:
    """GET ?resource=&at=&service=&people=: book what was tapped. A sheet on the board, or a page of its own."""
    _, store = access.staff()
    here, at = shown.here_now(store)
    resource = _resource(here, request.args.get("resource", 0, type=int))
    context = _choosing(
        here, resource, request.args.get("at", at, type=int), request.args.get("service", 0, type=int), at
    )
    form = TakeForm(data=_first(context, request.args.get("people", 0, type=int), at))
    return hx.page("bookings/desk_new.html", _part(), form=form, **context)


@bp.post("/new")
def take() -> Response:
    """POST: held at once; back to the board, which offers to take it back."""
    actor, store = access.staff()
    here, at = shown.here_now(store)
    resource = _resource(here, request.form.get("resource", 0, type=int))
    wanted = request.form.get("at", at, type=int), request.form.get("service", 0, type=int)
    form = forms.read(
        TakeForm,
        "bookings/desk_new.html",
        "bookings/_desk_new.html",
        lambda: _choosing(*_fresh(store, resource), *wanted, at),
    )
    wish = _wish(form, here, resource)
    booking = bookings.book(
        [wish], store, _whom(form, at), key=f"desk:{form.ticket.data}", at=at, source=form.source.data, staff=actor
    )
    day = days.day_of(here, booking.starts_at)
    return hx.go(url_for(".board", day=day.isoformat(), booked=booking.code))


@bp.get("/who")
def who() -> Response:
    """GET ?who=: members with those last four digits or that number, to pick from."""
    access.staff()
    return hx.page("bookings/_desk_who.html", found=_found(request.args.get("who", ""), clock.now()), picked="")


# --- what the pages show -----------------------------------------------------------------------------------------------


def _board(store: Store, here: Supply, at: int) -> dict[str, Any]:
    day = shown.asked_day(here, at)
    board = dayboard.of(here, day, at)
    return {
        "board": board,
        "strip": dayboard.strip(here, day, at),
        "today": days.day_of(here, at),
        "line": dayboard.line(here, day),
        "closures": [one for one in closures.standing(store, at) if one.starts_at < board.ends],
        "holiday": _holiday(here, day),
        "fine": any(service.minutes <= 30 for service in here.services.values()),
        "pulse": front.pulse("store", store.id, store.queue_version, at),
        "undo": _booked(store, at),
        **shown.everywhere(),
    }


def _holiday(here: Supply, day: dt.date) -> str:
    found = days.holiday(day, here.timezone, shown.holiday_language())
    if found is None:
        return ""
    return str(gettext("调休上班")) if found.works else found.name


def _booked(store: Store, at: int) -> dict[str, Any] | None:
    """The bar for the booking that was made just now: taking it back is cancelling it."""
    code = request.args.get("booked", "")[:16]
    booking = Booking.get_or_none(Booking.code == code, Booking.store == store.id) if code else None
    if booking is None or booking.state != "confirmed" or booking.requested_at < at - 10 * clock.MINUTE:
        return shown.undoing(booking, at, then="board") if booking else None
    return {
        "text": gettext("订好了：%(name)s", name=shown.party(booking) or gettext("会员")),
        "action": url_for(".cancel", code=booking.code, then="board"),
        "start": booking.requested_at,
        "until": booking.requested_at + 10 * clock.MINUTE,
        "ticket": vault.token()[:32],
    }


def _part() -> str:
    """What htmx asked for: the sheet, or, once it is open, what is in it."""
    return "bookings/_desk_new.html" if request.args.get("part") else "bookings/_desk_new_sheet.html"


def _resource(here: Supply, number: int) -> Resource:
    found: Resource = access.there(here.resources.get(number))
    return found


def _fresh(store: Store, resource: Resource) -> tuple[Supply, Resource]:
    """The supply as it is after a no, and the same resource in it."""
    here = supply.of(store, clock.now())
    return here, here.resources.get(resource.id, resource)


def _choosing(here: Supply, resource: Resource, wanted: int, service: int, at: int) -> dict[str, Any]:
    """Services and times of one resource around the moment that was tapped."""
    wanted = max(at - clock.DAY // 2, min(wanted, at + 366 * clock.DAY))
    day = days.day_of(here, wanted)
    openings = dayboard.openings(here, resource, day, at)
    near = [one for one in openings if wanted <= one.at < wanted + HOUR // 2] or [
        one for one in openings if one.at >= wanted
    ]
    chosen = next((one for one in openings if one.service.id == service), near[0] if near else None)
    mine = [one for one in openings if chosen and one.service.id == chosen.service.id]
    first = next((n for n, one in enumerate(mine) if one.at >= wanted), max(0, len(mine) - 1))
    begin = max(0, min(first - 1, len(mine) - TIMES))
    doing = [here.services[n] for n in here.services if resource.id in here.doing.get(n, ())]
    return {
        "resource": resource,
        "day": day,
        "wanted": wanted,
        "services": doing,
        "service": chosen.service if chosen else None,
        "times": mine[begin : begin + TIMES],
        "first": mine[first] if mine else None,
        "inside": dayboard.inside(here, resource, wanted, wanted + HOUR // 2) if resource.shared else [],
        "found": _found(request.form.get("who", ""), at),
        "ticket": vault.token()[:32],
        **shown.everywhere(),
    }


def _first(context: dict[str, Any], people: int, at: int) -> dict[str, Any]:
    """What stands in the form at first: two taps are enough for somebody who walks in."""
    first, service = context["first"], context["service"]
    usual = min(2, first.people) if first and service.kind == "bath" else 1
    least = service.people_min if service else 1
    return {
        "people": max(least, people or usual),
        "at": first.at if first else None,
        "source": "walk_in" if first and first.at < at + HOUR else "phone",
    }


def _wish(form: TakeForm, here: Supply, resource: Resource) -> Wish:
    """A party that is too large for this one may have several rooms."""
    alone = form.people.data <= resource.capacity
    service: Service | None = here.services.get(form.service.data)
    edition = form.edition.data or (service.version if service else None)
    return Wish(form.service.data, form.at.data, form.people.data, resource.id if alone else None, edition)


def _whom(form: TakeForm, at: int) -> For:
    """A member by their code, number or last four digits; else somebody with a name, or without one."""
    who, note = form.who.data or "", form.note.data or ""
    if form.member.data:
        member = access.find(Member, Member.code == form.member.data, Member.erased_at.is_null())
        return For(merging.survivor(member), note=note)
    found = _found(who, at)
    if len(found) > 1:
        raise Refusal("有 %(n)s 位，请点一下是哪位", code="several", field="who", n=len(found))
    if found:
        return For(found[0].member, note=note)
    if re.fullmatch(r"[0-9]{4}", who):
        raise Refusal("没有这个尾号的会员，请写名字", code="nobody", field="who")
    number = phones.read(form.phone.data) if form.phone.data else phones.number_in(who) or ""
    name = "" if phones.number_in(who) else who
    return For(guest=name or gettext("散客"), guest_phone=number, note=note)


def _found(who: str, at: int) -> list[finding.Found]:
    """Only digits look for a member: a name is a name."""
    plain = re.sub(r"\s", "", who[:60])
    return finding.search(plain, at)[:6] if re.fullmatch(r"[0-9]{4}|\+?[0-9]{6,15}", plain) else []
