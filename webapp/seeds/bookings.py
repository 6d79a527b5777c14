"""What can be booked in the three stores, a year of it with full weekend evenings, and what is to come: relative to the moment.

The past is written in bulk with the seats it took; the booking of the first member, the request, the line and the weekly pick-up of this
moment go through the rules.
"""

import random
from typing import TYPE_CHECKING, Any

from models import (
    Ability,
    Address,
    Booking,
    Calendar,
    Letter,
    Member,
    Occurrence,
    Part,
    Resource,
    Seat,
    Service,
    Staff,
    Store,
)
from webapp import clock, vault
from webapp.bookings import addresses, bookings, holding, standings, waiting
from webapp.clock import DAY, HOUR, MINUTE
from webapp.seeds import people
from webapp.seeds.stores import HOURS, ZONE

if TYPE_CHECKING:
    from webapp.seeds.people import Card
    from webapp.seeds.shop import Shop
    from webapp.seeds.year import Year

QUARTER = 15 * MINUTE
BACK, AHEAD = 365, 12  # days
AT_HOME = 40  # members of the laundry with an address


def _w(zh: str, en: str, zh_hant: str) -> dict[str, str]:
    return {"zh": zh, "en": en, "zh_Hant": zh_hant}


# store, key, name, kind, capacity, shared
RESOURCES: tuple[tuple[str, str, dict[str, str], str, int, bool], ...] = (
    ("bath", "pine", _w("松汤屋", "Pine room", "松湯屋"), "room", 4, False),
    ("bath", "bamboo", _w("竹汤屋", "Bamboo room", "竹湯屋"), "room", 4, False),
    ("bath", "plum", _w("梅汤屋", "Plum room", "梅湯屋"), "room", 4, False),
    ("bath", "orchid", _w("兰汤屋", "Orchid room", "蘭湯屋"), "room", 6, False),
    ("bath", "pool", _w("大池", "Large pool", "大池"), "pool", 12, True),
    ("bath", "wang", _w("王师傅", "Mr Wang", "王師傅"), "person", 1, False),
    ("bath", "li", _w("李师傅", "Ms Li", "李師傅"), "person", 1, False),
    ("bath", "zhao", _w("小赵师傅", "Young Zhao", "小趙師傅"), "person", 1, False),
    ("bath", "sweat", _w("汗蒸房", "Sweat room", "汗蒸房"), "pool", 6, True),
    ("bath", "tea", _w("茶室", "Tea room", "茶室"), "place", 12, True),
    ("laundry", "van1", _w("一号车", "Van 1", "一號車"), "van", 4, True),
    ("laundry", "van2", _w("二号车", "Van 2", "二號車"), "van", 4, True),
    ("retail", "fit1", _w("试衣间一", "Fitting room 1", "試衣間一"), "room", 2, False),
    ("retail", "fit2", _w("试衣间二", "Fitting room 2", "試衣間二"), "room", 2, False),
    ("retail", "corner", _w("手作台", "Craft table", "手作檯"), "place", 10, True),
)
PLUM = {"days": [4, 5, 6], "from": 1080, "until": 1440, "name": _w("送酸梅汤", "Free plum drink", "送酸梅湯")}
OWN = {"key": "own", "name": _w("自带洗漱用品", "Own toiletries", "自帶盥洗用品"), "price": 0}
PETALS = {"key": "petals", "name": _w("加花瓣", "Flower petals", "加花瓣"), "price": 2800}
QUIET = {"key": "quiet", "name": _w("要安静的一间", "A quiet room", "要安靜的一間"), "price": 0}
FAMILY = {
    "key": "family", "name": _w("周末家庭套餐", "Family weekend", "週末家庭套餐"),
    "people": 4, "price": 16800, "when": "weekend",
}  # fmt: skip
ROOMS, HANDS = ("pine", "bamboo", "plum", "orchid"), ("wang", "li", "zhao")

