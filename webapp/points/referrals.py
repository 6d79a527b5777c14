"""Friends bring friends (D5): who joined by somebody's code, and the points both get at the friend's first real purchase.

Nobody gets anything for themselves: a friend is somebody new, with a number of their own, who has paid for something. Undoing that
bill takes both back; a later real one pays again, once. Rows are taken in one order: the bill, both cards by number, the friend's row.
"""

from typing import Any, NamedTuple

from peewee import fn

from models import Event, LedgerLine, Member, Param, Prepared, Purchase, Referral, Staff, Store, transaction
from webapp import policy
from webapp.clock import DAY, month_end_after
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.policy import Policy

YEAR = 365 * DAY
MOST = 100
PAYS_MOST = 2  # for one friend, if the first bill was given back


# Asked at every bill.
_OPEN = Prepared(
    lambda: Referral.select(Referral.inviter, Referral.state).where(
        Referral.friend == Param("friend"), Referral.state != "refused"
    )
)


class Friend(NamedTuple):
    """One friend as their inviter sees them: no more of a name than they would say aloud. `state` as in Referral; `why` of a no."""

    name: str
    state: str
    why: str
    at: int
    numbered: bool
    points: int


class Known(NamedTuple):
    """One friendship as the counter sees it."""

    inviter: Member
    friend: Member
    state: str
    why: str
    at: int


def plain(code: str) -> str:
    """The code as it is kept; nothing when it cannot be one."""
    code = code.strip().upper()
    return code if len(code) <= 16 and code.isascii() and code.isalnum() else ""


def inviter_of(code: str) -> Member | None:
    """Whose code this is; nobody's when it is not known, or the card is gone."""
    found: Member | None = Member.get_or_none(Member.code == plain(code))
    while found and found.merged_into_id:
        found = found.merged_into
    return found if found and not found.erased_at else None


def offer(store: Store, code: str) -> int:
    """What whoever comes by this code gets at their first real purchase; 0 when it is nobody's."""
    return policy.of(store).referral_friend if inviter_of(code) else 0


def joined(friend: Member, code: str, store: Store, at: int) -> Referral | None:
    """Somebody new came by this code; in the transaction that made their card. A code that is nobody's is no error."""
    inviter = inviter_of(code)
    if inviter is None or inviter.id == friend.id:
        return None
    why = _why_not(inviter.id, friend.id, policy.of(store), at)
    state = "refused" if why else "joined"
    Referral.insert(
        friend=friend.id, inviter=inviter.id, state=state, why=why, joined_at=at, settled_at=at if why else None
    ).on_conflict_ignore().execute()
    events.record("friend_joined", at, store=store.id, member=inviter.id, friend=friend.code, state=state)
    return Referral.get(Referral.friend == friend.id)


def stand_in_line(member: int) -> None:
    """Both cards of a friendship that may pay now, in one order, before anything of theirs is written."""
    row = _OPEN.row(friend=member)
    for one in sorted({member, row[0]} if row else {member}):
        ledger.lock(one)


def settle(purchase: Purchase, at: int) -> Referral | None:
    """A bill of a friend was rung up: at the first real one both get their points. In the bill's own transaction; twice is once."""
    row = _OPEN.row(friend=purchase.member_id) if purchase.member_id else None
    if row is None or row[1] == "paid":
        return None
    referral: Referral = Referral.get(Referral.friend == purchase.member_id)
    if not referral.friend.phone_key:
        return None
    store = purchase.store
    rules = policy.of(store)
    if purchase.amount - purchase.refunded < rules.referral_least:
        return None
    with transaction():
        why = _why_not(referral.inviter_id, referral.friend_id, rules, at, purchase)
        if why:
            return _refuse(referral, why, at)
        paid = {"state": "paid", "purchase": purchase.id, "settled_at": at, "why": ""}
        mine = (Referral.id == referral.id) & (Referral.state == referral.state)
        if not Referral.update(paid).where(mine).execute():
            return None
        _pay(referral.inviter_id, "referral", rules.referral_inviter, purchase, store, rules, at)
        _pay(referral.friend_id, "invited", rules.referral_friend, purchase, store, rules, at)
        events.record(
            "friend_paid",
            at,
            store=store.id,
            member=referral.inviter_id,
            ref=purchase.code,
            friend=referral.friend_id,
        )
        return Referral.get_by_id(referral.id)


def taken_back(purchase: Purchase, at: int, staff: Staff | None = None) -> Referral | None:
    """The bill that paid was given back, so far that it is no real one any more: both give their points back. Twice is once."""
    referral: Referral | None = Referral.get_or_none(Referral.purchase == purchase.id, Referral.state == "paid")
    if referral is None:
        return None
    left = purchase.amount - purchase.refunded
    if left and left >= policy.of(purchase.store).referral_least:
        return None
    with transaction():
        over = _times(purchase, referral) >= PAYS_MOST
        after = {"state": "refused", "why": "refunded"} if over else {"state": "taken_back"}
        mine = (Referral.id == referral.id) & (Referral.state == "paid")
        if not Referral.update(**after, settled_at=at).where(mine).execute():
            return None
        for reason in ("referral", "invited"):
            _unpay(purchase, reason, staff, at)
        events.record(
            "friend_unpaid",
            at,
            store=purchase.store_id,
            staff=staff.id if staff else None,
            member=referral.inviter_id,
            ref=purchase.code,
        )
        return Referral.get_by_id(referral.id)


