"""The named people of the tests: one brand, three stores, and who may see what.

Mei is rich in points, Xin is new and has none; Chen is a clerk, Su a senior, Lin the manager of the bath house, Zhao owns it all;
Bo works in the laundry and may see nothing of the bath house. It is Wednesday, 20 May 2026, 14:00 in Shanghai, unless a test says else.
"""

import datetime as dt
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from models import Brand, LedgerLine, Member, OpeningInterval, Placement, Reward, Shelf, Staff, Store
from webapp import vault
from webapp.clock import DAY
from webapp.members import names
from webapp.points import ledger

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = int(dt.datetime(2026, 5, 20, 14, 0, tzinfo=SHANGHAI).timestamp())
SECRET = b"a secret of the tests, 32 bytes or more"
PASSWORD = "回头客 come back soon"
DESK_PIN = "2580"
MEMBER_PIN = "246810"


@lru_cache
def _hashes(_: str) -> tuple[str, str]:
    """The hashes of everybody's password and PIN: slow on purpose, so made once for an installation's key."""
    return vault.hash_secret(PASSWORD), vault.hash_secret(DESK_PIN)


class World:
    """Everything is made at NOON minus a year; points that were given then last another year."""

    def __init__(self, at: int = NOON) -> None:
        self.at = at
        made = at - 365 * DAY
        self.brand = Brand.create(
            name={"zh": "回头浴场", "en": "Huitou Baths", "zh_Hant": "回頭浴場"}, policy={}, made_at=made
        )
        self.bath = self._store("bath", "bath", {"zh": "回头浴场·南门店", "en": "Huitou Baths South Gate"}, made)
        self.laundry = self._store("laundry", "laundry", {"zh": "回头干洗", "en": "Huitou Dry Cleaning"}, made)
        self.retail = self._store("retail", "retail", {"zh": "回头杂货", "en": "Huitou Goods"}, made)
        self.door = Placement.create(store=self.bath.id, slug="door", name={"zh": "门口", "en": "Door"}, made_at=made)
        self.mei = self.member("林小满", "13800000001", joined_at=made)
        self.xin = self.member("周新", "13800000002", joined_at=at - DAY)
        self.give(self.mei, 1280)
        hashed, pin = _hashes(vault.keyed("whose", "hashes"))
        self.chen = self._person("chen", "小陈", "clerk", self.bath, hashed, pin, made)
        self.kai = self._person("kai", "阿凯", "clerk", self.bath, hashed, pin, made)
        self.su = self._person("su", "苏姐", "senior", self.bath, hashed, pin, made)
        self.lin = self._person("lin", "林经理", "manager", self.bath, hashed, pin, made)
        self.zhao = self._person("zhao", "赵老板", "owner", None, hashed, pin, made)
        self.bo = self._person("bo", "阿波", "clerk", self.laundry, hashed, pin, made)
        self.tea = self.reward({"zh": "龙井茶一壶", "en": "Pot of green tea"}, 80, stock=None)
        self.towel = self.reward({"zh": "纯棉浴巾", "en": "Cotton bath towel"}, 200, stock=5)
        self.last_scrub = self.reward({"zh": "搓澡一次", "en": "Body scrub"}, 600, stock=1)
        self.trial = self.reward(
            {"zh": "汗蒸体验", "en": "Sweat room trial"}, 0, stock=None, kind="trial", per_member=1
        )

    def member(self, name: str, phone: str | None = None, *, store: Store | None = None, **fields: Any) -> Member:
        """A new member; with `phone` the number is sealed and found by its hash, as joining does it."""
        if phone:
            fields |= {
                "phone_sealed": vault.seal(f"+86{phone}"),
                "phone_key": vault.keyed("phone", f"+86{phone}"),
                "tail_key": vault.keyed("tail", phone[-4:]),
            }
        fields.setdefault("joined_at", self.at)
        return Member.create(
            brand=self.brand.id, code=vault.code(10), store=(store or self.bath).id, **names.columns(name), **fields
        )

    def give(self, member: Member, points: int, *, lasts: int = 365 * DAY) -> LedgerLine:
        """Points out of nowhere, through the ledger like all others."""
        line = ledger.earn(
            member.id,
            points,
            kind="bonus",
            key=f"given:{vault.token()}",
            at=self.at - DAY,
            expires_at=self.at + lasts,
            origin=ledger.Origin("welcome", self.bath.id),
        )
        return LedgerLine.get_by_id(line)

    def reward(self, name: dict[str, str], points: int, *, stock: int | None, **fields: Any) -> Reward:
        reward = Reward.create(brand=self.brand.id, name=name, points=points, made_at=self.at - 90 * DAY, **fields)
        Shelf.create(reward=reward.id, store=self.bath.id, stock=stock)
        return reward

    def shelf(self, reward: Reward, store: Store | None = None) -> Shelf:
        return Shelf.get(Shelf.reward == reward.id, Shelf.store == (store or self.bath).id)

    def fresh(self, row: Any) -> Any:
        """The row as the database has it now."""
        return type(row).get_by_id(row.id)

    def _store(self, slug: str, kind: str, name: dict[str, str], made: int) -> Store:
        store = Store.create(brand=self.brand.id, slug=slug, name=name, kind=kind, made_at=made)
        for weekday in range(7):
            OpeningInterval.create(store=store.id, weekday=weekday, opens=600, closes=1560 if kind == "bath" else 1260)
        return store

    def _person(
        self, username: str, name: str, role: str, store: Store | None, hashed: str, pin: str, made: int
    ) -> Staff:
        return Staff.create(
            brand=self.brand.id,
            store=store.id if store else None,
            username=username,
            name=name,
            role=role,
            password_hash=hashed,
            pin_hash=pin,
            made_at=made,
        )
