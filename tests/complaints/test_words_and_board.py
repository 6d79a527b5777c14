"""Causes, reply starters and the board "you said, we did": shipped filled, the shop's own afterwards."""

import re

import pytest

from models import Cause, Event, Improvement, Starter, Work
from tests.complaints.places import cause, closed, complain
from tests.world import NOON, World
from webapp.clock import DAY
from webapp.complaints import causes, closing, improvements, library, starters
from webapp.refusals import Missing, Refusal

BLAMES = re.compile(
    "你们自己|您自己|是您的|您应该|您没有|不可能|规定就是|your fault|you should|you must", re.IGNORECASE
)


def test_a_new_brand_has_a_tree_and_starters_once(world: World) -> None:
    for fill in (causes.fill, starters.fill):
        assert fill(world.brand)
        assert not fill(world.brand)
    tree = causes.tree(world.brand)
    assert len(tree) == len(library.CAUSES)
    assert all(branch.children for branch in tree)
    assert tree[0].cause.name["en"] == "People and shifts"
    moods = [row.mood for row in starters.of(world.brand)]
    assert moods == sorted(moods, key=starters.MOODS.index)
    assert moods[0] == "feelings"
    assert len(moods) >= 20


def test_no_starter_blames_the_customer_and_all_speak_three_languages() -> None:
    assert {mood for mood, _ in library.STARTERS} == set(starters.MOODS)
    for _, text in library.STARTERS:
        assert not any(BLAMES.search(said) for said in text.values())
    every = [text for _, text in library.STARTERS] + [name for top, names in library.CAUSES for name in (top, *names)]
    for words in every:
        assert set(words) == {"zh", "en", "zh_Hant"}
        assert all(words.values())


def test_what_the_shop_took_away_does_not_come_back(world: World) -> None:
    starters.fill(world.brand)
    for row in starters.of(world.brand):
        starters.retire(row, world.lin, NOON)
    assert not starters.fill(world.brand)
    assert starters.of(world.brand) == []


def test_a_cause_is_added_moved_renamed_and_put_away(world: World) -> None:
    top = causes.put(world.brand, None, {"zh": "人手", "en": " "}, None, world.lin, NOON)
    other = causes.put(world.brand, None, {"zh": "设备"}, None, world.lin, NOON)
    leaf = causes.put(world.brand, None, {"zh": "太忙"}, top, world.lin, NOON)
    assert top.name == {"zh": "人手"}
    assert [(b.cause.id, [c.id for c in b.children]) for b in causes.tree(world.brand)] == [
        (top.id, [leaf.id]),
        (other.id, []),
    ]
    leaf = causes.put(world.brand, leaf, {"zh": "太忙了"}, other, world.lin, NOON)
    causes.put(world.brand, leaf, {"zh": "太忙了"}, other, world.lin, NOON)
    assert (leaf.name["zh"], leaf.parent_id) == ("太忙了", other.id)
    assert Event.select().where(Event.verb == "cause_changed").count() == 1
    for _ in range(2):
        causes.retire(other, world.lin, NOON)
    assert [branch.cause.id for branch in causes.tree(world.brand)] == [top.id]
    assert Cause.get_by_id(leaf.id).retired_at == NOON


def test_a_tree_has_two_storeys(world: World) -> None:
    top = causes.put(world.brand, None, {"zh": "人手"}, None, world.lin, NOON)
    leaf = causes.put(world.brand, None, {"zh": "太忙"}, top, world.lin, NOON)
    with pytest.raises(Missing):
        causes.put(world.brand, None, {"zh": "更细"}, leaf, world.lin, NOON)
    other = causes.put(world.brand, None, {"zh": "设备"}, None, world.lin, NOON)
    for parent in (top, other):
        with pytest.raises(Refusal):
            causes.put(world.brand, top, {"zh": "人手"}, parent, world.lin, NOON)


def test_words_without_chinese_and_endless_ones_are_refused(world: World) -> None:
    for words in ({"zh": "  ", "en": "People"}, {"zh": "长" * 41}):
        with pytest.raises(Refusal):
            causes.put(world.brand, None, words, None, world.lin, NOON)
    with pytest.raises(Refusal):
        starters.put(world.brand, None, "anger", {"zh": "好"}, world.lin, NOON)
    with pytest.raises(Refusal):
        starters.put(world.brand, None, "facts", {"zh": "长" * 201}, world.lin, NOON)
    assert Cause.select().count() + Starter.select().count() == 0


def test_a_starter_is_edited_once(world: World) -> None:
    row = starters.put(world.brand, None, "facts", {"zh": "查到了："}, world.lin, NOON)
    for _ in range(2):
        row = starters.put(world.brand, row, "feelings", {"zh": "对不起。"}, world.lin, NOON)
    assert (row.mood, row.text) == ("feelings", {"zh": "对不起。"})
    assert Event.select().where(Event.verb == "starter_changed").count() == 1


