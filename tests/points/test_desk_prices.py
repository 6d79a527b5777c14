"""The pad prices a bill: what was typed is the full price, what is shown is what is paid, and the coupon goes with the bill, there and back."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Coupon, LedgerLine, Member, Purchase, Staff
from tests.kit.crowd import together, told, won
from tests.kit.doors import AsMember, AsStaff
from tests.points.books import assert_shop, balance
from tests.prices.offers import bundle, coupon, double, member_day, percent
from tests.world import World
from webapp import check, clock
from webapp.clock import DAY, HOUR
from webapp.points import purchases
from webapp.points.purchases import BEST, Basket, Bill
from webapp.prices import editing
from webapp.refusals import Refusal

TICKET = "a ticket of the pad"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(as_staff: AsStaff, world: World) -> FlaskClient:
    return as_staff(world.chen)


def preview(tablet: FlaskClient, member: Member | None, amount: str = "100", **fields: Any) -> str:
    asked = {"amount": amount, "code": member.code if member else "", **fields}
    answer = tablet.get("/desk/award/preview", query_string=asked, htmx=True)
    assert answer.status_code == 200
    return text(answer)


def give(tablet: FlaskClient, member: Member | None, amount: str = "100", ticket: str = TICKET, **fields: Any) -> Any:
    form = {"amount": amount, "code": member.code if member else "", "ticket": ticket, **fields}
    return tablet.post("/desk/award", data=form, htmx=True)


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found, "the pad says no price"
    return found[1]


def sell(world: World, member: Member, key: str = "k", *, full: int = 10_000, **basket: Any) -> Any:
    return purchases.sell(world.bath, Basket(full, **basket), Bill(0, key, "desk"), member, world.chen, world.at)


def test_the_preview_says_the_steps_the_price_and_the_points(world: World, tablet: FlaskClient) -> None:
    member_day(world, 20)
    coupon(world, world.xin, 500)
    page = preview(tablet, world.xin)
    assert all(said in page for said in ("原价", "¥100", "会员日", "−¥20", "回头券", "−¥5", "应收", "¥75"))
    assert "会员日再加一张券，一共省 ¥25" in page
    assert "75 分：¥75 × 1" in page
    assert shown(page) == "10000:7500"


def test_a_bill_without_an_offer_looks_as_it_always_did(world: World, tablet: FlaskClient) -> None:
    page = preview(tablet, world.xin, "48.60")
    assert "应收" not in page
    assert "48 分：¥48.60 × 1，舍去尾数" in page


def test_what_was_shown_is_what_is_written_down(world: World, tablet: FlaskClient) -> None:
    member_day(world, 20)
    mine = coupon(world, world.xin, 500)
    answer = give(tablet, world.xin, shown=shown(preview(tablet, world.xin)))
    assert answer.status_code == 200
    assert "收 ¥75，给 周新 75 分" in text(answer)
    bill = Purchase.get()
    assert (bill.full, bill.amount, bill.price["steps"][0]["kind"]) == (10_000, 7_500, "member_day")
    used = world.fresh(mine)
    assert (used.used_at, used.purchase_id, used.saved, used.used_by_id) == (world.at, bill.id, 500, world.chen.id)
    assert balance(world.xin) == (75, 0, 0)
    assert_shop()


def test_the_reduced_part_is_not_discounted_again(world: World, tablet: FlaskClient) -> None:
    vip = world.member("贵客", tier="vip")
    assert shown(preview(tablet, vip, reduced_amount="40")) == "10000:9400"
    answer = give(tablet, vip, reduced_amount="40", shown="10000:9400")
    assert Purchase.get().amount == 9_400
    assert answer.status_code == 200
    too_much = preview(tablet, vip, reduced_amount="100.01")
    assert "特价的部分不能比账单还多" in too_much


def test_a_price_that_has_changed_is_shown_again_before_it_holds(world: World, tablet: FlaskClient) -> None:
    day = member_day(world, 20)
    seen = shown(preview(tablet, world.xin))
    editing.switch(day, False, world.at, world.lin)
    answer = give(tablet, world.xin, shown=seen)
    assert answer.status_code == 422
    assert "价钱变了，现在是 ¥100，请看一眼再送" in text(answer)
    assert shown(text(answer)) == "10000:10000"
    assert Purchase.select().count() == 0
    assert give(tablet, world.xin, shown=shown(text(answer))).status_code == 200


def test_a_discount_that_nobody_has_seen_is_shown_first(world: World, tablet: FlaskClient) -> None:
    """A browser without scripts, or fast fingers: the pad has not said the price yet."""
    member_day(world, 20)
    answer = give(tablet, world.xin)
    assert answer.status_code == 422
    assert "优惠后付 ¥80，请看一眼再送" in text(answer)
    assert give(tablet, world.xin, shown=shown(text(answer))).status_code == 200
    assert give(tablet, world.xin, "50", "another ticket", shown="10000:8000").status_code == 422


def test_a_coupon_that_pays_for_everything_is_used_by_itself_once(world: World, tablet: FlaskClient) -> None:
    coupon(world, world.xin, 20_000)
    coupon(world, world.xin, 20_000)
    seen = shown(preview(tablet, world.xin))
    assert seen == "10000:0"
    for _ in range(2):
        answer = give(tablet, world.xin, shown=seen)
        assert answer.status_code == 200
        assert "券付清了这一单，不用收钱" in text(answer)
    used = Coupon.get(Coupon.used_at.is_null(False))
    assert Coupon.select().where(Coupon.used_at.is_null(False)).count() == 1
    assert (used.saved, used.used_by_id, used.purchase_id) == (10_000, world.chen.id, None)
    assert Purchase.select().count() == 0
    assert balance(world.xin) == (0, 0, 0)
    assert tablet.post(f"/desk/coupons/{used.code}/return", htmx=True).status_code == 200
    assert world.fresh(used).used_at is None
    assert_shop()


def test_many_taps_at_once_of_what_a_coupon_pays_for_use_one(world: World) -> None:
    for _ in range(3):
        coupon(world, world.xin, 20_000)
    sale = Basket(10_000, coupon=BEST), Bill(0, "one ticket", "desk"), world.xin, world.chen, world.at
    together(*(lambda: purchases.sell(world.bath, *sale, shown=0) for _ in range(8)))
    assert Coupon.select().where(Coupon.used_at.is_null(False)).count() == 1
    assert_shop()


def test_nobody_pays_with_their_own_coupon_and_nothing_without_one_is_no_bill(world: World) -> None:
    mine = coupon(world, world.xin, 20_000)
    Staff.update(member=world.xin.id).where(Staff.id == world.chen.id).execute()
    world.chen = world.fresh(world.chen)
    with pytest.raises(Refusal) as own:
        sell(world, world.xin, coupon=mine.code)
    assert own.value.code == "own_card"
    free = bundle(world, 0, 10_000)
    with pytest.raises(Refusal) as nothing:
        sell(world, world.mei, bundle=free.id)
    assert nothing.value.code == "nothing_to_pay"
    assert world.fresh(mine).used_at is None


def test_a_double_tap_prices_once_and_uses_one_coupon(world: World, tablet: FlaskClient) -> None:
    coupon(world, world.xin, 500)
    coupon(world, world.xin, 400)
    seen = shown(preview(tablet, world.xin))
    assert [give(tablet, world.xin, shown=seen).status_code for _ in range(2)] == [200, 200]
    assert Purchase.select().count() == Coupon.select().where(Coupon.used_at.is_null(False)).count() == 1
    assert balance(world.xin) == (95, 0, 0)


def test_the_clerk_chooses_another_coupon_or_none(world: World, tablet: FlaskClient) -> None:
    coupon(world, world.xin, 2_000)
    small = coupon(world, world.xin, 500)
    assert small.code in text(tablet.get(f"/desk/award?member={world.xin.code}"))
    assert shown(preview(tablet, world.xin)) == "10000:8000"
    assert shown(preview(tablet, world.xin, coupon=small.code)) == "10000:9500"
    assert shown(preview(tablet, world.xin, coupon="none")) == "10000:10000"
    give(tablet, world.xin, coupon=small.code, shown="10000:9500")
    assert [each.code for each in Coupon.select().where(Coupon.used_at.is_null(False))] == [small.code]


def test_somebody_elses_coupon_is_no_choice(world: World, tablet: FlaskClient) -> None:
    theirs = coupon(world, world.mei, 500)
    assert "没有找到这张券" in preview(tablet, world.xin, coupon=theirs.code)
    answer = give(tablet, world.xin, coupon=theirs.code)
    assert answer.status_code == 422
    assert Purchase.select().count() == 0


def test_bundles_are_offered_in_their_hours(world: World, tablet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bundle(world, 5_800, 7_800, opens=14 * 60, closes=16 * 60)
    assert "下午茶套餐" in text(tablet.get("/desk/award"))
    assert shown(preview(tablet, world.xin, bundle=made.id)) == "10000:8000"
    monkeypatch.setattr(clock, "now", lambda: world.at + 2 * HOUR)
    assert "下午茶套餐" not in text(tablet.get("/desk/award"))
    assert "这个套餐现在没有" in preview(tablet, world.xin, bundle=made.id)


def test_a_bill_that_does_not_say_why_it_is_cheaper_is_found(world: World) -> None:
    member_day(world, 20)
    bill = sell(world, world.xin)
    assert_shop()
    breaks: list[dict[str, Any]] = [{"price": {}}, {"full": 7_999}, {"full": None}]
    for wrong in breaks:
        Purchase.update(wrong).where(Purchase.id == bill.id).execute()
        assert [breach.name for breach in check.run()] == [
            "a bill costs no more than its full price, and where it costs less it says why"
        ]
        Purchase.update(full=10_000, price=bill.price).where(Purchase.id == bill.id).execute()


# --- the way back -----------------------------------------------------------------------------------------------------------


def test_undo_and_a_refund_of_all_of_it_give_the_coupon_back(world: World) -> None:
    mine = coupon(world, world.xin, 500)
    bill = sell(world, world.xin, coupon=BEST)
    purchases.refund(bill.id, 4_000, key="part", staff=world.su, at=world.at)
    assert world.fresh(mine).used_at == world.at
    purchases.refund(bill.id, 5_500, key="rest", staff=world.su, at=world.at)
    back = world.fresh(mine)
    assert (back.used_at, back.purchase_id) == (None, None)
    again = sell(world, world.xin, "again", coupon=BEST)
    purchases.undo(again.id, world.chen, world.at)
    purchases.undo(again.id, world.chen, world.at)
    assert world.fresh(mine).used_at is None
    assert balance(world.xin) == (0, 0, 0)
    assert_shop()


def test_two_tablets_with_one_coupon_sell_one_cheaper_bill(world: World) -> None:
    mine = coupon(world, world.xin, 500)
    tried = together(*(lambda n=n: sell(world, world.xin, f"bill {n}", coupon=mine.code) for n in range(6)))
    assert len(won(tried)) == 1
    assert told(tried) == ["used"]
    assert Purchase.select().count() == 1
    assert balance(world.xin) == (95, 0, 0)
    assert_shop()


def test_one_ticket_many_times_at_once_is_one_bill_with_its_coupon(world: World) -> None:
    coupon(world, world.xin, 500)
    coupon(world, world.xin, 400)
    came = together(*[lambda: sell(world, world.xin, coupon=BEST)] * 8)
    assert len({bill.id for bill in won(came)}) == 1
    assert Coupon.select().where(Coupon.used_at.is_null(False)).count() == 1
    assert_shop()


def test_one_ticket_for_another_bill_is_refused(world: World) -> None:
    member_day(world, 20)
    sell(world, world.xin)
    with pytest.raises(Refusal) as no:
        sell(world, world.xin, full=9_999)
    assert no.value.code == "ticket_reused"


def test_nobody_sells_to_themselves_cheaper(world: World) -> None:
    world.chen.member = world.xin
    world.chen.save()
    coupon(world, world.xin, 500)
    with pytest.raises(Refusal) as no:
        sell(world, world.xin, coupon=BEST)
    assert no.value.code == "own_card"


# --- what the member reads --------------------------------------------------------------------------------------------------


def test_a_receipt_says_the_price_and_the_birthday(world: World, as_member: AsMember) -> None:
    vip = world.member("贵客", tier="vip", birthday=520)
    percent(world, 20)
    bill = sell(world, vip)
    assert (bill.amount, balance(vip)[0]) == (8_000, 240)
    line = LedgerLine.get(LedgerLine.purchase == bill.id)
    page = text(as_member(vip).get(f"/points/{line.id}"))
    assert "240 分：¥80 × 1 × 1.5（贵宾） × 2（生日）" in page
    assert "夏天比贵宾价多省 ¥10，按夏天算，省 ¥20" in page
    assert all(said in page for said in ("原价", "¥100", "夏天", "−¥20", "× 生日"))


def test_a_promotion_is_named_in_the_sum(world: World, tablet: FlaskClient) -> None:
    double(world, 200)
    page = preview(tablet, world.xin, "48.60")
    assert "97 分：¥48.60 × 1 × 2（双倍周），舍去尾数" in page
    assert "×2 双倍周" in page


def test_a_slip_that_is_claimed_later_keeps_the_day_it_was_paid_on(world: World) -> None:
    double(world, 200, until_at=world.at + HOUR)
    bill = purchases.record(world.bath, Bill(10_000, "slip", "desk"), None, world.chen, world.at)
    purchases.claim(bill.code, world.xin, world.at + DAY)
    assert balance(world.xin)[0] == 200


def test_somebody_without_a_card_pays_what_is_for_everybody(world: World, tablet: FlaskClient) -> None:
    percent(world, 10)
    member_day(world, 30)
    assert shown(preview(tablet, None)) == "10000:9000"
