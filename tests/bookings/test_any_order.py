"""Anything in any order on one day of a bath with a room and a pool, against a porter with a pencil: seats and free times are the pencil's."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from peewee import Database

from models import Booking, Closure, Member, Part, Resource, Service, Waiter
from tests.bookings.places import DAY, moment, resource, seats_equal_bookings, service
from tests.kit import needs
from tests.world import NOON, World
from webapp.bookings import bookings, closures, free, overdue, supply, waiting
from webapp.bookings.holding import For, Wish
from webapp.clock import HOUR, MINUTE
from webapp.refusals import Refusal

QUARTER = 15 * MINUTE
OPENS, CLOSES = moment("17:00"), moment("20:00")
TIMES = [OPENS + n * 2 * QUARTER for n in range(6)]
LATE, ANSWER, OFFER = 15 * MINUTE, 120 * MINUTE, 10 * MINUTE
WHICH, WHEN, PEOPLE = st.integers(0, 30), st.sampled_from(TIMES), st.integers(1, 3)
HOLDS = ("requested", "offered", "confirmed", "arrived", "done")
_number = itertools.count()


@dataclass
class Kind:
    """A service as the porter knows it: minutes with cleaning, and the one place it happens in."""

    service: Service
    place: Resource
    minutes: int
    clean: int
    on_request: bool


@dataclass
class Entry:
    """A booking in the porter's book."""

    kind: Kind
    member: int
    people: int
    at: int
    state: str
    until: int = 0  # of an offer
    late: int = 0
    waiter: int = 0
    replaces: int = 0
    answered: bool = False  # by staff, with another time

    @property
    def begins_ends(self) -> tuple[int, int]:
        return self.at, self.at + (self.kind.minutes + self.kind.clean) * MINUTE


