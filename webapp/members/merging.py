"""Two cards of one person become one: what the pass without a number had, the owner of the number has afterwards.

Called by a confirmed handshake. The ledger stays append-only: the points leave the pass in one line and arrive as lots with the same
last days, so that each card's lines still sum to its balance. A merge that happened changes nothing when it is asked for again.
"""

from typing import Any

from peewee import PostgresqlDatabase

from models import (
    Device,
    Digits,
    Gift,
    Letter,
    Lot,
    Member,
    Merge,
    Message,
    Passkey,
    Purchase,
    Push,
    Question,
    Redemption,
    Staff,
    Store,
    Thanks,
    Visit,
    Work,
    database,
    locked,
    transaction,
)
from webapp import policy, vault
from webapp.insights import nightly
from webapp.members import advisers, coming, dials, holds, kin, memory, names, troubles
from webapp.outbox import events, inbox
from webapp.points import ledger, levels, referrals
from webapp.points.ledger import Origin
from webapp.refusals import Refusal


def merge(guest: Member, owner: Member, staff: Staff, store: Store, at: int) -> None:
    """Move everything of `guest` to `owner`. Refuses a pass that has a number of its own, and a card that is gone."""
    with transaction():
        guest, owner = held(guest.id, owner.id)
        if guest.merged_into_id == owner.id:
            return
        if guest.id == owner.id or guest.phone_key or guest.merged_into_id or guest.erased_at or owner.erased_at:
            raise Refusal("这两张卡不能合并", code="cannot_merge")
        join(guest, owner, staff.id, store, at)


def join(guest: Member, owner: Member, staff: int | None, store: Store, at: int) -> int:
    """Everything of one card to the other, in a transaction that has both rows and has said yes. Returns the points that moved."""
    coming.move(guest.id, owner.id, at)
    holds.let_go(guest.id, at)
    moved = _move_points(guest, owner, at, _origin(guest, owner, staff, store.id))
    _move_rows(guest, owner, at)
    _move_person(guest, owner, store, at)
    if moved:
        inbox.tell(owner.id, "points_moved", at, key=f"merge:{guest.code}:{at}", url="/points", points=moved)
    events.record("merged", at, store=store.id, staff=staff, member=owner.id, ref=guest.code, points=moved)
    return moved


def held(*members: int) -> list[Member]:
    """The rows of these cards, in the order given, held until the transaction ends; their bills before them, as everybody takes them."""
    if isinstance(database.obj, PostgresqlDatabase):
        bills = Purchase.select(Purchase.id).where(Purchase.member.in_(members)).order_by(Purchase.id)
        list(bills.for_update("FOR NO KEY UPDATE").tuples())  # type: ignore[arg-type]
    rows = {id_: locked(Member, id_) for id_ in sorted(set(members))}
    return [rows[id_] for id_ in members]


def sweep(at: int, limit: int = 200) -> int:
    """Points or debts that came to a merged card afterwards (an undone redemption) follow to the card it became part of."""
    left = Member.merged_into.is_null(False) & ((Member.points > 0) | (Member.owed > 0))
    guests = list(Member.select().where(left).limit(limit))
    for guest in guests:
        follow(guest, at)
    return len(guests)


def follow(guest: Member, at: int) -> None:
    """What came to a merged card goes on to the card it became part of; nothing happens to any other card."""
    if guest.merged_into_id is None:
        return
    with transaction():
        owner = survivor(guest)
        for member in sorted((guest.id, owner.id)):
            ledger.lock(member)
        _move_points(guest, owner, at, _origin(guest, owner, None, None))


def survivor(member: Member) -> Member:
    """The card that this one became part of, or itself."""
    while member.merged_into_id:
        member = member.merged_into
    return member


# --- how it is done ----------------------------------------------------------------------------------------------------


def _origin(guest: Member, owner: Member, staff: int | None, store: int | None) -> Origin:
    return Origin("merged", store, staff, inputs={"from": guest.code, "to": owner.code})


