"""Anything in any order to one case, against a clerk with a notebook: promises, pauses, apologies, offers and the end are the notebook's."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from peewee import Database

import models
from models import ROLES, Case, CaseOffer, CaseStep, Coupon, Member
from tests.complaints.places import cause, complain
from tests.kit import needs
from tests.world import NOON, World
from webapp import check, policy
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, deadlines, handing, invariants, ladder, offers
from webapp.refusals import Refusal

KEPT_BY = {"said": 1, "question": 1, "findings": 2, "decision": 3}
WAITS = ("waiting", "talking", "closing")
NOTICE, AGAIN = 7 * DAY, 7 * DAY
_number = itertools.count()


@dataclass
class Promise:
    due: int
    done: int | None = None
    missed: int | None = None
    paused: int | None = None


@dataclass
class Notebook:
    """What a careful clerk writes down about one case."""

    state: str = "open"
    steps: dict[int, Promise] = field(default_factory=dict)
    level: int = 0
    notice: int | None = None
    talk: int | None = None
    closed: int | None = None
    reopened: bool = False
    offer: str = ""  # of the last one
    coupons: int = 0
    apologised: set[int] = field(default_factory=set)

    def keep(self, number: int, at: int) -> None:
        for one, promise in self.steps.items():
            if one <= number and promise.done is None:
                promise.done, promise.paused = at, None

    def stand(self, state: str, at: int) -> None:
        """From here on only the customer is waited for."""
        self.state, self.notice, self.talk = state, None, None
        last = self.steps[4]
        if last.paused is None and last.done is None and last.missed is None:
            last.paused = at

    def go_on(self, at: int) -> None:
        if self.state in WAITS:
            self.state, self.notice, self.talk = "open", None, None
            last = self.steps[4]
            if last.paused is not None:
                last.due, last.paused = last.due + at - last.paused, None

    def end(self, at: int) -> None:
        self.keep(4, at)
        self.state, self.closed, self.notice, self.talk = "closed", at, None, None
        if self.offer == "open":
            self.offer = "withdrawn"

    def sweep(self, at: int) -> None:
        for number in sorted(self.steps, key=lambda one: (self.steps[one].due, one)):
            promise = self.steps[number]
            if promise.due <= at and promise.done is None and promise.missed is None and promise.paused is None:
                promise.missed = at
                self.level = min(self.level + 1, len(ROLES) - 1)
                if number not in self.apologised:
                    self.apologised.add(number)
                    self.coupons += 1


class Story(RuleBasedStateMachine):
    """One complaint; `no` is what the rule says, and the notebook must have known it."""

    world: World
    cause: Any

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON + next(_number) * 400 * DAY
        self.key = itertools.count()
        self.member: Member = self.world.member("客人")
        self.case: Case = complain(self.world, member=self.member, at=self.at, key=f"case{self.at}")
        self.book = Notebook(steps=self.promised())

    def promised(self) -> dict[int, Promise]:
        known = deadlines.calendar(self.world.bath, self.at)
        rules = models.Store.get_by_id(self.world.bath.id)
        made = deadlines.ladder(known, "complaint", self.at, policy.of(rules))
        return {number: Promise(promise.due_at) for number, promise in made.items()}

    def ticket(self) -> str:
        return f"{self.case.id}:{next(self.key)}"

    def try_(self, may: bool, act: Callable[[], object]) -> bool:
        """The rule agrees with the notebook whether this may be."""
        try:
            act()
        except Refusal:
            assert not may
            return False
        assert may
        return True

    @property
    def runs(self) -> bool:
        return self.book.state not in ("closed", "merged")

    def open_offer(self) -> CaseOffer | None:
        found: CaseOffer | None = (
            CaseOffer.select().where(CaseOffer.case == self.case.id).order_by(CaseOffer.id.desc()).first()
        )
        return found

    # --- what happens ------------------------------------------------------------------------------------------------

    @rule(by=st.sampled_from((MINUTE, 10 * MINUTE, HOUR, DAY, 3 * DAY, 8 * DAY)))
    def time_passes(self, by: int) -> None:
        self.at += by

    @rule(thanks=st.booleans())
    def customer_speaks(self, thanks: bool) -> None:
        said = self.try_(self.runs, lambda: cases.say(self.case, "在吗", self.at, key=self.ticket(), thanks=thanks))
        if said and not thanks:
            self.book.go_on(self.at)

    @rule(kind=st.sampled_from(cases.SPOKEN))
    def shop_speaks(self, kind: str) -> None:
        who = self.world.chen
        if not self.try_(
            self.runs, lambda: cases.say(self.case, "在的", self.at, key=self.ticket(), staff=who, kind=kind)
        ):
            return
        if kind == "note":
            return
        self.book.keep(KEPT_BY[kind], self.at)
        if kind == "question":
            if self.book.state != "waiting":
                self.book.stand("waiting", self.at)
        elif self.book.state == "waiting":
            self.book.go_on(self.at)

    @rule(days=st.integers(0, 9))
    def still_talking(self, days: int) -> None:
        until = self.at + days * DAY
        may = self.runs and 0 < days <= 8
        if self.try_(
            may, lambda: handing.talking(self.case, self.world.lin, until, "再谈", self.at, key=self.ticket())
        ):
            self.book.go_on(self.at)
            self.book.keep(1, self.at)
            self.book.stand("talking", self.at)
            self.book.talk = until

    @rule()
    def offered(self) -> None:
        if self.try_(
            self.runs,
            lambda: offers.make(self.case, self.world.lin, "coupon", 700, 0, "", self.at, key=self.ticket()),
        ):
            self.book.go_on(self.at)
            self.book.keep(3, self.at)
            self.book.stand("waiting", self.at)
            self.book.offer = "open"

    @rule()
    def accepted(self) -> None:
        offer = self.open_offer()
        if offer is None:
            return
        was = self.book.offer
        if self.try_(was in ("open", "accepted"), lambda: offers.accept(offer, self.at)) and was == "open":
            self.book.offer = "accepted"
            self.book.coupons += 1
            if self.book.state == "waiting":
                self.book.go_on(self.at)

    @rule()
    def discussed(self) -> None:
        offer = self.open_offer()
        if offer and self.try_(
            self.book.offer == "open", lambda: offers.discuss(offer, "不要", self.at, key=self.ticket())
        ):
            self.book.offer = "discussed"
            self.book.go_on(self.at)

    @rule()
    def proposed(self) -> None:
        if self.try_(
            self.runs,
            lambda: closing.propose(self.case, self.world.lin, self.cause, "改了", "", self.at, key=self.ticket()),
        ):
            self.book.go_on(self.at)
            self.book.keep(3, self.at)
            self.book.stand("closing", self.at)
            self.book.notice = self.at + NOTICE

    @rule()
    def agreed(self) -> None:
        before = self.book.state
        if (
            self.try_(before in ("closing", "closed"), lambda: closing.agree(self.case, self.at))
            and before == "closing"
        ):
            self.book.end(self.at)

    @rule()
    def opened_again(self) -> None:
        may = self.book.state == "closed" and not self.book.reopened and self.at <= (self.book.closed or 0) + AGAIN
        if self.try_(may, lambda: closing.reopen(self.case, "又来了", self.at, key=self.ticket())):
            self.book.state, self.book.closed, self.book.reopened = "open", None, True
            self.book.steps = self.promised()

    @rule()
    def settled_at_once(self) -> None:
        self.proposed()
        self.agreed()

    @rule(by=st.sampled_from((0, 20 * MINUTE, DAY, 2 * DAY, 8 * DAY)))
    def worker_comes_by(self, by: int) -> None:
        """Later, and in the order in which it does things: who woke up, what was missed, what closed."""
        self.at += by
        handing.wake(self.at)
        ladder.sweep(self.at)
        closing.lapse(self.at)
        if self.book.state == "talking" and self.book.talk is not None and self.book.talk <= self.at:
            self.book.go_on(self.at)
        self.book.sweep(self.at)
        if self.book.state == "closing" and self.book.notice is not None and self.book.notice <= self.at:
            self.book.end(self.at)

    # --- the notebook and the database say the same ---------------------------------------------------------------------

    @invariant()
    def state_is_the_notebooks(self) -> None:
        now = Case.get_by_id(self.case.id)
        book = self.book
        assert (now.state, now.notice_at, now.talk_at, now.closed_at) == (
            book.state,
            book.notice,
            book.talk,
            book.closed,
        )
        assert ROLES.index(now.level) == book.level
        assert (now.reopened_at is not None) == book.reopened
        assert Member.get_by_id(self.member.id).care_since == (now.made_at if self.runs else None)

    @invariant()
    def promises_are_the_notebooks(self) -> None:
        rows = CaseStep.select().where(CaseStep.case == self.case.id).order_by(CaseStep.number)
        found = {row.number: Promise(row.due_at, row.done_at, row.missed_at, row.paused_at) for row in rows}
        assert found == self.book.steps

    @invariant()
    def gifts_are_the_notebooks(self) -> None:
        assert Coupon.select().where(Coupon.member == self.member.id).count() == self.book.coupons
        offer = self.open_offer()
        assert (offer.state if offer else "") == self.book.offer

    @invariant()
    def nothing_is_broken(self) -> None:
        for name, rows in invariants.INVARIANTS:
            assert check._rows(models.database.obj, rows, 3) == [], name


def test_a_case_is_what_the_notebook_says_whatever_the_order(database: Database, engine: str) -> None:
    class Walk(Story):
        pass

    Walk.world = World()
    Walk.cause = cause(Walk.world)
    models.Store.update(policy={"amends_month": 100_000_000}).where(models.Store.id == Walk.world.bath.id).execute()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=needs.patience(20 if engine == "sqlite" else 6, 100),
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
