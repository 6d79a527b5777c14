"""What the pages of follow-ups show: who is due, what to know before ringing, what was heard. Reads only."""

from typing import NamedTuple

from peewee import JOIN, SQL, fn

from models import (
    Booking,
    Case,
    Follow,
    FollowTry,
    Grade,
    Member,
    Order,
    Part,
    Purchase,
    Rating,
    Service,
    Staff,
    Store,
)
from webapp import clock
from webapp.care import follows
from webapp.clock import DAY
from webapp.complaints import guards
from webapp.members import phones

SHOWN = 120
AHEAD = 7  # days of what comes
REMEMBERED = 120  # days in which a complaint or a low rating may be why somebody stays away
_OPEN = SQL("t1.state = 'open'")


class Row(NamedTuple):
    """One call: days it is late (none for what is not due yet), and the newest try."""

    follow: Follow
    masked: str
    late: int
    last: FollowTry | None


class Listed(NamedTuple):
    late: list[Row]
    today: list[Row]
    soon: list[Row]
    more: int
    counts: dict[str, int]


class Heard(NamedTuple):
    tried: FollowTry
    follow: Follow
    note: str


class Brief(NamedTuple):
    """What somebody should know before they ring. Anything may be missing."""

    last_at: int | None
    days: int
    where: dict[str, str] | None
    bill: Purchase | None
    service: dict[str, str] | None
    low: Rating | None
    case: Case | None
    bag: Order | None
    grade: Grade | None
    guess: str  # fault, need, or empty: a guess with its reason on the page, never more


def due(store: Store, actor: Staff | None, at: int, *, mine: bool = False, kind: str = "") -> Listed:
    """What is to be done in this store: late, today, and the week to come. Three queries."""
    today = clock.day_number(at, store.timezone)
    query = (
        Follow.select(Follow, Member, Staff)
        .join(Member, JOIN.LEFT_OUTER)
        .switch(Follow)
        .join(Staff, JOIN.LEFT_OUTER, on=(Follow.owner == Staff.id))
        .where(Follow.store == store.id, _OPEN, Follow.due_day <= today + AHEAD)
    )
    if mine and actor:
        query = query.where(Follow.owner == actor.id)
    if kind:
        query = query.where(Follow.kind == kind)
    found = list(query.order_by(Follow.due_day, Follow.id).limit(SHOWN + 1))
    newest = _newest([follow.id for follow in found])
    rows = [
        Row(
            follow, phones.masked(follow.member) if follow.member else "", today - follow.due_day, newest.get(follow.id)
        )
        for follow in found[:SHOWN]
    ]
    return Listed(
        late=[row for row in rows if row.late > 0],
        today=[row for row in rows if row.late == 0],
        soon=[row for row in rows if row.late < 0],
        more=max(0, len(found) - SHOWN),
        counts=_counts(store, today),
    )


def heard(store: Store, staff: Staff | None, limit: int = 40) -> list[Heard]:
    """What customers said on the telephone, the newest first: to whom they were served by, or all of it where `staff` is None."""
    query = (
        FollowTry.select(FollowTry, Follow, Member, Staff)
        .join(Follow)
        .join(Member, JOIN.LEFT_OUTER)
        .switch(FollowTry)
        .join(Staff)
        .where(Follow.store == store.id, FollowTry.outcome.in_(("glad", "unhappy")))
    )
    if staff:
        query = query.where(Follow.served_by == staff.id)
    rows = query.order_by(FollowTry.at.desc(), FollowTry.id.desc()).limit(limit)
    return [Heard(tried, tried.follow, follows.note(tried)) for tried in rows]


def of_member(members: list[int], limit: int = 8) -> list[Follow]:
    """The follow-ups of one person, the newest first, for their card."""
    return list(Follow.select().where(Follow.member.in_(members)).order_by(Follow.id.desc()).limit(limit))


def brief(follow: Follow, at: int) -> Brief:
    """What is known about them that matters for this call. Some eight small queries, on one page."""
    member: Member | None = follow.member
    if member is None or member.erased_at:
        return Brief(None, 0, None, None, None, None, None, None, None, "")
    bill = Purchase.select(Purchase, Store).join(Store).where(Purchase.member == member.id)
    last = bill.order_by(Purchase.at.desc()).first()
    low = Rating.select().where(Rating.member == member.id).order_by(Rating.made_at.desc()).first()
    low = low if low and low.low and low.made_at > at - 2 * REMEMBERED * DAY else None
    grade = Grade.get_or_none(Grade.member == member.id)
    moments = [
        moment for moment in (member.seen_at, last.at if last else None, grade.last_at if grade else None) if moment
    ]
    last_at = max(moments, default=None)
    case = guards.open_case(member) or _recent_case(member, last_at)
    order = follow.about.get("order")
    return Brief(
        last_at=last_at,
        days=max(0, (at - last_at) // DAY) if last_at else 0,
        where=last.store.name if last else None,
        bill=Purchase.get_or_none(Purchase.code == follow.about["bill"]) if "bill" in follow.about else last,
        service=_last_service(member),
        low=low,
        case=case,
        bag=Order.get_or_none(Order.code == order) if order else None,
        grade=grade,
        guess="fault" if low or case else "",
    )


def log(follow: Follow) -> list[tuple[FollowTry, str]]:
    """Every try of this one, the newest first, with what was written down."""
    rows = FollowTry.select(FollowTry, Staff).join(Staff).where(FollowTry.follow == follow.id)
    return [(tried, follows.note(tried)) for tried in rows.order_by(FollowTry.id.desc())]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _newest(numbers: list[int]) -> dict[int, FollowTry]:
    rows = FollowTry.select(FollowTry, Staff).join(Staff).where(FollowTry.follow.in_(numbers)).order_by(FollowTry.id)
    return {tried.follow_id: tried for tried in rows} if numbers else {}


def _counts(store: Store, today: int) -> dict[str, int]:
    query = Follow.select(Follow.kind, fn.COUNT(Follow.id)).where(Follow.store == store.id, _OPEN)
    rows = query.where(Follow.due_day <= today).group_by(Follow.kind).order_by(fn.COUNT(Follow.id).desc(), Follow.kind)
    return {kind: int(n) for kind, n in rows.tuples()}


def _recent_case(member: Member, last_at: int | None) -> Case | None:
    """A complaint shortly before they were here last, or after: the likeliest reason."""
    told = Case.select().where(Case.member == member.id, Case.kind.not_in(("idea", "praise")), Case.state != "merged")
    newest: Case | None = told.order_by(Case.made_at.desc()).first()
    return newest if newest and newest.made_at > (last_at or 0) - REMEMBERED * DAY else None


def _last_service(member: Member) -> dict[str, str] | None:
    parts = Part.select(Part, Service).join(Service).switch(Part).join(Booking).where(Booking.member == member.id)
    last = parts.where(Booking.state.in_(("arrived", "done"))).order_by(Booking.starts_at.desc()).first()
    return dict(last.service.name) if last else None
