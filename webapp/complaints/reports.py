"""How the promises were kept, by cause, step, store and person: kept, missed, median and worst (I4, J11). And who should be coached, privately.

A promise counts once, for the time in which the case was told: kept where it was done in time, missed where it ran out, else still running.
Times are what the customer waited, by the clock. A kept one is whoever kept it, a missed one whoever had the case then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from peewee import JOIN

from models import Case, CaseStep, Cause, Member, Staff, Store
from webapp.refusals import Forbidden

MOST = 400_000  # promises in one report
COACHED = 100


class Kept(NamedTuple):
    """One line: seconds from the beginning of a promise until it was kept; none where nothing was done yet."""

    key: Any
    name: Any
    kept: int
    missed: int
    running: int
    median: int | None
    worst: int | None

    @property
    def percent(self) -> int | None:
        """Of a hundred that are decided; only where there are twenty or more (T13)."""
        decided = self.kept + self.missed
        return round(100 * self.kept / decided) if decided >= 20 else None


class Report(NamedTuple):
    cases: int
    closed: int
    reopened: int
    all: Kept
    steps: list[Kept]  # key: 1 to 4
    causes: list[Kept]  # name: words; the empty key is what has none yet
    stores: list[Kept]
    people: list[Kept]
    handling: list[tuple[int, int]]  # a face, and how many gave it


class _Row(NamedTuple):
    case: int
    number: int
    begins: int
    due: int
    done: int | None
    missed: int | None
    missed_by: int | None
    done_by: int | None
    store: int
    cause: int | None
    owner: int | None


def of(stores: Store | Sequence[Store], since: int, until: int) -> Report:
    """Everything told in this time, in these stores. Four queries, whatever there is."""
    chosen = [stores] if isinstance(stores, Store) else list(stores)
    numbers = [store.id for store in chosen]
    mine = (Case.store.in_(numbers)) & (Case.made_at >= since) & (Case.made_at < until) & (Case.state != "merged")
    rows = [
        _Row(*row)
        for row in CaseStep.select(
            Case.id, CaseStep.number, CaseStep.begins_at, CaseStep.due_at, CaseStep.done_at, CaseStep.missed_at,
            CaseStep.missed_by, CaseStep.done_by, Case.store, Case.cause, Case.owner,
        ).join(Case).where(mine).limit(MOST).tuples()
    ]  # fmt: skip
    facts = list(Case.select(Case.closed_at, Case.reopened_at, Case.handling).where(mine).tuples())
    brand = chosen[0].brand_id if chosen else 0
    causes = dict(Cause.select(Cause.id, Cause.name).where(Cause.brand == brand).tuples())
    people = dict(Staff.select(Staff.id, Staff.name).where(Staff.brand == brand).tuples())
    faces: dict[int, int] = defaultdict(int)
    for _, _, handling in facts:
        if handling is not None:
            faces[handling] += 1
    return Report(
        cases=len(facts),
        closed=sum(closed is not None for closed, _, _ in facts),
        reopened=sum(again is not None for _, again, _ in facts),
        all=_line(None, None, rows),
        steps=sorted(_by(rows, lambda row: row.number, {}), key=lambda line: line.key),
        causes=_by(rows, lambda row: row.cause, causes),
        stores=_by(rows, lambda row: row.store, {store.id: store.name for store in chosen}),
        people=_by(rows, _whose, people),
        handling=sorted(faces.items()),
    )


def rows(stores: Sequence[Store], since: int, until: int) -> Iterable[list[Any]]:
    """One row a case for a table outside, the head first: codes and moments (seconds UTC), no words of customers, no names of theirs."""
    yield ["case", "store", "kind", "category", "urgent", "source", "state", "told", "closed", "reopened", "cause", "owner",
           "handling", "care", *(f"{step}_{what}" for step in ("answer", "findings", "decision", "close") for what in ("due", "done", "missed"))]  # fmt: skip
    slugs = {store.id: store.slug for store in stores}
    told = (Case.store.in_(list(slugs))) & (Case.made_at >= since) & (Case.made_at < until)
    found: dict[int, dict[int, tuple[Any, ...]]] = defaultdict(dict)
    steps = CaseStep.select(CaseStep.case, CaseStep.number, CaseStep.due_at, CaseStep.done_at, CaseStep.missed_at)
    for case, number, *moments in steps.join(Case).where(told).limit(MOST).tuples():
        found[case][number] = tuple(moments)
    query = (
        Case.select(
            Case.id, Case.code, Case.store, Case.kind, Case.category, Case.urgent, Case.source, Case.state, Case.made_at,
            Case.closed_at, Case.reopened_at, Cause.name, Staff.name, Case.handling, Case.care,
        )
        .join(Cause, JOIN.LEFT_OUTER).switch(Case).join(Staff, JOIN.LEFT_OUTER, on=(Case.owner == Staff.id))
        .where(told).order_by(Case.made_at, Case.id).limit(MOST // 4)
    )  # fmt: skip
    for number, code, store, *rest in query.tuples():
        rest[2] = int(rest[2])
        rest[8] = rest[8].get("zh", "") if isinstance(rest[8], dict) else ""
        yield [
            code,
            slugs[store],
            *rest,
            *(moment for n in (1, 2, 3, 4) for moment in found[number].get(n, (None,) * 3)),
        ]


def coaching(person: Staff, by: Staff, limit: int = COACHED) -> list[CaseStep]:
    """The promises that ran out in this person's hands, with their cases, the newest first. For that person and their managers only."""
    if by.id != person.id:
        over = by.at_least("manager") and by.brand_id == person.brand_id and by.store_id in (None, person.store_id)
        if not over or not by.at_least(person.role):
            raise Forbidden("只有本人和店长能看", code="role")
    query = (
        CaseStep.select(CaseStep, Case, Member).join(Case).join(Member, JOIN.LEFT_OUTER, on=(Case.member == Member.id))
    )
    query = query.where(CaseStep.missed_by == person.id, CaseStep.missed_at.is_null(False))
    return list(query.order_by(CaseStep.missed_at.desc(), CaseStep.id.desc()).limit(limit))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _whose(row: _Row) -> int | None:
    if row.missed is not None:
        return row.missed_by
    return row.done_by if row.done is not None else row.owner


def _by(rows: Iterable[_Row], key: Callable[[_Row], Any], names: dict[Any, Any]) -> list[Kept]:
    """Grouped, those with the most missed first."""
    groups: dict[Any, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    lines = [_line(value, names.get(value), group) for value, group in groups.items()]
    return sorted(lines, key=lambda line: (-line.missed, -line.kept, str(line.key)))


def _line(key: Any, name: Any, rows: Sequence[_Row]) -> Kept:
    took = sorted(row.done - row.begins for row in rows if row.done is not None)
    missed = sum(row.missed is not None for row in rows)
    done = sum(row.done is not None and row.missed is None for row in rows)
    return Kept(
        key,
        name,
        done,
        missed,
        len(rows) - done - missed,
        int(median(took)) if took else None,
        took[-1] if took else None,
    )
