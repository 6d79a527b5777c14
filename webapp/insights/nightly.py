"""The night's work: everybody's visits and bills are read, a few hundred members at a time, then everybody gets their place (B1–B4).

`run` may be killed anywhere and called again: a stretch of members, their moves and how far the night is are one transaction, so what is
done is done once, and what is not is done next time. Two at once share the work by compare-and-swap. What did not change is not written.
"""

import time
from typing import Any

import structlog
from peewee import fn

from models import GRADES, Grade, GradeMove, GradeRun, Member, Param, Prepared, Store, document, transaction
from webapp import clock
from webapp.insights import histories, ranking
from webapp.insights.histories import KEPT
from webapp.insights.patience import patience
from webapp.insights.ranking import Lines
from webapp.outbox import events

log = structlog.get_logger()
STRETCH = 500  # members at a time
MOVES_KEPT = 730  # days
PATIENCE = 50.0  # seconds of work at once; a minute later it goes on
REST = 0.5  # of the time that a stretch took, so that whoever stands at the counter has their turn
ZONE = "Asia/Shanghai"


class _Behind(Exception):
    """Somebody else has done this stretch."""


def run(at: int, *, seconds: float | None = None) -> GradeRun:
    """Work out everybody for the shop's own day of `at`, or go on with it. Done already: nothing happens. Returns how far it is."""
    begin(at)
    return go_on(at, seconds=seconds) or newest()


def begin(at: int, *, anew: bool = False) -> GradeRun:
    """There is a run for this day from now on. `anew` begins once more after one that is done; a run that is on goes on."""
    day = clock.day_number(at, zone())
    with transaction():
        GradeRun.delete().where(GradeRun.day < day, GradeRun.state != "done").execute()
        GradeRun.insert(day=day, state="reading", begun_at=at).on_conflict_ignore().execute()
        if anew:
            start = {"state": "reading", "cursor": 0, "members": 0, "moved": 0, "begun_at": at, "done_at": None}
            GradeRun.update(start).where(GradeRun.day == day, GradeRun.state == "done").execute()
        return GradeRun.get_by_id(day)


def ask(at: int, staff: int) -> GradeRun:
    """On demand: work it out anew now. The worker does it within a minute; asked twice it is done once."""
    with transaction():
        events.record("grades_asked", at, staff=staff)
        return begin(at, anew=True)


def go_on(at: int, *, seconds: float | None = None) -> GradeRun | None:
    """Do what is left of a run that is not done, for so long. None when there is none, or when the next day has begun another."""
    until = time.monotonic() + seconds if seconds else None
    left = GradeRun.select().where(GradeRun.state != "done")
    current: GradeRun | None = left.order_by(GradeRun.day.desc()).first()
    if current is None:
        return None
    zone_name, lines = zone(), None
    while current is not None and current.state != "done" and (until is None or time.monotonic() < until):
        begun = time.monotonic()
        try:
            if current.state == "reading":
                _read(current, at, zone_name)
            else:
                lines = lines or Lines(**current.lines["lines"])
                _place(current, at, lines)
        except _Behind:
            lines = None
        current = GradeRun.get_or_none(GradeRun.day == current.day)
        if until:
            time.sleep((time.monotonic() - begun) * REST)
    return current


def newest() -> GradeRun:
    """The run of the last day there is one for."""
    return GradeRun.select().order_by(GradeRun.day.desc()).get()


def percent(current: GradeRun) -> int:
    """How much of a run is done: two thirds are reading."""
    if current.state == "done":
        return 100
    last = Member.select(fn.MAX(Member.id)).scalar() or 1
    part = min(1.0, current.cursor / last)
    return int(65 * part if current.state == "reading" else 65 + 34 * part)


def zone() -> str:
    """The night is the first store's."""
    store = Store.select(Store.timezone).order_by(Store.id).first()
    return store.timezone if store else ZONE


# --- reading -----------------------------------------------------------------------------------------------------------

_CHANGING = [getattr(Grade, name) for name in (*KEPT, "day")]
_UPSERT = Prepared(
    lambda: Grade.insert(
        {Grade.member: Param("member")} | {field: Param(field.name) for field in _CHANGING}
    ).on_conflict(conflict_target=[Grade.member], preserve=_CHANGING)
)
_MOVED = Prepared(
    lambda: GradeMove.insert(
        {getattr(GradeMove, name): Param(name) for name in ("member", "what", "before", "after", "why", "day")}
    ).on_conflict(
        conflict_target=[GradeMove.member, GradeMove.day, GradeMove.what], preserve=[GradeMove.after, GradeMove.why]
    )
)


def _read(current: GradeRun, at: int, zone_name: str) -> None:
    """The next stretch: what each has done is put together and written down, and who changed their ways is noted."""
    ids, last = histories.stretch(current.cursor, STRETCH)
    if not ids:
        _turn(current)
        return
    found = histories.of(current.cursor, last, at, current.day, zone_name)
    old = histories.kept(current.cursor, last)
    changed = {member: now for member, now in found.items() if old.get(member) != now.values()}
    moves = {member: now for member, now in changed.items() if member in old and old[member][0] != now.life}
    with transaction():
        read = {"cursor": last, "members": current.members + len(found), "moved": current.moved + len(moves)}
        _step(current, read)
        for member, now in changed.items():
            _UPSERT.note(member=member, day=current.day, **dict(zip(KEPT, now.values(), strict=True)))
        for member, now in moves.items():
            why = {"days": now.since, "usual": now.interval, "visits": now.visits_ever}
            _note(member, "life", old[member][0], now.life, why, current.day)
        _drop_none(list(moves), current.day)
        _drop_gone(
            current.cursor, last
        )  # last of all: who goes at this very moment is waited for by what is written above


