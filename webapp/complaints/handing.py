"""Who has a case, when that changes: taken, handed over, handed up (I3). And "still talking", with the day both agreed on (J5)."""

from collections.abc import Iterator
from contextlib import contextmanager

from models import ROLES, Case, CaseEntry, Staff, transaction
from webapp import policy, vault
from webapp.clock import DAY
from webapp.complaints import cases, duty
from webapp.outbox import events
from webapp.refusals import Forbidden, Missing, Refusal

WHY_MOST = 200


def over(case: Case, to: Staff, by: Staff, why: str, at: int) -> Case:
    """A colleague goes on with it. Why stays inside; the customer sees the new name. To whom it belongs already: nothing happens."""
    with _moving(case, by, at) as case:
        if case.owner_id != to.id:
            _check_fits(case, to)
            _note(case, by, why, at)
            move(case, to, at, by)
    return Case.get_by_id(case.id)


def up(case: Case, by: Staff, why: str, at: int) -> Case:
    """It needs somebody who may decide more: the next role up has it. Refuses where nobody stands above."""
    why = cases.words(why, WHY_MOST, "why")
    with _moving(case, by, at) as case:
        held = case.owner.role if case.owner else case.level
        role = duty.above(max(held, case.level, key=ROLES.index))
        to = duty.pick(case.store, at, role=role, but=case.owner_id, member=case.member_id)
        if to is None or ROLES.index(to.role) <= ROLES.index(held):
            raise Refusal("上面没有人可以接了", code="nobody_above")
        _note(case, by, why, at)
        move(case, to, at, by, level=role)
    return Case.get_by_id(case.id)


def take(case: Case, staff: Staff, at: int) -> Case:
    """I have it now. Twice is once."""
    with _moving(case, staff, at) as case:
        if case.owner_id != staff.id:
            _check_fits(case, staff)
            move(case, staff, at, staff)
    return Case.get_by_id(case.id)


def talking(case: Case, staff: Staff, next_at: int, text: str, at: int, *, key: str) -> CaseEntry:
    """Both still talk and have agreed on a day: the last promise stands still until then, or until the customer speaks first.

    What was not answered, looked into or decided yet is not put off by it. Refuses a day that is past or further off than a case may last.
    """
    text = cases.words(text)
    if next_at <= at:
        raise Refusal("要选今天以后的日子", code="past", field="next_at")
    with transaction():
        case = cases.held(case)
        if seen := cases.seen_entry(key, case):
            return seen
        cases.check_running(case, staff)
        if next_at > at + (policy.of(case.store).case_close_days + 1) * DAY:
            raise Refusal("约得太远了，先约一个近一点的日子", code="too_far", field="next_at")
        cases.hear(case, at)
        cases.keep(case, cases.ANSWER, at, staff)
        Case.update(state="talking", talk_at=next_at).where(Case.id == case.id).execute()
        case.state, case.talk_at = "talking", next_at
        cases.pause(case, at)
        entry = cases.write(case, "said", at, key=key, staff=staff, text=text, next_at=next_at)
        cases.tell(case, "case_talking", at, key=key, next_at=next_at)
        cases.post_card(case, at)
        _record("case_talking", case, at, staff)
        return entry


def wake(at: int, limit: int = 200) -> int:
    """The day that was agreed on has come: the last promise goes on and the card is back. Called by the worker."""
    due = Case.select(Case.id).where(Case.state == "talking", Case.talk_at <= at).order_by(Case.talk_at).limit(limit)
    found = [row[0] for row in due.tuples()]
    for number in found:
        with transaction():
            case = cases.held(Case.get_by_id(number))
            if case.state == "talking" and case.talk_at <= at:
                cases.resume(case, at)
                cases.post_card(case, at)
                events.tick(case.store_id)
    return len(found)


def adopt(at: int, limit: int = 200) -> int:
    """Whoever left the shop leaves no case without a name: somebody else has it now (J1). Called by the worker."""
    left = (
        Case.select(Case.id)
        .join(Staff, on=(Case.owner == Staff.id))
        .where(duty.OPEN, Staff.dismissed_at.is_null(False))
    )
    found = [row[0] for row in left.limit(limit).tuples()]
    moved = 0
    for number in found:
        with transaction():
            case = cases.held(Case.get_by_id(number))
            to = duty.pick(case.store, at, role=case.level, member=case.member_id) or duty.pick(
                case.store, at, member=case.member_id
            )
            if case.state not in cases.OVER and case.owner and case.owner.dismissed_at and to:
                move(case, to, at, None)
                cases.post_card(case, at)
                events.tick(case.store_id)
                moved += 1
    return moved


def move(case: Case, to: Staff, at: int, by: Staff | None, *, level: str = "clerk") -> None:
    """The case is this person's; how far up it has been never falls. Inside a transaction that holds the case."""
    reached = max(case.level, to.role, level, key=ROLES.index)
    Case.update(owner=to.id, level=reached).where(Case.id == case.id).execute()
    had, case.owner, case.level = case.owner, to, reached
    cases.write(case, "moved", at, key=f"moved:{vault.token()}", staff=by, person=to.name, had=getattr(had, "name", ""))
    _record("case_moved", case, at, by, name=to.name)


# --- how it is done ----------------------------------------------------------------------------------------------------


@contextmanager
def _moving(case: Case, by: Staff, at: int) -> Iterator[Case]:
    with transaction():
        case = cases.held(case)
        cases.check_running(case, by)
        yield case
        cases.post_card(case, at)
        events.tick(case.store_id)


def _check_fits(case: Case, to: Staff) -> None:
    if to.dismissed_at or to.store_id not in (None, case.store_id) or to.brand_id != case.store.brand_id:
        raise Missing("没有找到这位同事", code="no_such_person", field="to")
    if case.member_id and to.member_id == case.member_id:
        raise Forbidden("不能处理自己的投诉，请同事来", code="own_card", field="to")


def _note(case: Case, by: Staff, why: str, at: int) -> None:
    if why.strip():
        cases.write(
            case, "note", at, key=f"why:{vault.token()}", staff=by, text=cases.words(why, WHY_MOST, "why"), handing=True
        )


def _record(verb: str, case: Case, at: int, by: Staff | None, **data: str) -> None:
    events.record(
        verb, at, store=case.store_id, staff=by.id if by else None, member=case.member_id, ref=case.code, **data
    )
