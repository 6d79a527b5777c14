"""What kinds of care there are: which numbers their sentence has, which fields their texts may name, and what each of them may do."""

from typing import NamedTuple

from webapp.words import N_


class Number(NamedTuple):
    """A number of a rule, as it is kept in `Rule.params`, with its bounds and what it is called on the page."""

    name: str
    label: str
    low: int
    high: int
    default: int


class Kind(NamedTuple):
    """`service`: tells what is theirs already, outside the budget. `greets`: goes out even when the thing kept for them has run out."""

    name: str
    why: str  # why it came, as the member reads it
    fields: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    lists: tuple[str, ...] = ()  # festivals, seasons: lists in `params`
    service: bool = False
    greets: bool = False
    trigger: str = "rule"
    gift: str = "care"
    holdout: int = 10
    url: str = "/"


ALWAYS = ("name", "store")
GIVEN = ("gift", "coupon", "until")  # there only where a thing or a coupon goes with it
LABELS = {
    "name": N_("称呼"),
    "store": N_("店名"),
    "gift": N_("留的东西"),
    "coupon": N_("券"),
    "until": N_("留到哪天"),
    "day": N_("哪天（今天、明天、3天后）"),
    "date": N_("几月几日"),
    "days": N_("还有几天"),
    "times": N_("几倍积分"),
    "points": N_("多少分"),
    "festival": N_("节日"),
    "years": N_("几年"),
    "tier": N_("等级"),
    "service": N_("常做的服务"),
    "habit": N_("习惯"),
    "like": N_("喜欢什么"),
    "changed": N_("我们改了什么"),
    "taste": N_("合口味的新品"),
    "tip": N_("小知识的标题"),
}

SEASONS = {
    "spring": N_("春天"),
    "summer": N_("夏天"),
    "autumn": N_("秋天"),
    "winter": N_("冬天"),
    "rain": N_("梅雨"),
    "cold": N_("天冷"),
    "heat": N_("天热"),
}

# In the order in which they are run: when the month's messages do not reach for all, the first ones have them.
KINDS: dict[str, Kind] = {
    "birthday": Kind(
        N_("生日"), N_("因为你的生日快到了"), ("day", "date", "days", "times"), service=False, greets=True,
        trigger="birthday", gift="birthday", holdout=0, url="/coupons",
    ),
    "fault": Kind(
        N_("我们没做好"), N_("因为上次的事是我们没做好，已经答复过你"), ("changed",),
        (Number("after", N_("办结后几天"), 1, 60, 3), Number("until", N_("最多过几天"), 7, 365, 120)),
        trigger="recall", gift="sorry", holdout=0, url="/coupons",
    ),
    "points_lapse": Kind(
        N_("积分快到期"), N_("因为你有积分快到期了"), ("points", "day", "date", "days"),
        (Number("days", N_("提前几天"), 3, 90, 30), Number("least", N_("至少多少分"), 1, 10_000, 50)),
        service=True, holdout=0, url="/points",
    ),
    "tier_drop": Kind(
        N_("等级快到期"), N_("因为你的等级快到期了"), ("tier", "day", "date", "days"),
        (Number("days", N_("提前几天"), 3, 60, 14),), service=True, holdout=0, url="/tier",
    ),
    "coupon_lapse": Kind(
        N_("券快到期"), N_("因为你有一张券快到期了"), ("day", "date", "days"), holdout=0, url="/coupons"
    ),
    "first_purchase": Kind(
        N_("第一次消费后"), N_("因为你刚来过第一次"), (), (Number("after", N_("过几天"), 0, 14, 1),),
        trigger="first", holdout=10, url="/coupons",
    ),
    "anniversary": Kind(
        N_("入会纪念日"), N_("因为这天是你入会的日子"), ("years", "day", "date"), greets=True, url="/coupons"
    ),
    "festival": Kind(
        N_("节日"), N_("因为过节了"), ("festival", "day", "date", "days"),
        (Number("days", N_("提前几天"), 0, 14, 2),), ("festivals",), greets=True, gift="festival", url="/coupons",
    ),
    "due_again": Kind(
        N_("该来了"), N_("因为按你来的习惯，差不多该来了"), ("service",),
        (Number("after", N_("过了几天"), 0, 60, 3), Number("until", N_("最多过几天"), 7, 180, 45)), url="/book",
    ),
    "likely_to_leave": Kind(
        N_("可能不来了"), N_("因为有一阵没见到你了"), ("service",),
        (Number("risk", N_("风险多少以上"), 1, 100, 60),), trigger="recall", url="/coupons",
    ),
    "need": Kind(
        N_("需要变了"), N_("因为有一阵没见到你了，想问候一声"), (),
        (Number("after", N_("多久没来（天）"), 7, 365, 45),), url="/",
    ),
    "rival": Kind(
        N_("去了别家"), N_("因为你说过喜欢什么，店里有了合适的"), ("taste", "service"),
        (Number("after", N_("多久没来（天）"), 7, 365, 45),), url="/rewards",
    ),
    "habit": Kind(
        N_("习惯"), N_("因为这是你常选的"), ("habit", "like"),
        (Number("times", N_("至少几次"), 1, 30, 3), Number("days", N_("几天之内"), 7, 365, 90)), ("seasons",),
        url="/coupons",
    ),
    "member_day": Kind(
        N_("会员日"), N_("因为会员日快到了"), ("day", "date", "days"), (Number("days", N_("提前几天"), 0, 7, 1),), url="/"
    ),
    "weather": Kind(N_("天气"), N_("因为换季了，有个小知识也许用得上"), ("tip",), (), ("seasons",), url="/tips"),
    "news": Kind(N_("店里的消息"), N_("因为你愿意收到店里的消息"), (), (Number("edition", N_("第几次发"), 1, 1_000, 1),), url="/"),
}  # fmt: skip
PLACE = {kind: place for place, kind in enumerate(KINDS)}
# One of these for one occasion, however many rules of the kind there are: no second birthday, no second apology for one fault.
ONCE = ("birthday", "fault", "first_purchase", "anniversary", "festival")
TIMED_SUMS = {"birthday": "birthday_lead_days", "coupon_lapse": "coupon_lapse_days"}  # days that the shop's rules name


def fields(kind: str) -> tuple[str, ...]:
    """What the texts of this kind may name in braces."""
    return (*ALWAYS, *KINDS[kind].fields, *GIVEN)
