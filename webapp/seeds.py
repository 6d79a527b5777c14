"""The demo: 回头浴场 with three stores and a made-up year of some 600 members, the same at every loading, relative to the moment.

Called by `flask demo` and `scripts/serve --demo`, on an empty database only. The year is played through in memory by the same
arithmetic as the rules (`Book`), written in bulk, and proved by `flask check` in the tests; what happens "now" goes through the
rules themselves. It signs nobody in. Nobody in it exists: the phone numbers are one made-up block.
"""

import heapq
import json
import random
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from peewee import PostgresqlDatabase, chunked

import models
from models import (
    PURPOSES,
    Brand,
    Consent,
    Event,
    LedgerLine,
    Lot,
    LotUse,
    Member,
    Message,
    OpeningInterval,
    Placement,
    PlacementDay,
    Purchase,
    Redemption,
    Refund,
    Reward,
    Shelf,
    Staff,
    Store,
    Visit,
    Work,
    transaction,
)
from webapp import clock, vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.points import earning
from webapp.policy import Policy
from webapp.refusals import Refusal
from webapp.rewards import redemptions, words
from webapp.seeds_words import BRAND, HOURS, MEMBERS, NAMES, PEOPLE, PLACEMENTS, REWARDS, STORES, SURNAMES

MEMBER_COUNT = 600
LONGEST = 470  # days of history: long enough for points to have lapsed
FIRST_MEMBER_POINTS = 1280
MEMBER_PIN, DESK_PIN = "246810", "2580"
ZONE = "Asia/Shanghai"
SPENDING = {"bath": (5800, 39800), "laundry": (2500, 26000), "retail": (1200, 32000)}  # fen


def load(at: int, password: str = "", *, seed: int = 20260520) -> list[str]:
    """Fill an empty database; returns the lines that tell a visitor how to sign in. Refuses a database with a shop in it."""
    if Brand.select().exists() or Member.select().exists():
        raise Refusal("数据库里已经有店了；演示数据只能放进空的数据库", code="not_empty")
    password = password or secrets.token_urlsafe(9)
    rng = random.Random(seed)  # noqa: S311 - made-up people, not secrets
    with transaction():
        _patience()
        shop = _Shop(at, password, rng)
        _Year(shop, at, rng).play()
        _sequences()
        _now(shop, at)
    return [
        f"演示 Demo: 回头浴场, bath · laundry · retail, {MEMBER_COUNT} members",
        f"会员 Members: 13800000001 … 13800000009, PIN {MEMBER_PIN}",
        f"员工 Staff: owner, manager, senior, clerk; password {password}, PIN at the desk {DESK_PIN}",
    ]


class _Shop:
    """The brand, its stores, people, posters and rewards."""

    def __init__(self, at: int, password: str, rng: random.Random) -> None:
        self.made = at - LONGEST * DAY - 30 * DAY
        self.brand = Brand.create(name=BRAND, made_at=self.made)
        self.stores = [
            Store.create(brand=self.brand.id, made_at=self.made, timezone=ZONE, **values) for values in STORES
        ]
        self.by_slug = {store.slug: store for store in self.stores}
        for slug, spans in HOURS.items():
            for weekday in range(7):
                for opens, closes in spans:
                    OpeningInterval.create(store=self.by_slug[slug].id, weekday=weekday, opens=opens, closes=closes)
        self.placements = [
            Placement.create(store=self.by_slug[slug].id, slug=place, name=name, made_at=self.made)
            for slug, place, name in PLACEMENTS
        ]
        self._hire(password)
        self._fill(at)

    def _hire(self, password: str) -> None:
        hashed, pin = vault.hash_secret(password), vault.hash_secret(DESK_PIN)
        self.people: dict[str, Staff] = {}
        for username, name, role, slug in PEOPLE:
            store = self.by_slug[slug].id if slug else None
            self.people[username] = Staff.create(
                brand=self.brand.id,
                store=store,
                username=username,
                name=name,
                role=role,
                password_hash=hashed,
                pin_hash=pin,
                made_at=self.made,
            )
        # Who stands at which counter.
        self.desk = {"bath": ("clerk", "senior", "clerk", "manager"), "laundry": ("wash",), "retail": ("till",)}

    def _fill(self, at: int) -> None:
        self.rewards: list[tuple[Reward, dict[str, Shelf]]] = []
        for place, (fields, stock) in enumerate(REWARDS):
            days = {name: at + fields[name] * DAY for name in ("opens_at", "early_at", "closes_at") if name in fields}
            plain = {name: value for name, value in fields.items() if name not in days}
            reward = Reward.create(brand=self.brand.id, place=place, made_at=self.made, **plain, **days)
            shelves = {
                slug: Shelf.create(reward=reward.id, store=self.by_slug[slug].id, stock=n) for slug, n in stock.items()
            }
            self.rewards.append((reward, shelves))


