"""Coupons: given once for one reason, used once, taken back within minutes; the wallet says which are left."""

import pytest

from models import Coupon, Staff
from tests.kit.crowd import together, won
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp.clock import DAY, MINUTE
from webapp.prices import coupons
from webapp.refusals import Refusal


def given(world: World, key: str = "k", at: int = NOON) -> Coupon:
    return coupons.give(world.mei, world.bath, 500, "late", at, key=key)


def test_the_same_reason_gives_one(world: World) -> None:
    assert given(world).id == given(world, at=NOON + 5).id
    assert Coupon.select().count() == 1


def test_it_lasts_to_the_end_of_a_day(world: World) -> None:
    coupon = given(world)
    assert coupons.usable(world.mei, coupon.expires_at - 1) == [coupon]
    assert coupons.usable(world.mei, coupon.expires_at) == []
    with pytest.raises(Refusal, match="过期"):
        coupons.use(coupon, world.bath, world.chen, coupon.expires_at)


def test_used_once_and_taken_back_within_minutes(world: World) -> None:
    coupon = coupons.use(given(world), world.bath, world.chen, NOON)
    assert coupons.use(coupon, world.bath, world.chen, NOON + 1).used_at == NOON
    with pytest.raises(Refusal, match="用过"):
        coupons.use(coupon, world.bath, world.kai, NOON + 1)
    with pytest.raises(Refusal, match="时间"):
        coupons.undo(coupon, world.bath, world.chen, NOON + 11 * MINUTE)
    assert coupons.undo(coupon, world.bath, world.kai, NOON + 9 * MINUTE).used_at is None
    assert coupons.use(coupon, world.bath, world.kai, NOON + 9 * MINUTE).used_by_id == world.kai.id


def test_nobody_uses_their_own(world: World) -> None:
    Staff.update(member=world.mei.id).where(Staff.id == world.chen.id).execute()
    with pytest.raises(Refusal, match="自己"):
        coupons.use(given(world), world.bath, world.fresh(world.chen), NOON)


def test_two_tablets_at_once_use_it_once(world: World) -> None:
    coupon = given(world)
    tried = together(
        *(lambda person=person: coupons.use(coupon, world.bath, person, NOON) for person in (world.chen, world.kai) * 5)
    )
    assert len({row.used_by_id for row in won(tried)}) == 1
    assert Coupon.get().used_at == NOON


def test_nothing_is_no_coupon(world: World) -> None:
    with pytest.raises(Refusal):
        coupons.give(world.mei, world.bath, 0, "late", NOON, key="k")


def test_a_months_giving_is_counted_from_the_first(world: World) -> None:
    given(world, at=NOON - 25 * DAY)
    given(world, "k2")
    assert coupons.given_in_month(world.bath, "late", NOON) == 500


def test_the_wallet_and_the_counter(as_member: AsMember, as_staff: AsStaff, world: World) -> None:
    phone, desk = as_member(world.mei), as_staff(world.chen)
    assert "现在没有券" in phone.get("/coupons").get_data(as_text=True)
    coupon = given(world)
    assert "¥5" in phone.get("/coupons").get_data(as_text=True)
    assert desk.post(f"/desk/coupons/{coupon.code}/use").status_code == 303
    assert "用掉" in phone.get("/coupons").get_data(as_text=True)
    assert desk.post(f"/desk/coupons/{coupon.code}/return").status_code == 303
    assert Coupon.get().used_at is None
    assert desk.post("/desk/coupons/NOSUCH/use").status_code == 404
