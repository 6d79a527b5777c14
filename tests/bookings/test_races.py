"""Everybody wants the same seat. First the harness shows that it can oversell a careless shop, then that the rules cannot be oversold."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from peewee import Database, fn

from models import Booking, Event, Member, Part, Service, Store, Waiter, Work
from tests.bookings.places import Bath, moment, seats_equal_bookings
from tests.kit.crowd import patiently, together, told, won
from tests.world import NOON, World
from webapp import check, vault
from webapp.bookings import bookings, holding, overdue, waiting
from webapp.bookings.holding import For, Wish
from webapp.clock import HOUR, MINUTE
from webapp.refusals import Refusal

CROWD = 50
THREADS, ACTS = 16, 500
HAPPENS = (
    "booked", "booking_moved", "booking_cancelled", "booking_confirmed", "booking_declined", "booking_other_time", "place_offered",
    "booking_accepted", "booking_skipped", "booking_lapsed", "booking_arrived", "booking_no_show", "waiting_joined", "waiting_left",
)  # fmt: skip
EVENING = moment("19:00")


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


@pytest.fixture
def crowd(bath: Bath) -> list[Member]:
    return [bath.world.member(f"第{n}位") for n in range(CROWD)]


def careless_book(member: Member, service: Service, store: Store, room: int, at: int) -> bool:
    """What a shop without the rule would write: look, think, then write."""
    free = Part.select().join(Booking).where(Part.resource == room, Part.starts_at == at, Booking.state == "confirmed")
    if free.count():
        return False
    time.sleep(0.05)
    booking = Booking.create(
        code=vault.code(10), key=vault.token(), store=store.id, member=member.id, source="member", state="confirmed",
        people=1, starts_at=at, ends_at=at + HOUR, cancel_until=at, requested_at=NOON,
    )  # fmt: skip
    Part.create(
        booking=booking.id, service=service.id, resource=room, people=1, starts_at=at, ends_at=at + HOUR, free_at=at + HOUR
    )  # fmt: skip
    return True


def offers_are_whole() -> bool:
    """Who is offered a place has exactly one that is held, and no place is held for somebody who does not wait for it.

    A place that was taken, and for which the shop now asks for another time, is no offer of the line any more.
    """
    asked = (Waiter.state == "offered") | Booking.answered_by.is_null()
    held = Booking.select(Booking.waiter, fn.COUNT(Booking.id)).join(Waiter).where(Booking.state == "offered", asked)
    offered = Waiter.select(Waiter.id).where(Waiter.state == "offered")
    return dict(held.group_by(Booking.waiter).tuples()) == dict.fromkeys((row.id for row in offered), 1)


def test_a_careless_shop_would_give_one_bath_to_many(bath: Bath, crowd: list[Member]) -> None:
    came = together(
        *(partial(careless_book, member, bath.massage, bath.store, bath.wang.id, EVENING) for member in crowd)
    )
    assert sum(came) > 1
    assert not seats_equal_bookings()


def test_of_fifty_who_want_one_seat_one_gets_it_and_all_others_hear_of_two_times(
    bath: Bath, crowd: list[Member]
) -> None:
    came = together(*(partial(bath.book, member, EVENING, 1, what=bath.massage) for member in crowd))
    assert len(won(came)) == 1
    assert told(came) == ["taken"]
    for refusal in came:
        if refusal not in won(came):
            assert [abs(start.at - EVENING) for start in refusal.nearest] == [HOUR, HOUR]
            assert all(start.fits(1) for start in refusal.nearest)
    assert Booking.select().count() == 1
    assert seats_equal_bookings()
    lost = [member for member, result in zip(crowd, came, strict=True) if isinstance(result, Refusal)]
    lines = together(*(partial(waiting.join, member, bath.massage, 1, EVENING, EVENING + 1, NOON) for member in lost))
    assert sorted(waiting.place(waiter).number for waiter in lines) == list(range(1, CROWD))


def test_of_fifty_who_want_six_places_in_the_pool_six_get_in(bath: Bath, crowd: list[Member]) -> None:
    came = together(*(partial(bath.book, member, EVENING, 1, what=bath.swim) for member in crowd))
    assert len(won(came)) == 6
    assert told(came) == ["taken"]
    assert seats_equal_bookings()


@pytest.mark.parametrize("who", ["a member", "a guest"])
def test_the_same_ticket_from_eight_threads_is_one_booking(bath: Bath, who: str) -> None:
    whom = For(bath.world.mei) if who == "a member" else For(guest="路过的")
    book = partial(
        bookings.book, [Wish(bath.swim.id, EVENING, 1)], bath.store, whom, key="double tap", at=NOON, source="till"
    )
    came = together(*[book] * 8)
    assert len({booking.code for booking in came}) == 1
    assert Booking.select().count() == 1
    assert seats_equal_bookings()


def test_two_staff_who_confirm_two_requests_for_the_last_seat_confirm_one(bath: Bath) -> None:
    """The second request cannot even be made, for the first holds the seat; and both staff who confirm that one mean the same."""
    ask = partial(bath.book, at=EVENING, people=1, what=bath.massage)
    asked = together(partial(ask, bath.world.mei), partial(ask, bath.world.xin))
    (request,) = won(asked)
    assert told(asked) == ["taken"]
    came = together(*(partial(bookings.confirm, request, person, NOON) for person in (bath.world.chen, bath.world.kai)))
    assert {booking.answered_by_id for booking in came} <= {bath.world.chen.id, bath.world.kai.id}
    assert len({booking.answered_by_id for booking in came}) == 1
    assert Booking.select().where(Booking.state == "confirmed").count() == 1
    assert seats_equal_bookings()


def test_a_yes_and_a_cancellation_at_once_end_in_one_of_the_two(bath: Bath) -> None:
    for turn in range(6):
        member = bath.world.member(f"犹豫{turn}")
        request = bath.book(member, EVENING, 1, what=bath.massage)
        together(
            *[partial(bookings.confirm, request, bath.world.chen, NOON)] * 3,
            *[partial(bookings.cancel, request, NOON, member=member)] * 3,
            partial(bookings.decline, request, bath.world.kai, "full", NOON),
        )
        now = holding.fresh(request)
        assert now.state in ("confirmed", "cancelled", "declined")
        assert seats_equal_bookings()
        assert Work.select().where(Work.kind == "booking", Work.done_at.is_null()).count() == 0
        if now.state == "confirmed":
            bookings.cancel(now, NOON, staff=bath.world.chen)


def test_two_offers_are_never_made_for_one_seat(bath: Bath, crowd: list[Member]) -> None:
    mine = bath.book(bath.world.mei, EVENING, 1, what=bath.massage)
    bookings.confirm(mine, bath.world.chen, NOON)
    for member in crowd[:12]:
        waiting.join(member, bath.massage, 1, EVENING, EVENING + 1, NOON)
    together(
        *[partial(bookings.cancel, mine, NOON, member=bath.world.mei)] * 3,
        *[partial(waiting.sweep, NOON)] * 3,
        *[partial(overdue.settle, NOON)] * 2,
    )
    assert Booking.select().where(Booking.state == "offered").count() == 1
    assert Waiter.get(Waiter.state == "offered").member_id == crowd[0].id
    assert offers_are_whole()
    assert seats_equal_bookings()


def test_taking_and_passing_on_an_offer_at_its_last_moment_gives_it_to_one(bath: Bath, crowd: list[Member]) -> None:
    first = bath.book(bath.world.mei, EVENING, 1, what=bath.swim)
    bath.book(bath.world.xin, EVENING, 5, what=bath.swim)
    for member in crowd[:4]:
        waiting.join(member, bath.swim, 1, EVENING, EVENING + 1, NOON)
    bookings.cancel(first, NOON, member=bath.world.mei)
    offer = Booking.get(Booking.state == "offered")
    until = NOON + 10 * MINUTE
    together(
        *[partial(bookings.accept, offer, crowd[0], until - 1)] * 3,
        *[partial(bookings.skip, offer, crowd[0], until - 1)] * 3,
        *[partial(overdue.settle, until)] * 3,
    )
    assert Booking.select().where(Booking.state.in_(("offered", "confirmed"))).count() == 2
    assert offers_are_whole()
    assert seats_equal_bookings()


class Anything:
    """One of the crowd who does whatever comes to mind, from a seed of its own; refusals are answers, all else is a fault."""

    def __init__(self, bath: Bath, crowd: list[Member], seed: int, clock: list[int]) -> None:
        self.bath, self.crowd, self.dice, self.clock = bath, crowd, random.Random(seed), clock
        self.done = 0

    def do(self, count: int) -> None:
        acts: list[Callable[[], Any]] = [
            self.book, self.book, self.book, self.book, self.move, self.cancel, self.cancel, self.wait, self.wait, self.accept,
            self.skip, self.leave, self.answer, self.answer, self.pass_time, self.not_there,
        ]  # fmt: skip
        for _ in range(count):
            act = self.dice.choice(acts)
            with suppress(Refusal):
                patiently(act)
            self.done += 1

    @property
    def now(self) -> int:
        return self.clock[0]

    def some(self, *states: str) -> Booking | None:
        found = list(Booking.select().where(Booking.state.in_(states)).order_by(Booking.id))
        return self.dice.choice(found) if found else None

    def when(self) -> int:
        return EVENING + self.dice.randrange(-14, 9) * 1800

    def what(self) -> tuple[Service, int]:
        return self.dice.choice(
            [
                (self.bath.family, self.dice.randint(1, 4)),
                (self.bath.swim, self.dice.randint(1, 6)),
                (self.bath.massage, 1),
            ]
        )

    def book(self) -> None:
        service, people = self.what()
        self.bath.book(self.dice.choice(self.crowd), self.when(), people, what=service, now=self.now, key=vault.token())

    def move(self) -> None:
        if booking := self.some("confirmed", "requested"):
            bookings.move(booking, self.when(), self.now, member=booking.member, ticket=vault.token())

    def cancel(self) -> None:
        if booking := self.some("confirmed", "requested", "offered"):
            bookings.cancel(booking, self.now, member=booking.member)

    def wait(self) -> None:
        service, people = self.what()
        at = self.when()
        waiting.join(self.dice.choice(self.crowd), service, people, at, at + HOUR, self.now)

    def accept(self) -> None:
        if booking := self.some("offered"):
            bookings.accept(booking, Member.get_by_id(booking.member_id), self.now)

    def skip(self) -> None:
        if booking := self.some("offered"):
            bookings.skip(booking, Member.get_by_id(booking.member_id), self.now)

    def leave(self) -> None:
        waiters = list(Waiter.select().where(Waiter.state.in_(("waiting", "offered"))))
        if waiters:
            waiter = self.dice.choice(waiters)
            waiting.leave(waiter, waiter.member, self.now)

    def answer(self) -> None:
        if booking := self.some("requested"):
            staff = self.dice.choice([self.bath.world.chen, self.bath.world.kai])
            act = self.dice.choice([bookings.confirm, bookings.decline, bookings.offer_other, bookings.offer_other])
            if act is bookings.decline:
                bookings.decline(booking, staff, "full", self.now)
            elif act is bookings.offer_other:
                bookings.offer_other(booking, self.when(), staff, self.now)
            else:
                bookings.confirm(booking, staff, self.now)

    def pass_time(self) -> None:
        self.clock[0] += self.dice.randint(1, 6) * MINUTE
        overdue.settle(self.now)
        waiting.sweep(self.now)

    def not_there(self) -> None:
        """Half of the time the visit is over or nobody came, told by staff a day later."""
        if booking := self.some("confirmed"):
            if self.dice.random() < 0.5:
                bookings.arrive(booking, self.now, staff=self.bath.world.chen)
            else:
                bookings.no_show(booking, booking.ends_at, self.bath.world.chen)


def test_five_hundred_acts_from_sixteen_threads_leave_the_seats_equal_to_the_bookings(
    bath: Bath, crowd: list[Member]
) -> None:
    clock = [NOON]
    hands = [Anything(bath, crowd, seed, clock) for seed in range(THREADS)]
    share = -(-ACTS // THREADS)
    together(*(partial(hand.do, share) for hand in hands), timeout=120)
    assert threading.active_count() < THREADS
    assert sum(hand.done for hand in hands) >= ACTS
    happened = dict(Event.select(Event.verb, fn.COUNT(Event.id)).group_by(Event.verb).tuples())
    missed = set(HAPPENS) - set(happened)
    assert len(missed) < 3, missed  # the dice may leave out something rare, not half of the shop
    assert seats_equal_bookings()
    assert offers_are_whole()
    assert check.run() == []
