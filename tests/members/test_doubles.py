"""Two full cards of one person: both say yes, everything moves, and for seven days all of it goes back; the books hold after every step."""

from collections.abc import Callable
from typing import Any

import pytest

from models import (
    Case,
    CaseEntry,
    Device,
    Kin,
    LedgerLine,
    Lot,
    Member,
    Memory,
    Merge,
    Moved,
    Purchase,
    Redemption,
    Staff,
    Visit,
)
from tests.world import MEMBER_PIN, NOON, World
from webapp import check, signins, vault
from webapp.clock import DAY, HOUR
from webapp.complaints import cases
from webapp.members import doubles, kin, memory, merging, parting, phones, privacy
from webapp.outbox import inbox
from webapp.points import ledger, purchases, visits
from webapp.refusals import Missing, Refusal
from webapp.rewards import redemptions


@pytest.fixture
def twin(world: World) -> Member:
    """A second card of Mei's, with another number, on which she has bought, earned, spent and signed in."""
    made = world.member("林小满", "13911110001", birthday=1103, pin_hash=vault.hash_secret(MEMBER_PIN))
    Member.update(birthday=1103).where(Member.id == world.mei.id).execute()
    world.give(made, 300, lasts=30 * DAY)
    purchases.record(world.bath, purchases.Bill(5000, "bill-1", "desk"), made, world.chen, NOON)
    tea = redemptions.hold(made, world.tea, world.bath, ticket="ticket-one", at=NOON)
    redemptions.approve(tea, world.chen, NOON)
    visits.check_in(made, world.bath, "counter", NOON)
    signins.open_for_member(made, world.bath, "phone", NOON)
    memory.add(made, NOON, key="likes-tea", text="茶要烫一点")
    return world.fresh(made)  # type: ignore[no-any-return]


def asked(world: World, twin: Member) -> Merge:
    return doubles.propose(world.mei, twin, world.bath, world.su, NOON)


def joined(world: World, twin: Member, at: int = NOON + 60) -> Merge:
    merge = asked(world, twin)
    doubles.agree(merge, world.mei, at)
    return doubles.agree(merge, twin, at)


def whole(world: World, *members: Member) -> dict[str, Any]:
    """All that two cards have, without what only grows."""
    rows: dict[str, Any] = {}
    for model, field in parting.fields():
        for member in members:
            ids = [row[0] for row in model.select(model._meta.primary_key).where(field == member.id).tuples()]
            rows[f"{field.model.__name__}.{field.name} {member.code}"] = sorted(ids)
    for member in members:
        now = world.fresh(member)
        rows[f"person {member.code}"] = {name: getattr(now, name) for name in parting._PERSON if name != "phone_sealed"}
        rows[f"phone {member.code}"] = phones.of(now)
        rows[f"points {member.code}"] = (now.points, now.owed, now.held)
        lots = Lot.select(Lot.left, Lot.expires_at).where(Lot.member == member.id, Lot.left > 0)
        rows[f"lots {member.code}"] = sorted(lots.tuples())
    return rows


def test_they_are_found_by_name_and_birthday(world: World, twin: Member) -> None:
    pair = doubles.find()[0]
    assert {pair.first.id, pair.second.id} == {world.mei.id, twin.id}
    assert pair.reasons == ["birthday", "tail"]


def test_nothing_moves_before_both_have_said_yes(world: World, twin: Member) -> None:
    merge = asked(world, twin)
    assert inbox.unread(world.mei.id)
    assert inbox.unread(twin.id)
    assert doubles.agree(merge, world.mei, NOON).state == "asked"
    assert doubles.agree(merge, world.mei, NOON).state == "asked"
    assert world.fresh(twin).points == twin.points
    assert doubles.find() == []


