"""`flask check` finds what no rule would ever write: each damage below is done behind the rules' back and named by one invariant."""

from collections.abc import Callable

import pytest

import models
from models import (
    Booking,
    Feed,
    LedgerLine,
    Lot,
    LotUse,
    Member,
    Part,
    Purchase,
    Redemption,
    Refund,
    Seat,
    Shelf,
    Standing,
    Visit,
    Waiter,
    Work,
)
from tests.bookings.places import Bath, moment
from tests.world import World
from webapp import check
from webapp.bookings import addresses, bookings, calendars, closures, questions, standings, waiting
from webapp.bookings.holding import For, Wish
from webapp.points import purchases, visits
from webapp.points.purchases import Bill
from webapp.rewards import redemptions


@pytest.fixture
def lived(world: World) -> World:
    """A bill, half of it refunded; a reward handed over, one undone, one declined, one held; bookings in every state."""
    bill = purchases.record(world.bath, Bill(48_600, "k1", "desk"), world.mei, world.chen, world.at)
    purchases.refund(bill.id, 24_300, key="r1", staff=world.lin, at=world.at)
    visits.check_in(world.xin, world.bath, "counter", world.at)
    for number, act in enumerate((redemptions.approve, _approve_and_undo, _decline)):
        held = redemptions.hold(world.mei, world.tea, world.bath, ticket=f"t{number}", at=world.at)
        act(held, world.chen, world.at + 60)
    redemptions.hold(world.mei, world.towel, world.bath, ticket="running", at=world.at)
    _book(Bath(world), world)
    return world


def _book(bath: Bath, world: World) -> None:
    """Both rooms at seven, one of them broken; somebody in line with an offer, one request, one visit, one that was called off."""
    bath.family.options = [{"key": "robe", "name": {"zh": "浴袍"}, "price": 800}]
    bath.family.save()
    both = [Wish(bath.family.id, moment("19:00"), 2), Wish(bath.swim.id, moment("20:30"), 2)]
    bookings.book(both, bath.store, For(world.mei, options=("robe",)), key="both", at=world.at)
    gone = bath.book(world.member("客"), moment("19:00"))
    waiting.join(world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, world.at)
    bookings.cancel(gone, world.at, member=gone.member)
    bath.book(world.mei, moment("15:00"), 1, what=bath.massage)
    here = bath.book(world.mei, moment("16:00"))
    bookings.done(bookings.arrive(here, moment("16:00")), world.chen, moment("17:30"))
    closures.close(bath.store, bath.small, moment("18:00"), moment("22:00"), "", world.lin, world.at)
    bath.family.kind = "pickup"
    home = addresses.add(world.mei, "家", "解放路 1 号", world.at)
    standings.start(world.mei, bath.family, 5, 600, home, "", world.at)
    calendars.make_feed(world.mei, world.at)
    questions.ask(world.mei, world.bath, "在吗", "k", world.at)


def _approve_and_undo(held: Redemption, staff: models.Staff, at: int) -> None:
    redemptions.undo(redemptions.approve(held, staff, at), staff, at + 1)


def _decline(held: Redemption, staff: models.Staff, at: int) -> None:
    redemptions.decline(held, staff, "out_of_stock", at)


def test_a_shop_that_was_lived_in_breaks_nothing(lived: World) -> None:
    assert check.run() == []


def test_an_empty_database_breaks_nothing(database: object) -> None:
    assert check.run() == []


