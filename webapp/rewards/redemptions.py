"""Redemptions: hold → approve, decline, cancel or let time run out; undo within ten minutes.

One promise each, in one transaction: stock and points move together or not at all. Rows are taken in one order: the member, the
redemption, the shelf, the card, the store (the tick). A state changes by compare-and-swap, so of two
people who tap at once one wins and the other is told who. Nobody approves for themselves.
"""

from typing import Any

from models import (
    TIERS,
    Event,
    LedgerLine,
    Member,
    Param,
    Prepared,
    Redemption,
    Reward,
    Shelf,
    Staff,
    Store,
    read_row,
    transaction,
)
from webapp import pairs, policy, storage, vault
from webapp.clock import MINUTE
from webapp.members import merging
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.refusals import Forbidden, Missing, Refusal
from webapp.staff import queue

DECLINES = ("out_of_stock", "not_here", "wrong_person", "other")

_MINE = Prepared(
    lambda: Redemption.select().where(
        Redemption.member == Param("member"), (Redemption.ticket == Param("ticket")) | (Redemption.state == "held")
    ),
    wide=True,
)
_OVERDUE = Prepared(
    lambda: (
        Redemption.select(Redemption.id)
        .where(Redemption.member == Param("member"), Redemption.state == "held", Redemption.expires_at <= Param("at"))
        .limit(1)
    )
)
_INSERT = Prepared(
    lambda: Redemption.insert(
        {
            Redemption.code: Param("code"),
            Redemption.member: Param("member"),
            Redemption.reward: Param("reward"),
            Redemption.store: Param("store"),
            Redemption.shelf: Param("shelf"),
            Redemption.points: Param("points"),
            Redemption.words: Param("words"),
            Redemption.ticket: Param("ticket"),
            Redemption.line: Param("line"),
            Redemption.held_at: Param("at"),
            Redemption.expires_at: Param("expires_at"),
        }
    ).returning(*Redemption._meta.sorted_fields),
    wide=True,
)
_TAKE_ONE = Prepared(
    lambda: (
        Shelf.update({Shelf.stock: Shelf.stock - 1})
        .where(
            Shelf.reward == Param("reward"), Shelf.store == Param("store"), Shelf.stock.is_null() | (Shelf.stock > 0)
        )
        .returning(Shelf.id)
    )
)
_PUT_BACK = Prepared(
    lambda: Shelf.update({Shelf.stock: Shelf.stock + 1}).where(Shelf.id == Param("shelf"), Shelf.stock.is_null(False))
)
_SETTLE = Prepared(
    lambda: (
        Redemption.update(
            {
                Redemption.state: Param("to"),
                Redemption.settled_at: Param("at"),
                Redemption.settled_by: Param("staff"),
                Redemption.why: Param("why"),
            }
        )
        .where(Redemption.id == Param("id"), Redemption.state == "held")
        .returning(*Redemption._meta.sorted_fields)
    ),
    wide=True,
)


def hold(
    member: Member, reward: Reward, store: Store, *, ticket: str, at: int, points: int | None = None
) -> Redemption:
    """Set one piece and its points aside for ten minutes under two words.

    Refuses when closed, sold out, above the limit, or short of points; nothing has changed then. The same ticket again returns
    the first redemption.
    """
    with transaction():
        ledger.lock(member.id)  # holds of one member stand in line; the second of two taps then finds the first
        mine = [read_row(Redemption, row)[0] for row in _MINE.rows(member=member.id, ticket=ticket)]
        if not any(_is_over(one, at) for one in mine):
            first = next((one for one in mine if one.ticket == ticket), None)
            return first or _hold(
                member, reward, store, [one for one in mine if one.ticket != ticket], ticket, at, points
            )
    lapse_overdue(at, member=member.id)
    return hold(member, reward, store, ticket=ticket, at=at, points=points)


