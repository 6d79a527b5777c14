"""What the shop holds about one person: all of it in one file, and all of it forgotten on request.

Erasing forgets the person and keeps the sums: lines, bills and visits stay as numbers that belong to nobody, so that the shop's books
and every invariant still hold. It refuses nobody.
"""

from collections.abc import Iterable
from typing import Any

from models import (
    Address,
    Adviser,
    Booking,
    Consent,
    Device,
    Digits,
    Event,
    Feed,
    Gift,
    Handshake,
    IntakeRow,
    Kin,
    LedgerLine,
    Letter,
    Level,
    LevelMove,
    Lot,
    Member,
    Merge,
    Message,
    Part,
    Passkey,
    Photo,
    Purchase,
    Push,
    Question,
    Redemption,
    Referral,
    Refund,
    Reward,
    Service,
    Staff,
    Standing,
    Store,
    Thanks,
    Visit,
    Waiter,
    Wear,
    Work,
    transaction,
)
from webapp import signins, vault
from webapp.insights import grades, nightly
from webapp.members import (
    clothes,
    coming,
    dials,
    doubles,
    history,
    holds,
    kin,
    memory,
    names,
    phones,
    troubles,
)
from webapp.outbox import events
from webapp.points import ledger
from webapp.staff import queue

_SECRETS = {
    "token_hash",
    "public_key",
    "credential",
    "pin_hash",
    "phone_sealed",
    "phone_key",
    "tail_key",
    "name_key",
    "key",
    "ticket",
    "endpoint_hash",
}


def export(member: Member, at: int) -> dict[str, Any]:
    """Everything the database holds about this member, as plain data. Keys and hashes are not about the person and stay here."""
    events.record("exported", at, member=member.id)
    mine = history.cards(member.id)
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
        "gifts": _gifts(mine),
        "level": _open(Level.select().where(Level.member.in_(mine)).order_by(Level.member).dicts()),
        "level_moves": _plain(LevelMove.select().where(LevelMove.member.in_(mine))),
        "friends": _friends(mine),
        "bookings": _bookings(mine),
        "waits": _plain(Waiter.select().where(Waiter.member.in_(mine))),
        "weekly": _unsealed(_plain(Standing.select().where(Standing.member.in_(mine)))),
        "addresses": _unsealed(_plain(Address.select().where(Address.member.in_(mine)))),
        "woken_browsers": _without(_plain(Push.select().where(Push.member.in_(mine))), "sealed"),
        "calendar": _plain(Feed.select().where(Feed.member.in_(mine))),
        "orders": _unsealed(_open(clothes.orders(mine))),
        "wardrobe": _plain(Wear.select().where(Wear.member.in_(mine))),
        "photos": _plain(Photo.select().where(Photo.member.in_(mine))),
        "questions": _unsealed(_plain(Question.select().where(Question.member.in_(mine)))),
        "adviser": _adviser(mine),
        "cases": troubles.cases(mine),
        "coupons": troubles.coupons(mine),
        "vouchers": troubles.vouchers(mine),
        "goodwill": troubles.goodwill(mine),
        "ratings": troubles.ratings(mine),
        "how_they_come": grades.export(mine),
        "follow_ups": troubles.follow_ups(mine),
        "thanks": _unsealed(_plain(Thanks.select().where(Thanks.member.in_(mine)))),
        "care": dials.sends(mine),
        "care_budget": dials.dial(mine),
        "memory": memory.export(mine),
        "family": _family(mine),
        "doubles": _plain(Merge.select().where(Merge.first.in_(mine) | Merge.second.in_(mine))),
        "messages": _plain(Message.select().where(Message.member.in_(mine))),
        "letters": _plain(Letter.select().where(Letter.member.in_(mine))),
        "cards": _plain(Work.select().where(Work.member.in_(mine))),
        "brought_in": _without(_plain(IntakeRow.select().where(IntakeRow.member.in_(mine))), "data_sealed"),
        "events": _events(mine),
    }


