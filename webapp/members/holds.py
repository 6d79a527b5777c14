"""Letting go of what a member holds, before the card goes away: points and stock back, the desk's cards closed.

Written here because this room may not look to the rewards' room; it keeps that room's keys (`settle:<code>`), so that whichever of the
two settles a redemption first, it is settled once.
"""

from models import Redemption, Shelf
from webapp.outbox import events
from webapp.points import ledger
from webapp.staff import queue


def let_go(member: int, at: int) -> int:
    """Cancel every running hold of this member. Called inside a transaction; returns how many."""
    running = list(Redemption.select().where(Redemption.member == member, Redemption.state == "held"))
    return sum(_cancel(redemption, at) for redemption in running)


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
