"""The rules of care as their owner reads them: each one sentence with a switch, texts in three languages, tried dry before it is on.

A rule is off until a person switches it on. Every edit is a new version; what was sent keeps the words it was sent with.
"""

from typing import Any

from models import Brand, Reward, Rule, Segment, Staff, Store, Template, transaction
from webapp import policy
from webapp.care import articles, festivals, fields, kinds, library
from webapp.outbox import events
from webapp.phrases import N_, Phrase, phrase
from webapp.prices import templates
from webapp.refusals import Missing, Refusal

MOST = 60
SENTENCES: dict[str, Phrase] = {
    "birthday": phrase(N_("生日前 %(lead)s 天祝贺，那几天积分 %(times)s 倍%(more)s")),
    "fault": phrase(N_("我们没做好的事办结 %(after)s 天后，还没再来：先道歉，说改了什么%(more)s")),
    "points_lapse": phrase(N_("有 %(least)s 分以上快到期，提前 %(days)s 天说一声%(more)s")),
    "tier_drop": phrase(N_("等级快要降了，最后 %(days)s 天再提醒一次%(more)s")),
    "coupon_lapse": phrase(N_("券到期前 %(lead)s 天说一声%(more)s")),
    "first_purchase": phrase(N_("第一次消费 %(after)s 天后道谢%(more)s")),
    "anniversary": phrase(N_("入会满一年、两年……那天祝贺%(more)s")),
    "festival": phrase(N_("过节前 %(days)s 天问候：%(listed)s%(more)s")),
    "due_again": phrase(N_("按各人习惯该来了，过 %(after)s 天还没来，提醒约个时间%(more)s")),
    "likely_to_leave": phrase(N_("看样子可能不来了（%(risk)s 分以上），请回来%(more)s")),
    "need": phrase(N_("说过用不上了的，%(after)s 天没来就问候一声，不推销%(more)s")),
    "rival": phrase(N_("说过去了别家的，%(after)s 天没来就告诉一样合口味的新品%(more)s")),
    "habit": phrase(N_("%(days)s 天里同样的做了 %(times)s 次以上，正当季就送上%(more)s")),
    "member_day": phrase(N_("会员日前 %(days)s 天说一声%(more)s")),
    "weather": phrase(N_("换季时发一条小知识：%(listed)s%(more)s")),
    "news": phrase(N_("发一条店里的消息（第 %(edition)s 次）%(more)s")),
}


def of(brand: Brand | int) -> list[Rule]:
    """The rules in use, in the order in which they are run. One query."""
    number = brand if isinstance(brand, int) else brand.id
    rows = Rule.select().where(Rule.brand == number, Rule.retired_at.is_null())
    found = sorted(rows.order_by(Rule.id).limit(MOST), key=lambda rule: kinds.PLACE[rule.kind])
    for rule in found:
        if isinstance(brand, Brand):
            rule.brand = brand
    return found


def on(brand: Brand | int) -> list[Rule]:
    """Those that are switched on, in that order."""
    return [rule for rule in of(brand) if rule.on_since is not None]


def get(brand: Brand | int, rule: int) -> Rule:
    """One of this brand's rules, or Missing."""
    number = brand if isinstance(brand, int) else brand.id
    found: Rule | None = Rule.get_or_none(Rule.id == rule, Rule.brand == number, Rule.retired_at.is_null())
    if found is None:
        raise Missing("没有找到", code="not_here")
    return found


