"""`flask check` on memory, joined cards and the family: what was lived breaks nothing; every damage behind the rules' back is found."""

from collections.abc import Callable

import pytest

from models import Device, Kin, Member, Memory, Merge, Moved
from tests.members.test_kin import tie
from tests.world import NOON, World
from webapp import check, signins, vault
from webapp.clock import DAY
from webapp.members import doubles, kin, memory


@pytest.fixture
def lived(world: World) -> World:
    memory.add(world.mei, NOON, key="mine", text="靠窗")
    memory.add(world.mei, NOON, key="theirs", text="茶要烫", staff=world.chen, store=world.bath, source="counter")
    memory.forget(world.mei, Memory.get().id, NOON)
    for place, state in enumerate(("asked", "merged", "undone")):
        one, other = (world.member(f"{state}{number}", f"1391111{number}00{place}") for number in (1, 2))
        merge = doubles.propose(one, other, world.bath, world.su, NOON)
        if state != "asked":
            doubles.agree(merge, one, NOON)
            doubles.agree(merge, other, NOON)
        if state == "undone":
            doubles.undo(merge, NOON + DAY, staff=world.lin)
    found = tie(world)
    signins.open_for_member(world.xin, world.bath, "phone", NOON)
    kin.begin(Device.get(Device.member == world.xin.id), world.xin, found, NOON)
    kin.end(tie(world, helper=Member.get(Member.name == "asked1")), world.mei, NOON)
    return world


def test_what_was_lived_breaks_nothing(lived: World) -> None:
    assert check.run() == []


def _moved(world: World) -> None:
    Moved.create(merge=Merge.get(Merge.state == "undone").id, what="visit.member", row=1)


DAMAGE: dict[str, Callable[[World], object]] = {
    "what is forgotten has no words": lambda w: Memory.update(text_sealed=vault.seal("x")).where(Memory.forgotten_at.is_null(False)).execute(),
    "what is remembered was written by": lambda w: Memory.update(staff=None).where(Memory.source == "counter").execute(),
    "two cards became one with both yeses": lambda w: Merge.update(second_yes_at=None).where(Merge.state == "merged").execute(),
    "and stand so until they are parted": lambda w: Member.update(merged_into=None).where(Member.merged_into.is_null(False)).execute(),
    "nothing is asked about a card": lambda w: Member.update(merged_into=w.xin.id, phone_key=None, phone_sealed=None, tail_key=None).where(Member.name == "asked2").execute(),
    "what a merge moved is kept": _moved,
    "who acts for somebody": lambda w: Kin.update(agreed_at=None).where(Kin.ended_at.is_null()).execute(),
    "a family tie ends once": lambda w: Kin.update(ended_by=w.mei.id).where(Kin.ended_at.is_null()).execute(),
}  # fmt: skip


@pytest.mark.parametrize("name", list(DAMAGE))
def test_every_damage_is_found_and_named(lived: World, name: str) -> None:
    DAMAGE[name](lived)
    assert any(name in breach.name for breach in check.run())
