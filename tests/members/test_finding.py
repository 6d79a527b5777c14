"""The desk finds members by whatever is at hand, twenty at most, masked."""

import pytest

from tests.world import NOON, World
from webapp.members import codes, finding, merging


@pytest.mark.parametrize("text", ["0001", " 0001 ", "13800000001", "+86 138 0000 0001", "林小", "林小满"])
def test_by_tail_number_and_name(world: World, text: str) -> None:
    found = finding.search(text, NOON)
    assert [row.member for row in found] == [world.mei]
    assert found[0].masked == "138****0001"


def test_by_code_pass_and_digits(world: World) -> None:
    six, _ = codes.digits(world.mei, NOON)
    for text in (world.mei.code, world.mei.code.lower(), codes.text(world.mei, NOON), six, f"{six[:3]} {six[3:]}"):
        assert [row.member for row in finding.search(text, NOON)] == [world.mei]
    assert finding.search(six, NOON + 1000) == []


@pytest.mark.parametrize("text", ["", "   ", "9999", "000000", "%", "_", "小满", "😀", "'; --", "x" * 5000])
def test_nothing_is_found_by_nothing(world: World, text: str) -> None:
    assert finding.search(text, NOON) == []


def test_merged_and_erased_cards_are_not_there_and_lists_are_bounded(world: World) -> None:
    guest = world.member("林客", None)
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    world.member("林走", None, erased_at=NOON)
    assert [row.member for row in finding.search("林", NOON)] == [world.mei]
    for place in range(25):
        world.member(f"王{place}", None)
    assert len(finding.search("王", NOON)) == 20
