"""Two cards that seem to be one person's (A10, A11): found, proposed, agreed to by both, joined, and for seven days taken apart again.

Nobody's card disappears into another because a clerk says so: each card says yes, on its own phone, or at the counter with its own PIN; or
a manager says it for one that has neither, who is not the one that asked. Called by the counter's list and by both phones.
"""

from typing import NamedTuple

from peewee import fn

from models import LedgerLine, LevelMove, Lot, LotUse, Member, Merge, Moved, Staff, Store, transaction
from webapp import guesses, policy, vault
from webapp.clock import DAY, month_end_after
from webapp.members import merging, parting, troubles
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.points.ledger import Origin
from webapp.refusals import Missing, Refusal
from webapp.words import N_

ASKED_FOR = 30 * DAY
UNDO_DAYS = 7
MOST = 50
REASONS = {
    "birthday": N_("同名，同一天生日"),
    "tail": N_("同名，手机后四位也一样"),
    "no_number": N_("同名，一张没留手机号"),
}


class Pair(NamedTuple):
    """Two cards, the one that would stay first, and why they seem to be one person's."""

    first: Member
    second: Member
    reasons: list[str]


def find(limit: int = MOST) -> list[Pair]:
    """Pairs that nobody has decided on yet. Three questions over the index of names; then the cards themselves."""
    asked = {frozenset(pair) for pair in Merge.select(Merge.first, Merge.second).tuples()}
    reasons: dict[tuple[int, int], list[str]] = {}
    for why, one, other in _alike(limit + len(asked)):
        if frozenset((one, other)) not in asked:
            said = reasons.setdefault((min(one, other), max(one, other)), [])
            if why not in said:
                said.append(why)
    wanted = sorted(reasons, key=lambda pair: (-len(reasons[pair]), pair))[:limit]
    rows = {row.id: row for row in Member.select().where(Member.id.in_({id_ for pair in wanted for id_ in pair}))}
    return [Pair(*_order(rows[one], rows[other]), reasons[one, other]) for one, other in wanted]


def propose(one: Member, other: Member, store: Store, staff: Staff, at: int) -> Merge:
    """Ask both cards. The same two again are the same question. Refuses a card with itself, and cards that are gone."""
    with transaction():
        first, second = _order(*merging.held(one.id, other.id))
        _check_living(first, second)
        both = ((Merge.first == first.id) & (Merge.second == second.id)) | (
            (Merge.first == second.id) & (Merge.second == first.id)
        )
        seen: Merge | None = Merge.get_or_none(both, Merge.state == "asked")
        if seen:
            return seen
        if staff.member_id in (first.id, second.id):
            raise Refusal("这是你自己的卡，请同事来操作", code="own_card")
        made: Merge = Merge.create(
            code=vault.code(10),
            first=first.id,
            second=second.id,
            reasons=_reasons(first, second),
            state="asked",
            store=store.id,
            made_by=staff.id,
            made_at=at,
        )
        for card, twin in ((first, second), (second, first)):
            url = f"/me/doubles/{made.code}"
            inbox.tell(
                card.id, "merge_asked", at, key=f"double:{made.code}:{card.id}", url=url, joined_on=twin.joined_at
            )
        events.record("merge_asked", at, store=store.id, staff=staff.id, member=first.id, ref=made.code)
        return made


def agree(merge: Merge, member: Member, at: int) -> Merge:
    """One of the two says yes on the phone; with the second yes they are one. Twice is once."""
    return _agree(merge, member.id, at)


def agree_by_pin(merge: Merge, member: Member, pin: str, staff: Staff, *, source: str, at: int) -> Merge:
    """The yes of a card at the counter: its own PIN, typed by its owner. Guesses count together with those at the sign-in."""
    _not_own(merge, staff)
    account = f"pin:{member.phone_key or member.code}"
    guesses.check(account, source, at)
    if not vault.secret_matches(member.pin_hash, pin):
        guesses.wrong(account, source, at)
        raise Refusal("密码不对", code="wrong_pin", field="pin")
    guesses.right(account, source)
    return _agree(merge, member.id, at, staff)


