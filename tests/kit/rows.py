"""One row of any table that the tables accept, without the rules: for tests that must meet every table there is, and every one to come.

`Rows(world).make(Booking, member=…)` fills what is needed; what it points to is made as well, or taken from what was made before. With
`marked=True` every column that holds words holds a word of its own, which `marks` remembers: `{"Booking.note_sealed": "kq17xv", …}`.
"""

import re
from typing import Any

from peewee import (
    AutoField,
    BigAutoField,
    BlobField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

import models
from models import At, Brand, JsonField, Member, Staff, Store, WordsField
from tests.world import World
from webapp import vault
from webapp.clock import HOUR

_LISTED = re.compile(r"^(\w+) IN \((.*)$")
_LEAST = re.compile(r"^(?:\w+) (?:BETWEEN|>=|>) (\d+)")
LATER = ("ends_at", "until_at", "expires_at", "free_at", "closes_at", "undo_until")
NOT_WORDS = {
    "locale",
    "theme",
    "tier",
    "birthday",
    "timezone",
}  # short codes of ours that a page could not be drawn without
# What a column must be for the table to take the row, or for the rules to understand it.
FITTING: dict[str, Any] = {
    "Redemption.line": None,
    "Coupon.used_store": None,
    "Coupon.held_store": None,
    "Passkey.staff": None,
    "OrderWord.staff": None,
    "CaseEntry.staff": None,
    "Merge.second": "another",
    "Kin.helper": "another",
    "Referral.inviter": "another",
    "Handshake.guest": None,
    "Member.merged_into": None,
    "Photo.hash": "f" * 64,
    "Device.kind": "member",
    "Device.staff": None,
    "Seat.at": 0,
}
# And when every column that takes words has some.
MARKED = FITTING | {"Question.answered_at": 1, "Order.state": "collected", "Order.ended_at": 1}


class Rows:
    """What was made last of each table, and the words in them."""

    def __init__(self, world: World, member: Member, other: Member, store: Store, staff: Staff) -> None:
        self.world, self.other = world, other
        self.last: dict[Any, Any] = {Member: member, Store: store, Staff: staff, Brand: world.brand}
        self.marks: dict[str, str] = {}
        self._count = 0

    def make(self, model: Any, *, marked: bool = False, **given: Any) -> Any:
        values = dict(given)
        for field in model._meta.sorted_fields:
            if field.name in values or isinstance(field, (AutoField, BigAutoField)):
                continue
            found = self._value(model, field, marked)
            if found is not None:
                values[field.name] = found
        row = model.create(**values)
        self.last[model] = row
        return row

    def _value(self, model: Any, field: Any, marked: bool) -> Any:
        place = f"{model.__name__}.{field.name}"
        fitting = MARKED if marked else FITTING
        if place in fitting:
            fits = fitting[place]
            return self.other.id if fits == "another" else self.world.at + 60 if fits == 1 else fits
        if isinstance(field, ForeignKeyField):
            return self._pointed_to(model, field)
        choices = _choices(field)
        if marked and not choices and field.name not in NOT_WORDS:
            word = self._word(place, field)
            if word is not None:
                return word
        if field.null or field.default is not None:
            return None
        return self._least(field, choices)

    def _pointed_to(self, model: Any, field: Any) -> Any:
        other = field.rel_model
        if other in self.last and other is not model:
            found = self.last[other]
        elif field.null:
            return None
        else:
            found = self.make(other)
        return getattr(found, other._meta.primary_key.name)

    def _word(self, place: str, field: Any) -> Any:
        words = isinstance(field, (JsonField, BlobField, TextField))
        if not words and not (type(field) is CharField and field.max_length >= 8):
            return None
        self._count += 1
        word = f"KQ{self._count:03d}XV"  # capitals and digits: some columns are looked up in capitals
        self.marks[place] = word
        if isinstance(field, WordsField):
            return {"zh": word}
        if isinstance(field, JsonField):
            return [word] if callable(field.default) and field.default() == [] else {"name": word}
        return vault.seal(word) if isinstance(field, BlobField) else word

    def _least(self, field: Any, choices: list[str]) -> Any:
        if isinstance(field, At):
            return self.world.at + (HOUR if field.name in LATER else 0)
        if isinstance(field, BooleanField):
            return False
        if isinstance(field, WordsField):
            return {"zh": "某样"}
        if isinstance(field, JsonField):
            return {}
        if isinstance(field, BlobField):
            return vault.seal("x")
        if isinstance(field, IntegerField):
            return int(next((found[1] for check in _checks(field) if (found := _LEAST.match(check))), "1")) or 1
        return choices[0] if choices else vault.code(min(8, getattr(field, "max_length", 8)))


def about_a_member() -> list[Any]:
    """Every table with a way to a member: directly, or by a row that has one. Who of the shop did it is no such way."""
    known: set[Any] = {Member}
    found: list[Any] = []
    for model in models.MODELS:
        ways = {field.rel_model for field in model._meta.sorted_fields if isinstance(field, ForeignKeyField)}
        if model is not Staff and model is not Member and ways & known:
            known.add(model)
            found.append(model)
    return found


def _checks(field: Any) -> list[str]:
    return [check.sql.removeprefix("CHECK (").removesuffix(")") for check in field.constraints or []]


def _choices(field: Any) -> list[str]:
    """What may stand in this column, where its CHECK lists it."""
    listed = next((found[2] for check in _checks(field) if (found := _LISTED.match(check))), "")
    return [value.strip(" ')") for value in listed.split(",")] if listed else []
