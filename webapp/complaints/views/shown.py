"""What the pages of a case show: its ladder with dates and ticks, its thread without what is internal, who has it, and what waits for the customer."""

from typing import Any, NamedTuple

from flask import request

from models import Case, CaseEntry, CaseStep, EntryPhoto, Member, Photo, Staff
from webapp import access, clock, front, policy, vault
from webapp.complaints import cases, offers, slips
from webapp.complaints.words import (
    CATEGORY_NAMES,
    KIND_ICONS,
    KIND_NAMES,
    STATE_LOOKS,
    STATE_NAMES,
    STEP_NAMES,
    URGENT_STEP,
)
from webapp.refusals import Missing


class Step(NamedTuple):
    """One step of the ladder: `now` is the one that is being worked on."""

    number: int
    name: str
    row: CaseStep
    now: bool


class Line(NamedTuple):
    """One entry as the customer may see it. `who`: me, shop or system."""

    entry: CaseEntry
    who: str
    name: str
    text: str
    photos: list[Photo]


def key() -> str | None:
    """What a guest's address carries behind ?t=; nothing for members."""
    return request.args.get("t") or None


def mine(code: str) -> Case:
    """The case of the member who is signed in, or of the slip whose key this is. Everything else is not there."""
    me, secret = access.me(), key()
    if secret:
        return slips.behind(code, secret)
    who = me or access.member()
    found: Case | None = Case.get_or_none(Case.code == code, Case.member == who.id)
    if found is None:
        raise Missing("没有找到这个页面", code="not_found")
    return Case.get_by_id(found.merged_into_id) if found.merged_into_id else found


def of(case: Case) -> dict[str, Any]:
    """Everything of one case, in a fixed number of queries."""
    at = clock.now()
    case = Case.get_by_id(case.id)
    rules, store = policy.of(case.store), case.store
    steps = _steps(case)
    over = case.state in cases.OVER
    owner: Staff | None = case.owner if case.owner_id else None
    closed = case.closed_at or 0
    return {
        "c": case,
        "store": store,
        "steps": steps,
        "lines": lines(case),
        "owner": owner.name if owner else "",
        "offer": None if over else offers.on_the_table(case),
        "kind": KIND_NAMES[case.kind],
        "symbol": KIND_ICONS[case.kind],
        "category": CATEGORY_NAMES[case.category],
        "state": STATE_NAMES[case.state],
        "look": STATE_LOOKS[case.state],
        "late_now": next((step for step in steps if step.now and step.row.due_at <= at), None),
        "amends": rules.amends_fen if case.member_id and case.kind in cases.CARING else 0,
        "reopens_until": closed + rules.case_reopen_days * clock.DAY
        if case.state == "closed" and case.reopened_at is None
        else 0,
        "key": key(),
        "ticket": vault.token()[:32],
        "pulse": front.pulse("case", case.id, front.version("case", case.id), at),
        "at": at,
    }


def lines(case: Case) -> list[Line]:
    """The thread from its first word, without the notes of the shop."""
    seen = CaseEntry.select(CaseEntry, Staff).left_outer_join(Staff)
    rows = list(seen.where(CaseEntry.case == case.id, CaseEntry.kind != "note").order_by(CaseEntry.id))
    pictures: dict[int, list[Photo]] = {}
    query = EntryPhoto.select(EntryPhoto, Photo).join(Photo).where(EntryPhoto.entry.in_([row.id for row in rows]))
    for link in query.order_by(EntryPhoto.id):
        pictures.setdefault(link.entry_id, []).append(link.photo)
    return [_line(row, pictures.get(row.id, [])) for row in rows]


def of_member(me: Member, limit: int = 50) -> list[dict[str, Any]]:
    """My cases, the newest first, each with what it is called."""
    query = Case.select().where(Case.member == me.id, Case.state != "merged").order_by(Case.made_at.desc()).limit(limit)
    return [
        {
            "c": case,
            "kind": KIND_NAMES[case.kind],
            "symbol": KIND_ICONS[case.kind],
            "category": CATEGORY_NAMES[case.category],
            "state": STATE_NAMES[case.state],
            "look": STATE_LOOKS[case.state],
        }
        for case in query
    ]


def _steps(case: Case) -> list[Step]:
    rows = list(CaseStep.select().where(CaseStep.case == case.id).order_by(CaseStep.number))
    first = next((row.number for row in rows if row.done_at is None), 0)
    names = STEP_NAMES | ({1: URGENT_STEP} if case.urgent else {})
    return [Step(row.number, names[row.number], row, row.number == first) for row in rows]


def _line(row: CaseEntry, photos: list[Photo]) -> Line:
    system = row.kind in ("late", "moved", "closed", "reopened") or row.data.get("system")
    told_here = bool(row.data.get("spoken"))  # what the customer said, written down by the counter
    who = "system" if system else "shop" if row.staff_id and not told_here else "me"
    name = getattr(row.staff, "name", "")
    return Line(row, who, name, "" if system else cases.text_of(row), photos)
