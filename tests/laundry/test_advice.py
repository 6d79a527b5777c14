"""Care cards: the most exact first, the shop's own to edit, shipped full in three languages."""

import pytest

from models import COLOURS, FABRICS, GARMENTS, STAINS, Advice
from tests.kit import catalogues
from tests.world import NOON, World
from webapp.laundry import advice, library
from webapp.laundry.advice import About
from webapp.refusals import Missing, Refusal


def slugs(*garment: object) -> list[str | None]:
    return [card.slug for card in advice.cards(*garment)]


def test_the_shipped_library_is_whole_in_three_languages() -> None:
    assert len(library.cards()) >= 40
    assert len({card.slug for card in library.cards()}) == len(library.cards())
    assert len({tuple(sorted(card.about.items())) for card in library.cards()}) == len(library.cards()), (
        "two for the same"
    )
    for card in library.cards():
        assert any(card.about.values()), card.slug
        for name, known in (("kind", GARMENTS), ("fabric", FABRICS), ("colour", COLOURS), ("stain", STAINS)):
            assert card.about[name] in ("", *known), card.slug
        for words, most in ((card.title, 40), (card.text, 600)):
            assert set(words) == {"zh", "en", "zh_Hant"}, card.slug
            assert words["en"].replace("°", "").isascii(), card.slug
            assert 2 < len(words["zh"]) <= most, card.slug
            assert words["zh"] != words["en"], card.slug
    assert {card.about["stain"] for card in library.cards()} == {"", *STAINS}, "a card for every stain"
    assert {card.about["fabric"] for card in library.cards()} == {"", *FABRICS}, "and for every fabric"
    said = "".join(card.title["zh_Hant"] + card.text["zh_Hant"] for card in library.cards())
    assert set(catalogues.only_simplified(said)) <= set("斗床皂吃熏霉"), "characters of both writings"


def test_it_is_filled_in_once_and_never_over_what_the_shop_wrote(world: World) -> None:
    assert advice.fill(world.brand, NOON) == len(library.cards())
    card = Advice.get(Advice.slug == "wool")
    advice.put(world.brand, card, About(fabric="wool"), {"zh": "羊毛"}, {"zh": "我们的话"}, world.lin, NOON)
    advice.retire(Advice.get(Advice.slug == "silk"), world.lin, NOON)
    Advice.delete().where(Advice.slug == "linen").execute()
    assert advice.fill(world.brand, NOON) == 1
    assert Advice.get(Advice.slug == "wool").text == {"zh": "我们的话"}
    assert "silk" not in slugs("dress", "silk", "red", [])
    assert "linen" in slugs("shirt", "linen", "white", [])


def test_the_most_exact_card_comes_first(world: World) -> None:
    advice.fill(world.brand, NOON)
    found = slugs("dress", "silk", "red", ["wine"])
    assert found[:3] == ["wine-silk", "wine", "silk"]
    assert set(found) == {"wine-silk", "wine", "silk", "dress", "red"}
    assert slugs("coat", "cashmere", "grey", []) == ["coat-cashmere", "cashmere", "coat"]
    assert len(slugs("shirt", "silk", "white", STAINS)) == advice.SHOWN


def test_a_list_of_garments_is_answered_from_one_reading(world: World) -> None:
    advice.fill(world.brand, NOON)
    read = advice.everything()
    assert [card.slug for card in advice.cards("tie", "silk", "", [], among=read)] == slugs("tie", "silk", "", [])
    assert advice.cards("tie", "silk", "", [], among=[]) == []


def test_a_card_is_written_edited_and_put_away(world: World) -> None:
    title, text = {"zh": " 毛领 ", "en": ""}, {"zh": "拆下来单独洗。", "en": "Comes off and is cleaned apart."}
    card = advice.put(world.brand, None, About(kind="coat", fabric="fur"), title, text, world.lin, NOON)
    assert (card.title, card.slug) == ({"zh": "毛领"}, None)
    assert advice.cards("coat", "fur", "black", []) == [card]
    again = advice.put(world.brand, card, About(kind="jacket", fabric="fur"), title, text, world.lin, NOON)
    assert (again.id, again.kind) == (card.id, "jacket")
    for _ in range(2):
        advice.retire(card, world.lin, NOON)
    assert advice.cards("jacket", "fur", "black", []) == []
    assert [row.id for row in advice.everything(retired=True)] == [card.id]
    with pytest.raises(Missing):
        advice.put(world.brand, card, About(), title, text, world.lin, NOON)


@pytest.mark.parametrize(
    ("about", "title", "text", "field"),
    [
        (About(kind="robe"), "标题", "正文", "kind"),
        (About(stain="paint"), "标题", "正文", "stain"),
        (About(), " ", "正文", "title"),
        (About(), "标" * 41, "正文", "title"),
        (About(), "标题", "", "text"),
        (About(), "标题", "正" * 601, "text"),
    ],
)
def test_a_card_that_cannot_be_is_refused_next_to_its_field(
    world: World, about: About, title: str, text: str, field: str
) -> None:
    with pytest.raises(Refusal) as no:
        advice.put(world.brand, None, about, {"zh": title}, {"zh": text}, world.lin, NOON)
    assert no.value.field == field
    assert Advice.select().count() == 0
