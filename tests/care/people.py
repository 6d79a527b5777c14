"""What tests of care need of everybody: people who agreed, rules that are on, and a day at ten in the morning."""

import datetime as dt
from typing import Any

from models import Booking, Cause, Member, Message, Part, Purchase, Resource, Rule, Send, Service, Store, Template
from tests.world import SHANGHAI, World
from webapp import vault
from webapp.care import daily, library, occasions, rules, sending
from webapp.members import consents
from webapp.outbox import words


def day(year: int, month: int, number: int, hour: int = 10) -> int:
    """That moment in Shanghai."""
    return int(dt.datetime(year, month, number, hour, tzinfo=SHANGHAI).timestamp())


def agrees(world: World, name: str, phone: str | None = None, **fields: Any) -> Member:
    """A member who wants to hear of offers, and of what is theirs."""
    member = world.member(name, phone, **{"joined_at": world.at - 300 * 86400} | fields)
    consents.grant_all(member.id, {"marketing", "service"}, source="poster", at=world.at - 86400)
    return member


def rule(world: World, kind: str, *, at: int = 0, on: bool = True, **more: Any) -> Rule:
    """A rule of this kind with the shipped words, on, with nobody held out unless said."""
    at = at or world.at - 400 * 86400
    made = rules.put(world.brand, None, kind, library.TEXTS[kind], world.zhao, at, **{"holdout": 0} | more)
    return rules.switch(made, on, world.zhao, at)


def run(one: Rule, at: int) -> list[tuple[str, str, str]]:
    """The rule's work of that moment; then everything it has done so far: who, state, why."""
    daily.run(one, at)
    return done(one)


def done(one: Rule) -> list[tuple[str, str, str]]:
    rows = Send.select(Send, Member).join(Member).where(Send.rule == one.id).order_by(Send.id)
    return [(send.member.name, send.state, send.why) for send in rows]


def said(member: Member, at: int, locale: str = "zh") -> list[str]:
    """What their messages say, the newest first, read at that moment."""
    rows = Message.select().where(Message.member == member.id, Message.text == "care").order_by(Message.id.desc())
    return [words.read(row.text, row.params, locale, at=at).text for row in rows]


def template(world: World, name: str, amount: int = 500, **fields: Any) -> Template:
    fields = {"brand": world.brand.id, "kind": "amount", "days": 30, "made_at": world.at} | fields
    return Template.create(name={"zh": name, "en": name}, amount=amount, **fields)


def bill(world: World, member: Member, at: int, amount: int = 5000, store: Store | None = None) -> Purchase:
    """A bill that was paid, without the points: a row like any other."""
    store = store or world.bath
    member.seen_at = max(member.seen_at or 0, at)
    member.save()
    return Purchase.create(
        store=store.id, code=vault.code(10), key=vault.token(), source="desk", amount=amount, member=member.id,
        staff=world.chen.id, at=at,
    )  # fmt: skip


def cause(world: World) -> Cause:
    """Why something went wrong, to close a case with."""
    return Cause.create(brand=world.brand.id, name={"zh": "忙时人手不够"})


def bathed(world: World, member: Member, days: list[int]) -> Service:
    """They booked a bath on these days, and came."""
    service = Service.get_or_none(Service.store == world.bath.id) or Service.create(
        store=world.bath.id, name={"zh": "汤泉"}, kind="bath", minutes=60, price=9800, made_at=0
    )
    room = Resource.get_or_none(Resource.store == world.bath.id) or Resource.create(
        store=world.bath.id, name={"zh": "大汤"}, kind="pool", capacity=20, shared=True, made_at=0
    )
    for at in days:
        booking = Booking.create(
            code=vault.code(10), key=vault.token(), store=world.bath.id, member=member.id, source="member", state="done", people=1,
            starts_at=at, ends_at=at + 3600, cancel_until=at - 7200, requested_at=at - 86400, arrived_at=at, ended_at=at + 3600,
        )  # fmt: skip
        Part.create(
            booking=booking.id, service=service.id, resource=room.id, people=1, starts_at=at, ends_at=at + 3600, free_at=at + 3600
        )  # fmt: skip
    return service


def only(one: Rule, member: Member, at: int) -> None:
    """This rule's turn for this member alone."""
    turn = next(turn for turn in occasions.find(one, at).turns if turn.member.id == member.id)
    sending.send(one, turn, at)