# store, key, who does it, terms, how many a day
SERVICES: tuple[tuple[str, str, tuple[str, ...], dict[str, Any], float], ...] = (
    (
        "bath",
        "family",
        ROOMS,
        {
            "name": _w("家庭汤浴", "Family bath", "家庭湯浴"),
            "note": _w("一家人一间，有小朋友的澡盆", "A room of your own, with a tub for small children", "一家人一間，有小朋友的澡盆"),
            "kind": "bath", "minutes": 90, "clean_minutes": 15, "price": 19800, "per_person": False,
            "people_max": 6, "early_days": 3, "options": [OWN, PETALS, QUIET], "perks": [PLUM],
            "packages": [FAMILY],
        },
        11,
    ),
    (
        "bath",
        "pool",
        ("pool",),
        {
            "name": _w("大池泡汤", "Large pool", "大池泡湯"), "kind": "bath", "minutes": 120, "price": 5800,
            "people_max": 6, "cancel_minutes": 60, "options": [OWN], "perks": [PLUM], "art": "slipper",
        },
        4,
    ),
    (
        "bath",
        "massage",
        HANDS,
        {
            "name": _w("推拿", "Massage", "推拿"),
            "note": _w("可以选师傅，店里会回你", "Choose who; the shop answers you", "可以選師傅，店裡會回你"),
            "kind": "massage", "minutes": 45, "clean_minutes": 15, "price": 12800, "on_request": True,
            "lead_minutes": 60, "art": "lantern",
        },
        8,
    ),
    (
        "bath",
        "sweat",
        ("sweat",),
        {
            "name": _w("汗蒸", "Sweat room", "汗蒸"), "kind": "sweat", "minutes": 60, "price": 3800,
            "people_max": 4, "cancel_minutes": 60, "perks": [PLUM], "art": "curtain",
        },
        3,
    ),
    (
        "bath",
        "tasting",
        ("tea",),
        {
            "name": _w("亲子品茶", "Tea tasting with children", "親子品茶"),
            "note": _w("每周六下午，孩子也有一杯", "Saturday afternoons; a cup for children too", "每週六下午，孩子也有一杯"),
            "kind": "event", "minutes": 90, "price": 3000, "people_max": 4, "horizon_days": 60, "early_days": 7,
            "cancel_minutes": 24 * 60, "art": "tea",
        },
        0,
    ),
    (
        "laundry",
        "pickup",
        ("van1", "van2"),
        {
            "name": _w("上门取衣", "Pick-up", "上門取衣"), "kind": "pickup", "minutes": 120, "step_minutes": 120,
            "lead_minutes": 120, "art": "bag",
        },
        3,
    ),
    (
        "laundry",
        "delivery",
        ("van1", "van2"),
        {
            "name": _w("送衣上门", "Delivery", "送衣上門"), "kind": "delivery", "minutes": 120, "step_minutes": 120,
            "lead_minutes": 120, "art": "shirt",
        },
        2.5,
    ),
    (
        "retail",
        "fitting",
        ("fit1", "fit2"),
        {
            "name": _w("预约试穿", "Fitting", "預約試穿"), "kind": "fitting", "minutes": 30, "people_max": 2,
            "cancel_minutes": 30, "art": "shirt",
        },
        2,
    ),
    (
        "retail",
        "craft",
        ("corner",),
        {
            "name": _w("周日手作课", "Sunday craft class", "週日手作課"), "kind": "event", "minutes": 120, "price": 4800,
            "people_max": 3, "horizon_days": 60, "cancel_minutes": 24 * 60, "art": "gift",
        },
        0,
    ),
)  # fmt: skip
# event → weekday and minute of its dates
WEEKLY = {"tasting": (5, 900), "craft": (6, 1020)}
BY_WEEKDAY = (0.6, 0.6, 0.65, 0.7, 1.1, 1.7, 1.5)
EVENING = {10: 1, 11: 1, 12: 1, 13: 2, 14: 3, 15: 3, 16: 3, 17: 4, 18: 6, 19: 9, 20: 8, 21: 5, 22: 3, 23: 2, 24: 1}
GUESTS = ("王阿姨", "李先生", "赵女士", "陈老师", "小周", "孙姐")


def open_up(shop: "Shop", at: int) -> None:
    """Rooms, people, vans, and what they are for."""
    made: dict[str, Resource] = {}
    for place, (store, key, name, kind, capacity, shared) in enumerate(RESOURCES):
        made[key] = Resource.create(
            store=shop.by_slug[store].id,
            name=name,
            kind=kind,
            capacity=capacity,
            shared=shared,
            place=place,
            made_at=shop.made,
        )
    for place, (store, key, doers, terms, _) in enumerate(SERVICES):
        service = Service.create(store=shop.by_slug[store].id, place=place, made_at=shop.made, **terms)
        shop.services[key] = (service, [made[doer] for doer in doers])
        for doer in doers:
            Ability.create(service=service.id, resource=made[doer].id)
    today = clock.day_start(at, ZONE)
    for key, (weekday, minute) in WEEKLY.items():
        service, places = shop.services[key]
        dates = [
            {"service": service.id, "resource": places[0].id, "starts_at": today + day * DAY + minute * MINUTE}
            for day in range(-BACK, 57)
            if clock.local(today + day * DAY, ZONE).weekday() == weekday
        ]
        Occurrence.insert_many(dates).execute()
    for one in shop.stores:
        Calendar.create(store=one.id, version=1)


