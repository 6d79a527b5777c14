"""What the bookings of a store add up to."""

import datetime as dt

import pytest
from peewee import Database

from models import Booking, Part, Store, Work
from tests.bookings.places import DAY, Bath, moment
from tests.world import NOON, World
from webapp.bookings import bookings, days, editing, figures
from webapp.bookings.holding import For, Wish
from webapp.clock import HOUR, MINUTE
from webapp.staff import queue
from webapp.stores import counter

THURSDAY = 3
SINCE, UNTIL = moment("00:00"), moment("24:00")


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def of(bath: Bath) -> figures.Figures:
    return figures.of(bath.store, SINCE, UNTIL)


def test_bookings_by_source_and_how_they_ended(bath: Bath) -> None:
    world = bath.world
    one = bath.book(world.mei, moment("10:00"))
    two = bath.book(world.xin, moment("12:00"))
    three = bath.book(world.xin, moment("14:00"))
    wish = Wish(bath.family.id, moment("16:00"), 2)
    bookings.book([wish], bath.store, For(None, "王阿姨"), key="g", at=NOON, source="phone", staff=world.chen)
    bath.book(world.mei, moment("24:30"))  # on the next date
    bookings.arrive(one, moment("10:00"), staff=world.chen)
    bookings.no_show(two, moment("12:30"), world.chen)
    bookings.cancel(three, NOON, member=world.xin)
    found = of(bath)
    assert (found.bookings, found.by_source) == (4, {"member": 3, "phone": 1})
    assert (found.arrivals, found.no_shows, found.cancelled) == (1, 1, 1)


def test_answers_are_those_a_person_gave(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("10:00"))  # at once: nobody was asked
    for n, minutes in enumerate((2, 4, 60)):
        asked = bath.book(bath.world.member(f"客{n}"), moment(f"{10 + n}:00"), 1, what=bath.massage)
        answer = bookings.confirm if n else bookings.decline
        args = () if n else ("full",)
        answer(asked, bath.world.chen, *args, NOON + minutes * MINUTE)  # type: ignore[operator]
    bath.book(bath.world.xin, moment("15:00"), 1, what=bath.massage)  # nobody has answered yet
    found = of(bath)
    assert (found.answered, found.answer_median_minutes, found.answer_worst_minutes) == (3, 4, 60)


def test_a_usual_answer_needs_five(bath: Bath) -> None:
    for n in range(5):
        assert figures.usual_answer(bath.store, NOON + HOUR) is None
        asked = bath.book(bath.world.member(f"客{n}"), moment(f"{10 + n}:00"), 1, what=bath.massage)
        bookings.confirm(asked, bath.world.chen, NOON + (n + 1) * MINUTE)
    assert figures.usual_answer(bath.store, NOON + HOUR) == 3
    assert figures.usual_answer(bath.store, NOON + 200 * 24 * HOUR) is None


def test_the_heat_map_is_per_cent_of_what_could_be_had(bath: Bath) -> None:
    """Open 10:00–02:00 with two rooms, six in the pool, one masseuse: nine seats."""
    empty = of(bath).occupancy
    assert len(empty) == 7
    assert {len(row) for row in empty} == {24}
    assert empty[THURSDAY][19] == figures.Hour(0, 1)
    assert empty[THURSDAY][9] == empty[0][19] == figures.Hour(0, 0)
    assert empty[THURSDAY][1] == figures.Hour(0, 1), "Wednesday's night"
    bath.book(bath.world.mei, moment("19:00"), 6, what=bath.swim)
    bath.book(bath.world.xin, moment("19:30"))  # until 21:15 with the cleaning
    found = of(bath).occupancy[THURSDAY]
    assert (found[19].percent, found[20].percent, found[21].percent) == (72, 11, 3)


def test_weeks_are_counted_and_closed_days_are_not(bath: Bath) -> None:
    editing.put_special_day(bath.store, days.number(DAY), [], {"zh": "休息"}, bath.world.lin, NOON)
    found = figures.of(bath.store, SINCE, SINCE + 21 * 24 * HOUR)
    assert found.occupancy[THURSDAY][19].n == 2
    assert found.occupancy[THURSDAY + 1][19].n == 3


