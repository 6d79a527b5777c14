"""The points ledger: append-only lines, lots with their own expiry, holds. Nobody else writes points.

Every verb is one transaction and one promise, and takes a `key`: the same key again returns the first line and changes nothing.
Who writes several rows at once takes the member's row first (`lock`): one order for everybody, so that nobody waits crosswise.
Invariants (proved by `flask check`): a member's points, held and owed are the sums of the lines; the lots' remainders are the
points; no lot goes below zero. Called by purchases, redemptions and adjustments; knows no shop words and no HTTP.
"""

import json
from typing import Any, NamedTuple

from peewee import PostgresqlDatabase, fn

from models import LedgerLine, Lot, LotUse, Member, Param, Prepared, database, transaction
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
    """A member's points as they are inside the transaction."""

    id: int
    points: int
    held: int
    owed: int
    version: int


def _lock_member() -> Any:
    query = Member.select(Member.id, Member.points, Member.held, Member.owed, Member.version).where(
        Member.id == Param("id")
    )
    # NO KEY UPDATE: rows that point at the member are written meanwhile, and FOR UPDATE would wait for each of them, crosswise.
    return query.for_update("FOR NO KEY UPDATE") if isinstance(database.obj, PostgresqlDatabase) else query  # type: ignore[arg-type]


