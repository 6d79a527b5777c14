"""What a rule would say, to look at before it is sent: to those whose turn it is now, or with made-up days where it is nobody's."""

from typing import Any

from models import Rule, Service, Store
from webapp import clock, policy
from webapp.care import articles, dry, festivals, kinds
from webapp.care.dry import Person
from webapp.words import N_

AHEAD, KEPT = 3, 30  # days


def people(rule: Rule, at: int) -> list[Person]:
    """Whose turn it is now, the first of them; whether they would get it or not."""
    found = dry.run(rule, at, enough=500)
    return [*found.people, *found.left_out][: dry.SHOWN]


def values(rule: Rule, store: Store, at: int, person: Person | None) -> dict[str, Any]:
    """What goes into its texts: of this person, and for what only the sending knows, as it will be."""
    zone = (person.store if person else store).timezone
    today = clock.day_number(at, zone)
    given: dict[str, Any] = {}
    for field, thing in (("gift", rule.reward), ("coupon", rule.template)):
        if thing:
            given |= {field: thing.name, "until": today + KEPT}
    if person:
        return {"name": person.member.name, "store": person.store.name} | person.values | given
    return {"name": "", "store": store.name} | _made_up(rule, store, at, today) | given


def _made_up(rule: Rule, store: Store, at: int, today: int) -> dict[str, Any]:
    service = Service.select(Service.name).where(Service.store == store.id).order_by(Service.id).limit(1).scalar()
    tip = articles.fitting(store.brand_id, store.kind, at, store.timezone)
    coming = festivals.FESTIVALS[(rule.params.get("festivals") or ["mid_autumn"])[0]]
    times = policy.of(store).birthday_times / 100
    known: dict[str, Any] = {
        "on": today + int(rule.params.get("days", AHEAD)),
        "times": f"{times:g}",
        "points": 120,
        "years": "2",
        "tier": N_("熟客"),
        "festival": coming.name,
        "service": service,
        "habit": service,
        "taste": rule.reward.name if rule.reward else service,
        "changed": N_("水温每小时查一次"),
        "tip": tip.title if tip else None,
    }
    named = set(kinds.fields(rule.kind))
    dated = {"on"} if named & {"day", "date", "days"} else set()
    return {name: value for name, value in known.items() if value is not None and name in named | dated}