def play(year: "Year") -> None:
    """Every booking of the year and of the days ahead."""
    _Diary(year).fill()


def now(shop: "Shop", at: int) -> None:
    """One booking tomorrow, one request, somebody in line, a weekly pick-up, and somebody who has come in for their bath."""
    bath, tomorrow = _fresh(shop.by_slug["bath"]), clock.day_start(at, ZONE) + DAY
    family, massage = (Service.get_by_id(shop.services[key][0].id) for key in ("family", "massage"))
    first, third, sixth, eighth, ninth = (Member.get_by_id(number) for number in (1, 3, 6, 8, 9))
    _book(bath, family, first, tomorrow + 19 * HOUR, 3, at - 2 * HOUR, options=("own",), note="带一个三岁的孩子")
    _book(bath, family, third, _saturday(tomorrow) + 15 * HOUR, 4, at - 5 * HOUR)
    _book(bath, massage, eighth, tomorrow + 15 * HOUR, 1, at - 4 * MINUTE, note="Left shoulder, please")
    evening = _saturday(tomorrow) + 19 * HOUR
    waiting.join(ninth, family, 2, evening, evening + 1, at - HOUR, travel_minutes=20)
    home = addresses.add(sixth, "家", "河坊巷 21 号 3 单元 502", at - HOUR)
    pickup = Service.get_by_id(shop.services["pickup"][0].id)
    standings.start(sixth, pickup, 1, 8 * 60 + 30, home, "两袋，放在门口", at - HOUR)
    Letter.delete().execute()  # nothing leaves the house of a demo


# --- the year ----------------------------------------------------------------------------------------------------------


