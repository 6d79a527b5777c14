"""What the shop remembers about a member (A6): chips and short notes, each with who wrote it, from where and when.

The member sees every one of them, changes it, and has it forgotten; nothing is kept that they may not see. Notes are about what the
person likes and needs, never about their family or friends (T12): a note that names them is asked back once. Words are sealed at rest.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import JOIN, fn

from models import Chip, Member, Memory, Staff, Store, locked, transaction
from webapp import vault
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.words import N_

NOTE_MOST = 60
MOST = 40  # things remembered about one person
SOURCES = {
    "member": N_("你自己写的"),
    "counter": N_("在柜台记下的"),
    "phone": N_("电话里说的"),
    "survey": N_("回访时说的"),
    "import": N_("从旧资料搬来的"),
    "booking": N_("预约时写的"),
}
# Whom a note may be about instead: relatives and the like, in the languages of the shop. Asked back, not forbidden: "来时带孩子" may be needed.
_OTHERS = re.compile(
    r"孙子|孙女|外孙|孫子|孫女|外孫|儿子|女儿|兒子|女兒|老公|老婆|丈夫|妻子|太太|先生的|爱人|愛人|男友|女友|男朋友|女朋友|前夫|前妻|婆婆|公公|岳|儿媳|兒媳|女婿"
    r"|爸|妈|媽|父亲|父親|母亲|母親|哥哥|弟弟|姐姐|妹妹|孩子|小孩|宝宝|寶寶|同事|老板|老闆|亲戚|親戚"
    r"|\b(?:son|daughter|husband|wife|mother|father|mum|mom|dad|child|children|kids?|grand\w+|boyfriend|girlfriend|boss|brother|sister)\b",
    re.IGNORECASE,
)


class Note(NamedTuple):
    """One thing that is remembered. `name` is the chip's, in words, or empty; `text` is what was written, or empty; `by` is a name of the shop."""

    row: Memory
    kind: str
    name: dict[str, str]
    text: str
    by: str
    store: dict[str, str]


def of(member: int) -> list[Note]:
    """Everything that is remembered, what needs care first, then the newest. One query."""
    rows = (
        Memory.select(Memory, Chip, Staff, Store)
        .join(Chip, JOIN.LEFT_OUTER)
        .switch(Memory)
        .join(Staff, JOIN.LEFT_OUTER, on=(Memory.staff == Staff.id))
        .switch(Memory)
        .join(Store, JOIN.LEFT_OUTER)
        .where(Memory.member == member, Memory.forgotten_at.is_null())
        .order_by(Memory.id.desc())
    )
    order = ("need", "like", "habit", "", "work")
    return sorted((_note(row) for row in rows), key=lambda note: order.index(note.kind))


def has(member: int) -> set[int]:
    """The chips that stand on a card."""
    rows = Memory.select(Memory.chip).where(
        Memory.member == member, Memory.chip.is_null(False), Memory.forgotten_at.is_null()
    )
    return {chip for (chip,) in rows.tuples()}


def choose(member: Member, offered: Iterable[int], chosen: Iterable[int], store: Store | None, at: int) -> int:
    """The member taps what suits: of what was offered the chosen ones stand, the others do not. Returns how many changed; the same again none."""
    offered, wanted = set(offered), set(chosen)
    with transaction():
        locked(Member, member.id)
        there, known = has(member.id), _living(member.brand_id, offered)
        more, less = sorted((wanted & known) - there), sorted((offered - wanted) & there)
        _room(member.id, len(more) - len(less))
        for chip in less:
            _forget(member.id, Memory.chip == chip, None, at)
        for chip in more:
            _write(member.id, at, f"mine:{vault.token()}", source="member", store=store, chip=chip)
        if more or less:
            Member.update(confirmed_at=at).where(Member.id == member.id).execute()
            events.record("memory_chosen", at, member=member.id, more=len(more), less=len(less))
        return len(more) + len(less)


def add(
    member: Member,
    at: int,
    *,
    key: str,
    chip: int | None = None,
    text: str = "",
    staff: Staff | None = None,
    store: Store | None = None,
    source: str = "member",
    sure: bool = False,
) -> Memory:
    """Remember one thing, a chip or a short note. The same key again is the same row, and so is a chip that stands there already.

    Refuses nothing at all, what is too long, more than a card holds, and a note about other people unless whoever writes it is `sure`.
    """
    text = _tidy(text)
    with transaction():
        if seen := Memory.get_or_none(Memory.key == _key(key)):
            return _same(seen, member)
        now = locked(Member, member.id)
        if now is None or now.erased_at or now.merged_into_id:
            raise Missing("没有找到这位会员", code="no_such_member")
        if staff and staff.member_id == member.id:
            raise Refusal("自己的卡请在自己手机上改", code="own_card")
        if chip is not None:
            if not _living(member.brand_id, {chip}):
                raise Missing("没有找到这一项", code="no_such_chip", field="chip")
            standing = Memory.get_or_none(
                Memory.member == member.id, Memory.chip == chip, Memory.forgotten_at.is_null()
            )
            if standing and not text:
                return standing
            chip = None if standing else chip
        elif not text:
            raise Refusal("写一句，或者点一项", code="empty", field="text")
        _check(text, sure)
        _room(member.id, 1)
        row = _write(member.id, at, key, source=source, store=store, chip=chip, text=text, staff=staff)
        events.record(
            "memory_added", at, store=store.id if store else None, staff=staff.id if staff else None, member=member.id
        )
        return row


