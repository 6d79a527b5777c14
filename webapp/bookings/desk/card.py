"""One booking at the desk: who, what, what to prepare; and what can be done about it, each with a way back."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext
from wtforms import StringField
from wtforms.validators import Length

from models import Booking, Staff, Store
from webapp import access, clock, filters, forms, hx, vault
from webapp.bookings import bookings, brief, choosing, closures, dayboard, days, free, holding, overdue, supply, undo
from webapp.bookings.desk import bp, shown
from webapp.clock import MINUTE
from webapp.members import cards, looks
from webapp.points import ledger
from webapp.staff import board, queue

NEAREST = 4
_KINDS = ("rebook", "booking")
_WHOLE, _DETAIL = "bookings/desk_booking.html", "bookings/_desk_booking.html"


class ActForm(forms.Form):
    """Every button of the card: a time for those that need one, a reason for a no."""

    at = forms.number(0, shown.LATEST, needed=False)
    why = StringField(validators=[Length(max=20), forms.plain])


class TimeForm(ActForm):
    at = forms.number(0, shown.LATEST)


@bp.get("/<code>")
def show(code: str) -> Response:
    """GET: one booking of this store; opens its card in the queue, so that colleagues see who has it."""
    (actor, store), at = access.staff(), clock.now()
    booking = _settled(shown.find(code, store), at)
    taken = _open(booking, actor, at)
    if owner := booking.member:
        looks.view(owner, actor, store, at)
    context = _detail(booking, at, taken)
    if hx.asked():
        return hx.page("bookings/desk_booking.swap.html", **context)
    return hx.page(_WHOLE, **_column(booking, store, actor, at), **context)


@bp.get("/<code>/times")
def times(code: str) -> Response:
    """GET ?day=: the days ahead and the free times of one, to offer or to move to."""
    _, store = access.staff()
    booking, (here, at) = shown.find(code, store), shown.here_now(store)
    return hx.page("bookings/_desk_times.html", **_times(here, booking, at))


@bp.post("/<code>/confirmation")
def confirm(code: str) -> Response:
    """POST: yes. The member is told."""
    booking, actor, _ = _acting(code, ActForm)
    return _answer(bookings.confirm(booking, actor, clock.now()))


@bp.post("/<code>/refusal")
def decline(code: str) -> Response:
    """POST why=: the shop cannot."""
    booking, actor, form = _acting(code, ActForm)
    return _answer(bookings.decline(booking, actor, form.why.data, clock.now()))


@bp.post("/<code>/offer")
def offer(code: str) -> Response:
    """POST at=: this other time is held until the member says yes or no."""
    booking, actor, form = _acting(code, TimeForm)
    return _answer(bookings.offer_other(booking, form.at.data, actor, clock.now()))


@bp.post("/<code>/move")
def move(code: str) -> Response:
    """POST at=: to that time at once, as it was agreed on the telephone."""
    booking, actor, form = _acting(code, TimeForm)
    return _answer(bookings.move(booking, form.at.data, clock.now(), staff=actor))


@bp.post("/<code>/arrival")
def arrive(code: str) -> Response:
    """POST: they are here. ?then=route goes back to the van's list."""
    booking, actor, _ = _acting(code, ActForm)
    return _answer(brief.welcome(booking, actor, clock.now()))


@bp.post("/<code>/end")
def end(code: str) -> Response:
    """POST: it is over."""
    booking, actor, _ = _acting(code, ActForm)
    return _answer(bookings.done(booking, actor, clock.now()))


@bp.post("/<code>/absence")
def absent(code: str) -> Response:
    """POST: nobody came; the place goes to those who wait."""
    booking, actor, _ = _acting(code, ActForm)
    return _answer(bookings.no_show(booking, clock.now(), actor))


@bp.post("/<code>/cancellation")
def cancel(code: str) -> Response:
    """POST: called off by the shop, or by somebody on the telephone. ?then=board goes back to the day."""
    booking, actor, _ = _acting(code, ActForm)
    return _answer(bookings.cancel(booking, clock.now(), staff=actor))


@bp.post("/<code>/undo")
def take_back(code: str) -> Response:
    """POST: the last step was a wrong tap."""
    booking, actor, _ = _acting(code, ActForm)
    return _answer(undo.undo(booking, actor, clock.now()))


@bp.post("/<code>/call")
def call(code: str) -> Response:
    """POST: the number to call, this once; the member sees who asked."""
    (actor, store), at = access.staff(), clock.now()
    booking = shown.find(code, store)
    owner, number = booking.member, ""
    if owner:
        number = looks.reveal(owner, actor, store, at)
    elif booking.guest_phone_sealed:
        number = vault.unseal(booking.guest_phone_sealed)
    if hx.asked():
        return hx.page("bookings/_desk_call.html", booking=booking, number=number, masked="")
    context = _detail(booking, at, "") | {"number": number}
    return hx.page(_WHOLE, **_column(booking, store, actor, at), **context)


