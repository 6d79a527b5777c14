"""Bringing a file in (A11): taken in, its columns chosen, every line looked at (the dry run), put in, and for seven days taken out again.

new → reading → ready → running → done → undoing → undone; failed where the file breaks off. A line is put in whole or not at all, and the
file's `cursor` moves in the same transaction: whoever is killed in the middle, or meets a second worker, goes on where the first one stopped.
What was read is kept sealed, and forgotten once it is in; the file itself goes as soon as it has been read for good.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any

from peewee import chunked, fn

from models import (
    Intake,
    IntakeRow,
    Staff,
    Store,
    locked,
    transaction,
)
from webapp import policy, storage, vault
from webapp.clock import DAY
from webapp.imports import bills, columns, people, reader
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

MOST = 1_000_000  # lines of one file
BATCH = 250
UNDO = 7 * DAY
KEPT = 7 * DAY  # a file that nobody goes on with
AT_ONCE = 1.5  # seconds that a door works on it itself, so that a small file is there with the tap
WORKING = ("reading", "running", "undoing")
_KINDS = {"members": people, "purchases": bills}


def take_in(stream: IO[bytes], name: str, kind: str, store: Store, staff: Staff, at: int) -> Intake:
    """Keep the file and read its first line. Refuses what is no table; nothing is kept of it then."""
    if kind not in _KINDS:
        raise Refusal("没有这一种", code="no_such_kind", field="kind")
    path, lines = _keep(stream)
    try:
        sheet = reader.look(path)
        if lines > 3 * MOST:
            raise _too_many()
    except Refusal:
        path.unlink(missing_ok=True)
        raise
    with transaction():
        made: Intake = Intake.create(
            code=vault.code(10),
            kind=kind,
            store=store.id,
            staff=staff.id,
            name="".join(letter for letter in name if letter.isprintable())[:120],
            file=path.name,
            encoding=sheet.encoding,
            columns={"separator": sheet.separator, "header": sheet.header, "chosen": columns.guess(kind, sheet.header)},
            state="new",
            total=max(lines - 1, 0),
            made_at=at,
        )
        events.record("import_taken", at, store=store.id, staff=staff.id, ref=made.code, kind=kind)
        return made


def choose(intake: Intake, chosen: dict[str, int], at: int) -> Intake:
    """Which column is which; every line will be looked at with it. Again before it is put in: they are all looked at again."""
    columns.check(intake.kind, chosen, len(intake.columns["header"]))
    with transaction():
        now = _in(intake, "new", "ready", "failed")
        if not _path(now).exists():
            raise Missing("文件已经不在了，请重新上传", code="no_file")
        IntakeRow.delete().where(IntakeRow.intake == now.id).execute()
        return _move(
            now,
            "reading",
            columns=now.columns | {"chosen": chosen},
            read=0,
            cursor=0,
            counts={},
            error="",
            ready_at=None,
        )


def put_in(intake: Intake, staff: Staff, at: int) -> Intake:
    """Everything that is new goes in. Twice is once."""
    with transaction():
        now: Intake = locked(Intake, intake.id)
        if now.state in ("running", "done"):
            return now
        now = _in(intake, "ready")
        events.record(
            "import_put_in", at, store=now.store_id, staff=staff.id, ref=now.code, count=now.counts.get("new", 0)
        )
        return _move(now, "running", cursor=0)


def undo(intake: Intake, staff: Staff, at: int) -> Intake:
    """Take it out again, within seven days; whoever has been here since stays. Twice is once."""
    with transaction():
        now: Intake = locked(Intake, intake.id)
        if now.state in ("undoing", "undone"):
            return now
        now = _in(intake, "done")
        if at - now.done_at > UNDO:
            raise Refusal("放进来超过七天，不能整批撤回了", code="undo_over")
        events.record("import_undone", at, store=now.store_id, staff=staff.id, ref=now.code)
        return _move(now, "undoing", cursor=0)


def drop(intake: Intake, at: int) -> None:
    """Never mind: nothing of it is kept."""
    with transaction():
        now = _in(intake, "new", "ready", "failed", "reading")
        path = _path(now)
        IntakeRow.delete().where(IntakeRow.intake == now.id).execute()
        now.delete_instance()
    path.unlink(missing_ok=True)


def work(intake: Intake, at: int, seconds: float) -> Intake:
    """Go on with it for about so long. Returns it as it is then; nothing happens where there is nothing to do, or the file is elsewhere."""
    until = time.monotonic() + seconds
    step: dict[str, Callable[[Intake, int, float], None]] = {"reading": _read, "running": _put, "undoing": _take_out}
    now: Intake = Intake.get_by_id(intake.id)
    while now.state in step and time.monotonic() < until:
        before = (now.state, now.cursor)
        step[now.state](now, at, until)
        now = Intake.get_by_id(intake.id)
        if (now.state, now.cursor) == before:
            break
    return now


def sweep(at: int, seconds: float) -> None:
    """Go on with whatever waits, the oldest first."""
    until = time.monotonic() + seconds
    for intake in list(Intake.select().where(Intake.state.in_(WORKING)).order_by(Intake.id)):
        if (left := until - time.monotonic()) > 0:
            work(intake, at, left)


def tidy(at: int) -> None:
    """What nobody went on with for a week, and files that belong to nothing, are gone; rows keep no words after that time."""
    for intake in list(Intake.select().where(Intake.state.in_(("new", "ready", "failed")), Intake.made_at < at - KEPT)):
        drop(intake, at)
    with transaction():
        old = Intake.select(Intake.id).where(Intake.made_at < at - KEPT)
        mine = IntakeRow.data_sealed.is_null(False) & IntakeRow.intake.in_(old) & (IntakeRow.state != "new")
        IntakeRow.update(data_sealed=None).where(mine).execute()
    wanted = {
        row.file for row in Intake.select(Intake.file).where(Intake.state.in_(("new", "reading", "ready", "failed")))
    }
    for path in _folder().glob("*"):
        if path.name not in wanted and path.stat().st_mtime < at - DAY:
            path.unlink(missing_ok=True)


def preview(intake: Intake, count: int = 5) -> list[list[str]]:
    """The first lines under the names of the columns, as they stand in the file, as far as it reads; none where it is gone."""
    path = _path(intake)
    width = len(intake.columns["header"])
    found: list[list[str]] = []
    if not path.exists():
        return found
    with suppress(Refusal):  # it breaks off here: looking at every line will say so
        rows = islice(reader.lines(path, _sheet(intake), after=1), count)
        found.extend((row + [""] * width)[:width] for row in rows)
    return found


def unclear(intake: Intake, limit: int = 50, after: int = 0) -> list[IntakeRow]:
    """Lines that will not go in, or did not, each with its number and why."""
    mine = (IntakeRow.intake == intake.id) & IntakeRow.state.in_(("bad", "twice", "known")) & (IntakeRow.number > after)
    return list(IntakeRow.select().where(mine).order_by(IntakeRow.number).limit(limit))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _too_many() -> Refusal:
    return Refusal("一个文件最多一百万行，请分成几个", code="too_many_lines", field="file")


def _folder() -> Path:
    folder = storage.uploads("imports").parent.parent / "imports"  # beside the uploads: a backup leaves them out
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _path(intake: Intake) -> Path:
    return _folder() / str(intake.file)


def _keep(stream: IO[bytes]) -> tuple[Path, int]:
    """The bytes under a name of their own, and how many lines they may be."""
    path = _folder() / vault.token()[:32]
    lines = 0
    last = b"\n"
    with path.open("xb") as file:
        path.chmod(0o600)
        while piece := stream.read(1024 * 1024):
            lines += piece.count(b"\n")
            last = piece
            file.write(piece)
    return path, lines + (not last.endswith(b"\n"))


def _sheet(intake: Intake) -> reader.Sheet:
    return reader.Sheet(intake.encoding, intake.columns["separator"], intake.columns["header"])


def _in(intake: Intake, *states: str) -> Intake:
    now: Intake | None = locked(Intake, intake.id)
    if now is None or now.state not in states:
        raise Refusal("这一步已经过了，请刷新看看", code="not_now")
    return now


def _move(intake: Intake, state: str, **values: Any) -> Intake:
    Intake.update(state=state, **values).where(Intake.id == intake.id).execute()
    return Intake.get_by_id(intake.id)


def _read(intake: Intake, at: int, until: float) -> None:
    path = _path(intake)
    if not path.exists():
        return  # on another machine of the chain
    kind, store = _KINDS[intake.kind], intake.store
    chosen, bill_max, zone = intake.columns["chosen"], policy.of(store).bill_max, store.timezone
    number = intake.cursor
    try:
        rows = reader.lines(path, _sheet(intake), after=1 + intake.cursor)
        for some in chunked(rows, BATCH):
            if number + len(some) > MOST:
                raise _too_many()
            parsed = [
                (number + n, *_parsed(intake.kind, row, chosen, at, zone, bill_max)) for n, row in enumerate(some, 1)
            ]
            if not _wrote(intake, number, kind.looked_up(intake, parsed)):
                return  # somebody else is at it
            number += len(some)
            if time.monotonic() > until:
                return
    except Refusal as refusal:
        with transaction():
            IntakeRow.delete().where(IntakeRow.intake == intake.id).execute()
            _move(intake, "failed", error=refusal.args[0][:200], counts={}, cursor=0, read=0)
        return
    with transaction():
        if (now := locked(Intake, intake.id)) and now.state == "reading" and now.cursor == number:
            _move(now, "ready", total=number, ready_at=at)


def _parsed(
    kind: str, row: Sequence[str], chosen: dict[str, int], at: int, zone: str, bill_max: int
) -> tuple[dict[str, Any] | None, str]:
    """The values of a line, or None and why not."""
    if not any(row):
        return None, ""
    try:
        return columns.read(kind, row, chosen, at, zone, bill_max), ""
    except columns.Unclear as unclear:
        return None, str(unclear)


def _wrote(intake: Intake, before: int, looked: Iterable[tuple[int, str, str, str, dict[str, Any] | None]]) -> bool:
    """Write down what became of these lines, if nobody has meanwhile. A line that is empty is no line."""
    rows: list[dict[str, Any]] = [
        {
            "intake": intake.id,
            "number": number + 1,  # as the spreadsheet counts: its first line names the columns
            "state": state,
            "why": why,
            "key": key,
            "data_sealed": vault.seal(json.dumps(values)) if values and state == "new" else None,
        }
        for number, state, why, key, values in looked
    ]
    last = max((row["number"] - 1 for row in rows), default=before)
    with transaction():
        now: Intake = locked(Intake, intake.id)
        if now.state != "reading" or now.cursor != before:
            return False
        kept = [row for row in rows if row["state"] != "empty"]
        if kept:
            IntakeRow.insert_many(kept).execute()
        _move(now, "reading", cursor=last, read=last, counts=_counted(now.counts, (row["state"] for row in kept)))
        return True


def _counted(counts: dict[str, int], states: Iterable[str]) -> dict[str, int]:
    found = dict(counts)
    for state in states:
        found[state] = found.get(state, 0) + 1
    return found


def _put(intake: Intake, at: int, until: float) -> None:
    """The next lines go in, together with the cursor."""
    kind = _KINDS[intake.kind]
    _path(intake).unlink(missing_ok=True)  # what is left to do stands in the rows
    with transaction():
        now: Intake = locked(Intake, intake.id)
        if now.state != "running" or now.cursor != intake.cursor:
            return
        mine = (IntakeRow.intake == now.id) & (IntakeRow.state == "new") & (IntakeRow.number > now.cursor)
        rows = list(IntakeRow.select().where(mine).order_by(IntakeRow.number).limit(BATCH))
        if not rows:
            _move(now, "done", done_at=at, counts=_states(now))
            return
        values = [json.loads(vault.unseal(row.data_sealed or b"")) for row in rows]
        kind.put(now, list(zip(rows, values, strict=True)), at)
        _move(now, "running", cursor=rows[-1].number)


def _take_out(intake: Intake, at: int, until: float) -> None:
    kind = _KINDS[intake.kind]
    with transaction():
        now: Intake = locked(Intake, intake.id)
        if now.state != "undoing" or now.cursor != intake.cursor:
            return
        mine = (IntakeRow.intake == now.id) & (IntakeRow.state == "in") & (IntakeRow.number > now.cursor)
        rows = list(IntakeRow.select().where(mine).order_by(IntakeRow.number).limit(BATCH))
        if not rows:
            _move(now, "undone", undone_at=at, counts=_states(now))
            return
        kind.take_out(now, rows, at)
        _move(now, "undoing", cursor=rows[-1].number)


def _states(intake: Intake) -> dict[str, int]:
    count = IntakeRow.select(IntakeRow.state, fn.COUNT(IntakeRow.id)).where(IntakeRow.intake == intake.id)
    return dict(count.group_by(IntakeRow.state).tuples())