class _Diary:
    """The bookings of a year with their seats, in memory."""

    def __init__(self, year: "Year") -> None:
        self.year, self.at, self.today = year, year.at, year.today
        self.rng = random.Random(20260521)  # noqa: S311 - made-up bookings; chance of its own, so that other stories stay as they are
        self.taken: dict[tuple[int, int], set[int]] = {}  # resource and quarter → seats
        others = [card for card in year.cards[people.KNOWN :] if card.visits >= 4]
        self.by_store = {
            one.id: [card for card in others if card.row["store"] == one.id] or others for one in year.shop.stores
        }
        self.addresses = self._addresses()

    def fill(self) -> None:
        self._habits()
        self._full_evening()
        for day in range(-BACK, AHEAD):
            for slug, key, _, _, often in SERVICES:
                if key in WEEKLY:
                    self._event(key, day)
                else:
                    self._day(slug, key, often, day)

    def _addresses(self) -> dict[int, int]:
        """Where the van goes: member → address."""
        laundry = self.by_store[self.year.shop.by_slug["laundry"].id]
        long_here = [card for card in laundry if card.row["joined_at"] < self.today - BACK * DAY // 2][:AT_HOME]
        found = {}
        for number, card in enumerate(long_here):
            sealed = vault.seal(f"河坊巷 {number % 30 + 1} 号 {number % 4 + 1} 单元 {number % 6 + 1}02")
            row = self.year.paper.add(
                Address, member=card.id, label="家", sealed=sealed, made_at=card.row["joined_at"], removed_at=None
            )
            found[card.id] = row["id"]
        return found

    def _habits(self) -> None:
        """Two known members who come at their own interval: one is due again."""
        for known, every, last in ((3, 14, 9), (5, 21, 20)):
            card = self.year.cards[known - 1]
            for back in range(last, 300, every):
                if self.today - back * DAY > card.row["joined_at"] + DAY:
                    self._put(
                        "family", self.today - back * DAY + 19 * HOUR, 2, card, "member", self.today - (back + 3) * DAY
                    )

    def _full_evening(self) -> None:
        """Next Saturday at seven every family room is taken, so that somebody has to wait."""
        evening = _saturday(self.today + DAY) + 19 * HOUR
        for number in range(len(ROOMS)):
            card = self._somebody("bath", evening - 4 * DAY)
            self._put("family", evening, 4 - number % 2, card, "member", self.at - (number + 2) * 5 * HOUR)

    def _day(self, store: str, key: str, often: float, day: int) -> None:
        midnight = self.today + day * DAY
        weekday = clock.local(midnight, ZONE).weekday()
        wanted = often * (BY_WEEKDAY[weekday] if store != "laundry" else 1) * (0.86 ** max(0, day))
        number = int(wanted) + (self.rng.random() < wanted % 1)
        service, _ = self.year.shop.services[key]
        starts = _grid(store, service)
        weights = [EVENING.get(minute // 60, 1) ** (1.3 if weekday > 3 else 1) for minute in starts]
        for minute in self.rng.choices(starts, weights, k=number) if number else ():
            begins = midnight + minute * MINUTE
            people = min(service.people_max, self.rng.choice((1, 2, 2, 2, 3, 3, 4)))
            source = self.rng.choices(("member", "phone", "walk_in", "desk"), (75, 12, 8, 5))[0]
            if source == "walk_in":
                asked = begins - self.rng.randint(1, 9) * MINUTE
            else:
                asked = begins - self.rng.choice((3, 5, 20, 28, 50, 75, 120)) * HOUR - self.rng.randrange(HOUR)
            if asked > self.at:  # of what is to come only what is booked already
                asked = self.at - self.rng.randint(1, 72) * HOUR
                source = "member"
            self._put(key, begins, people, self._somebody(store, asked, key), source, asked)

    def _event(self, key: str, day: int) -> None:
        """A date of an event: nearly full in the past and this week, fewer later."""
        weekday, minute = WEEKLY[key]
        midnight = self.today + day * DAY
        if clock.local(midnight, ZONE).weekday() != weekday:
            return
        store = next(one for one, name, *_ in SERVICES if name == key)
        for _ in range(self.rng.randint(2, 4 if day < 7 else 3)):
            asked = midnight - self.rng.randint(1, 9) * DAY + self.rng.randrange(8, 20) * HOUR
            if asked < self.at:
                begins = midnight + minute * MINUTE
                self._put(key, begins, self.rng.randint(1, 3), self._somebody(store, asked), "member", asked)

    def _somebody(self, store: str, asked: int, key: str = "") -> "Card | None":
        """A member who had joined by then; of those who wish the van, one with an address."""
        cards = self.by_store[self.year.shop.by_slug[store].id]
        if key in ("pickup", "delivery"):
            cards = [card for card in cards if card.id in self.addresses]
        for _ in range(20):
            card = self.rng.choice(cards)
            if card.row["joined_at"] < asked:
                return card
        return None

    def _put(self, key: str, begins: int, people: int, card: "Card | None", source: str, asked: int) -> None:
        service, doers = self.year.shop.services[key]
        free_at = begins + (service.minutes + service.clean_minutes) * MINUTE
        quarters = range(begins, free_at, QUARTER)
        found = self._room(doers, quarters, people)
        if found is None or (card is None and source == "member"):
            return
        resource, numbers = found
        booking = self._row(service, begins, people, card, source, asked)
        part = self.year.paper.add(
            Part,
            booking=booking["id"],
            service=service.id,
            resource=resource.id,
            people=people,
            starts_at=begins,
            ends_at=booking["ends_at"],
            free_at=free_at,
            price=booking["price"] - sum(option["price"] for option in booking["options"]),
        )
        if booking["state"] in ("confirmed", "arrived", "done"):
            for at, free in zip(quarters, numbers, strict=True):
                for number in free:
                    self.taken.setdefault((resource.id, at), set()).add(number)
                    self.year.paper.add(Seat, resource=resource.id, at=at, number=number, part=part["id"])

    def _room(self, doers: list[Resource], quarters: range, people: int) -> tuple[Resource, list[list[int]]] | None:
        """The first resource that has room, with the seats to take in each quarter."""
        for resource in doers:
            if people > resource.capacity:
                continue
            places, needed = (resource.capacity, people) if resource.shared else (1, 1)
            numbers = []
            for at in quarters:
                taken = self.taken.get((resource.id, at), set())
                numbers.append([number for number in range(places) if number not in taken][:needed])
            if all(len(free) == needed for free in numbers):
                return resource, numbers
        return None

    def _row(
        self, service: Service, begins: int, people: int, card: "Card | None", source: str, asked: int
    ) -> dict[str, Any]:
        rng = self.rng
        ends = begins + service.minutes * MINUTE
        state = self._state(service, begins, ends)
        answered, by = asked, None
        if source != "member":
            by = self._staff(service)
        elif service.on_request:
            answered, by = asked + rng.choice((1, 2, 2, 3, 4, 5, 7, 12, 26)) * MINUTE, self._staff(service)
        chosen = [option for option in service.options if rng.random() < 0.2]
        price = service.price * (people if service.per_person else 1) + sum(option["price"] for option in chosen)
        came = begins + rng.randint(-12, 6) * MINUTE if state in ("arrived", "done") else None
        ended = {
            "done": ends,
            "no_show": begins + 15 * MINUTE,
            "cancelled": (asked + begins) // 2,
            "declined": answered,
        }.get(state)
        row = self.year.paper.add(
            Booking,
            code="".join(rng.choices(vault.ALPHABET, k=10)),
            key=f"demo:{len(self.year.paper.rows[Booking])}",
            store=service.store_id,
            member=card.id if card else None,
            guest="" if card else rng.choice(GUESTS),
            source=source,
            state=state,
            people=people,
            starts_at=begins,
            ends_at=ends,
            price=price,
            options=chosen,
            cancel_until=begins - service.cancel_minutes * MINUTE,
            sequence=1 if state in ("cancelled", "declined", "no_show") else 0,
            requested_at=asked,
            answered_at=min(answered, self.at),
            answered_by=by,
            arrived_at=min(came, self.at) if came else None,
            ended_at=ended,
            ended_by=self._staff(service) if state in ("declined", "no_show") else None,
            why="full" if state == "declined" else "",
            address=self.addresses.get(card.id) if card and service.kind in ("pickup", "delivery") else None,
        )
        self._tell_of(row, card)
        return row

    def _state(self, service: Service, begins: int, ends: int) -> str:
        if begins > self.at:
            return "confirmed"
        if ends > self.at:
            return "arrived"
        asked = service.on_request
        return self.rng.choices(("done", "cancelled", "no_show", "declined"), (90, 6, 3, 3 if asked else 0))[0]

    def _tell_of(self, row: dict[str, Any], card: "Card | None") -> None:
        """The last quarter of a year is in the event log too."""
        if row["requested_at"] < self.at - 90 * DAY:
            return
        event, member, store, ref = self.year.paper.event, row["member"], row["store"], row["code"]
        by_desk = None if row["source"] == "member" else row["answered_by"]
        event(row["requested_at"], "booked", member, store, by_desk, ref, state=row["state"])
        if row["answered_at"] > row["requested_at"] and row["state"] != "declined":
            event(row["answered_at"], "booking_confirmed", member, store, row["answered_by"], ref)
        if row["arrived_at"]:
            event(row["arrived_at"], "booking_arrived", member, store, row["answered_by"] or self._staff_of(store), ref)
        if row["state"] in ("cancelled", "no_show", "declined"):
            event(row["ended_at"], f"booking_{row['state']}", member, store, row["ended_by"], ref)

    def _staff(self, service: Service) -> int:
        return self._staff_of(service.store_id)

    def _staff_of(self, store: int) -> int:
        here = [
            person for person in self.year.shop.people.values() if person.store_id == store and person.role != "manager"
        ]
        chosen: Staff = self.rng.choice(here)
        return int(chosen.id)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _grid(store: str, service: Service) -> list[int]:
    """Minutes after midnight at which it may begin."""
    return [
        minute
        for opens, closes in HOURS[store]
        for minute in range(opens, closes - service.minutes + 1, service.step_minutes)
    ]


def _saturday(after: int) -> int:
    """The first Saturday after that day."""
    return after + ((5 - clock.local(after, ZONE).weekday() - 1) % 7 + 1) * DAY


def _book(
    store: Store,
    service: Service,
    member: Member,
    wanted: int,
    people: int,
    at: int,
    *,
    options: tuple[str, ...] = (),
    note: str = "",
) -> None:
    """At the wanted time, or at the nearest that is free."""
    for starts_at in (wanted, *(wanted + sign * step * HOUR // 2 for step in range(1, 9) for sign in (1, -1))):
        wish = holding.Wish(service.id, starts_at, people)
        whom = holding.For(member, note=note, options=options)
        try:
            bookings.book([wish], store, whom, key=f"demo:now:{member.id}", at=at)
        except holding.Taken:
            continue
        return


def _fresh(store: Store) -> Store:
    found: Store = Store.get_by_id(store.id)
    return found
