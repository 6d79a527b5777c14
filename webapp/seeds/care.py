"""What the shop wrote in the last weeks and what came of it, and kind words on the wall. What is due today the worker sends by itself."""

import random
from typing import TYPE_CHECKING

from models import Consent, Event, Member, Message, Reward, Rule, RuleRun, Send, Staff, Thanks, Visit
from webapp import clock
from webapp.care import articles, budget, fields, rules, sending, thanks
from webapp.clock import DAY, HOUR
from webapp.seeds.stores import ZONE

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop

ON = ("birthday", "points_lapse", "first_purchase", "festival", "weather", "due_again")
TRIED = 260  # members who were due again in the last weeks
CAME_FOR_IT, LOOKED = 0.35, 0.6
SIGNS = ("", "南门的老林", "", "周小姐", "", "", "一家三口", "")


def now(shop: "Shop", at: int) -> None:
    articles.fill(shop.brand, at)
    rules.fill(shop.brand, at)
    tea = Reward.select().where(Reward.brand == shop.brand.id, Reward.art == "tea").order_by(Reward.id).get()
    Rule.update(reward=tea.id).where(Rule.kind == "birthday").execute()
    Rule.update(on_since=at - 100 * DAY).where(Rule.kind.in_(ON)).execute()
    _weeks(shop, at)
    _wall(shop, at)
    yesterday = clock.day_number(at, ZONE) - 1
    for rule in rules.on(shop.brand):
        RuleRun.create(rule=rule.id, day=yesterday, done_at=clock.day_start(at, ZONE) - 14 * HOUR)


def _weeks(shop: "Shop", at: int) -> None:
    """Some were told that it was about time, every tenth was not; some of those came because of it."""
    rng = random.Random(20260527)  # noqa: S311 - made-up people; chance of its own
    rule = Rule.get(Rule.brand == shop.brand.id, Rule.kind == "due_again")
    agreed = Consent.select(Consent.member).where(Consent.purpose == "marketing", Consent.granted)
    people = Member.select().where(Member.id.in_(agreed), Member.id > 9, Member.erased_at.is_null())
    came: dict[int, list[int]] = {}
    for member, moment in (
        Visit.select(Visit.member, Visit.at).where(Visit.at > at - 90 * DAY).order_by(Visit.at).tuples()
    ):
        came.setdefault(member, []).append(moment)
    for member in people.where(Member.merged_into.is_null()).order_by(Member.id).limit(TRIED):
        held = sending.is_held_out(rule, member.id)
        visits = [moment for moment in came.get(member.id, []) if moment < at - 15 * DAY]
        when = at - rng.randrange(20 * DAY, 80 * DAY)
        if visits and not held and rng.random() < CAME_FOR_IT:
            when = rng.choice(visits) - rng.randrange(1, 10) * DAY
        when = clock.day_start(when, ZONE) + 10 * HOUR
        then = next((moment for moment in came.get(member.id, []) if when < moment <= when + 14 * DAY), None)
        _written(rule, member, when, held, then, rng)


def _written(rule: Rule, member: Member, when: int, held: bool, then: int | None, rng: random.Random) -> None:
    looked = when + rng.randrange(HOUR, 5 * DAY) if not held and rng.random() < LOOKED else None
    message = None
    if not held:
        params = fields.packed(rule, {"name": member.name, "store": getattr(member.store, "name", None)}, ZONE)
        message = Message.create(
            member=member.id, kind="care", text="care", params=params, url="/book",
            key=f"care:{rule.id}:{member.code}:demo", at=when, read_at=looked,
        )  # fmt: skip
    Send.create(
        rule=rule.id,
        member=member.id,
        occasion="demo",
        state="held_out" if held else "sent",
        month=budget.month_of(when, ZONE),
        counted=not held,
        message=message.id if message else None,
        store=member.store_id,
        at=when,
        opened_at=looked,
        visited_at=then,
        judged_at=None if held else when + 14 * DAY,
        ignored=not held and looked is None and then is None,
    )


def _wall(shop: "Shop", at: int) -> None:
    """Kind words: most of those who were asked said yes."""
    for store in shop.stores:
        who = Staff.select().where(Staff.store == store.id).order_by(Staff.id).first() or shop.people["owner"]
        for place, praise in enumerate(thanks.candidates(store, at)[: len(SIGNS)]):
            made = thanks.ask(store, praise.key, who, at)
            if place >= 2:
                days = 2 * place - 3
                thanks.agree(made, SIGNS[place], at - days * DAY)
                Thanks.update(asked_at=at - (days + 1) * DAY).where(Thanks.id == made.id).execute()
                Message.delete().where(Message.key == f"thanks:{made.code}").execute()
    Event.delete().where(Event.verb.startswith("thanks_"), Event.at < at).execute()
