"""`flask check` on cases, goodwill and ratings: what was lived breaks nothing; every damage behind the rules' back is found and named."""

from collections.abc import Callable

import pytest

import models
from models import (
    Ask,
    Case,
    CaseEntry,
    CaseOffer,
    CaseStep,
    Coupon,
    Improvement,
    LedgerLine,
    Member,
    PurseUse,
    Rating,
    Score,
    Staff,
    Work,
)
from tests.complaints.places import cause, closed, complain
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, handing, improvements, ladder, offers, purse
from webapp.points import visits
from webapp.prices import coupons
from webapp.ratings import asks, ratings


@pytest.fixture
def lived(world: World) -> World:
    """A case in every state, one of every kind, each kind of offer in each of its states, gifts, a board, ratings low and high."""
    for kind in ("idea", "praise", "urgent"):
        complain(world, key=kind, kind=kind, category="safety" if kind == "urgent" else "service")
    asked = complain(world, key="asked")
    cases.say(asked, "几点的事？", NOON + MINUTE, key="q", staff=world.chen, kind="question")
    handing.talking(complain(world, key="talks"), world.chen, NOON + 3 * DAY, "再谈", NOON + MINUTE, key="t")
    proposed = complain(world, key="closing", member=world.xin)
    closing.propose(proposed, world.lin, cause(world), "改了", "", NOON + MINUTE, key="p")
    for n, kind in enumerate(models.OFFER_KINDS):
        case = complain(world, key=f"o{kind}", member=world.xin)
        made = offers.make(case, world.lin, kind, 900, 90, "", NOON + MINUTE, key=f"o{n}")
        offers.accept(made, NOON + HOUR)
    offers.carried_out(CaseOffer.get(CaseOffer.kind == "redo"), world.chen, NOON + 2 * HOUR)
    offers.make(asked, world.lin, "coupon", 500, 0, "", NOON + HOUR, key="waits")
    other = complain(world, key="discussed", member=world.xin)
    offers.discuss(offers.make(other, world.lin, "redo", 0, 0, "", NOON + HOUR, key="d"), "不", NOON + HOUR, key="no")
    closed(world, NOON + MINUTE, complain(world, key="over", member=world.xin))
    done = closed(world, NOON + MINUTE, complain(world, key="done", member=world.member("客")))
    improvements.show(
        improvements.edit(improvements.everything(world.bath)[0], "前台忙", "多排一个人", world.lin, NOON),
        world.lin,
        NOON + HOUR,
    )
    closing.reopen(done, "又来了", NOON + HOUR, key="again")
    closing.merge(complain(world, key="twice"), complain(world, key="once"), world.lin, NOON + MINUTE)
    ladder.sweep(NOON + 20 * MINUTE)
    used = purse.give(world.mei, world.bath, world.chen, "coupon", 500, "等久了", NOON, key="g1")
    purse.give(world.mei, world.bath, world.chen, "points", 50, "等久了", NOON, key="g2", case=asked)
    coupons.use(used.coupon, world.bath, world.kai, NOON + HOUR)
    for member, faces, nps in ((world.mei, 2, 9), (world.xin, 5, 10)):
        visit, _ = visits.check_in(member, world.bath, "counter", NOON)
        ask = asks.of_visit_now(visit, NOON)
        rating = ratings.rate(ask, {"service": faces, "price": 4}, NOON + HOUR, nps=nps, text="水凉", member=member)
        if rating.low:
            ratings.want(rating, True, NOON + HOUR)
        ratings.reply(rating, world.lin, "谢谢", NOON + 2 * HOUR)
    gone = world.member("走了的客人")
    complain(world, key="gone", member=gone)
    forget(gone)
    return world


def forget(member: Member) -> None:
    from webapp.members import privacy

    privacy.erase(member, NOON + 3 * HOUR)


def test_a_shop_that_was_lived_in_breaks_nothing(lived: World) -> None:
    assert {case.state for case in Case.select()} == set(models.CASE_STATES)
    assert {offer.state for offer in CaseOffer.select()} == {"open", "accepted", "discussed", "withdrawn"} - {
        "withdrawn"
    }
    assert check.run() == []


