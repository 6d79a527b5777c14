"""The bath house's supply in the tests: two family rooms, a pool for six, a masseuse; and a few verbs that say things briefly."""

import datetime as dt
from typing import Any

from models import Ability, Booking, Member, Part, Resource, Seat, Service, Store
from tests.world import NOON, SHANGHAI, World
from webapp.bookings import bookings, supply
from webapp.bookings.holding import For, Wish

DAY = dt.date(2026, 5, 21)  # tomorrow, a Thursday


def moment(text: str, day: dt.date = DAY) -> int:
    """ "19:30" on that day, on the wall in Shanghai; "25:00" is one o'clock of the next."""
    hour, minute = (int(part) for part in text.split(":"))
    midnight = dt.datetime.combine(day, dt.time(), SHANGHAI)
    return int((midnight + dt.timedelta(hours=hour, minutes=minute)).timestamp())


class Bath:
    """Family bath (90 min + 15 to clean) in two rooms for four; pool hour for six at once; massage by one person, on request."""

    def __init__(self, world: World) -> None:
        self.world, self.store = world, world.bath
        self.small = resource(world.bath, "小汤屋", capacity=4)
        self.large = resource(world.bath, "大汤屋", capacity=4, place=1)
        self.pool = resource(world.bath, "大池", kind="pool", capacity=6, shared=True, place=2)
        self.wang = resource(world.bath, "王师傅", kind="person", capacity=1, place=3)
        self.family = service(
            world.bath, "家庭汤浴", [self.small, self.large], minutes=90, clean_minutes=15, people_max=4, price=8800
        )
        self.swim = service(world.bath, "大池", [self.pool], minutes=60, people_max=6, price=3000, step_minutes=15)
        self.massage = service(
            world.bath, "推拿", [self.wang], kind="massage", minutes=45, on_request=True, price=12800
        )

    def book(
        self, member: Member, at: int, people: int = 2, *, what: Service | None = None, now: int = NOON, key: str = ""
    ) -> Booking:
        wish = Wish((what or self.family).id, at, people)
        return bookings.book([wish], self.store, For(member), key=key or f"{member.id}:{at}:{people}", at=now)


def service(store: Store, name: str, resources: list[Resource], *, kind: str = "bath", **fields: Any) -> Service:
    row = Service.create(store=store.id, name={"zh": name}, kind=kind, made_at=NOON, **fields)
    for one in resources:
        Ability.create(service=row.id, resource=one.id)
    supply.take(store.id)
    return row


def resource(store: Store, name: str, *, kind: str = "room", **fields: Any) -> Resource:
    return Resource.create(store=store.id, name={"zh": name}, kind=kind, made_at=NOON, **fields)


def seats_equal_bookings() -> bool:
    """Every booking that holds has exactly its seats, every other none, and no resource is over its capacity."""
    wanted: dict[tuple[int, int], int] = {}
    for part in Part.select(Part, Booking, Resource).join(Booking).switch(Part).join(Resource):
        if part.booking.state in ("requested", "offered", "confirmed", "arrived", "done"):
            for quarter in range(part.starts_at // 900 * 900, part.free_at, 900):
                needed = part.people if part.resource.shared else 1
                wanted[part.id, quarter] = needed
    held: dict[tuple[int, int], int] = {}
    full: dict[tuple[int, int], int] = {}
    for seat in Seat.select():
        held[seat.part_id, seat.at] = held.get((seat.part_id, seat.at), 0) + 1
        full[seat.resource_id, seat.at] = full.get((seat.resource_id, seat.at), 0) + 1
    capacity = {row.id: row.capacity if row.shared else 1 for row in Resource.select()}
    return held == wanted and all(number <= capacity[resource] for (resource, _), number in full.items())
