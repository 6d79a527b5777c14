"""What nobody should send, and what changed between choosing and confirming: refused in words, and nothing is held."""

import datetime as dt
import itertools
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from peewee import Database

from models import Address, Booking, Calendar, OpeningInterval, Seat, Service, Store, Waiter, Work
from tests.bookings.places import DAY, Bath, moment, resource, seats_equal_bookings, service
from tests.world import NOON, World
from webapp import vault
from webapp.bookings import bookings, closures, days, free, holding, overdue, supply, waiting
from webapp.bookings.holding import For, Taken, Wish
from webapp.clock import HOUR, MINUTE
from webapp.refusals import Missing, Refusal
from webapp.stores import hours

EVENING = moment("19:00")
A_DAY = 24 * HOUR


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def book(bath: Bath, *wishes: Wish, whom: For | None = None, now: int = NOON, **more: object) -> Booking:
    whom = whom or For(bath.world.mei)
    return bookings.book(wishes, bath.store, whom, key=vault.token(), at=now, **more)  # type: ignore[arg-type]


def refused(bath: Bath, code: str, *wishes: Wish, **more: object) -> Refusal:
    with pytest.raises(Refusal) as no:
        book(bath, *wishes, **more)  # type: ignore[arg-type]
    assert no.value.code == code
    assert Seat.select().count() == 0
    return no.value


def change(row: Service, **fields: object) -> None:
    Service.update(version=Service.version + 1, **fields).where(Service.id == row.id).execute()
    supply.take(row.store_id)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOON - 1, "past"),
        (NOON, "past"),
        (EVENING - A_DAY * 2, "past"),
        (-1, "past"),
        (-(10**18), "past"),
        (EVENING + 15 * A_DAY, "too_far"),
        (10**9 * 4, "too_far"),
        (10**18, "too_far"),
    ],
)
def test_a_time_that_is_past_or_too_far_is_refused(bath: Bath, at: int, code: str) -> None:
    refused(bath, code, Wish(bath.family.id, at, 2))


@pytest.mark.parametrize("at", [10**9 * 8, 10**18])
def test_staff_may_book_far_ahead_but_not_for_ever(bath: Bath, at: int) -> None:
    assert book(bath, Wish(bath.family.id, EVENING + 30 * A_DAY, 2), staff=bath.world.chen).state == "confirmed"
    with pytest.raises(Refusal) as no:
        book(bath, Wish(bath.family.id, at, 2), staff=bath.world.chen)
    assert no.value.code == "too_far"


@pytest.mark.parametrize("people", [0, -1, 5, 10**9, -(10**9)])
def test_a_party_of_the_wrong_size_is_refused_next_to_the_field(bath: Bath, people: int) -> None:
    assert refused(bath, "party", Wish(bath.family.id, EVENING, people)).field == "people"


def test_a_time_between_the_times_is_refused_with_the_nearest(bath: Bath) -> None:
    no = refused(bath, "closed", Wish(bath.family.id, EVENING + 7 * MINUTE, 2))
    assert isinstance(no, Taken)
    assert [start.at for start in no.nearest] == [EVENING, EVENING + 30 * MINUTE]


def test_what_another_store_has_is_not_there(bath: Bath) -> None:
    theirs = resource(bath.world.laundry, "货车", kind="van")
    window = service(bath.world.laundry, "上门取", [theirs], kind="pickup", minutes=60)
    refused(bath, "no_such_service", Wish(window.id, EVENING, 1))
    refused(bath, "no_such_service", Wish(10**9, EVENING, 1))
    refused(bath, "no_such_service", Wish(-1, EVENING, 1))
    for wanted in (theirs.id, bath.pool.id, 10**9):
        refused(bath, "no_such_resource", Wish(bath.family.id, EVENING, 2, resource=wanted))


def test_a_booking_is_for_somebody_and_something(bath: Bath) -> None:
    refused(bath, "no_such_service")
    refused(bath, "no_such_service", *[Wish(bath.family.id, EVENING, 1)] * 7)
    refused(bath, "guest_missing", Wish(bath.family.id, EVENING, 2), whom=For(guest="  "))
    refused(bath, "apart", Wish(bath.family.id, EVENING, 2), Wish(bath.swim.id, EVENING + 2 * A_DAY, 2))
    theirs = Address.create(member=bath.world.xin.id, sealed=vault.seal("别人家"), made_at=NOON)
    refused(bath, "no_such_address", Wish(bath.family.id, EVENING, 2), whom=For(bath.world.mei, address=theirs))


