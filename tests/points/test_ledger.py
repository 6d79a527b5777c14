"""The ledger by itself: each verb's promise, and that a repeat changes nothing."""

import pytest
from peewee import Database, IntegrityError

from models import LedgerLine, Lot, LotUse, Member
from tests.points.books import assert_books, balance
from tests.world import World
from webapp.clock import DAY
from webapp.points import ledger
from webapp.points.ledger import Origin
from webapp.refusals import Refusal

WHY = Origin("bill")


@pytest.fixture
def ann(world: World) -> Member:
    return world.member("安")


def earn(member: Member, points: int, at: int, *, key: str = "", lasts: int = 100) -> int:
    key = key or f"earn {points} {at} {lasts}"
    return ledger.earn(member.id, points, kind="earn", key=key, at=at, expires_at=at + lasts * DAY, origin=WHY)


def left(member: Member) -> list[int]:
    return [row[0] for row in Lot.select(Lot.left).where(Lot.member == member.id).order_by(Lot.id).tuples()]


def test_spending_takes_the_soonest_to_lapse_and_remembers_which(world: World, ann: Member) -> None:
    earn(ann, 100, world.at, lasts=50)
    earn(ann, 100, world.at, lasts=20)
    line = ledger.hold(ann.id, 150, key="h", at=world.at, origin=WHY)
    assert left(ann) == [50, 0]
    assert [use.points for use in LotUse.select().where(LotUse.line == line).order_by(LotUse.id)] == [100, 50]
    assert balance(ann) == (50, 150, 0)
    assert_books()


def test_a_released_hold_returns_to_the_same_lots(world: World, ann: Member) -> None:
    earn(ann, 100, world.at, lasts=50)
    earn(ann, 100, world.at, lasts=20)
    line = ledger.hold(ann.id, 150, key="h", at=world.at, origin=WHY)
    ledger.release(line, key="s", at=world.at + 5, origin=WHY)
    assert left(ann) == [100, 100]
    assert balance(ann) == (200, 0, 0)
    assert_books()


def test_what_the_shop_gives_back_lives_at_least_fourteen_days(world: World, ann: Member) -> None:
    earn(ann, 100, world.at, lasts=3)
    line = ledger.hold(ann.id, 100, key="h", at=world.at, origin=WHY)
    ledger.release(line, key="s", at=world.at, origin=WHY, return_days=14)
    assert Lot.get(Lot.member == ann.id).expires_at == world.at + 14 * DAY
    assert ledger.lapse(ann.id, world.at + 14 * DAY - 1) == 0
    assert ledger.lapse(ann.id, world.at + 14 * DAY) == 100


def test_points_that_lapse_while_they_are_held_are_honoured(world: World, ann: Member) -> None:
    earn(ann, 100, world.at, lasts=1)
    line = ledger.hold(ann.id, 60, key="h", at=world.at, origin=WHY)
    assert ledger.lapse(ann.id, world.at + 2 * DAY) == 40
    ledger.capture(line, key="s", at=world.at + 2 * DAY, origin=WHY)
    assert balance(ann) == (0, 0, 0)
    assert_books()


def test_an_undone_spending_returns_to_the_same_lots_with_days_to_live(world: World, ann: Member) -> None:
    earn(ann, 100, world.at, lasts=1)
    hold = ledger.hold(ann.id, 100, key="h", at=world.at, origin=WHY)
    ledger.capture(hold, key="s", at=world.at, origin=WHY)
    captured = LedgerLine.get(LedgerLine.key == "s").id
    late = world.at + 2 * DAY
    ledger.reverse_capture(captured, key="u", at=late, origin=WHY, return_days=14)
    assert balance(ann) == (100, 0, 0)
    assert ledger.lapse(ann.id, late + 13 * DAY) == 0
    assert_books()


def test_lapsing_is_written_off_before_anybody_can_spend_it(world: World, ann: Member) -> None:
    earn(ann, 100, world.at, lasts=1)
    with pytest.raises(Refusal) as no:
        ledger.hold(ann.id, 50, key="h", at=world.at + DAY, origin=WHY)
    assert no.value.params["missing"] == 50
    assert balance(ann) == (100, 0, 0)  # a refusal changes nothing; the write-off comes with the next look
    assert ledger.up_to_date(ann, world.at + DAY).points == 0
    assert ledger.lapse(ann.id, world.at + DAY) == 0
    assert_books()


