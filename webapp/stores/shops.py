"""The stores as a customer sees them: which there are, which one is in hand, and what hangs in the window."""

from models import Device, Reward, Shelf, Store
from webapp.refusals import Missing
from webapp.stores.placements import SLUG

MOST = 200


def all_open() -> list[Store]:
    """Every store that has not closed for good, the oldest first."""
    return list(Store.select().where(Store.closed_at.is_null()).order_by(Store.id).limit(MOST))


def find(slug: str) -> Store | None:
    """The store of an address, unless it is none or closed for good."""
    found: Store | None = (
        Store.get_or_none(Store.slug == slug.lower(), Store.closed_at.is_null()) if SLUG.match(slug.lower()) else None
    )
    return found


def window(store: Store, at: int, limit: int = 3) -> list[Reward]:
    """A few rewards that this store has and that everybody may hold today, the cheapest first."""
    in_stock = Shelf.stock.is_null() | (Shelf.stock > 0)
    ends = Reward.closes_at.is_null() | (Reward.closes_at > at)
    here = Reward.select().join(Shelf).where(Shelf.store == store.id, in_stock)
    shown = here.where(
        ~Reward.gift_only, Reward.retired_at.is_null(), Reward.opens_at <= at, ends, Reward.tier == "ordinary"
    )
    return list(shown.order_by(Reward.points, Reward.id).limit(limit))


def choose(device: int, slug: str) -> Store:
    """From now on this phone has to do with that store. Missing for one that is not there."""
    store = find(slug)
    if store is None:
        raise Missing("没有找到这家店", code="no_such_store")
    Device.update({Device.store: store.id}).where(Device.id == device).execute()
    return store
