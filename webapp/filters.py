"""How numbers, money and moments look on screen, in the reader's language and the store's time zone."""

import datetime as dt
import re
from typing import Any

from flask import Flask
from flask_babel import gettext, ngettext
from markupsafe import Markup

from webapp import clock, words
from webapp.words import N_

THIN = "\u202f"
DAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
NEAR = {0: N_("今天"), 1: N_("明天"), -1: N_("昨天")}
_ONE_POINT = re.compile(
    r"(?<![\d.,\u202f])1 (more )?(point|piece|flaw|day|hour|minute|week|month|time|visit|bill|friend|message)s\b"
)


def init(app: Flask) -> None:
    app.jinja_env.filters.update(
        points=points,
        money=money,
        when=when,
        day=day,
        weekday=weekday,
        clock=time_of_day,
        said=words.said,
        say=say,
        tag=tag,
    )
    app.jinja_env.globals.update(_=translated, ngettext=counted, filled=filled, locale_names=words.NAMES)


def translated(text: str, **values: Any) -> str:
    """gettext for templates: a value that is markup stays markup, everything else in the sentence is escaped as usual."""
    return filled(str(gettext(text)), values)


def filled(sentence: str, values: dict[str, Any]) -> str:
    """A sentence with its values in place."""
    if not values:
        return sentence
    if any(hasattr(value, "__html__") for value in values.values()):
        return Markup(sentence) % values  # noqa: S704 - the catalogue is ours, the values are escaped by `%`
    return singular(sentence % values)


def counted(one: str, many: str, num: int, **values: Any) -> str:
    """The same for sentences that count."""
    if any(hasattr(value, "__html__") for value in values.values()):
        return Markup(ngettext(one, many, num)) % {"num": num, **values}  # noqa: S704
    return str(ngettext(one, many, num, **values))


def singular(text: str) -> str:
    """English says "1 point" and "1 piece". Figures enter a sentence as text, already grouped, so the catalogue cannot choose a plural."""
    return _ONE_POINT.sub(r"1 \1\2", text)


def tag(locale: str) -> str:
    """What a page's `lang` attribute calls a language: zh-Hans, zh-Hant, en."""
    return words.TAGS[str(locale)]


def points(value: int) -> str:
    """1280 → 1 280, with a space that does not break."""
    return f"{value:,}".replace(",", THIN).replace("-", "−")


def money(fen: int) -> str:
    """4860 → ¥48.60; whole yuan lose their zeros: ¥48."""
    sign = "−" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    text = f"{yuan:,}".replace(",", THIN)
    return f"{sign}¥{text}.{rest:02d}" if rest else f"{sign}¥{text}"


def yuan(fen: int) -> str:
    """4860 → 48.60, as it is typed into a field."""
    return f"{fen // 100}.{fen % 100:02d}"


def time_of_day(at: int) -> str:
    """14:05 on the store's wall."""
    return clock.local(at, words.timezone()).strftime("%H:%M")


def day(at: int) -> str:
    """今天, 明天, 昨天, or the date; with the year when it is another one."""
    zone = words.timezone()
    date, today = clock.local(at, zone).date(), clock.local(clock.now(), zone).date()
    near = NEAR.get((date - today).days)
    return str(gettext(near)) if near else _date(date, with_year=date.year != today.year)


def weekday(at: int) -> str:
    """周四, on the store's calendar."""
    return str(gettext(DAYS[clock.local(at, words.timezone()).weekday()]))


def when(at: int) -> str:
    """今天 14:05"""
    return f"{day(at)} {time_of_day(at)}"


def _date(date: dt.date, with_year: bool) -> str:
    if words.locale() == "en":
        return f"{date.day} {date:%b %Y}" if with_year else f"{date.day} {date:%b}"
    return f"{date.year}年{date.month}月{date.day}日" if with_year else f"{date.month}月{date.day}日"


def say(phrase: Any) -> str:
    """A sentence that a rule left as a key and its values (`text`, `params`); a value may be such a sentence itself."""
    values = {
        name: say(value) if hasattr(value, "params") else spoken(value, name) for name, value in phrase.params.items()
    }
    return singular(str(gettext(phrase.text, **values)))


def spoken(value: Any, name: str = "") -> Any:
    """One value of a refusal or message as it is read: {"fen": …} is money, {"zh": …} a shop's words, time a moment, a name that ends in _on its day."""
    if isinstance(value, dict):
        return money(value["fen"]) if "fen" in value else words.said(value)
    if name == "time" or name.endswith("_at"):
        return when(value)
    if name.endswith("_on"):
        return day(value)
    if name in ("amount", "refund"):
        return money(value)
    return points(value) if isinstance(value, int) and not isinstance(value, bool) else value