def vouch(merge: Merge, member: Member, staff: Staff, at: int) -> Merge:
    """A manager says yes for a card whose owner stands there without phone or PIN: for one of the two only, and never who asked."""
    _not_own(merge, staff)
    if not staff.at_least("manager") or staff.id == merge.made_by_id:
        raise Refusal("要另一位店长来确认", code="second_manager")
    with transaction():
        now: Merge = Merge.get_by_id(merge.id)
        if now.first_yes_at is None and now.second_yes_at is None:
            raise Refusal("先请另一张卡的主人点头", code="one_of_two")
        return _agree(now, member.id, at, staff)


def refuse(merge: Merge, at: int, *, member: Member | None = None, staff: Staff | None = None) -> Merge:
    """These are two people, or somebody does not want it: never asked again. Twice is once; too late once they are one."""
    _theirs(merge, member.id if member else merge.first_id)
    with transaction():
        changed = Merge.update(state="refused", ended_at=at).where(Merge.id == merge.id, Merge.state == "asked")
        if changed.execute():
            events.record(
                "merge_refused", at, store=merge.store_id, staff=staff.id if staff else None,
                member=member.id if member else merge.first_id, ref=merge.code,
            )  # fmt: skip
        now: Merge = Merge.get_by_id(merge.id)
    if now.state != "refused":
        raise Refusal("已经处理过了", code="merge_over")
    return now


def undo(merge: Merge, at: int, *, member: Member | None = None, staff: Staff | None = None) -> Merge:
    """Take the two apart within seven days: everything that moved goes back, points as far as they are left. Twice is once.

    Refuses when the time is over, when the card has been forgotten, and while it has become part of yet another one.
    """
    with transaction():
        first, second = merging.held(merge.first_id, merge.second_id)
        if member is not None and member.id != first.id:
            raise Missing("没有找到", code="no_such_merge")
        now: Merge = Merge.get_by_id(merge.id)
        if now.state == "undone":
            return now
        if now.state != "merged" or first.erased_at or second.erased_at or second.merged_into_id != first.id:
            raise Refusal("这两张卡不能再分开", code="cannot_part")
        if first.merged_into_id or _later(now):
            raise Refusal("后来又合并过，请先撤销后一次", code="part_later_first")
        if not at < (now.undo_until or 0):
            raise Refusal("过了七天，不能再分开", code="too_late")
        if Merge.update(state="undone", ended_at=at).where(Merge.id == now.id, Merge.state == "merged").execute() != 1:
            raise Refusal("已经处理过了", code="merge_over")
        went = parting.part(now)
        _level_back(first, at)
        for card in (first.id, second.id):
            troubles.count_care(card)
        _points_back(now, went.get("purchase", []), staff, at)
        Moved.delete().where(Moved.merge == now.id).execute()
        for card in (first.id, second.id):
            inbox.tell(card, "merge_undone", at, key=f"double:{now.code}:undone:{card}", url="/points")
            events.record(
                "merge_undone", at, store=now.store_id, staff=staff.id if staff else None, member=card, ref=now.code
            )
        return Merge.get_by_id(now.id)


def lapse(at: int) -> int:
    """Questions that nobody answered in a month are over, and what was kept for an undo is forgotten when its time is over."""
    with transaction():
        over = (Merge.state == "asked") & (Merge.made_at <= at - ASKED_FOR)
        ended: int = Merge.update(state="lapsed", ended_at=at).where(over).execute()
        done = Merge.select(Merge.id).where(Merge.state == "merged", Merge.undo_until <= at)
        Moved.delete().where(Moved.merge.in_(done)).execute()
        return ended


def forget(member: int, at: int) -> None:
    """The card is forgotten: nothing is asked about it, and nothing is kept to part it again. In the transaction that forgets the person."""
    theirs = (Merge.first == member) | (Merge.second == member)
    Merge.update(state="lapsed", ended_at=at).where(theirs, Merge.state == "asked").execute()
    Moved.delete().where(Moved.merge.in_(Merge.select(Merge.id).where(theirs))).execute()


def waiting(member: int) -> Merge | None:
    """A question to this card that it has not answered."""
    mine = ((Merge.first == member) & Merge.first_yes_at.is_null()) | (
        (Merge.second == member) & Merge.second_yes_at.is_null()
    )
    found: Merge | None = Merge.select().where(mine, Merge.state == "asked").order_by(Merge.id.desc()).first()
    return found


