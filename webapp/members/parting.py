"""What a merge moved, written down row by row, and how two cards part again while both remember whose it was.

`Snapshot` is taken before, `write_down` after, in the merge's own transaction; `part` puts back what is still there. What was made while
the cards were one stays with the card that goes on, unless it belongs to something that goes back (an answer in a case, a rating of a
visit): then it goes with that. Something that by now ties both together stays. Nothing here knows what the tables mean.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple

from peewee import ForeignKeyField, fn

from models import (
    Adviser,
    Booking,
    Budget,
    CaseEntry,
    Consent,
    Device,
    Digits,
    EntryPhoto,
    Event,
    Feed,
    Garment,
    GarmentPhoto,
    Grade,
    Handshake,
    Kin,
    LedgerLine,
    Letter,
    Level,
    Lot,
    Member,
    Merge,
    Message,
    Moved,
    Passkey,
    Purchase,
    Referral,
    Staff,
    Standing,
    Work,
)

# Never moved: the ledger keeps its own book, the log and the yeses are only added to, digits and handshakes are for minutes.
STAYS = {LedgerLine, Lot, Event, Consent, Merge, Digits, Handshake}
# One row for each card: what the second had is kept whole, and so is what the first had, where the merge may change it.
ONE_EACH = (Level, Grade, Budget, Adviser, Feed)
# Not tied to other things of the same person.
LOOSE = {Device, Passkey, Message, Letter, Staff, Kin, Referral, Work, Member}
# What a merge ends because both had it, and a parting begins again.
ENDED = {Standing: "ended_at", Kin: "ended_at"}
# (a table between two others, the one, the other): a piece on an order that hangs in a wardrobe.
BETWEEN: tuple[tuple[Any, Any, Any], ...] = (
    (Garment, Garment.order, Garment.wear),
    (GarmentPhoto, Garment.order, GarmentPhoto.photo),
    (EntryPhoto, CaseEntry.case, EntryPhoto.photo),
)
_PERSON = ("name", "name_key", "birthday", "birthday_at", "phone_sealed", "phone_key", "tail_key", "pin_hash", "tier", "seen_at", "confirmed_at", "locale", "large", "theme")  # fmt: skip
Node = tuple[str, int]


def fields() -> Iterator[tuple[Any, ForeignKeyField]]:
    """Every column that says whose something is, table by table in the order in which rows are locked: bills first."""
    found = [
        (field.model, field)
        for field in Member._meta.backrefs
        if field.model not in STAYS and field.model not in ONE_EACH
    ]
    order = [Purchase._meta.table_name, Booking._meta.table_name]
    yield from sorted(
        found,
        key=lambda one: (
            order.index(one[0]._meta.table_name) if one[0]._meta.table_name in order else len(order),
            one[0]._meta.table_name,
            one[1].name,
        ),
    )


class Snapshot(NamedTuple):
    """Whose rows were whose, right before."""

    rows: dict[str, list[int]]  # by "table.column": what the second card had
    ones: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]  # by table: the first's row, the second's
    ended: dict[str, list[int]]  # by table: what ran
    people: tuple[dict[str, Any], dict[str, Any]]
    marks: dict[str, int]  # by table: the newest row of all


def before(first: Member, second: Member) -> Snapshot:
    """Read inside the transaction that is about to merge."""
    rows, marks, ended = {}, {LedgerLine._meta.table_name: _newest(LedgerLine)}, {}
    for model, field in fields():
        rows[_name(field)] = [row[0] for row in model.select(_pk(model)).where(field == second.id).tuples()]
        marks[model._meta.table_name] = _newest(model)
    for model, column in ENDED.items():
        runs = getattr(model, column).is_null()
        whose = [field for owner, field in fields() if owner is model and field.name != "ended_by"]
        ended[model._meta.table_name] = [
            row[0] for field in whose for row in model.select(model.id).where(field == second.id, runs).tuples()
        ]
    ones = {model._meta.table_name: (_one(model, first.id), _one(model, second.id)) for model in ONE_EACH}
    return Snapshot(rows, ones, ended, (_person(first), _person(second)), marks)


def write_down(merge: Merge, seen: Snapshot) -> None:
    """After the merge: what went to the first card, row by row."""
    first, second = merge.first_id, merge.second_id
    noted: list[dict[str, Any]] = []

    def note(what: str, which: int, **kept: Any) -> None:
        noted.append({"merge": merge.id, "what": what, "row": which, "before": kept})

    for model, field in fields():
        for some in _batches(seen.rows[_name(field)]):
            rows = model.select(_pk(model)).where(_pk(model).in_(some), field == first)
            for (row,) in rows.tuples():
                note(_name(field), row)
    for model, column in ENDED.items():
        for some in _batches(seen.ended[model._meta.table_name]):
            stopped = model.select(model.id).where(model.id.in_(some), getattr(model, column).is_null(False))
            for (row,) in stopped.tuples():
                note(f"ended {model._meta.table_name}", row)
    for model in ONE_EACH:
        table = model._meta.table_name
        for whose, card, now in ((first, 0, _one(model, first)), (second, 1, _one(model, second))):
            if seen.ones[table][card] != now:
                note(f"one {table}", whose, row=_kept(seen.ones[table][card]))
    after = _person(Member.get_by_id(first))
    note("person", first, was=_kept(seen.people[0]), became=_kept(after))
    note("person", second, was=_kept(seen.people[1]))
    for table, newest in seen.marks.items():
        note(f"mark {table}", newest)
    for start in range(0, len(noted), 200):
        Moved.insert_many(noted[start : start + 200]).execute()


def part(merge: Merge) -> dict[str, list[int]]:
    """Put back what is still there, but for points. Returns the rows that went back, by table."""
    first, second = merge.first_id, merge.second_id
    moved, marks = _moved(merge)
    back = _going(first, moved, marks)
    codes: list[str] = []
    went: dict[str, list[int]] = {}
    for model, field in fields():
        table = model._meta.table_name
        ids = sorted(back.get(table, set())) if model not in LOOSE else sorted(moved.get(_name(field), set()))
        for some in _batches(ids):
            model.update({field: second}).where(_pk(model).in_(some), field == first).execute()
            went.setdefault(table, []).extend(some)
            if "code" in model._meta.fields and model not in LOOSE:
                codes += [code for (code,) in model.select(model.code).where(_pk(model).in_(some)).tuples()]
    for some in _batches(codes):
        Work.update(member=second).where(Work.ref.in_(some), Work.member == first).execute()
    _begin_again(merge, second)
    _ones_back(merge, first, second)
    _people_back(merge, first, second)
    return went


def mark(merge: Merge, model: Any) -> int:
    """The newest row of a table when the two became one: what is newer came afterwards."""
    row = Moved.get_or_none(Moved.merge == merge.id, Moved.what == f"mark {model._meta.table_name}")
    return int(row.row) if row else 0


# --- how it is done ----------------------------------------------------------------------------------------------------


def _name(field: Any) -> str:
    return f"{field.model._meta.table_name}.{field.name}"


def _pk(model: Any) -> Any:
    return model._meta.primary_key


def _newest(model: Any) -> int:
    return int(model.select(fn.MAX(_pk(model))).scalar() or 0)


def _batches(ids: list[Any], size: int = 500) -> Iterator[list[Any]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _one(model: Any, member: int) -> dict[str, Any] | None:
    found: dict[str, Any] | None = model.select().where(model.member == member).dicts().first()
    return found


def _person(member: Member) -> dict[str, Any]:
    return {name: getattr(member, name) for name in _PERSON}


def _kept(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """As a document keeps it: bytes are marked."""
    if row is None:
        return None
    return {
        name: {"bytes": b64encode(bytes(value)).decode()} if isinstance(value, bytes | memoryview) else value
        for name, value in row.items()
    }


def _read(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        name: b64decode(value["bytes"]) if isinstance(value, dict) and value.keys() == {"bytes"} else value
        for name, value in row.items()
    }


def _moved(merge: Merge) -> tuple[dict[str, set[int]], dict[str, int]]:
    moved: dict[str, set[int]] = {}
    marks: dict[str, int] = {}
    for what, row in Moved.select(Moved.what, Moved.row).where(Moved.merge == merge.id).tuples():
        if what.startswith("mark "):
            marks[what.removeprefix("mark ")] = row
        elif "." in what:
            moved.setdefault(what, set()).add(row)
    return moved, marks


def _going(first: int, moved: dict[str, set[int]], marks: dict[str, int]) -> dict[str, set[int]]:
    """Which rows go back: what was moved and what hangs on it, unless something hangs on it that was the first card's before."""
    tied = [(model, field) for model, field in fields() if model not in LOOSE]
    tables = {model._meta.table_name: (model, field) for model, field in tied}
    mine: dict[str, set[int]] = {}
    for table, (model, field) in tables.items():
        mine[table] = {row for (row,) in model.select(_pk(model)).where(field == first).tuples()}
    tree: dict[Node, Node] = {(table, row): (table, row) for table, rows in mine.items() for row in rows}
    for one, other in _ties(tables, first):
        if one in tree and other in tree:
            tree[_root(tree, one)] = _root(tree, other)
    stays: set[Node] = set()
    goes: set[Node] = set()
    for node in tree:
        table, row = node
        if row in moved.get(_name(tables[table][1]), set()):
            goes.add(_root(tree, node))
        elif row <= marks.get(table, 0):
            stays.add(_root(tree, node))
    back: dict[str, set[int]] = {}
    for node in tree:
        root = _root(tree, node)
        if root in goes and root not in stays:
            back.setdefault(node[0], set()).add(node[1])
    return back


