"""What grades, classes, lives, conditions and reasons are called: the rules of this room as sentences an owner can read."""

from collections.abc import Callable
from typing import Any

from models import Chip, Service, Store, Template
from webapp.garments import COLOUR_NAMES, FABRIC_NAMES, GARMENT_NAMES
from webapp.insights import language as say
from webapp.insights.language import Rule
from webapp.phrases import TIER_NAMES, Phrase, phrase
from webapp.words import N_, NAMES

GRADE_NAMES = {"vip": "VIP", "a": "A", "b": "B", "c": "C", "none": N_("没有档")}
FREQUENCY_NAMES = {"high": N_("常来"), "middle": N_("有时来"), "low": N_("少来"), "none": N_("一年没来")}
LIFE_NAMES = {"new": N_("新客"), "returning": N_("回头客"), "at_risk": N_("好久没来的"), "lapsed": N_("不来了的")}
# What to do for each grade, in the words of whoever does it (B5).
PLAYBOOK = {
    "vip": (N_("叫得出名字，专属顾问接待"), N_("新品和好时段先说一声"), N_("有事店长亲自回")),
    "a": (N_("记住喜好，进门先备好"), N_("过节送一件小礼物"), N_("到期没来，打个电话问候")),
    "b": (N_("介绍一样没试过的"), N_("到了该来的日子提醒一句")),
    "c": (N_("第一次就说清怎么积分"), N_("问问上次满不满意，找到合意的")),
}
LIFE_PLAYBOOK = {
    "new": N_("先让人放心：说清价钱和流程，三天内回访"),
    "returning": N_("让人觉得是自己人：记得上次要什么"),
    "at_risk": N_("让人觉得被惦记：先问候，再说优惠"),
    "lapsed": N_("先问为什么没来，别急着推销"),
}
# What a condition is called where one is chosen.
CONDITION_NAMES = {
    "grade": N_("档"),
    "frequency": N_("多久来一次"),
    "life": N_("新客还是老客"),
    "risk": N_("会不会不来了"),
    "due": N_("该再来了"),
    "last": N_("上次到店"),
    "visits": N_("一年来了几天"),
    "spent": N_("一年花了多少"),
    "points": N_("手上有多少积分"),
    "tier": N_("会员等级"),
    "joined": N_("入会多久"),
    "store": N_("常去的店"),
    "birthday": N_("生日月份"),
    "language": N_("语言"),
    "chip": N_("喜好"),
    "service": N_("做过的服务"),
    "garment": N_("送洗的衣物"),
    "coupon": N_("有能用的券"),
    "consent": N_("同意了什么"),
    "open_case": N_("没办完的投诉"),
}
CONSENT_NAMES = {
    "service": N_("同意收到提醒"),
    "marketing": N_("同意收到优惠"),
    "survey": N_("同意被问满不满意"),
    "partner": N_("同意收到联名优惠"),
}


def sentence(rule: Rule) -> Phrase:
    """The whole rule as one sentence; names of stores, services and chips are looked up."""
    match rule:
        case say.All([]):
            return phrase(N_("所有会员"))
        case say.All(of):
            return _joined(N_("%(one)s；%(more)s"), [_inside(part) for part in of])
        case say.Either(of):
            return _joined(N_("%(one)s；或者：%(more)s"), [_inside(part) for part in of])
        case say.Not(part):
            return phrase(N_("不符合“%(what)s”"), what=_inside(part))
        case _:
            return _LEAVES[type(rule)](rule)


def why(reason: dict[str, Any]) -> Phrase:
    """One reason for a risk, in plain words (M6)."""
    match reason:
        case {"why": "overdue", "days": days, "usual": usual}:
            return phrase(N_("%(days)s 天没来，平时 %(usual)s 天一次"), days=days, usual=usual)
        case {"why": "once", "days": days}:
            return phrase(N_("只来过一次，已经 %(days)s 天"), days=days)
        case {"why": "fewer", "now": now, "before": before}:
            return phrase(N_("来得少了：近半年 %(now)s 次，之前半年 %(before)s 次"), now=now, before=before)
        case {"why": "case"}:
            return phrase(N_("有一件投诉还没办完"))
        case {"why": "mood", "mood": mood}:
            return phrase(N_("最近打分不高：平均 %(score)s"), score=f"{mood / 100:.1f}")
    return phrase(N_("很久没来"))


def usual(interval: int) -> Phrase:
    return phrase(N_("平时 %(usual)s 天来一次"), usual=interval)


def moved(what: str, why: dict[str, Any]) -> Phrase:
    """Why somebody moved, as the night noted it (B4)."""
    if what == "life":
        if why.get("usual"):
            return phrase(N_("%(days)s 天没来，平时 %(usual)s 天一次"), days=why["days"], usual=why["usual"])
        return phrase(N_("距上次 %(days)s 天，一共来过 %(visits)s 天"), days=why["days"], visits=why["visits"])
    if why.get("others"):
        return phrase(N_("自己没变，别人变了"))
    if what == "grade":
        return phrase(N_("一年花了 %(amount)s"), amount=why["spent"])
    return phrase(N_("一年来了 %(visits)s 天"), visits=why["visits"])


# --- how it is done ----------------------------------------------------------------------------------------------------


