"""Templates: terms that a counter can honour, read back as one sentence, and limits that hold however many ask at once."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import Coupon, Event, Service, Template
from tests.kit.crowd import together, won
from tests.offers.shelf import draft, template
from tests.world import NOON, SHANGHAI, World
from webapp import filters
from webapp.clock import DAY
from webapp.prices import coupons, templates, terms
from webapp.refusals import Refusal

EXAMPLES = [
    ({}, "任何一单都减 ¥5，领到后 30 天内有效"),
    ({"minimum": 5000, "amount": 1000}, "满 ¥50 减 ¥10，领到后 30 天内有效"),
    ({"kind": "percent", "percent": 20, "amount": 3000}, "减 20%，最多减 ¥30，领到后 30 天内有效"),
    ({"kind": "percent", "percent": 15, "amount": 3000, "minimum": 10000}, "满 ¥100 减 15%，最多减 ¥30，领到后 30 天内有效"),
    ({"kind": "item", "name": {"zh": "龙井茶一壶"}}, "送龙井茶一壶，领到后 30 天内有效"),
    ({"kind": "item", "name": {"zh": "龙井茶一壶"}, "minimum": 8800}, "满 ¥88 送龙井茶一壶，领到后 30 天内有效"),
    ({"weekdays": 0b0011111}, "任何一单都减 ¥5，只在周一到周五能用，领到后 30 天内有效"),
    ({"weekdays": 0b1100000}, "任何一单都减 ¥5，只在周六、周日能用，领到后 30 天内有效"),
    ({"weekdays": 0b1000111}, "任何一单都减 ¥5，只在周一到周三、周日能用，领到后 30 天内有效"),
    ({"opens": 840, "closes": 960}, "任何一单都减 ¥5，每天 14:00–16:00 能用，领到后 30 天内有效"),
    ({"weekdays": 1, "opens": 600, "closes": 1440}, "任何一单都减 ¥5，只在周一 10:00–24:00 能用，领到后 30 天内有效"),
]  # fmt: skip


def said(phrase: Any) -> str:
    return filters.say(phrase).replace("\u202f", "")


@pytest.mark.parametrize(("fields", "sentence"), EXAMPLES)
def test_the_terms_are_one_sentence(world: World, fields: dict[str, Any], sentence: str) -> None:
    assert said(templates.sentence(template(world, **fields))) == sentence


def test_the_stores_and_the_dates_are_in_the_sentence(world: World) -> None:
    until = int(dt.datetime(2026, 7, 1, tzinfo=SHANGHAI).timestamp())
    made = template(world, stores=[world.bath.id, world.retail.id], days=None, until_at=until, from_at=NOON + 20 * DAY)
    assert said(templates.sentence(made)) == (
        "任何一单都减 ¥5，只在回头浴场·南门店、回头杂货能用，6月9日起，有效到6月30日"
    )
    both = template(world, until_at=until)
    assert said(templates.sentence(both)) == "任何一单都减 ¥5，领到后 30 天内有效，最晚到6月30日"


def test_a_service_is_named(world: World) -> None:
    scrub = Service.create(
        store=world.bath.id, name={"zh": "搓澡"}, kind="massage", minutes=30, price=6000, made_at=NOON
    )
    made = template(world, kind="service", amount=6000, service=scrub.id)
    assert said(templates.sentence(made)) == "搓澡免单，领到后 30 天内有效"
    assert coupons.worth(coupons.issue(made, world.mei, world.bath, NOON, key="k", trigger="hand"), 4000) == 4000


def test_limits_are_a_sentence_of_their_own(world: World) -> None:
    limits = templates.limits(template(world, most=100, per_day=10, per_member=1))
    assert limits
    assert said(limits) == "一共 100 张，每天 10 张，每人 1 张"
    assert templates.limits(template(world, per_member=None)) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"name": {"zh": " "}}, "name"),
        ({"kind": "rain"}, "kind"),
        ({"kind": "percent"}, "percent"),
        ({"kind": "percent", "percent": 101}, "percent"),
        ({"percent": 20}, "percent"),
        ({"kind": "service"}, "service"),
        ({"minimum": 300}, "minimum"),
        ({"weekdays": 0}, "weekdays"),
        ({"opens": 600, "closes": 600}, "closes"),
        ({"days": None}, "days"),
        ({"days": 0}, "days"),
        ({"days": None, "from_at": NOON, "until_at": NOON}, "until"),
        ({"most": 0}, "most"),
        ({"stores": [999]}, "stores"),
    ],
)
def test_what_no_counter_could_honour_is_refused(world: World, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        template(world, **fields)
    assert refused.value.field == field
    assert Template.select().count() == 0


def test_the_same_form_sent_twice_is_one_template(world: World) -> None:
    first, second = (
        templates.put(None, draft(), brand=world.brand.id, at=NOON, staff=world.lin, ticket="t") for _ in range(2)
    )
    assert first.id == second.id


def test_editing_changes_nothing_in_a_wallet(world: World) -> None:
    made = template(world)
    mine = coupons.issue(made, world.mei, world.bath, NOON, key="k", trigger="hand")
    templates.put(made, draft(amount=100, minimum=90000), brand=world.brand.id, at=NOON, staff=world.lin)
    assert coupons.worth(world.fresh(mine), 5000) == 500
    assert said(coupons.sentence(world.fresh(mine))) == "任何一单都减 ¥5，有效到6月19日"
    changed = Event.get(Event.verb == "template_changed")
    assert sorted(changed.data["changed"]) == ["amount", "minimum"]


def test_limits_never_go_below_what_was_given(world: World) -> None:
    made = template(world, most=5, per_member=None)
    for n in range(3):
        coupons.issue(made, world.mei, world.bath, NOON, key=f"k{n}", trigger="hand")
    with pytest.raises(Refusal) as refused:
        templates.put(made, draft(most=2), brand=world.brand.id, at=NOON)
    assert refused.value.field == "most"


def test_fewer_a_day_means_no_more_today_where_as_many_are_out_already(world: World) -> None:
    made = template(world, per_day=5, per_member=None)
    for n in range(4):
        coupons.issue(made, world.mei, world.bath, NOON, key=f"k{n}", trigger="hand")
    less = templates.put(made, draft(per_day=2, per_member=None), brand=world.brand.id, at=NOON)
    with pytest.raises(Refusal, match="明天"):
        coupons.issue(less, world.mei, world.bath, NOON, key="k4", trigger="hand")
    assert coupons.issue(less, world.mei, world.bath, NOON + DAY, key="k5", trigger="hand")


def test_a_retired_one_is_not_given_and_stays_good_in_wallets(world: World) -> None:
    made = template(world)
    mine = coupons.issue(made, world.mei, world.bath, NOON, key="k", trigger="hand")
    assert templates.retire(templates.retire(made, NOON), NOON + 1).retired_at == NOON
    with pytest.raises(Refusal, match="停发"):
        coupons.issue(world.fresh(made), world.xin, world.bath, NOON, key="k2", trigger="hand")
    assert coupons.use(mine, world.bath, world.chen, NOON).used_at == NOON
    again = templates.bring_back(world.fresh(made), NOON)
    assert coupons.issue(again, world.xin, world.bath, NOON, key="k2", trigger="hand")


def test_fifty_at_once_never_get_more_than_there_are(world: World) -> None:
    made = template(world, most=100, per_member=None)
    for n in range(80):
        coupons.issue(made, world.mei, world.bath, NOON, key=f"before:{n}", trigger="hand")
    people = [world.member(f"客{n}") for n in range(50)]
    tried = together(
        *(
            lambda who=who: coupons.issue(made, who, world.bath, NOON, key=f"k:{who.id}", trigger="hand")
            for who in people
        )
    )
    assert len(won(tried)) == 20
    assert Coupon.select().count() == world.fresh(made).given == 100
    assert Event.select().where(Event.verb == "coupon_issued").count() == 100


def test_one_per_member_holds_for_many_taps_at_once(world: World) -> None:
    made = template(world)
    tried = together(
        *(lambda n=n: coupons.issue(made, world.mei, world.bath, NOON, key=f"k{n}", trigger="hand") for n in range(10))
    )
    assert len(won(tried)) == 1
    assert Coupon.select().count() == world.fresh(made).given == 1


def test_so_many_a_day_and_again_tomorrow(world: World) -> None:
    made = template(world, per_day=2, per_member=None)
    for n in range(2):
        coupons.issue(made, world.mei, world.bath, NOON, key=f"k{n}", trigger="hand")
    with pytest.raises(Refusal, match="明天"):
        coupons.issue(made, world.mei, world.bath, NOON + 9 * 3600, key="k2", trigger="hand")
    assert coupons.issue(made, world.mei, world.bath, NOON + 10 * 3600, key="k2", trigger="hand")  # past midnight
    assert world.fresh(made).given_day == 1


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(("amount", "percent", "item", "service")),
    amount=st.integers(1, 100_000),
    percent=st.integers(1, 100),
    minimum=st.integers(0, 100_000),
    subtotal=st.integers(0, 300_000),
)
def test_a_coupon_never_makes_a_bill_less_than_nothing(
    kind: str, amount: int, percent: int, minimum: int, subtotal: int
) -> None:
    of = {**terms.ANY, "kind": kind, "amount": amount, "percent": percent, "minimum": minimum}
    off = terms.worth(of, subtotal)
    assert 0 <= off <= min(amount, subtotal)
    assert off == 0 or subtotal >= minimum
    assert terms.worth(of, subtotal + 1) >= off  # a dearer bill is never worse off
