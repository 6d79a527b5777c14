"""What a bill comes to: the best single price offer, and at most one coupon, whichever way round they are looked at (T10).

The price offers are the level's discount, the promotions that hold now, and a bundle that the clerk has picked; they are for the full-price part of the
bill. A coupon comes after, and its minimum is looked at on what is left then. Of all the ways to combine them the one that costs least holds; of
two that cost the same, the one that keeps the coupon. Reads only; what came out is frozen with the bill, and one sentence says why.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models import Coupon, Member, Store
from webapp import policy
from webapp.phrases import N_, TIER_NAMES, Phrase, phrase
from webapp.policy import Policy
from webapp.prices import coupons as purse
from webapp.prices import promotions
from webapp.prices.promotions import Offer, Times
from webapp.refusals import Refusal


class Step(NamedTuple):
    """Something that takes `off` fen off: tier, percent, member_day, bundle or coupon; `name` in the shop's words where it has one, `ref` the row."""

    kind: str
    off: int
    percent: int | None = None
    name: dict[str, str] | None = None
    ref: str = ""


@dataclass(frozen=True)
class Quote:
    """`to_pay` of `full` fen, by `steps`; `lost` is what else there was and takes off less. `won` and `kept` say it."""

    full: int
    reduced: int
    to_pay: int
    tier: str | None
    steps: list[Step]
    lost: list[Step]
    coupon: Coupon | None
    won: Phrase | None
    kept: Phrase | None
    times: Times | None
    inputs: dict[str, Any] = field(default_factory=dict)

    @property
    def saved(self) -> int:
        return self.full - self.to_pay


def of(
    store: Store,
    member: Member | None,
    full: int,
    at: int,
    *,
    reduced: int = 0,
    coupon: Coupon | None = None,
    coupons: Iterable[Coupon] | None = None,
    bundle: int | None = None,
) -> Quote:
    """The price of a bill of `full` fen, of which `reduced` is reduced already. `coupon` is the one that was chosen; of `coupons` the best is looked for.

    Refuses a reduced part above the bill, a coupon that does not fit however it is put, and a bundle that is not on.
    """
    if not 0 <= reduced <= full:
        raise Refusal("特价的部分不能比账单还多", code="reduced_too_large", field="reduced_amount")
    rules, tier = policy.of(store), member.tier if member else None
    offers = list(_offers(store, tier, full, reduced, at, rules, bundle))
    candidates = [coupon] if coupon else [each for each in coupons or () if _by_itself(each)]
    ways = [(price, None) for price in [None, *offers]]
    pairs = [*ways, *((price, each) for price in [None, *offers] for each in candidates)]
    priced = [way for price, each in pairs if (way := _way(price, each, full, store, at))]
    if coupon:
        priced = [way for way in priced if way.coupon] or _why_not(coupon, store, at, full)
    best = min(priced, key=_order)
    price, used = best.price, best.coupon
    steps = [step for step in (price, best.step) if step]
    lost = [offer for offer in offers if offer is not price]
    left = _left_over(used, candidates, best, full, store, at)
    quote = Quote(
        full,
        reduced,
        best.to_pay,
        tier,
        steps,
        [*lost, *left],
        used,
        _won(steps, lost, tier),
        _kept(left),
        promotions.times(store, member, at, rules),
    )
    object.__setattr__(quote, "inputs", _frozen(quote))
    return quote


def frozen_steps(price: dict[str, Any]) -> list[Step]:
    """The steps of a bill as they were kept with it."""
    return [Step(**step) for step in price.get("steps", [])]


def reasons(price: dict[str, Any]) -> list[Phrase]:
    """Why a bill cost what it cost, from what was kept with it, never from today's rules."""
    steps, lost = frozen_steps(price), [Step(**step) for step in price.get("lost", [])]
    offers = [step for step in lost if step.kind != "coupon"]
    said = (_won(steps, offers, price.get("tier")), _kept([step for step in lost if step.kind == "coupon"]))
    return [sentence for sentence in said if sentence]


def called(step: Step, tier: str | None = None) -> Phrase:
    """What an offer is called on a bill."""
    if step.kind == "tier":
        return phrase(N_("%(tier)s价"), tier=TIER_NAMES[tier or "ordinary"])
    if step.kind == "coupon":
        return phrase("%(name)s", name=step.name) if step.name else phrase(N_("券"))
    return phrase("%(name)s", name=step.name)


# --- how it is done ----------------------------------------------------------------------------------------------------


class _Way(NamedTuple):
    """One way to put it together."""

    price: Step | None
    coupon: Coupon | None
    step: Step | None
    to_pay: int


def _offers(
    store: Store, tier: str | None, full: int, reduced: int, at: int, rules: Policy, bundle: int | None
) -> Iterator[Step]:
    """Every price offer that holds now, with what it takes off."""
    if (percent := discount(rules, tier)) and (off := _off(full - reduced, percent)):
        yield Step("tier", off, percent)
    holding = promotions.holding(store, at, tier)
    for offer in holding:
        if offer.percent and (off := _off(full - reduced, offer.percent)):
            yield Step(offer.kind, off, offer.percent, offer.name, str(offer.id))
    if bundle is not None:
        yield _bundle(next((offer for offer in holding if offer.id == bundle), None), full - reduced)