def _joined(text: str, parts: list[Phrase]) -> Phrase:
    """One after the other; the last comes last."""
    found = parts[-1]
    for part in reversed(parts[:-1]):
        found = phrase(text, one=part, more=found)
    return found


def _inside(rule: Rule) -> Phrase:
    """A rule within another: brackets where it would else be unclear."""
    several = isinstance(rule, say.All | say.Either) and len(rule.of) > 1
    return phrase(N_("（%(what)s）"), what=sentence(rule)) if several else sentence(rule)


def _listed(names: list[Any]) -> Any:
    """ "VIP、A、B", each as it is said in the reader's language."""
    found = names[-1] if names else ""
    for name in reversed(names[:-1]):
        found = phrase(N_("%(one)s、%(more)s"), one=name, more=found)
    return found


def _named(names: dict[str, str], keys: list[str]) -> Any:
    return _listed([phrase(names[key]) for key in names if key in keys])


def _rows(model: Any, ids: list[int]) -> Any:
    found = list(model.select(model.id, model.name).where(model.id.in_(ids)).order_by(model.id))
    return _listed([row.name for row in found]) if found else phrase(N_("已经没有的"))


def _span(least: str, most: str, both: str) -> Callable[[Any], Phrase]:
    def said(rule: Any) -> Phrase:
        if rule.most is None:
            return phrase(least, least=rule.least)
        if not rule.least:
            return phrase(most, most=rule.most)
        return phrase(both, least=rule.least, most=rule.most)

    return said


def _spent(rule: Any) -> Phrase:
    fen = {name: {"fen": value} for name in ("least", "most") if (value := getattr(rule, name)) is not None}
    if "most" not in fen:
        return phrase(N_("一年花了至少 %(least)s"), **fen)
    if not rule.least:
        return phrase(N_("一年花了不到 %(most)s"), most=fen["most"])
    return phrase(N_("一年花了 %(least)s 到 %(most)s"), **fen)


def _garment(rule: Any) -> Phrase:
    names = [
        phrase(known[value])
        for known, value in ((COLOUR_NAMES, rule.colour), (FABRIC_NAMES, rule.fabric), (GARMENT_NAMES, rule.kind))
        if value in known
    ]
    return phrase(N_("送洗过%(what)s"), what=_listed(names) or "?")


def _due(rule: Any) -> Phrase:
    if rule.past:
        return phrase(N_("%(days)s 天内该再来，或已过 %(past)s 天以内"), days=rule.within, past=rule.past)
    return phrase(N_("%(days)s 天内该再来了"), days=rule.within)


_LEAVES: dict[type[Any], Callable[[Any], Phrase]] = {
    say.Grade: lambda rule: phrase(N_("档是 %(names)s"), names=_named(GRADE_NAMES, rule.of)),
    say.Frequency: lambda rule: phrase(N_("来得：%(names)s"), names=_named(FREQUENCY_NAMES, rule.of)),
    say.Life: lambda rule: phrase(N_("是%(names)s"), names=_named(LIFE_NAMES, rule.of)),
    say.Tier: lambda rule: phrase(
        N_("等级是%(names)s"), names=_listed([TIER_NAMES[tier] for tier in TIER_NAMES if tier in rule.of])
    ),
    say.At: lambda rule: phrase(N_("常去 %(names)s"), names=_rows(Store, rule.of)),
    say.Joined: _span(N_("入会满 %(least)s 天"), N_("入会不到 %(most)s 天"), N_("入会 %(least)s 到 %(most)s 天")),
    say.Last: _span(N_("%(least)s 天没来"), N_("%(most)s 天内来过"), N_("上次来是 %(least)s 到 %(most)s 天前")),
    say.Visits: _span(
        N_("一年来了至少 %(least)s 天"), N_("一年来了最多 %(most)s 天"), N_("一年来了 %(least)s 到 %(most)s 天")
    ),
    say.Spent: _spent,
    say.Points: _span(N_("有至少 %(least)s 分"), N_("最多有 %(most)s 分"), N_("有 %(least)s 到 %(most)s 分")),
    say.Risk: _span(
        N_("不再来的可能至少 %(least)s"), N_("不再来的可能最多 %(most)s"), N_("不再来的可能 %(least)s 到 %(most)s")
    ),
    say.Due: _due,
    say.Birthday: lambda rule: phrase(
        N_("生日在%(names)s"), names=_listed([phrase(N_("%(n)s 月"), n=month) for month in sorted(rule.months)])
    ),
    say.Consent: lambda rule: phrase(CONSENT_NAMES[rule.purpose]),
    say.Chip: lambda rule: phrase(N_("喜好有：%(names)s"), names=_rows(Chip, rule.of)),
    say.Garment: _garment,
    say.Service: lambda rule: phrase(N_("%(days)s 天内做过：%(names)s"), days=rule.days, names=_rows(Service, rule.of)),
    say.Coupon: lambda rule: (
        phrase(N_("手上有能用的券：%(names)s"), names=_rows(Template, [rule.template]))
        if rule.template
        else phrase(N_("手上有能用的券"))
    ),
    say.OpenCase: lambda rule: phrase(N_("有投诉没办完")),
    say.Language: lambda rule: phrase(
        N_("看的是%(names)s"), names=_listed([NAMES[locale] for locale in NAMES if locale in rule.of])
    ),
}
