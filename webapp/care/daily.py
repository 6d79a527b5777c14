"""The day's run: every rule that is on, once a day, in batches by the member's number.

`RuleRun` remembers how far a rule is; a job that died goes on from there, and what it had sent is not sent again, because the row of a send is
its own proof. Two workers read the same batch and one of them sends. Where it is quiet now the member is looked at again later on the same day.
"""

import time
from typing import Any

from models import Brand, Rule, RuleRun, Send, transaction
from webapp.care import occasions, rules, sending
from webapp.care.occasions import Found, Moment
from webapp.care.sending import Turn
from webapp.clock import MINUTE

AGAIN = 30 * MINUTE
# Nobody who has not agreed, or wants none, gets a row for every festival: they are counted, no more.
COUNTED_ONLY = ("erased", "consent", "none_wanted")


def run_all(brand: Brand, at: int, enough: float = 40.0) -> bool:
    """Every rule that is on, in their order, for at most so many seconds. Returns whether the day is done."""
    mine = rules.on(brand)
    if not mine:
        return True
    until, moment = time.monotonic() + enough, Moment(brand, at)
    rows = RuleRun.select().where(RuleRun.day == moment.today, RuleRun.rule.in_([rule.id for rule in mine]))
    runs = {row.rule_id: row for row in rows}
    now = [_run(rule, moment, runs.get(rule.id), until, occasions.BATCH, together=True) for rule in mine]
    idle = [
        {"rule": row.rule_id, "day": row.day, "done_at": at} for row in now if row.rule_id not in runs and row.done_at
    ]
    if idle:
        with transaction():
            RuleRun.insert_many(idle).on_conflict_ignore().execute()
    return all(row.done_at is not None for row in now)


def run(rule: Rule, at: int, *, until: float | None = None, batch: int = occasions.BATCH) -> RuleRun:
    """This rule's work of today, from where it stopped. Nothing happens when it is done, or while the brand's first store is quiet."""
    moment = Moment(rule.brand, at)
    return _run(rule, moment, RuleRun.get_or_none(RuleRun.rule == rule.id, RuleRun.day == moment.today), until, batch)


def work(rule: Rule, turns: list[Turn], at: int) -> dict[str, int]:
    """Send to these, and count what came of it; `off` alone where somebody has switched the rule off meanwhile."""
    if not turns:
        return {}
    facts = sending.facts_of(rule, [turn.member for turn in turns], {turn.member.id: turn.store for turn in turns}, at)
    before = _skipped_before(rule, turns)
    counts: dict[str, int] = {}
    for turn in turns:
        why = sending.why_not(rule, turn.member, turn.store, facts, at)
        if why in COUNTED_ONLY or (why and before.get((turn.member.id, turn.occasion)) == why):
            came = why
        else:
            outcome = sending.send(rule, turn, at)
            came = outcome.why or outcome.state
            if came == "off":
                return {"off": 1}
            if outcome.state == "later":
                came = "later"
        counts[came] = counts.get(came, 0) + 1
    return counts


# --- how it is done ----------------------------------------------------------------------------------------------------


def _run(
    rule: Rule, moment: Moment, now: RuleRun | None, until: float | None, batch: int, *, together: bool = False
) -> RuleRun:
    """`together`: those that found nobody are written down at the end, all at once."""
    at, new = moment.at, now is None
    now = now or RuleRun(rule=rule.id, day=moment.today, cursor=0, counts={})
    if now.done_at is not None or now.counts.get("again_at", 0) > at or sending.is_quiet(moment.first, at):
        return now
    while now.done_at is None:
        found = occasions.find(rule, at, now.cursor, batch, moment)
        if together and new and not found.turns and found.last is None:
            return RuleRun(rule=rule.id, day=moment.today, cursor=0, counts={}, done_at=at)
        counts = work(rule, found.turns, at)
        if "off" in counts:
            break  # who is left has their turn when it is on again
        now, new = _go_on(now, found, counts, at), False
        if now.counts.get("again_at", 0) > at or (until is not None and time.monotonic() > until):
            break
    return now


def _now(rule: int, day: int) -> RuleRun:
    found: RuleRun = RuleRun.get(RuleRun.rule == rule, RuleRun.day == day)
    return found


def _go_on(now: RuleRun, found: Found, counts: dict[str, int], at: int) -> RuleRun:
    """Remember how far it is; whoever was faster has remembered it already."""
    total: dict[str, Any] = {name: number for name, number in now.counts.items() if name != "again_at"}
    for name, number in counts.items():
        total[name] = total.get(name, 0) + number
    cursor, done_at = found.last or now.cursor, None if found.last else at
    if done_at and (later := total.pop("later", 0)):
        cursor, done_at, total = 0, None, {"again_at": at + AGAIN, "waiting": later}
    values = {"cursor": cursor, "done_at": done_at, "counts": total}
    still = RuleRun.done_at.is_null() & (RuleRun.cursor == now.cursor)
    with transaction():
        first = RuleRun.insert(rule=now.rule_id, day=now.day, **values).on_conflict(
            conflict_target=[RuleRun.rule, RuleRun.day], update=values, where=still
        )
        if first.as_rowcount().execute():
            return RuleRun(rule=now.rule_id, day=now.day, **values)
        return _now(now.rule_id, now.day)


def _skipped_before(rule: Rule, turns: list[Turn]) -> dict[tuple[int, str], str]:
    ids = list({turn.member.id for turn in turns})
    rows = Send.select(Send.member, Send.occasion, Send.why).where(Send.rule == rule.id, Send.state == "skipped")
    return (
        {(member, occasion): why for member, occasion, why in rows.where(Send.member.in_(ids)).tuples()} if ids else {}
    )