def test_with_the_second_yes_everything_is_on_one_card(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    first, second = Member.get_by_id(merge.first_id), Member.get_by_id(merge.second_id)
    assert merge.state == "merged"
    assert (first.points, second.points) == (1280 + twin.points, 0)
    assert (second.phone_key, second.pin_hash) == (None, None)
    assert merging.survivor(second) == first
    for model in (Visit, Purchase, Redemption, Device, Memory):
        assert model.select().where(model.member == second.id).count() == 0
        assert model.select().where(model.member == first.id).count() == 1
    assert check.run() == []


def test_taken_apart_at_once_everything_is_as_it_was(world: World, twin: Member) -> None:
    merge = asked(world, twin)
    before = whole(world, world.mei, twin)
    messages = {name: rows for name, rows in before.items() if name.startswith("Message.")}
    doubles.agree(merge, world.mei, NOON)
    doubles.agree(merge, twin, NOON)
    assert check.run() == []
    assert doubles.undo(merge, NOON + DAY, member=Member.get_by_id(merge.first_id)).state == "undone"
    after = whole(world, world.mei, twin)
    assert check.run() == []
    assert {name: after[name] for name in messages}.keys() == messages.keys()
    grows = ("Message.", "Letter.", "LevelMove.")
    assert {n: r for n, r in after.items() if not n.startswith(grows)} == {
        n: r for n, r in before.items() if not n.startswith(grows)
    }
    assert Moved.select().count() == 0


def test_twice_is_once(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    points = Member.get_by_id(merge.first_id).points
    assert doubles.agree(merge, Member.get_by_id(merge.first_id), NOON + 70).state == "merged"
    assert Member.get_by_id(merge.first_id).points == points
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    lines = LedgerLine.select().count()
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert LedgerLine.select().count() == lines


def test_points_go_back_as_far_as_they_are_left(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    owner = Member.get_by_id(merge.first_id)
    ledger.adjust(owner.id, -100, key="spent", at=NOON + 90, expires_at=NOON, origin=ledger.Origin("adjusted"))
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    other = world.fresh(twin)
    assert world.fresh(owner).points + other.points == 1280 + twin.points - 100
    assert other.points == twin.points - 100  # the soonest to lapse were spent, and those were the twin's
    assert check.run() == []


@pytest.mark.parametrize("spent", [False, True])
def test_a_bill_refunded_meanwhile_is_borne_by_whose_bill_it_was(world: World, twin: Member, spent: bool) -> None:
    merge = joined(world, twin)
    if spent:  # nothing is left at all: what the refund takes is owed
        everything = -Member.get_by_id(merge.first_id).points
        gone = ledger.Origin("adjusted")
        ledger.adjust(merge.first_id, everything, key="gone", at=NOON + 61, expires_at=NOON, origin=gone)
    purchases.refund(Purchase.get().id, 5000, key="back", staff=world.chen, at=NOON + 70)
    assert check.run() == []
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert check.run() == []
    first, now = world.fresh(world.mei), world.fresh(twin)
    assert (first.points, first.owed) == (0 if spent else 1280, 0)
    assert (now.points, now.owed) == ((0, 50) if spent else (twin.points - 50, 0))
    purchases.record(world.bath, purchases.Bill(9000, "bill-2", "desk"), now, world.chen, NOON + 2 * DAY)
    assert check.run() == []


def test_what_was_earned_as_one_stays_with_the_card_that_goes_on(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    purchases.record(
        world.bath, purchases.Bill(4000, "bill-3", "desk"), Member.get_by_id(merge.first_id), world.chen, NOON + HOUR
    )
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert world.fresh(world.mei).points == 1280 + 40
    assert world.fresh(twin).points == twin.points
    assert check.run() == []


def test_a_debt_paid_by_the_other_is_owed_again(world: World, twin: Member) -> None:
    ledger.adjust(twin.id, -twin.points, key="gone", at=NOON, expires_at=NOON, origin=ledger.Origin("adjusted"))
    purchases.refund(Purchase.get().id, 5000, key="back", staff=world.chen, at=NOON)
    merge = joined(world, twin)
    assert (world.fresh(world.mei).points, world.fresh(twin).owed) == (1230, 0)
    assert check.run() == []
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert (world.fresh(world.mei).points, world.fresh(twin).owed) == (1280, 50)
    assert check.run() == []


def test_who_took_the_number_meanwhile_keeps_it(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    newcomer = world.member("新来的", "13911110001")
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert phones.of(world.fresh(newcomer)) == "+8613911110001"
    assert phones.of(world.fresh(twin)) == ""
    assert check.run() == []


def test_an_answer_in_a_case_goes_back_with_its_case(world: World, twin: Member) -> None:
    case = _case(world, twin)
    merge = joined(world, twin)
    assert world.fresh(world.mei).care_since is not None
    owner = Member.get_by_id(merge.first_id)
    entry = CaseEntry.create(
        key="said-one-more", case=case.id, kind="said", member=owner.id, text_sealed=vault.seal("还没好"), at=NOON + 99
    )
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert world.fresh(case).member_id == twin.id
    assert world.fresh(entry).member_id == twin.id
    assert world.fresh(world.mei).care_since is None
    assert world.fresh(twin).care_since is not None
    assert check.run() == []


def test_a_card_that_swallowed_a_pass_takes_it_along_and_back(world: World, twin: Member) -> None:
    guest = world.member("小客", None)
    world.give(guest, 70)
    merging.merge(guest, twin, world.chen, world.bath, NOON)
    merge = joined(world, twin)
    assert world.fresh(guest).merged_into_id == merge.first_id
    world.give(guest, 5)
    merging.sweep(NOON + 99)
    assert check.run() == []
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert world.fresh(guest).merged_into_id == twin.id
    assert world.fresh(twin).points == twin.points + 75
    assert world.fresh(world.mei).points == 1280
    assert check.run() == []


def test_the_later_merge_is_taken_apart_first(world: World, twin: Member) -> None:
    third = world.member("林小满", "13922220001")
    merge = joined(world, twin)
    later = doubles.propose(Member.get_by_id(merge.first_id), third, world.bath, world.su, NOON + 90)
    doubles.agree(later, Member.get_by_id(merge.first_id), NOON + 91)
    doubles.agree(later, third, NOON + 91)
    with pytest.raises(Refusal, match="先撤销后一次"):
        doubles.undo(merge, NOON + DAY, staff=world.lin)
    doubles.undo(later, NOON + DAY, staff=world.lin)
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert (world.fresh(world.mei).points, world.fresh(twin).points, world.fresh(third).points) == (
        1280,
        twin.points,
        0,
    )
    assert check.run() == []


def test_merged_undone_and_merged_again(world: World, twin: Member) -> None:
    doubles.undo(joined(world, twin), NOON + DAY, staff=world.lin)
    again = joined(world, twin, NOON + 2 * DAY)
    assert Member.get_by_id(again.first_id).points == 1280 + twin.points
    assert check.run() == []
    doubles.undo(again, NOON + 3 * DAY, staff=world.lin)
    assert (world.fresh(world.mei).points, world.fresh(twin).points) == (1280, twin.points)
    assert check.run() == []


REFUSALS: list[tuple[str, Callable[[World, Member, Merge], Any], type[Refusal]]] = [
    ("after seven days", lambda w, t, m: doubles.undo(m, NOON + 8 * DAY, staff=w.lin), Refusal),
    ("by somebody else", lambda w, t, m: doubles.undo(m, NOON + DAY, member=w.xin), Missing),
    ("a yes by somebody else", lambda w, t, m: doubles.agree(m, w.xin, NOON), Missing),
    ("a no that is too late", lambda w, t, m: doubles.refuse(m, NOON + DAY, staff=w.lin), Refusal),
]


@pytest.mark.parametrize("what", [name for name, _, _ in REFUSALS])
def test_what_is_refused_changes_nothing(world: World, twin: Member, what: str) -> None:
    _, act, error = next(row for row in REFUSALS if row[0] == what)
    merge = joined(world, twin)
    points = world.fresh(world.mei).points
    with pytest.raises(error):
        act(world, twin, merge)
    assert (world.fresh(merge).state, world.fresh(world.mei).points) == ("merged", points)


def test_a_forgotten_card_is_not_parted_again_and_nothing_of_it_is_kept(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    privacy.erase(Member.get_by_id(merge.first_id), NOON + 99)
    assert Moved.select().count() == 0
    with pytest.raises(Refusal):
        doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert check.run() == []


def test_at_the_counter_the_cards_own_pin_says_yes_and_a_wrong_one_does_not(world: World, twin: Member) -> None:
    merge = asked(world, twin)
    with pytest.raises(Refusal, match="密码不对"):
        doubles.agree_by_pin(merge, twin, "000000", world.chen, source="desk", at=NOON)
    assert world.fresh(merge).second_yes_at is None
    doubles.agree_by_pin(merge, twin, MEMBER_PIN, world.chen, source="desk", at=NOON)
    assert NOON in (world.fresh(merge).first_yes_at, world.fresh(merge).second_yes_at)


def test_a_manager_vouches_for_one_card_only_and_never_for_their_own_question(world: World, twin: Member) -> None:
    own = doubles.propose(world.mei, twin, world.bath, world.lin, NOON)
    for person in (world.lin, world.su, world.zhao):
        with pytest.raises(Refusal):
            doubles.vouch(own, twin, person, NOON)
    doubles.agree(own, world.mei, NOON)
    with pytest.raises(Refusal):
        doubles.vouch(own, twin, world.lin, NOON)
    assert doubles.vouch(own, twin, world.zhao, NOON).state == "merged"


def test_nobody_merges_their_own_card(world: World, twin: Member) -> None:
    Staff.update(member=twin.id).where(Staff.id == world.chen.id).execute()
    with pytest.raises(Refusal, match="自己的卡"):
        doubles.propose(world.mei, twin, world.bath, world.fresh(world.chen), NOON)


def test_two_people_are_never_asked_about_again(world: World, twin: Member) -> None:
    doubles.refuse(asked(world, twin), NOON, member=twin)
    assert doubles.find() == []


def test_a_question_lapses_and_what_was_kept_for_the_undo_is_forgotten(world: World, twin: Member) -> None:
    merge = joined(world, twin)
    other = doubles.propose(world.xin, world.member("周新", "13922220002"), world.bath, world.su, NOON)
    doubles.lapse(NOON + 31 * DAY)
    assert (world.fresh(merge).state, world.fresh(other).state) == ("merged", "lapsed")
    assert Moved.select().count() == 0


def test_ties_of_the_family_go_along_and_come_back(world: World, twin: Member) -> None:
    for member, helper in ((twin, world.xin), (world.mei, world.xin), (twin, world.mei)):
        Kin.create(code=vault.code(10), member=member.id, helper=helper.id, asked_at=NOON, agreed_at=NOON)
    before = sorted(Kin.select(Kin.member, Kin.helper, Kin.ended_at).tuples())
    merge = joined(world, twin)
    running = Kin.select(Kin.member, Kin.helper).where(kin.RUNNING)
    assert list(running.tuples()) == [(merge.first_id, world.xin.id)]
    doubles.undo(merge, NOON + DAY, staff=world.lin)
    assert sorted(Kin.select(Kin.member, Kin.helper, Kin.ended_at).tuples()) == before


def _case(world: World, member: Member) -> Case:
    told = cases.Report("case-one-of-twin", "complaint", "environment", "水是凉的")
    return cases.report(world.bath, told, NOON, member=member)


def test_every_column_that_says_whose_something_is_has_a_place_in_a_parting() -> None:
    """A table with two such columns cannot be tied by one of them: it is put back column by column."""
    tables = [model for model, _ in parting.fields()]
    twice = {model for model in tables if tables.count(model) > 1}
    assert twice <= parting.LOOSE
    known = {field.model for field in Member._meta.backrefs}
    assert known == {*tables, *parting.STAYS, *parting.ONE_EACH}
    assert all(len(f"{model._meta.table_name}.{field.name}") <= 30 for model, field in parting.fields())