def approve(redemption: Redemption, staff: Staff, at: int) -> Redemption:
    """Hand it over: the points are spent. Refuses one's own, and one that is over; the same person twice is once."""
    _check_not_own(redemption, staff)
    _lapse_if_over(redemption, at)
    with transaction():
        settled = _settle(redemption, "captured", at, staff)
        if settled is None:
            return _already(redemption, "captured", staff)
        if redemption.line_id:
            ledger.capture(
                redemption.line_id,
                key=f"settle:{redemption.code}",
                at=at,
                origin=_origin(redemption, "captured", staff),
            )
        _told(redemption, "redemption_captured", "approved", at, staff)
        return settled


def decline(redemption: Redemption, staff: Staff, why: str, at: int) -> Redemption:
    """The shop cannot hand it over: points and stock go back, and the points live at least 14 more days."""
    if why not in DECLINES:
        raise Refusal("请选择原因", code="why_missing", field="why")
    _check_not_own(redemption, staff)
    _lapse_if_over(redemption, at)
    with transaction():
        settled = _settle(redemption, "declined", at, staff, why)
        if settled is None:
            return _already(redemption, "declined", staff)
        days = policy.of(redemption.store).return_days
        _release(redemption, "declined", at, staff, return_days=days)
        _told(redemption, "redemption_declined", "declined", at, staff, why=why)
        return settled


def cancel(redemption: Redemption, member: Member, at: int) -> Redemption:
    """The member changes their mind: points and stock go back as they were."""
    if redemption.member_id != member.id:
        raise Missing("没有找到这次兑换", code="no_such_redemption")
    _lapse_if_over(redemption, at)
    with transaction():
        settled = _settle(redemption, "cancelled", at)
        if settled is None:
            return _already(redemption, "cancelled", None)
        _release(redemption, "cancelled", at)
        _closed(redemption, "cancelled", at)
        return settled


def lapse_overdue(at: int, *, member: int | None = None, limit: int = 500) -> int:
    """Give back everything whose ten minutes are over; called by the worker, and by whoever acts on one. Returns how many."""
    if member is not None and _OVERDUE.row(member=member, at=at) is None:
        return 0
    overdue = Redemption.select().where(Redemption.state == "held", Redemption.expires_at <= at)
    if member is not None:
        overdue = overdue.where(Redemption.member == member)
    done = 0
    # A list: a read that is still open would keep SQLite from beginning to write.
    for redemption in list(overdue.order_by(Redemption.expires_at).limit(limit)):
        with transaction():
            if _settle(redemption, "expired", at):
                _release(redemption, "expired", at)
                _closed(redemption, "expired", at)
                done += 1
    return done


def refresh(member: int, at: int) -> int:
    """Somebody looks at what this member holds: the same, as far as the database takes it. Returns how many were given back."""
    with storage.in_passing():
        return lapse_overdue(at, member=member)
    return 0


def undo(redemption: Redemption, staff: Staff, at: int) -> Redemption:
    """A wrong Approve is taken back within ten minutes: points to the same lots with 14 days to live, stock back, all on record."""
    _check_not_own(redemption, staff)
    if redemption.state == "reversed":
        return redemption
    if redemption.state != "captured":
        raise Refusal("只有已核销的才能撤销", code="not_captured")
    rules = policy.of(redemption.store)
    if at > redemption.settled_at + rules.undo_minutes * MINUTE:
        raise Refusal("撤销时间已过", code="undo_over")
    with transaction():
        ledger.lock(redemption.member_id)
        changed = (
            Redemption.update({Redemption.state: "reversed", Redemption.undone_at: at, Redemption.undone_by: staff.id})
            .where(Redemption.id == redemption.id, Redemption.state == "captured")
            .execute()
        )
        if changed:
            if redemption.line_id:
                captured = LedgerLine.get(LedgerLine.key == f"settle:{redemption.code}")
                ledger.reverse_capture(
                    captured.id,
                    key=f"undo:{redemption.code}",
                    at=at,
                    origin=_origin(redemption, "undone", staff),
                    return_days=rules.return_days,
                )
            _PUT_BACK.note(shelf=redemption.shelf_id)
            _told(redemption, "redemption_reversed", "undone", at, staff)
    if changed and redemption.line:
        # Two cards became one in between: apart, because it locks other members (the nightly sweep would do it as well).
        merging.follow(redemption.line.member, at)
    return Redemption.get_by_id(redemption.id)


