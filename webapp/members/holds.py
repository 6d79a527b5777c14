"""Letting go of what a member holds, before the card goes away: points and stock back, the desk's cards closed.

Written here because this room may not look to the rewards' room; it keeps that room's keys (`settle:<code>`), so that whichever of the
two settles a redemption first, it is settled once.
"""

from models import Gift, Redemption, Shelf
from webapp.outbox import events
from webapp.points import ledger
from webapp.staff import queue


def let_go(member: int, at: int) -> int:
    """Cancel every running hold of this member. Called inside a transaction; returns how many."""
    running = list(Redemption.select().where(Redemption.member == member, Redemption.state == "held"))
    return sum(_cancel(redemption, at) for redemption in running)


def return_gifts(member: int, at: int) -> None:
    """What was kept for a person who is forgotten goes back to the shelf. Called inside a transaction."""
    for gift in list(Gift.select().where(Gift.member == member, Gift.state == "kept")):
        kept = (Gift.id == gift.id) & (Gift.state == "kept")
        if Gift.update({Gift.state: "returned", Gift.ended_at: at}).where(kept).execute():
            limited = (Shelf.id == gift.shelf_id) & Shelf.stock.is_null(False)
            Shelf.update({Shelf.stock: Shelf.stock + 1}).where(limited).execute()
            events.record("gift_returned", at, store=gift.store_id, member=member, ref=gift.code, name=gift.reward.name)
            events.tick(gift.store_id)


def _cancel(redemption: Redemption, at: int) -> bool:
    held = (Redemption.id == redemption.id) & (Redemption.state == "held")
    if Redemption.update({Redemption.state: "cancelled", Redemption.settled_at: at}).where(held).execute() != 1:
        return False
    if redemption.line_id:
        inputs = {"reward": redemption.reward.name, "code": redemption.code}
        origin = ledger.Origin("cancelled", redemption.store_id, inputs=inputs)
        ledger.release(redemption.line_id, key=f"settle:{redemption.code}", at=at, origin=origin)
    limited = (Shelf.id == redemption.shelf_id) & Shelf.stock.is_null(False)
    Shelf.update({Shelf.stock: Shelf.stock + 1}).where(limited).execute()
    queue.finish("redemption", redemption.code, at)
    events.record("cancelled", at, store=redemption.store_id, member=redemption.member_id, ref=redemption.code)
    events.tick(redemption.store_id)
    return True
