"""The demo is lived-in, the same every time, and breaks nothing."""

import pytest
from peewee import Database, fn

from models import (
    Device,
    Event,
    JobRun,
    LedgerLine,
    Letter,
    Lot,
    Member,
    Message,
    OpeningInterval,
    Redemption,
    Reward,
    Shelf,
    Staff,
    Store,
    Work,
)
from tests.world import NOON
from webapp import check, clock, seeds, vault
from webapp.clock import DAY
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.refusals import Refusal
from webapp.stores import hours


@pytest.fixture
def demo(database: Database, at: int) -> list[str]:
    """The demo on a database of this test's own."""
    return seeds.load(at, "correct horse battery")


def test_the_demo_keeps_its_promises(demo: list[str]) -> None:
    assert check.run() == []
    assert "correct horse battery" in "\n".join(demo)
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


def test_its_people_can_sign_in(demo: list[str]) -> None:
    people = {person.username: person for person in Staff.select()}
    assert [people[name].role for name in ("owner", "manager", "senior", "clerk")] == [
        "owner",
        "manager",
        "senior",
        "clerk",
    ]
    assert people["owner"].store_id is None
    assert people["clerk"].store.slug == "bath"
    assert vault.secret_matches(people["clerk"].password_hash, "correct horse battery")
    assert vault.secret_matches(people["clerk"].pin_hash, seeds.DESK_PIN)


def test_every_board_has_something_to_show(demo: list[str], at: int) -> None:
    states = {row.state for row in Redemption.select(Redemption.state).distinct()}
    assert states == {"held", "captured", "declined", "cancelled", "expired", "reversed"}
    kinds = {row.kind for row in LedgerLine.select(LedgerLine.kind).distinct()}
    assert kinds >= {"earn", "hold", "capture", "release", "reverse", "expire"}
    waiting = Work.select().where(Work.done_at.is_null(), Work.due_at > at)
    assert sorted(card.kind for card in waiting) == ["arrival", "redemption", "redemption"]
    assert Reward.select().count() >= 10
    assert {reward.kind for reward in Reward.select()} >= {"item", "service", "trial", "amount"}
    assert Shelf.select().where(Shelf.stock == 0).exists()
    assert Message.select().where(Message.read_at.is_null()).exists()
    assert Event.select().where(Event.verb == "joined").count() == 600
    bath = Store.get(Store.slug == "bath")
    assert hours.of([bath])[bath.id][2] == [(600, 1560)]
    assert OpeningInterval.select().count() > 21


def test_it_signs_nobody_in_and_sends_nothing(demo: list[str]) -> None:
    assert Device.select().count() == Letter.select().count() == JobRun.select().count() == 0


def test_life_goes_on_after_it(demo: list[str], at: int) -> None:
    member, bath = Member.get_by_id(2), Store.get(Store.slug == "bath")
    purchases.record(bath, Bill(10_000, "after", "desk"), member, None, at)
    assert Member.get_by_id(2).points == 100
    assert check.run() == []


def test_a_second_loading_is_refused_and_changes_nothing(demo: list[str], at: int) -> None:
    before = Event.select().count()
    with pytest.raises(Refusal, match="空的数据库"):
        seeds.load(at)
    assert Event.select().count() == before


def test_without_a_password_a_random_one_is_told(database: Database, at: int) -> None:
    lines = seeds.load(at)
    password = lines[2].split("password ")[1].split(",")[0]
    assert len(password) >= 12
    assert vault.secret_matches(Staff.get(Staff.username == "owner").password_hash, password)
