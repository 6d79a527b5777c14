"""The wardrobe: a garment that came before is known again, tells its story, and is forgotten when its member says so."""

import pytest

from models import Garment, Wear
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp.clock import DAY
from webapp.laundry import wardrobe
from webapp.laundry.intake import Piece
from webapp.refusals import Missing


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def bring(cleaner: Cleaner, at: int = NOON, count: int = 1, **look: str) -> Wear:
    order = cleaner.open(at=at)
    return cleaner.add(order, at=at, count=count, **look)[0].wear


def test_the_same_look_is_the_same_garment_and_one_visit_counts_once(cleaner: Cleaner) -> None:
    first = bring(cleaner, count=5)
    again = bring(cleaner, NOON + DAY)
    assert (again.id, again.times, again.first_at, again.last_at) == (first.id, 2, NOON, NOON + DAY)
    assert bring(cleaner, NOON + DAY, colour="navy").id != first.id
    assert bring(cleaner, NOON + DAY, brand="Acme").id != first.id
    assert len(wardrobe.known(cleaner.world.mei)) == 3
    assert wardrobe.known(cleaner.world.xin) == []


def test_what_may_be_it_again_comes_most_usual_first(cleaner: Cleaner) -> None:
    navy = bring(cleaner, colour="navy")
    for day in (1, 2):
        grey = bring(cleaner, NOON + day * DAY)
    mei = cleaner.world.mei
    assert [wear.id for wear in wardrobe.suggest(mei)] == [grey.id, navy.id]
    assert [wear.id for wear in wardrobe.suggest(mei, "coat", "wool", "navy")] == [navy.id]
    assert wardrobe.suggest(mei, "shirt") == []


def test_the_one_that_was_pointed_at_is_it_whatever_it_looks_like(cleaner: Cleaner) -> None:
    wear = bring(cleaner)
    piece = Piece(cleaner.coat, "coat", fabric="wool", colour="black", wear=wear)
    assert wardrobe.wear_of(cleaner.world.mei, piece, NOON + DAY).id == wear.id
    with pytest.raises(Missing):
        wardrobe.wear_of(cleaner.world.xin, piece, NOON + DAY)


def test_its_history_is_every_time_it_was_here(cleaner: Cleaner) -> None:
    wear = bring(cleaner)
    bring(cleaner, NOON + DAY)
    told = wardrobe.history(wear)
    assert [garment.order.made_at for garment in told] == [NOON + DAY, NOON]


def test_forgotten_it_is_not_suggested_and_its_orders_do_not_point_at_it(cleaner: Cleaner) -> None:
    order = cleaner.open()
    wear = cleaner.add(order)[0].wear
    with pytest.raises(Missing):
        wardrobe.forget(wear, cleaner.world.xin, NOON)
    for _ in range(2):
        wardrobe.forget(wear, cleaner.world.mei, NOON)
    assert wardrobe.known(cleaner.world.mei) == wardrobe.suggest(cleaner.world.mei) == wardrobe.history(wear) == []
    assert [garment.wear_id for garment in pieces(order)] == [None]
    assert bring(cleaner, NOON + DAY).id != wear.id, "what comes after that is new"


def test_a_piece_without_a_line_is_called_by_its_kind_in_every_language(cleaner: Cleaner) -> None:
    assert wardrobe.name_of(Piece(None, "coat", price=100))["zh"] == "大衣"
    assert set(wardrobe.name_of(Piece(None, "coat"))) == {"zh", "en", "zh_Hant"}


def test_members_are_found_by_what_they_bring(cleaner: Cleaner) -> None:
    mei, xin, brand = cleaner.world.mei, cleaner.world.xin, cleaner.world.brand
    bring(cleaner)
    bring(cleaner, NOON + 1, colour="navy")
    cleaner.add(cleaner.open(xin, NOON + DAY), cleaner.dress, NOON + DAY, fabric="silk")
    found = wardrobe.segment(brand)
    assert [(row.id, row.pieces, row.last_at) for row in found] == [(xin.id, 1, NOON + DAY), (mei.id, 2, NOON + 1)]
    assert [row.id for row in wardrobe.segment(brand, fabric="silk")] == [xin.id]
    assert [row.id for row in wardrobe.segment(brand, kind="coat", colour="navy")] == [mei.id]
    assert wardrobe.segment(brand, fabric="fur") == []
    wardrobe.forget(Garment.get(Garment.kind == "dress").wear, xin, NOON)
    assert [row.id for row in wardrobe.segment(brand, fabric="silk")] == []
