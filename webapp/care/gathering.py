"""Whom to ring this night: who bought for the first time, good customers nobody has spoken to, bags that hang too long, who stayed away (L3, L6, M1).

Called by the worker, for every store, in one short transaction a person. Twice is once: each occasion has its key. No more good customers and lost ones
are put on a store's list than keep it at `MOST` of each, the dearest first: a list that can be worked through.
"""

from typing import Any

from peewee import SQL, fn

from models import Consent, Follow, Grade, Member, Order, Purchase, Store, transaction
from webapp import clock, policy
from webapp.care import follows
from webapp.clock import DAY, HOUR
from webapp.complaints import guards
from webapp.outbox import inbox

MOST = 5
BATCH = 500
KEY_DAYS = 42  # a good customer hears from us, or sees us, at least so often
LAPSED_VISITS = 2  # who came less often had no habit to lose
LAPSED_YEARS = 2  # who has been away longer is not rung any more


def collect(at: int) -> int:
    """The follow-ups of tonight. Returns how many are new."""
    newest = Follow.select(fn.COALESCE(fn.MAX(Follow.id), 0)).scalar()
    for store in list(Store.select().where(Store.closed_at.is_null()).order_by(Store.id)):
        for gather in (first, uncollected, lapsed, key):
            gather(store, at)
        with transaction():
            follows.show(store, at)  # what was for another day may be for today now
            _tell(store, at)
    return int(Follow.select().where(Follow.id > newest).count())


def first(store: Store, at: int) -> None:
    """Bought here for the first time in their life: asked within three days how it was, by whoever; who served them hears it."""
    days = policy.of(store).follow_days
    since = clock.day_start(at, store.timezone) - days * DAY
    earlier = Purchase.alias()
    known = fn.EXISTS(earlier.select(earlier.id).where(earlier.member == Purchase.member, earlier.at < Purchase.at))
    bills = Purchase.select().where(Purchase.store == store.id, Purchase.at >= since, Purchase.at <= at, ~known)
    bills = bills.where(Purchase.member.is_null(False), Purchase.refunded < Purchase.amount)
    for bill in list(bills.order_by(Purchase.at, Purchase.id).limit(BATCH)):
        day = clock.day_number(bill.at, store.timezone)
        until = day + days
        follows.put(
            _whose(bill),
            store,
            "first",
            min(day + 1, until),
            at,
            key=f"first:{bill.member_id}",
            about={"bill": bill.code, "amount": bill.amount, "bought_at": bill.at, "until": until},
            served_by=bill.staff_id,
        )


def uncollected(store: Store, at: int) -> None:
    """Their bag hangs although they were reminded twice: a call."""
    hung = at - 2 * policy.of(store).uncollected_days * DAY
    bags = Order.select().where(Order.store == store.id, Order.state == "ready", Order.ready_at < hung)
    for bag in list(
        bags.where(Order.member.is_null(False), Order.reminders >= 2).order_by(Order.ready_at).limit(BATCH)
    ):
        about = {"order": bag.code, "ready_at": bag.ready_at, "rack": bag.rack}
        _today(_whose(bag), store, "uncollected", at, f"uncollected:{bag.code}", about, bag.made_by_id)


def lapsed(store: Store, at: int) -> None:
    """Away for much longer than is their habit: asked why, once for each time away. Who still waits for our answer is apologised to first (M2)."""
    gone = _people(store, at).where(Grade.life == "lapsed", Grade.visits_ever >= LAPSED_VISITS)
    gone = gone.where(Grade.last_at > at - LAPSED_YEARS * 365 * DAY)
    again = (Follow.kind.in_(("lapsed", "apology"))) & (Follow.made_at > Grade.last_at)
    rows = gone.where(~fn.EXISTS(_theirs().where(again)), (_agrees()) | Member.care_since.is_null(False))
    for grade in list(rows.order_by(Grade.spent_ever.desc(), Grade.member).limit(_room(store, "lapsed", "apology"))):
        member, away = grade.member, {"last_at": grade.last_at, "visits": grade.visits_ever}
        case = guards.open_case(member)
        if case:
            _today(member, store, "apology", at, f"apology:{case.code}", away | {"case": case.code}, case.owner_id)
        else:
            _today(member, store, "lapsed", at, f"lapsed:{member.id}:{grade.last_at // DAY}", away, None)


def key(store: Store, at: int) -> None:
    """The best customers, when nobody has seen or rung them for six weeks: a greeting."""
    since = at - KEY_DAYS * DAY
    best = _people(store, at).where((Grade.grade.in_(("vip", "a"))) | (Member.tier == "vip"), Grade.life != "lapsed")
    away = best.where(Member.seen_at < since, Member.care_since.is_null(), _agrees())
    rows = away.where(~fn.EXISTS(_theirs().where(Follow.made_at > since)))
    for grade in list(rows.order_by(Grade.spent.desc(), Grade.member).limit(_room(store, "key"))):
        member, day = grade.member, clock.day_number(at, store.timezone)
        contact = {"last_at": member.seen_at, "visits": grade.visits}
        _today(member, store, "key", at, f"key:{member.id}:{day // KEY_DAYS}", contact, None)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _room(store: Store, *kinds: str) -> int:
    """How many more of these the list takes."""
    open_ = Follow.select().where(Follow.store == store.id, Follow.state == "open", Follow.kind.in_(kinds)).count()
    return max(0, MOST - int(open_))


def _tell(store: Store, at: int) -> None:
    """The shop's own addresses hear in the morning how many there are, with no name in it."""
    today, morning = clock.day_number(at, store.timezone), clock.day_start(at, store.timezone) + 9 * HOUR
    due = Follow.select(Follow.due_day).where(Follow.store == store.id, Follow.state == "open", Follow.due_day <= today)
    days = [day for (day,) in due.tuples()]
    if days:
        late = sum(day < today for day in days)
        told = {"n": len(days), "late": late, "store": store.name}
        inbox.tell_staff("follows_today", at, key=f"follows:{store.id}:{today}", leaves_at=morning, **told)


def _whose(row: Any) -> Member:
    """Of a bill or a bag that has a member."""
    member: Member = row.member
    return member


def _today(
    member: Member, store: Store, kind: str, at: int, key: str, about: dict[str, Any], served_by: int | None
) -> None:
    day = clock.day_number(at, store.timezone)
    follows.put(member, store, kind, day, at, key=key, about=about, served_by=served_by)


def _people(store: Store, at: int) -> Any:
    """Graded members of this store who can be rung; where they come most, else where they joined."""
    here = fn.COALESCE(Grade.store, Member.store) == store.id
    people = Grade.select(Grade, Member).join(Member).where(here, Member.phone_sealed.is_null(False))
    return people.where(Member.erased_at.is_null(), Member.merged_into.is_null())


def _theirs() -> Any:
    return Follow.select(SQL("1")).where(Follow.member == Member.id)


def _agrees() -> Any:
    """Their newest word on being asked is a yes."""
    later = Consent.alias("later")
    newer = later.select(SQL("1")).where(
        later.member == Consent.member, later.purpose == "survey", later.id > Consent.id
    )
    yes = Consent.select(SQL("1")).where(Consent.member == Member.id, Consent.purpose == "survey", Consent.granted)
    return fn.EXISTS(yes.where(~fn.EXISTS(newer)))
