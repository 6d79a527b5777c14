"""Surprises out of what somebody likes (O3): a task for the people at the counter, on the day before a booking or when somebody comes in.

A cup with the name on it, not an offer: the member is told nothing and owes nothing. At most one in sixty days, and none while a case of
theirs is open: then somebody says sorry first. What may be prepared stands at the chip, in the shop's own words.
"""

import datetime as dt
from typing import Any

from peewee import fn

from models import Booking, Chip, Follow, Member, Memory, Param, Prepared, Store, transaction
from webapp import clock
from webapp.care import follows
from webapp.clock import DAY, HOUR

APART = 60 * DAY
EVENING = dt.time(15)  # from then on the people of tomorrow are looked at, while the shop can still buy what is missing
BATCH = 500
_NONE = {"zh": ""}
_STANDING = (Memory.forgotten_at.is_null(), Chip.surprise != _NONE, Chip.retired_at.is_null())

_WISHES = Prepared(
    lambda: Memory.select(Memory.id).join(Chip).where(Memory.member == Param("member"), *_STANDING).limit(1)
)


def heard(member: Member, store: Store, at: int) -> None:
    """Somebody has come in: inside the check-in's transaction. Who likes nothing that can be prepared costs one question."""
    if _WISHES.row(member=member.id):
        offer(member, store, at, clock.day_number(at, store.timezone))


def plan(at: int) -> int:
    """Tasks for those who come tomorrow. Returns how many were made; a repeat makes none."""
    made, last = 0, 0
    while True:
        ahead = (Booking.state == "confirmed") & (Booking.starts_at > at) & (Booking.starts_at < at + 2 * DAY)
        liked = fn.EXISTS(Memory.select(Memory.id).join(Chip).where(Memory.member == Booking.member, *_STANDING))
        query = Booking.select(Booking, Member, Store).join(Member).switch(Booking).join(Store)
        found = list(query.where(ahead, liked, Booking.id > last).order_by(Booking.id).limit(BATCH))
        if not found:
            return made
        made += sum(_tomorrow(booking, at) for booking in found)
        last = found[-1].id


def offer(member: Member, store: Store, at: int, due_day: int, **about: Any) -> Follow | None:
    """One task for this member, unless there was one lately. The one that comes round: what had its turn longest ago, or never."""
    with transaction():
        now = Member.get_by_id(member.id)
        if now.care_since or now.erased_at or now.merged_into_id or _lately(member.id, at):
            return None
        wished = _wished(member.id, store.kind)
        if not wished:
            return None
        turn = Follow.select(fn.COUNT(Follow.id)).where(Follow.member == member.id, Follow.kind == "surprise").scalar()
        chosen = wished[turn % len(wished)]
        key = f"surprise:{member.id}:{turn}"
        return follows.put(member, store, "surprise", due_day, at, key=key, about=chosen | about)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _tomorrow(booking: Booking, at: int) -> bool:
    """The day before, from the afternoon on, by the shop's own clock."""
    zone = booking.store.timezone
    begins = clock.local(booking.starts_at, zone)
    eve = dt.datetime.combine(begins.date() - dt.timedelta(days=1), EVENING, begins.tzinfo)
    if not clock.stamp(eve) <= at < booking.starts_at - HOUR:
        return False
    day = clock.day_number(booking.starts_at, zone)
    assert booking.member is not None  # asked for by the query
    return bool(offer(booking.member, booking.store, at, day, booking=booking.code, starts_at=booking.starts_at))


def _wished(member: int, shop: str) -> list[dict[str, Any]]:
    """What this shop may prepare for them."""
    rows: Any = Memory.select(Memory, Chip).join(Chip).where(Memory.member == member, *_STANDING).order_by(Memory.id)
    return [
        {"chip": row.chip_id, "name": row.chip.name, "surprise": row.chip.surprise}
        for row in rows
        if not row.chip.shops or shop in row.chip.shops
    ]


def _lately(member: int, at: int) -> bool:
    mine = (Follow.member == member) & (Follow.kind == "surprise")
    return Follow.select().where(mine, (Follow.made_at > at - APART) | (Follow.state == "open")).exists()
