"""The price list: filled for a new laundry, edited line by line; what was taken in keeps its price."""

import pytest

from models import Advice, Event, Garment, PriceItem
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp.laundry import prices
from webapp.refusals import Missing, Refusal


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def test_a_new_laundry_begins_with_a_full_list_and_the_care_cards_once(world: World) -> None:
    for _ in range(2):
        listed = prices.starters(world.laundry, NOON)
    assert len(listed) >= 20
    assert [item.place for item in listed] == list(range(len(listed)))
    assert all(set(item.name) == {"zh", "en", "zh_Hant"} for item in listed)
    assert {item.kind for item in listed} >= {"coat", "shirt", "suit", "down", "bedding", "shoes"}
    assert Advice.select().count() >= 40
    assert prices.items(world.bath) == []


def test_a_list_of_ones_own_is_left_alone(cleaner: Cleaner) -> None:
    assert len(prices.starters(cleaner.store, NOON)) == 3


def test_a_line_is_added_edited_and_taken_off(cleaner: Cleaner) -> None:
    made = prices.put(cleaner.store, None, {"zh": " 帽子 ", "en": ""}, "hat", 2200, 3, cleaner.shen, NOON)
    assert (made.name, made.place) == ({"zh": "帽子"}, 3)
    for _ in range(2):
        made = prices.put(cleaner.store, made, {"zh": "帽子"}, "hat", 2500, 2, cleaner.shen, NOON)
    assert (made.price, made.days) == (2500, 2)
    for _ in range(2):
        prices.retire(made, cleaner.shen, NOON)
    assert made.id not in [item.id for item in prices.items(cleaner.store)]
    verbs = [row.verb for row in Event.select().where(Event.verb.startswith("price")).order_by(Event.id)]
    assert verbs == ["price_added", "price_changed", "price_retired"]
    assert Event.get(Event.verb == "price_changed").data["before"] == {"price": 2200, "days": 3}
    with pytest.raises(Missing):
        prices.put(cleaner.store, made, {"zh": "帽子"}, "hat", 1, 1, cleaner.shen, NOON)


@pytest.mark.parametrize(
    ("name", "kind", "price", "days", "field"),
    [
        ({"zh": " "}, "hat", 1, 1, "name"),
        ({"en": "Hat"}, "hat", 1, 1, "name"),
        ({"zh": "帽" * 41}, "hat", 1, 1, "name"),
        ({"zh": "帽子"}, "crown", 1, 1, "kind"),
        ({"zh": "帽子"}, "hat", -1, 1, "price"),
        ({"zh": "帽子"}, "hat", 1_000_001, 1, "price"),
        ({"zh": "帽子"}, "hat", 1, 61, "days"),
    ],
)
def test_a_line_out_of_bounds_is_refused_next_to_its_field(
    cleaner: Cleaner, name: dict[str, str], kind: str, price: int, days: int, field: str
) -> None:
    with pytest.raises(Refusal) as no:
        prices.put(cleaner.store, None, name, kind, price, days, cleaner.shen, NOON)
    assert no.value.field == field
    assert PriceItem.select().count() == 3


def test_a_line_of_another_store_is_not_there(cleaner: Cleaner) -> None:
    with pytest.raises(Missing):
        prices.put(cleaner.world.retail, cleaner.coat, {"zh": "大衣"}, "coat", 1, 1, cleaner.shen, NOON)


def test_what_was_taken_in_keeps_its_price_and_name(cleaner: Cleaner) -> None:
    order = cleaner.open()
    cleaner.add(order)
    prices.put(cleaner.store, cleaner.coat, {"zh": "长大衣"}, "coat", 9900, 3, cleaner.shen, NOON)
    prices.retire(cleaner.coat, cleaner.shen, NOON)
    (garment,) = pieces(order)
    assert (garment.price, garment.name) == (4500, {"zh": "大衣"})
    assert Garment.select().where(Garment.item == cleaner.coat.id).count() == 1
