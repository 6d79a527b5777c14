"""Rules as their owner reads and edits them: a sentence, a switch, texts with named fields, numbers within bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import RULE_KINDS, Event, Reward, Rule, Template
from tests.care import people
from tests.care.people import agrees, day, run, said
from tests.world import World
from webapp import filters
from webapp.care import fields, kinds, library, rules
from webapp.refusals import Missing, Refusal

TEXTS = {"zh": {"title": "你好", "text": "{name}，来坐坐。"}}


def test_every_kind_ships_with_words_in_three_languages_and_a_sentence(world: World) -> None:
    """All off, each saved by the same check as the owner's own words; filling again adds nothing."""
    assert set(kinds.KINDS) == set(RULE_KINDS) == set(library.TEXTS) == set(rules.SENTENCES)

    assert rules.fill(world.brand, world.at)
    assert not rules.fill(world.brand, world.at)

    filled = rules.of(world.brand)
    assert [rule.kind for rule in filled] == list(kinds.KINDS)
    assert all(rule.on_since is None and set(rule.texts) == {"zh", "en", "zh_Hant"} for rule in filled)
    assert {rule.kind: (rule.template.amount, rule.template.minimum) for rule in filled if rule.template} == {
        "first_purchase": (500, 0),
        "fault": (2000, 0),
    }
    assert {rule.kind for rule in filled if rule.service} == {"points_lapse", "tier_drop"}


def test_the_sentence_says_whom_when_and_what_goes_with_it(world: World) -> None:
    five = people.template(world, "五元券")
    birthday = people.rule(world, "birthday", reward=world.towel)
    festival = people.rule(world, "festival", params={"festivals": ["spring", "mid_autumn"], "days": 3})
    first = people.rule(world, "first_purchase", template=five, reward=world.tea)
    said = [filters.say(rules.sentence(rule)) for rule in (birthday, festival, first)]
    assert said == [
        "生日前 3 天祝贺，那几天积分 2 倍，留一份「纯棉浴巾」",
        "过节前 3 天问候：春节、中秋",
        "第一次消费 1 天后道谢，留一份「龙井茶一壶」，送一张「五元券」",
    ]


@pytest.mark.parametrize(
    ("kind", "texts", "field", "code"),
    [
        ("news", {"zh": {"title": "好", "text": "{nmae}，来坐坐"}}, "zh_text", "unknown_field"),
        ("news", {"zh": {"title": "{birthday}", "text": "来坐坐"}}, "zh_title", "unknown_field"),
        ("news", TEXTS | {"en": {"title": "Hi", "text": "{points} points"}}, "en_text", "unknown_field"),
        ("points_lapse", {"zh": {"title": "好", "text": "{festival}"}}, "zh_text", "unknown_field"),
        ("news", {"zh": {"title": "给你{gift}", "text": "来坐坐"}}, "zh_title", "not_in_title"),
        ("news", {"zh": {"title": "好", "text": "{name，来坐坐"}}, "zh_text", "braces"),
        ("news", {"zh": {"title": "好", "text": "{}来坐坐"}}, "zh_text", "unknown_field"),
        ("news", {"zh": {"title": "好", "text": ""}}, "zh_text", "empty"),
        ("news", {"en": {"title": "Hi", "text": "Come in."}}, "zh_text", "empty"),
        ("news", {"zh": {"title": "好", "text": "长" * 401}}, "zh_text", "too_long"),
        ("fault", {"zh": {"title": "好", "text": "送你{coupon}。我们改了：{changed}。"}}, "zh_text", "apology_first"),
        ("fault", {"zh": {"title": "好", "text": "送你{coupon}。"}}, "zh_text", "apology_first"),
    ],
)
def test_a_text_that_cannot_be_filled_is_refused_when_it_is_saved(
    world: World, kind: str, texts: dict[str, dict[str, str]], field: str, code: str
) -> None:
    """An unknown field, one that may be empty in a title, braces without a partner; and money before the apology (T16)."""
    with pytest.raises(Refusal) as no:
        rules.put(world.brand, None, kind, texts, world.zhao, world.at)
    assert (no.value.code, no.value.field) == (code, field)
    assert Rule.select().count() == 0


@given(st.text(max_size=60))
def test_whatever_is_typed_is_refused_or_can_be_filled(text: str) -> None:
    """Nothing that was saved ever breaks the message when it is read."""
    try:
        kept = fields.check("news", {"zh": {"title": "好", "text": text}})
    except Refusal:
        return
    rule = Rule(id=1, kind="news", texts=kept, service=False)
    said = fields.preview(rule, {"name": "梅", "store": {"zh": "南门店"}}, "zh", "Asia/Shanghai", 0)
    assert "{" not in said.text


def test_an_edit_is_a_new_version_and_the_same_again_is_none(world: World) -> None:
    """What was sent keeps the words it was sent with."""
    mei = agrees(world, "梅", birthday=523)
    rule = people.rule(world, "birthday")
    run(rule, day(2026, 5, 20))

    same = rules.put(world.brand, rule, "birthday", library.TEXTS["birthday"], world.zhao, world.at)
    edited = rules.put(world.brand, rule, "birthday", TEXTS, world.zhao, world.at, holdout=20)

    assert (same.version, edited.version, edited.holdout, edited.on_since) == (1, 2, 20, rule.on_since)
    assert said(mei, day(2026, 5, 20))[0].startswith("梅，3天后是你的生日")
    verbs = [row.verb for row in Event.select().where(Event.verb.startswith("care_rule")).order_by(Event.id)]
    assert verbs == ["care_rule_added", "care_rule_on", "care_rule_changed"]


def test_switching_is_one_tap_and_twice_is_once(world: World) -> None:
    rule = people.rule(world, "news", on=False)
    assert rules.on(world.brand) == []

    first = rules.switch(rule, True, world.zhao, world.at)
    again = rules.switch(rule, True, world.zhao, world.at + 60)
    assert first.on_since == again.on_since == world.at
    assert rules.switch(rule, False, world.zhao, world.at).on_since is None
    assert rules.retire(rule, world.zhao, world.at).retired_at == world.at
    with pytest.raises(Missing):
        rules.switch(rule, True, world.zhao, world.at)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"params": {"days": 91}}, "days"),
        ({"params": {"least": 0}}, "least"),
        ({"params": {"days": "soon"}}, "days"),
        ({"params": {"days": True}}, "days"),
        ({"holdout": 51}, "holdout"),
        ({"name": {"zh": "名" * 41}}, "name"),
    ],
)
def test_numbers_out_of_bounds_are_refused_by_their_name(world: World, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as no:
        people.rule(world, "points_lapse", **more)
    assert no.value.field == field


def test_what_is_put_away_or_somebody_elses_cannot_go_with_a_rule(world: World) -> None:
    gone = people.template(world, "旧券", retired_at=world.at)
    other = Reward.create(brand=world.brand.id, name={"zh": "旧礼"}, points=1, made_at=0, retired_at=world.at)
    for more in ({"template": gone}, {"reward": other}):
        with pytest.raises(Missing):
            people.rule(world, "news", **more)
    assert Template.select().count() == 1
    with pytest.raises(Refusal):
        rules.put(world.brand, None, "gossip", TEXTS, world.zhao, world.at)