def _ties(tables: dict[str, tuple[Any, Any]], first: int) -> Iterator[tuple[Node, Node]]:
    """Pairs of rows of which one points at the other, or that something stands between."""
    for table, (model, whose) in tables.items():
        for field in model._meta.sorted_fields:
            if isinstance(field, ForeignKeyField) and field.rel_model._meta.table_name in tables:
                rows = model.select(_pk(model), field).where(whose == first, field.is_null(False))
                for row, other in rows.tuples():
                    yield (table, row), (field.rel_model._meta.table_name, other)
    for between, left, right in BETWEEN:
        query = between.select(left, right)
        if left.model is not between:
            query = query.join(left.model)
        owner: Any = left.rel_model
        query = query.join(owner, on=(left == owner.id)).where(
            owner.member == first, left.is_null(False), right.is_null(False)
        )
        for one, other in query.tuples():
            yield (owner._meta.table_name, one), (right.rel_model._meta.table_name, other)


def _root(tree: dict[Node, Node], node: Node) -> Node:
    while tree[node] != node:
        tree[node] = tree[tree[node]]
        node = tree[node]
    return node


def _begin_again(merge: Merge, second: int) -> None:
    for model, column in ENDED.items():
        rows = Moved.select(Moved.row).where(Moved.merge == merge.id, Moved.what == f"ended {model._meta.table_name}")
        for (row,) in list(rows.tuples()):
            changed: dict[str, Any] = {column: None} | ({"ended_by": None} if model is Kin else {})
            model.update(changed).where(model.id == row).execute()


