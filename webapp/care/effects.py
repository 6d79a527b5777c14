"""What a rule did: who looked, who came within fourteen days, and how many of those who got nothing came as well (E10).

And what silence means (T9): not opened and not been here in fourteen days is ignored; three of those in a row make the shop one step quieter,
which the member is told once and can turn back (L5). A message that tells what is theirs already is never counted.
"""

from typing import Any, NamedTuple

from peewee import SQL, fn

from models import Budget, Coupon, Gift, Member, Rule, Send, Store, Visit, transaction
from webapp import policy
from webapp.clock import DAY
from webapp.outbox import events, inbox
from webapp.points import ledger

WITHIN = 14 * DAY
LOOK_BACK = WITHIN + 30 * DAY  # a worker that was off catches up
LEAST = 20  # below it shares say nothing
BATCH = 500


class Effects(NamedTuple):
    """Counts of a rule's whole life, and of those whose fourteen days are over (`n`, `held`): who came of each."""

    sent: int
    opened: int
    skipped: list[tuple[str, int]]
    n: int
    visited: int
    held: int
    held_visited: int
    coupons: int
    coupons_used: int
    saved: int  # fen taken off with them
    gifts: int
    gifts_handed: int

    @property
    def extra(self) -> int | None:
        """Per cent of people who came and would not have; None while there are too few to say."""
        if self.n < LEAST or self.held < LEAST:
            return None
        return round(100 * self.visited / self.n - 100 * self.held_visited / self.held)


def of(rule: Rule, at: int) -> Effects:
    """What came of this rule until now. Five queries, whatever its size."""
    mine = Send.rule == rule.id
    states = _counts(Send.state, mine)
    over = mine & (Send.at <= at - WITHIN)
    done = {
        state: (n, came)
        for state, n, came in Send.select(Send.state, fn.COUNT(Send.id), fn.COUNT(Send.visited_at))
        .where(over)
        .group_by(Send.state)
        .tuples()
    }
    skipped = Send.select(Send.why, fn.COUNT(Send.id)).where(mine, Send.state == "skipped").group_by(Send.why)
    used = (
        Coupon.select(fn.COUNT(Coupon.id), fn.COUNT(Coupon.used_at), fn.COALESCE(fn.SUM(Coupon.saved), 0))
        .join(Send, on=(Send.coupon == Coupon.id))
        .where(mine, Coupon.template == rule.template_id)
        .tuples()
        .get()
    )
    handed = Gift.select(fn.COUNT(Gift.id), fn.COUNT(Gift.handed_at)).join(Send, on=(Send.gift == Gift.id)).where(mine)
    n, visited = done.get("sent", (0, 0))
    held, held_visited = done.get("held_out", (0, 0))
    return Effects(
        states.get("sent", 0),
        Send.select().where(mine, Send.opened_at.is_null(False)).count(),
        sorted(skipped.tuples(), key=lambda row: -row[1]),
        n, visited, held, held_visited, *(int(number) for number in used), *handed.tuples().get(),
    )  # fmt: skip


def opened(member: Member, at: int) -> int:
    """The member has their messages of care before them. Returns how many were new; again changes nothing."""
    fresh = (Send.member == member.id) & (Send.state == "sent") & Send.opened_at.is_null()
    with transaction():
        count: int = Send.update(opened_at=at).where(fresh).execute()
        return count


def look(at: int) -> int:
    """Every night: who came within fourteen days of a message, or of getting none. Returns how many. Twice is once."""
    came = 0
    lately = Send.select(SQL("1")).where(Send.rule == Rule.id, Send.at > at - LOOK_BACK)
    for rule in list(Rule.select(Rule.id).where(fn.EXISTS(lately))):
        rows = _open(rule.id, at)
        while found := list(rows.limit(BATCH).tuples()):
            came += _stamp(found)
            rows = _open(rule.id, at).where(Send.id > found[-1][0])
    return came


