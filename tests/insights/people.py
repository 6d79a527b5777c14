"""What people of these tests have bought, and when."""

from models import Member, Purchase
from tests.world import NOON
from webapp.clock import DAY


def bought(
    member: Member, yuan: int, days: int, now: int = NOON, *, refunded: int = 0, store: int | None = None
) -> Purchase:
    """A bill so many days ago."""
    number = Purchase.select().count()
    return Purchase.create(
        store=store or member.store_id,
        code=f"P{number}",
        key=f"p{number}",
        source="desk",
        amount=yuan * 100,
        refunded=refunded * 100,
        member=member.id,
        at=now - days * DAY,
    )
