"""The demo is lived-in, the same every time, and breaks nothing. It is loaded once for each database, and every test gets a copy."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from peewee import Database, fn

from models import (
    Advice,
    Booking,
    Case,
    Device,
    Event,
    Garment,
    JobRun,
    LedgerLine,
    Letter,
    Lot,
    Member,
    Message,
    OpeningInterval,
    Order,
    Redemption,
    Reward,
    Service,
    Shelf,
    Staff,
    Standing,
    Store,
    Waiter,
    Wear,
    Work,
)
from tests.faults import people
from tests.kit import pgbox
from tests.world import NOON
from webapp import check, clock, config, seeds, vault
from webapp.bookings import again as due_again
from webapp.bookings import figures
from webapp.clock import DAY
from webapp.complaints import improvements, purse, reports
from webapp.laundry import orders, wardrobe
from webapp.photos import pictures
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.prices import coupons
from webapp.ratings import asks
from webapp.ratings import figures as faces
from webapp.refusals import Refusal
from webapp.stores import hours

PASSWORD = "correct horse battery"


def _installation(folder: Path, url: str = "") -> config.Settings:
    return config.load({"HUITOU_DATA": str(folder), "HUITOU_DATABASE_URL": url}, Path("no such file"))


@pytest.fixture(scope="module")
def empty_folder(empty_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not empty in this file: what is copied for each test holds the demo, and in `told` what was said when it was loaded."""
    folder = tmp_path_factory.mktemp("seeds") / "data"
    shutil.copytree(empty_folder, folder)
    with people.at_home(_installation(folder)):
        (folder / "told").write_text("\n".join(seeds.load(NOON, PASSWORD)))
    (folder / "writers.lock").unlink()
    return folder


@pytest.fixture(scope="module")
def empty_pg(pg: pgbox.Box, empty_pg: str, empty_folder: Path) -> str:
    """The same on PostgreSQL."""
    with people.at_home(_installation(empty_folder, pg.create("seeds", empty_pg))):
        seeds.load(NOON, PASSWORD)
    return "seeds"


# What is in it is the same on both databases, says the last but one test.
SAME_ON_BOTH = pytest.mark.only_on("sqlite")


class Again(NamedTuple):
    """Another loading, without a password."""

    secret: bytes
    told: list[str]
    story: list[tuple[Any, ...]]
    owners_hash: str


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Again:
    home = people.install(_installation(tmp_path_factory.mktemp("again") / "data"))
    with people.at_home(home):
        told = seeds.load(NOON)
        return Again(home.secret, told, _story(), Staff.get(Staff.username == "owner").password_hash)


@pytest.fixture
def demo(settings: config.Settings, database: Database, at: int) -> str:
    """The demo on a database of this test's own; what was told at its loading."""
    return (settings.data / "told").read_text()


def test_the_demo_keeps_its_promises(demo: str) -> None:
    assert check.run() == []
    assert PASSWORD in demo
    assert {store.slug: store.kind for store in Store.select()} == {
        "bath": "bath",
        "laundry": "laundry",
        "retail": "retail",
    }
    assert Member.select().count() == 600
    for number in range(1, 10):
        member = Member.get(Member.phone_key == vault.keyed("phone", f"+861380000000{number}"))
        assert vault.unseal(member.phone_sealed) == f"+861380000000{number}"
    assert vault.secret_matches(member.pin_hash, "246810")
    first = Member.get_by_id(1)
    birthday = clock.local(NOON + 3 * DAY, "Asia/Shanghai")
    assert (first.points, first.birthday) == (1280, birthday.month * 100 + birthday.day)
    soon = Lot.select(fn.SUM(Lot.left)).where(Lot.member == first.id, Lot.expires_at < NOON + 60 * DAY).scalar()
    assert 0 < soon < 1280


@SAME_ON_BOTH
def test_its_people_can_sign_in(demo: str) -> None:
    staff = {person.username: person for person in Staff.select()}
    assert [staff[name].role for name in ("owner", "manager", "senior", "clerk")] == [
        "owner",
        "manager",
        "senior",
        "clerk",
    ]
    assert staff["owner"].store_id is None
    assert staff["clerk"].store.slug == "bath"
    assert vault.secret_matches(staff["clerk"].password_hash, PASSWORD)
    assert vault.secret_matches(staff["clerk"].pin_hash, seeds.DESK_PIN)


