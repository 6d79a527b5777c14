"""Choosing: a service, how many, a day, a time, and yes. Three taps where the house knows who comes."""

from typing import Any

from flask import Response, g, request, url_for
from wtforms import BooleanField

from models import Address, Member
from webapp import access, clock, forms, hx
from webapp.bookings import addresses, again, bookings, choosing, conditions, holding, prices, standings
from webapp.bookings.supply import Supply
from webapp.bookings.views import asked, bp, shown
from webapp.bookings.views.asked import LARGEST, OPTIONS, Asked
from webapp.clock import MINUTE
from webapp.refusals import Refusal


class BookForm(forms.Form):
    ticket = forms.ticket()
    service = forms.number(1, LARGEST)
    people = forms.number(1, 200)
    at = forms.number(1, 2**40)
    edition = forms.number(0, LARGEST, needed=False)
    note = forms.text(200, needed=False)
    address = forms.number(1, LARGEST, needed=False)
    weekly = BooleanField()


@bp.get("/book")
def choose() -> Response:
    """GET ?store=&service=&people=&day=&at=&also=: services, days, times; with `at` what would be booked, to say yes to."""
    me, at = access.member(), clock.now()
    store = asked.store(me)
    if store is None:
        return shown.page("bookings/none.html", me, shop=access.store_in_hand() or me.store)
    wish = Asked(asked.at_store(store, at), me, at, request.args)
    if wish.wishes:
        return shown.page(
            "bookings/confirm.html", me, "bookings/_sheet.html", form=None, refusal=None, **_confirming(wish)
        )
    if hx.asked():
        return hx.ready(_kept(wish))
    stores, due = choosing.stores(), again.due(me.id, at)
    return shown.page("bookings/book.html", me, stores=stores, again=due, **_choosing(wish))


@bp.post("/bookings")
def make() -> Response:
    """POST: hold it; goes to the booking. `also` are further services of the same party, held with it or not at all."""
    me, at = access.member(), clock.now()
    here = asked.at_store(asked.store_of(request.form), at)
    wish = Asked(here, me, at, request.form)
    form = forms.read(BookForm, "bookings/confirm.html", "bookings/_confirm.html", lambda: _confirming(wish), unread=0)
    options = tuple(request.form.getlist("option")[:OPTIONS])
    whom = holding.For(me, note=form.note.data or "", options=options, address=_address(form, me, here))
    if form.weekly.data:
        wall = clock.local(form.at.data, here.timezone)
        minute = wall.hour * 60 + wall.minute
        standings.start(me, wish.wanted, wall.weekday(), minute, whom.address, whom.note, at)
        return hx.go(url_for(".index"))
    booking = bookings.book(wish.wishes, g.store, whom, key=f"member:{me.id}:{form.ticket.data}", at=at)
    return hx.go(url_for(".show", code=booking.code))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _kept(wish: Asked) -> str:
    """The services, days and times alone. Nothing in it is one member's own but what the key names."""
    here, service = wish.here, wish.service.id if wish.service else 0
    made_of = (here.store, here.version, here.edition, here.timezone, g.store.phone)
    asked_for = (service, wish.people, wish.people_said, wish.day, wish.me.tier)
    return shown.kept(*made_of, *asked_for, render=lambda: hx.render("bookings/_choose.html", **_choosing(wish)))


def _choosing(wish: Asked) -> dict[str, Any]:
    here, service = wish.here, wish.service
    context: dict[str, Any] = {
        "store": g.store,
        "services": list(here.services.values()),
        "service": service,
        "people": wish.people,
    }
    if service is None:
        return context
    context["wrong_party"] = wish.people_said is not None and wish.people_said != wish.people
    context["base"] = url_for(".choose", service=service.id, people=wish.people)
    context["whens"] = shown.WHEN
    if service.kind == "event":
        dates = choosing.dates(here, service, wish.at, wish.me.tier)
        costs = {date.at: prices.at(here, service, wish.people, date.at) for date in dates}
        return context | {"dates": dates, "costs": costs, "cost": None}
    chosen = shown.calendar(here, service, wish.people, wish.at, wish.me.tier, wish.day)
    return context | chosen | {"cost": prices.on(here, service, wish.people, chosen["day"])}


