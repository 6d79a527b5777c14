"""Words that give a coupon: once per member, so often in all, however they are typed; wrong guesses are counted."""

import pytest

from models import Coupon, CouponCode
from tests.kit.crowd import together, told, won
from tests.offers.shelf import template
from tests.world import NOON, World
from webapp.clock import DAY
from webapp.prices import codes, coupons, templates
from webapp.prices.codes import Draft
from webapp.refusals import Refusal, TooMany


def word(world: World, code: str = "夏天AUG8", **fields: int) -> CouponCode:
    return codes.put(template(world), Draft(code, **fields), NOON, world.lin)


@pytest.mark.parametrize("typed", ["夏天AUG8", "夏天aug8", " 夏天 aug8 ", "夏天ＡＵＧ８"])
def test_it_is_read_as_people_type_it(world: World, typed: str) -> None:
    word(world)
    coupon = codes.redeem(world.mei, typed, world.bath, NOON)
    assert (coupon.member_id, coupon.trigger, coupons.worth(coupon, 900)) == (world.mei.id, "code", 500)


def test_once_per_member_and_the_second_time_is_the_first(world: World) -> None:
    made = word(world)
    first = codes.redeem(world.mei, "夏天AUG8", world.bath, NOON)
    coupons.use(first, world.bath, world.chen, NOON)
    assert codes.redeem(world.mei, "夏天AUG8", world.bath, NOON + 9).id == first.id
    assert world.fresh(made).used == 1


def test_what_came_along_from_another_card_counts(world: World) -> None:
    word(world)
    first = codes.redeem(world.xin, "夏天AUG8", world.bath, NOON)
    Coupon.update(member=world.mei.id).where(Coupon.id == first.id).execute()
    assert codes.redeem(world.mei, "夏天AUG8", world.bath, NOON).id == first.id
    with pytest.raises(Refusal, match="已经用过"):
        codes.redeem(world.xin, "夏天AUG8", world.bath, NOON)


def test_its_window_and_its_end(world: World) -> None:
    made = word(world, from_at=NOON + DAY, until_at=NOON + 2 * DAY)
    for at, code in ((NOON, "not_yet"), (NOON + 2 * DAY, "expired")):
        with pytest.raises(Refusal) as refused:
            codes.redeem(world.mei, made.code, world.bath, at)
        assert (refused.value.code, refused.value.field) == (code, "code")
    assert codes.retire(codes.retire(made, NOON, world.lin), NOON + 5).retired_at == NOON
    with pytest.raises(Refusal) as refused:
        codes.redeem(world.mei, made.code, world.bath, NOON + DAY)
    assert refused.value.code == "no_such_code"


def test_a_retired_template_gives_nothing_by_its_word(world: World) -> None:
    made = word(world)
    templates.retire(made.template, NOON)
    with pytest.raises(Refusal, match="停发"):
        codes.redeem(world.mei, made.code, world.bath, NOON)
    assert world.fresh(made).used == 0


def test_guessing_is_stopped(world: World) -> None:
    word(world)
    for n in range(5):
        with pytest.raises(Refusal, match="没有这个口令"):
            codes.redeem(world.mei, f"GUESS{n}", world.bath, NOON, source="a phone")
    with pytest.raises(TooMany):
        codes.redeem(world.mei, "夏天AUG8", world.bath, NOON, source="a phone")
    assert codes.redeem(world.xin, "夏天AUG8", world.bath, NOON, source="a phone")


@pytest.mark.parametrize("code", ["AB", "A" * 21, "A_B_C", "-ABC", "", "减;五"])
def test_what_nobody_could_type_is_no_word(world: World, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        word(world, code)
    assert refused.value.field == "code"


def test_a_word_leads_to_one_template(world: World) -> None:
    made = template(world)
    first = codes.put(made, Draft("AUG8"), NOON)
    assert codes.put(made, Draft("aug8"), NOON).id == first.id
    with pytest.raises(Refusal, match="换一个"):
        codes.put(template(world), Draft("AUG8"), NOON)
    codes.retire(first, NOON)
    with pytest.raises(Refusal, match="换一个"):
        codes.put(made, Draft("AUG8"), NOON)


def test_the_last_ones_go_to_so_many_and_no_more(world: World) -> None:
    made = word(world, most=5)
    people = [world.member(f"客{n}") for n in range(20)]
    tried = together(*(lambda who=who: codes.redeem(who, made.code, world.bath, NOON) for who in people))
    assert len(won(tried)) == 5
    assert told(tried) == ["none_left"]
    assert Coupon.select().count() == world.fresh(made).used == world.fresh(made.template).given == 5


def test_many_taps_of_one_member_are_one_coupon(world: World) -> None:
    made = word(world, most=5)
    tried = together(*[lambda: codes.redeem(world.mei, made.code, world.bath, NOON)] * 12)
    assert len({coupon.id for coupon in won(tried)}) == 1
    assert told(tried) == []
    assert world.fresh(made).used == 1
