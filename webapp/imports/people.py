"""Members out of a file: new numbers become cards without any consent, with the points that they bring; known numbers stay as they are."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from peewee import ForeignKeyField

from models import MODELS, Intake, IntakeRow, LedgerLine, Lot, LotUse, Member, Param, Prepared, locked
from webapp import policy, vault
from webapp.clock import month_end_after
from webapp.members import names, phones
from webapp.points import ledger
from webapp.words import N_

Looked = tuple[int, str, str, str, dict[str, Any] | None]
_OWN = (LedgerLine, Lot, LotUse, IntakeRow)  # what the import itself wrote
IN = Prepared(
    lambda: IntakeRow.update(
        {
            IntakeRow.state: "in",
            IntakeRow.member: Param("member"),
            IntakeRow.purchase: Param("purchase").cast("bigint"),
            IntakeRow.data_sealed: None,
        }
    ).where(IntakeRow.id == Param("row"))
)
_WORKED_OUT = ("grade", "grade_move", "level", "level_move")  # the night counts everybody


def looked_up(intake: Intake, lines: Sequence[tuple[int, dict[str, Any] | None, str]]) -> Iterator[Looked]:
    """What each line would become: new, known (has a card already), twice (stands above already), bad; empty lines are none."""
    keys = {number: phones.key(values["phone"]) for number, values, _ in lines if values}
    seen = _with_cards(keys.values())
    above = {row[0] for row in _rows_with(intake, keys.values()).tuples()}
    for number, values, why in lines:
        if values is None:
            yield number, "bad" if why else "empty", why, "", None
        elif keys[number] in above:
            yield number, "twice", N_("文件里前面已经有了"), keys[number], None
        elif keys[number] in seen:
            above.add(keys[number])
            yield number, "known", N_("已经是会员"), keys[number], None
        else:
            above.add(keys[number])
            yield number, "new", "", keys[number], values


def put(intake: Intake, lines: Sequence[tuple[IntakeRow, dict[str, Any]]], at: int) -> None:
    """Make their cards. A number that has got one meanwhile is known."""
    store = intake.store
    cards = [
        {
            "brand": store.brand_id,
            "code": vault.code(10),
            "store": store.id,
            "source": "import",
            "joined_at": values.get("joined", at),
            "birthday": values.get("birthday"),
            **names.columns(values.get("name", "")),
            **phones.columns(values["phone"]),
        }
        for _, values in lines
    ]
    Member.insert_many(cards).on_conflict_ignore().execute()
    made = dict(Member.select(Member.code, Member.id).where(Member.code.in_([card["code"] for card in cards])).tuples())
    for (row, values), card in zip(lines, cards, strict=True):
        member = made.get(card["code"])
        if member is None:
            IntakeRow.update(state="known", why=N_("已经是会员"), data_sealed=None).where(
                IntakeRow.id == row.id
            ).execute()
            continue
        if values.get("points"):
            _bring_points(intake, row, member, values["points"], at)
        IN.run(row=row.id, member=member, purchase=None)


def take_out(intake: Intake, rows: Sequence[IntakeRow], at: int) -> None:
    """Cards that nobody has used go away again; points that they brought are taken back first, for the ledger forgets nothing."""
    ids = [row.member_id for row in rows]
    used = _used(ids)
    for row in rows:
        if row.member_id in used:
            IntakeRow.update(why=N_("已经用过这张卡，留着")).where(IntakeRow.id == row.id).execute()
            continue
        IntakeRow.update(state="out", member=None, why="").where(IntakeRow.id == row.id).execute()
        _forget(intake, row, at)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _with_cards(keys: Any) -> set[str]:
    return {row[0] for row in Member.select(Member.phone_key).where(Member.phone_key.in_(list(keys))).tuples()}


def _rows_with(intake: Intake, keys: Any) -> Any:
    return IntakeRow.select(IntakeRow.key).where(IntakeRow.intake == intake.id, IntakeRow.key.in_(list(keys)))


def _key(intake: Intake, row: IntakeRow) -> str:
    return f"import:{intake.code}:{row.number}"


def _origin(intake: Intake, points: int) -> ledger.Origin:
    return ledger.Origin("imported", intake.store_id, intake.staff_id, inputs={"points": points})


def _bring_points(intake: Intake, row: IntakeRow, member: int, points: int, at: int) -> None:
    store = intake.store
    ends = month_end_after(at, policy.of(store).lot_months, store.timezone)
    ledger.adjust(member, points, key=_key(intake, row), at=at, expires_at=ends, origin=_origin(intake, points))


def _forget(intake: Intake, row: IntakeRow, at: int) -> None:
    member: Member = locked(Member, row.member_id)
    lines = LedgerLine.select(LedgerLine.id).where(LedgerLine.member == member.id)
    for table, column in _places():
        if table._meta.table_name in _WORKED_OUT:
            table.delete().where(column == member.id).execute()
    if not lines.exists():
        member.delete_instance()
        return
    if member.points:
        by = _origin(intake, member.points)
        ledger.adjust(member.id, -member.points, key=f"{_key(intake, row)}:out", at=at, expires_at=at, origin=by)
    gone = {"phone_sealed": None, "phone_key": None, "tail_key": None, "birthday": None, "erased_at": at}
    Member.update(names.columns("") | gone).where(Member.id == member.id).execute()


def _used(members: list[int]) -> set[int]:
    """Of these, who has done anything since, or had anything done: any row anywhere that points at them but the import's own."""
    found: set[int] = set()
    for table, column in _places():
        if table not in _OWN and table._meta.table_name not in _WORKED_OUT:
            found |= {row[0] for row in table.select(column).where(column.in_(members)).distinct().tuples()}
    lines = LedgerLine.select(LedgerLine.member).where(
        LedgerLine.member.in_(members), LedgerLine.reason.not_in(("imported", "expired"))
    )
    changed = Member.select(Member.id).where(
        Member.id.in_(members),
        Member.pin_hash.is_null(False) | Member.seen_at.is_null(False) | Member.erased_at.is_null(False),
    )
    return found | {row[0] for row in lines.tuples()} | {row[0] for row in changed.tuples()}


@cache
def _places() -> list[tuple[Any, Any]]:
    """Every column of every table that points at a member."""
    tables: list[Any] = list(MODELS)
    return [
        (table, field)
        for table in tables
        for field in table._meta.sorted_fields
        if isinstance(field, ForeignKeyField) and field.rel_model is Member
    ]
