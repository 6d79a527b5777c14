"""What time it is: whole seconds since 1970, UTC, and the same in a shop's own time zone.

Rules never ask for the time: doors and jobs call `now()` once and hand it on as `at`.
"""

import datetime as dt
import time
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3600, 86400


def now() -> int:
    """Seconds since 1970, UTC."""
    return int(time.time())


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(at: int, timezone: str) -> dt.datetime:
    """The moment as the clock on that shop's wall shows it."""
    return dt.datetime.fromtimestamp(at, zone(timezone))


def stamp(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def day_number(at: int, timezone: str) -> int:
    """The shop's own calendar day, counted from 1970-01-01."""
    return local(at, timezone).date().toordinal() - dt.date(1970, 1, 1).toordinal()


def day_start(at: int, timezone: str) -> int:
    """The first second of the shop's own calendar day."""
    return stamp(local(at, timezone).replace(hour=0, minute=0, second=0, microsecond=0))


def month_end_after(at: int, months: int, timezone: str) -> int:
    """The first second after the month that lies `months` months later: points earned in May with 12 last until 31 May next year."""
    day = local(at, timezone)
    years, month = divmod(day.month - 1 + months + 1, 12)
    return stamp(dt.datetime(day.year + years, month + 1, 1, tzinfo=zone(timezone)))