_LOCK = Prepared(_lock_member)
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
_THE_LINE = Prepared(lambda: LedgerLine.select().where(LedgerLine.id == Param("id")))
_SEEN = Prepared(lambda: LedgerLine.select(LedgerLine.id).where(LedgerLine.key == Param("key")))
_SETTLED = Prepared(
    lambda: LedgerLine.select(LedgerLine.id).where(
        LedgerLine.twin == Param("twin"), LedgerLine.kind.in_(("capture", "release", "reverse"))
    )
)
_LINE = Prepared(
    lambda: LedgerLine.insert(
        {
            LedgerLine.member: Param("member"),
            LedgerLine.kind: Param("kind"),
            LedgerLine.points: Param("points"),
            LedgerLine.held: Param("held"),
            LedgerLine.owed: Param("owed"),
            LedgerLine.reason: Param("reason"),
            LedgerLine.inputs: Param("inputs"),
            LedgerLine.key: Param("key"),
            LedgerLine.at: Param("at"),
            LedgerLine.store: Param("store"),
            LedgerLine.staff: Param("staff"),
            LedgerLine.twin: Param("twin"),
            LedgerLine.purchase: Param("purchase"),
        }
    ).returning(LedgerLine.id)
)
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
_USABLE = Prepared(
    lambda: (
        Lot.select(Lot.id, Lot.left, Lot.expires_at)
        .where(Lot.member == Param("member"), Lot.left > 0)
        .order_by(Lot.expires_at, Lot.id)
    )
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


def lock(member: int) -> None:
    """Stand in line for this member's points until the transaction ends; nobody else writes them meanwhile."""
    _lock(member)


def earn(member: int, points: int, *, kind: str, key: str, at: int, expires_at: int, origin: Origin) -> int:
    """Give points (kind 'earn' or 'bonus') as one lot that lives until `expires_at`; what is owed is paid first. Returns the line's id."""
    if points <= 0:
        raise ValueError("a lot holds at least one point")
    with transaction():
        purse = _lock(member)
        if line := _seen(key):
            return line
        debt = min(purse.owed, points)
        line = _write(purse, kind, key, at, origin, points=points - debt, owed=-debt)
        lot = _id(_NEW_LOT.row(line=line, member=member, size=points, left=points - debt, expires_at=expires_at))
        if debt:
            _USE.run(lot=lot, line=line, n=debt)
        return line


def hold(member: int, points: int, *, key: str, at: int, origin: Origin) -> int:
    """Set points aside for one redemption, soonest to lapse first. Refuses more than are usable; nothing has changed then."""
    with transaction():
        purse = _lock(member)
        if line := _seen(key):
            return line
        purse = _lapse(purse, at)
        if purse.points < points:
            raise Refusal(
                "还差 %(missing)s 分", code="not_enough_points", field="points", missing=points - purse.points
            )
        line = _write(purse, "hold", key, at, origin, points=-points, held=points)
        _take_soonest(member, points, line)
        return line


def capture(hold_line: int, *, key: str, at: int, origin: Origin) -> int:
    """The held points are spent. Points that lapsed while they were held are honoured. A hold is settled once only."""
    with transaction():
        held = _line(hold_line)
        purse = _lock(held.member_id)
        if line := _seen(key):
            return line
        _check_unsettled(held, "hold")
        return _write(purse, "capture", key, at, origin, held=-held.held, twin=held.id)


def release(hold_line: int, *, key: str, at: int, origin: Origin, return_days: int = 0) -> int:
    """Held points go back into the lots they came from. With `return_days` they live at least that long (the shop's doing)."""
    with transaction():
        held = _line(hold_line)
        purse = _lock(held.member_id)
        if line := _seen(key):
            return line
        _check_unsettled(held, "hold")
        return _give_back(purse, held, "release", key, at, origin, return_days, held=-held.held)


def reverse_capture(capture_line: int, *, key: str, at: int, origin: Origin, return_days: int) -> int:
    """Undo a spending: the points return to the same lots, with at least `return_days` to live."""
    with transaction():
        captured = _line(capture_line)
        purse = _lock(captured.member_id)
        if line := _seen(key):
            return line
        _check_unsettled(captured, "capture")
        held = _line(captured.twin_id)
        return _give_back(purse, held, "reverse", key, at, origin, return_days, twin=captured.id)


def take_back(
    earn_line: int, points: int, *, key: str, at: int, origin: Origin, payer: int | None = None
) -> int | None:
    """Take back `points` of what a line gave, after a refund. What has lapsed is not asked for again; what is spent is owed.

    `payer` is the card that the points moved to when two cards were joined since. From the lot itself first, then from others (soonest to lapse), the rest as debt that the next earning pays.
    Returns the line's id, or None when nothing is left to take back.
    """
    with transaction():
        given = _line(earn_line)
        purse = _lock(payer or given.member_id)
        if line := _seen(key):
            return line
        purse = _lapse(purse, at)
        lot = Lot.get(Lot.line == earn_line)
        points = min(points, lot.size - _lapsed_of(lot.id) - _taken_back(earn_line))
        if points <= 0:
            return None
        covered = min(points, purse.points)
        line = _write(purse, "reverse", key, at, origin, points=-covered, owed=points - covered, twin=earn_line)
        own = min(covered, lot.left) if lot.member_id == purse.id else 0
        if own:
            _draw(lot.id, own, line)
        if covered > own:
            _take_soonest(purse.id, covered - own, line)
        return line


def adjust(member: int, points: int, *, key: str, at: int, expires_at: int, origin: Origin) -> int:
    """A manager gives or takes points by hand. Giving pays what is owed first; taking refuses more than is there."""
    if points > 0:
        return earn(member, points, kind="adjust", key=key, at=at, expires_at=expires_at, origin=origin)
    with transaction():
        purse = _lock(member)
        if line := _seen(key):
            return line
        purse = _lapse(purse, at)
        if purse.points < -points:
            raise Refusal("只有 %(there)s 分可以扣", code="not_enough_points", field="points", there=purse.points)
        line = _write(purse, "adjust", key, at, origin, points=points)
        _take_soonest(member, -points, line)
        return line


def lapse(member: int, at: int) -> int:
    """Write off every lot whose time has passed, one line each. Returns the points that lapsed; again changes nothing."""
    with transaction():
        purse = _lock(member)
        return purse.points - _lapse(purse, at).points


def up_to_date(member: Member, at: int) -> Member:
    """The member as the ledger stands now: what has run out is written off before anybody reads the balance."""
    if _RUN_OUT.row(member=member.id, at=at) is None:
        return member
    lapse(member.id, at)
    return Member.get_by_id(member.id)


def due_to_lapse(at: int, limit: int) -> list[int]:
    """Members who hold lots that have run out."""
    query = Lot.select(Lot.member).where(Lot.left > 0, Lot.expires_at <= at).limit(limit)
    return sorted({row[0] for row in query.tuples()})


# --- how it is done ----------------------------------------------------------------------------------------------------


def _lock(member: int) -> Purse:
    row = _LOCK.row(id=member)
    if row is None:
        raise Missing("没有找到这位会员", code="no_such_member")
    return Purse(*row)


def _seen(key: str) -> int | None:
    row = _SEEN.row(key=key)
    return int(row[0]) if row else None


def _line(line: int) -> LedgerLine:
    found: LedgerLine | None = _THE_LINE.one(LedgerLine, id=line)
    if found is None:
        raise ValueError(f"there is no line {line}")
    return found


def _check_unsettled(line: LedgerLine, kind: str) -> None:
    """Two keys for one settlement would make points: that is a mistake of the caller, not of a customer."""
    if line.kind != kind or _SETTLED.row(twin=line.id):
        raise ValueError(f"line {line.id} is not a {kind} that is still open")


def _id(row: tuple[Any, ...] | None) -> int:
    assert row is not None  # INSERT … RETURNING always returns
    return int(row[0])


def _write(
    purse: Purse,
    kind: str,
    key: str,
    at: int,
    origin: Origin,
    *,
    points: int = 0,
    held: int = 0,
    owed: int = 0,
    twin: int | None = None,
) -> int:
    _ADD.run(id=purse.id, points=points, held=held, owed=owed)
    row = _LINE.row(
        member=purse.id,
        kind=kind,
        points=points,
        held=held,
        owed=owed,
        reason=origin.reason,
        inputs=json.dumps(origin.inputs, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        key=key,
        at=at,
        store=origin.store,
        staff=origin.staff,
        twin=twin,
        purchase=origin.purchase,
    )
    return _id(row)


def _lapse(purse: Purse, at: int) -> Purse:
    points = purse.points
    for lot, left, expires_at in _USABLE.rows(member=purse.id):
        if expires_at > at:
            break
        origin = Origin("lapsed", inputs={"lot": lot, "expired_at": expires_at})
        line = _write(purse, "expire", f"expire:{lot}:{purse.version}", at, origin, points=-left)
        _draw(lot, left, line)
        points -= left
    return purse._replace(points=points)


def _take_soonest(member: int, points: int, line: int) -> None:
    for lot, left, _ in _USABLE.rows(member=member):
        if points == 0:
            return
        taken = min(left, points)
        _draw(lot, taken, line)
        points -= taken
    if points:
        raise AssertionError(f"member {member}: the lots hold {points} points fewer than the balance")


def _draw(lot: int, points: int, line: int) -> None:
    _TAKE.run(id=lot, n=points)
    _USE.run(lot=lot, line=line, n=points)


def _give_back(
    purse: Purse,
    hold_line: LedgerLine,
    kind: str,
    key: str,
    at: int,
    origin: Origin,
    return_days: int,
    *,
    twin: int | None = None,
    **changes: int,
) -> int:
    points = -hold_line.points
    debt = min(purse.owed, points)
    line = _write(purse, kind, key, at, origin, points=points - debt, owed=-debt, twin=twin or hold_line.id, **changes)
    for lot, taken in _USES.rows(line=hold_line.id):
        _draw(lot, -taken, line)
        if return_days:
            _EXTEND.run(id=lot, until=at + return_days * DAY)
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
