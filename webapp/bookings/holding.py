"""How a booking is written: its row, its parts, its seats, in a transaction that has the store's calendar. The verbs are in `bookings`.

A wish is one service at one time for so many people; rooms are chosen here. Whatever is held is held by rows of `seats`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from peewee import SQL

from models import Address, Booking, Member, Param, Part, Prepared, Service, Staff, Standing, database
from webapp import vault
from webapp.bookings import free, seats
from webapp.bookings.supply import Supply
from webapp.clock import MINUTE
from webapp.outbox import events, inbox
from webapp.refusals import Missing, Refusal
from webapp.words import N_

AHEAD = ("requested", "offered", "confirmed")  # what may still be moved, cancelled, come to
# As the index `booking_ahead` has it, word for word: a value in a hole would make SQLite read all bookings there ever were.
OPEN = SQL("state IN ('requested', 'confirmed', 'arrived')")


class Wish(NamedTuple):
    """One service at one time for so many. `edition` is the service's version that was shown; `resource` a wish for this one."""

    service: int
    starts_at: int
    people: int
    resource: int | None = None
    edition: int | None = None


class For(NamedTuple):
    """Who a booking is for and what goes with it. Somebody without a card has a name, perhaps a phone number."""

    member: Member | None = None
    guest: str = ""
    guest_phone: str = ""
    note: str = ""
    options: tuple[str, ...] = ()
    address: Address | None = None
    standing: Standing | None = None


class Taken(Refusal):
    """The place is gone, or not to be had at that time any more; `wish` is what could not be had.

    `nearest` are the times to offer instead: looked for when somebody asks, so that nobody stands in line behind the search.
    """

    def __init__(self, here: Supply, wish: Wish, at: int, tier: str, but: int = 0) -> None:
        open_then = free.is_time(here, here.services[wish.service], wish.starts_at)
        text = N_("这个时间刚刚被订走了") if open_then else N_("那段时间现在不接受预约，请另选一个时间")
        super().__init__(text, code="taken" if open_then else "closed", field="at")
        self.wish, self._asked = wish, (here, at, tier, but)

    @cached_property
    def nearest(self) -> list[free.Start]:
        here, at, tier, but = self._asked
        service, live = here.services[self.wish.service], bool(database.obj.in_transaction())
        return free.nearest(here, service, self.wish.starts_at, self.wish.people, at, tier, but=but, live=live)


_BY_CODE = Prepared(lambda: Booking.select().where(Booking.code == Param("code")))
_COLUMNS = [
    *("code", "key", "store", "member", "guest", "guest_phone_sealed", "source", "state", "people", "starts_at"),
    *("ends_at", "price", "options", "note_sealed", "cancel_until", "requested_at", "offer_until", "answered_at"),
    *("answered_by", "replaces", "waiter", "standing", "address"),
]
_INSERT = Prepared(
    lambda: Booking.insert(
        {getattr(Booking, name): Param(name) for name in _COLUMNS} | {Booking.sequence: 0, Booking.why: ""}
    ).returning(*Booking._meta.sorted_fields)
)
_NAME = Prepared(
    lambda: Service.select(Service.name).join(Part).where(Part.booking == Param("booking")).order_by(Part.id).limit(1)
)
_PART = Prepared(
    lambda: Part.insert(
        {
            getattr(Part, name): Param(name)
            for name in ("booking", "service", "resource", "people", "starts_at", "ends_at", "free_at", "price")
        }
    ).returning(Part.id)
)


def make(
    here: Supply,
    wishes: Sequence[Wish],
    whom: For,
    state: str,
    at: int,
    *,
    key: str,
    source: str,
    staff: Staff | None = None,
    **more: Any,
) -> Booking:
    """Write a booking with its parts and seats, inside a transaction that has the calendar. Raises `Taken`."""
    begins = min(wish.starts_at for wish in wishes)
    ends = max(wish.starts_at + here.services[wish.service].minutes * MINUTE for wish in wishes)
    first = here.services[wishes[0].service]
    chosen = [option for option in first.options if option["key"] in whom.options]
    people = max(wish.people for wish in wishes)
    price = sum(price_of(here.services[wish.service], wish.people) for wish in wishes)
    fields: dict[str, Any] = dict.fromkeys(_COLUMNS) | {
        "code": vault.code(10),
        "key": key,
        "store": here.store,
        "member": whom.member.id if whom.member else None,
        "guest": whom.guest.strip()[:60],
        "guest_phone_sealed": vault.seal(whom.guest_phone) if whom.guest_phone else None,
        "source": source,
        "state": state,
        "people": people,
        "starts_at": begins,
        "ends_at": ends,
        "price": price + sum(option["price"] for option in chosen),
        "options": Booking.options.db_value(chosen),
        "note_sealed": vault.seal(whom.note) if whom.note else None,
        "cancel_until": begins - max(here.services[wish.service].cancel_minutes for wish in wishes) * MINUTE,
        "requested_at": at,
        "answered_at": at if state == "confirmed" else None,
        "answered_by": staff.id if staff and state == "confirmed" else None,
        "standing": whom.standing.id if whom.standing else None,
        "address": whom.address.id if whom.address else None,
    }
    booking: Booking = _INSERT.one(Booking, **fields | more)
    seat(here, booking, wishes, at, whom.member.tier if whom.member else "ordinary")
    return booking


