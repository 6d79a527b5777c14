"""A year at the laundry: every bill there is a bag that was collected, with its pieces, stages and people; and what is in the shop at this moment.

Written in bulk; the two bags of the first member, and what somebody has to see to now, go through the rules, with pictures.
"""

import itertools
import random
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from models import (
    STAGES,
    Garment,
    GarmentPhoto,
    Member,
    Message,
    Order,
    Photo,
    Pin,
    PriceItem,
    Purchase,
    Staff,
    Step,
    Store,
    Wear,
)
from webapp import clock, vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.laundry import advice, after, agreement, handing, intake, orders, promises, stages
from webapp.laundry.intake import Piece
from webapp.laundry.starters import STARTERS
from webapp.photos import pictures
from webapp.seeds import clothes
from webapp.seeds.stores import ZONE

if TYPE_CHECKING:
    from webapp.seeds.people import Card
    from webapp.seeds.shop import Shop
    from webapp.seeds.year import Year

# What each kind is usually made of, and its usual colours.
LOOKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "shirt": (("cotton", "cotton", "linen", "mixed"), ("white", "white", "blue", "pink")),
    "suit": (("wool", "mixed"), ("navy", "black", "grey")),
    "trousers": (("wool", "cotton", "mixed"), ("black", "navy", "beige", "grey")),
    "knit": (("wool", "cashmere", "cashmere"), ("grey", "beige", "red", "navy")),
    "jacket": (("cotton", "synthetic", "leather"), ("beige", "black", "green")),
    "coat": (("wool", "wool", "cashmere"), ("grey", "black", "beige", "navy")),
    "down": (("down",), ("black", "navy", "red", "white")),
    "dress": (("silk", "cotton", "synthetic"), ("red", "pattern", "blue", "black")),
    "skirt": (("wool", "synthetic"), ("black", "pattern")),
    "qipao": (("silk",), ("red", "green", "pattern")),
    "sports": (("synthetic",), ("blue", "black")),
    "scarf": (("silk", "cashmere"), ("pattern", "grey", "red")),
    "tie": (("silk",), ("navy", "red")),
    "hat": (("wool",), ("black", "brown")),
    "shoes": (("synthetic", "leather", "suede"), ("white", "black", "brown")),
    "bag": (("leather",), ("brown", "black")),
    "bedding": (("cotton", "cotton", "linen"), ("white", "grey", "pattern")),
    "curtain": (("linen", "synthetic"), ("beige", "grey")),
    "toy": (("synthetic",), ("brown", "pink")),
}
OFTEN = {"shirt": 6, "suit": 4, "trousers": 4, "coat": 4, "down": 4, "knit": 3, "dress": 3, "jacket": 3, "bedding": 2}
# As those are that have pictures.
DRAWN = {
    "coat": ("wool", "grey"), "shirt": ("cotton", "white"), "knit": ("cashmere", "beige"), "trousers": ("wool", "black"),
    "dress": ("silk", "red"), "down": ("down", "navy"),
}  # fmt: skip
MOST_PIECES = 4
FAILED = ("领口还有一圈印", "袖口没烫平", "腋下还有味道", "油渍没去净")
GUESTS = ("王阿姨", "李先生", "陈老师")
SECOND = stages.SECOND
Bag = tuple[int, ...]  # places in the price list


class Times(NamedTuple):
    """The moments of one order; empty is still to come."""

    made: int
    agreed: int | None = None
    ready: int | None = None
    ended: int | None = None
    reached: str = "racked"  # by every piece
    reminders: int = 0


def open_up(shop: "Shop", at: int) -> None:
    """The price list, and the care cards that come with the program."""
    store = shop.by_slug["laundry"]
    PriceItem.insert_many(
        {
            "store": store.id,
            "name": name,
            "kind": kind,
            "price": price,
            "days": days,
            "place": place,
            "made_at": shop.made,
        }
        for place, (name, kind, price, days) in enumerate(STARTERS)
    ).execute()
    shop.prices = list(PriceItem.select().where(PriceItem.store == store.id).order_by(PriceItem.place))
    advice.fill(shop.brand, shop.made)


def worth(drawn: int) -> int:
    """What a bag costs that comes nearest to this many fen."""
    sums = _sums()
    place = min(bisect_left(sums, drawn), len(sums) - 1)
    return min(sums[max(place - 1, 0)], sums[place], key=lambda amount: abs(amount - drawn))


def play(year: "Year") -> None:
    """Every bag of the year, and those that are in the shop."""
    _Ledger(year).fill()