def _ones_back(merge: Merge, first: int, second: int) -> None:
    """Rows of which each card has one: the second's as it was, and the first's, if the second's had taken its place."""
    for model in ONE_EACH:
        noted = Moved.select().where(Moved.merge == merge.id, Moved.what == f"one {model._meta.table_name}")
        rows = {row.row: _read(row.before["row"]) for row in noted}
        if not rows:
            continue
        own = rows.get(first)
        if first in rows:
            model.delete().where(model.member == first).execute()
        model.delete().where(model.member == second).execute()
        for kept in (own, rows.get(second)):
            if kept is not None:
                model.insert(**kept).execute()


def _people_back(merge: Merge, first: int, second: int) -> None:
    noted = {row.row: row.before for row in Moved.select().where(Moved.merge == merge.id, Moved.what == "person")}
    was = _read(noted[second]["was"]) or {}
    if was["phone_key"] and Member.select().where(Member.phone_key == was["phone_key"]).exists():
        was |= {"phone_sealed": None, "phone_key": None, "tail_key": None}  # somebody has joined with that number since
    Member.update(**was, merged_into=None).where(Member.id == second).execute()
    mine, became = _read(noted[first]["was"]) or {}, _read(noted[first]["became"]) or {}
    now = _person(Member.get_by_id(first))
    back = {name: mine[name] for name in _PERSON if now[name] == became[name] != mine[name]}
    if back:
        Member.update(**back).where(Member.id == first).execute()
