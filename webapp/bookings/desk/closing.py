"""Something is broken, or nobody can come in today: closed by one button, everybody touched is told, and one button opens it again."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext

from models import QUARTER, Closure, Resource, Store
from webapp import access, clock, forms, hx, policy, vault
from webapp.bookings import closures, days
from webapp.bookings.desk import bp, shown
from webapp.bookings.supply import Supply
from webapp.clock import HOUR, MINUTE
from webapp.words import N_

REASONS = (N_("设备坏了"), N_("停水停电"), N_("人手不够"), N_("清洁消毒"))
SOON = (1, 2, 4)  # hours from now
MOST = 500  # listed at once


class CloseForm(forms.Form):
    ticket = forms.ticket()
    resource = forms.number(1, shown.LARGEST, needed=False)
    since = forms.number(0, shown.LATEST)
    until = forms.number(0, shown.LATEST)
    why = forms.text(40)


@bp.get("/closing")
def closing() -> Response:
    """GET ?resource=&day=&until=: until when and why, and who would have to be told."""
    _, store = access.staff()
    here, at = shown.here_now(store)
    context = _closing(
        here, store, at, request.args.get("resource", 0, type=int), request.args.get("until", 0, type=int)
    )
    form = CloseForm(data={"until": context["until"], "why": request.args.get("why", "")[:40]})
    part = "bookings/_desk_closing.html" if request.args.get("part") else "bookings/_desk_closing_sheet.html"
    return hx.page("bookings/desk_closing.html", part, form=form, **context)


@bp.post("/closing")
def close() -> Response:
    """POST: closed from now on; all who are touched are told and listed."""
    actor, store = access.staff()
    here, at = shown.here_now(store)
    number, until = request.form.get("resource", 0, type=int), request.form.get("until", 0, type=int)
    context = _closing(here, store, at, number, until, request.form.get("since", 0, type=int))
    form = forms.read(CloseForm, "bookings/desk_closing.html", "bookings/_desk_closing.html", **context)
    closed = closures.close(store, context["resource"], form.since.data, form.until.data, form.why.data, actor, at)
    return hx.go(url_for(".closed", id=closed.closure.id))


@bp.get(f"/closing/<int(max={shown.LARGEST}):id>")
def closed(id: int) -> Response:
    """GET: who was told and what is left to do; with the way back."""
    _, store = access.staff()
    closure, at = _find(id, store), clock.now()
    return hx.page(
        "bookings/desk_closed.html",
        closure=closure,
        rows=shown.listed(closures.touched(closure)[:MOST]),
        undo=_undo(closure, store, at),
        **shown.everywhere(),
    )


@bp.post(f"/closing/<int(max={shown.LARGEST}):id>/lift")
def lift(id: int) -> Response:
    """POST: it works again; bookings that stayed take place as they were."""
    actor, store = access.staff()
    closure = _find(id, store)
    closures.lift(closure, actor, clock.now())
    return hx.go(url_for(".board", day=clock.local(closure.starts_at, store.timezone).date().isoformat()))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _find(id: int, store: Store) -> Closure:
    found: Closure = access.find(Closure, Closure.id == id, Closure.store == store.id)
    return found


def _closing(here: Supply, store: Store, at: int, number: int, until: int, since: int = 0) -> dict[str, Any]:
    # What an odd form says is bounded before anybody looks for it.
    until, since = (moment if 0 <= moment < shown.LATEST else 0 for moment in (until, since))
    resource: Resource | None = access.there(here.resources.get(number)) if number else None
    day = shown.asked_day(here, at, request.values.get("day"))
    since = since or _since(here, day, at)
    choices, usual = _until(here, day, since, at)
    until = until or usual
    trial = Closure(store=store.id, resource=resource.id if resource else None, starts_at=since, ends_at=until)
    return {
        "resource": resource,
        "day": day,
        "since": since,
        "now": since <= at,
        "until": until,
        "choices": choices,
        "reasons": REASONS,
        "rows": shown.listed(closures.touched(trial)[:MOST]) if since < until else [],
        "ticket": vault.token()[:32],
        **shown.everywhere(),
    }


def _since(here: Supply, day: dt.date, at: int) -> int:
    """From now on; another day from its first minute."""
    first = days.window(here, day)[0]
    return max(first, at)


def _until(here: Supply, day: dt.date, since: int, at: int) -> tuple[list[tuple[int, str]], int]:
    """Until when, in words, soonest first; and the usual one: until the shop closes."""
    closes = max([ends for _, ends in days.opened(here, day)], default=0)
    end = closes if closes > since else days.window(here, day)[1]
    soon = [(since + n * HOUR, gettext("%(n)s 小时", n=n)) for n in SOON] if since <= at else []
    found = [(-(-moment // QUARTER) * QUARTER, text) for moment, text in soon if moment < end]
    later = [
        (days.window(here, day + dt.timedelta(days=n))[1], text)
        for n, text in ((1, gettext("到明天打烊")), (6, gettext("七天")))
    ]
    return [*found, (end, gettext("到打烊")), *later], end


def _undo(closure: Closure, store: Store, at: int) -> dict[str, Any] | None:
    until = closure.made_at + policy.of(store).undo_minutes * MINUTE
    if closure.lifted_at or until <= at:
        return None
    return {
        "text": gettext("已经关了"),
        "action": url_for(".lift", id=closure.id),
        "start": closure.made_at,
        "until": until,
        "ticket": vault.token()[:32],
    }
