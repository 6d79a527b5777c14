"""The brand and what it has before anybody comes: each noun opens its own part."""

from models import Brand, Placement, PriceItem, Resource, Reward, Service, Shelf, Staff, Store
from webapp.clock import DAY
from webapp.seeds import bookings, laundry, people, rewards, stores


class Shop:
    """Three stores, the people in them, posters and rewards."""

    brand: Brand
    stores: list[Store]
    by_slug: dict[str, Store]
    placements: list[Placement]
    people: dict[str, Staff]
    rewards: list[tuple[Reward, dict[str, Shelf]]]
    services: dict[str, tuple[Service, list[Resource]]]
    prices: list[PriceItem]

    def __init__(self, at: int, password: str) -> None:
        self.made = at - people.LONGEST * DAY - 30 * DAY
        stores.open_up(self)
        people.hire(self, password)
        rewards.open_up(self, at)
        self.services = {}
        bookings.open_up(self, at)
        laundry.open_up(self, at)
