"""Who is due again, who may stay away and why, who moved: short lists for people who act on them. Reads only."""

from typing import Any, NamedTuple

from peewee import ModelSelect

from models import Brand, Grade, GradeMove, GradeRun, Member
from webapp.clock import DAY
from webapp.insights import words
from webapp.insights.patience import patience
from webapp.phrases import Phrase

SHOWN = 40
DUE_AHEAD, DUE_PAST = 7, 14  # days
RISK_FROM = 30


class Line(NamedTuple):
    """One member of a list: what the night knows of them and, in plain words, why they are on it."""

    member: Member
    grade: Grade
    why: list[Phrase]


class Move(NamedTuple):
    member: Member
    what: str
    before: str
    after: str
    why: Phrase
    day: int


class Mirror(NamedTuple):
    """The shares of the last finished night beside the documents' (T4). `regulars`: per cent of takings from who came more than once (B10)."""

    day: int
    grades: list["Share"]
    frequencies: list["Share"]
    lives: dict[str, int]
    regulars: int | None
    regular_people: int
    takings: int


class Share(NamedTuple):
    """Per cent of people and of takings, and the documents' two; `people` and fen behind them."""

    key: str
    people: int
    spent: int
    people_share: int
    spent_share: int
    textbook_people: int
    textbook_spent: int


TEXTBOOK = {
    "grade": {"vip": (20, 60), "a": (30, 25), "b": (30, 10), "c": (20, 5)},
    "frequency": {"high": (20, 60), "middle": (40, 30), "low": (30, 10)},
}


def mirror() -> Mirror | None:
    """None before the first night is done."""
    run = GradeRun.select().where(GradeRun.state == "done").order_by(GradeRun.day.desc()).first()
    if run is None:  # the one that is on may be an asked-for second one of the only day: its last result still holds
        run = GradeRun.select().order_by(GradeRun.day.desc()).first()
    if run is None or not run.mirror:
        return None
    known: dict[str, Any] = run.mirror
    takings = sum(fen for _, fen in known["grade"].values())
    people, spent = known["regulars"]
    return Mirror(
        run.day,
        _shares(known["grade"], "grade"),
        _shares(known["frequency"], "frequency"),
        known["life"],
        round(100 * spent / takings) if takings else None,
        people,
        takings,
    )


def due(brand: Brand, at: int, store: int | None = None) -> list[Line]:
    """Who would come again about now by their own interval, the longest overdue first; nobody who has a case open or was here since."""
    around = Grade.due_at.between(at - DUE_PAST * DAY, at + DUE_AHEAD * DAY)
    query = _here(brand, store).where(around, Grade.interval.is_null(False), Member.care_since.is_null())
    since = Member.seen_at.is_null() | (Member.seen_at <= Grade.last_at + DAY)
    rows = query.where(since).order_by(Grade.due_at, Grade.spent.desc()).limit(SHOWN)
    with patience():
        return [Line(row.member, row, [words.usual(row.interval or 0)]) for row in rows]


def risky(brand: Brand, at: int, store: int | None = None) -> list[Line]:
    """Who may stay away, those who spent most first, with every reason (M6)."""
    away = (Grade.risk >= RISK_FROM) & Grade.life.in_(("new", "returning", "at_risk"))
    since = Member.seen_at.is_null() | (Member.seen_at <= Grade.last_at + DAY)
    rows = (
        _here(brand, store).where(away, since, Grade.spent > 0).order_by(Grade.spent.desc(), Grade.member).limit(SHOWN)
    )
    with patience():
        return [Line(row.member, row, [words.why(reason) for reason in row.reasons]) for row in rows]


def moves(day: int, days: int = 30) -> list[Move]:
    """Who changed grade, class or life in so many days, the newest first."""
    query = GradeMove.select(GradeMove, Member).join(Member).where(GradeMove.day > day - days)
    here = query.where(Member.erased_at.is_null(), Member.merged_into.is_null())
    rows = here.order_by(GradeMove.day.desc(), GradeMove.id.desc()).limit(SHOWN)
    return [Move(row.member, row.what, row.before, row.after, words.moved(row.what, row.why), row.day) for row in rows]


def history(member: int, limit: int = 5) -> list[Move]:
    """The newest moves of one member (B4)."""
    rows = GradeMove.select().where(GradeMove.member == member).order_by(GradeMove.day.desc(), GradeMove.id.desc())
    return [
        Move(row.member, row.what, row.before, row.after, words.moved(row.what, row.why), row.day)
        for row in rows.limit(limit)
    ]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _here(brand: Brand, store: int | None) -> "ModelSelect[Grade]":
    query = Grade.select(Grade, Member).join(Member).where(Member.brand == brand.id)
    here = query.where(Member.erased_at.is_null(), Member.merged_into.is_null())
    return here.where(Grade.store == store) if store else here


def _shares(known: dict[str, list[int]], kind: str) -> list[Share]:
    """Of those who have a step; the others are no part of the hundred."""
    textbook = TEXTBOOK[kind]
    people = sum(known[key][0] for key in textbook)
    spent = sum(known[key][1] for key in textbook)
    return [
        Share(
            key,
            known[key][0],
            known[key][1],
            round(100 * known[key][0] / people) if people else 0,
            round(100 * known[key][1] / spent) if spent else 0,
            *textbook[key],
        )
        for key in textbook
    ]