def put(
    brand: Brand,
    rule: Rule | None,
    kind: str,
    texts: fields.Texts,
    staff: Staff,
    at: int,
    *,
    name: dict[str, str] | None = None,
    params: dict[str, Any] | None = None,
    template: Template | None = None,
    reward: Reward | None = None,
    segment: Segment | None = None,
    holdout: int | None = None,
) -> Rule:
    """Write a rule, switched off, or edit one: a new version. The same again changes nothing.

    Refuses an unknown field in a text, a number out of its bounds, a template, reward or segment of another brand. What tells somebody of
    what is theirs already (`service`) gives nothing, for that would sell outside of their budget, and is kept from nobody to compare.
    """
    if kind not in kinds.KINDS or (rule and rule.kind != kind):
        raise Refusal("请选一项", code="unknown", field="kind")
    chosen = {
        "name": _name(name, kind),
        "params": checked(kind, params if params is not None else rule.params if rule else {}),
        "texts": fields.check(kind, texts),
        "template": _mine(brand, template, "template"),
        "reward": _mine(brand, reward, "reward"),
        "segment": _mine(brand, segment, "segment"),
        "holdout": _holdout(holdout if holdout is not None else rule.holdout if rule else kinds.KINDS[kind].holdout),
    }
    if kinds.KINDS[kind].service:
        for field in ("template", "reward", "holdout"):
            if chosen[field]:
                raise Refusal("这类消息只告诉客人自己的东西，不送东西，也不留人对照", code="only_told", field=field)
    with transaction():
        if rule is None:
            if Rule.select().where(Rule.brand == brand.id, Rule.retired_at.is_null()).count() >= MOST:
                raise Refusal("太多了，先收起一些吧", code="too_many")
            service = kinds.KINDS[kind].service
            made: Rule = Rule.create(brand=brand.id, kind=kind, service=service, made_by=staff.id, made_at=at, **chosen)
            _record("care_rule_added", made, staff, at)
            return made
        now = get(brand, rule.id)
        if all(now.__data__[column] == value for column, value in chosen.items()):
            return now
        Rule.update(**chosen, version=Rule.version + 1).where(Rule.id == now.id).execute()
        _record("care_rule_changed", now, staff, at)
        return Rule.get_by_id(now.id)


def switch(rule: Rule, on: bool, staff: Staff, at: int) -> Rule:
    """On or off, with one tap. Twice is once; what is sent is sent."""
    with transaction():
        now = get(rule.brand_id, rule.id)
        changed = Rule.update(on_since=at if on else None).where(Rule.id == now.id, Rule.on_since.is_null(on))
        if changed.execute():
            _record("care_rule_on" if on else "care_rule_off", now, staff, at)
        return Rule.get_by_id(now.id)


def retire(rule: Rule, staff: Staff, at: int) -> Rule:
    """Put away, and off. Its sends stay. Twice is once."""
    with transaction():
        changed = Rule.update(retired_at=at, on_since=None).where(Rule.id == rule.id, Rule.retired_at.is_null())
        if changed.execute():
            _record("care_rule_retired", rule, staff, at)
        return Rule.get_by_id(rule.id)


def fill(brand: Brand, at: int) -> bool:
    """A brand that has none begins with those that came with the program, all switched off."""
    with transaction():
        if Rule.select().where(Rule.brand == brand.id).exists():
            return False
        for kind, texts in library.TEXTS.items():
            known = kinds.KINDS[kind]
            params = checked(kind, {"festivals": list(festivals.USUAL)} if kind == "festival" else {})
            Rule.create(
                brand=brand.id, kind=kind, name={"zh": ""}, params=params, texts=fields.check(kind, texts),
                template=_coupon(brand, kind, at), holdout=known.holdout, service=known.service, made_at=at,
            )  # fmt: skip
        return True


def sentence(rule: Rule) -> Phrase:
    """The rule as one sentence: whom, when, and what goes with it."""
    rules = policy.of_brand(rule.brand)
    lead = getattr(rules, kinds.TIMED_SUMS.get(rule.kind, "birthday_lead_days"))
    listed = _listed(rule)
    values = {"lead": lead, "times": f"{rules.birthday_times / 100:g}", "listed": listed}
    values |= {name: value for name, value in rule.params.items() if isinstance(value, int)}
    return phrase(SENTENCES[rule.kind].text, more=_more(rule), **values)


def title(rule: Rule) -> Phrase | dict[str, str]:
    """What the shop calls it, else what kind it is."""
    return rule.name if rule.name.get("zh") else phrase(kinds.KINDS[rule.kind].name)


