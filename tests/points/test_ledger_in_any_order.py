"""Anything in any order, against an honest bookkeeper with a pencil: the balance is the ledger, no point is made or lost."""

import itertools

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from models import LedgerLine, Lot, Member
from tests.kit import needs
from tests.points.books import assert_member, balance
from tests.world import World
from webapp.clock import DAY
from webapp.points import ledger
from webapp.points.ledger import Origin
from webapp.refusals import Refusal

WHY = Origin("bill")
AMOUNT, WHICH = st.integers(1, 120), st.integers(0, 50)
_number = itertools.count()


class Bookkeeper(RuleBasedStateMachine):
    """`worth` is what the pencil says: points + held - owed."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.member = self.world.member("谁").id
        self.at = self.world.at
        self.worth = 0
        self.earned: dict[int, int] = {}  # line → how much of it may still be taken back, before lapsing
        self.holds: dict[int, int] = {}
        self.captured: dict[int, int] = {}

    def key(self) -> str:
        return f"walk:{next(_number)}"

    def write_off(self) -> None:
        self.worth -= ledger.lapse(self.member, self.at)

    @rule(points=AMOUNT, days=st.integers(1, 30), kind=st.sampled_from(("earn", "bonus")))
    def earn(self, points: int, days: int, kind: str) -> None:
        expires_at = self.at + days * DAY
        line = ledger.earn(
            self.member, points, kind=kind, key=self.key(), at=self.at, expires_at=expires_at, origin=WHY
        )
        self.earned[line] = points
        self.worth += points

    @rule(points=AMOUNT)
    def hold(self, points: int) -> None:
        self.write_off()
        before = balance(self.member)
        try:
            line = ledger.hold(self.member, points, key=self.key(), at=self.at, origin=WHY)
        except Refusal:
            assert before[0] < points
            assert balance(self.member) == before
        else:
            assert before[0] >= points
            self.holds[line] = points

    @precondition(lambda self: self.holds)
    @rule(which=WHICH)
    def capture(self, which: int) -> None:
        hold, points = self._pick(self.holds, which)
        key = self.key()
        for _ in range(2):
            ledger.capture(hold, key=key, at=self.at, origin=WHY)
        self.captured[LedgerLine.get(LedgerLine.key == key).id] = points
        self.worth -= points

    @precondition(lambda self: self.holds)
    @rule(which=WHICH, days=st.sampled_from((0, 14)))
    def release(self, which: int, days: int) -> None:
        hold, _ = self._pick(self.holds, which)
        key = self.key()
        line = ledger.release(hold, key=key, at=self.at, origin=WHY, return_days=days)
        assert ledger.release(hold, key=key, at=self.at, origin=WHY, return_days=days) == line

    @precondition(lambda self: self.captured)
    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        line, points = self._pick(self.captured, which)
        ledger.reverse_capture(line, key=self.key(), at=self.at, origin=WHY, return_days=14)
        self.worth += points

    @precondition(lambda self: self.earned)
    @rule(which=WHICH, points=AMOUNT)
    def refund(self, which: int, points: int) -> None:
        self.write_off()
        earned = sorted(self.earned)[which % len(self.earned)]
        lapsed = self._lapsed(earned)
        line = ledger.take_back(earned, points, key=self.key(), at=self.at, origin=WHY)
        expected = max(0, min(points, self.earned[earned] - lapsed))
        taken = 0
        if line is not None:
            row = LedgerLine.get_by_id(line)
            taken = row.owed - row.points
        assert taken == expected
        self.earned[earned] -= taken
        self.worth -= taken

    @rule(points=st.integers(-120, 120).filter(bool))
    def adjust(self, points: int) -> None:
        self.write_off()
        before = balance(self.member)
        try:
            ledger.adjust(self.member, points, key=self.key(), at=self.at, expires_at=self.at + 9 * DAY, origin=WHY)
        except Refusal:
            assert before[0] < -points
            assert balance(self.member) == before
        else:
            self.worth += points

    @rule()
    def lapse(self) -> None:
        self.write_off()
        assert ledger.lapse(self.member, self.at) == 0
        late = Lot.select().where(Lot.member == self.member, Lot.left > 0, Lot.expires_at <= self.at)
        assert not late.exists()

    @rule(days=st.integers(0, 12))
    def wait(self, days: int) -> None:
        self.at += days * DAY

    @invariant()
    def the_books_agree(self) -> None:
        points, held, owed = assert_member(Member.get_by_id(self.member))
        assert held == sum(self.holds.values())
        assert points + held - owed == self.worth
        assert points == 0 or owed == 0

    def _pick(self, rows: dict[int, int], which: int) -> tuple[int, int]:
        line = sorted(rows)[which % len(rows)]
        return line, rows.pop(line)

    def _lapsed(self, earned: int) -> int:
        lot = Lot.get(Lot.line == earned)
        return sum(use.points for use in lot.uses if use.line.kind == "expire")


def test_the_ledger_holds_whatever_the_order(world: World, engine: str) -> None:
    class Walk(Bookkeeper):
        pass

    Walk.world = world
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=needs.patience(40 if engine == "sqlite" else 15, 200),
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
