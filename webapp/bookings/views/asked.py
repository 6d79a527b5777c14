"""What the address or the form asks for, read kindly: numbers within bounds, things of this store, or a 404."""

import datetime as dt
import re
from collections.abc import Mapping

from flask import g, request
from werkzeug.datastructures import MultiDict

from models import Booking, Member, Param, Prepared, Service, Store, Waiter
from webapp import access, clock
from webapp.bookings import choosing, supply
from webapp.bookings.holding import Wish
from webapp.bookings.supply import Supply
from webapp.clock import DAY
from webapp.stores import shops

LARGEST = 2**31 - 1
FARTHEST = 400 * DAY
OPTIONS = 20
_STORE_OF = Prepared(
    lambda: (
        Store.select()
        .join(Service)
        .where(Service.id == Param("service"), Service.retired_at.is_null(), Store.closed_at.is_null())
    )
)
_EXTRA = re.compile(r"([1-9][0-9]{0,9}):([1-9][0-9]{0,11})(?::([0-9]{1,9}))?")


class Asked:
    """A service for so many, on a day, at a time, with what else the party wants. `day` and `wishes` may be missing."""

    def __init__(self, here: Supply, me: Member, at: int, said: MultiDict[str, str]) -> None:
        self.here, self.me, self.at, self.said = here, me, at, said
        self.had = choosing.lasts(me.id, here.store)
        asked = number(said.get("service", ""))
        self.service = access.there(here.services.get(asked)) if asked else choosing.usual(here, self.had)
        self.people_said = number(said.get("people", ""))
        self.people = self._people()
        self.day = day(said.get("day", ""), at, here.timezone)
        self.wishes = self._wishes()

    @property
    def wanted(self) -> Service:
        """The service; a 404 without one."""
        service: Service = access.there(self.service)
        return service

    def _people(self) -> int:
        if self.service is None:
            return 1
        return choosing.party(self.service, self.people_said, self.had.get(self.service.id))

    def _wishes(self) -> list[Wish]:
        starts = number(self.said.get("at", ""))
        if not self.service or not starts or starts > self.at + FARTHEST:
            return []
        # A form means the number of people it says: the rule has the words for a wrong one.
        people = self.people_said or self.people if "ticket" in self.said else self.people
        wishes = [Wish(self.service.id, starts, people, edition=number(self.said.get("edition", "")))]
        return wishes + [self._extra(text, people) for text in self.said.getlist("also")[: choosing.PARTS - 1]]

    def _extra(self, text: str, people: int) -> Wish:
        """One more service, written as service:moment or service:moment:edition."""
        service, moment, edition = access.there(_EXTRA.fullmatch(text)).groups()
        other = access.there(self.here.services.get(int(service)))
        starts = min(int(moment), self.at + FARTHEST)
        return Wish(other.id, starts, people, edition=int(edition) if edition else None)


def at_store(store: Store, at: int) -> Supply:
    """From here on the clock of that store counts."""
    g.store = store
    return supply.of(store, at)


def number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 12 else None


def day(said: str, at: int, timezone: str) -> dt.date | None:
    """A day ahead, as addresses write it; nothing for one that is past, too far off or none."""
    today = clock.local(at, timezone).date()
    try:
        found = dt.date.fromisoformat(said)
    except ValueError:
        return None
    return found if today <= found <= today + dt.timedelta(days=400) else None


def store(me: Member) -> Store | None:
    """The store that was asked for, or whose service it is; else the one in hand, if it can be booked; else the first that can."""
    if slug := request.args.get("store", ""):
        found: Store = access.there(shops.find(slug))
        return found
    if request.args.get("service"):
        return store_of(request.args)
    near, places = access.store_in_hand() or me.store, choosing.stores()
    return next((one for one in places if near and one.id == near.id), places[0] if places else None)


def store_of(said: Mapping[str, str]) -> Store:
    """The store whose service was asked for."""
    wanted = number(said.get("service", "")) or 0
    found: Store = access.there(_STORE_OF.one(Store, service=min(wanted, LARGEST)))
    return found


def booking(code: str, me: Member) -> Booking:
    """My booking; the clock of its store counts."""
    found: Booking = access.find(Booking, Booking.code == code.upper()[:16], Booking.member == me.id)
    g.store = found.store
    return found


def waiter(id: int, me: Member) -> Waiter:
    """My place in line; the clock of its store counts."""
    found: Waiter = access.find(Waiter, Waiter.id == id, Waiter.member == me.id)
    g.store = found.store
    return found