def checked(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """The numbers and lists of this kind, with the defaults for what is not given. Refuses what is out of bounds or unknown."""
    known = kinds.KINDS[kind]
    kept: dict[str, Any] = {}
    for number in known.numbers:
        value = params.get(number.name, number.default)
        if not isinstance(value, int) or not number.low <= value <= number.high:
            raise Refusal(
                "要在 %(low)s 和 %(high)s 之间",
                code="out_of_bounds",
                field=number.name,
                low=number.low,
                high=number.high,
            )
        kept[number.name] = value
    for name in known.lists:
        allowed = tuple(festivals.FESTIVALS) if name == "festivals" else articles.SEASONS
        chosen = params.get(name, [])
        if any(key not in allowed for key in chosen):
            raise Refusal("请选一项", code="unknown", field=name)
        kept[name] = [key for key in allowed if key in chosen]
    return kept


# --- how it is done ----------------------------------------------------------------------------------------------------


def _coupon(brand: Brand, kind: str, at: int) -> int | None:
    """The coupon that ships with this kind; one of the shop's own that is as good does as well."""
    if kind not in library.COUPONS:
        return None
    name, fen, days, per_member = library.COUPONS[kind]
    for template in templates.giveable(brand.id, at):
        if (template.kind, template.amount, template.minimum) == ("amount", fen, 0):
            return int(template.id)
    draft = templates.Draft(name, "amount", fen, days=days, per_member=per_member)
    return int(templates.put(None, draft, brand=brand.id, at=at).id)


def _name(name: dict[str, str] | None, kind: str) -> dict[str, str]:
    kept = {language: text.strip() for language, text in (name or {}).items() if text.strip()}
    if any(len(text) > 40 for text in kept.values()):
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="name", n=40)
    return {"zh": ""} | kept


def _mine(brand: Brand, row: Any, field: str) -> int | None:
    if row is None:
        return None
    if row.brand_id != brand.id or row.retired_at is not None:
        raise Missing("没有找到", code="not_here", field=field)
    number: int = row.id
    return number


def _holdout(per_cent: int) -> int:
    if not 0 <= per_cent <= 50:
        raise Refusal("要在 %(low)s 和 %(high)s 之间", code="out_of_bounds", field="holdout", low=0, high=50)
    return per_cent


def _listed(rule: Rule) -> Any:
    if "festivals" in rule.params:
        return _joined([phrase(festivals.FESTIVALS[key].name) for key in rule.params["festivals"]])
    seasons = [phrase(kinds.SEASONS[key]) for key in rule.params.get("seasons", [])]
    return _joined(seasons) if seasons else phrase(N_("四季都有"))


def _joined(parts: list[Phrase]) -> Phrase | str:
    """One after the other, each in the reader's language."""
    if not parts:
        return phrase(N_("一个也没选"))
    whole = parts[0]
    for part in parts[1:]:
        whole = phrase(N_("%(these)s、%(this)s"), these=whole, this=part)
    return whole


def _more(rule: Rule) -> Phrase | str:
    """What goes with it, and to whom."""
    more: Phrase | str = ""
    if rule.reward:
        more = phrase(N_("%(before)s，留一份「%(gift)s」"), before=more, gift=rule.reward.name)
    if rule.template:
        more = phrase(N_("%(before)s，送一张「%(coupon)s」"), before=more, coupon=rule.template.name)
    if rule.segment:
        more = phrase(N_("%(before)s，只给「%(segment)s」"), before=more, segment=rule.segment.name)
    return more


def _record(verb: str, rule: Rule, staff: Staff, at: int) -> None:
    store = (
        staff.store_id
        or Store.select(Store.id).where(Store.brand == rule.brand_id).order_by(Store.id).limit(1).scalar()
    )
    name = rule.name.get("zh") or kinds.KINDS[rule.kind].name
    events.record(verb, at, store=store, staff=staff.id, ref=str(rule.id), kind=rule.kind, name=name)
