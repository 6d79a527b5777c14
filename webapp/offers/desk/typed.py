"""What stands in the fields of this room's editors, and what was meant by them."""

import datetime as dt
from typing import Any

from wtforms.validators import StopValidation

from webapp import clock
from webapp.words import N_

LARGEST = 2**31 - 1


def a_day(form: Any, field: Any) -> None:
    if field.data and day(field.data) is None:
        raise StopValidation(N_("日期像这样写：2026-05-31"))


def a_time(form: Any, field: Any) -> None:
    if field.data and minutes(field.data) is None:
        raise StopValidation(N_("时间像这样写：14:00"))


def day(typed: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None


def minutes(typed: str) -> int | None:
    """14:30 → 870; 24:00 is the end of the day."""
    hour, colon, minute = typed.partition(":")
    if not colon or not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()) or len(typed) > 5:
        return None
    found = int(hour) * 60 + int(minute)
    return found if int(minute) < 60 and found <= 1440 else None


def begins(typed: str | None, timezone: str) -> int | None:
    """The first second of a day that was typed, on the store's wall."""
    found = day(typed) if typed else None
    return clock.stamp(dt.datetime(found.year, found.month, found.day, tzinfo=clock.zone(timezone))) if found else None


def ends(typed: str | None, timezone: str) -> int | None:
    """The first second after a day that was typed: it still holds on that day."""
    found = day(typed) if typed else None
    return begins((found + dt.timedelta(days=1)).isoformat(), timezone) if found else None


def as_day(at: int | None, timezone: str) -> str:
    return clock.local(at, timezone).date().isoformat() if at else ""


def as_time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
