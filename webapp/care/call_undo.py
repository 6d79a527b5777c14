"""A wrong tap on what came of a call, taken back within the shop's ten minutes by whoever made it, or by a senior.

The try is gone as if nobody had written it, and stands in the audit. Where it had ended all there is for somebody, that is open again, and their
yes to questions holds as it did. What other calls were put off by stays put off: nobody is rung sooner because of a slip.
"""

from models import Case, Consent, Follow, FollowTry, Letter, Member, Staff, Store, locked, transaction
from webapp import clock, policy
from webapp.care import follows
from webapp.clock import MINUTE
from webapp.members import consents
from webapp.outbox import events
from webapp.refusals import Refusal


def until(tried: FollowTry, store: Store) -> int:
    """Until when it may be taken back."""
    return int(tried.at + policy.of(store).undo_minutes * MINUTE)


def newest(follow: Follow) -> FollowTry | None:
    found: FollowTry | None = (
        FollowTry.select().where(FollowTry.follow == follow.id).order_by(FollowTry.id.desc()).first()
    )
    return found


def may(tried: FollowTry | None, follow: Follow, staff: Staff | None, at: int) -> bool:
    """Is there something that this person may take back now?"""
    if tried is None or staff is None or at > until(tried, follow.store) or _filed(follow):
        return False
    return tried.staff_id == staff.id or staff.at_least("senior")


def undo(follow: Follow, seen: int, staff: Staff, at: int) -> Follow:
    """Take back the newest try; `seen` is how many the page knew of, so that twice is once. Refuses after ten minutes, and once a case came of it."""
    store: Store = follow.store
    with transaction():
        held: Member | None = locked(Member, follow.member_id) if follow.member_id else None
        now: Follow = locked(Follow, follow.id)
        if now.tries < seen:
            return now
        tried = newest(now)
        if tried is None or now.tries > seen or held is None or held.erased_at or held.merged_into_id:
            raise Refusal("这一步不能撤销了", code="undo_over")
        if _filed(now):
            raise Refusal("已经记成投诉了，请在投诉里处理", code="filed")
        if at > until(tried, store):
            raise Refusal("撤销时间已过", code="undo_over")
        if not may(tried, now, staff, at):
            raise Refusal("请记的人或者领班来撤销", code="not_yours")
        if tried.outcome == "unwanted":
            _wanted_again(now, held, tried, at)
        Letter.delete().where(
            Letter.key == follows.letter_key(now, tried.at), Letter.state == "due", Letter.tries == 0
        ).execute()
        tried.delete_instance()
        before = newest(now)
        over = now.state != "open"
        Follow.update(
            state="open", done_at=None, done_by=None, cause="", tries=seen - 1, outcome=before.outcome if before else "",
            due_day=now.due_day if over else clock.day_number(at, store.timezone),
        ).where(Follow.id == now.id).execute()  # fmt: skip
        events.record(
            "follow_undone", at, store=store.id, staff=staff.id, member=held.id, ref=now.code, outcome=tried.outcome
        )
        follows.show(store, at)
        return Follow.get_by_id(now.id)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _filed(follow: Follow) -> bool:
    return bool(Case.select().where(Case.key == f"follow:{follow.code}").exists())


def _wanted_again(now: Follow, held: Member, tried: FollowTry, at: int) -> None:
    """What the tap had ended with it, in every shop of theirs, and the yes that it had taken back."""
    ended = (Follow.member == held.id) & (Follow.state == "off") & (Follow.done_at == tried.at)
    others = list(Follow.select().where(ended, Follow.done_by == tried.staff_id, Follow.id != now.id))
    Follow.update(state="open", done_at=None, done_by=None).where(Follow.id.in_([one.id for one in others])).execute()
    for store in sorted({one.store_id for one in others} - {now.store_id}):
        follows.show(Store.get_by_id(store), at)
    answers = Consent.select().where(Consent.member == held.id, Consent.purpose == "survey").order_by(Consent.id.desc())
    last = list(answers.limit(2))
    if (
        len(last) == 2
        and last[1].granted
        and not last[0].granted
        and (last[0].at, last[0].source) == (tried.at, "counter")
    ):
        consents.choose(held.id, "survey", True, source="counter", at=at)
