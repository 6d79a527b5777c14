"""Bills of the past out of a file: so that the shop knows how people came before. They give no points; those come with the cards."""

from collections.abc import Iterator, Sequence
from typing import Any

from peewee import fn

from models import Ask, Coupon, Intake, IntakeRow, LedgerLine, Member, Purchase, Referral, Refund, Visit
from webapp import vault
from webapp.imports.people import IN, Looked
from webapp.members import phones
from webapp.words import N_


def looked_up(intake: Intake, lines: Sequence[tuple[int, dict[str, Any] | None, str]]) -> Iterator[Looked]:
    """What each line would become: new, known (that bill is there), twice, bad (nobody has such a card); empty lines are none."""
    whose = _members(values for _, values, _ in lines if values)
    keys = {number: _name(values, whose) for number, values, _ in lines if values}
    above = {
        row[0]
        for row in IntakeRow.select(IntakeRow.key)
        .where(IntakeRow.intake == intake.id, IntakeRow.key.in_([key for key in keys.values() if key]))
        .tuples()
    }
    there = _there(intake, [values for _, values, _ in lines if values])
    for number, values, why in lines:
        if values is None:
            yield number, "bad" if why else "empty", why, "", None
            continue
        member, key = _whose(values, whose), keys[number]
        if member is None:
            yield number, "bad", N_("没有这位会员"), "", None
        elif key in above:
            yield number, "twice", N_("文件里前面已经有了"), key, None
        else:
            above.add(key)
            known = (member, values["amount"], values["time"]) in there
            yield (
                number,
                "known" if known else "new",
                N_("这一笔已经有了") if known else "",
                key,
                values | {"member": member},
            )


def put(intake: Intake, lines: Sequence[tuple[IntakeRow, dict[str, Any]]], at: int) -> None:
    """Write them down. A card that has gone meanwhile gets none."""
    alive = Member.select(Member.id).where(Member.id.in_([v["member"] for _, v in lines]), Member.erased_at.is_null())
    members = {row[0] for row in alive.tuples()}
    bills = [
        {
            "store": intake.store_id,
            "code": vault.code(12),
            "key": f"import:{intake.code}:{row.number}",
            "receipt": values.get("receipt", ""),
            "source": "till",
            "amount": values["amount"],
            "member": values["member"],
            "at": values["time"],
        }
        for row, values in lines
        if values["member"] in members
    ]
    if bills:
        Purchase.insert_many(bills).on_conflict_ignore().execute()
    keys = [bill["key"] for bill in bills]
    made = dict(
        Purchase.select(Purchase.key, Purchase.id)
        .where(Purchase.store == intake.store_id, Purchase.key.in_(keys))
        .tuples()
    )
    for row, values in lines:
        bill = made.get(f"import:{intake.code}:{row.number}")
        if bill is None:
            why = {"state": "bad", "why": N_("没有这位会员"), "data_sealed": None}
            IntakeRow.update(why).where(IntakeRow.id == row.id).execute()
            continue
        IN.run(row=row.id, member=values["member"], purchase=bill)
    for member in sorted(members):
        last = max(values["time"] for _, values in lines if values["member"] == member)
        Member.update(seen_at=last).where(
            Member.id == member, Member.seen_at.is_null() | (Member.seen_at < last)
        ).execute()


def take_out(intake: Intake, rows: Sequence[IntakeRow], at: int) -> None:
    """Bills that nothing else has come of go away; the last visit of their members is what the rest of their bills and visits say."""
    ids = [row.purchase_id for row in rows]
    used = _used(ids)
    for row in rows:
        if row.purchase_id in used:
            IntakeRow.update(why=N_("这一笔后来用过了，留着")).where(IntakeRow.id == row.id).execute()
            continue
        IntakeRow.update(state="out", purchase=None, why="").where(IntakeRow.id == row.id).execute()
        Purchase.delete().where(Purchase.id == row.purchase_id).execute()
    for member in sorted({row.member_id for row in rows}):
        _seen_again(member)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _members(wanted: Any) -> dict[str, int]:
    """Who it is by the hash of a number or by a code; a card that became part of another is that one."""
    keys, codes = set(), set()
    for values in wanted:
        if "phone" in values:
            keys.add(phones.key(values["phone"]))
        elif "code" in values:
            codes.add(values["code"])
    found = Member.select(Member.id, Member.phone_key, Member.code, Member.merged_into).where(
        Member.phone_key.in_(list(keys)) | Member.code.in_(list(codes)), Member.erased_at.is_null()
    )
    by: dict[str, int] = {}
    for row in found:
        owner = row
        while owner.merged_into_id:
            owner = owner.merged_into
        if row.phone_key:
            by[row.phone_key] = owner.id
        by[row.code] = owner.id
    return by


def _whose(values: dict[str, Any], whose: dict[str, int]) -> int | None:
    return whose.get(phones.key(values["phone"]) if "phone" in values else values["code"])


def _name(values: dict[str, Any], whose: dict[str, int]) -> str:
    return vault.keyed(
        "bill", f"{_whose(values, whose)}:{values['amount']}:{values['time']}:{values.get('receipt', '')}"
    )


def _there(intake: Intake, lines: list[dict[str, Any]]) -> set[tuple[int, int, int]]:
    """Bills of this store that are written down already: whose, how much, when."""
    times = sorted({values["time"] for values in lines})
    found = Purchase.select(Purchase.member, Purchase.amount, Purchase.at).where(
        Purchase.store == intake.store_id, Purchase.at.in_(times), Purchase.member.is_null(False)
    )
    return set(found.tuples())


def _used(purchases: list[int]) -> set[int]:
    found = {
        row[0] for row in Purchase.select(Purchase.id).where(Purchase.id.in_(purchases), Purchase.refunded > 0).tuples()
    }
    for table in (LedgerLine, Coupon, Referral, Refund):
        found |= {row[0] for row in table.select(table.purchase).where(table.purchase.in_(purchases)).tuples()}
    codes = dict(Purchase.select(Purchase.code, Purchase.id).where(Purchase.id.in_(purchases)).tuples())
    asked = Ask.select(Ask.ref).where(Ask.kind == "purchase", Ask.ref.in_(list(codes)))
    return found | {codes[row[0]] for row in asked.tuples()}


def _seen_again(member: int) -> None:
    bill = Purchase.select(fn.MAX(Purchase.at)).where(Purchase.member == member).scalar()
    visit = Visit.select(fn.MAX(Visit.at)).where(Visit.member == member).scalar()
    Member.update(seen_at=max(bill or 0, visit or 0) or None).where(Member.id == member).execute()
