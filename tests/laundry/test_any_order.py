"""Anything in any order with one bag, against a clerk with a pencil: who may do what, where each piece is, and when the bag is ready are the pencil's."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from peewee import Database

from models import ORDER_STATES, STAGES, Garment, Message, Order, Pin
from tests.kit import needs
from tests.laundry.places import Cleaner
from tests.world import NOON, World
from webapp import check
from webapp.clock import MINUTE
from webapp.laundry import agreement, handing, intake, orders, stages
from webapp.laundry.intake import Piece
from webapp.refusals import Refusal

WALKS = 5  # chance may leave a state out once
WHICH, WHO, YES = st.integers(0, 20), st.integers(0, 2), st.booleans()
STAGE = st.sampled_from(stages.BY_HAND)
UNDO = 10 * MINUTE
_number = itertools.count()


@dataclass
class Step:
    """What the clerk crosses out when it is taken back."""

    stage: str
    who: int | None
    at: int
    failed: bool = False
    undone: bool = False


@dataclass
class Coat:
    """A piece in the clerk's book."""

    price: int
    steps: list[Step] = field(default_factory=list)
    failed: int = 0
    handed: bool = False
    shown: bool = False
    pins: set[int] = field(default_factory=set)

    @property
    def stage(self) -> str:
        return self.steps[-1].stage

    @property
    def cleaner(self) -> int | None:
        return [step for step in self.steps if step.stage == "cleaned" and not step.undone][-1].who


@dataclass
class Bag:
    """The pencil: what is in the bag, how far it is, and which page the member has in hand."""

    state: str = "intake"
    coats: dict[int, Coat] = field(default_factory=dict)
    page: str = ""  # the fingerprint on the member's phone
    seen: Any = None  # what the bag was like on that page
    told_ready: int = 0

    def looks(self) -> Any:
        return [(number, coat.price, coat.shown, sorted(coat.pins)) for number, coat in sorted(self.coats.items())]

    @property
    def left(self) -> list[Coat]:
        return [coat for coat in self.coats.values() if not coat.handed]

    @property
    def begun(self) -> bool:
        return any(coat.stage not in ("received", "agreed") or coat.handed for coat in self.coats.values())

    @property
    def writable(self) -> bool:
        return self.state in ("intake", "awaiting") or (self.state == "agreed" and not self.begun)


