"""Tips: shipped in three languages, in season, the shop's own words from then on; and the way to the group."""

import datetime as dt

import pytest

from models import Article, Event
from tests.world import NOON, SHANGHAI, World
from webapp import policy
from webapp.care import articles
from webapp.clock import DAY
from webapp.refusals import Forbidden, Missing, Refusal
from webapp.stores import settings


def noon(month: int, day: int) -> int:
    return int(dt.datetime(2026, month, day, 12, tzinfo=SHANGHAI).timestamp())


def test_a_shop_begins_with_tips_in_three_languages(world: World) -> None:
    assert articles.fill(world.brand, NOON)
    assert not articles.fill(world.brand, NOON + DAY)
    rows = articles.shown(world.brand)
    assert len(rows) == len(articles.shipped()) >= 12
    for row in rows:
        assert {*row.title} == {*row.text} == {"zh", "zh_Hant", "en"}
        assert len({text.count("\n") for text in row.text.values()}) == 1
        assert max(map(len, row.title.values())) <= articles.TITLE_MOST
        assert set(row.seasons) <= set(articles.SEASONS)


def test_every_kind_of_shop_has_something_for_every_season(world: World) -> None:
    articles.fill(world.brand, NOON)
    for kind in ("bath", "laundry", "retail"):
        assert articles.shown(world.brand, kind), kind
    for month in range(1, 13):
        assert articles.fitting(world.brand, "bath", noon(month, 15), "Asia/Shanghai"), month


@pytest.mark.parametrize(
    ("month", "day", "seasons"),
    [
        (2, 28, ("winter",)),
        (3, 1, ("spring",)),
        (6, 20, ("summer", "rain")),
        (8, 1, ("summer", "heat")),
        (12, 31, ("winter", "cold")),
        (1, 1, ("winter", "cold")),
    ],
)
def test_seasons_follow_the_calendar(month: int, day: int, seasons: tuple[str, ...]) -> None:
    assert articles.now_in(noon(month, day), "Asia/Shanghai") == seasons


def test_the_last_day_of_a_long_february_is_still_winter() -> None:
    at = int(dt.datetime(2028, 2, 29, 12, tzinfo=SHANGHAI).timestamp())
    assert articles.now_in(at, "Asia/Shanghai") == ("winter",)


def test_what_fits_the_season_comes_first_and_other_shops_tips_do_not_come(world: World) -> None:
    articles.fill(world.brand, NOON)
    rows = articles.shown(world.brand, "laundry", now=("spring",))
    assert rows[0].seasons == ["spring"]
    assert all(not row.shops or "laundry" in row.shops for row in rows)
    always = [not row.seasons for row in rows[1:]]
    assert always == sorted(always, reverse=True)
    assert any(always)


def test_a_new_tip_is_read_only_once_it_is_shown(world: World) -> None:
    words = {"zh": "先冲脚", "en": "Rinse your feet first"}
    made = articles.put(world.brand, None, words, words, world.lin, NOON, when=["heat"], shops=["bath"])
    assert articles.shown(world.brand) == []
    with pytest.raises(Missing):
        articles.find(world.brand, made.id, reader=True)
    articles.show(made, world.lin, NOON)
    articles.show(made, world.lin, NOON + 5)
    assert articles.find(world.brand, made.id, reader=True).seasons == ["heat"]
    articles.put(world.brand, world.fresh(made), words, words, world.lin, NOON, when=["heat"], shops=["bath"])
    assert [event.verb for event in Event.select().order_by(Event.id)] == ["tip_added", "tip_shown"]
    articles.hide(made, world.lin, NOON)
    articles.retire(made, world.lin, NOON)
    assert articles.everything(world.brand) == []
    assert Article.select().count() == 1


def test_a_tip_needs_chinese_words_of_a_bounded_length(world: World) -> None:
    for title, text, field in (
        ({"en": "x"}, {"zh": "x"}, "title"),
        ({"zh": "x"}, {"zh": " "}, "text"),
        ({"zh": "x"}, {"zh": "字" * 1201}, "text"),
    ):
        with pytest.raises(Refusal) as refused:
            articles.put(world.brand, None, title, text, world.lin, NOON)
        assert refused.value.field == field


def test_the_group_is_a_link_or_nothing(world: World) -> None:
    settings.set_group(world.bath, " https://work.example/group ", world.lin, NOON)
    assert policy.of(world.fresh(world.bath)).group_url == "https://work.example/group"
    settings.set_ratings(world.fresh(world.bath), {}, "https://map.example", world.lin, NOON)
    assert policy.of(world.fresh(world.bath)).group_url == "https://work.example/group"
    for wrong in ("http://x.example", "javascript:alert(1)", "group", "https://" + "x" * 200):
        with pytest.raises(Refusal, match="网址"):
            settings.set_group(world.bath, wrong, world.lin, NOON)
    with pytest.raises(Forbidden):
        settings.set_group(world.bath, "", world.chen, NOON)
    settings.set_group(world.fresh(world.bath), "", world.lin, NOON)
    assert "group_url" not in world.fresh(world.bath).policy
