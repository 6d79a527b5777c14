"""The cases of a store as its counter sees them: red ones first, then by time left, then those that wait for the customer."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from peewee import JOIN, SQL, fn

from models import Case, CaseStep, Member, Staff, Store, Work
from webapp.complaints.cases import MILD
from webapp.staff import queue

SHOWN = 120
LANES = ("mine", "late", "waits", "mild", "closed")
# Written out, so that both databases see that the index of open cases will do.
OPEN = SQL("t1.state NOT IN ('closed', 'merged')")
_RUNNING = CaseStep.done_at.is_null() & CaseStep.paused_at.is_null()


class Row(NamedTuple):
    """One case: the promise that is to be kept next (None while the customer is waited for), and the colleague who has it open."""

    case: Case
    step: CaseStep | None
    late: bool
    taken: str

    @property
    def red(self) -> bool:
        """Late, urgent, or three quarters of the time are gone (`ladder.warn`)."""
        return self.late or (self.step is not None and (self.case.urgent or self.step.warned_at is not None))


class Listed(NamedTuple):
    """`red`, `now` and `waits` are what is open; `more` are not shown. `counts` by lane."""

    red: list[Row]
    now: list[Row]
    waits: list[Row]
    more: int
    counts: dict[str, int]


def of(store: Store, actor: Staff | None, at: int, lane: str = "") -> Listed:
    """What is open in this store, or the part of it that `lane` names. Four queries."""
    counts = _counts(store, actor, at)
    query = _query(store).where(OPEN)
    if lane == "mine":
        query = query.where(Case.owner == (actor.id if actor else None))
    elif lane == "late":
        query = query.where(_late(at))
    elif lane == "waits":
        query = query.where(~fn.EXISTS(_own_steps()))
    elif lane == "mild":
        query = query.where(Case.kind.in_(MILD))
    rows = _rows(query.order_by(Case.urgent.desc(), Case.due_at, Case.id).limit(SHOWN), actor, at)
    rows.sort(key=lambda row: (row.case.due_at, row.case.id))
    return Listed(
        red=[row for row in rows if row.red],
        now=[row for row in rows if row.step is not None and not row.red],
        waits=[row for row in rows if row.step is None],
        more=max(0, counts.get(lane or "open", 0) - len(rows)),
        counts=counts,
    )


def closed(store: Store, limit: int = 50) -> list[Row]:
    """What was told lately and is over, the newest first."""
    query = _query(store).where(Case.state == "closed").order_by(Case.made_at.desc(), Case.id.desc()).limit(limit)
    return [Row(case, None, False, "") for case in query]


def of_members(store: Store, members: Iterable[int], actor: Staff | None, at: int, limit: int = 30) -> list[Row]:
    """Everything these members told this store, the newest first."""
    query = _query(store).where(Case.member.in_(list(members)), Case.state != "merged")
    return _rows(query.order_by(Case.made_at.desc()).limit(limit), actor, at)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _query(store: Store) -> Any:
    people = Case.select(Case, Member, Staff).join(Member, JOIN.LEFT_OUTER).switch(Case)
    return people.join(Staff, JOIN.LEFT_OUTER, on=(Case.owner == Staff.id)).where(Case.store == store.id)


def _own_steps() -> Any:
    return CaseStep.select(CaseStep.id).where(CaseStep.case == Case.id, _RUNNING)


def _late(at: int) -> Any:
    return (Case.due_at <= at) & fn.EXISTS(_own_steps().where(CaseStep.due_at <= at))


def _counts(store: Store, actor: Staff | None, at: int) -> dict[str, int]:
    def many(what: Any) -> Any:
        return fn.COALESCE(fn.SUM(what.cast("integer")), 0)

    row = (
        Case.select(
            fn.COUNT(Case.id),
            many(Case.owner.is_null(False) & (Case.owner == (actor.id if actor else -1))),
            many(_late(at)),
            many(~fn.EXISTS(_own_steps())),
            many(Case.kind.in_(MILD)),
        )
        .where(Case.store == store.id, OPEN)
        .tuples()
        .first()
    )
    return dict(zip(("open", *LANES), (int(n) for n in row), strict=False))


def _rows(query: Any, actor: Staff | None, at: int) -> list[Row]:
    found: Sequence[Case] = list(query)
    numbers = [case.id for case in found]
    steps: dict[int, CaseStep] = {}
    running = CaseStep.select().where(CaseStep.case.in_(numbers), _RUNNING).order_by(CaseStep.case, CaseStep.number)
    for step in running if numbers else ():
        steps.setdefault(step.case_id, step)
    open_ = Work.opened_by.is_null(False) & Work.done_at.is_null() & (Work.opened_at >= at - queue.OPEN_FOR)
    cards = Work.select(Work, Staff).join(Staff, on=(Work.opened_by == Staff.id)).where(Work.kind == "case", open_)
    taken = {card.ref: queue.taken_by(card, actor, at) for card in cards.where(Work.ref.in_([c.code for c in found]))}
    return [_row(case, steps.get(case.id), taken.get(case.code, ""), at) for case in found]


def _row(case: Case, step: CaseStep | None, taken: str, at: int) -> Row:
    return Row(case, step, step is not None and step.due_at <= at, taken)
