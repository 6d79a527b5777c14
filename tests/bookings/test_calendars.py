"""Calendar files that real programs read: one booking, and the feed by secret link."""

import datetime as dt
import io
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar
from peewee import Database

from models import Booking, Event, Feed, Member, Service, Store
from tests.bookings.places import Bath, moment
from tests.world import NOON, World
from webapp import vault
from webapp.bookings import bookings, calendars, zones
from webapp.bookings.holding import For, Wish, fresh
from webapp.clock import DAY, HOUR

URL = "https://huitou.example/"
CRAB = "亲子家庭汤浴，含酸梅汤；小朋友半价, “加水” 🛁👨‍👩‍👧 " * 4


@pytest.fixture
def bath(database: Database) -> Bath:
    return Bath(World())


def parsed(text: bytes) -> Any:
    return Calendar.from_ical(text)


def event(text: bytes) -> Any:
    found = parsed(text).walk("VEVENT")
    assert len(found) == 1
    return found[0]


def moment_of(value: Any) -> int:
    return int(value.dt.timestamp())


def test_a_booking_is_an_event_with_its_zone_and_an_alarm(bath: Bath) -> None:
    Store.update(address={"zh": "南门大街 8 号, 一楼"}).where(Store.id == bath.store.id).execute()
    mine = fresh(bath.book(bath.world.mei, moment("19:00")))
    text = calendars.ics(mine, URL)
    calendar = parsed(text)
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("PUBLISH", "2.0")
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    found = event(text)
    assert str(found["UID"]) == f"{mine.code}@huitou"
    assert (found["SEQUENCE"], str(found["STATUS"])) == (0, "CONFIRMED")
    assert str(found["DTSTART"].params["TZID"]) == "Asia/Shanghai"
    assert (moment_of(found["DTSTART"]), moment_of(found["DTEND"])) == (moment("19:00"), moment("20:30"))
    assert str(found["SUMMARY"]) == "家庭汤浴 · 回头浴场·南门店"
    assert str(found["LOCATION"]) == "回头浴场·南门店, 南门大街 8 号, 一楼"
    assert str(found["URL"]) == f"https://huitou.example/bookings/{mine.code}"
    assert moment_of(found["DTSTAMP"]) == moment_of(found["LAST-MODIFIED"]) == NOON
    assert [alarm["TRIGGER"].dt for alarm in found.walk("VALARM")] == [dt.timedelta(hours=-2)]


def test_the_file_speaks_the_members_language(bath: Bath) -> None:
    Member.update(locale="en").where(Member.id == bath.world.mei.id).execute()
    Service.update(name={"zh": "家庭汤浴", "en": "Family bath"}).where(Service.id == bath.family.id).execute()
    mine = fresh(bath.book(bath.world.mei, moment("19:00")))
    assert str(event(calendars.ics(mine, URL))["SUMMARY"]) == "Family bath · Huitou Baths South Gate"


