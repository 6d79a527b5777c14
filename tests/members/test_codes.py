"""The member's own code: signed, dated, and six digits for when nothing can be scanned."""

import pytest

from models import Digits
from tests.world import NOON, World
from webapp import vault
from webapp.clock import DAY, MINUTE
from webapp.members import codes, merging
from webapp.refusals import Missing, Refusal


def test_a_pass_says_whose_it_is_and_that_it_is_fresh(world: World) -> None:
    found = codes.read(codes.text(world.mei, NOON), NOON + 5)
    assert (found.member, found.issued, found.fresh) == (world.mei, NOON, True)


def test_a_pass_of_a_while_ago_may_be_a_picture(world: World) -> None:
    text = codes.text(world.mei, NOON)
    assert codes.read(text, NOON + 2 * MINUTE).fresh
    assert not codes.read(text, NOON + 3 * MINUTE).fresh
    assert not codes.read(text, NOON - 5 * MINUTE).fresh
    for at in (NOON + DAY + 1, NOON - DAY - 1):
        with pytest.raises(Refusal, match="太旧"):
            codes.read(text, at)


def test_a_pass_that_was_changed_is_none_of_ours(world: World) -> None:
    good = codes.text(world.mei, NOON)
    other = good.replace(world.mei.code, world.xin.code)
    for bad in (other, good[:-1], good[4:], "HT1.", "", "😀", "HT1." + vault.sign("pulse", f"{world.mei.code}:{NOON}")):
        with pytest.raises(Refusal, match="不是本店"):
            codes.read(bad, NOON)


def test_the_pass_of_a_merged_card_leads_to_the_one_that_stayed(world: World) -> None:
    guest = world.member("", None)
    text = codes.text(guest, NOON)
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    assert codes.read(text, NOON).member == world.mei


def test_digits_stay_while_the_page_is_open_and_lapse_afterwards(world: World) -> None:
    first, until = codes.digits(world.mei, NOON)
    again, later = codes.digits(world.mei, NOON + 30)
    assert (again, later) == (first, until + 30)
    assert codes.of_digits(first, NOON + 60) == world.mei
    with pytest.raises(Missing):
        codes.of_digits(first, later)
    codes.digits(world.mei, later)
    assert Digits.select().count() == 1


def test_two_members_never_share_digits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["111111", "111111", "222222"])
    monkeypatch.setattr(vault, "digits", lambda _: next(drawn))
    assert codes.digits(world.mei, NOON)[0] == "111111"
    assert codes.digits(world.xin, NOON)[0] == "222222"
