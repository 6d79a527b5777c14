"""`flask check` on a dry cleaner's: a week that was lived breaks nothing; every damage behind the rules' back is found and named."""

from collections.abc import Callable

import pytest

import models
from models import Garment, Member, Order, OrderWord, Photo, Purchase, Step, Wear, Work
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp import check
from webapp.clock import HOUR
from webapp.laundry import agreement, handing, stages


@pytest.fixture
def lived(world: World) -> World:
    """One order in every state; one went back after a failed check; one on the list to call, one talked about, one collected and paid."""
    cleaner = Cleaner(world)
    cleaner.add(cleaner.open())
    cleaner.add(cleaner.open(guest="王先生"))
    asked = cleaner.asked(at=NOON - 30 * HOUR)
    agreement.discuss(asked, world.mei, "看看", NOON - 29 * HOUR, key="w")
    agreement.reply(asked, cleaner.bo, "好", NOON - 28 * HOUR, key="r")
    agreement.call_list(NOON)
    again = cleaner.agreed(pieces=2)
    cleaner.until(again, "cleaned")
    stages.fail(pieces(again)[0], cleaner.rui, "还有印子", NOON)
    wrong = cleaner.agreed()
    stages.back(cleaner.until(wrong, "cleaned")[0], cleaner.qi, NOON)
    agreement.overrule(cleaner.asked(cleaner.world.xin), cleaner.shen, "电话说好", NOON)
    cleaner.ready(pieces=2)
    done = cleaner.ready(world.xin)
    handing.collect(done, cleaner.bo, NOON + HOUR, paid=True)
    handing.cancel(cleaner.asked(), cleaner.bo, "不洗了", NOON)
    part = cleaner.agreed(pieces=2)
    cleaner.until(part, "checked")
    stages.advance(cleaner.tags(part)[:1], "racked", cleaner.bo, cleaner.store, NOON)
    cleaner.add(cleaner.agreed())  # the yes is taken back with it
    return world


def test_a_laundry_that_was_lived_in_breaks_nothing(lived: World) -> None:
    assert {order.state for order in Order.select()} == set(models.ORDER_STATES)
    assert check.run() == []


DAMAGES: list[tuple[str, Callable[[], object]]] = [
    ("ready when all its pieces hang", lambda: Garment.update(stage="checked").where(Garment.stage == "racked").execute()),
    ("ready when all its pieces hang", lambda: Order.update(state="agreed", ready_at=None).where(Order.state == "ready").execute()),
    ("handed over, every piece", lambda: Garment.update(handed_at=None).execute()),
    ("nothing before it was agreed", lambda: Garment.update(handed_at=NOON).where(Garment.stage == "received").execute()),
    ("nothing is treated before somebody agreed", lambda: Garment.update(stage="treated").where(Garment.stage == "received").execute()),
    ("nothing is treated before somebody agreed", lambda: Order.update(agreed_at=None, agreed_how="").where(Order.agreed_how == "manager").execute()),
    ("an order's stamps", lambda: Order.update(ready_at=None).where(Order.state == "collected").execute()),
    ("an order's stamps", lambda: Order.update(asked_at=None).where(Order.state == "awaiting").execute()),
    ("an order's stamps", lambda: Order.update(promised_at=None).where(Order.state == "agreed").execute()),
    ("an order costs", lambda: Order.update(price=Order.price + 1).execute()),
    ("an order costs", lambda: Garment.update(price=Garment.price + 1).execute()),
    ("an order has one bill", lambda: Purchase.update(store=models.Store.get(slug="retail").id).execute()),
    ("an order has one bill", lambda: Order.update(paid_at=None).execute()),
    ("where its last step brought it", lambda: Step.delete().where(Step.stage == "racked").execute()),
    ("its failed checks are counted", lambda: Garment.update(failed=Garment.failed + 1).execute()),
    ("from one stage to the next", lambda: Step.delete().where(Step.stage == "treated").execute()),
    ("from one stage to the next", lambda: Step.update(why="").where(~Step.passed).execute()),
    ("from one stage to the next", lambda: Step.update(why="").where(Step.why == stages.UNDONE).execute()),
    ("by somebody else than who cleaned it", lambda: Step.update(staff=Step.select(Step.staff).where(Step.stage == "cleaned").limit(1)).where(Step.why == stages.SECOND).execute()),
    ("its member's", lambda: Wear.update(member=_other()).execute()),
    ("its member's", lambda: Photo.update(member=_other()).execute()),
    ("its member's", lambda: OrderWord.update(member=_other()).where(OrderWord.member.is_null(False)).execute()),
    ("a card about an order leaves", lambda: Order.update(state="cancelled", ended_at=1).where(Order.state == "awaiting").execute()),
    ("a card about an order leaves", lambda: Work.update(kind="promise", ref="nobody").where(Work.kind == "agree").execute()),
    ("has no wardrobe", lambda: Member.update(erased_at=1).where(Member.id == Wear.select(Wear.member).limit(1)).execute()),
    ("nothing is at the laundry", lambda: Member.update(merged_into=_other()).where(Member.id.in_(Order.select(Order.member))).execute()),
]  # fmt: skip


def _other() -> int:
    """Somebody whose clothes they are not."""
    return int(Member.create(brand=models.Brand.get().id, code="SOMEBODY", joined_at=NOON).id)


def test_every_damage_is_found_and_named(lived: World) -> None:
    for name, damage in DAMAGES:
        with models.database.obj.atomic() as undo:
            damage()
            found = [breach for breach in check.run() if name in breach.name]
            undo.rollback()
        assert found, name
        assert found[0].rows[0].count("=") >= 1
    assert check.run() == []