def change(member: Member, id_: int, text: str, at: int, *, staff: Staff | None = None, sure: bool = False) -> Memory:
    """Say it in other words. An empty note without a chip is forgotten by `forget`, not here."""
    text = _tidy(text)
    with transaction():
        row = _mine(member, id_)
        if not text and row.chip_id is None:
            raise Refusal("请填写", code="empty", field="text")
        _check(text, sure)
        if text == _words(row):
            return row
        sealed = vault.seal(text) if text else None
        Memory.update(text_sealed=sealed, changed_at=at, confirmed_at=at).where(Memory.id == row.id).execute()
        events.record("memory_changed", at, staff=staff.id if staff else None, member=member.id)
        return Memory.get_by_id(row.id)


def forget(member: Member, id_: int, at: int, *, staff: Staff | None = None, store: Store | None = None) -> None:
    """Gone for everybody, its words too. Twice is once; what is another's is not there."""
    with transaction():
        row = Memory.get_or_none(Memory.id == id_, Memory.member == member.id)
        if row is None:
            raise Missing("没有找到这一条", code="no_such_note")
        if _forget(member.id, Memory.id == id_, staff, at):
            events.record(
                "memory_forgotten",
                at,
                store=store.id if store else None,
                staff=staff.id if staff else None,
                member=member.id,
            )


def confirm(member: int, at: int) -> int:
    """Still right: everything that stands was looked at on this day."""
    mine = (Memory.member == member) & Memory.forgotten_at.is_null()
    changed: int = Memory.update(confirmed_at=at).where(mine).execute()
    return changed


def erase(member: int, at: int) -> None:
    """The card is forgotten: every word, also of what was forgotten before. In the transaction that forgets the person."""
    Memory.delete().where(Memory.member == member).execute()


def move(guest: int, owner: int) -> None:
    """Two cards become one; a chip that both have stands once. In the transaction that has both members' rows."""
    both = Memory.select(Memory.chip).where(
        Memory.member == owner, Memory.forgotten_at.is_null(), Memory.chip.is_null(False)
    )
    twice = (Memory.member == guest) & Memory.forgotten_at.is_null() & Memory.chip.in_(both)
    Memory.update(member=owner).where(
        Memory.member == guest, Memory.id.not_in(Memory.select(Memory.id).where(twice))
    ).execute()


def export(mine: list[int]) -> list[dict[str, Any]]:
    """For the member's own file: each with its words and who wrote it."""
    named, chip = Staff.name.alias("staff_name"), Chip.name.alias("chip_name")
    query = (
        Memory.select(Memory, named, chip)
        .join(Chip, JOIN.LEFT_OUTER)
        .switch(Memory)
        .join(Staff, JOIN.LEFT_OUTER, on=(Memory.staff == Staff.id))
        .where(Memory.member.in_(mine))
        .order_by(Memory.id)
    )
    return [
        {name: value for name, value in row.items() if name not in ("key", "text_sealed")}
        | {"text": vault.unseal(row["text_sealed"]) if row["text_sealed"] else ""}
        for row in query.dicts()
    ]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _note(row: Memory) -> Note:
    return Note(
        row,
        row.chip.kind if row.chip else "",
        row.chip.name if row.chip else {},
        _words(row),
        row.staff.name if row.staff else "",
        row.store.name if row.store else {},
    )


def _words(row: Memory) -> str:
    return vault.unseal(row.text_sealed) if row.text_sealed else ""


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _check(text: str, sure: bool) -> None:
    if len(text) > NOTE_MOST:
        raise Refusal("最多 %(n)s 个字", code="too_long", field="text", n=NOTE_MOST)
    if not sure and _OTHERS.search(text):
        raise Refusal("这句像是在说别人。只记本人的喜好；真需要的话，勾一下再存", code="about_others", field="text")


def _key(key: str) -> str:
    return f"memory:{key}"[:140]


def _same(seen: Memory, member: Member) -> Memory:
    if seen.member_id != member.id:
        raise Refusal("请刷新页面再试", code="ticket_used")
    return seen


def _mine(member: Member, id_: int) -> Memory:
    row: Memory | None = Memory.get_or_none(Memory.id == id_, Memory.member == member.id, Memory.forgotten_at.is_null())
    if row is None:
        raise Missing("没有找到这一条", code="no_such_note")
    return row


def _living(brand: int, wanted: set[int]) -> set[int]:
    rows = Chip.select(Chip.id).where(Chip.id.in_(wanted), Chip.brand == brand, Chip.retired_at.is_null())
    return {chip for (chip,) in rows.tuples()}


def _room(member: int, more: int) -> None:
    there = Memory.select(fn.COUNT(Memory.id)).where(Memory.member == member, Memory.forgotten_at.is_null()).scalar()
    if there + more > MOST:
        raise Refusal("记得太多了，先忘掉几条", code="too_many", field="text")


def _write(
    member: int,
    at: int,
    key: str,
    *,
    source: str,
    store: Store | None,
    chip: int | None = None,
    text: str = "",
    staff: Staff | None = None,
) -> Memory:
    row: Memory = Memory.create(
        key=_key(key),
        member=member,
        chip=chip,
        text_sealed=vault.seal(text) if text else None,
        source=source,
        staff=staff.id if staff else None,
        store=store.id if store else None,
        made_at=at,
        confirmed_at=at,
    )
    return row


def _forget(member: int, which: Any, staff: Staff | None, at: int) -> int:
    gone = {"forgotten_at": at, "forgotten_by": staff.id if staff else None, "text_sealed": None}
    changed: int = Memory.update(**gone).where(which, Memory.member == member, Memory.forgotten_at.is_null()).execute()
    return changed
