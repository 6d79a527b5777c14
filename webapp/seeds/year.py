"""The year, played from its first day to the moment of the loading: who comes when, and what they do there."""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count

from models import Staff, Store
from webapp import clock, vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.policy import Policy
from webapp.seeds import bills, bookings, laundry, people, rewards, stores
from webapp.seeds.paper import Paper
from webapp.seeds.people import Card
from webapp.seeds.points import Book
from webapp.seeds.shop import Shop
from webapp.seeds.stores import ZONE

MEMBER_COUNT = 600
FIRST_MEMBER_POINTS = 1280
# The hours at which people come, and how many in each.
BUSY = {10: 2, 11: 3, 12: 2, 14: 2, 15: 3, 16: 3, 17: 4, 18: 6, 19: 8, 20: 8, 21: 4}


class Year:
    """What every noun needs to play its part: the shop, the rules, the book, the paper, chance, and `do` for what comes later."""

    def __init__(self, shop: Shop, at: int, rng: random.Random) -> None:
        self.shop, self.at, self.rng = shop, at, rng
        # Days, not seconds: two loadings on one day tell the same story.
        self.today = clock.day_start(at, ZONE)
        self.rules = Policy()
        self.paper = Paper(at)
        self.book = Book(self.paper)
        self.joins: Counter[tuple[int, int]] = Counter()  # by poster and day
        self._order = count()
        self._plan: list[tuple[int, int, Callable[[int], None]]] = []
        self.cards = [people.join(self, number) for number in range(1, MEMBER_COUNT + 1)]

    def play(self) -> None:
        for card in self.cards:
            self._plan_for(card)
        while self._plan:
            at, _, act = heapq.heappop(self._plan)
            act(at)
        self._make_first_exact()
        for card in self.cards:
            self.book.lapse(card, self.at)
        stores.count_scans(self)
        bookings.play(self)
        laundry.play(self)
        people.give_pins(self.cards[: people.KNOWN])
        self.paper.write()

    def do(self, at: int, act: Callable[[int], None]) -> None:
        """Later, in its turn."""
        heapq.heappush(self._plan, (at, next(self._order), act))

    def somebody(self, store: Store) -> Staff:
        """Who stands at that counter."""
        return self.shop.people[self.rng.choice(people.DESK[store.slug])]

    def code(self) -> str:
        return "".join(self.rng.choices(vault.ALPHABET, k=10))

    # --- the plan ---------------------------------------------------------------------------------------------------------

    def _plan_for(self, card: Card) -> None:
        self._plan_known(card)
        joined, until = card.row["joined_at"], self.today + (1 - card.away) * DAY
        number = round(card.visits * max(until - joined, 0) / (365 * DAY)) or (
            1 if card.visits and until > joined else 0
        )
        for _ in range(number):
            moment = self._open_moment(self.rng.randrange(joined, max(until, joined + 1)))
            if joined < moment < self.at - 30 * MINUTE:
                self.do(moment, partial(self._visit, card))

    def _plan_known(self, card: Card) -> None:
        known, bath = people.MEMBERS.get(card.id, {}), self.shop.by_slug["bath"]
        for days, amount in known.get("bills", ()):
            self.do(self._open_moment(self.at - days * DAY), partial(bills.pay, self, card, bath, amount))
        if "tea" in known:
            tea, shelves = self.shop.rewards[0]
            drunk = partial(rewards.take, self, card, bath, tea, shelves["bath"], tea.points, "captured")
            self.do(self.at - known["tea"] * DAY + 30 * HOUR, drunk)

    def _open_moment(self, moment: int) -> int:
        """The same day at an hour when people come."""
        hour = self.rng.choices(tuple(BUSY), tuple(BUSY.values()))[0]
        return clock.day_start(moment, ZONE) + hour * HOUR + self.rng.randrange(HOUR)

    def _visit(self, card: Card, at: int) -> None:
        home = next(store for store in self.shop.stores if store.id == card.row["store"])
        store = home if self.rng.random() < 0.8 else self.rng.choice(self.shop.stores)
        bills.pay(self, card, store, bills.amount(self, store), at)
        if self.rng.random() < 0.45:
            self.do(at + self.rng.randint(4, 15) * MINUTE, partial(rewards.redeem, self, card, store))

    def _make_first_exact(self) -> None:
        """The first member's last bill, yesterday, makes it 1,280 to the point."""
        card, then = self.cards[0], self.at - 26 * HOUR
        self.book.lapse(card, self.at)
        missing = FIRST_MEMBER_POINTS - card.row["points"]
        rate = self.rules.point_rate * self.rules.tier_rate(card.row["tier"])
        bills.pay(self, card, self.shop.by_slug["bath"], -(-missing * 10**6 // rate), then)
        assert card.row["points"] == FIRST_MEMBER_POINTS