# --- what the pages show -----------------------------------------------------------------------------------------------


def _acting(code: str, form_class: Any) -> tuple[Booking, Staff, Any]:
    """Guard, find and read in one; a no shows the card as it is by then, with the words on top."""
    (actor, store), at = access.staff(), clock.now()
    booking = shown.find(code, store)

    def again() -> dict[str, Any]:
        column = {} if hx.asked() else _column(booking, store, actor, at)
        detail = _detail(shown.again(booking), at, "")
        del detail["form"]  # it is the one that was refused
        return column | detail

    form = forms.read(form_class, _WHOLE, _DETAIL, again)
    return booking, actor, form


def _answer(booking: Booking) -> Response:
    then = request.args.get("then")
    if then == "board":
        return hx.go(url_for(".board", day=_day_of(booking)))
    if then == "route":
        return hx.go(url_for(".route", day=_day_of(booking)))
    at = clock.now()
    address = url_for(".show", code=booking.code)
    return hx.swap("bookings/desk_settled.swap.html", address, lambda: _detail(booking, at, ""))


def _day_of(booking: Booking) -> str:
    return days.day_of(supply.of(booking.store, clock.now()), booking.starts_at).isoformat()


def _settled(booking: Booking, at: int) -> Booking:
    if booking.state in ("requested", "offered", "confirmed", "arrived") and booking.member_id:
        overdue.settle(at, member=booking.member_id)
        return holding.fresh(booking)
    return booking


def _open(booking: Booking, actor: Staff, at: int) -> str:
    """The colleague who has one of its cards open, or nothing."""
    for kind in _KINDS:
        card = queue.open_card(kind, booking.code, actor, at)
        if card:
            return queue.taken_by(card, actor, at)
    return ""


def _column(booking: Booking, store: Store, actor: Staff, at: int) -> dict[str, Any]:
    return board.context(store, actor, at, current=booking.code)


def _detail(booking: Booking, at: int, taken: str) -> dict[str, Any]:
    here = supply.of(booking.store, at)
    places = choosing.places(booking)
    owner: Any = booking.member
    trouble = closures.trouble(booking)
    movable = ("requested", "confirmed", "offered") if trouble else ("requested", "confirmed")
    asks = booking.state in movable and booking.ends_at > at
    near = closures.nearest_for(booking, at, NEAREST + 1) if asks else []
    perks = (choosing.perk(here, place.service, place.starts_at) for place in places)
    return {
        "b": booking,
        "who": shown.party(booking),
        "masked": shown.masked(booking),
        "number": "",
        "places": places,
        "note": holding.note(booking),
        "perks": [perk for perk in perks if perk],
        "history": _history(booking),
        "trouble": trouble,
        "nearest": [start for start in near if trouble or start.at != booking.starts_at][:NEAREST],
        "taken": taken,
        "day": days.day_of(here, booking.starts_at),
        "form": None,
        "card": cards.of(ledger.up_to_date(owner, at)) if owner else None,
        "undo": shown.undoing(booking, at),
        "ticket": vault.token()[:32],
        "at": at,
        **shown.everywhere(),
    }


def _times(here: supply.Supply, booking: Booking, at: int) -> dict[str, Any]:
    places = choosing.places(booking)
    first = here.services.get(places[0].service.id) if places else None
    begins = max(booking.starts_at, at)
    day = shown.day_in(request.args.get("day")) or days.day_of(here, begins)
    strip = free.strip(here, first, places[0].people, at, "vip") if first else []
    return {
        "b": booking,
        "strip": strip,
        "day": day,
        "times": dayboard.times(here, booking, day, at),
        **shown.everywhere(),
    }


def _history(booking: Booking) -> list[dict[str, Any]]:
    """What happened to it, oldest first, as far as its row tells."""
    word = filters.translated(shown.SOURCES[booking.source])
    steps: list[tuple[int, str, Staff | None]] = [(booking.requested_at, gettext("订的（%(how)s）", how=word), None)]
    if booking.answered_at and booking.answered_at > booking.requested_at and booking.state != "declined":
        steps.append((booking.answered_at, gettext("确认了"), booking.answered_by))
    if booking.late_until:
        minutes = (booking.late_until - booking.starts_at) // MINUTE
        steps.append((booking.starts_at, gettext("说会晚到，留 %(n)s 分钟", n=minutes), None))
    if booking.arrived_at:
        scanned = booking.arrived_by_id is None and booking.source != "walk_in"
        steps.append(
            (booking.arrived_at, gettext("到了（扫了柜台的码）") if scanned else gettext("到了"), booking.arrived_by)
        )
    if booking.ended_at:
        steps.append((booking.ended_at, filters.translated(shown.STATES[booking.state][0]), booking.ended_by))
    till = filters.translated(shown.SOURCES["till"]) if booking.why == bookings.TILL else ""
    return [
        {"at": at, "what": what, "by": shown.by_name(by) or (till if at == booking.ended_at else "")}
        for at, what, by in steps
    ]
