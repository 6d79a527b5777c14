"""A piece that came back damaged is a case at once, with its clock and its words; later words go into its thread."""

import pytest

from models import Case, CaseEntry, Garment, Work
from tests.kit.doors import AsMember
from tests.laundry.places import Cleaner
from tests.world import NOON, World
from webapp.clock import HOUR, MINUTE
from webapp.complaints import cases, claims
from webapp.laundry import after, handing

TICKET = "0123456789abcdef"


@pytest.fixture
def coat(world: World) -> Garment:
    """Mei's coat, taken home an hour ago."""
    cleaner = Cleaner(world)
    order = cleaner.agreed(world.mei, NOON - HOUR)
    cleaner.until(order, "racked", NOON - HOUR)
    handing.collect(order, cleaner.bo, NOON - HOUR, paid=True)
    return Garment.get(Garment.order == order.id)


def cards() -> list[str]:
    return sorted(kind for (kind,) in Work.select(Work.kind).where(Work.done_at.is_null()).tuples())


def test_a_claim_that_nobody_took_up_becomes_a_case_whose_clock_runs_since_then(world: World, coat: Garment) -> None:
    after.claim(coat, world.mei, "袖口破了一个洞", NOON, key="c")
    assert cards() == ["claim"]
    assert claims.collect(NOON + 5 * MINUTE) == 1
    assert claims.collect(NOON + 6 * MINUTE) == 0
    case = Case.get()
    assert (case.kind, case.category, case.about, case.ref, case.made_at) == (
        "claim",
        "damage",
        "garment",
        coat.tag,
        NOON,
    )
    assert cards() == ["case"]
    assert world.fresh(world.mei).care_since == NOON
    assert cases.text_of(CaseEntry.get()) == "袖口破了一个洞"


def test_what_is_added_later_goes_into_the_same_case(world: World, coat: Garment) -> None:
    after.claim(coat, world.mei, "袖口破了一个洞", NOON, key="c")
    claims.opened(coat.tag, NOON)
    after.claim(coat, world.mei, "扣子也少了一颗", NOON + MINUTE, key="d")
    claims.opened(coat.tag, NOON + MINUTE)
    assert Case.select().count() == 1
    said = [cases.text_of(entry) for entry in CaseEntry.select().order_by(CaseEntry.id)]
    assert said == ["袖口破了一个洞", "扣子也少了一颗"]
    assert cards() == ["case"]


def test_on_the_phone_it_is_there_at_once(as_member: AsMember, world: World, coat: Garment) -> None:
    client = as_member(world.mei)
    door = f"/orders/{coat.order.code}/garments/{coat.tag}"
    assert client.post(f"{door}/claim", data={"ticket": TICKET, "text": "袖口破了"}).status_code == 303
    case = Case.get()
    assert "看办到哪一步了" in client.get(door).get_data(as_text=True)
    assert client.get(f"/complaints/about/garment/{coat.tag}").location == f"/complaints/{case.code}"
    assert "袖口破了" in client.get(f"/complaints/{case.code}").get_data(as_text=True)
    assert as_member(world.xin).get(f"/complaints/about/garment/{coat.tag}").location == "/complaints"
