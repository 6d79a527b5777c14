"""What a shop may change: within bounds, by the right person, from now on, and written down."""

import pytest

from models import Brand, Event
from tests.world import NOON, World
from webapp import policy
from webapp.refusals import Forbidden, Refusal
from webapp.stores import settings


def put(world: World, name: str, value: int) -> None:
    if name in settings.BRAND_NUMBERS:
        settings.set_brand_numbers(world.brand, {name: value}, world.zhao, NOON)
    else:
        settings.set_store_numbers(world.bath, {name: value}, world.lin, NOON)


def test_every_number_has_bounds_that_hold(world: World) -> None:
    for name, (low, high) in settings.bounds().items():
        assert low <= settings.defaults()[name] <= high
        for value in (low - 1, high + 1):
            with pytest.raises(Refusal) as refused:
                put(world, name, value)
            assert refused.value.field == name
    assert world.fresh(world.brand).policy_version == 1
    assert not Event.select().where(Event.verb == "numbers_changed").exists()


def test_a_changed_number_counts_up_the_version_and_says_before_and_after(world: World) -> None:
    settings.set_brand_numbers(world.brand, {"point_rate": 200, "lot_months": 12}, world.zhao, NOON)
    brand = world.fresh(world.brand)
    assert (brand.policy, brand.policy_version) == ({"point_rate": 200}, 2)
    event = Event.get(Event.verb == "numbers_changed")
    assert (event.data["before"], event.data["after"]) == ({"point_rate": 100}, {"point_rate": 200})
    settings.set_brand_numbers(brand, {"point_rate": 100}, world.zhao, NOON)
    assert (world.fresh(brand).policy, world.fresh(brand).policy_version) == ({}, 3)


def test_the_same_numbers_again_change_nothing(world: World) -> None:
    settings.set_brand_numbers(world.brand, {"point_rate": 100}, world.zhao, NOON)
    assert world.fresh(world.brand).policy_version == 1


def test_a_store_keeps_only_what_differs_from_the_brand(world: World) -> None:
    Brand.update(policy={"hold_minutes": 15}).execute()
    settings.set_store_numbers(world.bath, {"hold_minutes": 15, "visit_hours": 6}, world.lin, NOON)
    assert world.fresh(world.bath).policy == {"visit_hours": 6}
    holds = policy.of(world.fresh(world.bath))
    assert (holds.hold_minutes, holds.visit_hours) == (15, 6)
    assert policy.of(world.fresh(world.laundry)).visit_hours == 4


def test_numbers_of_the_brand_are_the_owners(world: World) -> None:
    with pytest.raises(Forbidden):
        settings.set_brand_numbers(world.brand, {"point_rate": 200}, world.lin, NOON)
    with pytest.raises(Forbidden):
        settings.set_store_numbers(world.bath, {"hold_minutes": 15}, world.su, NOON)
    settings.set_store_numbers(world.bath, {"point_rate": 900}, world.lin, NOON)
    assert world.fresh(world.bath).policy == {}


def test_the_vip_threshold_lies_above_the_loyal_one(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        settings.set_brand_numbers(world.brand, {"loyal_at": 5000}, world.zhao, NOON)
    assert refused.value.code == "tiers_crossed"


def test_only_what_changed_about_the_shop_is_written_down(world: World) -> None:
    given = {"name": world.bath.name, "phone": "021-5555", "address": {"zh": "南门路 1 号"}, "hue": 150}
    settings.describe(world.bath, given, world.lin, NOON)
    event = Event.get(Event.verb == "store_changed")
    assert set(event.data["after"]) == {"phone", "address", "hue"}
    settings.describe(world.bath, given, world.lin, NOON)
    assert Event.select().where(Event.verb == "store_changed").count() == 1
    with pytest.raises(Refusal):
        settings.describe(world.bath, {"name": {"zh": ""}}, world.lin, NOON)


def test_name_and_colour_of_the_brand_are_the_owners(world: World) -> None:
    given = {"name": {"zh": "回头汤馆", "zh_Hant": "回頭湯館", "en": "Huitou Springs"}, "hue": 0}
    with pytest.raises(Forbidden):
        settings.describe_brand(world.brand, given, world.lin, NOON)
    settings.describe_brand(world.brand, given, world.zhao, NOON)
    brand = world.fresh(world.brand)
    assert (brand.name, brand.hue, brand.policy_version) == (given["name"], 0, 1)
    event = Event.get(Event.verb == "brand_changed")
    assert (event.staff_id, event.data["after"], event.data["before"]["hue"]) == (world.zhao.id, given, None)
    settings.describe_brand(brand, given, world.zhao, NOON)
    assert Event.select().where(Event.verb == "brand_changed").count() == 1
    with pytest.raises(Refusal) as refused:
        settings.describe_brand(brand, {"name": {"en": "Huitou"}}, world.zhao, NOON)
    assert refused.value.field == "name"


def test_only_the_twelve_colours_are_taken(world: World) -> None:
    assert [settings.hue(str(hue)) for hue in settings.HUES] == list(settings.HUES)
    assert settings.hue("") is None
    for typed in ("1", "359", "360", "-30", "3e1", "٣٠٠x", "9" * 40):
        with pytest.raises(Refusal) as refused:
            settings.hue(typed)
        assert refused.value.field == "hue"
    assert [settings.drawn(hue) for hue in (0, 14, 16, 220, 359)] == [0, 0, 30, 210, 0]
