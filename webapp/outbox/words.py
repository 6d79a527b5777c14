"""What messages say: a key and its values become a title, a sentence, and why it came, in the reader's language.

Used by the inbox page and by letters, which have no request: the language and time zone come as arguments. Money in `params` is fen
under the names `amount` and `refund` (or {"fen": …}), a shop's own words are {"zh": …}, moments end in `_at`.
"""

import datetime as dt
from functools import lru_cache
from typing import Any, NamedTuple

from babel.support import NullTranslations, Translations

from webapp import clock, filters
from webapp.words import FOLDER, N_, said


class Said(NamedTuple):
    """One message as it is read."""

    title: str
    text: str
    why: str


_BILL = N_("因为你刚在店里结了账")
_REDEMPTION = N_("因为你兑换了礼品")
_ACCOUNT = N_("因为这关系到你的账户")
_BOOKING = N_("因为你约了时间")
_LINE = N_("因为你在排候补")
_WEEKLY = N_("因为你约了每周上门")

SENTENCES: dict[str, Said] = {
    "welcome": Said(N_("欢迎加入"), N_("%(store)s送你 %(points)s 分，下次来就能用。"), N_("因为你刚加入会员")),
    "points_given": Said(N_("到账 %(points)s 分"), N_("在%(store)s消费 %(amount)s，得 %(points)s 分。"), _BILL),
    "points_taken_back": Said(
        N_("退款收回 %(points)s 分"), N_("退款 %(amount)s，当时给的 %(points)s 分也收回了。"), N_("因为这笔消费退了款")
    ),
    "points_taken_back.owed": Said(
        N_("退款收回 %(points)s 分"),
        N_("退款 %(amount)s，要收回 %(points)s 分；其中 %(owed)s 分已经用掉，下次消费的积分先补上。"),
        N_("因为这笔消费退了款"),
    ),
    "points_adjusted": Said(N_("积分有调整"), N_("店里给你调整了 %(points)s 分：%(why)s"), _ACCOUNT),
    "points_moved": Said(N_("积分已经合到一起"), N_("另一张卡上的 %(points)s 分已经并到这里。"), _ACCOUNT),
    "redemption_captured": Said(N_("已领取：%(reward)s"), N_("用掉 %(points)s 分，慢慢享用。"), _REDEMPTION),
    "redemption_declined": Said(N_("没有换成：%(reward)s"), N_("%(why)s。%(points)s 分已经退回。"), _REDEMPTION),
    "redemption_reversed": Said(
        N_("已撤销：%(reward)s"), N_("店里撤销了这次领取，%(points)s 分已经退回。"), _REDEMPTION
    ),
    "signed_in_elsewhere": Said(
        N_("新设备登录"),
        N_("%(device)s 在 %(signed_at)s 登录了你的账户。不是你？请到「登录过的设备」结束它。"),
        _ACCOUNT,
    ),
    "pin_changed": Said(N_("密码已更改"), N_("你的 PIN 改过了，其他设备已退出登录。"), _ACCOUNT),
    "books_broken": Said(
        N_("夜里核对数据没有通过"),
        N_("有 %(count)s 项对不上：%(names)s。请运行 flask check 看是哪几行。"),
        N_("因为这里登记的是店里的通知"),
    ),
    "phone_attached": Said(N_("手机号已绑定"), N_("换手机也能找回积分了。"), _ACCOUNT),
    "booking_confirmed": Said(N_("约好了：%(service)s"), N_("%(begins_at)s，到时候见。"), _BOOKING),
    "booking_declined": Said(N_("没约上：%(service)s"), N_("%(begins_at)s：%(why)s换个时间再约吧。"), _BOOKING),
    "booking_other_time": Said(
        N_("店里给了另一个时间：%(service)s"),
        N_("%(begins_at)s 行吗？给你留到 %(offer_until_at)s，点一下就定了。"),
        _BOOKING,
    ),
    "booking_moved": Said(N_("改好时间了：%(service)s"), N_("改到 %(begins_at)s。"), _BOOKING),
    "booking_reseated": Said(
        N_("换了个地方：%(service)s"), N_("时间不变，还是 %(begins_at)s，只是换了个地方。"), _BOOKING
    ),
    "booking_cancelled": Said(
        N_("店里取消了：%(service)s"), N_("%(begins_at)s 的预约取消了，很抱歉。%(why)s"), _BOOKING
    ),
    "booking_no_show": Said(
        N_("没等到你：%(service)s"),
        N_("%(begins_at)s 的位子已经让给别人了。下次来不了，提前点一下取消就好。"),
        _BOOKING,
    ),
    "booking_unanswered": Said(
        N_("没来得及回你：%(service)s"),
        N_("%(begins_at)s 的预约店里没来得及答复，没有约上。很抱歉，换个时间再约吧。"),
        _BOOKING,
    ),
    "booking_tomorrow": Said(N_("记得来：%(service)s"), N_("%(begins_at)s，到时候见。来不了请早点取消。"), _BOOKING),
    "booking_soon": Said(
        N_("快到时间了：%(service)s"), N_("%(begins_at)s 开始。会晚到就点一下「会晚到」，位子多留一会儿。"), _BOOKING
    ),
    "booking_troubled": Said(
        N_("出了点状况：%(service)s"),
        N_("%(begins_at)s 那里用不了了，我们正在处理。换个时间或取消都不收费。"),
        _BOOKING,
    ),
    "booking_troubled.reason": Said(
        N_("出了点状况：%(service)s"),
        N_("%(begins_at)s 那里用不了了（%(reason)s），我们正在处理。换个时间或取消都不收费。"),
        _BOOKING,
    ),
    "booking_stands": Said(N_("照常来：%(service)s"), N_("已经没事了，%(begins_at)s 照常。"), _BOOKING),
    "offer_lapsed": Said(
        N_("位子让出去了：%(service)s"),
        N_("%(begins_at)s 的位子没有等到你点。还在排候补的话，有空位再叫你。"),
        _BOOKING,
    ),
    "offer_withdrawn": Said(
        N_("这个位子没有了：%(service)s"), N_("%(begins_at)s 店里临时关了。你还排在原来的位置，有空位再叫你。"), _LINE
    ),
    "place_offered": Said(
        N_("有位子了：%(service)s"), N_("%(begins_at)s 给你留着，留到 %(until_at)s，点一下就是你的。"), _LINE
    ),
    "place_too_small": Said(
        N_("这次坐不下：%(service)s"), N_("空出来的位子坐不下 %(people)s 位，先给了后面的人。你的位置不变。"), _LINE
    ),
    "waiting_over": Said(N_("候补停了：%(service)s"), N_("这项服务不再做了，候补到此为止。"), _LINE),
    "standing_over": Said(N_("每周上门停了：%(service)s"), N_("这项服务不再做了。已经约好的几次照常。"), _WEEKLY),
    "standing_full": Said(N_("这次约满了：%(service)s"), N_("%(begins_at)s 这一趟约满了。下一周照常。"), _WEEKLY),
    "standing_full.other_at": Said(
        N_("这次约满了：%(service)s"), N_("%(begins_at)s 这一趟约满了，最近的空位是 %(other_at)s。"), _WEEKLY
    ),
}
UNKNOWN = Said(N_("店里的消息"), "", "")
WHY = {
    "out_of_stock": N_("礼品刚好没有了"),
    "not_here": N_("柜台没有等到你"),
    "wrong_person": N_("和柜台的人对不上"),
    "other": N_("店里这次没能兑换"),
}
# Why a booking did not come about: whole sentences, read inside another.
BOOKING_WHY = {
    "full": N_("那个时间已经满了。"),
    "staff": N_("那个时间没有人手。"),
    "closed": N_("那个时间店里不开。"),
    "other": N_("那个时间店里接不了。"),
}
VARIANTS = ("owed", "reason", "other_at")  # a message that has one of these values says more


