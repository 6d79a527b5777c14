"""Promotions: they hold in their window on the shop's own wall, for whom they are, and are announced on their day only."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Brand, Event, LedgerLine, Member, Promotion, Store
from tests.prices.offers import bundle, double, member_day, percent, promotion
from tests.world import NOON, SHANGHAI, World
from webapp import filters, policy
from webapp.clock import DAY, HOUR
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.policy import Policy
from webapp.prices import editing, promotions
from webapp.prices.editing import Draft
from webapp.refusals import Missing, Refusal

WEDNESDAY = 1 << 2


def at(month: int, day: int, hour: int = 12, minute: int = 0, year: int = 2026, zone: ZoneInfo = SHANGHAI) -> int:
    return int(dt.datetime(year, month, day, hour, minute, tzinfo=zone).timestamp())


def on(world: World, moment: int, tier: str | None = "ordinary", store: Store | None = None) -> list[str]:
    return [offer.kind for offer in promotions.holding(store or world.bath, moment, tier)]


def test_it_holds_from_its_first_minute_to_before_its_last(world: World) -> None:
    percent(world, 20, opens=14 * 60, closes=16 * 60)
    moments = [at(5, 20, 13, 59), at(5, 20, 14), at(5, 20, 15, 59), at(5, 20, 16)]
    assert [bool(on(world, moment)) for moment in moments] == [False, True, True, False]


def test_a_weekday_is_the_weekday_on_the_wall(world: World) -> None:
    member_day(world, 20, weekdays=WEDNESDAY)
    assert on(world, at(5, 20, 0, 1)) == ["member_day"]
    assert on(world, at(5, 19, 23, 59)) == []
    assert on(world, at(5, 21, 0, 0)) == []
    Store.update(timezone="America/New_York").where(Store.id == world.bath.id).execute()
    assert on(world, at(5, 21, 0, 0), store=world.fresh(world.bath)) == ["member_day"]


def test_the_31st_is_the_last_day_of_a_shorter_month(world: World) -> None:
    member_day(world, 20, month_day=31)
    days = [(1, 31), (2, 28), (4, 30), (4, 29), (5, 30)]
    assert [bool(on(world, at(*day))) for day in days] == [True, True, True, False, False]
    assert on(world, at(2, 29, year=2028)) == ["member_day"]


def test_dates_begin_and_end_it(world: World) -> None:
    percent(world, 20, from_at=at(5, 20, 9), until_at=at(5, 21, 0))
    moments = [at(5, 20, 8, 59), at(5, 20, 9), at(5, 20, 23, 59), at(5, 21, 0)]
    assert [bool(on(world, moment)) for moment in moments] == [False, True, True, False]


def test_it_is_for_its_levels_and_stores_and_a_member_day_needs_a_card(world: World) -> None:
    percent(world, 5, tiers=["loyal", "vip"])
    percent(world, 6, stores=[world.laundry.id])
    member_day(world, 20)
    percent(world, 7)
    found = [(tier, [offer.percent for offer in promotions.holding(world.bath, NOON, tier)]) for tier in ("vip", "ordinary", None)]  # fmt: skip
    assert found == [("vip", [5, 20, 7]), ("ordinary", [20, 7]), (None, [7])]
    assert [offer.percent for offer in promotions.holding(world.laundry, NOON, None)] == [6, 7]


def test_hours_of_a_changed_clock_keep_to_the_wall(world: World) -> None:
    zone = ZoneInfo("Europe/Berlin")
    Store.update(timezone="Europe/Berlin").where(Store.id == world.bath.id).execute()
    percent(world, 20, opens=0, closes=1440)
    percent(world, 30, opens=14 * 60, closes=16 * 60)
    store = world.fresh(world.bath)
    whole = promotions.on_day(promotions.switched_on(store)[0], at(3, 29, zone=zone), "Europe/Berlin")
    assert whole == (at(3, 29, 0, zone=zone), at(3, 30, 0, zone=zone))
    assert whole[1] - whole[0] == 23 * HOUR
    assert len(on(world, at(3, 29, 14, zone=zone), store=store)) == 2
    assert len(on(world, at(10, 25, 16, zone=zone), store=store)) == 1


def test_switched_off_it_holds_for_nobody_at_once_and_on_again_it_does(world: World) -> None:
    day = percent(world, 20)
    assert on(world, NOON) == ["percent"]
    before = world.fresh(world.brand).policy_version
    editing.switch(day, False, NOON, world.lin)
    editing.switch(day, False, NOON, world.lin)
    assert on(world, NOON, store=world.fresh(world.bath)) == []
    editing.switch(day, True, NOON, world.lin)
    assert on(world, NOON, store=world.fresh(world.bath)) == ["percent"]
    assert world.fresh(world.brand).policy_version == before + 2
    editing.retire(day, NOON, world.lin)
    editing.switch(day, True, NOON, world.lin)
    assert on(world, NOON, store=world.fresh(world.bath)) == []
    assert [event.verb for event in Event.select().where(Event.verb.startswith("promotion")).order_by(Event.id)] == [
        "promotion_made", "promotion_on", "promotion_off", "promotion_on", "promotion_retired",
    ]  # fmt: skip


def test_what_is_on_costs_one_question_per_edition(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    percent(world, 20)
    asked: list[int] = []
    read = promotions._read

    def counted_read(brand: int) -> list[promotions.Offer]:
        asked.append(brand)
        return read(brand)

    monkeypatch.setattr(promotions, "_read", counted_read)
    store = Store.select(Store, Brand).join(Brand).where(Store.id == world.bath.id).get()
    for _ in range(5):
        promotions.today(store, NOON, "vip")
    assert len(asked) == 1


def test_the_same_ticket_makes_one_promotion(world: World) -> None:
    draft = Draft("percent", {"zh": "夏天"}, percent=10)
    made = [editing.put(None, draft, brand=world.brand.id, at=NOON, staff=world.lin, ticket="once") for _ in range(2)]
    assert made[0].id == made[1].id
    assert Promotion.select().count() == 1


def test_a_changed_promotion_is_the_new_one_for_the_next_bill(world: World) -> None:
    day = percent(world, 20)
    editing.put(day, Draft("percent", {"zh": "夏天"}, percent=30), brand=world.brand.id, at=NOON, staff=world.lin)
    assert [offer.percent for offer in promotions.holding(world.fresh(world.bath), NOON, None)] == [30]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "percent"}, "percent"),
        ({"kind": "percent", "percent": 0}, "percent"),
        ({"kind": "percent", "percent": 101}, "percent"),
        ({"kind": "times", "times": 100}, "times"),
        ({"kind": "times", "times": 0}, "times"),
        ({"kind": "times", "times": 200, "percent": 20}, "percent"),
        ({"kind": "bundle", "price": 500}, "price"),
        ({"kind": "bundle", "price": 500, "usual": 500}, "price"),
        ({"kind": "percent", "percent": 20, "opens": 600, "closes": 600}, "closes"),
        ({"kind": "percent", "percent": 20, "weekdays": 0}, "weekdays"),
        ({"kind": "percent", "percent": 20, "month_day": 32}, "month_day"),
        ({"kind": "percent", "percent": 20, "from_at": NOON, "until_at": NOON}, "until"),
        ({"kind": "percent", "percent": 20, "stores": [10**6]}, "stores"),
        ({"kind": "percent", "percent": 20, "tiers": ["gold"]}, "tiers"),
        ({"kind": "percent", "percent": 20, "name": {"zh": " "}}, "name"),
        ({"kind": "lottery"}, "kind"),
    ],
)
def test_what_no_counter_could_honour_is_refused(world: World, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as no:
        editing.put(None, Draft(**{"name": {"zh": "好"}, **fields}), brand=world.brand.id, at=NOON)
    assert no.value.field == field
    assert Promotion.select().count() == 0


def test_another_brands_promotion_is_not_there(world: World) -> None:
    day = percent(world, 20)
    with pytest.raises(Missing):
        editing.of(world.brand.id + 1, day.id)


# --- announced -----------------------------------------------------------------------------------------------------------


def test_a_banner_stands_on_the_day_only_and_goes_when_it_is_over(world: World) -> None:
    member_day(world, 20, weekdays=WEDNESDAY, opens=10 * 60, closes=20 * 60)
    told = [promotions.today(world.bath, moment, "ordinary") for moment in (at(5, 19), at(5, 20, 8), at(5, 20, 12), at(5, 20, 20))]  # fmt: skip
    assert [[each.now for each in found] for found in told] == [[], [False], [True], []]


def test_the_next_days_are_listed(world: World) -> None:
    day = editing.offer(member_day(world, 20, weekdays=WEDNESDAY))
    coming = promotions.coming(day, NOON, "Asia/Shanghai", 15)
    assert [start for start, _ in coming] == [at(5, 20, 0), at(5, 27, 0), at(6, 3, 0)]


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("member_day", {"percent": 20, "weekdays": WEDNESDAY}, "每周三，全体会员正价减 20%"),
        ("member_day", {"percent": 20, "month_day": 8}, "每月 8 号，全体会员正价减 20%"),
        ("percent", {"percent": 15, "tiers": ["vip", "loyal"]}, "每天，熟客、贵宾正价减 15%"),
        ("percent", {"percent": 15, "opens": 840, "closes": 960}, "每天 14:00–16:00，每位客人正价减 15%"),
        ("times", {"times": 200, "weekdays": 96}, "每周六、周日，全体会员积分 ×2"),
        (
            "bundle",
            {"price": 5_800, "usual": 7_800, "opens": 480, "closes": 600},
            "每天 08:00–10:00，早间快洗 ¥58（平时 ¥78）",
        ),
        (
            "bundle",
            {"price": 5_800, "usual": 7_800, "tiers": ["vip"]},
            "每天，早间快洗 ¥58（平时 ¥78），贵宾可以点",
        ),
    ],
)
def test_a_promotion_reads_as_one_sentence(world: World, kind: str, fields: dict[str, Any], said: str) -> None:
    assert filters.say(editing.sentence(promotion(world, kind, "早间快洗", **fields))) == said


def test_an_example_in_yuan_goes_with_it(world: World) -> None:
    said = [editing.in_yuan(each) for each in (percent(world, 20), bundle(world, 5_800, 7_800), double(world))]
    assert [filters.say(each) if each else None for each in said] == ["正价 ¥100，付 ¥80", "省 ¥20", None]


# --- more points ---------------------------------------------------------------------------------------------------------


def born(world: World, birthday: int, **fields: Any) -> Member:
    return world.member("寿星", birthday=birthday, **fields)


def counted(world: World, member: Member | None, moment: int) -> tuple[int, str] | None:
    found = promotions.times(world.bath, member, moment)
    return (found.hundredths, found.why) if found else None


def test_points_are_doubled_around_the_birthday_by_whole_days(world: World) -> None:
    member = born(world, 520)
    moments = [at(5, 16, 23, 59), at(5, 17, 0), at(5, 20), at(5, 23, 23, 59), at(5, 24, 0)]
    assert [counted(world, member, moment) for moment in moments] == [None, *[(200, "birthday")] * 3, None]


def test_the_window_goes_over_new_year(world: World) -> None:
    late, early = born(world, 1231), born(world, 102)
    assert counted(world, late, at(1, 2, year=2027)) == (200, "birthday")
    assert counted(world, early, at(12, 31)) == (200, "birthday")
    assert counted(world, late, at(1, 5, year=2027)) is None


def test_29_february_is_kept_on_the_28th_in_other_years(world: World) -> None:
    member = born(world, 229)
    assert promotions.birthday_window(229, at(2, 28), "Asia/Shanghai", Policy()) == (at(2, 25, 0), at(3, 4, 0))
    leap = promotions.birthday_window(229, at(2, 28, year=2028), "Asia/Shanghai", Policy())
    assert leap == (at(2, 26, 0, year=2028), at(3, 4, 0, year=2028))
    assert counted(world, member, at(3, 3)) == (200, "birthday")


def test_the_larger_of_birthday_and_campaign_counts_never_both(world: World) -> None:
    member = born(world, 520)
    assert counted(world, world.xin, NOON) is None
    double(world, 150)
    assert counted(world, member, NOON) == (200, "birthday")
    assert counted(world, world.xin, NOON) == (150, "campaign")
    double(world, 300)
    assert counted(world, member, NOON) == (300, "campaign")


def test_a_changed_birthday_makes_no_second_window(world: World) -> None:
    member = born(world, 520)
    bill(world, member, NOON)
    Member.update(birthday=620, birthday_at=at(6, 1)).where(Member.id == member.id).execute()
    assert counted(world, world.fresh(member), at(6, 20)) is None
    assert counted(world, world.fresh(member), at(6, 20, year=2027)) == (200, "birthday")


def test_a_birthday_that_is_told_for_the_first_time_counts(world: World) -> None:
    assert counted(world, born(world, 521, birthday_at=NOON - DAY), NOON) == (200, "birthday")


def bill(world: World, member: Member, moment: int) -> LedgerLine:
    made = purchases.record(world.bath, Bill(10_000, f"{moment}", "desk"), member, world.chen, moment)
    return LedgerLine.get(LedgerLine.purchase == made.id, LedgerLine.kind == "earn")


def test_a_bill_in_the_window_keeps_why_it_gave_more(world: World) -> None:
    line = bill(world, born(world, 520, tier="vip"), NOON)
    assert line.purchase
    assert line.points == 300
    assert (line.inputs["times"], line.inputs["why"]) == (200, "birthday")
    purchases.refund(line.purchase_id, 5_000, key="half", staff=None, at=NOON + 60 * DAY)
    assert purchases.points_of(line.purchase) == 150


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    birthday=st.dates(dt.date(2028, 1, 1), dt.date(2028, 12, 31)),
    moment=st.integers(NOON - 500 * DAY, NOON + 1500 * DAY),
    lead=st.integers(0, 14),
    after=st.integers(0, 14),
)
def test_every_day_is_in_the_window_or_out_of_it_by_the_calendar(
    birthday: dt.date, moment: int, lead: int, after: int
) -> None:
    rules = Policy(birthday_lead_days=lead, birthday_days=after)
    today = dt.datetime.fromtimestamp(moment, SHANGHAI)
    found = promotions.birthday_window(birthday.month * 100 + birthday.day, moment, "Asia/Shanghai", rules)  # fmt: skip
    kept = [promotions.birthday_in(birthday.month * 100 + birthday.day, today.year + n) for n in (-1, 0, 1)]
    assert (found is not None) == any(-lead <= (today.date() - day).days <= after for day in kept)
    if found:
        assert found[0] <= moment < found[1]
        assert found[1] - found[0] == (lead + after + 1) * DAY


def test_the_policy_names_the_multiplier(world: World) -> None:
    Brand.update(policy={"birthday_times": 100}).execute()
    assert policy.of(world.fresh(world.bath)).birthday_times == 100
    assert promotions.times(world.fresh(world.bath), born(world, 520), NOON) is None
