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
}
UNKNOWN = Said(N_("店里的消息"), "", "")
WHY = {
    "out_of_stock": N_("礼品刚好没有了"),
    "not_here": N_("柜台没有等到你"),
    "wrong_person": N_("和柜台的人对不上"),
    "other": N_("店里这次没能兑换"),
}


def read(text: str, params: dict[str, Any], locale: str, timezone: str = "Asia/Shanghai") -> Said:
    """The message `text` with its values, in `locale`. A key that is not known any more still gives a title."""
    owes = f"{text}.owed" if params.get("owed") else text
    found = SENTENCES.get(owes) or SENTENCES.get(text, UNKNOWN)
    values = _Values({name: _spoken(name, value, locale, timezone) for name, value in params.items()})
    catalogue = _catalogue(locale)
    return Said(*(filters.singular(catalogue.ugettext(part) % values) if part else "" for part in found))


class _Values(dict[str, Any]):
    """A value that an old message lacks is left out, not an error."""

    def __missing__(self, name: str) -> str:
        return ""


def _spoken(name: str, value: Any, locale: str, timezone: str) -> Any:
    if isinstance(value, dict):
        return filters.money(value["fen"]) if "fen" in value else said(value, locale)
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