def undoable(member: int, at: int) -> Merge | None:
    """What this card may still take apart."""
    found: Merge | None = (
        Merge.select()
        .where(Merge.first == member, Merge.state == "merged", Merge.undo_until > at)
        .order_by(Merge.merged_at.desc(), Merge.id.desc())
        .first()
    )
    return found


def open_ones(at: int) -> list[Merge]:
    """For the counter: what waits for a yes, and what may still be taken apart."""
    alive = (Merge.state == "asked") | ((Merge.state == "merged") & (Merge.undo_until > at))
    return list(Merge.select().where(alive).order_by(Merge.id.desc()).limit(MOST))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _alike(limit: int) -> list[tuple[str, int, int]]:
    living = Member.erased_at.is_null() & Member.merged_into.is_null() & Member.name_key.is_null(False)
    low, high, number = fn.MIN(Member.id), fn.MAX(Member.id), fn.COUNT(Member.id)
    found = []
    for why, column, *where in (
        ("birthday", Member.birthday, Member.birthday.is_null(False)),
        ("tail", Member.tail_key, Member.tail_key.is_null(False)),
    ):
        query = Member.select(low, high).where(living, *where).group_by(Member.name_key, column).having(number > 1)
        found += [(why, one, other) for one, other in query.limit(limit).tuples()]
    numbered = Member.alias()
    passes = (
        Member.select(Member.id, fn.MIN(numbered.id))
        .join(numbered, on=(numbered.name_key == Member.name_key))
        .where(
            living,
            Member.phone_key.is_null(),
            numbered.phone_key.is_null(False),
            numbered.erased_at.is_null(),
            numbered.store == Member.store,
            fn.LENGTH(Member.name) > 1,
        )
        .group_by(Member.id)
        .having(fn.COUNT(numbered.id) == 1)
    )
    return found + [("no_number", one, other) for one, other in passes.limit(limit).tuples()]


def _order(one: Member, other: Member) -> tuple[Member, Member]:
    """Who stays: the card with a number, then the older."""
    first, second = sorted((one, other), key=lambda card: (card.phone_key is None, card.joined_at, card.id))
    return first, second


def _reasons(first: Member, second: Member) -> list[str]:
    same = first.name_key is not None and first.name_key == second.name_key
    found = []
    if same and first.birthday and first.birthday == second.birthday:
        found.append("birthday")
    if same and first.tail_key and first.tail_key == second.tail_key:
        found.append("tail")
    if same and second.phone_key is None:
        found.append("no_number")
    return found


def _check_living(*cards: Member) -> None:
    gone = any(card.erased_at or card.merged_into_id for card in cards)
    if gone or cards[0].id == cards[1].id:
        raise Refusal("这两张卡不能合并", code="cannot_merge")


def _not_own(merge: Merge, staff: Staff) -> None:
    if staff.member_id in (merge.first_id, merge.second_id):
        raise Refusal("这是你自己的卡，请同事来操作", code="own_card")


def _theirs(merge: Merge, member: int) -> None:
    if member not in (merge.first_id, merge.second_id):
        raise Missing("没有找到", code="no_such_merge")


def _agree(merge: Merge, member: int, at: int, staff: Staff | None = None) -> Merge:
    _theirs(merge, member)
    with transaction():
        first, second = merging.held(merge.first_id, merge.second_id)
        mine = Merge.first_yes_at if member == merge.first_id else Merge.second_yes_at
        open_ = (Merge.id == merge.id) & (Merge.state == "asked") & (Merge.made_at > at - ASKED_FOR)
        if Merge.update({mine: at}).where(open_, mine.is_null()).execute():
            events.record(
                "merge_agreed",
                at,
                store=merge.store_id,
                staff=staff.id if staff else None,
                member=member,
                ref=merge.code,
            )
        now: Merge = Merge.get_by_id(merge.id)
        if now.state in ("refused", "lapsed", "undone") or (now.state == "asked" and now.made_at <= at - ASKED_FOR):
            raise Refusal("已经处理过了", code="merge_over")
        if now.state == "asked" and now.first_yes_at and now.second_yes_at:
            _check_living(first, second)
            _join(now, first, second, staff, at)
            now = Merge.get_by_id(merge.id)
        return now