DAMAGES: list[tuple[str, Callable[[], object]]] = [
    ("marked for care exactly", lambda: Member.update(care_since=None).execute()),
    ("marked for care exactly", lambda: Member.update(care_since=1).execute()),
    ("promises of its kind", lambda: CaseStep.delete().where(CaseStep.number == 2).execute()),
    ("promises of its kind", lambda: CaseStep.update(number=3).where(CaseStep.case == _case("idea"), CaseStep.number == 4).execute()),
    ("due when its first running promise is", lambda: Case.update(due_at=Case.due_at + 1).execute()),
    ("no promise is left to keep", lambda: CaseStep.update(done_at=1, paused_at=None).execute()),
    ("no promise is left to keep", lambda: CaseStep.update(done_at=None).where(CaseStep.case.in_(_over())).execute()),
    ("only the last promise stands still", lambda: CaseStep.update(paused_at=1).where(CaseStep.number == 2).execute()),
    ("only the last promise stands still", lambda: CaseStep.update(paused_at=None).execute()),
    ("says why", lambda: Case.update(cause=None, kind="complaint").where(Case.state == "closed").execute()),
    ("on one card", lambda: Work.update(done_at=1).where(Work.kind == "case").execute()),
    ("on one card", lambda: Work.update(done_at=None).where(Work.kind == "case").execute()),
    ("on one card", lambda: Work.update(due_at=1).where(Work.kind == "case").execute()),
    ("by the member of its case", lambda: CaseEntry.update(member=_staffs_card()).where(CaseEntry.member.is_null(False)).execute()),
    ("by the member of its case", lambda: CaseEntry.update(guest=True).execute()),
    ("two cases that became one", lambda: CaseEntry.update(case=_case("twice")).execute()),
    ("two cases that became one", lambda: Case.update(store=models.Store.get(slug="laundry").id).where(Case.key == "once").execute()),
    ("on the table of an open case only", lambda: CaseOffer.update(case=_case("twice")).where(CaseOffer.state == "open").execute()),
    ("was given, and nothing that was not", lambda: CaseOffer.update(amount=CaseOffer.amount + 1).execute()),
    ("was given, and nothing that was not", lambda: CaseOffer.update(points=CaseOffer.points + 1).execute()),
    ("was given, and nothing that was not", lambda: CaseOffer.update(state="discussed").where(CaseOffer.state == "accepted").execute()),
    ("for a promise that was missed", lambda: CaseEntry.delete().where(CaseEntry.kind == "late").execute()),
    ("used in its time", lambda: Coupon.update(used_at=Coupon.expires_at).where(Coupon.used_at.is_null(False)).execute()),
    ("used in its time", lambda: Coupon.update(used_by=None).execute()),
    ("goodwill is one coupon or one line", lambda: PurseUse.update(amount=PurseUse.amount + 1).execute()),
    ("goodwill is one coupon or one line", lambda: PurseUse.update(coupon=None, line=None).execute()),
    ("goodwill is one coupon or one line", lambda: PurseUse.update(points=PurseUse.points + 1).execute()),
    ("given goodwill to themselves", lambda: Staff.update(member=_mei()).where(Staff.username == "chen").execute()),
    ("on the board says", lambda: Improvement.update(said="").execute()),
    ("a rating answers its question", lambda: Ask.update(member=_staffs_card()).execute()),
    ("only those its kind of shop asks for", lambda: Score.delete().execute()),
    ("only those its kind of shop asks for", lambda: Score.update(dimension="speed").where(Score.dimension == "price").execute()),
    ("a rating is low when", lambda: Rating.update(low=True).execute()),
    ("a rating is low when", lambda: Rating.update(nps=3).execute()),
    ("wanted it made right", lambda: Rating.update(wanted=True).execute()),
    ("wanted it made right", lambda: Rating.update(case=None).execute()),
    ("has its author", lambda: Rating.update(reply_by=None).execute()),
    ("what it said is forgotten", lambda: CaseEntry.update(text_sealed=b"x").execute()),
    ("what it said is forgotten", lambda: Member.update(erased_at=1).where(Member.id == _mei()).execute()),
    ("what it said is forgotten", lambda: Member.update(merged_into=_staffs_card()).where(Member.id == _mei()).execute()),
]  # fmt: skip


def _case(key: str) -> int:
    return int(Case.get(Case.key == key).id)


def _over() -> list[int]:
    return [row.id for row in Case.select(Case.id).where(Case.state == "closed")]


def _mei() -> int:
    return int(Member.get(Member.name == "林小满").id)


def _staffs_card() -> int:
    return int(Member.select(Member.id).order_by(Member.id.desc()).limit(1).scalar())


def test_every_damage_is_found_and_named(lived: World) -> None:
    for name, damage in DAMAGES:
        with models.database.obj.atomic() as undo:
            assert damage(), name
            found = [breach for breach in check.run() if name in breach.name]
            undo.rollback()
        assert found, name
        assert found[0].rows[0].count("=") >= 1
    assert check.run() == []


def test_every_invariant_of_this_room_is_broken_above() -> None:
    from webapp.complaints import invariants

    unbroken = [name for name, _ in invariants.INVARIANTS if not any(part in name for part, _ in DAMAGES)]
    assert unbroken == []


def test_the_table_refuses_a_second_open_offer_and_a_date_without_its_state(lived: World) -> None:
    mine = CaseOffer.get(CaseOffer.state == "open")
    for act in (
        lambda: CaseOffer.create(code="x", key="x", case=mine.case_id, kind="redo", made_by=1, made_at=1),
        lambda: Case.update(talk_at=1).where(Case.state == "open").execute(),
        lambda: Case.update(notice_at=None).where(Case.state == "closing").execute(),
        lambda: LedgerLine.update(key=LedgerLine.select(LedgerLine.key).limit(1)).execute(),
    ):
        with pytest.raises(Exception, match=r"(?i)unique|check|violates"), models.database.obj.atomic():
            act()