@SAME_ON_BOTH
def test_every_board_has_something_to_show(demo: str, at: int) -> None:
    states = {row.state for row in Redemption.select(Redemption.state).distinct()}
    assert states == {"held", "captured", "declined", "cancelled", "expired", "reversed"}
    kinds = {row.kind for row in LedgerLine.select(LedgerLine.kind).distinct()}
    assert kinds >= {"earn", "hold", "capture", "release", "reverse", "expire"}
    waiting = Work.select().where(Work.done_at.is_null(), Work.due_at > at)
    elsewhere = ["arrival", "booking", "question", "redemption", "redemption"]
    laundry = ["agree", "claim", "promise", "talk", "uncollected", "unwell"]
    assert sorted(card.kind for card in waiting) == sorted([*elsewhere, *laundry, *["case"] * 8, *["follow"] * 3])
    assert Reward.select().count() >= 10
    assert {reward.kind for reward in Reward.select()} >= {"item", "service", "trial", "amount"}
    assert Shelf.select().where(Shelf.stock == 0).exists()
    assert Message.select().where(Message.read_at.is_null()).exists()
    assert Event.select().where(Event.verb == "joined").count() == 600
    bath = Store.get(Store.slug == "bath")
    assert hours.of([bath])[bath.id][2] == [(600, 1560)]
    assert OpeningInterval.select().count() > 21


@SAME_ON_BOTH
def test_there_is_something_to_book_and_a_year_of_bookings(demo: str, at: int) -> None:
    kinds = {(service.store.slug, service.kind) for service in Service.select()}
    assert kinds == {
        *(("bath", kind) for kind in ("bath", "massage", "sweat", "event")),
        *(("laundry", kind) for kind in ("pickup", "delivery")),
        *(("retail", kind) for kind in ("fitting", "event")),
    }
    states = {row.state for row in Booking.select(Booking.state).distinct()}
    assert states >= {"requested", "confirmed", "done", "declined", "cancelled", "no_show"}
    ahead = list(Booking.select().where(Booking.member == 1, Booking.starts_at > at))
    tomorrow = clock.day_start(at, "Asia/Shanghai") + DAY
    assert [tomorrow <= booking.starts_at < tomorrow + DAY for booking in ahead] == [True]
    assert [waiter.state for waiter in Waiter.select()] == ["waiting"]
    assert Standing.select().count() == 1
    bath = Store.get(Store.slug == "bath")
    found = figures.of(bath, at - 56 * DAY, at)
    assert found.answer_median_minutes
    busy = {day: max(hour.percent for hour in found.occupancy[day]) for day in range(7)}
    assert min(busy[5], busy[6]) > max(busy[day] for day in range(4)), "weekend evenings are the peak"
    again = due_again.due(5, at)
    assert again
    assert again.days == 21


@SAME_ON_BOTH
def test_the_laundry_has_a_full_board_and_a_year_behind_it(demo: str, at: int) -> None:
    store = Store.get(Store.slug == "laundry")
    lanes = {lane.state: lane for lane in orders.board(store, at)}
    assert all(len(lanes[state].orders) >= 2 for state in ("intake", "awaiting", "agreed", "ready"))
    assert sum(lane.late for lane in lanes.values()) == 1
    stages = {garment.stage for order in lanes["agreed"].orders for garment in order.garments}
    assert stages >= {"agreed", "treated", "cleaned", "checked"}
    over = Order.select().where(Order.state == "collected")
    assert over.count() > 500
    assert over.where(Order.purchase.is_null()).count() == 1, "the one that came back is not paid yet"
    assert Wear.select().where(Wear.times > 2).count() > 50
    assert {order.state for order in Order.select().where(Order.member == 1)} == {"awaiting", "ready"}
    waiting = Order.get(Order.member == 1, Order.state == "awaiting")
    whole = orders.whole(waiting)
    assert sum(len(passport.pins) for passport in whole.garments) == 3
    assert all(pictures.path(picture.photo).exists() for one in whole.garments for picture in one.shown)
    assert Garment.select().where(Garment.claimed_at.is_null(False)).count() == 1
    assert Advice.select().count() >= 40
    assert len(wardrobe.segment(store.brand, fabric="silk")) > 20