def running(member: int, at: int) -> Redemption | None:
    """The member's hold that ends first, with its reward and store; overdue ones do not count."""
    found: Redemption | None = (
        Redemption.select(Redemption, Reward, Store)
        .join(Reward)
        .switch(Redemption)
        .join(Store)
        .where(Redemption.member == member, Redemption.state == "held", Redemption.expires_at > at)
        .order_by(Redemption.expires_at)
        .first()
    )
    return found


def undoable(store: int, at: int) -> list[Redemption]:
    """What was handed over in this store within the last ten minutes, newest first, with member and reward."""
    since = at - policy.of(Store.get_by_id(store)).undo_minutes * MINUTE
    return list(
        Redemption.select(Redemption, Member, Reward)
        .join(Member)
        .switch(Redemption)
        .join(Reward)
        .join(Event, on=((Event.verb == "approved") & (Event.ref == Redemption.code)))
        .where(Event.at > since, Event.store == store, Redemption.state == "captured")
        .order_by(Redemption.settled_at.desc())
        .limit(3)
    )


# --- how it is done ----------------------------------------------------------------------------------------------------


def _price(reward: Reward, points: int | None) -> int:
    if reward.kind != "amount":
        return int(reward.points)
    chosen = reward.points if points is None else points
    if not reward.points <= chosen <= (reward.points_max or reward.points):
        raise Refusal(
            "请选 %(low)s 到 %(high)s 分",
            code="points_out_of_range",
            field="points",
            low=reward.points,
            high=reward.points_max,
        )
    return int(chosen)


def _is_over(redemption: Redemption, at: int) -> bool:
    return bool(redemption.state == "held" and redemption.expires_at <= at)


def _hold(
    member: Member, reward: Reward, store: Store, running: list[Redemption], ticket: str, at: int, points: int | None
) -> Redemption:
    """A new one, inside the transaction that has the member's row; `running` are their other holds."""
    rules = policy.of(store)
    price = _price(reward, points)
    _check_open(member, reward, at)
    _check_limits(member, reward, running, rules.holds_at_once)
    shelf = _take_one(reward, store)
    code, line = vault.code(10), None
    if price:
        origin = ledger.Origin("redemption", store.id, inputs={"reward": reward.name, "code": code})
        line = ledger.hold(member.id, price, key=f"hold:{code}", at=at, origin=origin)
    redemption: Redemption = _INSERT.one(
        Redemption,
        code=code,
        member=member.id,
        reward=reward.id,
        store=store.id,
        shelf=shelf,
        points=price,
        words=pairs.pick(),
        ticket=ticket,
        line=line,
        at=at,
        expires_at=at + rules.hold_minutes * MINUTE,
    )
    brief = {"reward": reward.name, "points": price, "words": redemption.words}
    queue.post(store.id, "redemption", code, redemption.expires_at, at, member=member.id, **brief)
    events.record("held", at, store=store.id, member=member.id, ref=code, points=price)
    events.tick(store.id)
    return redemption


def _take_one(reward: Reward, store: Store) -> int:
    """The shelf that the piece comes from, one fewer on it."""
    taken = _TAKE_ONE.row(reward=reward.id, store=store.id)
    if taken:
        return int(taken[0])
    if Shelf.get_or_none(Shelf.reward == reward.id, Shelf.store == store.id):
        raise Refusal("刚刚被领完了", code="sold_out")
    raise Refusal("这家店没有这件礼品", code="not_in_this_store")


def _check_open(member: Member, reward: Reward, at: int) -> None:
    if reward.gift_only or not reward.is_open(at, member.tier):
        raise Refusal("这件礼品现在不能兑换", code="not_open")
    if TIERS.index(member.tier) < TIERS.index(reward.tier):
        raise Refusal("这件礼品要到更高等级才能兑换", code="tier_too_low")