def test_a_long_name_is_shortened_as_the_column_is(bath: Bath) -> None:
    assert book(bath, Wish(bath.family.id, EVENING, 2), whom=For(guest="长" * 200)).guest == "长" * 60


def test_the_ticket_of_somebody_else_shows_nothing(bath: Bath) -> None:
    wish = [Wish(bath.family.id, EVENING, 2)]
    bookings.book(wish, bath.store, For(bath.world.mei), key="mine", at=NOON)
    for whom in (For(bath.world.xin), For(guest="路过的")):
        with pytest.raises(Refusal) as no:
            bookings.book(wish, bath.store, whom, key="mine", at=NOON)
        assert no.value.code == "ticket_reused"


def test_somebody_elses_booking_is_not_there(bath: Bath) -> None:
    mine = book(bath, Wish(bath.family.id, EVENING, 2))
    acts: tuple[Callable[[], Booking], ...] = (
        lambda: bookings.cancel(mine, NOON, member=bath.world.xin),
        lambda: bookings.move(mine, EVENING + HOUR, NOON, member=bath.world.xin),
        lambda: bookings.late(mine, bath.world.xin, EVENING),
        lambda: bookings.skip(mine, bath.world.xin, NOON),
        lambda: bookings.accept(mine, bath.world.xin, NOON),
    )
    for act in acts:
        with pytest.raises(Missing):
            act()


def test_a_service_that_was_edited_meanwhile_is_shown_again(bath: Bath) -> None:
    shown = supply.of(bath.store, NOON).services[bath.family.id].version
    change(bath.family, price=9900)
    refused(bath, "edited", Wish(bath.family.id, EVENING, 2, edition=shown))
    assert book(bath, Wish(bath.family.id, EVENING, 2, edition=shown + 1)).price == 2 * 9900


def test_a_service_that_was_retired_meanwhile_is_not_there(bath: Bath) -> None:
    mine = book(bath, Wish(bath.massage.id, EVENING, 1))
    change(bath.massage, retired_at=NOON)
    acts: tuple[Callable[[], object], ...] = (
        lambda: book(bath, Wish(bath.massage.id, EVENING + HOUR, 1)),
        lambda: bookings.move(mine, EVENING + HOUR, NOON, member=bath.world.mei),
        lambda: bookings.offer_other(mine, EVENING + HOUR, bath.world.chen, NOON),
        lambda: waiting.join(bath.world.xin, bath.massage, 1, EVENING, EVENING + HOUR, NOON),
    )
    for act in acts:
        with pytest.raises(Missing):
            act()
    assert bookings.cancel(mine, NOON, member=bath.world.mei).state == "cancelled"


def test_hours_that_changed_between_choosing_and_confirming_are_told(bath: Bath) -> None:
    assert any(start.at == EVENING for start in free.starts(supply.of(bath.store, NOON), bath.family, DAY))
    hours.put(bath.store, {day: [(600, 1080)] for day in range(7)}, bath.world.lin, NOON)
    no = refused(bath, "closed", Wish(bath.family.id, EVENING, 2))
    assert isinstance(no, Taken)
    assert [start.at for start in no.nearest] == [moment("16:00"), moment("16:30")]


def test_hours_of_a_store_without_a_calendar_yet_are_seen_at_once(database: Database) -> None:
    world = World()
    Calendar.delete().execute()
    assert supply.of(world.bath, NOON).week[0] == [(600, 1560)]
    hours.put(world.bath, {0: [(540, 1080)]}, world.lin, NOON)
    assert supply.of(world.bath, NOON).week == {0: [(540, 1080)]}


def test_a_room_that_was_closed_meanwhile_is_not_given(bath: Bath) -> None:
    for room in (bath.small, bath.large):
        closures.close(bath.store, room, EVENING - HOUR, EVENING + HOUR, "漏水", bath.world.lin, NOON)
    refused(bath, "closed", Wish(bath.family.id, EVENING, 2))


