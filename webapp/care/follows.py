"""Whom somebody should ring or do something for (回访), and what came of it (L3, L6, L8, M1). A rule of care may put a name here too.

`put` adds one, `record` writes down a call, `collect` (see `gathering`) finds those of the night. Days are the shop's own calendar days
(`clock.day_number`). Rows are taken in one order: the member, the follow-up, its card, the store.

Nobody is rung twice in a week, whoever asked for it: what would be is put off until a week after they were last spoken to. Who does not want to
be rung is not: asking how it was needs their yes to questions (`survey`), and a "please don't" at the telephone takes that yes back.
"""

from typing import Any

from models import FOLLOW_KINDS, OUTCOMES, Consent, Follow, FollowTry, Member, Staff, Store, Work, locked, transaction
from webapp import clock, storage, vault
from webapp.members import consents, looks, merging
from webapp.outbox import events, inbox
from webapp.refusals import Refusal
from webapp.staff import queue

RINGS = (
    "first",
    "key",
    "uncollected",
    "lapsed",
    "apology",
    "other",
)  # by telephone; the others are done without a call
ASKS = ("first", "key", "lapsed")  # ask how it was: only of those who said they may be asked
REACHED = ("glad", "unhappy", "later", "unwanted", "done")  # they were spoken to
FAILED = ("no_answer", "wrong")
APART = 7  # days between two calls
TRIES = 3  # then it is let be
LATEST = 60  # days until which something may be put off
NOTE_MOST = 500
CAUSES = ("fault", "need", "rival", "unknown")
# What may come of each kind: a call of each, and a thing that is done.
UNHEARD = ("glad", "unhappy", "later", "unwanted", "done")  # of somebody who has no number: asked when they come in
FITTING = {kind: OUTCOMES[:6] if kind in RINGS else ("done", "later", "unwanted") for kind in FOLLOW_KINDS}


def put(
    member: Member,
    store: Store,
    kind: str,
    due_day: int,
    at: int,
    *,
    key: str,
    about: dict[str, Any] | None = None,
    served_by: int | None = None,
    made_by: int | None = None,
) -> Follow | None:
    """One follow-up for this member on this day, or later where they were spoken to in the week before. The same key is the same one.

    An open one of the same kind is the same one too, and there is one first visit in a life. None where nobody may be rung: forgotten, no number, or no yes to being asked.
    """
    with transaction():
        held: Member = locked(Member, merging.survivor(member).id)
        seen: Follow | None = Follow.get_or_none(Follow.key == key)
        if seen:
            return seen
        if not may(held, kind):
            return None
        alike = (Follow.member == held.id) & (Follow.kind == kind)
        same: Follow | None = Follow.get_or_none(alike if kind == "first" else alike & (Follow.state == "open"))
        if same:
            return same
        made: Follow = Follow.create(
            code=vault.code(10),
            key=key,
            store=store.id,
            member=held.id,
            kind=kind,
            about=about or {},
            served_by=served_by,
            due_day=max(due_day, free_from(held.id, store)) if kind in RINGS else due_day,
            made_by=made_by,
            made_at=at,
        )
        if made_by:
            events.record("follow_made", at, store=store.id, staff=made_by, member=held.id, ref=made.code, kind=kind)
        show(store, at)
        return made


