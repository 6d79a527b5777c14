"""How a booking is written: its row, its parts, its seats, in a transaction that has the store's calendar. The verbs are in `bookings`.

A wish is one service at one time for so many people; rooms are chosen here. Whatever is held is held by rows of `seats`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from peewee import SQL

from models import Address, Booking, Member, Param, Part, Prepared, Service, Staff, Standing, database
from webapp import vault
from webapp.bookings import days, free, prices, seats
from webapp.bookings.prices import Cost
from webapp.bookings.supply import Supply
from webapp.clock import MINUTE
from webapp.outbox import events, inbox
from webapp.refusals import Missing, Refusal
from webapp.words import N_

AHEAD = ("requested", "offered", "confirmed")  # what may still be moved, cancelled, come to
# As the index `booking_ahead` has it, word for word: a value in a hole would make SQLite read all bookings there ever were.
OPEN = SQL("state IN ('requested', 'confirmed', 'arrived')")


class Wish(NamedTuple):
    """One service at one time for so many. `edition` is the service's version that was shown; `resource` a wish for this one.

    `rather` is where they are now: they stay there if it is free.
    """

    service: int
    starts_at: int
    people: int
    resource: int | None = None
    edition: int | None = None
    rather: int | None = None


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
    costs: Sequence[Cost] | None = None,
    **more: Any,
) -> Booking:
    """Write a booking with its parts and seats, inside a transaction that has the calendar. Raises `Taken`.

    Each wish costs what it costs now, unless `costs` says what was agreed.
    """
    begins = min(wish.starts_at for wish in wishes)
    ends = max(wish.starts_at + here.services[wish.service].minutes * MINUTE for wish in wishes)
    first = here.services[wishes[0].service]
    chosen = [option for option in first.options if option["key"] in whom.options]
    people = max(wish.people for wish in wishes)
    costs = costs or [prices.at(here, here.services[one.service], one.people, one.starts_at) for one in wishes]
    noted = chosen + _packages(wishes, costs)
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
        "price": total(costs, noted),
        "options": Booking.options.db_value(noted),
        "note_sealed": vault.seal(whom.note) if whom.note else None,
        "cancel_until": begins - max(here.services[wish.service].cancel_minutes for wish in wishes) * MINUTE,
        "requested_at": at,
        "answered_at": at if state == "confirmed" else None,
        "answered_by": staff.id if staff and state == "confirmed" else None,
        "standing": whom.standing.id if whom.standing else None,
        "address": whom.address.id if whom.address else None,
    }
    booking: Booking = _INSERT.one(Booking, **fields | more)
    seat(here, booking, wishes, costs, at, whom.member.tier if whom.member else "ordinary")
    return booking


def fresh(booking: Booking) -> Booking:
    """The booking as it is now."""
    found: Booking = _BY_CODE.one(Booking, code=booking.code)
    return found


def total(costs: Sequence[Cost], options: Sequence[dict[str, Any]]) -> int:
    """What a party pays for its services and what it adds, in fen."""
    return sum(cost.price for cost in costs) + sum(int(option["price"]) for option in options)


def note(booking: Booking) -> str:
    """What the member wrote with it."""
    return vault.unseal(booking.note_sealed) if booking.note_sealed else ""


def seat(
    here: Supply,
    booking: Booking,
    wishes: Sequence[Wish],
    costs: Sequence[Cost],
    at: int,
    tier: str,
    but: int = 0,
) -> None:
    """The parts and seats of a booking whose row is written. Raises `Taken`; its nearest times count the seats of `but` as free."""
    for wish, cost in zip(wishes, costs, strict=True):
        service = here.services[wish.service]
        # By the head each room has its own price; a package, and what was agreed otherwise, stands with the first.
        by_head = service.per_person and cost.price == prices.usual(service, wish.people)
        # Read anew for each: what earlier wishes of this party took is taken.
        used = free.taken_between(here, wish.starts_at, free.free_at(service, wish.starts_at))
        shares = free.shares(here, service, wish.starts_at, wish.people, used, wish.resource, wish.rather)
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
                price=prices.usual(service, share.people) if by_head else cost.price if share is shares[0] else 0,
            )
            assert row is not None
            try:
                seats.hold(row[0], here.resources[share.resource], wish.starts_at, until, share.people)
            except seats.SoldOut:
                raise Taken(here, wish, at, tier, but) from None


def shift(here: Supply, booking: Booking, starts_at: int, at: int, *, own: bool = False) -> None:
    """Put an existing booking to another time: new parts and seats, the next sequence. Its old seats go first, in the same transaction.

    The price stays what was agreed, whatever the service costs by now; see `agreed`.
    """
    wishes = wishes_of(booking, starts_at)
    if any(wish.service not in here.services for wish in wishes):
        raise Missing("没有找到这项服务", code="no_such_service")
    costs = agreed(here, booking, starts_at, own=own)
    noted = prices.extras(booking) + _packages(wishes, costs)
    seats.release(booking.id)
    Part.delete().where(Part.booking == booking.id).execute()
    ends = max(wish.starts_at + here.services[wish.service].minutes * MINUTE for wish in wishes)
    limit = max(here.services[wish.service].cancel_minutes for wish in wishes)
    Booking.update(
        {
            Booking.starts_at: starts_at,
            Booking.ends_at: ends,
            Booking.price: total(costs, noted),
            Booking.options: noted,
            Booking.cancel_until: starts_at - limit * MINUTE,
            Booking.sequence: Booking.sequence + 1,
            Booking.late_until: None,
        }
    ).where(Booking.id == booking.id).execute()
    owner: Any = booking.member  # nobody, for somebody without a card
    seat(here, booking, wishes, costs, at, owner.tier if owner else "ordinary", booking.id)


def agreed(here: Supply, booking: Booking, starts_at: int, *, own: bool) -> list[Cost]:
    """What each service of a booking (in the order of `wishes_of`) costs at another time: what was agreed, whatever it costs by now.

    Only when a member moves by their `own` wish does a package go with its days: lost where it does not hold, had where it does.
    """
    delta = starts_at - booking.starts_at
    had = {package["package"]: package for package in prices.agreed(booking)}
    costs = []
    for (service, begins), (people, price, _) in _held(booking).items():
        package = had.get(service)
        stays = Cost(price, price, package)
        then = prices.at(here, here.services[service], people, begins + delta) if own else stays
        if package:
            lost = not prices.holds(package["when"], days.day_of(here, begins + delta), here.timezone)
            costs.append(then if lost else stays)
        else:
            costs.append(then if then.package and then.price < price else stays)
    return costs


def wishes_of(booking: Booking, starts_at: int) -> list[Wish]:
    """What a booking holds, moved so that it begins at `starts_at`: rooms of one service and time are one wish again."""
    delta = starts_at - booking.starts_at
    return [
        Wish(service, begins + delta, people, rather=where)
        for (service, begins), (people, _, where) in _held(booking).items()
    ]


def _held(booking: Booking) -> dict[tuple[int, int], tuple[int, int, int]]:
    """The services of a booking: service and time → people and price, over all its rooms, and the first of those."""
    found: dict[tuple[int, int], tuple[int, int, int]] = {}
    for part in Part.select().where(Part.booking == booking.id).order_by(Part.id):
        people, price, where = found.get((part.service_id, part.starts_at), (0, 0, part.resource_id))
        found[part.service_id, part.starts_at] = (people + part.people, price + part.price, where)
    return found


def _packages(wishes: Sequence[Wish], costs: Sequence[Cost]) -> list[dict[str, Any]]:
    """The packages among these costs, as a booking keeps them."""
    both = zip(wishes, costs, strict=True)
    return [prices.frozen(wish.service, cost.package) for wish, cost in both if cost.package]


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
