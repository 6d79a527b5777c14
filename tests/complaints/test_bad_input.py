"""What somebody might try: to jump the queue, to win time, to write into another's case, to fill it up, to read what is not theirs."""

import pytest

import models
from models import Case, CaseEntry, CaseOffer, EntryPhoto, Member, Photo, Store
from tests.complaints.places import card, cause, closed, complain, step
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, duty, ladder, offers
from webapp.complaints.cases import Report
from webapp.refusals import Missing, Refusal


def photo(world: World, member: Member | None = None, store: Store | None = None) -> Photo:
    number = Photo.select().count()
    return Photo.create(
        code=f"p{number}", hash=f"{number:064}", width=9, height=9, bytes=9, store=(store or world.bath).id,
        member=member.id if member else None, made_at=NOON,
    )  # fmt: skip


def guest(world: World, key: str, contact: str) -> Case:
    told = Report(key=key, kind="complaint", category="price", text="算错了", source="slip", contact=contact)
    return cases.report(world.bath, told, NOON)


# --- telling -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "conflict"},
        {"kind": "claim"},
        {"kind": "rating"},
        {"kind": "anything"},
        {"source": "letter"},
        {"category": "weather"},
        {"wish": "money"},
        {"about": "somebody"},
        {"ref": "r" * 25},
        {"contact": "1" * 61},
        {"text": "长" * 100_000},
        {"kind": "urgent", "category": "service"},  # only its category makes it so
    ],
)
def test_what_no_form_of_ours_sends_is_refused(world: World, wrong: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        complain(world, **wrong)
    assert Case.select().count() == 0


def test_staff_may_call_urgent_what_a_customer_may_not(world: World) -> None:
    told = Report(key="k", kind="urgent", category="service", text="客人很急", source="phone")
    case = cases.report(world.bath, told, NOON, member=world.mei, staff=world.chen)
    assert case.urgent
    assert case.owner_id == world.su.id  # a clerk who took the call is not senior
    assert case.made_by_id == world.chen.id


def test_praise_and_ideas_are_never_urgent_whatever_they_are_about(world: World) -> None:
    case = complain(world, kind="praise", category="safety")
    assert not case.urgent
    with pytest.raises(Refusal):
        cases.raise_urgent(case, world.chen, "很急", NOON)


def test_what_is_raised_goes_to_somebody_senior(world: World) -> None:
    case = cases.raise_urgent(complain(world), world.chen, "客人手机丢了", NOON)
    assert (case.owner_id, case.level) == (world.su.id, "senior")
    assert card(case).brief["owner"] == "苏姐"  # type: ignore[union-attr]
    other = cases.raise_urgent(complain(world, key="k2"), world.lin, "我来", NOON)
    assert other.owner_id == world.lin.id


# --- writing -----------------------------------------------------------------------------------------------------------


def test_a_customer_writes_no_notes_and_makes_no_decisions(world: World) -> None:
    case = complain(world)
    for kind in ("note", "decision", "findings", "question", "late", "offer"):
        with pytest.raises(Refusal):
            cases.say(case, "我决定", NOON, key="x", kind=kind)
    for kind in ("late", "closed", "reopened", "offer", "nothing"):
        with pytest.raises(Refusal):
            cases.say(case, "写", NOON, key="x", kind=kind, staff=world.chen)
    assert CaseEntry.select().count() == 1


def test_a_key_that_was_used_in_another_case_opens_nothing(world: World) -> None:
    mine, theirs = complain(world), complain(world, member=world.xin, key="k2")
    cases.say(mine, "我的话", NOON, key="same")
    for act in (
        lambda: cases.say(theirs, "别人的话", NOON, key="same"),
        lambda: closing.propose(theirs, world.lin, cause(world), "改了", "", NOON, key="same"),
        lambda: offers.discuss(
            offers.make(theirs, world.lin, "redo", 0, 0, "", NOON, key="o"), "不要", NOON, key="same"
        ),
    ):
        with pytest.raises(Refusal, match="用过"):
            act()


def test_a_thread_that_is_full_still_lets_the_shop_answer_and_close(world: World) -> None:
    case = complain(world)
    CaseEntry.insert_many(
        {"key": f"e{n}", "case": case.id, "kind": "said", "member": world.mei.id, "at": NOON}
        for n in range(cases.ENTRIES_MOST)
    ).execute()
    with pytest.raises(Refusal, match="当面"):
        cases.say(case, "还有", NOON, key="more")
    cases.say(case, "请到店里谈", NOON, key="answer", staff=world.chen)
    assert closed(world, NOON + HOUR, case).state == "closed"


def test_photos_are_a_few_and_ones_own(world: World) -> None:
    mine = [photo(world, world.mei) for _ in range(20)]
    case = complain(world)
    with pytest.raises(Refusal, match="照片"):
        cases.say(case, "看", NOON, key="x", photos=mine)
    for wrong in (photo(world, world.xin), photo(world, world.mei, world.laundry)):
        with pytest.raises(Missing):
            cases.say(case, "看", NOON, key="x", photos=[wrong])
    stranger = guest(world, "g", "1")
    with pytest.raises(Missing):
        cases.say(stranger, "看", NOON, key="x", photos=mine[:1])
    cases.say(case, "看", NOON, key="x", photos=[mine[0], mine[0], photo(world)])
    assert EntryPhoto.select().count() == 2


def test_too_long_a_word_when_opening_again_is_refused_not_cut(world: World) -> None:
    case = closed(world, NOON + DAY)
    with pytest.raises(Refusal, match="最多"):
        closing.reopen(case, "长" * 2001, NOON + 2 * DAY, key="r")
    assert world.fresh(case).state == "closed"


# --- winning time ------------------------------------------------------------------------------------------------------


def test_joining_an_old_case_to_a_new_one_wins_no_time(world: World) -> None:
    old, new = complain(world), complain(world, key="k2", at=NOON + 10 * MINUTE)
    into = closing.merge(old, new, world.lin, NOON + 11 * MINUTE)
    assert step(into, 1).due_at == NOON + 15 * MINUTE
    assert into.due_at == NOON + 15 * MINUTE
    assert card(into).due_at == NOON + 15 * MINUTE  # type: ignore[union-attr]


def test_joining_hides_no_missed_promise_and_lowers_no_urgency(world: World) -> None:
    urgent = complain(world, category="safety")
    ladder.sweep(NOON + 5 * MINUTE)
    new = complain(world, key="k2", at=NOON + 10 * MINUTE)
    cases.say(new, "在看了", NOON + 11 * MINUTE, key="a", staff=world.chen)
    into = closing.merge(urgent, new, world.lin, NOON + 12 * MINUTE)
    assert into.urgent
    assert into.level == "manager"
    assert step(into, 1).missed_at == NOON + 5 * MINUTE
    assert check.run() == []


def test_what_waits_for_the_customer_and_had_run_out_elsewhere_does_not_stand_still(world: World) -> None:
    old, new = complain(world), complain(world, key="k2", at=NOON + 6 * DAY)
    ladder.sweep(NOON + 7 * DAY)
    cases.say(new, "几点的事？", NOON + 7 * DAY, key="q", staff=world.chen, kind="question")
    into = closing.merge(old, new, world.lin, NOON + 7 * DAY)
    assert step(into, 4).paused_at is None
    assert check.run() == []


def test_a_complaint_does_not_disappear_in_a_compliment(world: World) -> None:
    case, praise = complain(world), complain(world, key="k2", kind="praise")
    with pytest.raises(Refusal, match="表扬"):
        closing.merge(case, praise, world.lin, NOON)
    assert world.fresh(world.mei).care_since == NOON
    assert closing.merge(praise, case, world.lin, NOON).id == case.id


def test_two_strangers_are_not_one_person(world: World) -> None:
    one, other, same = (
        guest(world, "a", "13800000077"),
        guest(world, "b", "13800000078"),
        guest(world, "c", "13800000077"),
    )
    nameless = guest(world, "d", ""), guest(world, "e", "")
    for pair in ((one, other), nameless, (one, complain(world))):
        with pytest.raises(Refusal, match="同一位"):
            closing.merge(*pair, world.lin, NOON)
    assert closing.merge(one, same, world.lin, NOON).id == same.id


def test_the_offers_of_a_case_go_with_its_thread(world: World) -> None:
    case, into = complain(world), complain(world, key="k2")
    offer = offers.make(case, world.lin, "redo", 0, 0, "", NOON, key="o")
    closing.merge(case, into, world.lin, NOON)
    moved = CaseOffer.get_by_id(offer.id)
    assert (moved.case_id, moved.state) == (into.id, "withdrawn")
    assert offers.find(into, offer.code).id == offer.id


def test_a_joined_case_is_not_opened_again(world: World) -> None:
    case, into = complain(world), complain(world, key="k2")
    closing.merge(case, into, world.lin, NOON)
    with pytest.raises(Refusal, match="另一件"):
        closing.reopen(world.fresh(case), "又来了", NOON + DAY, key="r")


# --- the worker --------------------------------------------------------------------------------------------------------


def test_one_case_that_cannot_be_handled_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "BATCH", 2)
    for n in range(3):
        told = Report(key=f"b{n}", kind="complaint", category="price", text="贵")
        cases.report(world.laundry, told, NOON, member=world.xin)
    good = complain(world, at=NOON + 1)
    Store.update(policy={"amends_fen": "broken"}).where(Store.id == world.laundry.id).execute()
    assert ladder.sweep(NOON + 15 * MINUTE + 1) == 1
    assert step(good, 1).missed_at == NOON + 15 * MINUTE + 1