def _join(merge: Merge, first: Member, second: Member, staff: Staff | None, at: int) -> None:
    """Both said yes. The first card keeps its number; the second's is kept sealed for the undo."""
    until = at + UNDO_DAYS * DAY
    done = {"state": "merged", "merged_at": at, "undo_until": until}
    Merge.update(**done).where(Merge.id == merge.id, Merge.state == "asked").execute()
    seen = parting.before(first, second)
    assert merge.store is not None  # where it was asked
    merging.join(second, first, staff.id if staff else None, merge.store, at)
    parting.write_down(Merge.get_by_id(merge.id), seen)
    inbox.tell(
        first.id, "merge_done", at, key=f"double:{merge.code}:done", url=f"/me/doubles/{merge.code}", until_at=until
    )


def _later(merge: Merge) -> bool:
    """Has this card taken in another one since, or its second one before it? Those are taken apart first."""
    since = (Merge.merged_at > merge.merged_at) | ((Merge.merged_at == merge.merged_at) & (Merge.id > merge.id))
    return Merge.select().where(Merge.first == merge.first_id, Merge.state == "merged", since).exists()


def _points_back(merge: Merge, bills: list[int], staff: Staff | None, at: int) -> None:
    """Points that came along and are still there, what one paid of the other's debt, and what a refund took from the wrong one."""
    first, second = Member.get_by_id(merge.first_id), Member.get_by_id(merge.second_id)
    origin = Origin(
        "parted", merge.store_id, staff.id if staff else None, inputs={"from": first.code, "to": second.code}
    )
    key, since = f"part:{merge.code}", parting.mark(merge, LedgerLine)
    cards = [second.code, *(row.code for row in Member.select(Member.code).where(Member.merged_into == second.id))]
    came = (LedgerLine.member == first.id) & (LedgerLine.id > since)
    lots: list[int] = []
    debt = 0
    for code in cards:
        moved = Lot.select(Lot.id).join(LedgerLine).where(came, LedgerLine.key.startswith(f"merge:{code}:"))
        lots += [lot for (lot,) in moved.tuples()]
        paid = LedgerLine.select(fn.COALESCE(fn.SUM(LedgerLine.points), 0))
        debt -= int(
            paid.where(came, LedgerLine.key.startswith(f"merge:{code}:"), LedgerLine.key.endswith(":debt")).scalar()
        )
    wrong = _refunded(first.id, since, bills, lots) if bills else 0
    given = ledger.hand_over(first.id, lots, key=f"{key}:out", at=at, origin=origin)
    if debt + wrong:
        ledger.charge(second.id, debt + wrong, key=f"{key}:owes", at=at, origin=origin)
        assert merge.store is not None  # where it was asked
        lasts = month_end_after(at, policy.of(merge.store).lot_months, merge.store.timezone)
        ledger.earn(first.id, debt + wrong, kind="adjust", key=f"{key}:had", at=at, expires_at=lasts, origin=origin)
    for number, (points, until) in enumerate(given):
        ledger.earn(second.id, points, kind="adjust", key=f"{key}:{number}", at=at, expires_at=until, origin=origin)


def _level_back(was: Member, at: int) -> None:
    """The level that only both together had reached goes, and the list of moves says so."""
    now = Member.get_by_id(was.id)
    if now.tier != was.tier:
        LevelMove.create(member=was.id, before=was.tier, after=now.tier, why="parted", at=at)


def _refunded(first: int, since: int, bills: list[int], lots: list[int]) -> int:
    """What refunds of the other's bills took from this card's own points while the two were one."""
    lines = LedgerLine.select(LedgerLine.id).where(
        LedgerLine.member == first, LedgerLine.id > since, LedgerLine.kind == "reverse", LedgerLine.purchase.in_(bills)
    )
    ids = [line for (line,) in lines.tuples()]
    if not ids:
        return 0
    taken = LedgerLine.select(fn.SUM(LedgerLine.owed - LedgerLine.points)).where(LedgerLine.id.in_(ids)).scalar()
    theirs = LotUse.select(fn.COALESCE(fn.SUM(LotUse.points), 0)).where(LotUse.line.in_(ids), LotUse.lot.in_(lots))
    return int(taken or 0) - int(theirs.scalar())
