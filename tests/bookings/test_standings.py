"""A weekly pick-up books itself two weeks ahead, once for each date; to cancel one is to skip it."""

import datetime as dt

import pytest
from peewee import Database

from models import Address, Booking, Member, Message, Resource, Service, Standing
from tests.bookings.places import Bath, moment, resource, seats_equal_bookings, service
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import addresses, bookings, overdue, standings, tasks
from webapp.bookings.holding import note
from webapp.clock import DAY, HOUR
from webapp.config import Settings
from webapp.policy import Policy
from webapp.refusals import Missing, Refusal

FRIDAY, SIX = 4, 18 * 60
FIRST = moment("18:00", dt.date(2026, 5, 22))


class Vans(Bath):
    """The laundry's van takes two per window of an hour, every hour."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.van: Resource = resource(world.laundry, "一号车", kind="van", capacity=2, shared=True)
        self.pickup: Service = service(
            world.laundry, "上门取件", [self.van], kind="pickup", minutes=60, step_minutes=60, horizon_days=21
        )
        self.home: Address = addresses.add(world.mei, "家", "解放路 1 号 2 单元 301", NOON)

    def weekly(self, member: Member | None = None, at: int = NOON, minute: int = SIX, text: str = "两袋") -> Standing:
        whose = member or self.world.mei
        home = addresses.add(whose, "家", "解放路 1 号 2 单元 301", at)
        return standings.start(whose, self.pickup, FRIDAY, minute, home, text, at)


@pytest.fixture
def vans(database: Database) -> Vans:
    return Vans(World())


def ahead(standing: Standing) -> list[tuple[int, str]]:
    mine = Booking.select().where(Booking.standing == standing.id).order_by(Booking.starts_at)
    return [(one.starts_at, one.state) for one in mine]


def test_the_next_two_weeks_are_booked_at_once(vans: Vans) -> None:
    weekly = vans.weekly()
    assert ahead(weekly) == [(FIRST, "confirmed"), (FIRST + 7 * DAY, "confirmed")]
    booking = Booking.get(Booking.standing == weekly.id)
    assert (booking.source, booking.address_id, note(booking)) == ("standing", vans.home.id, "两袋")
    assert [one.id for one in standings.of(vans.world.mei)] == [weekly.id]
    assert seats_equal_bookings()


def test_planning_again_books_nothing_twice(vans: Vans, settings: Settings) -> None:
    weekly = vans.weekly()
    assert standings.plan(NOON) == standings.plan(NOON + HOUR) == 0
    tasks.plan_standings(NOON + 7 * DAY, settings)
    assert [at for at, _ in ahead(weekly)] == [FIRST, FIRST + 7 * DAY, FIRST + 14 * DAY]


def test_a_cancelled_one_is_skipped_and_stays_so(vans: Vans) -> None:
    weekly = vans.weekly()
    first = Booking.get(Booking.standing == weekly.id, Booking.starts_at == FIRST)
    bookings.cancel(first, NOON, member=vans.world.mei)
    assert standings.plan(NOON + 1) == 0
    assert ahead(weekly) == [(FIRST, "cancelled"), (FIRST + 7 * DAY, "confirmed")]


def test_the_wall_keeps_its_time_when_the_clocks_change(vans: Vans) -> None:
    vans.world.laundry.timezone = "Europe/Berlin"
    vans.world.laundry.save()
    at = int(dt.datetime(2026, 10, 14, 10, tzinfo=dt.UTC).timestamp())
    weekly = vans.weekly(at=at)
    standings.plan(at + 7 * DAY)
    walls = [clock.local(begins, "Europe/Berlin").strftime("%d %H:%M") for begins, _ in ahead(weekly)]
    assert walls == ["16 18:00", "23 18:00", "30 18:00"]


def test_a_full_window_tells_once_with_the_nearest(vans: Vans) -> None:
    for n in range(2):
        vans.weekly(vans.world.member(f"客{n}"))
    weekly = vans.weekly()
    assert ahead(weekly) == []
    standings.plan(NOON + HOUR)
    told = list(Message.select().where(Message.text == "standing_full").order_by(Message.id))
    assert [row.params["begins_at"] for row in told] == [FIRST, FIRST + 7 * DAY]
    assert told[0].params["other_at"] in (FIRST - HOUR, FIRST + HOUR)
    other = Booking.get(Booking.starts_at == FIRST)
    bookings.cancel(other, NOON + HOUR, member=other.member)
    assert standings.plan(NOON + 2 * HOUR) == 1


def test_weekly_ones_do_not_count_against_what_a_member_may_book(vans: Vans) -> None:
    most = Policy().bookings_at_once
    for n in range(most):
        vans.book(vans.world.mei, moment("10:00") + n * HOUR, 1, what=vans.swim)
    assert len(ahead(vans.weekly())) == 2
    with pytest.raises(Refusal) as no:
        vans.book(vans.world.mei, moment("23:00"), 1, what=vans.swim)
    assert no.value.code == "too_many_bookings"


def test_stopping_cancels_what_may_still_be_cancelled(vans: Vans) -> None:
    weekly = vans.weekly()
    late = FIRST - HOUR  # within the last two hours the van is on its way
    standings.stop(weekly, vans.world.mei, late)
    standings.stop(weekly, vans.world.mei, late + 1)
    assert ahead(weekly) == [(FIRST, "confirmed"), (FIRST + 7 * DAY, "cancelled")]
    assert standings.plan(late) == 0
    assert standings.of(vans.world.mei) == []
    assert seats_equal_bookings()


def test_another_time_replaces_the_old_and_the_same_again_is_the_same(vans: Vans) -> None:
    first = vans.weekly()
    assert vans.weekly().id == first.id
    second = vans.weekly(minute=SIX + 60)
    assert [state for _, state in ahead(first)] == ["cancelled", "cancelled"]
    assert [at for at, _ in ahead(second)] == [FIRST + HOUR, FIRST + HOUR + 7 * DAY]
    assert [one.id for one in standings.of(vans.world.mei)] == [second.id]


def test_odd_wishes_are_refused(vans: Vans) -> None:
    mei, xin, home = vans.world.mei, vans.world.xin, vans.home
    for member, what, weekday, minute, address in (
        (mei, vans.family, FRIDAY, SIX, home),
        (mei, vans.pickup, 7, SIX, home),
        (mei, vans.pickup, FRIDAY, 1441, home),
        (mei, vans.pickup, FRIDAY, SIX + 7, home),
        (mei, vans.pickup, FRIDAY, 3 * 60, home),  # when the van never goes
        (mei, vans.pickup, FRIDAY, SIX, None),
        (xin, vans.pickup, FRIDAY, SIX, home),
    ):
        with pytest.raises(Refusal):
            standings.start(member, what, weekday, minute, address, "", NOON)
    weekly = vans.weekly()
    with pytest.raises(Missing):
        standings.stop(weekly, xin, NOON)
    assert Standing.select().count() == 1


def test_an_address_is_sealed_kept_once_and_forgotten_when_nobody_goes_there(vans: Vans) -> None:
    mei, words = vans.world.mei, "解放路 1 号 2 单元 301"
    assert addresses.text(vans.home) == words
    assert words.encode() not in bytes(Address.get_by_id(vans.home.id).sealed)
    assert addresses.add(mei, " 家 ", f" {words} ", NOON).id == vans.home.id
    weekly = vans.weekly()
    with pytest.raises(Refusal) as no:
        addresses.remove(vans.home, mei, NOON)
    assert no.value.code == "in_use"
    standings.stop(weekly, mei, FIRST - HOUR)  # one visit is still ahead
    addresses.remove(vans.home, mei, FIRST - HOUR)
    assert addresses.of(mei) == []
    assert addresses.text(vans.world.fresh(vans.home)) == words
    assert addresses.forget(FIRST + 2 * HOUR) == 1
    assert addresses.text(vans.world.fresh(vans.home)) == ""


def test_odd_addresses_are_refused_next_to_their_field(vans: Vans) -> None:
    mei = vans.world.mei
    for label, text, field in (("家", " ", "address"), ("家", "路" * 201, "address"), ("家" * 21, "路", "label")):
        with pytest.raises(Refusal) as no:
            addresses.add(mei, label, text, NOON)
        assert no.value.field == field
    with pytest.raises(Missing):
        addresses.remove(vans.home, vans.world.xin, NOON)
    for n in range(9):
        addresses.add(mei, "", f"第 {n} 号", NOON)
    with pytest.raises(Refusal) as no:
        addresses.add(mei, "", "再一个", NOON)
    assert no.value.code == "too_many_addresses"


def test_the_van_ticks_its_stops_off_when_it_is_back(vans: Vans) -> None:
    vans.weekly()
    first = Booking.select().order_by(Booking.starts_at).first()
    assert overdue.settle(FIRST + 3 * HOUR) == 0
    assert bookings.arrive(first, FIRST + 3 * HOUR, staff=vans.world.bo).state == "arrived"
    second = Booking.select().where(Booking.state == "confirmed").order_by(Booking.starts_at).first()
    overdue.settle(second.ends_at + 12 * HOUR)
    assert bookings.holding.fresh(second).why == "not_marked"


def test_another_time_too_late_for_this_week_leaves_one_visit_a_day(vans: Vans) -> None:
    old = vans.weekly()
    near = FIRST - HOUR  # an hour before: it cannot be called off any more
    new = vans.weekly(at=near, minute=20 * 60)
    assert (
        ahead(old)
        == [(FIRST, "confirmed"), (FIRST + 7 * DAY, "cancelled"), (FIRST + 14 * DAY, "cancelled")][: len(ahead(old))]
    )
    assert [at for at, _ in ahead(new)] == [FIRST + 7 * DAY + 2 * HOUR, FIRST + 14 * DAY + 2 * HOUR]
    standings.plan(near + 1)
    assert [at for at, _ in ahead(new)] == [FIRST + 7 * DAY + 2 * HOUR, FIRST + 14 * DAY + 2 * HOUR]
    assert seats_equal_bookings()
