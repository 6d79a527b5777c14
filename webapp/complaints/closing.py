"""How a case ends: with a cause and what was changed, by the member's yes or after a notice; opened again once; rated; joined to another.

Silence alone closes nothing before the notice is over (T15); a word of thanks wakes nothing up.
"""

import structlog

from models import ROLES, Case, CaseEntry, CaseOffer, CaseStep, Cause, Staff, transaction
from webapp import policy, vault
from webapp.clock import DAY
from webapp.complaints import cases, deadlines, duty, improvements
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

NO_CAUSE = ("idea", "praise")
log = structlog.get_logger()


def propose(
    case: Case,
    staff: Staff,
    cause: Cause | None,
    changed: str,
    text: str,
    at: int,
    *,
    key: str,
    recheck_at: int | None = None,
) -> Case:
    """The shop thinks it is settled, and says why it happened and what it changed. Closes with the member's yes, or when the notice is over."""
    text, changed = text.strip(), changed.strip()
    if cause is None and case.kind not in NO_CAUSE:
        raise Refusal("请选一个原因", code="cause", field="cause")
    if not changed and case.kind not in NO_CAUSE:
        raise Refusal("请写改了什么", code="changed", field="changed")
    if len(changed) > 200 or len(text) > cases.TEXT_MOST:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="changed", n=200)
    if recheck_at is not None and recheck_at <= at:
        raise Refusal("复查要选今天以后的日子", code="past", field="recheck")
    with transaction():
        case = cases.held(case)
        if cases.seen_entry(key, case):
            return case
        cases.check_running(case, staff)
        cases.hear(case, at)
        cases.keep(case, cases.DECISION, at, staff)
        notice = at + policy.of(case.store).case_notice_days * DAY
        now = {"state": "closing", "notice_at": notice, "talk_at": None, "closed_by": staff.id}
        told = {"cause": cause.id if cause else None, "changed": changed, "recheck_at": recheck_at}
        Case.update(now | told).where(Case.id == case.id).execute()
        cases.write(case, "decision", at, key=key, staff=staff, text=text or changed, closing=True)
        case.state = "closing"
        cases.pause(case, at)
        cases.tell(case, "case_closing", at, key=key, until_at=notice, changed=changed)
        cases.post_card(case, at)
        events.record("case_proposed", at, store=case.store_id, staff=staff.id, member=case.member_id, ref=case.code)
        events.tick(case.store_id)
        return Case.get_by_id(case.id)


def agree(case: Case, at: int) -> Case:
    """The member says it is settled. Again changes nothing."""
    with transaction():
        case = cases.held(case)
        if case.state == "closed":
            return case
        if case.state != "closing":
            raise Refusal("店里还没有说办好了", code="not_closing")
        _end(case, at, "agreed")
        events.tick(case.store_id)
        return Case.get_by_id(case.id)


def lapse(at: int, limit: int = 500) -> int:
    """Nobody said anything in the time of the notice: closed. Called by the worker."""
    over = (
        Case.select(Case.id).where(Case.state == "closing", Case.notice_at <= at).order_by(Case.notice_at).limit(limit)
    )
    found = [row[0] for row in over.tuples()]
    for number in found:
        try:
            with transaction():
                case = cases.held(Case.get_by_id(number))
                if case.state == "closing" and case.notice_at <= at:
                    _end(case, at, "silent")
                    events.tick(case.store_id)
        except Exception:  # it holds up nobody else
            log.exception("a case could not be closed", case=number)
    return len(found)


def reopen(case: Case, text: str, at: int, *, key: str) -> Case:
    """It is not settled after all: once, within the days the shop gives, with its whole story. The promises begin anew; it counts once."""
    text = cases.words(text)
    with transaction():
        case = cases.held(case)
        if cases.seen_entry(key, case):
            return case
        rules = policy.of(case.store)
        if case.state == "merged":
            raise Refusal("这件事并到另一件里了，请到那里说", code="merged")
        if case.state != "closed":
            raise Refusal("这件事还没有结，直接说就行", code="not_closed")
        if case.reopened_at is not None or at > case.closed_at + rules.case_reopen_days * DAY:
            raise Refusal("重开的时间过了，请另外告诉我们", code="too_late")
        Case.update(
            state="open",
            closed_at=None,
            closed_by=None,
            reopened_at=at,
            notice_at=None,
            handling=None,
            care=None,
            rated_at=None,
        ).where(Case.id == case.id).execute()
        known = deadlines.calendar(case.store, at)
        for number, promise in deadlines.ladder(known, case.kind, at, rules, urgent=case.urgent).items():
            fresh = {**promise._asdict(), "paused_at": None, "warned_at": None, "missed_at": None, "done_at": None}
            CaseStep.update(fresh | {"missed_by": None, "done_by": None}).where(
                CaseStep.case == case.id, CaseStep.number == number
            ).execute()
        case = cases.settle(case)
        cases.write(case, "reopened", at, key=f"reopened:{case.id}")
        cases.write(case, "said", at, key=key, text=text)
        gone = case.owner is None or case.owner.dismissed_at is not None
        if gone and (to := duty.pick(case.store, at, role=case.level, member=case.member_id)):
            Case.update(owner=to.id).where(Case.id == case.id).execute()
        cases.mark_care(case, at)
        cases.post_card(case, at)
        events.record("case_reopened", at, store=case.store_id, member=case.member_id, ref=case.code)
        events.tick(case.store_id)
        return Case.get_by_id(case.id)