def test_a_hold_beyond_the_balance_says_how_much_is_missing(world: World, ann: Member) -> None:
    earn(ann, 30, world.at)
    with pytest.raises(Refusal) as no:
        ledger.hold(ann.id, 50, key="h", at=world.at, origin=WHY)
    assert (no.value.code, no.value.params) == ("not_enough_points", {"missing": 20})


def test_a_refund_of_spent_points_is_owed_and_the_next_earning_pays_it_first(world: World, ann: Member) -> None:
    line = earn(ann, 100, world.at)
    spent = ledger.hold(ann.id, 80, key="h", at=world.at, origin=WHY)
    ledger.capture(spent, key="s", at=world.at, origin=WHY)
    ledger.take_back(line, 100, key="r", at=world.at, origin=WHY)
    assert balance(ann) == (0, 0, 80)
    earn(ann, 50, world.at + 1)
    assert balance(ann) == (0, 0, 30)
    earn(ann, 50, world.at + 2)
    assert balance(ann) == (20, 0, 0)
    assert_books()


def test_a_refund_does_not_ask_for_what_has_lapsed(world: World, ann: Member) -> None:
    line = earn(ann, 100, world.at, lasts=1)
    ledger.lapse(ann.id, world.at + DAY)
    assert ledger.take_back(line, 100, key="r", at=world.at + DAY, origin=WHY) is None
    assert balance(ann) == (0, 0, 0)


def test_a_refund_takes_the_lot_itself_before_others(world: World, ann: Member) -> None:
    earn(ann, 100, world.at, lasts=5)
    line = earn(ann, 100, world.at, lasts=50)
    ledger.take_back(line, 60, key="r", at=world.at, origin=WHY)
    assert left(ann) == [100, 40]


def test_released_points_pay_what_is_owed(world: World, ann: Member) -> None:
    line = earn(ann, 100, world.at)
    held = ledger.hold(ann.id, 100, key="h", at=world.at, origin=WHY)
    ledger.take_back(line, 40, key="r", at=world.at, origin=WHY)
    assert balance(ann) == (0, 100, 40)
    ledger.release(held, key="s", at=world.at, origin=WHY)
    assert balance(ann) == (60, 0, 0)
    assert_books()


def test_every_verb_twice_is_once(world: World, ann: Member) -> None:
    def all_of_them() -> list[int | None]:
        first = earn(ann, 100, world.at, key="e")
        held = ledger.hold(ann.id, 40, key="h", at=world.at, origin=WHY)
        ledger.capture(held, key="s", at=world.at, origin=WHY)
        captured = LedgerLine.get(LedgerLine.key == "s").id
        undone = ledger.reverse_capture(captured, key="u", at=world.at, origin=WHY, return_days=14)
        other = ledger.hold(ann.id, 10, key="h2", at=world.at, origin=WHY)
        released = ledger.release(other, key="s2", at=world.at, origin=WHY)
        adjusted = ledger.adjust(ann.id, -5, key="a", at=world.at, expires_at=0, origin=WHY)
        taken = ledger.take_back(first, 30, key="r", at=world.at, origin=WHY)
        return [first, held, captured, undone, other, released, adjusted, taken]

    lines = all_of_them()
    assert all_of_them() == lines
    assert balance(ann) == (65, 0, 0)
    assert LedgerLine.select().where(LedgerLine.member == ann.id).count() == len(lines)
    assert_books()


@pytest.mark.parametrize("settle", [ledger.capture, ledger.release])
def test_a_hold_is_settled_once_even_under_another_key(world: World, ann: Member, settle: object) -> None:
    earn(ann, 100, world.at)
    held = ledger.hold(ann.id, 40, key="h", at=world.at, origin=WHY)
    ledger.release(held, key="first", at=world.at, origin=WHY)
    with pytest.raises(ValueError, match="still open"):
        settle(held, key="second", at=world.at, origin=WHY)  # type: ignore[operator]
    assert balance(ann) == (100, 0, 0)


def test_the_table_refuses_what_a_careless_writer_would_do(world: World, ann: Member, database: Database) -> None:
    earn(ann, 100, world.at)
    for careless in (
        Member.update({Member.points: -1}).where(Member.id == ann.id),
        Lot.update({Lot.left: Lot.size + 1}).where(Lot.member == ann.id),
        Lot.update({Lot.left: -1}).where(Lot.member == ann.id),
    ):
        with pytest.raises(IntegrityError), database.atomic():
            careless.execute()