def _drop_gone(after: int, last: int) -> None:
    gone = Member.erased_at.is_null(False) | Member.merged_into.is_null(False)
    query = Grade.select(Grade.member).join(Member).where(Grade.member > after, Grade.member <= last, gone)
    forget([row[0] for row in query.tuples()])


def _turn(current: GradeRun) -> None:
    """Everybody is read: the lines are drawn, and places are given next."""
    with patience():
        lines = ranking.lines()
    with transaction():
        _step(current, {"state": "ranking", "cursor": 0, "lines": {"lines": lines._asdict(), "tally": _nothing()}})
        GradeMove.delete().where(GradeMove.day < current.day - MOVES_KEPT).execute()


# --- giving places -----------------------------------------------------------------------------------------------------

_GRADED = Prepared(
    lambda: (
        Grade.select(
            Grade.member,
            Grade.spent,
            Grade.visits,
            Grade.last_at,
            Grade.visits_ever,
            Grade.life,
            Grade.grade,
            Grade.frequency,
            Grade.recency,
            Grade.often,
            Grade.money,
        )
        .where(Grade.member > Param("after"))
        .order_by(Grade.member)
        .limit(Param("most"))
    )
)
_RANKED = Prepared(
    lambda: Grade.update(
        {getattr(Grade, name): Param(name) for name in ("grade", "frequency", "recency", "often", "money", "day")}
    ).where(Grade.member == Param("member"))
)


def _place(current: GradeRun, at: int, lines: Lines) -> None:
    """The next stretch gets its grades; the shares are added up as they go by."""
    rows = _GRADED.rows(after=current.cursor, most=STRETCH)
    tally = current.lines["tally"]
    if not rows:
        with transaction():
            _step(current, {"state": "done", "done_at": at, "mirror": tally, "lines": {"lines": lines._asdict()}})
        log.info("grades done", members=current.members, moved=current.moved)
        return
    earlier = GradeRun.select().where(GradeRun.day < current.day, GradeRun.state == "done")
    former = earlier.order_by(GradeRun.day.desc()).first()
    old_lines = Lines(**former.lines["lines"]) if former and former.lines else lines
    with transaction():
        moved: list[int] = []
        for member, spent, visits, last_at, ever, life, *had in rows:
            place = ranking.rank(lines, spent, visits, last_at)
            _add(tally, place.grade, place.frequency, life, spent, ever)
            if tuple(had) == tuple(place):
                continue
            _RANKED.note(member=member, day=current.day, **place._asdict())
            same = ranking.rank(old_lines, spent, visits, last_at)
            for what, before, after, alone in (
                ("grade", had[0], place.grade, same.grade),
                ("frequency", had[1], place.frequency, same.frequency),
            ):
                if former and before != after and (before or ever > 1):  # nobody moves on their first night
                    moved.append(member)
                    why = {"spent": spent, "visits": visits, "others": alone == before}
                    _note(member, what, before or "", after or "", why, current.day)
        kept = {"lines": lines._asdict(), "tally": tally}
        _drop_none(moved, current.day)
        _step(current, {"cursor": rows[-1][0], "moved": current.moved + len(moved), "lines": kept})


def _nothing() -> dict[str, Any]:
    return {
        "grade": {key: [0, 0] for key in (*GRADES, "none")},
        "frequency": {key: [0, 0] for key in ("high", "middle", "low", "none")},
        "life": {},
        "regulars": [0, 0],
    }


def _add(tally: dict[str, Any], grade: str | None, frequency: str | None, life: str, spent: int, ever: int) -> None:
    for cell in (tally["grade"][grade or "none"], tally["frequency"][frequency or "none"]):
        cell[0] += 1
        cell[1] += spent
    tally["life"][life] = tally["life"].get(life, 0) + 1
    if ever > 1 and spent:
        tally["regulars"][0] += 1
        tally["regulars"][1] += spent


# --- how it is done ----------------------------------------------------------------------------------------------------


def _step(current: GradeRun, values: dict[str, Any]) -> None:
    """How far the night is, by compare-and-swap: whoever comes second has done nothing."""
    here = (GradeRun.day == current.day) & (GradeRun.state == current.state) & (GradeRun.cursor == current.cursor)
    if not GradeRun.update(values).where(here, GradeRun.begun_at == current.begun_at).execute():
        raise _Behind


def _note(member: int, what: str, before: str, after: str, why: dict[str, Any], day: int) -> None:
    _MOVED.note(member=member, what=what, before=before, after=after, why=document(why), day=day)


def _drop_none(members: list[int], day: int) -> None:
    """Who moved and moved back on one day, because it was worked out twice, has not moved."""
    if members:
        back = (GradeMove.day == day) & (GradeMove.before == GradeMove.after)
        GradeMove.delete().where(back, GradeMove.member.in_(members)).execute()


def forget(members: list[int]) -> None:
    """Whoever is gone has no grade and no moves. Part of the caller's transaction."""
    if members:
        Grade.delete().where(Grade.member.in_(members)).execute()
        GradeMove.delete().where(GradeMove.member.in_(members)).execute()