def _confirming(wish: Asked) -> dict[str, Any]:
    """What would be booked: its parts, the price, what can be added, and how the shop answers."""
    here, me, at, wishes = wish.here, wish.me, wish.at, wish.wishes
    service, last = wish.wanted, wish.had.get(wish.wanted.id)
    parts = [_part(here, n, one) for n, one in enumerate(wishes)]
    asks = conditions.asks_first([part["service"] for part in parts], me, g.store, at)
    said = request.method == "POST" or "ticked" in request.args
    typed = request.values.getlist("option")[:OPTIONS] if said else last.options if last else ()
    extras = sum(option["price"] for option in service.options if option["key"] in typed)
    van, people = service.kind in choosing.VAN, wishes[0].people if wishes else wish.people
    day = clock.local(wishes[0].starts_at, here.timezone).date().isoformat() if wishes else None
    ends = max((part["ends"] for part in parts), default=0)
    return {
        "store": g.store,
        "service": service,
        "people": people,
        "parts": parts,
        "ends": ends,
        "total": sum(part["cost"].price for part in parts) + extras,
        "ticked": set(typed),
        "note": last.note if last else "",
        "cancel_until": min((part["at"] - part["service"].cancel_minutes * MINUTE for part in parts), default=0),
        "asks": asks,
        "answer": shown.usual_answer(g.store, at) if asks else None,
        "van": van,
        "places": [(one, addresses.text(one)) for one in addresses.of(me)] if van else [],
        "last_address": last.address if last else None,
        "beside": choosing.beside(here, wishes, at, me.tier) if request.args.get("more") == "1" else None,
        "most": choosing.PARTS,
        "here": _here(wish, [part["value"] for part in parts[1:]]),
        "times_at": url_for(".choose", service=service.id, people=people, day=day),
        "line_at": url_for(".queue", service=service.id, people=people, at=wishes[0].starts_at if wishes else None),
        "ticket": shown.ticket(),
        "near": lambda refusal: _near(here, wishes, refusal),
    }


def _part(here: Supply, n: int, wish: holding.Wish) -> dict[str, Any]:
    service = here.services[wish.service]
    return {
        "n": n,
        "service": service,
        "at": wish.starts_at,
        "ends": wish.starts_at + service.minutes * MINUTE,
        "cost": prices.at(here, service, wish.people, wish.starts_at),
        "perk": choosing.perk(here, service, wish.starts_at),
        "value": f"{service.id}:{wish.starts_at}:{service.version}",
    }


def _here(wish: Asked, also: list[str]) -> Any:
    """The address of this same confirmation with other further services."""
    first = wish.wishes[0] if wish.wishes else None

    def address(without: str = "", more: str = "", adding: bool = False) -> str:
        kept = [value for value in also if value != without] + ([more] if more else [])
        people, at = (first.people, first.starts_at) if first else (wish.people, None)
        return url_for(".choose", service=wish.wanted.id, people=people, at=at, also=kept, more="1" if adding else None)

    return address


def _near(here: Supply, wishes: list[holding.Wish], refusal: Refusal | None) -> list[dict[str, Any]]:
    """One-tap ways on after "taken": the nearest times that leave the other parts of the party's day alone."""
    if not isinstance(refusal, holding.Taken):
        return []
    lost = next((n for n, wish in enumerate(wishes) if wish[:2] == refusal.wish[:2]), 0)
    service = here.services[refusal.wish.service]
    spans = [
        (one.starts_at, one.starts_at + here.services[one.service].minutes * MINUTE)
        for n, one in enumerate(wishes)
        if n != lost
    ]
    minutes = service.minutes * MINUTE
    apart = [s for s in refusal.nearest if all(s.at + minutes <= begins or s.at >= ends for begins, ends in spans)]
    return [{"at": start.at, "lost": lost, "value": f"{service.id}:{start.at}:{service.version}"} for start in apart]


def _address(form: BookForm, me: Member, here: Supply) -> Address | None:
    """Where the van goes: one of my own."""
    if here.services[form.service.data].kind not in choosing.VAN:
        return None
    if form.address.data is None:
        raise Refusal("请选一个地址", code="address_missing", field="address")
    mine = (Address.id == form.address.data) & (Address.member == me.id) & Address.removed_at.is_null()
    found: Address = access.find(Address, mine)
    return found