def judge(at: int) -> int:
    """Every night, after `look`: messages whose days are over are answered or ignored. Returns how many were judged."""
    judged = 0
    while found := _unjudged(at):
        for send in found:
            judged += _judge(send, at)
    return judged


# --- how it is done ----------------------------------------------------------------------------------------------------


def _counts(column: object, where: object) -> dict[str, int]:
    return dict(Send.select(column, fn.COUNT(Send.id)).where(where).group_by(column).tuples())


def _open(rule: int, at: int) -> Any:
    states = Send.state.in_(("sent", "held_out"))
    mine = (Send.rule == rule) & (Send.at > at - LOOK_BACK) & states & Send.visited_at.is_null()
    return Send.select(Send.id, Send.member, Send.at).where(mine).order_by(Send.id)


def _stamp(rows: list[tuple[int, int, int]]) -> int:
    members = {member for _, member, _ in rows}
    first = min(at for _, _, at in rows)
    visits: dict[int, list[int]] = {}
    seen = Visit.select(Visit.member, Visit.at).where(Visit.member.in_(members), Visit.at > first).order_by(Visit.at)
    for member, at in seen.tuples():
        visits.setdefault(member, []).append(at)
    came = 0
    with transaction():
        for send, member, at in rows:
            then = next((visit for visit in visits.get(member, []) if at < visit <= at + WITHIN), None)
            if then is not None:
                came += Send.update(visited_at=then).where(Send.id == send, Send.visited_at.is_null()).execute()
    return came


def _unjudged(at: int) -> list[Send]:
    days = min((policy.of(store).ignored_days for store in Store.select()), default=14)
    due = (Send.state == "sent") & Send.judged_at.is_null() & (Send.at <= at - days * DAY)
    rows = Send.select().where(due).order_by(Send.at, Send.id).limit(BATCH)
    return [send for send in rows if send.at <= at - _days(send) * DAY]


def _days(send: Send) -> int:
    return policy.of(send.store).ignored_days if send.store else 14


def _judge(send: Send, at: int) -> int:
    with transaction():
        ledger.lock(send.member_id)
        now: Send = Send.get_by_id(send.id)
        ignored = now.counted and now.opened_at is None and not _came(now)
        verdict = {"judged_at": at, "ignored": ignored}
        if not Send.update(verdict).where(Send.id == now.id, Send.judged_at.is_null()).execute():
            return 0
        if now.counted:
            _remember(now, ignored, at)
        return 1


def _came(send: Send) -> bool:
    """By its own days, whatever `look` has seen so far."""
    until = send.at + _days(send) * DAY
    mine = (Visit.member == send.member_id) & (Visit.at > send.at) & (Visit.at <= until)
    return bool(send.visited_at or Visit.select().where(mine).exists())


def _remember(send: Send, ignored: bool, at: int) -> None:
    """One more in a row, or none any more; so many, and the shop is quieter by one step."""
    Budget.insert(member=send.member_id).on_conflict_ignore().execute()
    dial: Budget = Budget.get(Budget.member == send.member_id)
    if dial.chosen_at is not None and dial.chosen_at >= send.at:
        return  # they have said since how much they want
    in_a_row = dial.ignored + 1 if ignored else 0
    most = policy.of(send.store).ignored_most if send.store else 3
    fields: dict[str, int] = {"ignored": in_a_row}
    if in_a_row >= most and dial.per_month > 0:
        fields = {"ignored": 0, "per_month": dial.per_month - 1, "quieted_at": at}
        _tell(send.member_id, dial.per_month - 1, at)
    Budget.update(**fields).where(Budget.member == send.member_id).execute()


def _tell(member: int, per_month: int, at: int) -> None:
    text = "care_quieter" if per_month else "care_silent"
    inbox.tell(member, text, at, key=f"quieter:{member}:{per_month}:{at // DAY}", url="/inbox?of=care", n=per_month)
    events.record("care_quieter", at, member=member, ref=str(per_month))