def erase(member: Member, at: int) -> None:
    """Forget the person. Bookings and holds are cancelled, sign-ins end at their next request, the number is free for anybody."""
    with transaction():
        ledger.lock(member.id)
        desks = coming.let_go(member.id, at)
        troubles.forget(member.id, at)
        dials.forget(member.id)
        for mine in history.cards(member.id):
            memory.erase(mine, at)
            kin.forget(mine, at)
            doubles.forget(mine, at)
        coming.forget(member.id, at)
        holds.let_go(member.id, at)
        holds.return_gifts(member.id, at)
        Level.delete().where(Level.member == member.id).execute()
        signins.end_all(at, member=member.id)
        Device.update({Device.label: ""}).where(Device.member == member.id).execute()
        models: tuple[Any, ...] = (Passkey, Digits, Message, Letter, Push, Question, Adviser, Thanks)
        for model in models:
            model.delete().where(model.member == member.id).execute()
        Handshake.delete().where((Handshake.member == member.id) | (Handshake.guest == member.id)).execute()
        Visit.update({Visit.is_open: False}).where(Visit.member == member.id, Visit.is_open).execute()
        open_cards = list(Work.select().where(Work.member == member.id, Work.done_at.is_null()))
        for card in open_cards:
            queue.finish(card.kind, card.ref, at)
        Work.update(brief={}).where(Work.member == member.id).execute()  # some say what the member said
        IntakeRow.update(key="", data_sealed=None).where(IntakeRow.member == member.id).execute()
        Staff.update({Staff.member: None}).where(Staff.member == member.id).execute()
        Member.update(
            names.columns("")
            | {
                "phone_sealed": None,
                "phone_key": None,
                "tail_key": None,
                "birthday": None,
                "pin_hash": None,
                "erased_at": at,
            }
        ).where(Member.id == member.id, Member.erased_at.is_null()).execute()
        nightly.forget([member.id])
        events.record("erased", at, member=member.id)
        for store in sorted({*desks, *(card.store_id for card in open_cards)}):
            events.tick(store)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _plain(query: Any) -> list[dict[str, Any]]:
    return _open(query.order_by(query.model.id).dicts())


def _open(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in _SECRETS} for row in rows]


def _without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def _bookings(mine: list[int]) -> list[dict[str, Any]]:
    """Each with its services, and what the member wrote with it in plain words."""
    found = _unsealed(_plain(Booking.select().where(Booking.member.in_(mine))))
    parts = Part.select(Part, Service.name.alias("service_name")).join(Service).switch(Part).join(Booking)
    by_booking: dict[int, list[dict[str, Any]]] = {row["id"]: [] for row in found}
    for part in _plain(parts.where(Booking.member.in_(mine))):
        by_booking[part["booking"]].append(part)
    return [row | {"parts": by_booking[row["id"]]} for row in found]


def _unsealed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sealed words as they were written, under the name without the seal."""
    names = {
        "note_sealed": "note",
        "guest_phone_sealed": "guest_phone",
        "sealed": "text",
        "text_sealed": "text",
        "answer_sealed": "answer",
    }
    return [
        {
            names.get(name, name): (vault.unseal(value) if value else "") if name in names else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _family(mine: list[int]) -> list[dict[str, Any]]:
    """Whom they help and who helps them; what a helper calls somebody is the helper's own word."""
    rows = _plain(Kin.select().where(Kin.member.in_(mine) | Kin.helper.in_(mine)))
    return [row if row["helper"] in mine else row | {"name": ""} for row in rows]


def _adviser(mine: list[int]) -> list[dict[str, Any]]:
    """Who of the shop looks after them, by name."""
    query = Adviser.select(Adviser, Staff.name.alias("staff_name")).join(Staff, on=(Adviser.staff == Staff.id))
    return _plain(query.where(Adviser.member.in_(mine)))


def _redemptions(mine: list[int]) -> list[dict[str, Any]]:
    query = (
        Redemption.select(Redemption, Reward.name.alias("reward_name")).join(Reward).where(Redemption.member.in_(mine))
    )
    return _plain(query)


def _gifts(mine: list[int]) -> list[dict[str, Any]]:
    return _plain(Gift.select(Gift, Reward.name.alias("reward_name")).join(Reward).where(Gift.member.in_(mine)))


def _friends(mine: list[int]) -> list[dict[str, Any]]:
    """That somebody came by their code, or they by somebody's; who it was is the other one's own."""
    about = (Referral.id, Referral.state, Referral.why, Referral.joined_at, Referral.settled_at)
    brought = _plain(Referral.select(*about).where(Referral.inviter.in_(mine)))
    came = _plain(Referral.select(*about).where(Referral.friend.in_(mine)))
    return [row | {"as": "inviter"} for row in brought] + [row | {"as": "friend"} for row in came]


def _events(mine: list[int]) -> list[dict[str, Any]]:
    """What happened, with the names of the people of the shop who did it."""
    query = Event.select(Event, Staff.name.alias("staff_name")).left_outer_join(Staff).where(Event.member.in_(mine))
    return _plain(query)
