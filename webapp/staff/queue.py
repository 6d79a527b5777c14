"""The queue: one list of cards per store, ordered by time left, whatever room a card belongs to.

Rules of other rooms `post` a card and `finish` it in their own transaction. A card that a colleague has opened carries the name
and greys for everybody else; after two minutes without a tap it is free again.
"""

from typing import Any

from peewee import fn

from models import Member, Param, Prepared, Staff, Work, document, transaction
from webapp import storage
from webapp.clock import MINUTE
from webapp.outbox import events

OPEN_FOR = 2 * MINUTE

_POST = Prepared(
    lambda: Work.insert(
        {
            Work.store: Param("store"),
            Work.kind: Param("kind"),
            Work.ref: Param("ref"),
            Work.member: Param("member"),
            Work.brief: Param("brief"),
            Work.made_at: Param("at"),
            Work.due_at: Param("due_at"),
        }
    )
)
_FINISH = Prepared(
    lambda: Work.update({Work.done_at: Param("at")}).where(
        Work.kind == Param("kind"), Work.ref == Param("ref"), Work.done_at.is_null()
    )
)
_PEOPLE = Prepared(
    lambda: Work.select(fn.COUNT(Work.id)).where(
        Work.store == Param("store"),
        Work.kind == "arrival",
        Work.done_at.is_null(),
        Work.due_at > Param("at"),
        Work.id < Param("before"),
    )
)
_EVERYBODY = 2**63 - 1


def post(store: int, kind: str, ref: str, due_at: int, at: int, *, member: int | None = None, **brief: Any) -> None:
    """Put a card into the store's queue. `brief` is what the card shows; `ref` leads to the whole story."""
    _POST.note(store=store, kind=kind, ref=ref, member=member, brief=document(brief), at=at, due_at=due_at)


def post_again(
    store: int, kind: str, ref: str, due_at: int, at: int, *, member: int | None = None, **brief: Any
) -> None:
    """The same, where the story may begin anew: a card that was dealt with is back with a new clock, an open one keeps the earlier."""
    seen = Work.get_or_none(Work.kind == kind, Work.ref == ref)
    if seen is None:
        post(store, kind, ref, due_at, at, member=member, **brief)
    elif seen.done_at is not None:
        fresh = {"brief": brief, "made_at": at, "due_at": due_at, "done_at": None, "opened_by": None, "opened_at": None}
        Work.update(store=store, **fresh).where(Work.id == seen.id).execute()


def show(store: int, kind: str, ref: str, due_at: int, at: int, *, member: int | None = None, **brief: Any) -> None:
    """There is one card for this, open, and it says exactly this: made, brought back, or changed. Who has it open keeps it."""
    now = {Work.brief: brief, Work.due_at: due_at, Work.done_at: None, Work.member: member}
    if not Work.update(now).where(Work.kind == kind, Work.ref == ref).execute():
        post(store, kind, ref, due_at, at, member=member, **brief)


def renew(kind: str, ref: str, due_at: int, **brief: Any) -> None:
    """What an open card is about has changed: it says the new, and never waits longer than it did."""
    card = Work.get_or_none(Work.kind == kind, Work.ref == ref, Work.done_at.is_null())
    if card:
        Work.update(brief=card.brief | brief, due_at=min(card.due_at, due_at)).where(Work.id == card.id).execute()


def finish(kind: str, ref: str, at: int) -> None:
    """The card is dealt with; a second time changes nothing."""
    _FINISH.note(kind=kind, ref=ref, at=at)


def reopen(kind: str, ref: str) -> None:
    """What dealt with the card was taken back: it waits again."""
    Work.update({Work.done_at: None}).where(Work.kind == kind, Work.ref == ref).execute()


def greet(card: Work, staff: Staff, at: int) -> None:
    """Somebody saw to a member who arrived: the card leaves. A second time changes nothing."""
    with transaction():
        if card.done_at is None and _FINISH.run(kind=card.kind, ref=card.ref, at=at):
            events.record("greeted", at, store=card.store_id, staff=staff.id, member=card.member_id, ref=card.ref)
            events.tick(card.store_id)


def waiting(at: int) -> Any:
    """Which cards are still to be dealt with; an arrival that nobody greeted leaves by itself when its time is over."""
    return Work.done_at.is_null() & ((Work.kind != "arrival") | (Work.due_at > at))


def people(store: int, at: int, *, before: int = _EVERYBODY) -> int:
    """How many have checked in and wait at the counter to be greeted; only those who came before that card, if one is named."""
    row = _PEOPLE.row(store=store, at=at, before=before)
    return int(row[0]) if row else 0


def cards(store: int, kind: str | None = None, limit: int = 100, *, at: int = 0) -> list[Work]:
    """Open cards with their members and who has opened them, the most urgent first. One query."""
    query = (
        Work.select(Work, Member, Staff)
        .left_outer_join(Member)
        .switch(Work)
        .left_outer_join(Staff)
        .where(Work.store == store, waiting(at))
        .order_by(Work.due_at, Work.id)
        .limit(limit)
    )
    return list(query.where(Work.kind == kind) if kind else query)


def open_card(kind: str, ref: str, staff: Staff, at: int) -> Work | None:
    """Somebody opens a card: it is theirs for two minutes unless a colleague has it. Returns the card as it is now."""
    mine = (Work.kind == kind) & (Work.ref == ref) & Work.done_at.is_null()
    with storage.in_passing(), transaction():
        free = Work.opened_by.is_null() | (Work.opened_by == staff.id) | (Work.opened_at < at - OPEN_FOR)
        card = Work.get_or_none(mine)
        if card and (card.opened_by_id != staff.id or card.opened_at < at - MINUTE // 2):
            changed = Work.update({Work.opened_by: staff.id, Work.opened_at: at}).where(mine, free).execute()
            if changed:
                events.tick(card.store_id)
                card = Work.get_or_none(mine)
        return card
    return Work.get_or_none(mine)


def taken_by(card: Work, staff: Staff | None, at: int) -> str:
    """The name of the colleague who has this card open, or nothing."""
    holder = card.opened_by
    if holder is None or (staff and holder.id == staff.id) or (card.opened_at or 0) < at - OPEN_FOR:
        return ""
    return holder.name