def test_who_did_not_come_three_times_asks_first_and_so_do_their_offers(bath: Bath) -> None:
    for n in range(3):
        missed = book(bath, Wish(bath.family.id, EVENING, 2), now=NOON + n)
        assert missed.state == "confirmed"
        bookings.no_show(missed, EVENING + 20 * MINUTE, bath.world.chen)
    later = EVENING + A_DAY
    assert book(bath, Wish(bath.family.id, later, 2), now=EVENING + HOUR).state == "requested"
    line = waiting.join(bath.world.mei, bath.swim, 2, later, later + 1, EVENING + HOUR)
    offer = waiting.offer_of(line)
    assert offer
    accepted = bookings.accept(offer, bath.world.mei, EVENING + HOUR)
    assert accepted.state == "requested"
    assert Work.select().where(Work.kind == "booking", Work.ref == offer.code).count() == 1
    assert bookings.accept(offer, bath.world.mei, EVENING + HOUR).state == "requested"
    assert bookings.confirm(accepted, bath.world.chen, EVENING + HOUR).state == "confirmed"


def test_nobody_marked_is_no_no_show_that_counts(bath: Bath) -> None:
    for n in range(3):
        book(bath, Wish(bath.family.id, EVENING, 2), now=NOON + n)
        overdue.settle(EVENING + 3 * HOUR)
    assert book(bath, Wish(bath.family.id, EVENING + A_DAY, 2), now=EVENING + 4 * HOUR).state == "confirmed"


def test_the_waiting_list_is_no_way_around_the_horizon(bath: Bath) -> None:
    far = EVENING + 30 * A_DAY
    for from_at, until_at in ((far, far + HOUR), (10**18, 10**18 + HOUR)):
        with pytest.raises(Refusal) as no:
            waiting.join(bath.world.mei, bath.family, 2, from_at, until_at, NOON)
        assert no.value.code == "too_far"
    last = moment("01:30", DAY + dt.timedelta(days=14))  # of the last evening, and nothing begins so late
    line = waiting.join(bath.world.mei, bath.family, 2, last, last + 10 * A_DAY, NOON)
    assert line.state == "waiting"
    assert waiting.sweep(NOON + 2 * A_DAY) == 1


def test_a_room_closed_and_open_again_within_a_second_is_offered_again(bath: Bath) -> None:
    mine = book(bath, Wish(bath.swim.id, EVENING, 6))
    line = waiting.join(bath.world.xin, bath.swim, 2, EVENING, EVENING + 1, NOON)
    bookings.cancel(mine, NOON, member=bath.world.mei)
    assert waiting.offer_of(line)
    shut = closures.close(bath.store, bath.pool, EVENING - HOUR, EVENING + HOUR, "漏水", bath.world.lin, NOON).closure
    assert waiting.offer_of(line) is None
    closures.lift(shut, bath.world.lin, NOON)
    assert waiting.offer_of(line)
    assert seats_equal_bookings()


@pytest.mark.parametrize(
    ("people", "from_at", "until_at", "travel", "code"),
    [
        (10**9, EVENING, EVENING + HOUR, 0, "party"),
        (0, EVENING, EVENING + HOUR, 0, "party"),
        (2, EVENING, EVENING, 0, "past"),
        (2, -(10**18), NOON - 1, 0, "past"),
        (2, -(10**18), EVENING, 0, "too_far"),
        (2, EVENING, EVENING + 15 * A_DAY, 0, "too_far"),
        (2, EVENING, EVENING + HOUR, -1, "travel"),
        (2, EVENING, EVENING + HOUR, 10**9, "travel"),
    ],
)
def test_a_line_that_cannot_be_stood_in_is_refused(
    bath: Bath, people: int, from_at: int, until_at: int, travel: int, code: str
) -> None:
    with pytest.raises(Refusal) as no:
        waiting.join(bath.world.mei, bath.family, people, from_at, until_at, NOON, travel_minutes=travel)
    assert no.value.code == code
    assert Waiter.select().count() == 0


def test_another_time_offered_by_the_shop_is_ahead_and_not_past(bath: Bath) -> None:
    asked = book(bath, Wish(bath.massage.id, EVENING, 1))
    for at, code in ((NOON - HOUR, "past"), (NOON, "past"), (10**18, "too_far"), (EVENING + 7 * MINUTE, "closed")):
        with pytest.raises(Refusal) as no:
            bookings.offer_other(asked, at, bath.world.chen, NOON)
        assert no.value.code == code
    assert holding.fresh(asked).state == "requested"
    assert seats_equal_bookings()


