"""Handouts: one kind of coupon to everybody who belongs to a segment at that moment, in batches, one each; a handout that died goes on.

Nobody is written to: a coupon lies in the wallet. Who is to be told of it is told by a rule of care, within their own budget.
"""

from models import Handout, Member, Segment, Staff, Store, Template, locked, transaction
from webapp.insights import language, segments
from webapp.outbox import events
from webapp.prices import coupons
from webapp.refusals import Refusal

BATCH = 200
OVER = ("none_left", "none_left_today", "retired")  # goes for everybody who comes after


def begin(template: Template, segment: int, store: Store, staff: Staff, at: int, *, key: str) -> Handout:
    """Begin to give; the worker does the rest. The same key is the same handout. Refuses an empty segment, and a template that is over."""
    rule = segments.rule_of(segment)
    with transaction():
        if seen := Handout.get_or_none(Handout.key == key):
            return seen
        if template.retired_at or (template.until_at or at + 1) <= at:
            raise Refusal("这种券已经停发了", code="retired")
        due = segments.count(rule, at)
        if not due:
            raise Refusal("现在没有人在这个人群里", code="nobody", field="segment")
        name = Segment.get_by_id(segment).name
        made = Handout.insert(
            template=template.id,
            store=store.id,
            name=name,
            rule=language.plain(rule),
            key=key,
            due=due,
            made_by=staff.id,
            made_at=at,
        ).on_conflict_ignore()
        new = made.as_rowcount().execute() == 1
        handout: Handout = Handout.get(Handout.key == key)
        if new:
            data = {"name": template.name, "n": due}
            events.record("handout_begun", at, store=store.id, staff=staff.id, ref=str(handout.id), **data)
        return handout


def stop(handout: Handout, staff: Staff, at: int) -> Handout:
    """No more of them; what was given stays given. Twice is once."""
    with transaction():
        running = (Handout.id == handout.id) & Handout.done_at.is_null()
        if Handout.update(done_at=at, stopped_at=at).where(running).execute():
            events.record("handout_stopped", at, store=handout.store_id, staff=staff.id, ref=str(handout.id))
        return Handout.get_by_id(handout.id)


def step(handout: Handout, at: int, batch: int = BATCH) -> bool:
    """The next members, one transaction each with the place where it stands; False at the end. Two workers give nobody two."""
    rule = segments.checked(handout.rule)
    ids = segments.members(rule, at, after_id=handout.cursor, limit=batch)
    for member in ids:
        if not _one(handout.id, member, at):
            return False
    if ids:
        return True
    with transaction():
        Handout.update(done_at=at).where(Handout.id == handout.id, Handout.done_at.is_null()).execute()
    return False


def go_on(at: int, batch: int = BATCH) -> bool:
    """A batch of the oldest handout that runs; False when there is nothing to do."""
    running: Handout | None = Handout.select().where(Handout.done_at.is_null()).order_by(Handout.id).first()
    if running is None:
        return False
    step(running, at, batch)
    return True


def of(template: Template, limit: int = 10) -> list[Handout]:
    """What was handed out of it, the newest first."""
    return list(Handout.select().where(Handout.template == template.id).order_by(Handout.id.desc()).limit(limit))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _one(handout: int, member: int, at: int) -> bool:
    """This member's turn: the coupon and the place in one transaction. False when the handout is over."""
    try:
        with transaction():
            now: Handout = locked(Handout, handout)
            if now.done_at is not None:
                return False
            if now.cursor >= member:
                return True  # another worker was faster
            why = _give(now, member, at)
            skipped = now.skipped | ({why: now.skipped.get(why, 0) + 1} if why else {})
            Handout.update(cursor=member, seen=now.seen + 1, given=now.given + (not why), skipped=skipped).where(
                Handout.id == handout
            ).execute()
            return True
    except Refusal as refusal:  # of the coupon's own rule: that turn is undone as a whole, and written down as a skip
        return _skip(handout, member, refusal.code, at)


def _give(now: Handout, member: int, at: int) -> str:
    """Why there is none for this member, or nothing and a coupon."""
    template, store = Template.get_by_id(now.template_id), Store.get_by_id(now.store_id)
    whom = Member.get_by_id(member)
    if whom.care_since is not None:
        return "open_case"
    coupons.issue(template, whom, store, at, key=f"handout:{now.id}:{member}", trigger="rule")
    return ""


def _skip(handout: int, member: int, why: str, at: int) -> bool:
    with transaction():
        now: Handout = locked(Handout, handout)
        if now.done_at is not None or now.cursor >= member:
            return now.done_at is None
        over = {"done_at": at} if why in OVER else {}
        skipped = now.skipped | {why: now.skipped.get(why, 0) + 1}
        Handout.update(cursor=member, seen=now.seen + 1, skipped=skipped, **over).where(Handout.id == handout).execute()
        return not over