def now(shop: "Shop", at: int) -> None:
    """The first member's two bags, somebody who wants to talk, somebody whose things came back not quite right; pictures on what is in the shop."""
    _Counter(shop, at).serve()
    ten = clock.day_start(at, ZONE) + 10 * HOUR
    handing.remind(ten if ten <= at else ten - DAY)
    agreement.call_list(at)
    promises.warn(at)


# --- the year ----------------------------------------------------------------------------------------------------------


class _Ledger:
    """The orders of a year, in memory."""

    def __init__(self, year: "Year") -> None:
        self.year, self.at, self.today = year, year.at, year.today
        self.rng = random.Random(20260522)  # noqa: S311 - made-up bags; chance of its own, so that other stories stay as they are
        self.store: Store = year.shop.by_slug["laundry"]
        self.prices: list[PriceItem] = year.shop.prices
        self.bo: Staff = year.shop.people["wash"]
        self.checks: Staff = year.shop.people["press"]
        self.wears: dict[tuple[Any, ...], dict[str, Any]] = {}

    def fill(self) -> None:
        cards = {card.id: card for card in self.year.cards}
        bills = [row for row in self.year.paper.rows[Purchase] if row["store"] == self.store.id]
        for bill in sorted(bills, key=lambda row: (row["at"], row["id"])):
            self._collected(cards[bill["member"]], bill)
        regulars = [card for card in self.year.cards[20:] if card.row["store"] == self.store.id and card.visits >= 4]
        self._in_the_shop([card for card in regulars if card.row["joined_at"] < self.today - 40 * DAY])

    def _collected(self, card: "Card", bill: dict[str, Any]) -> None:
        bag = self.rng.choice(_bags()[bill["amount"]])
        days = max(self.prices[place].days for place in bag)
        made = self._open(bill["at"] - (days + self.rng.choice((0, 0, 1, 1, 2, 3, 5))) * DAY)
        if made < card.row["joined_at"]:
            made = card.row["joined_at"] + 10 * MINUTE
        if made > bill["at"] - 20 * HOUR:
            return  # somebody who paid for something else
        agreed = made + self.rng.randint(3, 240) * MINUTE
        last = bill["at"] - HOUR
        ready = min(last, self._promise(made, days) - self.rng.randint(-6, 20) * HOUR)
        self._order(card, bag, Times(made, agreed, max(ready, agreed + 2 * HOUR), bill["at"]), bill)

    def _in_the_shop(self, cards: list["Card"]) -> None:
        """What stands on the board at this moment."""
        at, some = self.at, itertools.cycle(cards)
        for hours in (0.3, 1.5):
            self._order(next(some), self._bag(), Times(at - int(hours * HOUR)))
        for hours in (30, 5, 2):
            self._order(next(some), self._bag(), Times(at - hours * HOUR), asked=True)
        washing = ("agreed", "agreed", "treated", "treated", "cleaned", "cleaned", "checked", "checked", "treated")
        for n, reached in enumerate(washing):
            made = self._open(at - (3 if n > 5 else 1 + n % 2) * DAY)
            days = {7: 3, 8: 1}.get(n)  # one is due tonight, one is late
            self._order(next(some), self._bag(), Times(made, made + HOUR, reached=reached), days=days)
        for days, reminders in ((0, 0), (1, 0), (1, 0), (2, 0), (3, 0), (5, 0), (8, 0), (15, handing.REMINDERS)):
            made = self._open(at - (days + 4) * DAY)
            ready = at - days * DAY - 3 * HOUR
            self._order(next(some), self._bag(), Times(made, made + HOUR, ready, reminders=reminders))

    def _bag(self) -> Bag:
        common = [place for place, item in enumerate(self.prices) for _ in range(OFTEN.get(item.kind, 1))]
        return tuple(sorted(self.rng.choices(common, k=self.rng.choice((1, 2, 2, 3)))))

    def _order(
        self,
        card: "Card",
        bag: Bag,
        times: Times,
        bill: dict[str, Any] | None = None,
        *,
        asked: bool = False,
        days: int | None = None,
    ) -> None:
        rng, paper = self.rng, self.year.paper
        pieces = [self.prices[place] for place in bag]
        on_phone = rng.random() < 0.8
        state = (
            "collected"
            if times.ended
            else "ready"
            if times.ready
            else "agreed"
            if times.agreed
            else "awaiting"
            if asked
            else "intake"
        )
        asked_at = times.made + 2 * MINUTE if asked or times.agreed else None
        wanted = days or max(item.days for item in pieces)
        promised = self._promise(times.made, wanted) if asked_at else None
        well_at = times.ended + 2 * DAY + 5 * HOUR if times.ended else None
        answered = bool(well_at and well_at < self.at and rng.random() < 0.6)
        row = paper.add(
            Order,
            code=self._code(10),
            key=f"demo:order:{len(paper.rows[Order])}",
            store=self.store.id,
            member=card.id,
            state=state,
            price=sum(item.price for item in pieces),
            paid_at=times.ended,
            receipt=bill["receipt"] if bill else "",
            made_at=times.made,
            made_by=self.bo.id,
            asked_at=asked_at,
            agreed_at=times.agreed,
            agreed_how=("phone" if on_phone else "tablet") if times.agreed else "",
            first_promised_at=promised,
            promised_at=promised,
            rack=f"{rng.choice('ABC')}-{rng.randint(1, 40):02d}" if times.ready else "",
            ready_at=times.ready,
            reminded_at=self._open(self.at - 3 * DAY) if times.reminders else None,
            reminders=times.reminders,
            ended_at=times.ended,
            ended_by=self.bo.id if times.ended else None,
            purchase=bill["id"] if bill else None,
            asked_well_at=well_at - 3 * HOUR if well_at and well_at < self.at else None,
            well=rng.random() < 0.95 if answered else None,
            well_at=well_at if answered else None,
        )
        for place, item in enumerate(pieces):
            self._piece(card, row, item, place, times, self.bo.id if not on_phone else None)
        self._tell_of(card, row, len(pieces))

    def _piece(
        self, card: "Card", order: dict[str, Any], item: PriceItem, place: int, times: Times, signed: int | None
    ) -> None:
        steps = list(self._steps(times, signed))
        wear = self._wear(card, item, place, times.made)
        garment = self.year.paper.add(
            Garment,
            order=order["id"],
            tag=self._code(8),
            key=f"{order['key']}:{place}",
            item=item.id,
            wear=wear["id"],
            kind=item.kind,
            name=item.name,
            fabric=wear["fabric"],
            colour=wear["colour"],
            price=item.price,
            stage=steps[-1][0],
            stage_by=steps[-1][4],
            stage_at=steps[-1][1],
            failed=sum(not passed for _, _, passed, _, _ in steps),
            handed_at=times.ended,
        )
        for stage, at, passed, why, staff in steps:
            self.year.paper.add(Step, garment=garment["id"], stage=stage, passed=passed, why=why, staff=staff, at=at)

    def _steps(self, times: Times, signed: int | None) -> list[tuple[str, int, bool, str, int | None]]:
        """stage, at, passed, why, who: as far as it has come; one in fifteen did not pass its first check."""
        bo, checks = self.bo.id, self.checks.id
        found: list[tuple[str, int, bool, str, int | None]] = [("received", times.made, True, "", bo)]
        if times.agreed is None:
            return found
        found.append(("agreed", times.agreed, True, "", signed))
        names = list(STAGES[2 : STAGES.index(times.reached) + 1])
        if "checked" in names and self.rng.random() < 0.07:
            names[2:2] = ["failed", "treated", "cleaned"]
        end = times.ready or self.at - 20 * MINUTE
        for n, name in enumerate(names, 1):
            at = times.agreed + (end - times.agreed) * n // (len(names) + (0 if times.ready else 1))
            if name == "failed":
                found.append(("agreed", at, False, self.rng.choice(FAILED), checks))
            else:
                second = name == "checked"
                found.append((name, at, True, SECOND if second else "", checks if second else bo))
        return found

    def _wear(self, card: "Card", item: PriceItem, place: int, at: int) -> dict[str, Any]:
        """People bring the same things again: three times of four in the look they own already."""
        fabrics, colours = LOOKS[item.kind]
        own = random.Random(card.id * 1000 + item.id * 10 + place)  # noqa: S311 - a member's taste
        one = own if self.rng.random() < 0.75 else self.rng
        look = (one.choice(fabrics), one.choice(colours))
        if at > self.at - 25 * DAY and self.rng.random() < 0.6:
            look = DRAWN.get(item.kind, look)
        wear = self.wears.get((card.id, item.id, *look))
        if wear is None:
            wear = self.wears[card.id, item.id, *look] = self.year.paper.add(
                Wear,
                member=card.id,
                kind=item.kind,
                name=item.name,
                fabric=look[0],
                colour=look[1],
                first_at=at,
                last_at=at,
                times=1,
            )
        elif wear["last_at"] != at:
            wear |= {
                "times": wear["times"] + 1,
                "first_at": min(at, wear["first_at"]),
                "last_at": max(at, wear["last_at"]),
            }
        return wear

    def _tell_of(self, card: "Card", row: dict[str, Any], pieces: int) -> None:
        """The last quarter of a year is in the event log too, and in the inbox."""
        if row["made_at"] < self.at - 90 * DAY:
            return
        paper, store, ref, bo = self.year.paper, self.store.id, row["code"], self.bo.id
        paper.event(row["made_at"], "order_opened", card.id, store, bo, ref)
        if row["asked_at"]:
            paper.event(row["asked_at"], "order_asked", card.id, store, bo, ref, pieces=pieces, pins=0)
        if row["agreed_at"]:
            verb, who = ("order_agreed", None) if row["agreed_how"] == "phone" else ("order_signed", bo)
            paper.event(row["agreed_at"], verb, card.id, store, who, ref)
        url = f"/orders/{ref}"
        if row["ready_at"]:
            paper.event(row["ready_at"], "order_ready", card.id, store, bo, ref, pieces=pieces)
            said = {"pieces": pieces, "store": self.store.name}
            paper.tell(card.id, row["ready_at"], "order_ready", f"order_ready:{ref}", url, **said)
        if row["ended_at"]:
            paper.event(row["ended_at"], "order_collected", card.id, store, bo, ref)

    def _promise(self, made: int, days: int) -> int:
        """The laundry opens every day of the demo's week."""
        return clock.day_start(made, ZONE) + days * DAY + 18 * HOUR

    def _open(self, moment: int) -> int:
        return clock.day_start(moment, ZONE) + self.rng.randint(9 * 60, 18 * 60 + 50) * MINUTE

    def _code(self, length: int) -> str:
        return "".join(self.rng.choices(vault.ALPHABET, k=length))