def _check_limits(member: Member, reward: Reward, running: list[Redemption], at_once: int) -> None:
    if any(one.reward_id == reward.id for one in running):
        raise Refusal("您已经预留了一份，请先到柜台领取", code="already_held")
    if len(running) >= at_once:
        raise Refusal("同时最多预留 %(n)s 份", code="too_many_holds", n=at_once)
    if reward.per_member:
        mine = (Redemption.member == member.id) & (Redemption.reward == reward.id)
        had = Redemption.select().where(mine, Redemption.state == "captured").count()
        if had >= reward.per_member:
            raise Refusal("每人限领 %(n)s 份，您已领过", code="limit_reached", n=reward.per_member)


def _check_not_own(redemption: Redemption, staff: Staff) -> None:
    if staff.member_id == redemption.member_id:
        raise Forbidden("不能核销自己的礼品，请同事来操作", code="own_card")


def _lapse_if_over(redemption: Redemption, at: int) -> None:
    """A hold whose time is over is given back first, in a transaction of its own: the no that follows must not undo that."""
    if _is_over(redemption, at):
        lapse_overdue(at, member=redemption.member_id)


def _settle(redemption: Redemption, to: str, at: int, staff: Staff | None = None, why: str = "") -> Redemption | None:
    """The redemption as it is then; None when somebody was faster."""
    ledger.lock(redemption.member_id)
    settled: Redemption | None = _SETTLE.one(
        Redemption, id=redemption.id, to=to, at=at, staff=staff.id if staff else None, why=why
    )
    if settled:
        settled.__rel__ = dict(redemption.__rel__)  # reward and member are the same, if they were asked for
    return settled


def _release(redemption: Redemption, reason: str, at: int, staff: Staff | None = None, return_days: int = 0) -> None:
    if redemption.line_id:
        ledger.release(
            redemption.line_id,
            key=f"settle:{redemption.code}",
            at=at,
            origin=_origin(redemption, reason, staff),
            return_days=return_days,
        )
    _PUT_BACK.note(shelf=redemption.shelf_id)


def _origin(redemption: Redemption, reason: str, staff: Staff | None) -> ledger.Origin:
    inputs = {"reward": redemption.reward.name, "code": redemption.code}
    return ledger.Origin(reason, redemption.store_id, staff.id if staff else None, inputs=inputs)


def _told(redemption: Redemption, text: str, verb: str, at: int, staff: Staff, **data: Any) -> None:
    inbox.tell(
        redemption.member_id,
        text,
        at,
        key=f"{verb}:{redemption.code}",
        url=f"/redemptions/{redemption.code}",
        reward=redemption.reward.name,
        points=redemption.points,
        **data,
    )
    _closed(redemption, verb, at, staff, **data)


def _closed(redemption: Redemption, verb: str, at: int, staff: Staff | None = None, **data: Any) -> None:
    queue.finish("redemption", redemption.code, at)
    events.record(
        verb,
        at,
        store=redemption.store_id,
        staff=staff.id if staff else None,
        member=redemption.member_id,
        ref=redemption.code,
        **data,
    )
    events.tick(redemption.store_id)


def _already(redemption: Redemption, wanted: str, staff: Staff | None) -> Redemption:
    """Somebody, or the clock, was faster: the same wish by the same person gets the first answer, anything else is told kindly."""
    now = Redemption.get_by_id(redemption.id)
    if now.state == wanted and (staff is None or now.settled_by_id == staff.id):
        return now
    raise _too_late(now)


def _too_late(now: Redemption) -> Refusal:
    who = now.settled_by.name if now.settled_by else ""
    if now.state == "captured":
        return Refusal("%(who)s 刚刚已经核销了", code="already_captured", who=who)
    if now.state == "declined":
        return Refusal("%(who)s 刚刚已经谢绝了，积分已退回", code="already_declined", who=who)
    if now.state == "cancelled":
        return Refusal("顾客自己取消了，积分已退回", code="already_cancelled")
    if now.state == "reversed":
        return Refusal("这次兑换已经撤销，积分已退回", code="already_reversed")
    return Refusal("预留时间已过，积分已退回，请重新兑换", code="hold_over")
