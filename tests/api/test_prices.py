"""The till asks for a price and charges it: the same price as at the pad, the coupon goes with the bill, there and back."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import ApiCall, Coupon, Event, Member, Purchase, Visit
from tests.api.test_purchases import Till, is_problem, till
from tests.kit.doors import AsStaff
from tests.points.test_desk_prices import preview, shown
from tests.prices.offers import bundle, coupon, double, member_day, percent
from tests.world import World
from webapp import check
from webapp.prices import coupons, editing

__all__ = ["till"]


def who(member: Member) -> dict[str, str]:
    return {"code": member.code}


def test_a_price_is_said_with_its_steps_and_why_and_writes_nothing(till: Till, world: World) -> None:
    member_day(world, 20)
    mine = coupon(world, world.xin, 500)
    set_ = bundle(world, 5_800, 7_800)
    events = Event.select().count()
    asked = {"full_amount": 10_000, "coupon": "best", "member": who(world.xin)}
    answer = till.post("/prices", asked, **{"Accept-Language": "zh-CN"})
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["coupons"].pop()["code"] == mine.code
    assert body == {
        "full_amount": 10_000,
        "to_pay": 7_500,
        "steps": [
            {"kind": "member_day", "off": 2_000, "percent": 20, "name": {"zh": "会员日"}},
            {"kind": "coupon", "off": 500, "name": {"zh": "回头券"}},
        ],
        "why": ["会员日再加一张券，一共省 ¥25"],
        "points": 75,
        "coupons": [],
        "bundles": [{"id": set_.id, "name": {"zh": "下午茶套餐"}, "price": 5_800, "usual": 7_800}],
    }
    assert (Purchase.select().count(), ApiCall.select().count(), Event.select().count()) == (0, 0, events)


def test_a_bill_by_its_full_amount_says_what_to_charge(till: Till, world: World) -> None:
    vip = world.member("贵客", tier="vip")
    mine = coupon(world, vip, 500)
    answer = till.post(
        "/purchases",
        {"full_amount": 10_000, "reduced_amount": 4_000, "coupon": mine.code, "to_pay": 8_900, "member": who(vip)},
    )
    assert answer.status_code == 201
    body = answer.get_json()
    assert (body["amount"], body["full_amount"], body["points"]) == (8_900, 10_000, 133)
    assert [(step["kind"], step["off"]) for step in body["steps"]] == [("tier", 600), ("coupon", 500)]
    assert world.fresh(mine).used_at == world.at
    assert world.fresh(mine).used_by_id is None
    assert till.get(f"/purchases/{body['id']}").get_json() == body


def test_a_whole_refund_through_the_till_gives_the_coupon_back(till: Till, world: World) -> None:
    mine = coupon(world, world.xin, 500)
    bill = till.post("/purchases", {"full_amount": 10_000, "coupon": "best", "member": who(world.xin)}).get_json()
    till.post(f"/purchases/{bill['id']}/refunds", {"amount": 4_000})
    assert world.fresh(mine).used_at == world.at
    back = till.post(f"/purchases/{bill['id']}/refunds", {"amount": 5_500}).get_json()
    assert (back["refunded"], back["points"], back["balance"]) == (9_500, 0, 0)
    assert world.fresh(mine).used_at is None


def test_coupons_are_left_alone_unless_they_are_asked_for(till: Till, world: World) -> None:
    coupon(world, world.xin, 500)
    body = till.post("/purchases", {"full_amount": 10_000, "member": who(world.xin)}).get_json()
    assert (body["amount"], body["steps"], body["why"]) == (10_000, [], [])
    assert Coupon.get().used_at is None


def test_the_same_call_again_charges_the_same_and_uses_one_coupon(till: Till, world: World) -> None:
    coupon(world, world.xin, 500)
    coupon(world, world.xin, 400)
    bill = {"full_amount": 10_000, "coupon": "best", "member": who(world.xin)}
    first, again = till.post("/purchases", bill, key="one"), till.post("/purchases", bill, key="one")
    assert first.data == again.data
    assert Coupon.select().where(Coupon.used_at.is_null(False)).count() == 1


def test_a_price_that_has_changed_is_refused(till: Till, world: World) -> None:
    day = member_day(world, 20)
    seen = till.post("/prices", {"full_amount": 10_000, "member": who(world.xin)}).get_json()["to_pay"]
    editing.switch(day, False, world.at, world.lin)
    answer = till.post("/purchases", {"full_amount": 10_000, "to_pay": seen, "member": who(world.xin)})
    assert is_problem(answer, 422, "price_changed")
    assert Purchase.select().count() == 0


def test_what_makes_no_sense_is_refused(till: Till, world: World) -> None:
    theirs = coupon(world, world.mei, 500)
    member = who(world.xin)
    free = bundle(world, 0, 10_000)
    for body, code, field in (
        ({"amount": 100, "full_amount": 100}, "invalid_body", None),
        ({"receipt": "A-1"}, "invalid_body", None),
        ({"amount": 100, "coupon": "best"}, "invalid_body", "amount"),
        ({"amount": 100, "reduced_amount": 10}, "invalid_body", "amount"),
        ({"full_amount": 100, "reduced_amount": 101}, "reduced_too_large", "reduced_amount"),
        ({"full_amount": 100, "reduced_amount": -1}, "invalid_body", "reduced_amount"),
        ({"full_amount": 10_000, "coupon": theirs.code, "member": member}, "no_such_coupon", "coupon"),
        ({"full_amount": 10_000, "coupon": "NOSUCH"}, "no_such_coupon", "coupon"),
        ({"full_amount": 10_000, "bundle": free.id, "member": member}, "nothing_to_pay", "amount"),
        ({"full_amount": 10_000, "bundle": 999}, "no_such_bundle", "bundle"),
        ({"full_amount": 5_000_001}, "amount_too_large", "amount"),
    ):
        answer = till.post("/purchases", body)
        assert is_problem(answer, 422, code)
        assert answer.get_json().get("field") == field, body
    assert Purchase.select().count() == 0
    assert Coupon.select().where(Coupon.used_at.is_null(False)).count() == 0


def test_what_a_coupon_pays_for_whole_is_no_bill_and_the_coupon_is_used_once(till: Till, world: World) -> None:
    large = coupon(world, world.xin, 20_000)
    coupon(world, world.xin, 30_000)
    sale = {"full_amount": 10_000, "coupon": "best", "to_pay": 0, "member": who(world.xin)}
    assert till.post("/prices", {k: v for k, v in sale.items() if k != "to_pay"}).get_json()["to_pay"] == 0
    first, again = till.post("/purchases", sale, key="one"), till.post("/purchases", sale, key="one")
    assert first.status_code == again.status_code == 200
    assert first.data == again.data
    answer = first.get_json()
    used = Coupon.get(Coupon.used_at.is_null(False))
    assert answer == {"amount": 0, "full_amount": 10_000, "coupon": used.code, "saved": 10_000}
    assert (used.saved, used.used_store_id, used.used_by_id, used.purchase_id) == (10_000, world.bath.id, None, None)
    assert Purchase.select().count() == 0
    assert Coupon.select().where(Coupon.used_at.is_null(False)).count() == 1
    assert Visit.select().where(Visit.member == world.xin.id).count() == 1
    back = coupons.undo(used, world.bath, world.chen, world.at + 60)
    assert (back.used_at, back.saved) == (None, None)
    assert check.run() == []
    assert large.member_id == world.xin.id


def test_a_price_needs_the_tills_key(till: Till) -> None:
    answer = till.client.post("/api/v1/prices", json={"full_amount": 100})
    assert is_problem(answer, 401, "unauthorized")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    full=st.integers(100, 200_000),
    share=st.integers(0, 100),
    tier=st.sampled_from(("ordinary", "loyal", "vip")),
    off=st.integers(1, 100),
    worth=st.integers(1, 5_000),
    chosen=st.sampled_from(("best", "none")),
)
def test_till_and_pad_say_the_same_price(
    till: Till, as_staff: AsStaff, world: World, full: int, share: int, tier: str, off: int, worth: int, chosen: str
) -> None:
    reduced = full * share // 100
    tablet = as_staff(world.chen)
    member: Any = world.member("谁", tier=tier)
    coupon(world, member, worth, minimum=worth)
    day = percent(world, off, tiers=[tier])
    more = double(world, 200, tiers=["vip"])
    asked = {"full_amount": full, "reduced_amount": reduced, "coupon": chosen, "member": who(member)}
    said = till.post("/prices", asked).get_json()
    yuan = {
        "amount": f"{full / 100:.2f}",
        "reduced_amount": f"{reduced / 100:.2f}",
        "coupon": "" if chosen == "best" else chosen,
    }
    assert shown(preview(tablet, member, **yuan)) == f"{full}:{said['to_pay']}"
    for each in (day, more):
        editing.retire(each, world.at, world.lin)