def test_one_case_that_cannot_be_closed_holds_up_nobody(world: World) -> None:
    first, good = complain(world), complain(world, key="k2")
    for case in (first, good):
        closing.propose(case, world.lin, cause(world), "改了", "", NOON + case.id, key=f"p{case.id}")
    at = NOON + 8 * DAY
    CaseEntry.create(key=f"closed:{first.id}:1", case=first.id, kind="note", at=NOON)
    closing.lapse(at)
    assert (world.fresh(first).state, world.fresh(good).state) == ("closing", "closed")


def test_a_sweep_of_many_counts_on_whom_it_handed_them_to(world: World) -> None:
    for n in range(9):
        complain(world, key=f"k{n}", member=world.member(f"客{n}"))
    second = models.Staff.create(
        brand=world.brand.id,
        store=world.bath.id,
        username="su2",
        name="孙姐",
        role="senior",
        password_hash="",
        made_at=0,
    )
    assert ladder.sweep(NOON + 15 * MINUTE) == 9
    held = [Case.select().where(Case.owner == one).count() for one in (world.su, second)]
    assert sorted(held) == [4, 5]
    assert (
        duty.pick(world.bath, NOON, role="senior").id
        == min((world.su, second), key=lambda one: held[(one == second)]).id
    )  # type: ignore[union-attr]


def test_a_sweep_stops_when_its_time_is_over_and_goes_on_in_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "BATCH", 1)
    for n in range(3):
        complain(world, key=f"k{n}")
    assert ladder.sweep(NOON + 15 * MINUTE, seconds=0) == 0
    assert ladder.sweep(NOON + 15 * MINUTE) == 3
