"""The terms of a coupon as it was given: where, when, from which bill on, what it takes off; and all that as one sentence.

Frozen into the coupon at that moment, so that whoever edits a template changes nothing that somebody has in their wallet.
"""

from typing import Any

from models import Coupon, Service, Store, Template
from webapp import clock
from webapp.filters import DAYS
from webapp.phrases import N_, Phrase, phrase
from webapp.refusals import Refusal

ANY: dict[str, Any] = {
    "kind": "amount",
    "percent": None,
    "stores": [],
    "places": [],
    "weekdays": 127,
    "opens": 0,
    "closes": 1440,
}


def frozen(template: Template) -> dict[str, Any]:
    """What a coupon of this template promises, with the names that its sentence needs."""
    places = Store.select(Store.id, Store.name).where(Store.id.in_(template.stores)).order_by(Store.id)
    service = Service.get_or_none(Service.id == template.service_id) if template.service_id else None
    return {
        "kind": template.kind,
        "name": template.name,
        "amount": template.amount,
        "percent": template.percent,
        "minimum": template.minimum,
        "service": template.service_id,
        "thing": service.name if service else template.name,
        "stores": template.stores,
        "places": [place.name for place in places] if template.stores else [],
        "weekdays": template.weekdays,
        "opens": template.opens,
        "closes": template.closes,
    }


def of(coupon: Coupon) -> dict[str, Any]:
    """A coupon's terms; one without a template is money off any bill."""
    return {**ANY, "amount": coupon.amount, "minimum": coupon.minimum, **coupon.terms}


def worth(terms: dict[str, Any], subtotal: int) -> int:
    """Fen it takes off a bill of `subtotal`: never more than the bill, 0 below its minimum. A thing that comes with the bill takes nothing off it."""
    if subtotal < max(terms["minimum"], 0) or terms["kind"] == "item":
        return 0
    most = int(terms["amount"])
    if terms["kind"] == "percent":
        most = min(most, subtotal * int(terms["percent"]) // 100)
    return max(0, min(most, subtotal))


def misfit(terms: dict[str, Any], store: Store, at: int, subtotal: int | None) -> Refusal | None:
    """Why these terms do not hold in this store, at this hour, for a bill of this size (not looked at when None)."""
    if terms["stores"] and store.id not in terms["stores"]:
        return Refusal("这张券%(where)s", code="other_store", field="coupon", where=_where(terms["places"]))
    wall = clock.local(at, store.timezone)
    minute = wall.hour * 60 + wall.minute
    if not terms["weekdays"] >> wall.weekday() & 1 or not terms["opens"] <= minute < terms["closes"]:
        return Refusal("这张券%(hours)s", code="other_time", field="coupon", hours=_when(terms))
    if subtotal is not None and subtotal < terms["minimum"]:
        least = {"fen": terms["minimum"]}
        return Refusal("这张券满 %(minimum)s 才能用", code="below_minimum", field="coupon", minimum=least)
    return None


def sentence(terms: dict[str, Any]) -> Phrase:
    """What it takes off, from which bill on, when and where, as one sentence. How long it is good for comes on top; see `joined`."""
    said = [_what(terms)]
    if terms["weekdays"] != 127 or (terms["opens"], terms["closes"]) != (0, 1440):
        said.append(_when(terms))
    if terms["stores"]:
        said.append(_where(terms["places"]))
    return joined(said)


def joined(said: list[Phrase]) -> Phrase:
    """Several clauses as one sentence."""
    first, *rest = said
    return phrase(N_("%(first)s，%(rest)s"), first=first, rest=joined(rest)) if rest else first


# --- how it is done ----------------------------------------------------------------------------------------------------


def _what(terms: dict[str, Any]) -> Phrase:
    money, least = {"fen": terms["amount"]}, {"fen": terms["minimum"]}
    if terms["kind"] == "item":
        if terms["minimum"]:
            return phrase(N_("满 %(minimum)s 送%(thing)s"), minimum=least, thing=terms["thing"])
        return phrase(N_("送%(thing)s"), thing=terms["thing"])
    if terms["kind"] == "service":
        if terms["minimum"]:
            return phrase(N_("满 %(minimum)s，%(thing)s免单"), minimum=least, thing=terms["thing"])
        return phrase(N_("%(thing)s免单"), thing=terms["thing"])
    if terms["kind"] == "percent":
        share = {"percent": terms["percent"], "most": money}
        if terms["minimum"]:
            return phrase(N_("满 %(minimum)s 减 %(percent)s%%，最多减 %(most)s"), minimum=least, **share)
        return phrase(N_("减 %(percent)s%%，最多减 %(most)s"), **share)
    if terms["minimum"]:
        return phrase(N_("满 %(minimum)s 减 %(money)s"), minimum=least, money=money)
    return phrase(N_("任何一单都减 %(money)s"), money=money)


def _when(terms: dict[str, Any]) -> Phrase:
    from_clock, to_clock = wall_clock(terms["opens"]), wall_clock(terms["closes"])
    all_day = (terms["opens"], terms["closes"]) == (0, 1440)
    if terms["weekdays"] == 127:
        return phrase(N_("每天 %(opens)s–%(closes)s 能用"), opens=from_clock, closes=to_clock)
    days = weekdays_named(terms["weekdays"])
    if all_day:
        return phrase(N_("只在%(days)s能用"), days=days)
    return phrase(N_("只在%(days)s %(opens)s–%(closes)s 能用"), days=days, opens=from_clock, closes=to_clock)


def weekdays_named(weekdays: int) -> Phrase:
    """Monday first, neighbours as a span: 周一到周四、周日."""
    runs: list[list[int]] = []
    for day in (day for day in range(7) if weekdays >> day & 1):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return listed([_span(run) for run in runs])


def _span(run: list[int]) -> Phrase:
    first, last = phrase(DAYS[run[0]]), phrase(DAYS[run[-1]])
    if len(run) == 1:
        return first
    if len(run) == 2:
        return phrase(N_("%(first)s、%(rest)s"), first=first, rest=last)
    return phrase(N_("%(first)s到%(last)s"), first=first, last=last)


def _where(places: list[dict[str, str]]) -> Phrase:
    if len(places) > 3:
        return phrase(N_("只在指定的 %(n)s 家店能用"), n=len(places))
    named = [phrase("%(place)s", place=place) for place in places]
    return phrase(N_("只在%(places)s能用"), places=listed(named)) if named else phrase(N_("只在指定的店能用"))


def listed(said: list[Phrase]) -> Phrase:
    first, *rest = said
    return phrase(N_("%(first)s、%(rest)s"), first=first, rest=listed(rest)) if rest else first


def wall_clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