def test_a_second_wish_to_move_takes_the_place_of_the_first(bath: Bath) -> None:
    mine = bookings.confirm(book(bath, Wish(bath.massage.id, EVENING, 1)), bath.world.chen, NOON)
    first = bookings.move(mine, EVENING + HOUR, NOON, member=bath.world.mei, ticket="a")
    second = bookings.move(mine, EVENING + 90 * MINUTE, NOON, member=bath.world.mei, ticket="b")
    assert holding.fresh(first).state == "cancelled"
    with pytest.raises(Refusal):
        bookings.confirm(first, bath.world.chen, NOON)
    assert bookings.confirm(second, bath.world.chen, NOON).state == "confirmed"
    assert holding.fresh(mine).state == "cancelled"
    assert seats_equal_bookings()


def test_a_wish_to_move_ends_with_the_booking_it_would_move(bath: Bath) -> None:
    ends: tuple[Callable[[Booking], Booking], ...] = (
        lambda one: bookings.cancel(one, NOON, member=bath.world.mei),
        lambda one: bookings.arrive(one, NOON, staff=bath.world.chen),
    )
    for end in ends:
        mine = bookings.confirm(book(bath, Wish(bath.massage.id, EVENING, 1)), bath.world.chen, NOON)
        asked = bookings.move(mine, EVENING + 2 * HOUR, NOON, member=bath.world.mei)
        end(mine)
        assert holding.fresh(asked).state == "cancelled"
        assert Work.select().where(Work.done_at.is_null()).count() == 0
        assert seats_equal_bookings()


def test_what_was_moved_meanwhile_is_not_settled_by_its_old_time(bath: Bath) -> None:
    asked = book(bath, Wish(bath.massage.id, EVENING, 1))
    stood = book(bath, Wish(bath.family.id, EVENING, 2))
    for one in (asked, stood):
        bookings.move(holding.fresh(one), EVENING + 3 * HOUR, NOON, staff=bath.world.chen)
        assert overdue._settle(one, EVENING + 2 * HOUR) == 0  # as it was read before the move
    assert [holding.fresh(one).state for one in (asked, stood)] == ["requested", "confirmed"]


def test_a_leap_day_can_be_booked(bath: Bath) -> None:
    day = dt.date(2028, 2, 29)
    at, now = moment("19:00", day), moment("12:00", day - dt.timedelta(days=3))
    assert book(bath, Wish(bath.family.id, at, 2), now=now).starts_at == at
    here = supply.of(bath.store, now)
    shown = [one.date for one in free.strip(here, bath.family, 2, now, "ordinary", count=5)]
    assert shown[3:] == [day, dt.date(2028, 3, 1)]


@pytest.mark.parametrize(
    ("day", "hours_open"),
    [(dt.date(2026, 3, 29), 5), (dt.date(2026, 10, 25), 7), (dt.date(2026, 7, 1), 6)],
    ids=["the clocks skip an hour", "the clocks repeat an hour", "an ordinary night"],
)
def test_a_night_in_which_the_clocks_change_has_as_many_hours_as_it_has(
    bath: Bath, day: dt.date, hours_open: int
) -> None:
    berlin = night_store(bath, "Europe/Berlin")
    here = supply.of(berlin, NOON)
    times = [start.at for start in free.starts(here, next(iter(here.services.values())), day)]
    assert len(times) == len(set(times)) == hours_open
    assert times == sorted(times)
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {HOUR}
    first = dt.datetime.fromtimestamp(times[0], ZoneInfo("Europe/Berlin"))
    assert (first.date(), first.hour) == (day, 0)


def test_a_time_the_clocks_skip_is_the_hour_after(bath: Bath) -> None:
    assert days.moment(dt.date(2026, 3, 29), 150, "Europe/Berlin") == days.moment(
        dt.date(2026, 3, 29), 210, "Europe/Berlin"
    )


def night_store(bath: Bath, timezone: str) -> Store:
    """Open from midnight to six, an hour at a time."""
    store = Store.create(
        brand=bath.world.brand.id, slug="night", name={"zh": "夜店"}, kind="bath", timezone=timezone, made_at=NOON
    )
    for weekday in range(7):
        OpeningInterval.create(store=store.id, weekday=weekday, opens=0, closes=360)
    service(store, "夜汤", [resource(store, "夜汤屋")], minutes=60, step_minutes=60)
    return store