class _Card:
    """One member while the year is played."""

    def __init__(self, row: dict[str, Any], visits: float) -> None:
        self.row = row
        self.id: int = row["id"]
        self.visits = visits  # a year
        self.lots: list[dict[str, Any]] = []
        self.earned: deque[tuple[int, int]] = deque()
        self.open_visits: dict[int, int] = {}
        self.had: Counter[int] = Counter()
        self.last_days = 0  # how long ago they came last


class _Book:
    """The ledger's arithmetic without a database: same lines, same lots, same order. `flask check` proves it equal."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.lots: list[dict[str, Any]] = []
        self.uses: list[dict[str, Any]] = []
        self.drawn: dict[int, list[tuple[dict[str, Any], int]]] = {}

    def write(
        self, card: _Card, kind: str, at: int, reason: str, key: str, inputs: dict[str, Any], **values: Any
    ) -> dict[str, Any]:
        line = {
            "points": 0,
            "held": 0,
            "owed": 0,
            "store": None,
            "staff": None,
            "twin": None,
            "purchase": None,
        } | values
        line |= {
            "id": len(self.lines) + 1,
            "member": card.id,
            "kind": kind,
            "reason": reason,
            "inputs": inputs,
            "key": key,
            "at": at,
        }
        self.lines.append(line)
        for name in ("points", "held", "owed"):
            card.row[name] += line[name]
        card.row["version"] += 1
        return line

    def earn(self, card: _Card, points: int, until: int, **line_values: Any) -> dict[str, Any]:
        debt = min(card.row["owed"], points)
        line = self.write(card, points=points - debt, owed=-debt, **line_values)
        lot = {
            "id": len(self.lots) + 1,
            "line": line["id"],
            "member": card.id,
            "size": points,
            "left": points,
            "expires_at": until,
        }
        self.lots.append(lot)
        card.lots.append(lot)
        if debt:
            self.draw(lot, debt, line)
        return line

    def lapse(self, card: _Card, at: int) -> None:
        for lot in sorted(card.lots, key=_soonest):
            if lot["left"] and lot["expires_at"] <= at:
                inputs = {"lot": lot["id"], "expired_at": lot["expires_at"]}
                key = f"expire:{lot['id']}:{card.row['version']}"
                line = self.write(
                    card, "expire", min(lot["expires_at"] + MINUTE, at), "lapsed", key, inputs, points=-lot["left"]
                )
                self.draw(lot, lot["left"], line)

    def take(self, card: _Card, points: int, line: dict[str, Any]) -> None:
        for lot in sorted(card.lots, key=_soonest):
            taken = min(lot["left"], points)
            if taken:
                self.draw(lot, taken, line)
                points -= taken
        assert points == 0

    def draw(self, lot: dict[str, Any], points: int, line: dict[str, Any]) -> None:
        lot["left"] -= points
        self.uses.append({"lot": lot["id"], "line": line["id"], "points": points})
        self.drawn.setdefault(line["id"], []).append((lot, points))

    def give_back(self, card: _Card, hold: dict[str, Any], live_until: int, **line_values: Any) -> None:
        points = -hold["points"]
        debt = min(card.row["owed"], points)
        line = self.write(card, points=points - debt, owed=-debt, **line_values)
        for lot, taken in list(self.drawn[hold["id"]]):
            self.draw(lot, -taken, line)
            lot["expires_at"] = max(lot["expires_at"], live_until)
            paid = min(debt, taken)
            if paid:
                self.draw(lot, paid, line)
                debt -= paid


class _Year:
    """Who came when, what it cost, what they took home."""

    def __init__(self, shop: _Shop, at: int, rng: random.Random) -> None:
        self.shop, self.at, self.rng = shop, at, rng
        # Days, not seconds: two loadings on one day tell the same story.
        self.today = clock.day_start(at, ZONE)
        self.rules = Policy()
        self.book = _Book()
        self.purchases: list[dict[str, Any]] = []
        self.refunds: list[dict[str, Any]] = []
        self.visits: list[dict[str, Any]] = []
        self.redemptions: list[dict[str, Any]] = []
        self.work: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.consents: list[dict[str, Any]] = []
        self.scans: Counter[tuple[int, int]] = Counter()
        self.joins: Counter[tuple[int, int]] = Counter()
        self._order = count()
        self._plan: list[tuple[int, int, Callable[[int], None]]] = []
        self.cards = [self._card(number) for number in range(1, MEMBER_COUNT + 1)]

    def play(self) -> None:
        for card in self.cards:
            self._plan_for(card)
        while self._plan:
            at, _, act = heapq.heappop(self._plan)
            act(at)
        self._make_first_exact()
        for card in self.cards:
            self.book.lapse(card, self.at)
        self._count_scans()
        self._write()

    # --- people ---------------------------------------------------------------------------------------------------------

    def _card(self, number: int) -> _Card:
        rng = self.rng
        known = MEMBERS.get(number, {})
        visits = known.get("visits", rng.choice((1, 2, 4, 6, 9, 12, 12, 18, 26)))
        days = known.get("days", rng.choice((5, 20, 45, 90, 180, 260, 330, 360, 400, 440, LONGEST)))
        joined = self.today - days * DAY + rng.randrange(DAY // 2)
        store = rng.choices(self.shop.stores, (6, 2, 3))[0] if not known else self.shop.by_slug["bath"]
        placement = rng.choice([place for place in self.shop.placements if place.store_id == store.id])
        row = {
            "id": number,
            "brand": self.shop.brand.id,
            "code": _code(rng),
            "name": known.get("name") or _name(rng),
            "phone_sealed": None,
            "phone_key": None,
            "tail_key": None,
            "birthday": self._birthday(known.get("birthday_in")),
            "tier": "ordinary",
            "locale": known.get("locale", "zh"),
            "points": 0,
            "held": 0,
            "owed": 0,
            "version": 0,
            "pin_hash": None,
            "source": "poster",
            "store": store.id,
            "placement": placement.id,
            "joined_at": joined,
            "seen_at": None,
        }
        if number < 10 or rng.random() > 0.08:
            phone = f"1380000{number:04d}"
            row |= {"phone_sealed": vault.seal(f"+86{phone}"), "phone_key": vault.keyed("phone", f"+86{phone}")}
            row["tail_key"] = vault.keyed("tail", phone[-4:])
        else:
            row |= {"name": "", "birthday": None}
        self.joins[placement.id, clock.day_number(joined, ZONE)] += 1
        self._event(joined, "joined", row["id"], store.id, placement=placement.slug, phone=row["phone_key"] is not None)
        for purpose, share in zip(PURPOSES, (0.9, 0.55, 0.5, 0.15), strict=True):
            granted = rng.random() < share
            self.consents.append(
                {
                    "member": number,
                    "purpose": purpose,
                    "granted": granted,
                    "text_version": "2026-05",
                    "source": "join",
                    "at": joined,
                }
            )
        card = _Card(row, visits)
        card.last_days = known.get("away", rng.choice((0, 0, 1, 2, 5, 10, 20, 40, 80, 150)))
        return card

    def _birthday(self, days: int | None) -> int | None:
        if days is not None:
            day = clock.local(self.at + days * DAY, ZONE)
            return day.month * 100 + day.day
        if self.rng.random() < 0.4:
            return None
        return self.rng.randint(1, 12) * 100 + self.rng.randint(1, 28)

    # --- what happens -----------------------------------------------------------------------------------------------------

    def _plan_for(self, card: _Card) -> None:
        rng, joined, known = self.rng, card.row["joined_at"], MEMBERS.get(card.id, {})
        bath = self.shop.by_slug["bath"]
        for days, amount in known.get("bills", ()):
            moment = self._open_moment(card, self.at - days * DAY)
            self._do(moment, partial(self._bill, card, bath, amount))
        if "tea" in known:
            reward, shelves = self.shop.rewards[0]
            moment = self.at - known["tea"] * DAY + 30 * HOUR
            self._do(
                moment, lambda at: self._settle(card, bath, reward, shelves["bath"], reward.points, "captured", at)
            )
        until = self.today + (1 - card.last_days) * DAY
        number = round(card.visits * max(until - joined, 0) / (365 * DAY)) or (
            1 if card.visits and until > joined else 0
        )
        for _ in range(number):
            moment = self._open_moment(card, rng.randrange(joined, max(until, joined + 1)))
            if joined < moment < self.at - 30 * MINUTE:
                self._do(moment, partial(self._visit, card))

    def _do(self, at: int, act: Callable[[int], None]) -> None:
        heapq.heappush(self._plan, (at, next(self._order), act))

    def _open_moment(self, card: _Card, moment: int) -> int:
        """The same day at an hour when people come."""
        hour = self.rng.choices((10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21), (2, 3, 2, 2, 3, 3, 4, 6, 8, 8, 4))[0]
        return clock.day_start(moment, ZONE) + hour * HOUR + self.rng.randrange(HOUR)

    def _visit(self, card: _Card, at: int) -> None:
        rng = self.rng
        home = next(store for store in self.shop.stores if store.id == card.row["store"])
        store = home if rng.random() < 0.8 else rng.choice(self.shop.stores)
        low, high = SPENDING[store.kind]
        self._bill(
            card, store, round(rng.triangular(low, high, low * 1.6) / 100) * 100 + rng.choice((0, 0, 60, 80)), at
        )
        if rng.random() < 0.45:
            self._do(at + rng.randint(4, 15) * MINUTE, lambda later: self._redeem(card, store, later))

    def _bill(self, card: _Card, store: Store, amount: int, at: int) -> None:
        self.book.lapse(card, at)
        staff = self._somebody(store)
        source = "desk" if self.rng.random() < 0.7 else "till"
        purchase: dict[str, Any] = {
            "id": len(self.purchases) + 1,
            "store": store.id,
            "code": _code(self.rng),
            "key": f"demo:{len(self.purchases) + 1}",
            "receipt": f"{clock.local(at, ZONE):%m%d}-{self.rng.randrange(1000):03d}" if source == "till" else "",
            "source": source,
            "amount": amount,
            "refunded": 0,
            "member": card.id,
            "staff": staff.id if source == "desk" else None,
            "at": at,
            "claim_until": None,
        }
        self.purchases.append(purchase)
        self._arrive(card, store, at, source)
        due = earning.earned(self.rules, 1, amount, card.row["tier"])
        if due.points:
            line = self.book.earn(
                card,
                due.points,
                clock.month_end_after(at, self.rules.lot_months, ZONE),
                kind="earn",
                at=at,
                reason="bill",
                key=f"bill:{purchase['code']}",
                inputs=due.inputs,
                store=store.id,
                staff=purchase["staff"],
                purchase=purchase["id"],
            )
            self._lift(card, at, due.points)
            self._tell(
                card,
                at,
                "points_given",
                f"bill:{purchase['code']}",
                "/points",
                points=due.points,
                amount=amount,
                store=store.name,
            )
            if self.rng.random() < 0.03 and card.id > 9:
                later = at + self.rng.randint(10, 40 * 60) * MINUTE
                if later < self.at - HOUR:
                    self._do(later, lambda then: self._refund(card, store, purchase, line, then))
        self._event(
            at,
            "bill_recorded",
            card.id,
            store.id,
            purchase["staff"],
            purchase["code"],
            amount=amount,
            points=due.points,
        )

    def _arrive(self, card: _Card, store: Store, at: int, source: str) -> None:
        if card.open_visits.get(store.id, 0) > at:
            return
        closes = at + self.rules.visit_hours * HOUR
        card.open_visits[store.id] = closes
        card.row["seen_at"] = at
        self.visits.append(
            {
                "member": card.id,
                "store": store.id,
                "source": source,
                "at": at,
                "closes_at": closes,
                "is_open": closes > self.at,
            }
        )
        self._event(at, "arrived", card.id, store.id, source=source)

    def _lift(self, card: _Card, at: int, points: int) -> None:
        card.earned.append((at, points))
        while card.earned and card.earned[0][0] <= at - 365 * DAY:
            card.earned.popleft()
        have = sum(points for _, points in card.earned)
        tier = "vip" if have >= self.rules.vip_at else "loyal" if have >= self.rules.loyal_at else "ordinary"
        if models.TIERS.index(tier) > models.TIERS.index(card.row["tier"]):
            card.row["tier"] = tier
            self._event(at, "tier_reached", card.id, None, tier=tier, earned=have)

    def _refund(self, card: _Card, store: Store, purchase: dict[str, Any], given: dict[str, Any], at: int) -> None:
        self.book.lapse(card, at)
        part = purchase["amount"] if self.rng.random() < 0.5 else purchase["amount"] // 2
        staff = self.shop.people["manager"] if store.slug == "bath" else self.shop.people["owner"]
        purchase["refunded"] = part
        key = f"demo-refund:{purchase['id']}"
        self.refunds.append({"purchase": purchase["id"], "key": key, "amount": part, "staff": staff.id, "at": at})
        left = purchase["amount"] - part
        points = given["points"] - given["owed"] - earning.earned_again(given["inputs"], left)
        covered = min(points, card.row["points"])
        line = self.book.write(
            card,
            "reverse",
            at,
            "refund",
            f"refund:{purchase['code']}:{key}",
            {**given["inputs"], "refund": part, "left": left},
            points=-covered,
            owed=points - covered,
            twin=given["id"],
            store=store.id,
            staff=staff.id,
            purchase=purchase["id"],
        )
        lot = next(lot for lot in card.lots if lot["line"] == given["id"])
        own = min(covered, lot["left"])
        if own:
            self.book.draw(lot, own, line)
        self.book.take(card, covered - own, line)
        card.earned.append((at, -points))
        self._tell(
            card,
            at,
            "points_taken_back",
            f"refund:{purchase['code']}:{key}",
            f"/points/{line['id']}",
            points=points,
            amount=part,
            owed=line["owed"],
        )
        self._event(at, "bill_refunded", card.id, store.id, staff.id, purchase["code"], amount=part)

    def _redeem(self, card: _Card, store: Store, at: int) -> None:
        self.book.lapse(card, at)
        choice = [
            (reward, shelves[store.slug])
            for reward, shelves in self.shop.rewards
            if store.slug in shelves
            and reward.is_open(at, card.row["tier"])
            and reward.points <= card.row["points"]
            and models.TIERS.index(card.row["tier"]) >= models.TIERS.index(reward.tier)
            and card.had[reward.id] < (reward.per_member or 10**6)
        ]
        if not choice or at > self.at - 20 * MINUTE:
            return
        reward, shelf = self.rng.choice(choice)
        outcome = self.rng.choices(("captured", "reversed", "cancelled", "declined", "expired"), (84, 2, 5, 4, 5))[0]
        points = reward.points if reward.kind != "amount" else min(reward.points_max, card.row["points"] // 100 * 100)
        self._settle(card, store, reward, shelf, points, outcome, at)

    def _settle(
        self, card: _Card, store: Store, reward: Reward, shelf: Shelf, points: int, outcome: str, at: int
    ) -> None:
        code, staff = _code(self.rng), self._somebody(store)
        then = at + (10 if outcome == "expired" else self.rng.randint(1, 8)) * MINUTE
        by_staff = outcome in ("captured", "declined", "reversed")
        undone = then + 2 * MINUTE if outcome == "reversed" else None
        frozen = {"reward": reward.name, "code": code}
        held = None
        if points:
            held = self.book.write(
                card, "hold", at, "redemption", f"hold:{code}", frozen, points=-points, held=points, store=store.id
            )
            self.book.take(card, points, held)
            self._settle_points(card, held, outcome, then, undone, frozen, code, store, staff if by_staff else None)
        card.had[reward.id] += outcome == "captured"
        self.redemptions.append(
            {
                "code": code,
                "member": card.id,
                "reward": reward.id,
                "store": store.id,
                "shelf": shelf.id,
                "points": points,
                "words": f"{self.rng.randrange(0, 30)}-{self.rng.randrange(30, len(words.WORDS))}",
                "state": outcome,
                "ticket": f"demo:{len(self.redemptions)}",
                "line": held["id"] if held else None,
                "held_at": at,
                "expires_at": at + self.rules.hold_minutes * MINUTE,
                "settled_at": then,
                "settled_by": staff.id if by_staff else None,
                "why": "out_of_stock" if outcome == "declined" else "",
                "undone_at": undone,
                "undone_by": staff.id if undone else None,
            }
        )
        brief = {"reward": reward.name, "points": points}
        self.work.append(
            {
                "store": store.id,
                "kind": "redemption",
                "ref": code,
                "member": card.id,
                "brief": brief,
                "made_at": at,
                "due_at": at + 10 * MINUTE,
                "done_at": then,
            }
        )
        self._tell_outcome(card, store, reward, points, outcome, code, (at, then, undone), staff)

    def _settle_points(
        self,
        card: _Card,
        held: dict[str, Any],
        outcome: str,
        then: int,
        undone: int | None,
        frozen: dict[str, Any],
        code: str,
        store: Store,
        staff: Staff | None,
    ) -> None:
        who = {"store": store.id, "staff": staff.id if staff else None}
        live_until = then + self.rules.return_days * DAY if outcome in ("declined", "reversed") else 0
        if outcome not in ("captured", "reversed"):
            self.book.give_back(
                card,
                held,
                live_until,
                kind="release",
                at=then,
                reason=outcome,
                key=f"settle:{code}",
                inputs=frozen,
                held=-held["held"],
                twin=held["id"],
                **who,
            )
            return
        line = self.book.write(
            card, "capture", then, "captured", f"settle:{code}", frozen, held=-held["held"], twin=held["id"], **who
        )
        if undone:
            self.book.give_back(
                card,
                held,
                live_until,
                kind="reverse",
                at=undone,
                reason="undone",
                key=f"undo:{code}",
                inputs=frozen,
                twin=line["id"],
                **who,
            )

    def _tell_outcome(
        self,
        card: _Card,
        store: Store,
        reward: Reward,
        points: int,
        outcome: str,
        code: str,
        moments: tuple[int, int, int | None],
        staff: Staff,
    ) -> None:
        at, then, undone = moments
        self._event(at, "held", card.id, store.id, None, code, points=points)
        verb = {"captured": "approved", "reversed": "approved"}.get(outcome, outcome)
        self._event(then, verb, card.id, store.id, staff.id if verb in ("approved", "declined") else None, code)
        about = {"reward": reward.name, "points": points}
        if verb in ("approved", "declined"):
            why = {"why": "out_of_stock"} if verb == "declined" else {}
            text = "redemption_captured" if verb == "approved" else "redemption_declined"
            self._tell(card, then, text, f"{verb}:{code}", f"/redemptions/{code}", **about, **why)
        if undone:
            self._event(undone, "undone", card.id, store.id, staff.id, code)
            self._tell(card, undone, "redemption_reversed", f"undone:{code}", f"/redemptions/{code}", **about)

    def _make_first_exact(self) -> None:
        """The first member's last bill, yesterday, makes it 1,280 to the point."""
        card, store = self.cards[0], self.shop.by_slug["bath"]
        self.book.lapse(card, self.at)
        missing = FIRST_MEMBER_POINTS - card.row["points"]
        rate = self.rules.point_rate * self.rules.tier_rate(card.row["tier"])
        self._bill(card, store, -(-missing * 10**6 // rate), self.at - 26 * HOUR)
        assert card.row["points"] == FIRST_MEMBER_POINTS

    # --- on paper ------------------------------------------------------------------------------------------------------------

    def _somebody(self, store: Store) -> Staff:
        return self.shop.people[self.rng.choice(self.shop.desk[store.slug])]

    def _event(
        self,
        at: int,
        verb: str,
        member: int | None,
        store: int | None,
        staff: int | None = None,
        ref: str = "",
        **data: Any,
    ) -> None:
        self.events.append(
            {"at": at, "verb": verb, "store": store, "staff": staff, "member": member, "ref": ref, "data": data}
        )

    def _tell(self, card: _Card, at: int, text: str, key: str, url: str, **params: Any) -> None:
        if at > self.at - 90 * DAY:
            read = at + 2 * HOUR if at < self.at - 3 * DAY or card.id % 3 else None
            self.messages.append(
                {
                    "member": card.id,
                    "kind": "service",
                    "text": text,
                    "params": params,
                    "url": url,
                    "key": key,
                    "at": at,
                    "read_at": read,
                }
            )

    def _count_scans(self) -> None:
        today = clock.day_number(self.at, ZONE)
        for placement in self.shop.placements:
            for day in range(today - 60, today + 1):
                self.scans[placement.id, day] = self.rng.randint(0, 9) + 2 * self.joins[placement.id, day]

    def _write(self) -> None:
        pin = vault.hash_secret(MEMBER_PIN)  # one hash for the nine: Argon2 is slow, and everybody knows this PIN
        for card in self.cards[:9]:
            card.row["pin_hash"] = pin
        days = sorted({key for key, n in (self.scans + self.joins).items() if n})
        tables: list[tuple[Any, list[dict[str, Any]]]] = [
            (Member, [card.row for card in self.cards]),
            (Consent, self.consents),
            (
                PlacementDay,
                [
                    {
                        "placement": p,
                        "day": d,
                        "scans": max(self.scans[p, d], self.joins[p, d]),
                        "joins": self.joins[p, d],
                    }
                    for p, d in days
                ],
            ),
            (Visit, sorted(self.visits, key=_at)),
            (Purchase, self.purchases),
            (Refund, self.refunds),
            (LedgerLine, self.book.lines),
            (Lot, self.book.lots),
            (LotUse, self.book.uses),
            (Redemption, self.redemptions),
            (Work, self.work),
            (Event, sorted(self.events, key=_at)),
            (Message, sorted(self.messages, key=_at)),
        ]
        for model, rows in tables:
            _insert(model, rows)


def _now(shop: _Shop, at: int) -> None:
    """What waits at the bath's counter when somebody looks: one who has just arrived, two who hold a reward."""
    from webapp.stores import counter

    bath = Store.get_by_id(shop.by_slug["bath"].id)
    arrived = Member.get_by_id(4)
    holding = Member.select().where(Member.id > 4, Member.points >= 400).order_by(Member.id).limit(2)
    counter.arrive(arrived, counter.code(bath, at - 2 * MINUTE), "", at - 2 * MINUTE)
    open_now = [
        reward
        for reward, shelves in shop.rewards
        if "bath" in shelves and 0 < reward.points <= 400 and reward.is_open(at, "ordinary")
    ]
    for member, reward, ago in zip(holding, open_now, (4, 1), strict=False):
        redemptions.hold(member, Reward.get_by_id(reward.id), bath, ticket="demo-now", at=at - ago * MINUTE)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    """Many rows at once, past peewee's own building, which would take minutes."""
    if not rows:
        return
    database = models.database.obj
    fields = [model._meta.fields[name] for name in rows[0]]
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    defaults = {
        field.column_name: field.db_value(field.default() if callable(field.default) else field.default)
        for field in model._meta.sorted_fields
        if field.default is not None and field.name not in rows[0]
    }
    columns += "".join(f', "{name}"' for name in defaults)
    hole = "(" + ", ".join([database.param] * (len(fields) + len(defaults))) + ")"
    for batch in chunked(rows, 400):
        values = [value for row in batch for value in (*_stored(fields, row), *defaults.values())]
        text = f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES {", ".join([hole] * len(batch))}'  # noqa: S608 - our own names
        database.execute_sql(text, values)


def _stored(fields: list[Any], row: dict[str, Any]) -> Iterator[Any]:
    for field in fields:
        value = row[field.name]
        yield (
            json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            if isinstance(value, dict)
            else value
        )


def _patience() -> None:
    if isinstance(models.database.obj, PostgresqlDatabase):
        models.database.obj.execute_sql("SET LOCAL statement_timeout = '2min'")


def _sequences() -> None:
    """Rows came with their numbers; PostgreSQL has to be told where to go on."""
    database = models.database.obj
    if isinstance(database, PostgresqlDatabase):
        for model in (Member, Purchase, LedgerLine, Lot):
            name = model._meta.table_name
            database.execute_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT MAX(id) FROM {name}))")  # noqa: S608


def _soonest(lot: dict[str, Any]) -> tuple[int, int]:
    return lot["expires_at"], lot["id"]


def _at(row: dict[str, Any]) -> int:
    return int(row["at"])


def _code(rng: random.Random) -> str:
    return "".join(rng.choices(vault.ALPHABET, k=10))


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(NAMES)
