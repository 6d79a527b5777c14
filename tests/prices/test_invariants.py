"""`flask check` on coupons, words, handouts and neighbours: what was lived breaks nothing; every damage behind the rules' back is found and named."""

from collections.abc import Callable

import pytest

from models import Coupon, CouponCode, Handout, Partner, Purchase, Template, Voucher, Work
from tests.offers.shelf import template
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY
from webapp.insights import segments
from webapp.members import consents, merging, privacy
from webapp.offers import handouts, holding, partners
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.prices import codes, coupons


@pytest.fixture
def lived(world: World) -> World:
    """Coupons in every state: used by hand, on a bill, returned with one, held, let go, lapsed, by a word, by a handout; codes of a neighbour."""
    coupons.heard[:] = [holding.taken]
    made = template(world, per_member=None)
    some = [coupons.issue(made, world.mei, world.bath, NOON, key=f"k{n}", trigger="hand") for n in range(5)]
    coupons.use(some[0], world.bath, world.chen, NOON)
    for n, one in enumerate(some[1:3]):
        bill = purchases.record(world.bath, Bill(5_000, f"b{n}", "desk"), world.mei, world.chen, NOON)
        coupons.use(one, world.bath, world.chen, NOON, purchase=bill, saved=500)
        if n:
            purchases.refund(bill.id, 5_000, key="r", staff=world.lin, at=NOON)
    holding.hold(some[3], world.mei, world.bath, NOON)
    holding.cancel(holding.hold(coupons.give(world.xin, world.bath, 300, "goodwill", NOON - 91 * DAY, key="old"), world.xin, world.bath, NOON - DAY), world.xin, NOON)  # fmt: skip
    codes.redeem(world.xin, codes.put(made, codes.Draft("WORD"), NOON).code, world.bath, NOON)
    everybody = segments.put(world.brand, "所有人", {"is": "all"}, world.lin, NOON)
    handouts.begin(made, everybody.id, world.bath, world.lin, NOON, key="h")
    while handouts.go_on(NOON):
        pass
    for who in (world.mei, world.xin):
        consents.choose(who.id, "partner", True, source="me", at=NOON)
    gym = partners.put(None, partners.Draft("青松健身", {"zh": "体验"}), brand=world.brand.id, at=NOON)[0]
    partners.use(gym, partners.give(gym, world.mei, world.bath, NOON).code, NOON)
    partners.give(gym, world.xin, world.bath, NOON)
    return world


def broken() -> list[str]:
    ours = ("coupon", "word", "handout", "neighbour")
    return [breach.name for breach in check.run() if any(word in breach.name for word in ours)]


def test_what_was_lived_breaks_nothing(lived: World) -> None:
    assert broken() == []


def used(world: World) -> Coupon:
    found: Coupon = Coupon.select().where(Coupon.purchase.is_null(False), Coupon.used_at.is_null(False)).get()
    return found


def test_two_cards_that_become_one_break_nothing(lived: World) -> None:
    guest = lived.member("", None)
    given = coupons.issue(template(lived), guest, lived.bath, NOON, key="guest", trigger="hand")
    holding.hold(given, guest, lived.bath, NOON)
    merging.merge(guest, lived.xin, lived.chen, lived.bath, NOON)
    assert lived.fresh(given).member_id == lived.xin.id
    assert broken() == []


def test_who_is_forgotten_leaves_no_open_coupon_and_breaks_nothing(lived: World) -> None:
    assert Coupon.select().where(Coupon.held_until.is_null(False)).exists()
    privacy.erase(lived.fresh(lived.mei), NOON + 60)
    assert coupons.usable(lived.mei, NOON + 61) == []
    assert not Coupon.select().where(Coupon.held_until.is_null(False)).exists()
    assert not Voucher.select().where(Voucher.used_at.is_null(), Voucher.member == lived.mei.id, Voucher.expires_at > NOON + 60).exists()  # fmt: skip
    assert broken() == []


def test_the_export_has_coupons_and_codes(lived: World) -> None:
    told = privacy.export(lived.mei, NOON)
    assert len(told["coupons"]) == Coupon.select().where(Coupon.member == lived.mei.id).count()
    assert [row["partner_name"] for row in told["vouchers"]] == ["青松健身"]


DAMAGE: list[tuple[str, Callable[[World], object]]] = [
    ("of a kind of coupon", lambda w: Template.update(given=Template.given + 1).execute()),
    ("a word gave", lambda w: CouponCode.update(used=CouponCode.used + 1).execute()),
    ("a handout gave", lambda w: Handout.update(given=Handout.given - 1).execute()),
    ("that waits", lambda w: Work.update(done_at=NOON).where(Work.kind == "coupon").execute()),
    ("that waits", lambda w: Coupon.update(held_until=None).execute()),
    ("that waits", lambda w: Coupon.update(pair="").where(Coupon.held_until.is_null(False)).execute()),
    ("on a bill", lambda w: Coupon.update(saved=5_001).where(Coupon.id == used(w).id).execute()),
    ("on a bill", lambda w: Purchase.update(member=w.xin.id).where(Purchase.id == used(w).purchase_id).execute()),
    ("on a bill", lambda w: Coupon.update(purchase=used(w).purchase_id, saved=1).where(Coupon.key == "k0").execute()),
    ("before it was good", lambda w: Coupon.update(from_at=NOON + 1).where(Coupon.key == "k0").execute()),
    ("before it was good", lambda w: Coupon.update(saved=1).where(Coupon.key == "k4").execute()),
    ("in its time, by somebody", lambda w: Coupon.update(used_by=None).where(Coupon.key == "k0").execute()),
    ("a neighbour gave", lambda w: Partner.update(given=Partner.given + 1).execute()),
    ("a neighbour gave", lambda w: Voucher.update(used_at=Voucher.made_at - 1).execute()),
]


@pytest.mark.parametrize(("name", "damage"), DAMAGE)
def test_every_damage_is_named(lived: World, name: str, damage: Callable[[World], object]) -> None:
    assert damage(lived)
    assert any(name in breach for breach in broken())