def friends(inviter: int) -> list[Friend]:
    """Everybody who came by this member's code, newest first. Two queries."""
    came = Referral.select(Referral, Member).join(Member, on=(Referral.friend == Member.id))
    rows = list(
        came.where(Referral.inviter == inviter).order_by(Referral.joined_at.desc(), Referral.id.desc()).limit(MOST)
    )
    bills = Purchase.select(Purchase.code).where(Purchase.id.in_([row.purchase_id for row in rows if row.purchase_id]))
    keys = [_key(code, "referral") for (code,) in bills.tuples()]
    lines = LedgerLine.select(LedgerLine.inputs, LedgerLine.points - LedgerLine.owed).where(LedgerLine.key.in_(keys))
    gave = {inputs.get("friend"): points for inputs, points in lines.tuples()}
    return [
        Friend(
            row.friend.name,
            row.state,
            row.why,
            row.settled_at or row.joined_at,
            row.friend.phone_key is not None,
            gave.get(row.friend.code, 0) if row.state == "paid" else 0,
        )
        for row in rows
    ]


def lately(brand: int, state: str | None = None, limit: int = MOST) -> list[Known]:
    """For the counter: who brought whom, and what came of it, newest first. One query."""
    inviter = Member.alias("inviter")
    query = (
        Referral.select(Referral, Member, inviter)
        .join(Member, on=(Referral.friend == Member.id))
        .switch(Referral)
        .join(inviter, on=(Referral.inviter == inviter.id), attr="inviter")
        .where(Member.brand == brand)
        .order_by(Referral.joined_at.desc(), Referral.id.desc())
        .limit(limit)
    )
    rows = query.where(Referral.state == state) if state else query
    return [Known(row.inviter, row.friend, row.state, row.why, row.settled_at or row.joined_at) for row in rows]


def count(brand: int) -> dict[str, int]:
    """How many friendships are in which state."""
    rows = Referral.select(Referral.state, fn.COUNT(Referral.id)).join(Member, on=(Referral.friend == Member.id))
    return dict(rows.where(Member.brand == brand).group_by(Referral.state).tuples())


def moved(guest: int, owner: int, at: int) -> None:
    """Two cards become one: whom the guest brought, the owner has brought. Who was here before is no new friend."""
    gone = {"state": "refused", "why": "known", "settled_at": at}
    open_ = Referral.state.in_(("joined", "taken_back"))
    Referral.update(gone).where(Referral.friend == guest, open_).execute()
    own = (Referral.inviter == guest) & (Referral.friend == owner)
    Referral.update(gone | {"why": "own"}).where(own, open_).execute()
    Referral.update({Referral.inviter: owner}).where(Referral.inviter == guest, Referral.friend != owner).execute()


# --- how it is done ----------------------------------------------------------------------------------------------------


def _why_not(inviter: int, friend: int, rules: Policy, at: int, purchase: Purchase | None = None) -> str:
    """Why this friendship pays nothing, or nothing: ring, staff, limit, own."""
    if Referral.select().where(Referral.friend == inviter, Referral.inviter == friend).exists():
        return "ring"
    if Staff.select().where(Staff.member.in_((inviter, friend)), Staff.dismissed_at.is_null()).exists():
        return "staff"
    card: Member = Member.get_by_id(inviter)
    if card.erased_at or card.merged_into_id:
        return "own" if card.merged_into_id == friend else "gone"
    if purchase:
        paid = Referral.select().where(
            Referral.inviter == inviter, Referral.state == "paid", Referral.settled_at > at - YEAR
        )
        return "limit" if paid.count() >= rules.referral_year else ""
    return ""


def _refuse(referral: Referral, why: str, at: int) -> Referral:
    no = {"state": "refused", "why": why, "settled_at": at}
    Referral.update(no).where(Referral.id == referral.id, Referral.state == referral.state).execute()
    return Referral.get_by_id(referral.id)


def _key(code: str, reason: str) -> str:
    return f"{reason}:{code}"


def _pay(member: int, reason: str, points: int, purchase: Purchase, store: Store, rules: Policy, at: int) -> None:
    if not points:
        return
    friend: Any = purchase.member
    ledger.earn(
        member,
        points,
        kind="bonus",
        key=_key(purchase.code, reason),
        at=at,
        expires_at=month_end_after(at, rules.lot_months, store.timezone),
        origin=ledger.Origin(
            reason,
            store.id,
            inputs={"points": points, "friend": friend.code, "bill": purchase.code, "policy": policy.version_of(store)},
        ),
    )
    inbox.tell(
        member,
        f"friend_{reason}",
        at,
        key=_key(purchase.code, reason),
        url="/invite" if reason == "referral" else "/points",
        points=points,
    )


def _unpay(purchase: Purchase, reason: str, staff: Staff | None, at: int) -> None:
    line = LedgerLine.get_or_none(LedgerLine.key == _key(purchase.code, reason))
    if line is None:
        return
    payer = Member.get_by_id(line.member_id)
    while payer.merged_into_id:
        payer = payer.merged_into
    origin = ledger.Origin("unreferred", purchase.store_id, staff.id if staff else None, inputs=line.inputs)
    key = f"{line.key}:back"
    taken = ledger.take_back(line.id, line.points - line.owed, key=key, at=at, payer=payer.id, origin=origin)
    if taken:
        inbox.tell(
            payer.id, f"friend_{reason}_back", at, key=key, url=f"/points/{taken}", points=line.points - line.owed
        )


def _times(purchase: Purchase, referral: Referral) -> int:
    """How often this friend has paid so far."""
    query = Event.select().where(Event.verb == "friend_paid", Event.member == referral.inviter_id)
    return sum(1 for event in query if event.data.get("friend") == referral.friend_id)
