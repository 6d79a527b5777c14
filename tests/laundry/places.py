"""The dry cleaner's in the tests: a short price list, three people at work; and a few verbs that say things briefly."""

import itertools
from typing import Any

from models import Garment, GarmentPhoto, Member, Order, Photo, PriceItem, Staff, Step
from tests.world import NOON, World
from webapp import vault
from webapp.laundry import agreement, intake, orders, stages
from webapp.laundry.intake import Piece

_number = itertools.count(1)


class Cleaner:
    """Coat 45, shirt 12, silk dress 60 yuan; Bo takes in and treats, Qi cleans, Rui checks, Manager Shen may overrule."""

    def __init__(self, world: World) -> None:
        self.world, self.store = world, world.laundry
        self.bo = world.bo
        self.qi, self.rui = self.person("qi", "小齐"), self.person("rui", "阿瑞")
        self.shen = self.person("shen", "沈店长", "manager")
        self.coat = self.item("大衣", "coat", 4500, 3)
        self.shirt = self.item("衬衫", "shirt", 1200, 1)
        self.dress = self.item("真丝连衣裙", "dress", 6000, 5)

    def person(self, username: str, name: str, role: str = "clerk") -> Staff:
        bo = self.world.bo
        return Staff.create(
            brand=bo.brand_id,
            store=self.store.id,
            username=username,
            name=name,
            role=role,
            password_hash=bo.password_hash,
            pin_hash=bo.pin_hash,
            made_at=bo.made_at,
        )

    def item(self, name: str, kind: str, price: int, days: int) -> PriceItem:
        return PriceItem.create(store=self.store.id, name={"zh": name}, kind=kind, price=price, days=days, made_at=NOON)

    def open(self, member: Member | None = None, at: int = NOON, *, guest: str = "") -> Order:
        who = None if guest else member or self.world.mei
        return intake.open(self.store, who, guest, self.bo, at, key=f"bag {next(_number)}")

    def add(self, order: Order, item: PriceItem | None = None, at: int = NOON, **fields: Any) -> list[Garment]:
        item = item or self.coat
        piece = Piece(item, item.kind, **{"fabric": "wool", "colour": "grey"} | fields)
        return intake.add(order, piece, self.bo, at, key=f"piece {next(_number)}")

    def photo(self, member: Member | None = None, at: int = NOON, **fields: Any) -> Photo:
        """A row; the file behind it is the other room's business."""
        who = member or self.world.mei
        row = {"store": self.store.id, "member": who.id, "code": vault.token()[:20], "hash": vault.token()}
        row |= {"made_by": self.bo.id} | fields
        return Photo.create(width=800, height=600, bytes=1, made_at=at, **row)

    def picture(self, garment: Garment, at: int = NOON, moment: str = "intake") -> GarmentPhoto:
        return intake.attach(garment, self.photo(garment.order.member, at), moment, self.bo, at)

    def asked(self, member: Member | None = None, at: int = NOON, pieces: int = 1, **fields: Any) -> Order:
        """A bag of coats with a stain pinned on the first; the member was asked."""
        order = self.open(member, at)
        garment = self.add(order, at=at, count=pieces, **fields)[0]
        intake.pin(self.picture(garment, at), 300, 400, "stain", "wine", "左袖口", self.bo, at)
        return intake.ask(order, self.bo, at)

    def agreed(self, member: Member | None = None, at: int = NOON, pieces: int = 1, **fields: Any) -> Order:
        order = self.asked(member, at, pieces, **fields)
        return self.agree(order, at)

    def agree(self, order: Order, at: int = NOON) -> Order:
        return agreement.agree(order, order.member, at, seen=agreement.fingerprint(order))

    def until(self, order: Order, stage: str, at: int = NOON) -> list[Garment]:
        """All pieces scanned as far as `stage`, each stage by whom it belongs to."""
        people = {"treated": self.bo, "cleaned": self.qi, "checked": self.rui, "racked": self.bo}
        for one, staff in people.items():
            moved = stages.advance(self.tags(order), one, staff, self.store, at)
            assert not moved.refused, moved.refused[0][1].code
            if one == stage:
                return pieces(order)
        raise ValueError(stage)

    def ready(self, member: Member | None = None, at: int = NOON, pieces: int = 1, **fields: Any) -> Order:
        order = self.agreed(member, at, pieces, **fields)
        self.until(order, "racked", at)
        return orders.fresh(order)

    def tags(self, order: Order) -> list[str]:
        return [garment.tag for garment in pieces(order)]


def pieces(order: Order) -> list[Garment]:
    return list(Garment.select().where(Garment.order == order.id).order_by(Garment.id))


def steps(garment: Garment) -> list[tuple[str, bool, str]]:
    rows = Step.select().where(Step.garment == garment.id).order_by(Step.id)
    return [(row.stage, row.passed, row.why) for row in rows]