def discount(rules: Policy, tier: str | None) -> int:
    """Per cent off the full price for this level (C3)."""
    return {"loyal": rules.loyal_discount, "vip": rules.vip_discount}.get(tier or "", 0)


def _off(part: int, percent: int) -> int:
    """A broken fen is the customer's."""
    return -(-part * percent // 100)


def _bundle(offer: Offer | None, part: int) -> Step:
    if offer is None or offer.kind != "bundle" or offer.price is None or offer.usual is None:
        raise Refusal("这个套餐现在没有", code="no_such_bundle", field="bundle")
    if offer.usual > part:
        usual = {"fen": offer.usual}
        raise Refusal(
            "套餐里的东西原价 %(usual)s，账单里没有这么多", code="bundle_too_large", field="bundle", usual=usual
        )
    return Step("bundle", max(offer.usual - offer.price, 0), None, offer.name, str(offer.id))


def _by_itself(coupon: Coupon) -> bool:
    """Money off any bill may be looked for; a thing that is free must be in the bill, which only the counter knows."""
    return (coupon.terms or {}).get("kind", "amount") in ("amount", "percent")


def _way(price: Step | None, coupon: Coupon | None, full: int, store: Store, at: int) -> _Way | None:
    rest = full - (price.off if price else 0)
    if coupon is None:
        return _Way(price, None, None, rest)
    if purse.fits(coupon, store, at, rest):
        return None
    off = min(purse.worth(coupon, rest), rest)
    step = Step("coupon", off, (coupon.terms or {}).get("percent"), (coupon.terms or {}).get("name"), coupon.code)
    return _Way(price, coupon, step, rest - off) if off > 0 or not _by_itself(coupon) else None


def _order(way: _Way) -> tuple[Any, ...]:
    """The cheapest; then without a coupon; then the one that lapses first; then the same every time, in whichever order they came."""
    lapses = way.coupon.expires_at if way.coupon else 0
    named = (way.price.kind, way.price.ref) if way.price else ("", "")
    return (
        way.to_pay,
        way.coupon is not None,
        -(way.price.off if way.price else 0),
        lapses,
        way.coupon.code if way.coupon else "",
        named,
    )


def _why_not(coupon: Coupon, store: Store, at: int, full: int) -> list[_Way]:
    raise purse.fits(coupon, store, at, full) or Refusal(
        "这张券用在这一单上省不了钱", code="nothing_off", field="coupon"
    )


def _left_over(
    used: Coupon | None, candidates: list[Coupon], best: _Way, full: int, store: Store, at: int
) -> list[Step]:
    """The one coupon worth naming that stays in the purse: the dearest that is not used here."""
    rest = full - (best.price.off if best.price else 0)
    kept = [each for each in candidates if each is not used]
    if not kept or used:
        return []
    dearest = max(kept, key=lambda each: (each.amount, each.code))
    terms, minimum = dearest.terms or {}, purse.fits(dearest, store, at, rest) is not None
    return [Step("coupon", 0, terms.get("percent"), terms.get("name"), "minimum" if minimum else "")]


def _won(steps: list[Step], lost: list[Step], tier: str | None) -> Phrase | None:
    if not steps:
        return None
    price = next((step for step in steps if step.kind != "coupon"), None)
    coupon = next((step for step in steps if step.kind == "coupon"), None)
    best = max(lost, key=lambda step: (step.off, step.kind, step.ref), default=None)
    values: dict[str, Any] = {"saved": {"fen": sum(step.off for step in steps)}}
    if price:
        values["offer"] = called(price, tier)
    if price and best and best.off < price.off:
        values |= {"other": called(best, tier), "more": {"fen": price.off - best.off}}
        if coupon:
            return Phrase(N_("%(offer)s比%(other)s多省 %(more)s，再加一张券，一共省 %(saved)s"), values)
        return Phrase(N_("%(offer)s比%(other)s多省 %(more)s，按%(offer)s算，省 %(saved)s"), values)
    if price and coupon:
        return Phrase(N_("%(offer)s再加一张券，一共省 %(saved)s"), values)
    if price:
        return Phrase(N_("按%(offer)s算，省 %(saved)s"), values)
    if best:
        values["other"] = called(best, tier)
        return Phrase(N_("只用券比%(other)s更划算，省 %(saved)s"), values)
    return Phrase(N_("用了一张券，省 %(saved)s"), values)


def _kept(left: list[Step]) -> Phrase | None:
    if not left:
        return None
    return phrase(N_("券这次用不上，留着下次用") if left[0].ref == "minimum" else N_("券留着下次用"))


def _frozen(quote: Quote) -> dict[str, Any]:
    """What is kept with the bill: only where something was taken off."""
    if not quote.steps:
        return {}
    kept: dict[str, Any] = {"steps": [_plain(step) for step in quote.steps], "tier": quote.tier}
    if quote.reduced:
        kept["reduced"] = quote.reduced
    if quote.lost:
        kept["lost"] = [_plain(step) for step in quote.lost]
    return kept


def _plain(step: Step) -> dict[str, Any]:
    return {name: value for name, value in step._asdict().items() if value not in (None, "")}
