"""The day's run: every rule that is on, once a day, in batches by the member's number.

`RuleRun` remembers how far a rule is; a job that died goes on from there, and what it had sent is not sent again, because the row of a send is
its own proof. Two workers read the same batch and one of them sends. Where it is quiet now the member is looked at again later on the same day.
"""

import time
from typing import Any

from models import Brand, Rule, RuleRun, Send, transaction
from webapp.care import budget, occasions, rules, sending
from webapp.care.occasions import Found, Moment
from webapp.care.sending import Turn
from webapp.clock import MINUTE

AGAIN = 30 * MINUTE
# Nobody who has not agreed, or wants none, gets a row for every festival: they are counted, no more.
COUNTED_ONLY = ("erased", "consent", "none_wanted")


def run_all(brand: Brand, at: int, enough: float = 40.0) -> bool:
    """Every rule that is on, in their order, for at most so many seconds. Returns whether the day is done."""
    until = time.monotonic() + enough
    mine = rules.on(brand)
    done = [run(rule, at, until=until).done_at is not None for rule in mine]
    return all(done)


def run(rule: Rule, at: int, *, until: float | None = None, batch: int = occasions.BATCH) -> RuleRun:
    """This rule's work of today, from where it stopped. Nothing happens when it is done, or while the brand's first store is quiet."""
    moment = Moment(rule, at)
    now = _begun(rule, moment.today)
    if now.done_at is not None or now.counts.get("again_at", 0) > at or sending.is_quiet(moment.first, at):
        return now
    while now.done_at is None:
        found = occasions.find(rule, at, now.cursor, batch, moment)
        counts = work(rule, found.turns, at)
        now = _go_on(now, found, counts, at)
        if now.counts.get("again_at", 0) > at or (until is not None and time.monotonic() > until):
            break
    return now


def work(rule: Rule, turns: list[Turn], at: int) -> dict[str, int]:
    """Send to these, and count what came of it."""
    if not turns:
        return {}
    facts = sending.facts_of(rule, [turn.member for turn in turns], {turn.member.id: turn.store for turn in turns}, at)
    dials = budget.per_month([turn.member.id for turn in turns])
    before = _skipped_before(rule, turns)
    counts: dict[str, int] = {}
    for turn in turns:
        why = sending.why_not(rule, turn.member, turn.store, facts, at)
        if why == "budget" and dials.get(turn.member.id) == 0:
            why = "none_wanted"
        if why in COUNTED_ONLY or (why and before.get((turn.member.id, turn.occasion)) == why):
            came = why
        else:
            outcome = sending.send(rule, turn, at)
            came = outcome.why or outcome.state
            if outcome.state == "later":
                came = "later"
        counts[came] = counts.get(came, 0) + 1
    return counts


# --- how it is done ----------------------------------------------------------------------------------------------------


def _begun(rule: Rule, day: int) -> RuleRun:
    seen: RuleRun | None = RuleRun.get_or_none(RuleRun.rule == rule.id, RuleRun.day == day)
    if seen:
        return seen
    with transaction():
        RuleRun.insert(rule=rule.id, day=day).on_conflict_ignore().execute()
        return _now(rule.id, day)


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
    with transaction():
        mine = (RuleRun.rule == now.rule_id) & (RuleRun.day == now.day) & RuleRun.done_at.is_null()
        values = {"cursor": cursor, "done_at": done_at, "counts": total}
        first = RuleRun.update(**values).where(mine, RuleRun.cursor == now.cursor).execute() == 1
        return RuleRun(rule=now.rule_id, day=now.day, **values) if first else _now(now.rule_id, now.day)


def _skipped_before(rule: Rule, turns: list[Turn]) -> dict[tuple[int, str], str]:
    ids = list({turn.member.id for turn in turns})
    rows = Send.select(Send.member, Send.occasion, Send.why).where(Send.rule == rule.id, Send.state == "skipped")
    return (
        {(member, occasion): why for member, occasion, why in rows.where(Send.member.in_(ids)).tuples()} if ids else {}
    )
