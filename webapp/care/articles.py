"""Tips: something worth knowing, for the season and the weather, instead of an advert (L7, L11). Ships filled; the shop's own words from then on.

Everybody may read them. Nothing here is ever sent: a rule of care may point to one (`fitting`).
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models import KINDS, Article, Brand, Staff, locked, transaction
from webapp import clock
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

FILE = Path(__file__).with_name("articles.toml")
SEASONS = ("spring", "summer", "autumn", "winter", "rain", "heat", "cold")
# From and to a day of the year, month * 100 + day, by the calendar: nobody is asked for the weather.
DAYS = {
    "spring": (301, 531),
    "summer": (601, 831),
    "autumn": (901, 1130),
    "winter": (1201, 229),
    "rain": (610, 710),
    "heat": (711, 825),
    "cold": (1222, 215),
}
TITLE_MOST, TEXT_MOST, MOST = 60, 1200, 200
Words = dict[str, str]


def now_in(at: int, timezone: str) -> tuple[str, ...]:
    """The seasons of this day."""
    day = clock.local(at, timezone)
    number = day.month * 100 + day.day
    return tuple(
        season
        for season, (first, last) in DAYS.items()
        if (first <= number <= last if first <= last else number >= first or number <= last)
    )


def shown(brand: Brand | int, kind: str = "", *, now: Sequence[str] = ()) -> list[Article]:
    """What everybody may read: what fits the season first, then what always holds, then the others; of this kind of shop if asked."""
    rows = [row for row in everything(brand) if row.shown_at and (not kind or not row.shops or kind in row.shops)]

    def distance(row: Article) -> int:
        return 0 if set(row.seasons) & set(now) else 2 if row.seasons else 1

    return sorted(rows, key=distance)


def fitting(brand: Brand | int, kind: str, at: int, timezone: str) -> Article | None:
    """The one for this season in this kind of shop; another one every week."""
    now = set(now_in(at, timezone))
    rows = [row for row in shown(brand, kind) if now & set(row.seasons)]
    return rows[clock.day_number(at, timezone) // 7 % len(rows)] if rows else None


def everything(brand: Brand | int) -> list[Article]:
    """For the desk: all that are not put away, in the shop's order. One query."""
    mine = (Article.brand == brand) & Article.retired_at.is_null()
    return list(Article.select().where(mine).order_by(Article.place, Article.id).limit(MOST))


def find(brand: Brand | int, number: int, *, reader: bool = False) -> Article:
    """One of this brand; for a `reader` only what is shown."""
    mine = (Article.id == number) & (Article.brand == brand) & Article.retired_at.is_null()
    found: Article | None = Article.get_or_none(mine & Article.shown_at.is_null(False) if reader else mine)
    if found is None:
        raise Missing("没有找到", code="not_here")
    return found


def put(
    brand: Brand,
    article: Article | None,
    title: Words,
    text: Words,
    staff: Staff,
    at: int,
    *,
    when: Sequence[str] = (),
    shops: Sequence[str] = (),
) -> Article:
    """Write a tip, or edit one; a new one is shown when somebody shows it. The same again changes nothing."""
    fields: dict[str, Any] = {
        "title": _written(title, TITLE_MOST, "title"),
        "text": _written(text, TEXT_MOST, "text"),
        "seasons": [name for name in SEASONS if name in when],
        "shops": [name for name in KINDS if name in shops],
    }
    with transaction():
        if article is None:
            rows = everything(brand)
            if len(rows) >= MOST:
                raise Refusal("太多了，先收起一些吧", code="too_many")
            place = 1 + max((row.place for row in rows), default=0)
            made: Article = Article.create(brand=brand.id, **fields, place=place, made_by=staff.id, made_at=at)
            _record("tip_added", made, staff, at)
            return made
        if any(getattr(article, name) != value for name, value in fields.items()):
            Article.update(fields).where(Article.id == article.id).execute()
            article = Article.get_by_id(article.id)
            _record("tip_changed", article, staff, at)
        return article


def show(article: Article, staff: Staff, at: int) -> Article:
    """Everybody may read it now. Twice is once."""
    return _turn(article, at, Article.shown_at.is_null(), "tip_shown", staff, at)


def hide(article: Article, staff: Staff, at: int) -> Article:
    """Only the desk sees it."""
    return _turn(article, None, Article.shown_at.is_null(False), "tip_hidden", staff, at)


def retire(article: Article, staff: Staff, at: int) -> None:
    """Put away for good."""
    with transaction():
        still = (Article.id == article.id) & Article.retired_at.is_null()
        if Article.update(retired_at=at).where(still).execute():
            _record("tip_retired", article, staff, at)


def fill(brand: Brand, at: int) -> bool:
    """A brand that has none begins with those that came with the program."""
    if Article.select().where(Article.brand == brand.id).exists():
        return False
    with transaction():
        locked(Brand, brand.id)
        if Article.select().where(Article.brand == brand.id).exists():
            return False
        for place, card in enumerate(shipped().values()):
            Article.create(
                brand=brand.id,
                title=card["title"],
                text=card["text"],
                seasons=card.get("seasons", []),
                shops=card.get("shops", []),
                place=place,
                made_at=at,
                shown_at=at,
            )
        return True


def shipped() -> dict[str, dict[str, Any]]:
    """What came with the program, by slug."""
    return tomllib.loads(FILE.read_text("utf-8"))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _written(words: Words, most: int, field: str) -> Words:
    kept = {language: text.strip() for language, text in words.items() if text.strip()}
    if "zh" not in kept:
        raise Refusal("请填写", code="empty", field=field)
    if any(len(text) > most for text in kept.values()):
        raise Refusal("最多写 %(n)s 个字", code="too_long", field=field, n=most)
    return kept


def _turn(article: Article, shown_at: int | None, still: Any, verb: str, staff: Staff, at: int) -> Article:
    with transaction():
        mine = (Article.id == article.id) & Article.retired_at.is_null() & still
        if Article.update(shown_at=shown_at).where(mine).execute():
            _record(verb, article, staff, at)
        return Article.get_by_id(article.id)


def _record(verb: str, article: Article, staff: Staff, at: int) -> None:
    events.record(verb, at, store=staff.store_id, staff=staff.id, ref=str(article.id), name=article.title["zh"][:40])
