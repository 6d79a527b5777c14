"""Opening hours: several intervals a day, also past midnight; is it open, until when, and when does it open next.

Minutes are counted on the shop's own wall clock from local midnight; 1560 is 02:00 of the next day.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from models import EDIT, Calendar, OpeningInterval, Staff, Store, transaction
from webapp import clock
from webapp.outbox import events
from webapp.refusals import Refusal

Interval = tuple[int, int]
Week = dict[int, list[Interval]]  # Monday is 0
_SPAN = re.compile(r"^(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})$")
MOST_A_DAY = 4


@dataclass(frozen=True)
class Openness:
    """Open now? `until`: when that changes next (None: not within a week)."""

    open: bool
    until: int | None


def of(stores: Iterable[Store]) -> dict[int, Week]:
    """The week of each store, in one query."""
    weeks: dict[int, Week] = {store.id: {} for store in stores}
    rows = OpeningInterval.select().where(OpeningInterval.store.in_(list(weeks)))
    for row in rows.order_by(OpeningInterval.weekday, OpeningInterval.opens):
        weeks[row.store_id].setdefault(row.weekday, []).append((row.opens, row.closes))
    return weeks


def openness(week: Week, at: int, timezone: str) -> Openness:
    """Whether a shop with these hours is open at `at`; intervals that touch are one."""
    today = clock.local(at, timezone).date()
    spans = sorted(
        (_moment(day, opens, timezone), _moment(day, closes, timezone))
        for day in (today + dt.timedelta(days=n) for n in range(-2, 9))
        for opens, closes in week.get(day.weekday(), ())
    )
    closing: int | None = None
    for begins, ends in spans:
        if (closing is None and begins <= at < ends) or (closing is not None and begins <= closing):
            closing = max(closing or 0, ends)
    if closing is not None:
        return Openness(True, closing if closing < at + 7 * clock.DAY else None)
    return Openness(False, next((begins for begins, _ in spans if begins > at), None))


def parse(text: str, field: str = "") -> list[Interval]:
    """ "10:00-14:00, 17:00-02:00" as intervals; empty is closed. A closing time before the opening is the next day's."""
    spans = [part.strip() for part in re.split(r"[,，;；、\n]", text) if part.strip()]
    found = sorted(_interval(span, field) for span in spans)
    if len(found) > MOST_A_DAY:
        raise Refusal("一天最多写 %(n)s 段", code="hours_many", field=field, n=MOST_A_DAY)
    if any(first[1] > second[0] for first, second in itertools.pairwise(found)):
        raise Refusal("营业时间不能重叠", code="hours_overlap", field=field)
    return found


def parse_week(typed: dict[int, str]) -> Week:
    """The whole week as typed, a text per day. Refuses next to the day (`day0` is Monday)."""
    return {day: parse(text, f"day{day}") for day, text in typed.items()}


def written(intervals: Iterable[Interval]) -> str:
    """The same as people read and type it: 10:00–02:00."""
    return ", ".join(f"{_wall(opens)}–{_wall(closes)}" for opens, closes in intervals)


def put(store: Store, week: Week, by: Staff | None, at: int) -> None:
    """New hours for the whole week, from now on. The same hours again change nothing."""
    with transaction():
        before = of([store])[store.id]
        after = {day: spans for day, spans in sorted(week.items()) if spans}
        if before == after:
            return
        OpeningInterval.delete().where(OpeningInterval.store == store.id).execute()
        for day, spans in after.items():
            for opens, closes in spans:
                OpeningInterval.create(store=store.id, weekday=day, opens=opens, closes=closes)
        Calendar.insert(store=store.id, version=EDIT).on_conflict(
            conflict_target=[Calendar.store], update={Calendar.version: Calendar.version + EDIT}
        ).execute()  # free times are new
        events.record(
            "hours_changed",
            at,
            store=store.id,
            staff=by.id if by else None,
            ref=store.slug,
            before=_plain(before),
            after=_plain(after),
        )


def _interval(span: str, field: str) -> Interval:
    match = _SPAN.match(span)
    if match is None:
        raise Refusal("时间像这样写：10:00-22:00", code="hours_shape", field=field)
    hour, minute, to_hour, to_minute = (int(part) for part in match.groups())
    opens, closes = hour * 60 + minute, to_hour * 60 + to_minute
    if minute > 59 or to_minute > 59 or opens > 1439 or closes > 1440:
        raise Refusal("时间像这样写：10:00-22:00", code="hours_shape", field=field)
    return opens, closes if closes > opens else closes + 1440


def _moment(day: dt.date, minutes: int, timezone: str) -> int:
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minutes)
    return clock.stamp(wall.replace(tzinfo=clock.zone(timezone)))


def _wall(minutes: int) -> str:
    return "24:00" if minutes == 1440 else f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _plain(week: Week) -> dict[str, str]:
    return {str(day): written(spans) for day, spans in week.items()}