def test_a_change_is_the_same_event_in_a_higher_sequence(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    before = event(calendars.ics(mine, URL))
    after = event(calendars.ics(bookings.move(mine, moment("21:00"), NOON + HOUR, member=bath.world.mei), URL))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert moment_of(after["DTSTART"]) == moment("21:00")
    assert moment_of(after["LAST-MODIFIED"]) == NOON + HOUR


def test_a_cancelled_one_takes_the_event_out_of_the_calendar(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    gone = bookings.cancel(mine, NOON + 5, member=bath.world.mei)
    text = calendars.ics(gone, URL)
    assert str(parsed(text)["METHOD"]) == "CANCEL"
    found = event(text)
    assert (str(found["STATUS"]), found["SEQUENCE"]) == ("CANCELLED", 1)
    assert found.walk("VALARM") == []


def test_what_waits_for_a_yes_is_tentative(bath: Bath) -> None:
    asked = bath.book(bath.world.mei, moment("15:00"), 1, what=bath.massage)
    assert str(event(calendars.ics(asked, URL))["STATUS"]) == "TENTATIVE"
    assert str(event(calendars.ics(bookings.confirm(asked, bath.world.chen, NOON), URL))["STATUS"]) == "CONFIRMED"


def test_long_names_with_commas_and_faces_survive(bath: Bath) -> None:
    Service.update(name={"zh": CRAB}).where(Service.id == bath.family.id).execute()
    text = calendars.ics(fresh(bath.book(bath.world.mei, moment("19:00"))), URL)
    assert str(event(text)["SUMMARY"]).startswith(CRAB)
    lines = text.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert all(line.decode() for line in lines if line), "no line is cut within a letter"
    assert b"\n" not in text.replace(b"\r\n", b"")


def test_a_party_with_two_services_is_one_event(bath: Bath) -> None:
    wishes = [Wish(bath.family.id, moment("19:00"), 2), Wish(bath.swim.id, moment("20:30"), 2)]
    both = bookings.book(wishes, bath.store, For(bath.world.mei), key="both", at=NOON)
    found = event(calendars.ics(both, URL))
    assert str(found["SUMMARY"]).startswith("家庭汤浴 + 大池 · ")
    assert (moment_of(found["DTSTART"]), moment_of(found["DTEND"])) == (moment("19:00"), moment("21:30"))


def test_a_zone_with_summer_time_is_written_whole(bath: Bath) -> None:
    Store.update(timezone="Europe/Berlin").where(Store.id == bath.store.id).execute()
    mine = bath.book(bath.world.mei, moment("19:00"))
    for day, wall in ((24, "11:00"), (25, "10:00")):  # the clocks go back in the night between
        at = int(dt.datetime(2026, 10, day, 9, tzinfo=dt.UTC).timestamp())
        Booking.update(starts_at=at, ends_at=at + HOUR).where(Booking.id == mine.id).execute()
        text = calendars.ics(fresh(mine), URL)
        zone = parsed(text).walk("VTIMEZONE")[0]
        assert str(zone["TZID"]) == "Europe/Berlin"
        assert {part.name: part["RRULE"].to_ical() for part in zone.subcomponents} == {
            "DAYLIGHT": b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
            "STANDARD": b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        }
        found = event(text)
        assert (moment_of(found["DTSTART"]), f"{found['DTSTART'].dt:%H:%M}") == (at, wall)
        assert f"DTSTART;TZID=Europe/Berlin:202610{found['DTSTART'].dt:%dT%H%M00}".encode() in text


@pytest.mark.parametrize(
    "name",
    [
        *("Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Santiago", "Africa/Casablanca"),
        *("Asia/Shanghai", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"),
    ],
)
def test_another_reader_finds_the_same_time_on_every_wall(name: str) -> None:
    begins = int(dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp())
    calendar = Calendar()
    calendar.add_component(zones.component(name, begins, begins + 365 * DAY))
    read = tzical(io.StringIO(calendar.to_ical().decode())).get(name)
    for at in range(begins, begins + 365 * DAY, HOUR // 2):
        wall = dt.datetime.fromtimestamp(at, read).replace(tzinfo=None)
        assert wall == dt.datetime.fromtimestamp(at, ZoneInfo(name)).replace(tzinfo=None), at


def test_somebody_without_a_card_has_a_file_too(bath: Bath) -> None:
    wish = Wish(bath.family.id, moment("19:00"), 2)
    walk_in = bookings.book(
        [wish], bath.store, For(None, "王阿姨"), key="guest", at=NOON, source="phone", staff=bath.world.chen
    )
    assert "王阿姨" not in calendars.ics(walk_in, URL).decode()
    assert str(event(calendars.ics(walk_in, URL))["STATUS"]) == "CONFIRMED"


def test_a_feed_opens_by_its_secret_and_the_table_has_only_the_hash(bath: Bath) -> None:
    secret = calendars.make_feed(bath.world.mei, NOON)
    assert calendars.find(secret) == bath.world.mei
    assert calendars.find(secret + "x") is None
    row = Feed.get()
    assert row.token_hash == vault.fingerprint(secret)
    assert secret not in str(row.__data__) + str([entry.data for entry in Event.select()])


def test_a_new_secret_ends_the_old_one_and_none_is_none(bath: Bath) -> None:
    old, new = calendars.make_feed(bath.world.mei, NOON), calendars.make_feed(bath.world.mei, NOON + 1)
    assert calendars.find(old) is None
    assert calendars.find(new)
    assert Feed.select().count() == 1
    calendars.end_feed(bath.world.mei, NOON + 2)
    calendars.end_feed(bath.world.mei, NOON + 3)
    assert calendars.find(new) is None
    assert calendars.feed_of(bath.world.mei) is None
    assert Event.select().where(Event.verb == "feed_ended").count() == 1


def test_the_feed_has_what_takes_place_and_nothing_of_anybody_else(bath: Bath) -> None:
    mine = bath.book(bath.world.mei, moment("19:00"))
    asked = bath.book(bath.world.mei, moment("15:00"), 1, what=bath.massage)
    gone = bath.book(bath.world.mei, moment("12:00"))
    bookings.cancel(gone, NOON, member=bath.world.mei)
    old = bath.book(bath.world.mei, moment("23:00"))
    Booking.update(starts_at=NOON - 90 * DAY, ends_at=NOON - 90 * DAY + HOUR).where(Booking.id == old.id).execute()
    bath.book(bath.world.xin, moment("21:00"))
    text = calendars.feed_ics(bath.world.mei, URL, NOON)
    assert [str(found["UID"]) for found in parsed(text).walk("VEVENT")] == [
        f"{one.code}@huitou" for one in (asked, mine)
    ]
    assert str(parsed(text)["X-WR-CALNAME"]) == "回头浴场"
    assert len(parsed(text).walk("VTIMEZONE")) == 1


def test_an_empty_feed_is_a_calendar_too(bath: Bath) -> None:
    assert parsed(calendars.feed_ics(bath.world.xin, URL, NOON)).walk("VEVENT") == []


def test_a_calendar_program_that_asked_is_noted_once_an_hour(bath: Bath) -> None:
    calendars.make_feed(bath.world.mei, NOON)
    for at, noted in ((NOON, NOON), (NOON + 60, NOON), (NOON + 2 * HOUR, NOON + 2 * HOUR)):
        calendars.mark_read(bath.world.mei, at)
        assert Feed.get().read_at == noted
