"""What the shop holds about one person: all of it in one file, and all of it forgotten on request.

Erasing forgets the person and keeps the sums: lines, bills and visits stay as numbers that belong to nobody, so that the shop's books
and every invariant still hold. It refuses nobody.
"""

from typing import Any

from models import (
    Consent,
    Device,
    Digits,
    Event,
    Handshake,
    LedgerLine,
    Letter,
    Lot,
    Member,
    Message,
    Passkey,
    Purchase,
    Redemption,
    Refund,
    Reward,
    Staff,
    Store,
    Visit,
    Work,
    transaction,
)
from webapp import signins
from webapp.members import holds, phones
from webapp.outbox import events
from webapp.staff import queue

_SECRETS = {
    "token_hash",
    "public_key",
    "credential",
    "pin_hash",
    "phone_sealed",
    "phone_key",
    "tail_key",
    "key",
    "ticket",
}


def export(member: Member, at: int) -> dict[str, Any]:
    """Everything the database holds about this member, as plain data. Keys and hashes are not about the person and stay here."""
    events.record("exported", at, member=member.id)
    mine = [member.id, *(row.id for row in Member.select(Member.id).where(Member.merged_into == member.id))]
    stores = {row.id: row.slug for row in Store.select(Store.id, Store.slug)}
    purchases = Purchase.select(Purchase.id).where(Purchase.member.in_(mine))
    return {
        "format": "huitou-export-1",
        "made_at": at,
        "stores": stores,
        "member": _plain(Member.select().where(Member.id == member.id))[0] | {"phone": phones.of(member)},
        "consents": _plain(Consent.select().where(Consent.member.in_(mine))),
        "devices": _plain(Device.select().where(Device.member.in_(mine))),
        "passkeys": _plain(Passkey.select().where(Passkey.member.in_(mine))),
        "visits": _plain(Visit.select().where(Visit.member.in_(mine))),
        "purchases": _plain(Purchase.select().where(Purchase.member.in_(mine))),
        "refunds": _plain(Refund.select().where(Refund.purchase.in_(purchases))),
        "points": _plain(LedgerLine.select().where(LedgerLine.member.in_(mine))),
        "lots": _plain(Lot.select().where(Lot.member.in_(mine))),
        "redemptions": _redemptions(mine),
        "messages": _plain(Message.select().where(Message.member.in_(mine))),
        "events": _events(mine),
    }


def erase(member: Member, at: int) -> None:
    """Forget the person. Holds are cancelled, sign-ins end at their next request, the number is free for anybody."""
    with transaction():
        holds.let_go(member.id, at)
        signins.end_all(at, member=member.id)
        Device.update({Device.label: ""}).where(Device.member == member.id).execute()
        models: tuple[Any, ...] = (Passkey, Digits, Message, Letter)
        for model in models:
            model.delete().where(model.member == member.id).execute()
        Handshake.delete().where((Handshake.member == member.id) | (Handshake.guest == member.id)).execute()
        Visit.update({Visit.is_open: False}).where(Visit.member == member.id, Visit.is_open).execute()
        open_cards = Work.select(Work.kind, Work.ref).where(Work.member == member.id, Work.done_at.is_null())
        for kind, ref in list(open_cards.tuples()):
            queue.finish(kind, ref, at)
        Staff.update({Staff.member: None}).where(Staff.member == member.id).execute()
        Member.update(
            {
                Member.name: "",
                Member.phone_sealed: None,
                Member.phone_key: None,
                Member.tail_key: None,
                Member.birthday: None,
                Member.pin_hash: None,
                Member.erased_at: at,
            }
        ).where(Member.id == member.id, Member.erased_at.is_null()).execute()
        events.record("erased", at, member=member.id)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _plain(query: Any) -> list[dict[str, Any]]:
    rows = query.order_by(query.model.id).dicts()
    return [{name: value for name, value in row.items() if name not in _SECRETS} for row in rows]


def _redemptions(mine: list[int]) -> list[dict[str, Any]]:
    query = (
        Redemption.select(Redemption, Reward.name.alias("reward_name")).join(Reward).where(Redemption.member.in_(mine))
    )
    return _plain(query)


def _events(mine: list[int]) -> list[dict[str, Any]]:
    """What happened, with the names of the people of the shop who did it."""
    query = Event.select(Event, Staff.name.alias("staff_name")).left_outer_join(Staff).where(Event.member.in_(mine))
    return _plain(query)
