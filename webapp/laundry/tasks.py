"""Work of this room that nobody waits for; the worker collects it."""

from models import Brand, Store
from webapp.clock import MINUTE
from webapp.config import Settings
from webapp.laundry import advice, after, agreement, handing, promises


def watch_orders(at: int, settings: Settings) -> None:
    """Who has not said yes in time is to be called, and who is promised something soon that is not done; every five minutes is often enough."""
    if at // MINUTE % 5 == 0:
        agreement.call_list(at)
        promises.warn(at)


def remind_uncollected(at: int, settings: Settings) -> None:
    """Whoever has not come for their clothes, and whoever came two days ago; by day, four times an hour."""
    if at // MINUTE % 15 == 0:
        handing.remind(at)
        after.ask(at)


def fill_library(at: int, settings: Settings) -> None:
    """A brand with a laundry has the care cards that came with the program."""
    if at // MINUTE % 5 == 0 and Store.select().where(Store.kind == "laundry").exists():
        for brand in list(Brand.select()):
            advice.fill(brand, at)


EVERY_MINUTE = (watch_orders, remind_uncollected, fill_library)
NIGHTLY = ()