def record(
    follow: Follow,
    outcome: str,
    staff: Staff,
    at: int,
    *,
    key: str,
    seen: int,
    note: str = "",
    next_day: int | None = None,
    cause: str = "",
) -> Follow:
    """What came of one call. `seen` is how many tries the page knew of: of two people who write at once one does, and the other hears who.

    Glad, unhappy and done end it; a third call that nobody answers too. "Not now" puts it off to the day they named. "Please don't" ends all
    there is for them and takes their yes to questions back. Whoever served them reads what was said. The same key twice is one call.
    """
    key = f"{follow.code}:{key}"
    store: Store = follow.store
    today = clock.day_number(at, store.timezone)
    _check(follow, outcome, next_day, today, cause)
    with transaction():
        held = locked(Member, follow.member_id) if follow.member_id else None
        if FollowTry.select().where(FollowTry.key == key).exists():
            return Follow.get_by_id(follow.id)
        over = outcome in ("glad", "unhappy", "done") or (outcome == "no_answer" and seen + 1 >= TRIES)
        off = outcome in ("wrong", "unwanted")
        changed: dict[str, Any] = {"tries": seen + 1, "outcome": outcome, "owner": staff.id}
        if cause:
            changed["cause"] = cause
        if over or off:
            changed |= {"state": "off" if off else "done", "done_at": at, "done_by": staff.id}
        else:
            next_day = next_day or today + 1 + (seen > 0)  # tomorrow, then the day after
            changed["due_day"] = next_day
        still = (Follow.id == follow.id) & (Follow.state == "open") & (Follow.tries == seen)
        if Follow.update(changed).where(still).execute() != 1:
            raise _faster(follow)
        FollowTry.create(
            key=key,
            follow=follow.id,
            staff=staff.id,
            outcome=outcome,
            note_sealed=vault.seal(note) if note else None,
            next_day=None if over or off else next_day,
            at=at,
        )
        now: Follow = Follow.get_by_id(follow.id)
        if held:
            _others(now, held, outcome, staff, today, at)
        events.record(
            "followed_up", at, store=store.id, staff=staff.id, member=now.member_id, ref=now.code, outcome=outcome
        )
        server: Staff | None = now.served_by
        if outcome in ("glad", "unhappy") and server and server.id != staff.id:
            who = {"person": server.name, "by": staff.name, "store": store.name}
            inbox.tell_staff(f"follow_{outcome}", at, key=letter_key(now, at), **who)
        show(store, at)
        return now


def take(follow: Follow, staff: Staff, at: int) -> Follow:
    """I see to this one. Refuses one that is over; a colleague may take it over."""
    with transaction():
        mine = (Follow.id == follow.id) & (Follow.state == "open")
        if Follow.update(owner=staff.id).where(mine).execute() != 1:
            raise _faster(follow)
        events.tick(follow.store_id)
        return Follow.get_by_id(follow.id)


def ring(follow: Follow, staff: Staff, at: int) -> str:
    """The whole number, this once, written down as a look. Refuses when it is over, or somebody spoke to them within the week."""
    store: Store = follow.store
    with transaction():
        now: Follow = locked(Follow, follow.id)
        member: Member | None = now.member
        if now.state != "open" or member is None:
            raise _faster(follow)
        if now.kind in RINGS and clock.day_number(at, store.timezone) < free_from(member.id, store, besides=now.id):
            raise Refusal("这一周里已经跟这位客人通过话了，过几天再打", code="rung_lately")
        number = looks.reveal(member, staff, store, at)
        if now.owner_id is None:
            Follow.update(owner=staff.id).where(Follow.id == now.id).execute()
        return number


def drop(member: int, at: int, *, staff: int | None = None) -> list[int]:
    """Nothing more is to be done for this member. Returns the stores whose lists changed. In somebody's transaction."""
    mine = (Follow.member == member) & (Follow.state == "open")
    stores = sorted({store for (store,) in Follow.select(Follow.store).where(mine).tuples()})
    over = {"state": "off", "done_at": at, "done_by": staff}
    Follow.update(over).where(mine).execute()
    for store in stores:
        show(Store.get_by_id(store), at)
    return stores


def may(member: Member, kind: str) -> bool:
    """May they be rung, or something be done, for this? Nobody who is forgotten; no call without a number; no question without their yes."""
    if member.erased_at or member.merged_into_id:
        return False
    if kind not in RINGS:
        return True
    if member.phone_sealed is None or (kind in ASKS and member.care_since is not None):
        return False  # who waits for an answer of ours gets that first
    if kind == "other":
        return True  # they asked for it, or somebody has a reason
    answers = Consent.select(Consent.granted).where(Consent.member == member.id, Consent.purpose == "survey")
    newest = answers.order_by(Consent.at.desc(), Consent.id.desc()).first()
    if newest and newest.granted:
        return True
    return kind not in ASKS and not _asked_not_to(member)


