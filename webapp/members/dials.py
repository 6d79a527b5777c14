"""How often a member hears from the shop, and what they were sent, when the card goes away: on the other card, exported, or forgotten.

Written here because this room may not look to the care room. What was sent stays as a number: a rule's effect is still what it was.
"""

from typing import Any

from peewee import fn

from models import Budget, Send


def move(guest: int, owner: int) -> None:
    """What both were sent is what one was sent; nobody hears more often than either of them wanted. An occasion that both had stays where it was."""
    held = Send.alias()
    same = held.select(held.id).where(held.member == owner, held.rule == Send.rule, held.occasion == Send.occasion)
    moving = list(Send.select().where(Send.member == guest, ~fn.EXISTS(same)).order_by(Send.id))
    used = dict(
        Send.select(Send.month, fn.COUNT(Send.id))
        .where(Send.member == owner, Send.counted)
        .group_by(Send.month)
        .tuples()
    )
    for send in moving:
        counts = send.counted and used.get(send.month, 0) < 2
        used[send.month] = used.get(send.month, 0) + counts
        Send.update(member=owner, counted=counts).where(Send.id == send.id).execute()
    _quieter(guest, owner)


def dial(mine: list[int]) -> list[dict[str, Any]]:
    """For the export: what was chosen, and what was made quieter."""
    return list(Budget.select().where(Budget.member.in_(mine)).order_by(Budget.member).dicts())


def sends(mine: list[int]) -> list[dict[str, Any]]:
    """For the export: every occasion of care, what came of it and why not."""
    return list(Send.select().where(Send.member.in_(mine)).order_by(Send.id).dicts())


def forget(member: int) -> None:
    """In the transaction that forgets the person."""
    Budget.delete().where(Budget.member == member).execute()


# --- how it is done ----------------------------------------------------------------------------------------------------


def _quieter(guest: int, owner: int) -> None:
    """The lower of the two dials; one that was never touched says nothing."""
    theirs: Budget | None = Budget.get_or_none(Budget.member == guest)
    if theirs is None:
        return
    Budget.insert(member=owner).on_conflict_ignore().execute()
    mine = Budget.get(Budget.member == owner)
    if theirs.per_month < mine.per_month:
        kept = {"per_month": theirs.per_month, "quieted_at": theirs.quieted_at, "chosen_at": theirs.chosen_at}
        Budget.update(**kept, ignored=0).where(Budget.member == owner).execute()
    Budget.delete().where(Budget.member == guest).execute()
