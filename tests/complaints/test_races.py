"""Two at once. First a careless shop that would give twice, then the rules that do not; and many hands on few cases leave everything whole."""

import random
import time
from functools import partial
from typing import Any

import pytest
from peewee import Database, fn

from models import Case, CaseEntry, CaseOffer, CaseStep, Coupon, LedgerLine, Member, PurseUse, Rating, Staff
from tests.complaints.places import cause, complain, entries, step
from tests.kit.crowd import patiently, together, told, won
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, handing, ladder, offers, purse
from webapp.complaints.cases import Report
from webapp.points import visits
from webapp.prices import coupons
from webapp.ratings import asks, ratings
from webapp.refusals import Refusal

THREADS, ACTS = 12, 240


@pytest.fixture
def world(database: Database) -> World:
    return World()


def careless_gift(member: Member, staff: Staff, n: int) -> bool:
    """What a shop without the rule would write: look what is left, think, then give."""
    used = PurseUse.select(fn.COALESCE(fn.SUM(PurseUse.amount), 0)).where(PurseUse.staff == staff.id).scalar()
    if used + 3000 > 5000:
        return False
    time.sleep(0.05)
    PurseUse.create(
        key=f"c{n}", store=staff.store_id, staff=staff.id, member=member.id, amount=3000, why="等久了", month=202605, at=NOON
    )  # fmt: skip
    return True


def test_a_careless_shop_would_give_out_of_an_empty_purse(world: World) -> None:
    came = together(*(partial(careless_gift, world.mei, world.chen, n) for n in range(8)))
    assert sum(came) > 1


def test_a_purse_at_its_limit_gives_once_from_two_tablets(world: World) -> None:
    crowd = [world.member(f"第{n}位") for n in range(8)]
    gifts = [
        partial(purse.give, who, world.bath, world.chen, "coupon", 3000, "等久了", NOON, key=f"g{n}")
        for n, who in enumerate(crowd)
    ]
    came = together(*gifts)
    assert len(won(came)) == 1
    assert told(came) == ["over_limit"]
    assert Coupon.select().count() == 1
    assert purse.left(world.chen, world.bath, NOON).left == 2000


def test_one_tap_that_trembles_is_one_gift(world: World) -> None:
    came = together(
        *[partial(purse.give, world.mei, world.bath, world.chen, "points", 20, "等久了", NOON, key="g")] * 8
    )
    assert len({use.id for use in came}) == 1
    assert LedgerLine.select().where(LedgerLine.reason == "goodwill").count() == 1


def test_two_staff_who_answer_at_once_are_both_seen_and_the_first_counts(world: World) -> None:
    case = complain(world)
    people = [world.chen, world.kai, world.su]
    together(*(partial(cases.say, case, who.name, NOON + MINUTE, key=who.name, staff=who) for who in people))
    assert len(entries(case, "said")) == 4
    first = step(case, 1)
    assert first.done_by_id in {who.id for who in people}
    assert first.done_by_id == entries(case, "said")[1].staff_id


@pytest.mark.parametrize("kind", ["coupon", "points"])
def test_a_yes_from_two_phones_is_given_once(world: World, kind: str) -> None:
    case = complain(world)
    offer = offers.make(case, world.lin, kind, 900, 90, "", NOON, key="o")
    came = together(*[partial(offers.accept, offer, NOON + MINUTE)] * 6)
    assert {row.state for row in came} == {"accepted"}
    assert Coupon.select().count() + LedgerLine.select().where(LedgerLine.reason == "offer").count() == 1
    assert check.run() == []


def test_a_yes_and_a_newer_offer_at_once_end_in_one_of_the_two(world: World) -> None:
    for turn in range(6):
        case = complain(world, key=f"k{turn}", member=world.member(f"客{turn}"))
        offer = offers.make(case, world.lin, "coupon", 900, 0, "", NOON, key=f"o{turn}")
        together(
            partial(offers.accept, offer, NOON + MINUTE),
            partial(offers.make, case, world.lin, "coupon", 100, 0, "", NOON + MINUTE, key=f"n{turn}"),
            partial(offers.withdraw, offer, world.lin, NOON + MINUTE),
            partial(offers.discuss, offer, "不要", NOON + MINUTE, key=f"d{turn}"),
        )
        accepted = world.fresh(offer).state == "accepted"
        assert Coupon.select().where(Coupon.key == f"offer:{offer.code}").count() == int(accepted)
    assert check.run() == []


def test_a_promise_is_kept_or_missed_and_never_both_at_the_last_second(world: World) -> None:
    for turn in range(6):
        case = complain(world, key=f"k{turn}", member=world.member(f"客{turn}"))
        together(
            partial(ladder.sweep, NOON + 15 * MINUTE),
            partial(cases.say, case, "来了", NOON + 15 * MINUTE, key=f"a{turn}", staff=world.chen),
            partial(ladder.sweep, NOON + 15 * MINUTE),
        )
        first, late = step(case, 1), entries(case, "late")
        assert first.done_at == NOON + 15 * MINUTE
        assert (first.missed_at is not None) == bool(late)
        assert len(late) <= 1
    assert Coupon.select().count() == CaseEntry.select().where(CaseEntry.kind == "late").count()
    assert check.run() == []


