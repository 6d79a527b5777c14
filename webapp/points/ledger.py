"""The points ledger: append-only lines, lots with their own expiry, holds. Nobody else writes points.

Every verb is one transaction and one promise, and takes a `key`: the same key again returns the first line and changes nothing.
Who writes several rows at once takes the member's row first (`lock`): one order for everybody, so that nobody waits crosswise. What is
read under that lock is read once: the purse, the line of this key if there is one, and the lots where they are needed.
Invariants (proved by `flask check`): a member's points, held and owed are the sums of the lines; the lots' remainders are the
points; no lot goes below zero. Called by purchases, redemptions and adjustments; knows no shop words and no HTTP.
"""

from typing import Any, NamedTuple

from peewee import JOIN, PostgresqlDatabase, fn

from models import LedgerLine, Lot, LotUse, Member, Param, Prepared, database, document, first_time, transaction
from webapp import storage
from webapp.clock import DAY
from webapp.refusals import Missing, Refusal


class Origin(NamedTuple):
    """What a line says about where it came from: `reason` is a key of `receipts`, `inputs` the rule's numbers, frozen."""

    reason: str
    store: int | None = None
    staff: int | None = None
    purchase: int | None = None
    inputs: dict[str, Any] = {}


class Purse(NamedTuple):
    """A member's points as they are inside the transaction. `seen` is the line that has this key already, `lots` what is left, soonest to
    lapse first: (lot, points, expires_at).
    """

    id: int
    points: int
    held: int
    owed: int
    version: int
    seen: int | None
    lots: list[tuple[int, int, int]] = []


class Claim(NamedTuple):
    """A hold or a capture that is to be settled: its line, what its member owes, the line that has this key, the line that settled it."""

    line: int
    member: int
    kind: str
    points: int
    held: int
    twin: int | None
    owed: int
    seen: int | None
    settled: int | None


def _seen() -> Any:
    other = LedgerLine.alias()
    return other.select(other.id).where(other.key == Param("key"))


def _settled() -> Any:
    other = LedgerLine.alias()
    return (
        other.select(other.id)
        .where(other.twin == LedgerLine.id, other.kind.in_(("capture", "release", "reverse")))
        .limit(1)
    )


def _insert_line() -> Any:
    names = (
        "member",
        "kind",
        "points",
        "held",
        "owed",
        "reason",
        "inputs",
        "key",
        "at",
        "store",
        "staff",
        "twin",
        "purchase",
    )
    return LedgerLine.insert({getattr(LedgerLine, name): Param(name) for name in names})


# NO KEY UPDATE: rows that point at the member are written meanwhile, and FOR UPDATE would wait for each of them, crosswise.
_LOCK = Prepared(lambda: Member.select(Member.id).where(Member.id == Param("id")).for_update("FOR NO KEY UPDATE"))  # type: ignore[arg-type]
_FIELDS = (Member.id, Member.points, Member.held, Member.owed, Member.version)
_PURSE = Prepared(lambda: Member.select(*_FIELDS, _seen()).where(Member.id == Param("id")))
_LOTS = Prepared(
    lambda: (
        Member.select(*_FIELDS, _seen(), Lot.id, Lot.left, Lot.expires_at)
        .join(Lot, JOIN.LEFT_OUTER, on=((Lot.member == Member.id) & (Lot.left > 0)))
        .where(Member.id == Param("id"))
        .order_by(Lot.expires_at, Lot.id)
    )
)
_CLAIM = Prepared(
    lambda: (
        LedgerLine.select(
            LedgerLine.id,
            LedgerLine.member,
            LedgerLine.kind,
            LedgerLine.points,
            LedgerLine.held,
            LedgerLine.twin,
            Member.owed,
            _seen(),
            _settled(),
        )
        .join(Member)
        .where(LedgerLine.id == Param("id"))
    )
)
_ADD = Prepared(
    lambda: Member.update(
        {
            Member.points: Member.points + Param("points"),
            Member.held: Member.held + Param("held"),
            Member.owed: Member.owed + Param("owed"),
            Member.version: Member.version + 1,
        }
    ).where(Member.id == Param("id"))
)
_LINE = Prepared(lambda: _insert_line().returning(LedgerLine.id))
_LINE_ALONE = Prepared(lambda: _insert_line())
_NEW_LOT = Prepared(
    lambda: Lot.insert(
        {
            Lot.line: Param("line"),
            Lot.member: Param("member"),
            Lot.size: Param("size"),
            Lot.left: Param("left"),
            Lot.expires_at: Param("expires_at"),
        }
    ).returning(Lot.id)
)
_RUN_OUT = Prepared(
    lambda: (
        Lot.select(Lot.id).where(Lot.member == Param("member"), Lot.left > 0, Lot.expires_at <= Param("at")).limit(1)
    )
)
_TAKE = Prepared(lambda: Lot.update({Lot.left: Lot.left - Param("n")}).where(Lot.id == Param("id")))
_EXTEND = Prepared(
    lambda: Lot.update({Lot.expires_at: Param("until")}).where(Lot.id == Param("id"), Lot.expires_at < Param("until"))
)
_USE = Prepared(
    lambda: LotUse.insert({LotUse.lot: Param("lot"), LotUse.line: Param("line"), LotUse.points: Param("n")})
)
_USES = Prepared(
    lambda: LotUse.select(LotUse.lot, LotUse.points).where(LotUse.line == Param("line")).order_by(LotUse.id)
)