def read(text: str, params: dict[str, Any], locale: str, timezone: str = "Asia/Shanghai") -> Said:
    """The message `text` with its values, in `locale`. A key that is not known any more still gives a title.

    A moment is that on the wall of the shop it is about (`zone`), else the reader's.
    """
    more = next((f"{text}.{name}" for name in VARIANTS if params.get(name)), text)
    found = SENTENCES.get(more) or SENTENCES.get(text, UNKNOWN)
    zone = params.get("zone", timezone)
    values = _Values({name: _spoken(name, value, locale, zone) for name, value in params.items()})
    if text.startswith("booking_") and params.get("why") in BOOKING_WHY:
        values["why"] = _catalogue(locale).ugettext(BOOKING_WHY[params["why"]])
    catalogue = _catalogue(locale)
    return Said(*(filters.singular(catalogue.ugettext(part) % values) if part else "" for part in found))


class _Values(dict[str, Any]):
    """A value that an old message lacks is left out, not an error."""

    def __missing__(self, name: str) -> str:
        return ""


def _spoken(name: str, value: Any, locale: str, timezone: str) -> Any:
    if isinstance(value, dict):
        return filters.money(value["fen"]) if "fen" in value else said(value, locale)
    if name == "reason" and isinstance(value, str):  # of a list, or in the clerk's own words
        return _catalogue(locale).ugettext(value) if value else ""
    if name == "why" and value in WHY:
        return _catalogue(locale).ugettext(WHY[value])
    if name.endswith("_at"):
        return _moment(clock.local(value, timezone), locale)
    if name in ("amount", "refund"):
        return filters.money(value)
    return filters.points(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment(moment: dt.datetime, locale: str) -> str:
    day = f"{moment.day} {moment:%b}" if locale == "en" else f"{moment.month}月{moment.day}日"
    return f"{day} {moment:%H:%M}"


@lru_cache(maxsize=8)
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(str(FOLDER), [locale])
