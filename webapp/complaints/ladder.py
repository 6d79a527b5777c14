"""What happens when a promise runs out: a warning at three quarters, then up one role, an apology and a small amends by themselves (J11).

Called by the worker every minute. Each step is handled once, in order, however long the worker was away; a hundred in one transaction,
and should one of them fail, one by one, so that it holds up nobody.
"""

import itertools
import time
from typing import NamedTuple

import structlog

from models import Brand, Case, CaseStep, Member, Store, locked, transaction
from webapp import policy
from webapp.complaints import cases, duty
from webapp.outbox import events, inbox
from webapp.prices import coupons

BATCH = 100
ENOUGH = 40.0  # seconds of one run; the next minute goes on
log = structlog.get_logger()
_RUNNING = CaseStep.done_at.is_null() & CaseStep.missed_at.is_null() & CaseStep.paused_at.is_null()


def sweep(at: int, *, seconds: float = ENOUGH) -> int:
    """Warn where three quarters are gone, hand up what was missed, for so many seconds of work. Returns how many promises were missed."""
    warn(at)
    until = time.monotonic() + seconds
    rosters: dict[int, duty.Roster] = {}
    missed, last = 0, (0, 0)
    while time.monotonic() < until:
        due = _due(at, last)  # on from where we were: what could not be handled waits for the next run
        missed += _handled(due, at, rosters)
        if len(due) < BATCH:
            break
        last = due[-1].due_at, due[-1].step
    return missed


def warn(at: int) -> int:
    """The cards of promises that are three quarters gone say so."""
    near = _RUNNING & CaseStep.warned_at.is_null() & (CaseStep.warn_at <= at)
    found = CaseStep.select(CaseStep.id, Case.id, Case.store).join(Case).where(near, CaseStep.due_at > at)
    warned = list(found.order_by(CaseStep.warn_at).limit(BATCH * 10).tuples())
    for store, mine in itertools.groupby(sorted(warned, key=lambda row: (row[2], row[1])), key=lambda row: row[2]):
        with transaction():
            for step, _, _ in mine:
                CaseStep.update(warned_at=at).where(CaseStep.id == step, CaseStep.warned_at.is_null()).execute()
            events.tick(store)
    return len(warned)


def miss(step_id: int, at: int, roster: duty.Roster | None = None) -> bool:
    """This promise was not kept: said so, handed up, apologised for. Inside a transaction; False when somebody kept it meanwhile."""
    found = CaseStep.select(CaseStep, Case).join(Case).where(CaseStep.id == step_id).get()
    case = cases.held(found.case)
    roster = roster or duty.Roster(case.store, at)
    case.store, case.owner = roster.store, roster.person(case.owner_id)
    step: CaseStep = locked(CaseStep, step_id)
    if case.state in cases.OVER or step.done_at or step.missed_at or step.paused_at or step.due_at > at:
        return False
    CaseStep.update(missed_at=at, missed_by=case.owner_id).where(CaseStep.id == step.id).execute()
    level = duty.above(case.level)
    person = roster.pick(level, but=case.owner_id, member=case.member_id) or case.owner
    roster.moved(case.owner_id, person.id if person else None)
    Case.update(level=level, owner=person.id if person else None).where(Case.id == case.id).execute()
    had = case.owner
    case.level, case.owner = level, person
    amends = _amends(case, step.number, at)
    key = f"late:{case.id}:{step.number}:{step.due_at}"
    data = {
        "step": step.number,
        "due_at": step.due_at,
        "had": getattr(had, "id", None),
        "person": getattr(person, "name", ""),
        "amount": amends,
    }
    cases.write(case, "late", at, key=key, **data)
    told = {"person": data["person"], "due_at": step.due_at}
    if amends:
        cases.tell(case, "case_late.amends", at, key=key, amount=amends, **told)
    else:
        cases.tell(case, "case_late", at, key=key, **told)
    if level in ("manager", "owner"):
        inbox.tell_staff("case_missed", at, key=f"case_{key}", code=case.code, step=step.number)
    cases.post_card(case, at)
    events.record(
        "case_missed",
        at,
        store=case.store_id,
        staff=getattr(had, "id", None),
        member=case.member_id,
        ref=case.code,
        step=step.number,
    )
    return True


# --- how it is done ----------------------------------------------------------------------------------------------------


class _Due(NamedTuple):
    step: int
    due_at: int
    case: int
    member: int | None
    store: int


def _due(at: int, last: tuple[int, int]) -> list[_Due]:
    """The promises that ran out first, after the last one that was looked at."""
    query = CaseStep.select(CaseStep.id, CaseStep.due_at, Case.id, Case.member, Case.store).join(Case)
    later = (CaseStep.due_at > last[0]) | ((CaseStep.due_at == last[0]) & (CaseStep.id > last[1]))
    query = query.where(_RUNNING, CaseStep.due_at >= last[0], CaseStep.due_at <= at, later)
    return [_Due(*row) for row in query.order_by(CaseStep.due_at, CaseStep.id).limit(BATCH).tuples()]


def _handled(due: list[_Due], at: int, rosters: dict[int, duty.Roster]) -> int:
    """How many were missed. One order for everybody: by member, by case, by step, and the stores' ticks at the very end."""
    due = sorted(due, key=lambda row: (row.member is not None, row.member or 0, row.case, row.step))
    for store in {row.store for row in due} - set(rosters):
        here = Store.select(Store, Brand).join(Brand).where(Store.id == store).get()
        rosters[store] = duty.Roster(here, at)
    try:
        with transaction():
            missed = [row for row in due if miss(row.step, at, rosters[row.store])]
            for store in sorted({row.store for row in missed}):
                events.tick(store)
            return len(missed)
    except Exception:
        log.exception("a batch of missed promises failed; one by one", steps=len(due))
    rosters.clear()  # they have counted what did not happen
    alone = 0
    for row in due:
        try:
            with transaction():
                if miss(row.step, at):
                    events.tick(row.store)
                    alone += 1
        except Exception:
            log.exception("a missed promise could not be handled", step=row.step, case=row.case)
    return alone


def _amends(case: Case, step: int, at: int) -> int:
    """Fen of the coupon that comes with the apology; 0 without a member, for praise and ideas, or when the month's budget is spent."""
    rules = policy.of(case.store)
    if case.member_id is None:
        return 0
    if case.kind not in cases.CARING or not rules.amends_fen:
        return 0
    if coupons.given_in_month(case.store, "late", at) + rules.amends_fen > rules.amends_month:
        return 0
    member = Member.get_by_id(case.member_id)
    given = coupons.give(member, case.store, rules.amends_fen, "late", at, key=f"late:{case.id}:{step}")
    return given.amount if given.made_at == at else 0