def test_hours_are_those_of_the_stores_wall(bath: Bath) -> None:
    bath.book(bath.world.mei, moment("19:00"), 6, what=bath.swim)
    Store.update(timezone="Asia/Kolkata").where(Store.id == bath.store.id).execute()
    bath.store.timezone = "Asia/Kolkata"
    editing.put_special_day(bath.store, days.number(DAY) + 60, [], {"zh": ""}, bath.world.lin, NOON)
    row = figures.of(bath.store, SINCE, UNTIL).occupancy[THURSDAY]
    assert [hour for hour in range(24) if row[hour].percent] == [16, 17]  # 19:00 in Shanghai is 16:30 in Delhi


def test_an_empty_range_has_no_answers(bath: Bath) -> None:
    found = figures.of(bath.store, SINCE, SINCE + HOUR)
    assert (found.bookings, found.answer_median_minutes, found.answer_worst_minutes) == (0, None, None)
    assert Booking.select().count() == 0


# --- how long people wait, when hands are needed ------------------------------------------------------------------------------


def came_in(bath: Bath, name: str, at: int) -> Work:
    visit, _ = counter.arrive(bath.world.member(name), counter.code(bath.store, at), "", at)
    return Work.get(Work.kind == "arrival", Work.ref == str(visit.id))


def test_half_of_todays_arrivals_were_greeted_within(bath: Bath) -> None:
    assert figures.waits(bath.store, NOON) == (0, 0, None)
    for n, seconds in enumerate((60, 61, 600)):
        queue.greet(came_in(bath, f"客{n}", NOON), bath.world.chen, NOON + seconds)
    came_in(bath, "在等", NOON + 900)
    assert figures.waits(bath.store, NOON + 1000) == (1, 3, 2)
    assert figures.waits(bath.store, NOON + 900 + 3600) == (0, 3, 2), "who left by themselves is not waiting any more"
    assert figures.waits(bath.store, NOON + 24 * HOUR) == (0, 0, None)
    assert figures.waits(bath.world.laundry, NOON + 1000) == (0, 0, None)


def busy_thursdays(bath: Bath, weeks: int) -> list[figures.Hint]:
    """Six people swim on Thursdays from two to four, one on every other day; up to now there were so many Thursdays."""
    for ago in range(1, weeks * 7 + 1):
        day = DAY - dt.timedelta(days=ago)
        people = 6 if day.weekday() == THURSDAY else 1
        for hour in ("14:00", "15:00") if people > 1 else ("14:00",):
            at = moment(hour, day)
            past = Booking.create(
                code=f"X{at}", key=f"X{at}", store=bath.store.id, guest="散客", source="walk_in", state="done",
                people=people, starts_at=at, ends_at=at + HOUR, cancel_until=at, requested_at=at, arrived_at=at,
                ended_at=at + HOUR,
            )  # fmt: skip
            Part.create(
                booking=past.id, service=bath.swim.id, resource=bath.pool.id, people=people,
                starts_at=at, ends_at=at + HOUR, free_at=at + HOUR,
            )  # fmt: skip
    return figures.hints(bath.store, moment("00:00", DAY - dt.timedelta(days=weeks * 7)), moment("00:00"))


def test_hints_say_when_it_is_busiest_against_what_is_usual_with_how_many_days(bath: Bath) -> None:
    first, *others = busy_thursdays(bath, 5)
    assert (first.kind, first.n) == ("busy", 5)
    assert first.text.params == {
        "day": ("周四", {}),
        "first": 14,
        "after": 16,
        "people": "6",
        "usual": "0.2",
    }
    assert {hint.kind for hint in others} <= {"busy", "quiet"}
    assert not any(hint.kind == "busy" for hint in others)


def test_nothing_is_claimed_of_fewer_than_four_days(bath: Bath) -> None:
    assert busy_thursdays(bath, 3) == []


def test_a_shop_without_guests_gets_no_hints(bath: Bath) -> None:
    assert figures.hints(bath.store, moment("00:00", DAY - dt.timedelta(days=60)), moment("00:00")) == []