def lock(member: int) -> bool:
    """Stand in line for this member's points until the transaction ends; nobody else writes them meanwhile.

    SQLite's writer is alone anyway. True for who has to wait their turn: others may have written since they looked.
    """
    waits = isinstance(database.obj, PostgresqlDatabase) and first_time(f"member {member}")
    if waits:
        _LOCK.note(id=member)
    return waits


def earn(member: int, points: int, *, kind: str, key: str, at: int, expires_at: int, origin: Origin) -> int:
    """Give points (kind 'earn' or 'bonus') as one lot that lives until `expires_at`; what is owed is paid first. Returns the line's id."""
    if points <= 0:
        raise ValueError("a lot holds at least one point")
    with transaction():
        purse = _lock(member, key)
        if purse.seen:
            return purse.seen
        debt = min(purse.owed, points)
        line = _write(member, kind, key, at, origin, points=points - debt, owed=-debt)
        lot = _id(_NEW_LOT.row(line=line, member=member, size=points, left=points - debt, expires_at=expires_at))
        if debt:
            _USE.note(lot=lot, line=line, n=debt)
        return line


def hold(member: int, points: int, *, key: str, at: int, origin: Origin) -> int:
    """Set points aside for one redemption, soonest to lapse first. Refuses more than are usable; nothing has changed then."""
    with transaction():
        purse = _lock(member, key, lots=True)
        if purse.seen:
            return purse.seen
        purse = _lapse(purse, at)
        if purse.points < points:
            raise Refusal(
                "还差 %(missing)s 分", code="not_enough_points", field="points", missing=points - purse.points
            )
        line = _write(member, "hold", key, at, origin, points=-points, held=points)
        _take_soonest(purse, points, line)
        return line


def capture(hold_line: int, *, key: str, at: int, origin: Origin) -> None:
    """The held points are spent. Points that lapsed while they were held are honoured. A hold is settled once only."""
    with transaction():
        held = _claim(hold_line, key)
        if held.seen:
            return
        _check_unsettled(held, "hold")
        _LINE_ALONE.note(**_changed(held.member, "capture", key, at, origin, held=-held.held, twin=held.line))


def release(hold_line: int, *, key: str, at: int, origin: Origin, return_days: int = 0) -> int:
    """Held points go back into the lots they came from. With `return_days` they live at least that long (the shop's doing)."""
    with transaction():
        held = _claim(hold_line, key)
        if held.seen:
            return held.seen
        _check_unsettled(held, "hold")
        return _give_back(held, "release", key, at, origin, return_days, held=-held.held, twin=held.line)


def reverse_capture(capture_line: int, *, key: str, at: int, origin: Origin, return_days: int) -> int:
    """Undo a spending: the points return to the same lots, with at least `return_days` to live."""
    with transaction():
        captured = _claim(capture_line, key)
        if captured.seen:
            return captured.seen
        _check_unsettled(captured, "capture")
        assert captured.twin is not None
        held = _claim(captured.twin, key)
        return _give_back(held, "reverse", key, at, origin, return_days, twin=captured.line)