@SAME_ON_BOTH
def test_there_are_cases_in_every_state_and_a_year_of_ratings(demo: str, at: int) -> None:
    assert {case.state for case in Case.select()} == {"open", "waiting", "talking", "closing", "closed"}
    assert {case.kind for case in Case.select()} >= {"complaint", "urgent", "idea", "praise", "rating"}
    still = Case.select().where(Case.state.not_in(("closed", "merged")))
    assert [still.where(Case.member == number).count() for number in (1, 2)] == [0, 1]
    assert Member.get_by_id(1).care_since is None
    assert still.where(Case.due_at < at).count() == 2, "one whose answer is late, one whose findings are"
    bath = Store.get(Store.slug == "bath")
    assert len(improvements.board(bath)) >= 8
    report = reports.of(bath, at - 365 * DAY, at)
    assert report.all.percent is not None
    assert report.all.missed >= 2
    found = faces.of([bath], at - 365 * DAY, at)
    assert found.n > 100
    assert 70 < (found.satisfied or 0) < 95
    assert asks.due(1, at) is not None
    gifts = purse.brought_back(bath, at - 365 * DAY, at)[0]
    assert gifts.used > 0
    assert coupons.usable(Member.get_by_id(7), at), "an apology lies in the wallet"
    assert len(coupons.usable(Member.get_by_id(1), at)) == 1


@SAME_ON_BOTH
def test_it_signs_nobody_in_and_sends_nothing(demo: str) -> None:
    assert Device.select().count() == Letter.select().count() == JobRun.select().count() == 0


def test_life_goes_on_after_it(demo: str, at: int) -> None:
    member, bath = Member.get_by_id(2), Store.get(Store.slug == "bath")
    purchases.record(bath, Bill(10_000, "after", "desk"), member, None, at)
    assert Member.get_by_id(2).points == 100 + 50  # a friend had brought them
    assert check.run() == []


@SAME_ON_BOTH
def test_a_second_loading_is_refused_and_changes_nothing(demo: str, at: int) -> None:
    before = Event.select().count()
    with pytest.raises(Refusal, match="空的数据库"):
        seeds.load(at)
    assert Event.select().count() == before


def test_the_same_moment_tells_the_same_story(demo: str, again: Again) -> None:
    """To the last point of the last lot, and on both databases."""
    assert len(again.story) > 10_000
    assert _story() == again.story


def test_without_a_password_a_random_one_is_told(again: Again) -> None:
    password = again.told[2].split("password ")[1].split(",")[0]
    assert len(password) >= 12
    vault.unlock(again.secret)
    assert vault.secret_matches(again.owners_hash, password)


def _story() -> list[tuple[Any, ...]]:
    """What happened, without what is drawn by lot for safety's sake."""
    told: list[tuple[Any, ...]] = []
    for model, *columns in (
        (Member, Member.name, Member.tier, Member.points, Member.held, Member.birthday, Member.joined_at),
        (LedgerLine, LedgerLine.member, LedgerLine.kind, LedgerLine.points, LedgerLine.held, LedgerLine.at),
        (Lot, Lot.member, Lot.left, Lot.expires_at),
        (Redemption, Redemption.member, Redemption.reward, Redemption.state, Redemption.held_at),
        (Booking, Booking.member, Booking.state, Booking.starts_at, Booking.price),
        (Order, Order.member, Order.state, Order.price, Order.made_at, Order.promised_at, Order.ended_at),
        (Garment, Garment.kind, Garment.fabric, Garment.colour, Garment.stage, Garment.stage_at, Garment.failed),
        (Event, Event.verb, Event.member, Event.at),
    ):
        told += list(model.select(*columns).order_by(model.id).tuples())
    return told