def fresh(booking: Booking) -> Booking:
    """The booking as it is now."""
    found: Booking = _BY_CODE.one(Booking, code=booking.code)
    return found


def price_of(service: Service, people: int) -> int:
    """What the shop charges for it, in fen."""
    return int(service.price * (people if service.per_person else 1))


def note(booking: Booking) -> str:
    """What the member wrote with it."""
    return vault.unseal(booking.note_sealed) if booking.note_sealed else ""


def seat(here: Supply, booking: Booking, wishes: Sequence[Wish], at: int, tier: str, but: int = 0) -> None:
    """The parts and seats of a booking whose row is written. Raises `Taken`; its nearest times count the seats of `but` as free."""
    for wish in wishes:
        service = here.services[wish.service]
        # Read anew for each: what earlier wishes of this party took is taken.
        used = free.taken_between(here, wish.starts_at, free.free_at(service, wish.starts_at))
        shares = free.shares(here, service, wish.starts_at, wish.people, used, wish.resource)
        if shares is None:
            raise Taken(here, wish, at, tier, but)
        for share in shares:
            ends = wish.starts_at + service.minutes * MINUTE
            until = free.free_at(service, wish.starts_at)
            row = _PART.row(
                booking=booking.id,
                service=service.id,
                resource=share.resource,
                people=share.people,
                starts_at=wish.starts_at,
                ends_at=ends,
                free_at=until,
                price=price_of(service, share.people) if share is shares[0] or service.per_person else 0,
            )
            assert row is not None
            try:
                seats.hold(row[0], here.resources[share.resource], wish.starts_at, until, share.people)
            except seats.SoldOut:
                raise Taken(here, wish, at, tier, but) from None


def shift(here: Supply, booking: Booking, starts_at: int, at: int) -> None:
    """Put an existing booking to another time: new parts and seats, the next sequence. Its old seats go first, in the same transaction.

    The price stays what was agreed, whatever the service costs by now.
    """
    wishes = wishes_of(booking, starts_at)
    agreed = _prices(booking, starts_at - booking.starts_at)
    if any(wish.service not in here.services for wish in wishes):
        raise Missing("没有找到这项服务", code="no_such_service")
    seats.release(booking.id)
    Part.delete().where(Part.booking == booking.id).execute()
    ends = max(wish.starts_at + here.services[wish.service].minutes * MINUTE for wish in wishes)
    limit = max(here.services[wish.service].cancel_minutes for wish in wishes)
    Booking.update(
        {
            Booking.starts_at: starts_at,
            Booking.ends_at: ends,
            Booking.cancel_until: starts_at - limit * MINUTE,
            Booking.sequence: Booking.sequence + 1,
            Booking.late_until: None,
        }
    ).where(Booking.id == booking.id).execute()
    owner: Any = booking.member  # nobody, for somebody without a card
    seat(here, booking, wishes, at, owner.tier if owner else "ordinary", booking.id)
    if _prices(booking, 0) != agreed:
        for (service, begins), price in agreed.items():
            same = list(
                Part.select().where(Part.booking == booking.id, Part.service == service, Part.starts_at == begins)
            )
            for part in same:
                Part.update(price=price if part is same[0] else 0).where(Part.id == part.id).execute()


def _prices(booking: Booking, delta: int) -> dict[tuple[int, int], int]:
    """What each service of a booking costs, by service and time (so much later)."""
    found: dict[tuple[int, int], int] = {}
    for part in Part.select().where(Part.booking == booking.id):
        place = (part.service_id, part.starts_at + delta)
        found[place] = found.get(place, 0) + part.price
    return found


def wishes_of(booking: Booking, starts_at: int) -> list[Wish]:
    """What a booking holds, moved so that it begins at `starts_at`: rooms of one service and time are one wish again."""
    delta = starts_at - booking.starts_at
    found: dict[tuple[int, int], int] = {}
    for part in Part.select().where(Part.booking == booking.id).order_by(Part.id):
        place = (part.service_id, part.starts_at + delta)
        found[place] = found.get(place, 0) + part.people
    return [Wish(service, begins, people) for (service, begins), people in found.items()]


def swap(booking: Booking, states: Sequence[str], *where: Any, **fields: Any) -> bool:
    """Compare and swap: the state (and what else was seen) must still hold."""
    still = (Booking.id == booking.id) & Booking.state.in_(list(states))
    changed = Booking.update({getattr(Booking, name): value for name, value in fields.items()}).where(still, *where)
    return bool(changed.execute() == 1)


def tell(booking: Booking, text: str, at_: int, /, **params: Any) -> None:
    """A message to the member, once per booking, kind and turn."""
    if booking.member_id is None:
        return
    name = _NAME.row(booking=booking.id)
    begins_at = params.pop("at", booking.starts_at)
    turn = params.pop("turn", booking.sequence)
    inbox.tell(
        booking.member_id,
        text,
        at_,
        key=f"{text}:{booking.code}:{turn}",
        url=f"/bookings/{booking.code}",
        service=Service.name.python_value(name[0]) if name else {"zh": ""},
        begins_at=begins_at,
        zone=booking.store.timezone,
        **params,
    )


def record(verb: str, booking: Booking, at: int, staff: Staff | None = None, **data: Any) -> None:
    events.record(
        verb,
        at,
        store=booking.store_id,
        staff=staff.id if staff else None,
        member=booking.member_id,
        ref=booking.code,
        **data,
    )
    events.tick(booking.store_id)