# --- the board ---------------------------------------------------------------------------------------------------------


def test_a_case_that_changed_something_leaves_a_draft_that_nobody_sees_yet(world: World) -> None:
    closed(world, NOON + DAY)
    (draft,) = improvements.everything(world.bath)
    assert (draft.said, draft.did, draft.theme, draft.shown_at) == ("", "改了排班", "attitude", None)
    with pytest.raises(Refusal, match="不写是谁"):
        improvements.show(draft, world.lin, NOON + DAY)
    assert improvements.board(world.bath) == []
    said = improvements.edit(draft, "前台说话冲", "每周练一次", world.lin, NOON + 2 * DAY, theme="attitude")
    for _ in range(2):
        said = improvements.show(said, world.lin, NOON + 2 * DAY)
    assert [row.said for row in improvements.board(world.bath)] == ["前台说话冲"]
    assert improvements.board(world.laundry) == []
    assert Event.select().where(Event.verb == "improvement_shown").count() == 1


def test_opened_again_and_closed_again_it_is_still_one_draft(world: World) -> None:
    case = closed(world, NOON + DAY)
    case = closing.reopen(case, "又来了", NOON + 2 * DAY, key="r")
    closing.propose(case, world.lin, cause(world), "换了人", "", NOON + 3 * DAY, key="p2", recheck_at=NOON + 30 * DAY)
    closing.agree(case, NOON + 3 * DAY)
    (draft,) = improvements.everything(world.bath)
    assert (draft.did, draft.recheck_at) == ("换了人", NOON + 30 * DAY)


def test_an_idea_that_closes_without_a_change_leaves_none(world: World) -> None:
    case = complain(world, kind="idea", text="加个吹风机")
    closing.propose(case, world.lin, None, "", "会考虑", NOON, key="p")
    closing.agree(case, NOON)
    assert improvements.everything(world.bath) == []


def test_off_the_board_and_on_again(world: World) -> None:
    row = improvements.add(world.bath, "水太凉", "换了锅炉", world.lin, NOON, theme="environment")
    assert improvements.hide(row, world.lin, NOON).hidden_at is None  # it was not on it
    improvements.show(row, world.lin, NOON)
    improvements.hide(row, world.lin, NOON + DAY)
    assert improvements.board(world.bath) == []
    improvements.show(row, world.lin, NOON + 2 * DAY)
    assert [shown.shown_at for shown in improvements.board(world.bath)] == [NOON + 2 * DAY]


def test_when_the_day_comes_somebody_looks_whether_it_helped(world: World) -> None:
    row = improvements.add(world.bath, "水太凉", "换了锅炉", world.lin, NOON, recheck_at=NOON + 30 * DAY)
    assert improvements.remind(NOON + 30 * DAY - 1) == 0
    assert [improvements.remind(NOON + 30 * DAY + n) for n in range(2)] == [1, 0]
    waits = Work.get(Work.kind == "recheck")
    assert (waits.brief["did"], waits.store_id) == ("换了锅炉", world.bath.id)
    row = improvements.recheck(row, False, world.lin, NOON + 31 * DAY, again_at=NOON + 60 * DAY)
    assert (row.helped, row.rechecked_at, row.rechecked_by_id) == (False, None, world.lin.id)
    assert world.fresh(waits).done_at == NOON + 31 * DAY
    assert improvements.remind(NOON + 32 * DAY) == 0
    assert improvements.remind(NOON + 60 * DAY) == 1
    row = improvements.recheck(row, True, world.lin, NOON + 61 * DAY)
    assert (row.helped, row.rechecked_at) == (True, NOON + 61 * DAY)
    assert improvements.remind(NOON + 90 * DAY) == 0


def test_another_day_to_look_again_takes_the_card_along(world: World) -> None:
    row = improvements.add(world.bath, "水太凉", "换了锅炉", world.lin, NOON, recheck_at=NOON + DAY)
    improvements.remind(NOON + DAY)
    improvements.edit(row, "水太凉", "换了锅炉", world.lin, NOON + DAY, recheck_at=NOON + 9 * DAY)
    assert Work.get(Work.kind == "recheck").done_at == NOON + DAY
    assert improvements.remind(NOON + 9 * DAY) == 1


def test_empty_endless_and_unknown_is_refused(world: World) -> None:
    for said, did, theme, day in (
        ("", "做了", "", None),
        ("说了", " ", "", None),
        ("长" * 201, "做了", "", None),
        ("说了", "做了", "weather", None),
        ("说了", "做了", "", NOON),
    ):
        with pytest.raises(Refusal):
            improvements.add(world.bath, said, did, world.lin, NOON, theme=theme, recheck_at=day)
    row = improvements.add(world.bath, "说了", "做了", world.lin, NOON)
    with pytest.raises(Missing):
        improvements.find(world.laundry, row.id)
    assert Improvement.select().count() == 1