def test_two_workers_who_wake_up_together_handle_each_missed_promise_once(world: World) -> None:
    made = [complain(world, key=f"k{n}", member=world.member(f"客{n}")) for n in range(30)]
    came = together(*[partial(ladder.sweep, NOON + 2 * DAY)] * 3)
    assert sum(came) == 60
    for case in made:
        assert [entry.data["step"] for entry in entries(case, "late")] == [1, 2]
    assert check.run() == []


def test_a_stranger_who_taps_twice_has_one_case(world: World) -> None:
    told_once = Report(key="slip", kind="complaint", category="price", text="算错了", source="slip", contact="138")
    came = together(*[partial(cases.report, world.bath, told_once, NOON)] * 8)
    assert len({case.id for case in came}) == 1
    assert CaseStep.select().count() == 4


def test_a_case_is_joined_to_another_and_not_also_the_other_way(world: World) -> None:
    for turn in range(6):
        one, other = (complain(world, key=f"{which}{turn}", member=world.member("客")) for which in "ab")
        other.member = one.member
        Case.update(member=one.member_id).where(Case.id == other.id).execute()
        CaseEntry.update(member=one.member_id).where(CaseEntry.case == other.id).execute()
        came = together(
            partial(closing.merge, one, other, world.lin, NOON), partial(closing.merge, other, one, world.lin, NOON)
        )
        assert told(came) == ["closed"]
        assert sorted(world.fresh(case).state for case in (one, other)) == ["merged", "open"]


def test_one_coupon_at_two_counters_is_taken_once(world: World) -> None:
    coupon = coupons.give(world.mei, world.bath, 900, "goodwill", NOON, key="c")
    came = together(*(partial(coupons.use, coupon, world.bath, who, NOON) for who in (world.chen, world.kai) * 3))
    assert len({row.used_by_id for row in won(came)}) == 1
    assert told(came) == ["used"]


def test_one_slip_from_eight_phones_is_one_rating(world: World) -> None:
    visit, _ = visits.check_in(world.mei, world.bath, "counter", NOON)
    token = asks.token(asks.of_visit_now(visit, NOON))

    def rate(value: int) -> Any:
        return ratings.rate(asks.behind(token), {"service": value}, NOON + MINUTE)

    came = together(*(partial(rate, n % 5 + 1) for n in range(8)))
    assert len({rating.id for rating in came}) == 1
    assert Rating.select().count() == 1
    low = ratings.rate(asks.behind(token), {"service": 1}, NOON + 2 * MINUTE)
    came = together(*[partial(ratings.want, low, True, NOON + HOUR)] * 6)
    assert len({case.id for case in came}) == 1
    assert check.run() == []


class Crowd:
    """Threads that do anything to a few cases, with one seed, and a worker that sweeps meanwhile."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed, self.acts = world, seed, 0
        self.cases = [complain(world, key=f"k{n}", member=(world.mei, world.xin)[n % 2]) for n in range(4)]
        self.staff = [world.chen, world.kai, world.su, world.lin]
        self.cause = cause(world)
        self.failed: list[Exception] = []

    def work(self, number: int) -> None:
        rng = random.Random(self.seed * 1000 + number)
        try:
            for n in range(ACTS // THREADS):
                patiently(partial(self._act, rng, f"{number}:{n}"))
        except Refusal:
            raise
        except Exception as error:
            self.failed.append(error)

    def _act(self, rng: random.Random, key: str) -> None:
        case, who = Case.get_by_id(rng.choice(self.cases).id), rng.choice(self.staff)
        at = NOON + rng.randrange(10 * DAY)
        offer = CaseOffer.get_or_none(CaseOffer.case == case.id)
        doing: list[Any] = [
            lambda: cases.say(case, "在吗", at, key=key),
            lambda: cases.say(case, "在的", at, key=key, staff=who, kind=rng.choice(cases.SPOKEN)),
            lambda: cases.raise_urgent(case, who, "急", at),
            lambda: handing.take(case, who, at),
            lambda: handing.up(case, who, "难", at),
            lambda: handing.talking(case, who, at + DAY, "再谈", at, key=key),
            lambda: offers.make(case, who, rng.choice(("redo", "coupon")), 100, 0, "", at, key=key),
            lambda: offers.accept(offer, at) if offer else None,
            lambda: offers.discuss(offer, "不", at, key=key) if offer else None,
            lambda: closing.propose(case, who, self.cause, "改了", "", at, key=key),
            lambda: closing.agree(case, at),
            lambda: closing.reopen(case, "又来了", at, key=key),
            lambda: purse.give(case.member, self.world.bath, who, "coupon", 100, "久等", at, key=key, case=case),
            lambda: ladder.sweep(at),
            lambda: handing.wake(at),
            lambda: closing.lapse(at),
        ]
        try:
            rng.choice(doing)()
            self.acts += 1
        except Refusal:
            pass


@pytest.mark.parametrize("seed", [1, 2])
def test_many_hands_on_few_cases_leave_everything_whole(world: World, seed: int) -> None:
    crowd = Crowd(world, seed)
    together(*(partial(crowd.work, n) for n in range(THREADS)))
    assert crowd.failed == []
    assert crowd.acts > ACTS // 4
    assert check.run() == []