DAMAGES: list[tuple[str, Callable[[], object]]] = [
    ("points, held and owed are the sums", lambda: Member.update(points=Member.points + 1).execute()),
    ("left in a member's lots", lambda: Member.update(points=Member.points + 1).execute()),
    ("gone from a lot", lambda: LotUse.delete().execute()),
    ("has one lot of its size", lambda: Lot.update(size=Lot.size + 1).execute()),
    ("took from lots is what it says", lambda: LotUse.update(points=LotUse.points + 1).execute()),
    ("amount × rate × level", lambda: LedgerLine.update(points=1).where(LedgerLine.kind == "earn").execute()),
    ("held points are the running holds", lambda: Redemption.update(points=1).where(Redemption.state == "held").execute()),
    ("same points of the same member", lambda: Redemption.update(points=Redemption.points + 1).execute()),
    ("every hold belongs to one redemption", lambda: Redemption.update(line=None).execute()),
    ("settled once, as its redemption says", lambda: Redemption.update(state="captured").execute()),
    ("gave everything back, once", lambda: Redemption.update(state="reversed").where(Redemption.state == "captured").execute()),
    ("stamps are those of its state", lambda: Redemption.update(settled_at=None).execute()),
    ("one open card", lambda: Work.update(done_at=1).execute()),
    ("sum of its refunds", lambda: Refund.update(amount=1).execute()),
    ("takes back no more than it gave", lambda: LedgerLine.update(owed=10**6).where(LedgerLine.reason == "refund").execute()),
    ("lines of a bill are those of its member", lambda: Purchase.update(member=None).execute()),
    ("has a twin of the same member", lambda: LedgerLine.update(twin=None).where(LedgerLine.kind == "capture").execute()),
    ("takes only from its own member's lots", lambda: Lot.update(member=_other()).execute()),
    ("takes from the shelf of its own reward", lambda: Redemption.update(shelf=Shelf.select(Shelf.id).order_by(Shelf.id.desc()).limit(1)).execute()),
    ("a phone number is sealed", lambda: Member.update(phone_key=None).execute()),
    ("found by the name they have", lambda: Member.update(name="林小美").where(Member.name == "林小满").execute()),
    ("found by the name they have", lambda: Member.update(name_key=None).where(Member.name == "林小满").execute()),
    ("found by the name they have", lambda: Member.update(name="").where(Member.name == "林小满").execute()),
    ("merged into another opens nothing", lambda: Member.update(merged_into=_other()).execute()),
    ("nobody who owes has points", lambda: Member.update(owed=5).execute()),
    ("has the seats its parts need", lambda: Seat.delete().where(Seat.number == 0).execute()),
    ("no other booking has any", lambda: Booking.update(state="declined").where(Booking.state == "confirmed").execute()),
    ("a seat lies in the time", lambda: Seat.update(at=Seat.at - 864000).execute()),
    ("given to more than it holds", lambda: Seat.update(number=Seat.number + 6).execute()),
    ("they begin and end with it", lambda: Booking.update(ends_at=Booking.ends_at + 60).execute()),
    ("are of its store", lambda: models.Resource.update(store=models.Store.get(slug="laundry").id).execute()),
    ("that of its parts and options", lambda: Part.update(price=Part.price + 1).execute()),
    ("that of its parts and options", lambda: Booking.update(options=[]).execute()),
    ("a booking's stamps", lambda: Booking.update(offer_until=None).execute()),
    ("a booking's stamps", lambda: Booking.update(ended_at=None).execute()),
    ("a request has one open card", lambda: Work.update(done_at=1).where(Work.kind == "booking").execute()),
    ("a question that nobody has answered", lambda: Work.update(done_at=1).where(Work.kind == "question").execute()),
    ("on a card to be rebooked", lambda: Booking.update(state="arrived").where(Booking.state == "confirmed").execute()),
    ("who is offered a place", lambda: Waiter.update(state="waiting").execute()),
    ("nobody waits for what they have", lambda: Booking.update(state="confirmed").where(Booking.state == "offered").execute()),
    ("line, weekly wish and address", lambda: Standing.update(member=_other()).execute()),
    ("comes to nothing", lambda: Member.update(erased_at=1).where(Member.id == Feed.select(Feed.member)).execute()),
]  # fmt: skip


def _other() -> int:
    return int(Member.select(Member.id).order_by(Member.id.desc()).limit(1).scalar())


def test_every_damage_is_found_and_named(lived: World) -> None:
    for name, damage in DAMAGES:
        with models.database.obj.atomic() as undo:
            damage()
            found = [breach for breach in check.run() if name in breach.name]
            undo.rollback()
        assert found, name
        assert found[0].rows[0].count("=") >= 1
    assert check.run() == []


def test_a_second_open_visit_is_refused_by_the_table_and_found_without_it(lived: World) -> None:
    index = "DROP INDEX visit_open"
    with models.database.obj.atomic() as undo:
        models.database.obj.execute_sql(index)
        seen = Visit.get(Visit.member == lived.xin.id)
        Visit.create(member=lived.xin.id, store=seen.store_id, source="desk", at=1, closes_at=2)
        assert any("one open visit" in breach.name for breach in check.run())
        undo.rollback()


@pytest.mark.only_on("sqlite")  # PostgreSQL never lets one in
def test_a_reference_that_leads_nowhere_is_found(lived: World) -> None:
    models.database.obj.execute_sql("PRAGMA foreign_keys = 0")
    Member.delete().where(Member.id == lived.xin.id).execute()
    assert any("every reference" in breach.name for breach in check.run())


def test_every_invariant_is_in_the_document() -> None:
    from pathlib import Path

    text = (Path(__file__).parents[1] / "docs" / "invariants.md").read_text("utf-8")
    missing = [wanted.name for wanted in check.INVARIANTS + check.SQLITE_ONLY if wanted.name not in text]
    assert not missing
