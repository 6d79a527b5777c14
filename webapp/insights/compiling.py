"""A segment's rule as one SELECT: every condition becomes a part of WHERE that is true or false, never unknown.

A member without a grade yet (they joined today) is counted as one who has none. Whatever lies in other tables is looked up member by
member through an index, so that a stretch of members costs what the stretch is long; for everybody at once (`whole`) it is read once.
"""

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, cast

from peewee import JOIN, SQL, Case, ModelSelect, fn

from models import Booking, Consent, Coupon, Grade, Member, Memory, Part, Wear
from webapp.clock import DAY
from webapp.insights import language as say
from webapp.insights.language import Rule

HERE = Member.erased_at.is_null() & Member.merged_into.is_null()


def select(rule: Rule, at: int, *, whole: bool = False) -> ModelSelect:
    """Everybody who belongs, as a SELECT of members' ids; gone and merged cards never do."""
    joined = Member.select(Member.id).join(Grade, JOIN.LEFT_OUTER, on=(Grade.member == Member.id))
    return cast(ModelSelect, joined.where(HERE, holds(rule, at, whole)))


def holds(rule: Rule, at: int, whole: bool = False) -> Any:
    """The condition as SQL."""
    match rule:
        case say.All(of):
            return reduce(operator.and_, (holds(part, at, whole) for part in of), _TRUE)
        case say.Either(of):
            return reduce(operator.or_, (holds(part, at, whole) for part in of))
        case say.Not(part):
            return _no(holds(part, at, whole))
        case _ if found := _ELSEWHERE.get(type(rule)):
            field, query = found(rule, at)
            if whole:
                return Member.id.in_(query.select(field).where(field.is_null(False)))
            return fn.EXISTS(query.where(field == Member.id))
        case _:
            return _LEAVES[type(rule)](rule, at)


# --- how it is done ----------------------------------------------------------------------------------------------------

_TRUE = SQL("1 = 1")
Elsewhere = tuple[Any, Any]  # whose row it is, and the query of the rows that fit


def _no(condition: Any) -> Any:
    """Not so; and what is not known is not so either."""
    return Case(None, [(condition, 0)], 1) == 1


def _among(field: Any, values: list[Any]) -> Any:
    known = [value for value in values if value != "none"]
    found = field.in_(known) if known else None
    if "none" in values:
        return (found | field.is_null()) if found is not None else field.is_null()
    return found


def _span(field: Any, rule: Any) -> Any:
    """A number that is not there is 0."""
    conditions = []
    if rule.least:
        conditions.append(field >= rule.least)
    if rule.most is not None:
        conditions.append((field <= rule.most) | field.is_null())
    return reduce(operator.and_, conditions, _TRUE)


def _ago(field: Any, rule: Any, at: int) -> Any:
    conditions = [field.is_null(False)]
    if rule.least is not None:
        conditions.append(field <= at - rule.least * DAY)
    if rule.most is not None:
        conditions.append(field >= at - rule.most * DAY)
    return reduce(operator.and_, conditions)


def _last(rule: Any, at: int) -> Any:
    """Either they were seen at the counter, or the night found a bill, an order or a booking of theirs."""

    def since(moment: int) -> Any:
        return (Member.seen_at >= moment) | (Grade.last_at >= moment)

    conditions = [Member.seen_at.is_null(False) | Grade.last_at.is_null(False)]
    if rule.least is not None:
        conditions.append(_no(since(at - rule.least * DAY + 1)))
    if rule.most is not None:
        conditions.append(since(at - rule.most * DAY))
    return reduce(operator.and_, conditions)


def _due(rule: Any, at: int) -> Any:
    return Grade.due_at.between(at - rule.past * DAY, at + rule.within * DAY)


def _birthday(rule: Any, at: int) -> Any:
    return reduce(operator.or_, (Member.birthday.between(m * 100 + 1, m * 100 + 31) for m in rule.months))


def _consent(rule: Any, at: int) -> Any:
    newest = (
        Consent.select(Consent.granted)
        .where(Consent.member == Member.id, Consent.purpose == rule.purpose)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    )
    return fn.COALESCE(newest, False) == True  # noqa: E712 - SQL


def _store(rule: Any, at: int) -> Any:
    return fn.COALESCE(Grade.store, Member.store).in_(rule.of)


def _chip(rule: Any, at: int) -> Elsewhere:
    return Memory.member, Memory.select(SQL("1")).where(Memory.forgotten_at.is_null(), Memory.chip.in_(rule.of))


def _garment(rule: Any, at: int) -> Elsewhere:
    wanted = [getattr(Wear, name) == value for name in ("kind", "fabric", "colour") if (value := getattr(rule, name))]
    return Wear.member, Wear.select(SQL("1")).where(Wear.removed_at.is_null(), *wanted)


def _service(rule: Any, at: int) -> Elsewhere:
    query = Booking.select(SQL("1")).join(Part, on=(Part.booking == Booking.id))
    came = Booking.state.in_(("arrived", "done")) & (Booking.starts_at >= at - rule.days * DAY)
    return Booking.member, query.where(came, Part.service.in_(rule.of))


def _coupon(rule: Any, at: int) -> Elsewhere:
    usable = Coupon.used_at.is_null() & (Coupon.expires_at > at)
    query = Coupon.select(SQL("1")).where(usable, Coupon.from_at.is_null() | (Coupon.from_at <= at))
    return Coupon.member, query.where(Coupon.template == rule.template) if rule.template else query


_ELSEWHERE: dict[type[Any], Callable[[Any, int], Elsewhere]] = {
    say.Chip: _chip,
    say.Service: _service,
    say.Garment: _garment,
    say.Coupon: _coupon,
}
_LEAVES: dict[type[Any], Callable[[Any, int], Any]] = {
    say.Grade: lambda rule, at: _among(Grade.grade, rule.of),
    say.Frequency: lambda rule, at: _among(Grade.frequency, rule.of),
    say.Life: lambda rule, at: fn.COALESCE(Grade.life, "new").in_(rule.of),
    say.Tier: lambda rule, at: Member.tier.in_(rule.of),
    say.At: _store,
    say.Joined: lambda rule, at: _ago(Member.joined_at, rule, at),
    say.Last: _last,
    say.Visits: lambda rule, at: _span(Grade.visits, rule),
    say.Spent: lambda rule, at: _span(Grade.spent, rule),
    say.Points: lambda rule, at: _span(Member.points, rule),
    say.Risk: lambda rule, at: _span(Grade.risk, rule),
    say.Due: _due,
    say.Birthday: _birthday,
    say.Consent: _consent,
    say.OpenCase: lambda rule, at: Member.care_since.is_null(False),
    say.Language: lambda rule, at: Member.locale.in_(rule.of),
}
