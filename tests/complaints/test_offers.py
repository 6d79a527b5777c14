"""What the shop offers to make it right: one on the table, accepted once, given once; talked about or taken back."""

import pytest

from models import Case, CaseOffer, Coupon, LedgerLine, Message, Work
from tests.complaints.places import card, cause, closed, complain, entries, step
from tests.world import NOON, World
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, offers
from webapp.complaints.cases import Report
from webapp.refusals import Forbidden, Missing, Refusal


def coupon(world: World, case: Case, amount: int = 2000, key: str = "o1", at: int = NOON + MINUTE) -> CaseOffer:
    return offers.make(case, world.lin, "coupon", amount, 0, "给您赔个不是", at, key=key)


def test_an_offer_is_a_decision_and_then_the_shop_waits(world: World) -> None:
    case = complain(world)
    offer = coupon(world, case)
    assert [bool(step(case, n).done_at) for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert world.fresh(case).state == "waiting"
    assert step(case, 4).paused_at == NOON + MINUTE
    assert card(case) is None
    assert offers.on_the_table(case) == offer
    assert Message.get(Message.text == "case_offer.coupon").params["amount"] == 2000


def test_accepted_the_coupon_is_in_the_wallet_once(world: World) -> None:
    case = complain(world)
    offer = coupon(world, case)
    for at in (NOON + HOUR, NOON + 2 * HOUR):
        assert offers.accept(offer, at).state == "accepted"
    (given,) = Coupon.select()
    assert (given.member_id, given.amount, given.reason, given.made_at) == (world.mei.id, 2000, "offer", NOON + HOUR)
    case = world.fresh(case)
    assert case.state == "open"
    assert step(case, 4).due_at == NOON + 7 * DAY + HOUR - MINUTE
    assert card(case) is not None


def test_accepted_points_stand_in_the_ledger_once(world: World) -> None:
    case = complain(world)
    offer = offers.make(case, world.lin, "points", 0, 300, "", NOON + MINUTE, key="o")
    offers.accept(offer, NOON + HOUR)
    offers.accept(offer, NOON + HOUR)
    assert world.fresh(world.mei).points == 1280 + 300
    line = LedgerLine.get(LedgerLine.reason == "offer")
    assert (line.kind, line.inputs) == ("bonus", {"case": case.code})


@pytest.mark.parametrize(("kind", "amount"), [("refund", 6800), ("redo", 0)])
def test_what_people_have_to_do_waits_on_a_card_until_it_is_done(world: World, kind: str, amount: int) -> None:
    case = complain(world)
    offer = offers.make(case, world.lin, kind, amount, 0, "", NOON + MINUTE, key="o")
    with pytest.raises(Refusal, match="说定"):
        offers.carried_out(offer, world.chen, NOON + HOUR)
    offers.accept(offer, NOON + HOUR)
    waits = Work.get(Work.kind == "amends")
    assert (waits.ref, waits.brief["sort"], waits.brief["case"], waits.done_at) == (offer.code, kind, case.code, None)
    for _ in range(2):
        offers.carried_out(offer, world.chen, NOON + 2 * HOUR)
    assert world.fresh(waits).done_at == NOON + 2 * HOUR
    assert [entry.data["state"] for entry in entries(case, "offer")] == ["open", "accepted", "done"]


def test_a_newer_offer_takes_the_place_of_the_old(world: World) -> None:
    case = complain(world)
    first = coupon(world, case)
    second = coupon(world, case, 3000, "o2", NOON + HOUR)
    assert world.fresh(first).state == "withdrawn"
    assert offers.on_the_table(case) == second
    with pytest.raises(Refusal, match="收回"):
        offers.accept(first, NOON + 2 * HOUR)
    assert Coupon.select().count() == 0


def test_the_same_form_sent_twice_is_one_offer(world: World) -> None:
    case = complain(world)
    assert coupon(world, case) == coupon(world, case, at=NOON + 2 * MINUTE)
    assert CaseOffer.select().count() == 1
    with pytest.raises(Refusal, match="用过"):
        coupon(world, complain(world, key="k2"))


def test_not_like_this_says_the_member_and_the_shop_goes_on(world: World) -> None:
    case = complain(world)
    offer = coupon(world, case)
    for _ in range(2):
        assert offers.discuss(offer, "我要的是道歉", NOON + HOUR, key="d").state == "discussed"
    case = world.fresh(case)
    assert case.state == "open"
    assert cases.text_of(entries(case, "said")[-1]) == "我要的是道歉"
    assert len(entries(case, "said")) == 2
    with pytest.raises(Refusal, match="收回"):
        offers.accept(offer, NOON + 2 * HOUR)


def test_taken_back_before_a_yes_only(world: World) -> None:
    case = complain(world)
    offer = coupon(world, case)
    for _ in range(2):
        assert offers.withdraw(offer, world.lin, NOON + HOUR).state == "withdrawn"
    assert world.fresh(case).state == "open"
    again = coupon(world, case, key="o2", at=NOON + 2 * HOUR)
    offers.accept(again, NOON + 3 * HOUR)
    with pytest.raises(Refusal, match="接受"):
        offers.withdraw(again, world.lin, NOON + 4 * HOUR)
    with pytest.raises(Refusal, match="接受"):
        offers.discuss(again, "还是不行", NOON + 4 * HOUR, key="d")


def test_a_case_that_is_about_to_close_still_closes_when_the_offer_is_accepted(world: World) -> None:
    case = complain(world)
    offer = coupon(world, case)
    closing.propose(case, world.lin, cause(world), "换了排班", "", NOON + HOUR, key="p")
    offers.accept(offer, NOON + 2 * HOUR)
    assert world.fresh(case).state == "closing"
    assert Coupon.select().count() == 1


def test_an_offer_on_a_case_about_to_close_waits_for_a_word_first(world: World) -> None:
    case = complain(world)
    closing.propose(case, world.lin, cause(world), "换了排班", "", NOON + HOUR, key="p")
    coupon(world, case, at=NOON + 2 * HOUR)
    case = world.fresh(case)
    assert (case.state, case.notice_at) == ("waiting", None)


def test_what_nobody_accepted_is_off_the_table_when_it_closes(world: World) -> None:
    case = complain(world)
    offer = coupon(world, case)
    case = closed(world, NOON + DAY, case)
    with pytest.raises(Refusal, match="收回"):
        offers.accept(offer, NOON + 2 * DAY)
    with pytest.raises(Refusal, match="结了"):
        coupon(world, case, key="o2", at=NOON + 2 * DAY)


def test_what_cannot_be_given_is_refused(world: World) -> None:
    case = complain(world)
    told = Report(key="s", kind="complaint", category="price", text="算错了", source="slip", guest="王女士")
    guest = cases.report(world.bath, told, NOON)
    world.lin.member = world.mei
    world.lin.save()
    for wrong, kind, amount, points, who in (
        (case, "cash", 100, 0, world.chen),
        (case, "coupon", 0, 500, world.chen),
        (case, "refund", -5, 0, world.chen),
        (case, "points", 100, 0, world.chen),
        (case, "coupon", 5001, 0, world.chen),  # a clerk's month is ¥50
        (case, "points", 0, 334, world.chen),  # what 334 points are worth is more than that
        (case, "points", 0, 5001, world.zhao),
        (case, "coupon", 100, 0, world.lin),  # her own card
        (guest, "coupon", 100, 0, world.chen),
        (guest, "points", 0, 5, world.chen),
        (complain(world, key="p", kind="praise"), "coupon", 100, 0, world.chen),
    ):
        with pytest.raises((Refusal, Forbidden)):
            offers.make(wrong, who, kind, amount, points, "", NOON, key="o")
    with pytest.raises(Refusal, match="最多"):
        offers.make(case, world.chen, "redo", 0, 0, "长" * 301, NOON, key="o")
    assert CaseOffer.select().count() == 0
    assert offers.make(guest, world.chen, "refund", 900, 0, "", NOON, key="o").amount == 900


def test_an_offer_is_found_in_its_own_case_only(world: World) -> None:
    case, other = complain(world), complain(world, key="k2")
    offer = coupon(world, case)
    assert offers.find(case, offer.code) == offer
    with pytest.raises(Missing):
        offers.find(other, offer.code)
