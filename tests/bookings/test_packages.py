"""Packages: a family of four pays one price at weekends and on holidays, sees it before, and keeps it."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from peewee import Database

from models import Booking, Occurrence, Part, Service
from tests.api.test_purchases import Till
from tests.bookings.places import Bath, moment, service
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import check
from webapp.bookings import bookings, calendars, closures, editing, prices, supply
from webapp.bookings.editing import Terms
from webapp.bookings.holding import For, Wish, fresh
from webapp.clock import HOUR
from webapp.refusals import Refusal
from webapp.stores import tills

THURSDAY, SATURDAY = dt.date(2026, 5, 21), dt.date(2026, 5, 23)
DRAGON_BOAT, WORKED = dt.date(2026, 6, 19), dt.date(2026, 10, 10)  # a Friday off, a Saturday at work
FAMILY = {
    "key": "fam",
    "name": {"zh": "四口之家", "en": "Family of four"},
    "people": 4,
    "price": 9900,
    "when": "weekend",
}
EVENING = moment("19:00", SATURDAY)


@pytest.fixture
def bath(database: Database) -> Bath:
    return with_packages(Bath(World()))


def with_packages(bath: Bath, *packages: dict[str, Any]) -> Bath:
    """The pool is 30 for each; four together pay 99 at weekends."""
    Service.update(packages=list(packages or (FAMILY,)), horizon_days=60).where(Service.id == bath.swim.id).execute()
    supply.take(bath.store.id)
    return bath


def cost(bath: Bath, people: int, at: int) -> prices.Cost:
    here = supply.of(bath.store, NOON)
    return prices.at(here, here.services[bath.swim.id], people, at)


def edit(bath: Bath, *packages: dict[str, Any], **changed: Any) -> Service:
    usual: dict[str, Any] = {"name": {"zh": "大池"}, "kind": "bath", "price": 3000, "people_max": 6, "step_minutes": 15}
    usual |= {"horizon_days": 60, "resources": (bath.pool.id,)}
    terms = Terms(**{**usual, **changed}, packages=packages)
    return editing.put_service(bath.store, terms, bath.world.lin, NOON, Service.get_by_id(bath.swim.id))


def names(booking: Booking) -> list[str]:
    return [package["name"]["zh"] for package in prices.agreed(fresh(booking))]


# --- the price ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "day", "holds"),
    [
        ("always", THURSDAY, True),
        ("weekend", THURSDAY, False),
        ("weekend", SATURDAY, True),
        ("weekend", DRAGON_BOAT, True),
        ("weekend", WORKED, False),
        ("holiday", SATURDAY, False),
        ("holiday", DRAGON_BOAT, True),
        ("holiday", WORKED, False),
    ],
)
def test_what_counts_as_such_a_day(when: str, day: dt.date, holds: bool) -> None:
    assert prices.holds(when, day, "Asia/Shanghai") is holds


def test_just_that_many_on_just_such_a_day_pay_the_package(bath: Bath) -> None:
    assert cost(bath, 4, EVENING) == (9900, 12000, FAMILY)
    assert cost(bath, 3, EVENING).price == 9000
    assert cost(bath, 4, moment("19:00", THURSDAY)).price == 12000
    booked = bath.book(bath.world.mei, EVENING, 4, what=bath.swim)
    assert (booked.price, names(booked)) == (9900, ["四口之家"])
    assert [part.price for part in booked.parts] == [9900]
    assert bath.book(bath.world.xin, EVENING, 2, what=bath.swim).price == 6000
    assert check.run() == []


def test_after_midnight_it_is_still_the_evening_before(bath: Bath) -> None:
    assert cost(bath, 4, moment("24:30", dt.date(2026, 5, 24))).price == 9900  # Sunday's, on Monday's date
    assert cost(bath, 4, moment("24:30", dt.date(2026, 5, 22))).price == 12000  # Friday's, on Saturday's date


def test_the_cheapest_package_counts_and_none_that_is_dearer_than_the_usual(bath: Bath) -> None:
    with_packages(
        bath, FAMILY, FAMILY | {"key": "b", "price": 8800, "when": "always"}, FAMILY | {"key": "c", "people": 2}
    )
    assert cost(bath, 4, EVENING).price == 8800
    assert cost(bath, 2, EVENING) == (6000, 6000, None)


def test_several_rooms_of_one_party_pay_the_package_once(bath: Bath) -> None:
    big = service(bath.store, "大家庭", [bath.small, bath.large], minutes=60, people_max=8, price=5000)
    Service.update(packages=[FAMILY | {"people": 6, "price": 20000}]).where(Service.id == big.id).execute()
    supply.take(bath.store.id)
    booked = bath.book(bath.world.mei, EVENING, 6, what=big)
    assert booked.price == 20000
    assert sorted(part.price for part in Part.select()) == [0, 20000]
    assert bath.book(bath.world.mei, moment("19:00", THURSDAY), 6, what=big).price == 30000


def test_a_date_of_an_event_has_its_package_too(bath: Bath) -> None:
    tasting = service(bath.store, "亲子品茶", [bath.pool], kind="event", minutes=90, people_max=4, price=3000)
    Service.update(packages=[FAMILY | {"when": "always", "people": 3, "price": 7000}]).where(
        Service.id == tasting.id
    ).execute()
    Occurrence.create(service=tasting.id, resource=bath.pool.id, starts_at=EVENING)
    supply.take(bath.store.id)
    assert bath.book(bath.world.mei, EVENING, 3, what=tasting).price == 7000


# --- what was agreed ---------------------------------------------------------------------------------------------------------


def test_nobody_books_by_old_packages_and_what_stands_keeps_its_own(bath: Bath) -> None:
    booked = bath.book(bath.world.mei, EVENING, 4, what=bath.swim)
    before = Service.get_by_id(bath.swim.id).version
    assert edit(bath, FAMILY | {"price": 11000}).version == before + 1
    old = Wish(bath.swim.id, EVENING - 3 * HOUR, 4, edition=before)
    with pytest.raises(Refusal) as no:
        bookings.book([old], bath.store, For(bath.world.xin), key="old", at=NOON)
    assert no.value.code == "edited"
    assert fresh(booked).price == 9900
    assert bookings.move(booked, EVENING - HOUR, NOON, member=bath.world.mei).price == 9900


def test_a_package_goes_with_its_days_when_a_member_moves(bath: Bath) -> None:
    booked = bath.book(bath.world.mei, EVENING, 4, what=bath.swim)
    moved = bookings.move(booked, moment("19:00", THURSDAY), NOON, member=bath.world.mei)
    assert (moved.price, names(moved)) == (12000, [])
    back = bookings.move(moved, EVENING + HOUR, NOON, member=bath.world.mei)
    assert (back.price, names(back)) == (9900, ["四口之家"])
    assert check.run() == []


def test_what_the_shop_moves_keeps_its_price(bath: Bath) -> None:
    world = bath.world
    booked = bath.book(world.mei, EVENING, 4, what=bath.swim)
    moved = bookings.move(booked, moment("19:00", THURSDAY), NOON, staff=world.chen)
    assert (moved.price, names(moved)) == (9900, ["四口之家"])
    other = bath.book(world.xin, EVENING, 4, what=bath.swim, now=NOON + 1)
    closures.close(bath.store, bath.pool, EVENING - HOUR, EVENING + HOUR, "停水", world.lin, NOON)
    assert bookings.move(other, moment("12:00", THURSDAY), NOON, member=world.xin).price == 9900


def test_a_move_that_waits_for_a_yes_costs_what_it_said(bath: Bath) -> None:
    Service.update(on_request=True).where(Service.id == bath.swim.id).execute()
    supply.take(bath.store.id)
    booked = bath.book(bath.world.mei, EVENING, 4, what=bath.swim)
    bookings.confirm(booked, bath.world.chen, NOON)
    asked = bookings.move(fresh(booked), EVENING - 3 * HOUR, NOON, member=bath.world.mei)
    assert (asked.id != booked.id, asked.price, names(asked)) == (True, 9900, ["四口之家"])


def test_the_calendar_names_the_package_and_its_price(bath: Bath) -> None:
    booked = bath.book(bath.world.mei, EVENING, 4, what=bath.swim)
    text = calendars.ics(booked, "https://shop.example").decode()
    assert "DESCRIPTION:四口之家 · ¥99" in text
    plain = bath.book(bath.world.mei, EVENING, 2, what=bath.swim)
    assert "\nDESCRIPTION:四" not in calendars.ics(plain, "https://shop.example").decode()


# --- set by a manager --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packages", "code"),
    [
        ([FAMILY | {"people": 7}], "party"),
        ([FAMILY | {"price": 12000}], "package_dear"),
        ([FAMILY | {"price": 0}], "package_dear"),
        ([FAMILY | {"when": "someday"}], "packages_odd"),
        ([FAMILY | {"name": {"zh": " "}}], "packages_odd"),
        ([FAMILY, FAMILY | {"key": "b"}], "packages_odd"),
        (
            [
                FAMILY | {"key": str(n), "people": 2 + n % 5, "when": "always" if n < 5 else "weekend", "price": 1}
                for n in range(7)
            ],
            "packages_odd",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(bath: Bath, packages: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(Refusal) as no:
        edit(bath, *packages)
    assert no.value.code == code
    assert Service.get_by_id(bath.swim.id).packages == [FAMILY]


def test_a_manager_sets_one_and_members_see_it_at_every_step(
    world: World, as_staff: AsStaff, as_member: AsMember
) -> None:
    bath, manager, me = Bath(world), as_staff(world.lin), as_member(world.mei)
    form = {
        "ticket": "a ticket of Lin", "name": "大池", "kind": "bath", "minutes": "60", "clean_minutes": "0",
        "step_minutes": "15", "price": "30", "per_person": "1", "people_min": "1", "people_max": "6",
        "lead_minutes": "0", "horizon_days": "14", "early_days": "0", "cancel_minutes": "120", "on_request": "0",
        "art": "bath", f"does_{bath.pool.id}": "y", "package_name_0": "四口之家", "package_people_0": "4",
        "package_price_0": "99", "package_when_0": "weekend",
    }  # fmt: skip
    address = f"/desk/bookings/supply/services/{bath.swim.id}"
    dear = manager.post(address, data=form | {"package_price_0": "120"})
    assert (dear.status_code, "便宜" in html(dear), 'value="四口之家"' in html(dear)) == (422, True, True)
    assert manager.post(address, data=form).status_code == 303
    assert 'value="99.00"' in html(manager.get(address))
    chosen = html(me.get(f"/book?service={bath.swim.id}&people=4&day={SATURDAY}"))
    assert "四口之家" in chosen
    assert 'class="holds"' in chosen
    assert 'class="holds"' not in html(me.get(f"/book?service={bath.swim.id}&people=4&day={THURSDAY}"))
    page = html(me.get(f"/book?service={bath.swim.id}&people=4&at={EVENING}"))
    assert all(words in page for words in ("四口之家", "¥120", "¥99"))
    version = Service.get_by_id(bath.swim.id).version
    me.post(
        "/bookings",
        data={"ticket": "a ticket of Mei", "service": bath.swim.id, "people": 4, "at": EVENING, "edition": version},
    )
    booked = Booking.get()
    assert booked.price == 9900
    for door in (me.get(f"/bookings/{booked.code}"), as_staff(world.chen).get(f"/desk/bookings/{booked.code}")):
        assert all(words in html(door) for words in ("四口之家", "¥99"))
    move = html(me.get(f"/bookings/{booked.code}/move?day={THURSDAY}"))
    assert "¥120" in move


def html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_the_till_is_told_the_package(app: Flask, world: World) -> None:
    bath = with_packages(Bath(world))
    till = Till(app, tills.make(world.bath, "site", None, world.at)[1])
    listed = till.get("/services").get_json()["services"]
    assert next(one for one in listed if one["id"] == bath.swim.id)["packages"] == [FAMILY]
    found = till.get(f"/slots?service={bath.swim.id}&day={SATURDAY}&people=4").get_json()["slots"]
    assert {(slot["price"], slot["package"]["zh"]) for slot in found} == {(9900, "四口之家")}
    plain = till.get(f"/slots?service={bath.swim.id}&day={THURSDAY}&people=4").get_json()["slots"]
    assert {(slot["price"], "package" in slot) for slot in plain} == {(12000, False)}
    booked = till.post("/bookings", {"service": bath.swim.id, "at": EVENING, "people": 4, "guest": "王小姐"}, key="a1")
    assert (booked.get_json()["price"], booked.get_json()["packages"]) == (9900, [FAMILY["name"]])