def take_back(
    earn_line: int, points: int, *, key: str, at: int, origin: Origin, payer: int | None = None
) -> int | None:
    """Take back `points` of what a line gave, after a refund. What has lapsed is not asked for again; what is spent is owed.

    `payer` is the card that the points moved to when two cards were joined since. From the lot itself first, then from others (soonest to lapse), the rest as debt that the next earning pays.
    Returns the line's id, or None when nothing is left to take back.
    """
    with transaction():
        given = LedgerLine.get_by_id(earn_line)
        purse = _lock(payer or given.member_id, key, lots=True)
        if purse.seen:
            return purse.seen
        purse = _lapse(purse, at)
        lot = Lot.get(Lot.line == earn_line)
        points = min(points, lot.size - _lapsed_of(lot.id) - _taken_back(earn_line))
        if points <= 0:
            return None
        covered = min(points, purse.points)
        line = _write(purse.id, "reverse", key, at, origin, points=-covered, owed=points - covered, twin=earn_line)
        own = min(covered, lot.left) if lot.member_id == purse.id else 0
        if own:
            _draw(lot.id, own, line)
            rest = [(id_, left - own if id_ == lot.id else left, until) for id_, left, until in purse.lots]
            purse = purse._replace(lots=rest)
        _take_soonest(purse, covered - own, line)
        return line


def adjust(member: int, points: int, *, key: str, at: int, expires_at: int, origin: Origin) -> int:
    """A manager gives or takes points by hand. Giving pays what is owed first; taking refuses more than is there."""
    if points > 0:
        return earn(member, points, kind="adjust", key=key, at=at, expires_at=expires_at, origin=origin)
    with transaction():
        purse = _lock(member, key, lots=True)
        if purse.seen:
            return purse.seen
        purse = _lapse(purse, at)
        if purse.points < -points:
            raise Refusal("只有 %(there)s 分可以扣", code="not_enough_points", field="points", there=purse.points)
        line = _write(member, "adjust", key, at, origin, points=points)
        _take_soonest(purse, -points, line)
        return line


def hand_over(member: int, lots: list[int], *, key: str, at: int, origin: Origin) -> list[tuple[int, int]]:
    """Take what is left of these lots out of a card, and of no others: [(points, expires_at)]. Two cards that were one go apart again.

    The same key again takes nothing.
    """
    with transaction():
        purse = _lock(member, key, lots=True)
        if purse.seen:
            return []
        purse = _lapse(purse, at)
        taken = [(lot, left, until) for lot, left, until in purse.lots if lot in lots]
        if not taken:
            return []
        line = _write(member, "adjust", key, at, origin, points=-sum(left for _, left, _ in taken))
        for lot, left, _ in taken:
            _draw(lot, left, line)
        return [(left, until) for _, left, until in taken]


def charge(member: int, points: int, *, key: str, at: int, origin: Origin) -> int:
    """Take points that somebody has to bear, soonest to lapse first; what is not there is owed, and the next earning pays it."""
    with transaction():
        purse = _lock(member, key, lots=True)
        if purse.seen:
            return purse.seen
        purse = _lapse(purse, at)
        covered = min(points, purse.points)
        line = _write(member, "adjust", key, at, origin, points=-covered, owed=points - covered)
        _take_soonest(purse, covered, line)
        return line


def lapse(member: int, at: int) -> int:
    """Write off every lot whose time has passed, one line each. Returns the points that lapsed; again changes nothing."""
    with transaction():
        purse = _lock(member, lots=True)
        return purse.points - _lapse(purse, at).points


def up_to_date(member: Member, at: int) -> Member:
    """The member as the ledger stands now: what has run out is written off before anybody reads the balance."""
    if _RUN_OUT.row(member=member.id, at=at) is None:
        return member
    with storage.in_passing():
        lapse(member.id, at)
    return Member.get_by_id(member.id)


def due_to_lapse(at: int, limit: int) -> list[int]:
    """Members who hold lots that have run out."""
    query = Lot.select(Lot.member).where(Lot.left > 0, Lot.expires_at <= at).limit(limit)
    return sorted({row[0] for row in query.tuples()})


# --- how it is done ----------------------------------------------------------------------------------------------------