def free_from(member: int, store: Store, *, besides: int = 0) -> int:
    """The first day on which they may be rung again: a week after somebody spoke to them; 0 when nobody did."""
    spoken = FollowTry.select(FollowTry.at).join(Follow)
    spoken = spoken.where(Follow.member == member, Follow.kind.in_(RINGS), FollowTry.outcome.in_(REACHED))
    last = spoken.where(Follow.id != besides).order_by(FollowTry.at.desc()).first()
    return clock.day_number(last.at, store.timezone) + APART if last else 0


def show(store: Store, at: int) -> None:
    """One card in the queue for all that is due today, gone when nothing is. At the end of the rule that changed it."""
    today = clock.day_number(at, store.timezone)
    due = Follow.select().where(Follow.store == store.id, Follow.state == "open", Follow.due_day <= today).count()
    if due:
        late = clock.day_start(at, store.timezone) + 20 * clock.HOUR
        queue.show(store.id, "follow", str(store.id), late, at, n=due)
    else:
        queue.finish("follow", str(store.id), at)
    events.tick(store.id)


def up_to_date(store: Store, at: int) -> None:
    """The card says what the list says: whoever was forgotten, or joined to another card, may have left it behind."""
    today = clock.day_number(at, store.timezone)
    due = Follow.select().where(Follow.store == store.id, Follow.state == "open", Follow.due_day <= today).count()
    card = Work.get_or_none(Work.kind == "follow", Work.ref == str(store.id), Work.done_at.is_null())
    if (card.brief["n"] if card else 0) != due:
        with storage.in_passing(), transaction():
            show(store, at)


def fitting(follow: Follow) -> tuple[str, ...]:
    """What may come of this one: nobody can be called who has left no number, or has it no more, but they may be asked in the shop."""
    member: Member | None = follow.member
    called = follow.kind in RINGS and member is not None and member.phone_sealed is None
    return UNHEARD if called else FITTING[follow.kind]


def letter_key(follow: Follow, at: int) -> str:
    """Of what whoever served them is told of a call at this moment."""
    return f"follow:{follow.code}:{at}"


def note(tried: FollowTry) -> str:
    """What was written down."""
    return vault.unseal(bytes(tried.note_sealed)) if tried.note_sealed else ""


# --- how it is done ----------------------------------------------------------------------------------------------------


def _check(follow: Follow, outcome: str, next_day: int | None, today: int, cause: str) -> None:
    if outcome not in fitting(follow):
        raise Refusal("选一下结果", code="outcome", field="outcome")
    if outcome == "later" and next_day is None:
        raise Refusal("约好哪天再打？", code="when", field="next_day")
    if next_day is not None and not today < next_day <= today + LATEST:
        raise Refusal("从明天起，两个月以内", code="when", field="next_day")
    if cause and cause not in CAUSES:
        raise Refusal("选一下原因", code="cause", field="cause")


def _faster(follow: Follow) -> Refusal:
    """Why this one cannot be written to any more."""
    now: Follow | None = Follow.get_or_none(Follow.id == follow.id)
    who = (now.done_by or now.owner) if now else None
    if who is None:
        return Refusal("这一条已经结束了", code="follow_over")
    return Refusal("%(name)s 刚记过这一条，看一眼再记", code="followed_already", name=who.name)


def _others(now: Follow, held: Member, outcome: str, staff: Staff, today: int, at: int) -> None:
    """What else there is for them: none of it where they do not want it, else none of it this week."""
    if outcome == "unwanted":
        consents.choose(held.id, "survey", False, source="counter", at=at)
        drop(held.id, at, staff=staff.id)
    elif outcome in REACHED and now.kind in RINGS:
        soon = (Follow.member == held.id) & (Follow.state == "open") & (Follow.due_day < today + APART)
        Follow.update(due_day=today + APART).where(soon, Follow.id != now.id, Follow.kind.in_(RINGS)).execute()


def _asked_not_to(member: Member) -> bool:
    said = FollowTry.select(FollowTry.id).join(Follow)
    return bool(said.where(Follow.member == member.id, FollowTry.outcome == "unwanted").exists())
