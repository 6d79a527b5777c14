"""Who looked: every opening of a member's card and every reveal of a number is written down, and the member sees it (A9)."""

from typing import NamedTuple

from models import Event, Member, Staff, Store, transaction
from webapp.clock import MINUTE
from webapp.members import phones
from webapp.outbox import events
from webapp.refusals import Refusal
from webapp.words import N_

SAME_LOOK = 10 * MINUTE
SAID = {
    "card_viewed": N_("打开了会员卡"),
    "phone_revealed": N_("查看了完整手机号"),
    "handshake_confirmed": N_("在柜台确认了登录"),
    "merged": N_("在柜台合并了两张卡"),
}


class Look(NamedTuple):
    at: int
    name: str
    store: dict[str, str] | None
    what: str


def view(member: Member, staff: Staff, store: Store, at: int) -> None:
    """A card was opened; the same person again within ten minutes is the same look."""
    since = (Event.member == member.id) & (Event.staff == staff.id) & (Event.at > at - SAME_LOOK)
    if not Event.select().where(since, Event.verb == "card_viewed").exists():
        events.record("card_viewed", at, store=store.id, staff=staff.id, member=member.id)


def reveal(member: Member, staff: Staff, store: Store, at: int) -> str:
    """The whole number, once, for whoever needs to call. Refuses a pass that has none."""
    number = phones.of(member)
    if not number:
        raise Refusal("这张卡没有绑定手机号", code="no_phone")
    with transaction():
        events.record("phone_revealed", at, store=store.id, staff=staff.id, member=member.id)
    return number


def of(member: int, limit: int = 30) -> list[Look]:
    """Who looked at this member, newest first, with names and stores in one query."""
    rows = (
        Event.select(Event, Staff, Store)
        .join(Staff)
        .switch(Event)
        .left_outer_join(Store)
        .where(Event.member == member, Event.verb.in_(list(SAID)))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    return [
        Look(row.at, row.staff.name if row.staff else "", row.store.name if row.store else None, SAID[row.verb])
        for row in rows
    ]