def rate(case: Case, handling: int, care: int, at: int) -> Case:
    """Two taps about how it was handled (I4); once, after it is closed."""
    if not (1 <= handling <= 5 and 1 <= care <= 5):
        raise Refusal("请点一张脸", code="unknown", field="handling")
    with transaction():
        case = cases.held(case)
        if case.state != "closed":
            raise Refusal("等这件事办完再评", code="not_closed")
        if case.rated_at is None:
            Case.update(handling=handling, care=care, rated_at=at).where(Case.id == case.id).execute()
            events.record(
                "case_rated", at, store=case.store_id, member=case.member_id, ref=case.code, handling=handling
            )
        return Case.get_by_id(case.id)


def merge(case: Case, into: Case, staff: Staff, at: int) -> Case:
    """The same thing told twice: one case goes on with both stories, the other one points to it."""
    if case.id == into.id or case.store_id != into.store_id or not _of_one_person(case, into):
        raise Refusal("只能把同一位客人在同一家店的两件事并到一起", code="cannot_merge")
    with transaction():
        first, second = sorted((case, into), key=lambda row: row.id)
        first, second = cases.held(first), cases.held(second)
        case, into = (first, second) if first.id == case.id else (second, first)
        if case.merged_into_id == into.id:
            return into
        cases.check_running(case, staff)
        cases.check_running(into, staff)
        if into.kind in cases.MILD and case.kind not in cases.MILD:
            raise Refusal("投诉不能并到主意或表扬里，反过来可以", code="cannot_merge")
        _join_promises(case, into)
        CaseEntry.update(case=into.id).where(CaseEntry.case == case.id).execute()
        still = (CaseOffer.case == case.id) & (CaseOffer.state == "open")
        CaseOffer.update(state="withdrawn", settled_at=at).where(still).execute()
        CaseOffer.update(case=into.id).where(CaseOffer.case == case.id).execute()
        cases.end(case, at, staff)
        Case.update(state="merged", merged_into=into.id).where(Case.id == case.id).execute()
        cases.mark_care(into, at)
        into = cases.settle(into)
        cases.post_card(into, at)
        cases.write(into, "note", at, key=f"merged:{case.id}", staff=staff, text=case.code, merged=case.code)
        events.record(
            "case_merged", at, store=into.store_id, staff=staff.id, member=into.member_id, ref=into.code, code=case.code
        )
        events.tick(into.store_id)
        return Case.get_by_id(into.id)


def _end(case: Case, at: int, how: str) -> None:
    by = Staff.get_or_none(Staff.id == case.closed_by_id) if case.closed_by_id else None
    CaseOffer.update(state="withdrawn", settled_at=at).where(
        CaseOffer.case == case.id, CaseOffer.state == "open"
    ).execute()
    cases.end(case, at, by)
    improvements.draft(case, by, at)
    turn = 2 if case.reopened_at else 1
    cases.write(case, "closed", at, key=f"closed:{case.id}:{turn}", how=how)
    cases.tell(case, "case_closed", at, key=f"closed:{turn}", changed=case.changed)


def _of_one_person(case: Case, into: Case) -> bool:
    """The same member; of those without a card, whoever left the same number or address."""
    if case.member_id or into.member_id:
        return bool(case.member_id == into.member_id)
    left = [vault.unseal(row.contact_sealed) if row.contact_sealed else "" for row in (case, into)]
    return bool(left[0]) and left[0] == left[1]


def _join_promises(case: Case, into: Case) -> None:
    """Whoever told it first was promised first: joining two cases wins the shop no time, and an urgent one makes both urgent (T14)."""
    own = {step.number: step for step in CaseStep.select().where(CaseStep.case == case.id)}
    running = CaseStep.done_at.is_null() & CaseStep.missed_at.is_null()
    for number, step in own.items():
        if step.done_at is None:
            sooner = {
                "begins_at": step.begins_at,
                "due_at": step.due_at,
                "warn_at": step.warn_at,
                "warned_at": step.warned_at,
            }
            CaseStep.update(sooner).where(
                CaseStep.case == into.id, CaseStep.number == number, running, CaseStep.due_at > step.due_at
            ).execute()
        if step.missed_at is not None:  # joining hides no missed promise either
            CaseStep.update(missed_at=step.missed_at, missed_by=step.missed_by_id, paused_at=None).where(
                CaseStep.case == into.id, CaseStep.number == number, CaseStep.missed_at.is_null()
            ).execute()
    level = max(case.level, into.level, key=ROLES.index)
    Case.update(urgent=case.urgent or into.urgent, level=level).where(Case.id == into.id).execute()
    into.urgent, into.level = case.urgent or into.urgent, level


def find_cause(brand: int, number: int) -> Cause:
    """A cause of this brand that is still in use."""
    found: Cause | None = Cause.get_or_none(Cause.id == number, Cause.brand == brand, Cause.retired_at.is_null())
    if found is None:
        raise Missing("没有找到", code="not_here")
    return found