def _lock(member: int, key: str = "", *, lots: bool = False) -> Purse:
    lock(member)
    rows = (_LOTS if lots else _PURSE).rows(id=member, key=key)
    if not rows:
        raise Missing("没有找到这位会员", code="no_such_member")
    left = [row[6:] for row in rows if lots and row[6] is not None]
    return Purse._make((*rows[0][:6], left))


def _claim(line: int, key: str) -> Claim:
    """Under the lock of its member. Who settles a redemption has it already; anybody else looks, stands in line, and looks again."""
    row = _CLAIM.row(id=line, key=key)
    if row is None:
        raise ValueError(f"there is no line {line}")
    claim = Claim(*row)
    if lock(claim.member):
        claim = Claim(*_CLAIM.rows(id=line, key=key)[0])
    return claim


def _check_unsettled(claim: Claim, kind: str) -> None:
    """Two keys for one settlement would make points: that is a mistake of the caller, not of a customer."""
    if claim.kind != kind or claim.settled:
        raise ValueError(f"line {claim.line} is not a {kind} that is still open")


def _id(row: tuple[Any, ...] | None) -> int:
    assert row is not None  # INSERT … RETURNING always returns
    return int(row[0])


def _write(member: int, kind: str, key: str, at: int, origin: Origin, **changes: Any) -> int:
    """`changes`: points, held, owed, and the line that this one settles (`twin`)."""
    return _id(_LINE.row(**_changed(member, kind, key, at, origin, **changes)))


def _changed(
    member: int,
    kind: str,
    key: str,
    at: int,
    origin: Origin,
    *,
    points: int = 0,
    held: int = 0,
    owed: int = 0,
    twin: int | None = None,
) -> dict[str, Any]:
    """The member's sums, and what the line says that explains it."""
    _ADD.note(id=member, points=points, held=held, owed=owed)
    return {
        "member": member,
        "kind": kind,
        "points": points,
        "held": held,
        "owed": owed,
        "reason": origin.reason,
        "inputs": document(origin.inputs),
        "key": key,
        "at": at,
        "store": origin.store,
        "staff": origin.staff,
        "twin": twin,
        "purchase": origin.purchase,
    }


def _lapse(purse: Purse, at: int) -> Purse:
    points, lots = purse.points, list(purse.lots)
    while lots and lots[0][2] <= at:
        lot, left, expires_at = lots.pop(0)
        origin = Origin("lapsed", inputs={"lot": lot, "expired_at": expires_at})
        line = _write(purse.id, "expire", f"expire:{lot}:{purse.version}", at, origin, points=-left)
        _draw(lot, left, line)
        points -= left
    return purse._replace(points=points, lots=lots)


def _take_soonest(purse: Purse, points: int, line: int) -> None:
    for lot, left, _ in purse.lots:
        if taken := min(left, points):
            _draw(lot, taken, line)
            points -= taken
    if points:
        raise AssertionError(f"member {purse.id}: the lots hold {points} points fewer than the balance")


def _draw(lot: int, points: int, line: int) -> None:
    _TAKE.note(id=lot, n=points)
    _USE.note(lot=lot, line=line, n=points)


def _give_back(
    claim: Claim, kind: str, key: str, at: int, origin: Origin, return_days: int, *, twin: int, **changes: int
) -> int:
    points = -claim.points
    debt = min(claim.owed, points)
    line = _write(claim.member, kind, key, at, origin, points=points - debt, owed=-debt, twin=twin, **changes)
    for lot, taken in _USES.rows(line=claim.line):
        _draw(lot, -taken, line)
        if return_days:
            _EXTEND.note(id=lot, until=at + return_days * DAY)
        if debt:
            paid = min(debt, taken)
            _draw(lot, paid, line)
            debt -= paid
    return line


def _lapsed_of(lot: int) -> int:
    uses = LotUse.select(fn.COALESCE(fn.SUM(LotUse.points), 0)).join(LedgerLine)
    return int(uses.where(LotUse.lot == lot, LedgerLine.kind == "expire").scalar())


def _taken_back(earn_line: int) -> int:
    lines = LedgerLine.select(fn.COALESCE(fn.SUM(LedgerLine.owed - LedgerLine.points), 0))
    return int(lines.where(LedgerLine.twin == earn_line, LedgerLine.kind == "reverse").scalar())