@dataclass
class Porter:
    """The pencil: who holds what, who waits in which order, what is shut."""

    entries: dict[int, Entry] = field(default_factory=dict)
    shut: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # closure → place, from, until

    def left(self, kind: Kind, at: int, *but: int) -> int:
        """How many people the place could take for this service at that time; a closed one none."""
        ends = at + kind.minutes * MINUTE
        if at < OPENS or ends > CLOSES or (at - OPENS) % (2 * QUARTER):
            return -1
        if any(place == kind.place.id and begins < ends and at < until for place, begins, until in self.shut.values()):
            return -1
        free_at = ends + kind.clean * MINUTE
        most = 0
        for quarter in range(at, free_at, QUARTER):
            there = [
                entry
                for number, entry in self.entries.items()
                if number not in but and entry.state in HOLDS and entry.kind.place.id == kind.place.id
                if entry.begins_ends[0] <= quarter < -(-entry.begins_ends[1] // QUARTER) * QUARTER
            ]
            most = max(most, sum(entry.people for entry in there))
        if kind.place.shared:
            return kind.place.capacity - most
        return 0 if most else kind.place.capacity


class Day(RuleBasedStateMachine):
    """Every act is tried on the shop and looked up with the pencil; what the shop says must be what the pencil says."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        store = self.world._store(f"walk{next(_number)}", "bath", {"zh": "走一走"}, NOON)
        self.store, self.at = store, moment("12:00")
        evening = {str(weekday): [[17 * 60, 20 * 60]] for weekday in range(7)}
        room = resource(store, "汤屋", capacity=3, hours=evening)
        pool = resource(store, "大池", kind="pool", capacity=4, shared=True, hours=evening)
        self.kinds = [
            Kind(service(store, "汤浴", [room], minutes=60, clean_minutes=15, people_max=3), room, 60, 15, False),
            Kind(service(store, "游泳", [pool], minutes=45, people_max=4), pool, 45, 0, False),
            Kind(service(store, "包池", [pool], minutes=90, people_max=4, on_request=True), pool, 90, 0, True),
        ]
        self.members = [self.world.member(f"客{n}") for n in range(3)]
        self.chen = self.world.chen
        self.pencil = Porter()

    def teardown(self) -> None:
        """The next walk begins with an empty book."""
        for model in (Part, Booking, Waiter):
            model.delete().execute()

    # --- what may happen ---------------------------------------------------------------------------------------------

    @rule(which=WHICH, who=WHICH, at=WHEN, people=PEOPLE)
    def book(self, which: int, who: int, at: int, people: int) -> None:
        kind, member = self.kinds[which % 3], self.members[who % 3]
        wish = Wish(kind.service.id, at, people)
        made = self.does(
            self.pencil.left(kind, at) >= people and at > self.at and self.ahead(member) < 6,
            lambda: bookings.book([wish], self.store, For(member), key=f"walk:{next(_number)}", at=self.at),
        )
        if made:
            state = "requested" if kind.on_request or self.stood_up(member) else "confirmed"
            assert made.state == state
            self.pencil.entries[made.id] = Entry(kind, member.id, people, at, state)

    @precondition(lambda self: self.having("requested", "confirmed"))
    @rule(which=WHICH, at=WHEN, by_staff=st.booleans())
    def move(self, which: int, at: int, by_staff: bool) -> None:
        number, entry = self.pick(which, "requested", "confirmed")
        booking, member = Booking.get_by_id(number), Member.get_by_id(entry.member)
        if entry.at == at and not self.broken(entry):
            return
        asks = not by_staff and entry.kind.on_request and entry.state == "confirmed" and not self.broken(entry)
        gives_way = self.asks(number) if asks else [number]  # the old place, or the last wish to move
        fits = self.pencil.left(entry.kind, at, *gives_way) >= entry.people
        in_time = by_staff or self.broken(entry) or self.at <= entry.at - 120 * MINUTE
        ends = at + entry.kind.minutes * MINUTE
        moved = self.does(
            fits and in_time and (ends > self.at if by_staff else at > self.at),
            lambda: bookings.move(
                booking,
                at,
                self.at,
                member=None if by_staff else member,
                staff=self.chen if by_staff else None,
                ticket=str(next(_number)),
            ),
        )
        if moved and asks:
            self.end_asks(number)
            assert moved.replaces_id == number
            self.pencil.entries[moved.id] = Entry(
                entry.kind, entry.member, entry.people, at, "requested", replaces=number
            )
        elif moved:
            entry.at, entry.late = at, 0

    @precondition(lambda self: self.having("requested", "offered", "confirmed"))
    @rule(which=WHICH, by_staff=st.booleans())
    def cancel(self, which: int, by_staff: bool) -> None:
        number, entry = self.pick(which, "requested", "offered", "confirmed")
        booking, member = Booking.get_by_id(number), Member.get_by_id(entry.member)
        in_time = by_staff or entry.state != "confirmed" or self.at <= entry.at - 120 * MINUTE or self.broken(entry)
        if self.does(
            in_time,
            lambda: bookings.cancel(
                booking, self.at, member=None if by_staff else member, staff=self.chen if by_staff else None
            ),
        ):
            self.over(number, "cancelled")

    @precondition(lambda self: self.having("requested"))
    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        number, entry = self.pick(which, "requested")
        booking = Booking.get_by_id(number)
        if self.does(not self.broken(entry), lambda: bookings.confirm(booking, self.chen, self.at)):
            entry.state = "confirmed"
            if entry.replaces:
                self.over(entry.replaces, "cancelled")

    @precondition(lambda self: self.having("requested"))
    @rule(which=WHICH)
    def decline(self, which: int) -> None:
        number, _ = self.pick(which, "requested")
        bookings.decline(Booking.get_by_id(number), self.chen, "full", self.at)
        self.over(number, "declined")

    @precondition(lambda self: self.having("requested"))
    @rule(which=WHICH, at=WHEN)
    def offer_other(self, which: int, at: int) -> None:
        number, entry = self.pick(which, "requested")
        booking = Booking.get_by_id(number)
        fits = self.pencil.left(entry.kind, at, number) >= entry.people and at > self.at
        if self.does(fits, lambda: bookings.offer_other(booking, at, self.chen, self.at)):
            entry.state, entry.at, entry.until, entry.answered = "offered", at, min(at, self.at + ANSWER), True

    @precondition(lambda self: self.having("offered"))
    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        number, entry = self.pick(which, "offered")
        booking, member = Booking.get_by_id(number), Member.get_by_id(entry.member)
        asks = bool(entry.waiter) and not entry.answered and (entry.kind.on_request or self.stood_up(member))
        taken = self.does(
            entry.until > self.at and not self.broken(entry), lambda: bookings.accept(booking, member, self.at)
        )
        if taken:
            entry.state = "requested" if asks else "confirmed"
            assert taken.state == entry.state
            if entry.replaces:
                self.over(entry.replaces, "cancelled")

    @precondition(lambda self: self.having("offered"))
    @rule(which=WHICH)
    def skip(self, which: int) -> None:
        number, entry = self.pick(which, "offered")
        bookings.skip(Booking.get_by_id(number), Member.get_by_id(entry.member), self.at)
        self.over(number, "lapsed" if entry.waiter else "cancelled")

    @rule(which=WHICH, who=WHICH, at=WHEN, people=PEOPLE, hours=st.integers(0, 2))
    def wait(self, which: int, who: int, at: int, people: int, hours: int) -> None:
        kind, member = self.kinds[which % 3], self.members[who % 3]
        self.does(None, lambda: waiting.join(member, kind.service, people, at, at + hours * HOUR + 1, self.at))

    @precondition(lambda self: self.lines())
    @rule(which=WHICH)
    def leave(self, which: int) -> None:
        waiters = self.lines()
        waiter = waiters[which % len(waiters)]
        held = waiting.offer_of(waiter)
        waiting.leave(waiter, Member.get_by_id(waiter.member_id), self.at)
        if held:
            self.over(held.id, "lapsed")

    @precondition(lambda self: self.having("confirmed"))
    @rule(which=WHICH)
    def late(self, which: int) -> None:
        number, entry = self.pick(which, "confirmed")
        booking, member = Booking.get_by_id(number), Member.get_by_id(entry.member)
        now = entry.at - 120 * MINUTE <= self.at <= entry.at + LATE
        if self.does(now, lambda: bookings.late(booking, member, self.at)) and not entry.late:
            entry.late = entry.at + LATE

    @precondition(lambda self: self.having("confirmed"))
    @rule(which=WHICH)
    def arrive(self, which: int) -> None:
        number, entry = self.pick(which, "confirmed")
        bookings.arrive(Booking.get_by_id(number), self.at, staff=self.chen)
        entry.state = "arrived"
        self.end_asks(number)

    @precondition(lambda self: self.having("confirmed"))
    @rule(which=WHICH)
    def no_show(self, which: int) -> None:
        number, entry = self.pick(which, "confirmed")
        booking = Booking.get_by_id(number)
        if self.does(self.at >= entry.at, lambda: bookings.no_show(booking, self.at, self.chen)):
            self.over(number, "no_show")

    @rule(minutes=st.sampled_from((1, 9, 31, 61, 179)))
    def time_passes(self, minutes: int) -> None:
        self.at += minutes * MINUTE
        overdue.settle(self.at)
        waiting.sweep(self.at)
        for number, entry in list(self.pencil.entries.items()):
            if entry.state == "offered" and entry.until <= self.at:
                self.over(number, "lapsed")
        for number, entry in list(self.pencil.entries.items()):
            ends = entry.at + entry.kind.minutes * MINUTE
            if entry.state == "requested" and entry.at <= self.at:
                self.over(number, "lapsed")
            elif entry.state == "confirmed" and (ends <= self.at or 0 < entry.late <= self.at):
                self.over(number, "no_show")
            elif entry.state == "arrived" and ends <= self.at:
                entry.state = "done"
        self.the_books_agree()
        for waiter in self.lines():
            kind = self.kind_of(waiter.service_id)
            missed = [at for at in TIMES if waiter.from_at <= at <= waiter.until_at and at > self.at]
            if waiter.state == "waiting":
                assert not any(
                    self.pencil.left(kind, at) >= waiter.people for at in missed if at not in waiter.passed
                ), "somebody waits for what is free"

    @rule(room=st.booleans(), at=WHEN, hours=st.integers(1, 2))
    def close(self, room: bool, at: int, hours: int) -> None:
        place = self.kinds[0 if room else 1].place
        ends = at + hours * HOUR
        closed = self.does(None, lambda: closures.close(self.store, place, at, ends, "漏水", self.chen, self.at))
        if closed:
            self.pencil.shut[closed.closure.id] = (place.id, at, ends)
            for number, entry in list(self.pencil.entries.items()):  # places held for those who wait are given up
                if entry.state == "offered" and entry.waiter and self.broken(entry):
                    self.over(number, "lapsed")

    @precondition(lambda self: self.pencil.shut)
    @rule(which=WHICH)
    def lift(self, which: int) -> None:
        numbers = sorted(self.pencil.shut)
        number = numbers[which % len(numbers)]
        closures.lift(Closure.get_by_id(number), self.chen, self.at)
        del self.pencil.shut[number]

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def the_shop_is_as_the_pencil_says(self) -> None:
        self.the_books_agree()
        self.free_times_are_the_pencils()
        self.whoever_is_offered_a_place_has_one()

    def the_books_agree(self) -> None:
        """New offers are the shop's to make; everything else is in the pencil's book already."""
        for booking in Booking.select().where(Booking.store == self.store.id).order_by(Booking.id):
            if booking.id not in self.pencil.entries:
                self.note_offer(booking)
            entry = self.pencil.entries[booking.id]
            assert (booking.state, booking.starts_at) == (entry.state, entry.at), booking.code
        assert seats_equal_bookings()

    def free_times_are_the_pencils(self) -> None:
        here = supply.of(self.store, self.at)
        for kind in self.kinds:
            for start in free.starts(here, kind.service, DAY):
                assert start.left == self.pencil.left(kind, start.at), (kind.minutes, start)
            shown = [start.at for start in free.starts(here, kind.service, DAY)]
            assert shown == [at for at in TIMES if self.pencil.left(kind, at) >= 0]

    def whoever_is_offered_a_place_has_one(self) -> None:
        for waiter in self.lines():
            held = Booking.select().where(Booking.waiter == waiter.id, Booking.state == "offered").count()
            assert held == (1 if waiter.state == "offered" else 0)

    # --- the porter's hands ------------------------------------------------------------------------------------------

    def does(self, expected: bool | None, act: Any) -> Any:
        """Try it; with the pencil's forecast if there is one."""
        result, said = None, ""
        try:
            result = act()
        except Refusal as no:
            said = no.code
        assert expected in (None, not said), said
        return result

    def note_offer(self, booking: Booking) -> None:
        """An offer from the waiting list: it must have been free, fit the wish, and be the first's who fits."""
        assert booking.state == "offered"
        waiter = Waiter.get_by_id(booking.waiter_id)
        kind = self.kind_of(waiter.service_id)
        assert waiter.from_at <= booking.starts_at <= waiter.until_at
        assert booking.starts_at > self.at
        assert self.pencil.left(kind, booking.starts_at) >= waiter.people == booking.people
        self.pencil.entries[booking.id] = Entry(
            kind, waiter.member_id, waiter.people, booking.starts_at, "offered", booking.offer_until, waiter=waiter.id
        )

    def over(self, number: int, state: str) -> None:
        self.pencil.entries[number].state = state
        self.end_asks(number)

    def asks(self, number: int) -> list[int]:
        """The wishes to move this one that nobody has answered."""
        return [ask for ask in self.having("requested", "offered") if self.pencil.entries[ask].replaces == number]

    def end_asks(self, number: int) -> None:
        for ask in self.asks(number):
            self.pencil.entries[ask].state = "cancelled"

    def kind_of(self, service: int) -> Kind:
        return next(kind for kind in self.kinds if kind.service.id == service)

    def having(self, *states: str) -> list[int]:
        return [number for number, entry in self.pencil.entries.items() if entry.state in states]

    def pick(self, which: int, *states: str) -> tuple[int, Entry]:
        numbers = sorted(self.having(*states))
        number = numbers[which % len(numbers)]
        return number, self.pencil.entries[number]

    def lines(self) -> list[Waiter]:
        mine = (Waiter.store == self.store.id) & Waiter.state.in_(("waiting", "offered"))
        return list(Waiter.select().where(mine).order_by(Waiter.id))

    def ahead(self, member: Member) -> int:
        return sum(
            entry.member == member.id and entry.at > self.at and entry.state in ("requested", "confirmed")
            for entry in self.pencil.entries.values()
        )

    def stood_up(self, member: Member) -> bool:
        missed = (Booking.member == member.id) & (Booking.state == "no_show") & (Booking.why == "")
        return Booking.select().where(missed).count() >= 3

    def broken(self, entry: Entry) -> bool:
        ends = entry.at + entry.kind.minutes * MINUTE
        return any(
            place == entry.kind.place.id and begins < ends and entry.at < until
            for place, begins, until in self.pencil.shut.values()
        )


def test_a_day_holds_whatever_the_order(database: Database, engine: str) -> None:
    class Walk(Day):
        pass

    Walk.world = World()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=needs.patience(14 if engine == "sqlite" else 6, 100),
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
