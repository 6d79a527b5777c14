"""What several of these pages show alike: the strip of days with its times, and a moment as the clock in its store shows it."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Response, g
from flask_babel import gettext

from models import Member, Service, Store, database
from webapp import clock, filters, hx, vault
from webapp.bookings import choosing, days, figures, free
from webapp.bookings.supply import Supply
from webapp.clock import MINUTE
from webapp.outbox import inbox
from webapp.words import N_, locale

PARTS_OF_DAY = {"morning": N_("上午"), "afternoon": N_("下午"), "evening": N_("晚上"), "night": N_("半夜")}
WHEN = {"weekend": N_("周末和假日"), "holiday": N_("法定假日"), "always": N_("每天")}  # of packages
NAMED_IN = {"en": "en_US", "zh_Hant": "zh_TW"}  # what the library of holidays calls our languages


def page(template: str, me: Member, part: str | None = None, **context: Any) -> Response:
    """A page of the member's shell; a part of it needs no bell."""
    bell = {} if part and hx.asked() else {"unread": inbox.unread(me.id)}
    return hx.page(template, part, **bell, **context)


def kept(*key: Any, render: Callable[[], str]) -> str:
    """What `render` makes, made once for everybody who asks for the same in the same minute. `key` names all that it is made of."""
    return _kept(database.obj, (locale(), clock.now() // MINUTE, *key), _Aside(render))


def ticket() -> str:
    return vault.token()[:32]


def calendar(
    here: Supply, service: Service, people: int, at: int, tier: str, asked: dt.date | None, but: int = 0
) -> dict[str, Any]:
    """The strip of days around the one that is shown, and its times."""
    today = clock.local(at, here.timezone).date()
    ahead = (clock.local(free.open_to(here, service, at, tier)[1] - 1, here.timezone).date() - today).days + 1
    strips = (max(ahead, 1) - 1) // choosing.STRIP
    skip = min((asked - today).days // choosing.STRIP if asked else 0, strips) * choosing.STRIP
    strip = free.strip(here, service, people, at, tier, count=max(1, min(choosing.STRIP, ahead - skip)), skip=skip)
    shown = choosing.opening(strip, asked)
    groups = choosing.times(here, service, shown, people, at, tier, but=but)
    return {
        "strip": [_day(one, here, today) for one in strip],
        "day": shown,
        "earlier": strip[0].date - dt.timedelta(days=choosing.STRIP) if skip else None,
        "later": strip[-1].date + dt.timedelta(days=1) if skip // choosing.STRIP < strips else None,
        "chosen": _day(free.Day(shown, "", 0, ""), here, today),
        "groups": [(gettext(PARTS_OF_DAY[name]), found) for name, found in groups],
    }


def usual_answer(store: Store, at: int) -> int | None:
    """In how many minutes the shop usually says yes or no; looked up every ten minutes."""
    return _usual_answer(database.obj, store.id, at // (10 * MINUTE))


def there(store: Store, say: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `say` says with the clock of that store on the wall."""
    before, g.store = g.get("store"), store
    said = say()
    g.store = before
    return said


def moment(at: int) -> dict[str, str]:
    return {"day": filters.day(at), "weekday": filters.weekday(at), "time": filters.time_of_day(at)}


def weekday(number: int) -> str:
    return str(gettext(filters.DAYS[number]))


class _Aside:
    """What a remembered answer is made with, but not remembered by."""

    def __init__(self, make: Callable[[], str]) -> None:
        self.make = make

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Aside)


@lru_cache(maxsize=256)
def _kept(_database: Any, _key: tuple[Any, ...], aside: _Aside) -> str:
    return aside.make()


@lru_cache(maxsize=64)
def _usual_answer(_database: Any, store: int, moment: int) -> int | None:
    return figures.usual_answer(Store.get_by_id(store), moment * 10 * MINUTE)


def _short(near: str | None, number: int) -> str:
    """What stands above the number of a day: today, tomorrow, or the weekday, in six letters at most."""
    word = str(gettext(near)) if near else ""
    return word.capitalize() if 0 < len(word) <= 6 else weekday(number)[:3]


def _day(day: free.Day, here: Supply, today: dt.date) -> dict[str, Any]:
    near = filters.NEAR.get((day.date - today).days)
    holiday = days.holiday(day.date, here.timezone, NAMED_IN.get(locale(), ""))
    return {
        "date": day.date,
        "mark": day.mark,
        "short": _short(near, day.date.weekday()),
        "weekday": weekday(day.date.weekday()),
        "at": days.moment(day.date, 720, here.timezone),
        "holiday": holiday.name if holiday and not holiday.works else "",
        "works": bool(holiday and holiday.works),
    }
