"""Bills, coupons, levels, double points, friends and refunds in whatever order: every fen, point and coupon is accounted for."""

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Coupon, LedgerLine, Member, Purchase
from tests.kit import needs
from tests.points.books import assert_shop
from tests.points.test_referrals import friend_of
from tests.prices.offers import coupon, double, member_day
from tests.world import World
from webapp import vault
from webapp.clock import DAY
from webapp.points import ledger, purchases
from webapp.points.purchases import BEST, NONE, Basket, Bill
from webapp.prices import coupons, editing
from webapp.refusals import Refusal

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ("buy", "buy", "plain", "part", "whole", "undo", "spend", "coupon", "take", "day", "twice", "wait")
        ),
        st.integers(0, 1),
        st.integers(1, 3000),
    ),
    min_size=3,
    max_size=25,
)


@settings(max_examples=needs.patience(25, 200), deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
def test_everything_is_accounted_for_whatever_the_order(world: World, acts: list[tuple[str, int, int]]) -> None:
    at, bills, offers = world.at, [], []
    inviter: Any = world.member("请客的", f"137{Member.select().count():08d}")
    people: list[Any] = [inviter, friend_of(world, inviter, f"136{Member.select().count():08d}")]
    for number, (act, whose, n) in enumerate(acts):
        me = Member.get_by_id(people[whose].id)
        with suppress(Refusal):
            if act in ("buy", "plain"):
                basket = Basket(n * 10, n * 10 // 4, BEST if act == "buy" else NONE)
                bills.append(purchases.sell(world.bath, basket, Bill(0, vault.token(), "desk"), me, world.chen, at))
            elif act == "twice" and bills:
                purchases.undo(bills[-1].id, world.chen, at)
                purchases.undo(bills[-1].id, world.chen, at)
            elif act in ("part", "whole", "undo") and bills:
                bill = Purchase.get_by_id(bills[n % len(bills)].id)
                left = bill.amount - bill.refunded
                if act == "undo":
                    purchases.undo(bill.id, world.chen, at)
                else:
                    back = left if act == "whole" else max(left // 3, 1)
                    purchases.refund(bill.id, back, key=f"r{number}", staff=world.su, at=at)
            elif act == "spend" and me.points:
                origin = ledger.Origin("adjusted", inputs={"why": "x"})
                ledger.adjust(me.id, -min(n, me.points), key=vault.token(), at=at, expires_at=at, origin=origin)
            elif act == "coupon":
                coupon(world, me, n, minimum=n if n % 2 else 0)
            elif act == "take":
                mine = Coupon.get_or_none(Coupon.member == me.id, Coupon.used_at.is_null())
                if mine:
                    coupons.use(mine, world.bath, world.chen, at)
            elif act == "day":
                offers.append(double(world) if n % 2 else member_day(world, n % 99 + 1))
            elif act == "wait":
                at += (n % 40) * DAY
    for offer in offers:
        editing.retire(offer, world.at, world.lin)
    assert_shop()
    for bill in bills:
        now = Purchase.get_by_id(bill.id)
        lines = LedgerLine.select().where(LedgerLine.purchase == now.id, LedgerLine.kind.in_(("earn", "reverse")))
        gave = sum(line.points - line.owed for line in lines)
        assert gave >= 0
        if now.refunded == now.amount and at - world.at < 300 * DAY:
            assert gave == 0
            assert not Coupon.select().where(Coupon.purchase == now.id).exists()
