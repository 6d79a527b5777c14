"""What the left column of the desk shows: the queue's rows, how many of each kind, and the ticket of its poll.

For every door of the desk whose page has that column; cards of other rooms lead to that room's own address.
"""

from typing import Any

from peewee import fn

from models import Staff, Store, Work
from webapp import front
from webapp.staff import queue

# Where a card of each kind opens.
ADDRESSES = {
    "agree": "/desk/orders/{ref}",
    "talk": "/desk/orders/{ref}",
    "promise": "/desk/orders/{ref}",
    "uncollected": "/desk/orders/{ref}",
    "unwell": "/desk/orders/{ref}",
    "claim": "/desk/garments/{ref}/claim",
    "redemption": "/desk/redemptions/{ref}",
    "coupon": "/desk/coupons/{ref}",
    "handshake": "/desk/handshakes/{ref}",
    "arrival": "/desk/arrivals/{ref}",
    "booking": "/desk/bookings/{ref}",
    "rebook": "/desk/bookings/{ref}",
    "question": "/desk/bookings/questions/{ref}",
    "case": "/desk/cases/{ref}",
    "amends": "/desk/amends/{ref}",
    "recheck": "/desk/rechecks/{ref}",
    "follow": "/desk/follow-ups",
}


def context(store: Store, actor: Staff | None, at: int, lane: str = "", current: str = "") -> dict[str, Any]:
    """The variables of staff/_queue.html. `lane` is a kind or empty, `current` the ref of the card that is open. Two queries."""
    rows = [
        {
            "card": card,
            "taken": queue.taken_by(card, actor, at),
            "url": ADDRESSES.get(card.kind, "/desk/").format(ref=card.ref),
        }
        for card in queue.cards(store.id, lane or None, at=at)
    ]
    return {
        "rows": rows,
        "counts": counts(store.id, at),
        "lane": lane,
        "current": current,
        "pulse": front.pulse("store", store.id, store.queue_version, at),
    }


def counts(store: int, at: int) -> list[dict[str, Any]]:
    """How many cards of each kind are open, the most first."""
    number = fn.COUNT(Work.id)
    query = Work.select(Work.kind, number.alias("n")).where(Work.store == store, queue.waiting(at)).group_by(Work.kind)
    return [{"kind": kind, "n": n} for kind, n in query.order_by(number.desc(), Work.kind).tuples()]