def _move_points(guest: Member, owner: Member, at: int, by: Origin) -> int:
    """Pay the pass's debt, then move every lot with its last day. Keys carry the card's version: a later sweep is another move."""
    ledger.lapse(guest.id, at)
    _settle_debt(guest, owner, at, by)
    version = Member.get_by_id(guest.id).version
    lots = list(Lot.select().where(Lot.member == guest.id, Lot.left > 0).order_by(Lot.expires_at, Lot.id))
    total = sum(lot.left for lot in lots)
    if not total:
        return 0
    key = f"merge:{guest.code}:{version}"
    ledger.adjust(guest.id, -total, key=f"{key}:out", at=at, expires_at=at, origin=by)
    for lot in lots:
        ledger.earn(
            owner.id, lot.left, kind="adjust", key=f"{key}:{lot.id}", at=at, expires_at=lot.expires_at, origin=by
        )
    return total


def _settle_debt(guest: Member, owner: Member, at: int, by: Origin) -> None:
    """What the pass owes is paid out of the owner's points, as far as they go; the rest stays on the old card's record."""
    ledger.lapse(owner.id, at)
    old, new = Member.get_by_id(guest.id), Member.get_by_id(owner.id)
    paid = min(old.owed, new.points)
    if paid:
        key = f"merge:{guest.code}:{old.version}"
        ledger.adjust(owner.id, -paid, key=f"{key}:debt", at=at, expires_at=at, origin=by)
        ledger.adjust(guest.id, paid, key=f"{key}:paid", at=at, expires_at=at + 1, origin=by)


def _move_person(guest: Member, owner: Member, store: Store, at: int) -> None:
    """A name or birthday that only the pass has, the later visit, and the level that both together have reached."""
    zone, rules = store.timezone, policy.of(store)
    kept = names.columns(owner.name or guest.name) | {
        "birthday": owner.birthday or guest.birthday,
        "seen_at": max(owner.seen_at or 0, guest.seen_at or 0) or None,
        "tier": levels.joined(guest, owner, rules, at, zone),
    }
    Member.update(kept).where(Member.id == owner.id).execute()
    empty = {"merged_into": owner.id, "pin_hash": None, "birthday": None, "phone_sealed": None, "phone_key": None}
    empty |= {"tail_key": None, "care_since": None}
    Member.update(names.columns("") | empty).where(Member.id == guest.id).execute()


def _move_rows(guest: Member, owner: Member, at: int) -> None:
    Visit.update({Visit.is_open: False}).where(Visit.member == guest.id, Visit.is_open).execute()
    mine = Redemption.select(Redemption.ticket).where(Redemption.member == owner.id)
    for clash in Redemption.select().where(Redemption.member == guest.id, Redemption.ticket.in_(mine)):
        clash.ticket = vault.token()
        clash.save()
    advisers.move(guest.id, owner.id)
    troubles.move(guest.id, owner.id)
    dials.move(guest.id, owner.id)
    memory.move(guest.id, owner.id)
    kin.move(guest.id, owner.id, at)
    nightly.forget([guest.id])
    models: tuple[Any, ...] = (
        Gift,
        Visit,
        Purchase,
        Redemption,
        Device,
        Passkey,
        Message,
        Letter,
        Push,
        Question,
        Staff,
        Thanks,
        Work,
    )
    for model in models:
        model.update({model.member: owner.id}).where(model.member == guest.id).execute()
    referrals.moved(guest.id, owner.id, at)
    Digits.delete().where(Digits.member == guest.id).execute()
    about = (Merge.first == guest.id) | (Merge.second == guest.id)  # what was still asked about a card that is gone now
    Merge.update(state="lapsed", ended_at=at).where(about, Merge.state == "asked").execute()
    Member.update(merged_into=owner.id).where(Member.merged_into == guest.id).execute()  # no card stands behind another
