"""What the tests of these pages say briefly: a page as it is read, and bags that have come so far."""

import re
from typing import Any

from models import Order
from tests.laundry.places import Cleaner
from tests.world import NOON
from webapp.clock import DAY
from webapp.laundry import after, handing, orders

TICKET = "a ticket of this form"


def text(answer: Any) -> str:
    """The page as it is read: without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def collected(cleaner: Cleaner, at: int = NOON, **fields: Any) -> Order:
    return handing.collect(cleaner.ready(at=at - DAY, **fields), cleaner.bo, at, paid=True)


def asked_well(cleaner: Cleaner) -> Order:
    """Fetched three days ago, and asked today."""
    order = collected(cleaner, NOON - 3 * DAY)
    assert after.ask(NOON) == 1
    return orders.fresh(order)