# --- this moment -------------------------------------------------------------------------------------------------------


class _Counter:
    """What goes through the rules, as it happened in the last days."""

    def __init__(self, shop: "Shop", at: int) -> None:
        self.shop, self.at = shop, at
        self.store: Store = Store.get_by_id(shop.by_slug["laundry"].id)
        self.bo, self.checks = shop.people["wash"], shop.people["press"]
        self.items = {item.name["zh"]: item for item in shop.prices}

    def serve(self) -> None:
        first, third, fifth = (Member.get_by_id(number) for number in (1, 3, 5))
        self._back_again(first)
        self._to_agree(first)
        talked = self._taken_in(fifth, self.at - 3 * HOUR, ("真丝旗袍", "silk", "red"))
        self._pinned(talked, 0, (560, 620), "stain", "wine")
        asked = intake.ask(talked, self.bo, self.at - 3 * HOUR + 8 * MINUTE)
        agreement.discuss(
            asked, fifth, "领口那一点是原来就有的，能去掉吗？去不掉我也不怪你们。", self.at - 12 * MINUTE, key="demo"
        )
        self._came_back(third)
        self._pictured()
        Message.update(read_at=self.at - DAY).where(
            Message.at < self.at - DAY, Message.text.startswith("order")
        ).execute()

    def _to_agree(self, member: Member) -> None:
        """A coat with a stain and a missing button, and a shirt; the member has been asked and has not looked yet."""
        at = self.at - 95 * MINUTE
        order = self._taken_in(member, at, ("羊毛大衣", "wool", "grey"), ("衬衫", "cotton", "white"))
        self._pinned(order, 0, (430, 545), "stain", "oil", "像是火锅油")
        self._pinned(order, 0, (540, 695), "button", "", "第三颗松了")
        self._pinned(order, 1, (425, 235), "stain", "sweat")
        intake.ask(order, self.bo, at + 9 * MINUTE)

    def _back_again(self, member: Member) -> None:
        """The grey cashmere of last week hangs and waits."""
        at = self.at - 5 * DAY
        order = self._taken_in(member, at, ("毛衣、羊绒衫", "cashmere", "beige"), ("西裤、长裤", "wool", "black"))
        self._pinned(order, 0, (300, 610), "pilling", "")
        self._pinned(order, 1, (470, 590), "wear", "", "膝盖发亮")
        self._washed(order, member, at)

    def _came_back(self, member: Member) -> None:
        """Collected two days ago, and one piece is not what it was."""
        at = self.at - 6 * DAY
        order = self._taken_in(member, at, ("连衣裙", "silk", "red"), ("短款羽绒服", "down", "navy"))
        self._pinned(order, 0, (560, 700), "stain", "coffee")
        self._pinned(order, 1, (390, 800), "tear", "", "跑绒的小口")
        order = self._washed(order, member, at)
        dress, _ = self._pieces(order)
        self._photo(dress, "outgoing", at + 3 * DAY)
        then = self.at - 2 * DAY - 4 * HOUR
        order = handing.collect(order, self.bo, then, paid=False)
        after.ask(then + 2 * DAY + HOUR)
        after.answer(order, member, False, "裙摆上还有一点印子。", self.at - 50 * MINUTE, key="demo")
        after.claim(
            Garment.get_by_id(dress.id),
            member,
            "左边的缝开了两针，拿来的时候是好的。",
            self.at - 40 * MINUTE,
            key="demo",
        )

    def _pictured(self) -> None:
        """What looks the same as one of these has the same picture, and the same pins."""
        models = {}
        taken = GarmentPhoto.select(GarmentPhoto, Photo, Garment).join(Photo).switch(GarmentPhoto).join(Garment)
        for picture in taken.where(GarmentPhoto.moment == "intake").order_by(GarmentPhoto.id):
            pins = list(Pin.select().where(Pin.picture == picture.id).order_by(Pin.id))
            models[picture.garment.kind, picture.garment.colour] = (picture.photo, pins)
        had = GarmentPhoto.select(GarmentPhoto.garment)
        here = (Order.store == self.store.id) & Order.state.in_(("awaiting", "agreed", "ready"))
        for garment in (
            Garment.select(Garment, Order).join(Order).where(here, Garment.id.not_in(had)).order_by(Garment.id)
        ):
            photo, pins = models.get((garment.kind, garment.colour), (None, []))
            if photo:
                own = {"code": vault.token()[:20], "member": garment.order.member_id, "made_at": garment.order.made_at}
                copy = Photo.create(**photo.__data__ | own | {"id": None})
                picture = GarmentPhoto.create(garment=garment.id, photo=copy.id, moment="intake")
                for pin in pins:
                    Pin.create(**pin.__data__ | {"id": None, "picture": picture.id, "made_at": garment.order.made_at})

    def _taken_in(self, member: Member, at: int, *looks: tuple[str, str, str]) -> Order:
        order = intake.open(self.store, member, "", self.bo, at, key=f"demo:now:{member.id}:{at}")
        for n, (name, fabric, colour) in enumerate(looks):
            item = self.items[name]
            piece = Piece(item, item.kind, fabric, colour)
            intake.add(order, piece, self.bo, at + n * MINUTE, key=f"{order.key}:{n}")
        return orders.fresh(order)

    def _washed(self, order: Order, member: Member, at: int) -> Order:
        asked = intake.ask(order, self.bo, at + 5 * MINUTE)
        agreement.agree(asked, member, at + 40 * MINUTE, seen=agreement.fingerprint(asked))
        tags = [garment.tag for garment in self._pieces(order)]
        for n, stage in enumerate(STAGES[2:5]):
            staff = self.checks if stage == "checked" else self.bo
            stages.advance(tags, stage, staff, self.store, at + DAY + n * 8 * HOUR)
        return stages.rack(order, "B-07", self.bo, at + 2 * DAY + 5 * HOUR)

    def _pinned(self, order: Order, place: int, spot: tuple[int, int], kind: str, stain: str, note: str = "") -> None:
        garment = self._pieces(order)[place]
        picture = GarmentPhoto.get_or_none(GarmentPhoto.garment == garment.id) or self._photo(
            garment, "intake", order.made_at + 3 * MINUTE, spot if stain else None
        )
        intake.pin(picture, *spot, kind, stain, note, self.bo, order.made_at + 4 * MINUTE)

    def _photo(self, garment: Garment, moment: str, at: int, spot: tuple[int, int] | None = None) -> Any:
        jpeg = clothes.drawn(garment.kind, garment.colour, (spot,) if spot else ())
        photo = pictures.take_in(jpeg, self.store, at, member=garment.order.member, staff=self.bo)
        return intake.attach(garment, photo, moment, self.bo, at)

    def _pieces(self, order: Order) -> list[Garment]:
        return list(Garment.select().where(Garment.order == order.id).order_by(Garment.id))


# --- how it is done ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _bags() -> dict[int, list[Bag]]:
    """Every bag of up to four pieces, by what it costs."""
    prices = [price for _, _, price, _ in STARTERS]
    found: dict[int, list[Bag]] = {}
    for number in range(1, MOST_PIECES + 1):
        for bag in itertools.combinations_with_replacement(range(len(prices)), number):
            found.setdefault(sum(prices[place] for place in bag), []).append(bag)
    return found


@lru_cache(maxsize=1)
def _sums() -> list[int]:
    return sorted(_bags())