class Week(RuleBasedStateMachine):
    """Every act is tried at the counter and looked up with the pencil; what the counter says must be what the pencil says."""

    world: World
    cleaner: Cleaner
    reached: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.member = self.world.member(f"客{next(_number)}")
        self.people = [self.cleaner.bo, self.cleaner.qi, self.cleaner.rui]
        self.order: Order = self.cleaner.open(self.member)
        self.bag = Bag()

    @initialize(how=st.sampled_from(("empty", "filled", "asked", "agreed", "ready", "collected")))
    def begin_with(self, how: str) -> None:
        if how != "empty":
            self.add(price=2, count=2)
        if how in ("asked", "agreed", "ready", "collected"):
            self.ask()
            self.open_page()
        if how in ("agreed", "ready", "collected"):
            self.agree()
        if how in ("ready", "collected"):
            self.hurry(until="racked")
        if how == "collected":
            self.fetch(paid=True)

    def teardown(self) -> None:
        assert check.run() == []

    # --- what may happen ---------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from((0, 1, 6, 11)))
    def pass_time(self, minutes: int) -> None:
        self.at += minutes * MINUTE

    @precondition(lambda self: len(self.bag.coats) < 3)
    @rule(price=st.integers(0, 3), count=st.integers(1, 2))
    def add(self, price: int, count: int) -> None:
        piece = Piece(self.cleaner.coat, "coat", "wool", price=price * 1000, count=count)
        made = self.does(
            self.bag.writable,
            lambda: intake.add(self.order, piece, self.cleaner.bo, self.at, key=f"walk {next(_number)}"),
        )
        if made:
            self.rewritten()
            for garment in made:
                self.bag.coats[garment.id] = Coat(price * 1000, [Step("received", 0, self.at)])

    @precondition(lambda self: self.bag.coats)
    @rule(which=WHICH, price=st.integers(0, 3))
    def change(self, which: int, price: int) -> None:
        number, coat = self.pick(which)
        same = coat.price == price * 1000
        piece = Piece(self.cleaner.coat, "coat", "wool", price=price * 1000)
        changed = self.does(
            self.bag.writable or same, lambda: intake.change(self.garment(number), piece, self.cleaner.bo, self.at)
        )
        if changed and not same:
            self.rewritten()
            coat.price = price * 1000

    @precondition(lambda self: self.bag.coats)
    @rule(which=WHICH)
    def remove(self, which: int) -> None:
        number, _ = self.pick(which)
        may = self.bag.state in ("intake", "awaiting")
        if self.does(may, lambda: intake.remove(self.garment(number), self.cleaner.bo, self.at)):
            self.rewritten()
            del self.bag.coats[number]

    @precondition(lambda self: self.bag.coats)
    @rule(which=WHICH, spot=st.integers(0, 3))
    def pin(self, which: int, spot: int) -> None:
        number, coat = self.pick(which)
        garment = self.garment(number)
        if not coat.shown:
            if not self.does(self.bag.writable, lambda: self.cleaner.picture(garment, self.at)):
                return
            self.rewritten()
            coat.shown = True
        new = spot not in coat.pins
        picture = garment.photos.get()
        pinned = self.does(
            self.bag.writable or not new,
            lambda: intake.pin(picture, spot, 0, "tear", "", "", self.cleaner.bo, self.at),
        )
        if pinned and new:
            self.rewritten()
            coat.pins.add(spot)

    @precondition(lambda self: any(coat.pins for coat in self.bag.coats.values()))
    @rule(which=WHICH)
    def unpin(self, which: int) -> None:
        coats = [(number, coat) for number, coat in sorted(self.bag.coats.items()) if coat.pins]
        number, coat = coats[which % len(coats)]
        spot = min(coat.pins)
        row = Pin.get(Pin.picture == self.garment(number).photos.get().id, Pin.x == spot)
        self.does(self.bag.writable, lambda: intake.unpin(row, self.cleaner.bo, self.at))
        if self.bag.writable:
            self.rewritten()
            coat.pins.discard(spot)

    @rule()
    def ask(self) -> None:
        may = self.bag.state == "awaiting" or (self.bag.state == "intake" and self.bag.coats)
        if self.does(bool(may), lambda: intake.ask(self.order, self.cleaner.bo, self.at)):
            self.bag.state = "awaiting"

    @precondition(lambda self: self.bag.state == "awaiting")
    @rule()
    def open_page(self) -> None:
        self.bag.page, self.bag.seen = orders.whole(self.order).seen, self.bag.looks()

    @precondition(lambda self: self.bag.coats)
    @rule()
    def agree(self) -> None:
        done = self.bag.state in ("agreed", "ready", "collected") or self.was_agreed()
        may = done or (self.bag.state == "awaiting" and self.bag.seen == self.bag.looks())
        agreed = self.does(
            may, lambda: agreement.agree(self.order, self.member, self.at, seen=self.bag.page or "f" * 16)
        )
        if agreed and not done:
            self.begin(None)

    @precondition(lambda self: self.bag.coats)
    @rule(how=st.sampled_from(("tablet", "manager")))
    def agree_here(self, how: str) -> None:
        done = self.was_agreed()
        may = done or (self.bag.state in ("intake", "awaiting") and bool(self.bag.coats))
        photo = self.cleaner.photo(self.member)
        staff = self.cleaner.bo if how == "tablet" else self.cleaner.shen
        agreed = self.does(
            may,
            lambda: (
                agreement.sign(self.order, photo, staff, self.at)
                if how == "tablet"
                else agreement.overrule(self.order, staff, "电话说好", self.at)
            ),
        )
        if agreed and not done:
            self.begin(9)

    @precondition(lambda self: self.bag.coats)
    @rule(picks=st.lists(WHICH, min_size=1, max_size=3), stage=STAGE, who=WHO)
    def advance(self, picks: list[int], stage: str, who: int) -> None:
        chosen = dict(self.pick(which) for which in picks)
        tags = {self.garment(number).tag: number for number in chosen}
        moved = stages.advance(list(tags), stage, self.people[who], self.cleaner.store, self.at)
        done = {garment.tag for garment in moved.done}
        for tag, number in tags.items():
            coat = chosen[number]
            there = coat.stage == stage
            ahead = STAGES.index(stage) == STAGES.index(coat.stage) + 1
            fits = self.bag.state in ("agreed", "ready") and ahead and coat.stage != "received"
            second = stage == "checked" and ahead and coat.cleaner == who
            open_ = not coat.handed and self.bag.state not in ("collected", "cancelled")
            assert (tag in done) == (open_ and (there or (fits and not second))), (coat, stage)
            if tag in done and not there:
                coat.steps.append(Step(stage, who, self.at))
        self.settle()

    @precondition(lambda self: self.bag.state == "agreed")
    @rule(until=STAGE)
    def hurry(self, until: str) -> None:
        """Everything as far as that stage, each step by whom it belongs to."""
        for number, coat in self.bag.coats.items():
            while not coat.handed and STAGES.index(coat.stage) < STAGES.index(until):
                stage = stages.next_of(self.garment(number))
                who = ((coat.cleaner or 0) + 1) % 3 if stage == "checked" else 1
                tag = self.garment(number).tag
                assert stages.advance([tag], stage, self.people[who], self.cleaner.store, self.at).done
                coat.steps.append(Step(stage, who, self.at))
        self.settle()

    @precondition(lambda self: self.bag.coats)
    @rule(which=WHICH, who=WHO)
    def fail(self, which: int, who: int) -> None:
        number, coat = self.pick(which)
        again = coat.stage == "agreed" and coat.steps[-1].failed
        may = coat.stage == "cleaned" and self.bag.state == "agreed"
        if (
            self.does(may or again, lambda: stages.fail(self.garment(number), self.people[who], "还有印子", self.at))
            and not again
        ):
            coat.steps.append(Step("agreed", who, self.at, failed=True))
            coat.failed += 1

    @precondition(lambda self: self.bag.coats)
    @rule(which=WHICH, who=WHO)
    def back(self, which: int, who: int) -> None:
        number, coat = self.pick(which)
        last = coat.steps[-1]
        own = last.who == who and (last.failed or last.stage in stages.BY_HAND)
        in_time = self.at <= last.at + UNDO
        may = own and in_time and not coat.handed and self.bag.state in ("agreed", "ready")
        if (
            self.does(may or last.undone, lambda: stages.back(self.garment(number), self.people[who], self.at))
            and not last.undone
        ):
            coat.failed -= last.failed
            coat.steps.append(Step(coat.steps[-2].stage, who, self.at, undone=True))
            if self.bag.state == "ready":
                self.bag.state = "agreed"

    @precondition(lambda self: self.bag.coats)
    @rule(place=st.sampled_from(("A-1", "B-2")))
    def rack(self, place: str) -> None:
        hangable = [coat for coat in self.bag.left if coat.stage in ("checked", "racked")]
        may = self.bag.state in ("agreed", "ready") and bool(hangable)
        if self.does(may, lambda: stages.rack(self.order, place, self.cleaner.bo, self.at)):
            for coat in hangable:
                if coat.stage == "checked":
                    coat.steps.append(Step("racked", 0, self.at))
            self.settle()

    @precondition(lambda self: self.bag.coats)
    @rule(which=WHICH, all_of_it=YES, paid=YES)
    def collect(self, which: int, all_of_it: bool, paid: bool) -> None:
        number, coat = self.pick(which)
        chosen = self.bag.left if all_of_it else [coat]
        over = self.bag.state == "collected"
        nothing = all(one.handed for one in chosen)
        hangs = all(one.stage == "racked" for one in chosen)
        tags = None if all_of_it else [self.garment(number).tag]
        may = over or (self.bag.state in ("agreed", "ready") and (nothing or hangs))
        handed = self.does(
            may,
            lambda: handing.collect(self.order, self.cleaner.bo, self.at, paid=paid, parts=tags),
        )
        if handed and not over:
            for one in chosen:
                one.handed = True
            if not self.bag.left:
                self.bag.state = "collected"

    @rule(rarely=st.integers(0, 9))
    def cancel(self, rarely: int) -> None:
        if rarely:
            return
        washed = any(coat.stage in ("cleaned", "checked", "racked") for coat in self.bag.coats.values())
        done = self.bag.state == "cancelled"
        may = done or (self.bag.state in ("intake", "awaiting", "agreed") and not washed)
        if self.does(may, lambda: handing.cancel(self.order, self.cleaner.bo, "不洗了", self.at)):
            self.bag.state = "cancelled"

    @precondition(lambda self: self.bag.state == "ready")
    @rule(paid=YES)
    def fetch(self, paid: bool) -> None:
        self.collect(which=0, all_of_it=True, paid=paid)

    @rule()
    def talk(self) -> None:
        agreement.discuss(self.order, self.member, "好了吗？", self.at, key=f"walk {next(_number)}")

    # --- what must be true after each of them ------------------------------------------------------------------------

    @invariant()
    def the_book_is_the_pencils(self) -> None:
        now = orders.fresh(self.order)
        assert now.state == self.bag.state
        self.reached.add(now.state)
        assert now.price == sum(coat.price for coat in self.bag.coats.values())
        rows = {row.id: row for row in Garment.select().where(Garment.order == now.id)}
        assert rows.keys() == self.bag.coats.keys()
        for number, coat in self.bag.coats.items():
            row = rows[number]
            assert (row.stage, row.failed, row.handed_at is not None) == (coat.stage, coat.failed, coat.handed)
            assert row.steps.count() == len(coat.steps)

    @invariant()
    def ready_is_told_each_time_it_is_and_never_else(self) -> None:
        told = Message.select().where(
            Message.member == self.member.id, Message.text == "order_ready", Message.url == f"/orders/{self.order.code}"
        )
        assert told.count() <= self.bag.told_ready

    # --- the clerk's hands -------------------------------------------------------------------------------------------

    def does(self, expected: bool, act: Any) -> Any:
        result, said = None, ""
        try:
            result = act()
        except Refusal as no:
            said = no.code
        assert expected == (not said), said
        return result

    def garment(self, number: int) -> Garment:
        found: Garment = Garment.get_by_id(number)
        return found

    def pick(self, which: int) -> tuple[int, Coat]:
        numbers = sorted(self.bag.coats)
        number = numbers[which % len(numbers)]
        return number, self.bag.coats[number]

    def was_agreed(self) -> bool:
        return bool(self.bag.coats) and all(coat.stage != "received" for coat in self.bag.coats.values())

    def rewritten(self) -> None:
        """What is written changes: a yes is none any more."""
        if self.bag.state == "agreed":
            for coat in self.bag.coats.values():
                coat.steps.append(Step("received", 0, self.at))
        self.bag.state = "intake"

    def begin(self, who: int | None) -> None:
        self.bag.state = "agreed"
        for coat in self.bag.coats.values():
            coat.steps.append(Step("agreed", who, self.at))

    def settle(self) -> None:
        if self.bag.state == "agreed" and self.bag.left and all(coat.stage == "racked" for coat in self.bag.left):
            self.bag.state = "ready"
            self.bag.told_ready += 1


def test_a_bag_holds_whatever_the_order(database: Database, engine: str) -> None:
    class Walk(Week):
        pass

    Walk.world = World()
    Walk.cleaner, Walk.reached = Cleaner(Walk.world), set()
    chosen = settings(
        max_examples=needs.patience(20 if engine == "sqlite" else 8, 100),
        stateful_step_count=40,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    for _ in range(WALKS):
        run_state_machine_as_test(Walk, settings=chosen)
        if Walk.reached == set(ORDER_STATES):
            break
    assert Walk.reached == set(ORDER_STATES)
