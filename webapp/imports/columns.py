"""Which column is which, guessed from its name and put right by a person; and what one cell means, or why it means nothing."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from webapp import clock
from webapp.clock import stamp, zone
from webapp.imports.reader import Formula
from webapp.members import phones, profiles
from webapp.refusals import Refusal
from webapp.words import N_

FIELDS = {
    "members": {
        "phone": N_("手机号"),
        "name": N_("姓名"),
        "birthday": N_("生日"),
        "points": N_("积分余额"),
        "joined": N_("入会日期"),
    },
    "purchases": {
        "phone": N_("手机号"),
        "code": N_("会员码"),
        "amount": N_("金额"),
        "time": N_("时间"),
        "receipt": N_("单号"),
    },
}
NEEDED = {"members": (("phone",),), "purchases": (("phone", "code"), ("amount",), ("time",))}
_KNOWN = {
    "phone": "手机号 手机号码 手机 电话 电话号码 联系电话 手機 電話 phone mobile tel telephone phonenumber",
    "code": "会员码 会员号 会员编号 卡号 會員號 code card cardno member memberno memberid",
    "name": "姓名 名字 称呼 会员姓名 会员名 客户 客户姓名 稱呼 name fullname customer",
    "birthday": "生日 出生日期 birthday birthdate dob",
    "points": "积分 积分余额 剩余积分 可用积分 當前積分 積分 points balance",
    "joined": "入会日期 入会时间 注册时间 开卡日期 办卡日期 加入日期 創建時間 joined joindate created",
    "amount": "金额 消费金额 实付 实收 实付金额 合计 金額 amount total paid sum",
    "time": "时间 日期 消费时间 消费日期 下单时间 交易时间 結帳時間 時間 time date datetime paidat",
    "receipt": "单号 订单号 小票号 流水号 單號 receipt order orderno ticket invoice",
}
_BY_NAME = {word: field for field, words in _KNOWN.items() for word in words.split()}
_DATES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
)
_MONTH_DAY = re.compile(r"(?:\d{4}-)?(\d{1,2})-(\d{1,2})(?:[ T].*)?$")
MOST_POINTS = 1_000_000


class Unclear(Exception):
    """Why a cell says nothing we could keep: a sentence, with the column's name in it by its place."""


def guess(kind: str, header: Sequence[str]) -> dict[str, int]:
    """Ours by the place of theirs, as far as their names are known; each of theirs once."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        field = _BY_NAME.get(re.sub(r"[\s_\-（）()：:*]+", "", unicodedata.normalize("NFKC", name)).casefold())
        if field in FIELDS[kind] and field not in found:
            found[field] = place
    return found


def check(kind: str, chosen: dict[str, int], width: int) -> None:
    """Refuses two of ours from one of theirs, a place that is not there, and a choice without what is needed."""
    if any(not 0 <= place < width for place in chosen.values()) or len(set(chosen.values())) != len(chosen):
        raise Refusal("同一列不能用两次", code="column_twice")
    for one_of in NEEDED[kind]:
        if not any(field in chosen for field in one_of):
            raise _missing(one_of[0])


def _missing(field: str) -> Refusal:
    if field == "phone":
        return Refusal("还没有选手机号是哪一列", code="column_missing", field="phone")
    if field == "amount":
        return Refusal("还没有选金额是哪一列", code="column_missing", field="amount")
    return Refusal("还没有选时间是哪一列", code="column_missing", field="time")


def read(
    kind: str, row: Sequence[str], chosen: dict[str, int], at: int, timezone: str, bill_max: int
) -> dict[str, Any]:
    """One line as plain values; what is left empty is left out. Raises Unclear with the reason of the first cell that means nothing."""
    values: dict[str, Any] = {}
    for field, place in chosen.items():
        cell = row[place] if place < len(row) else ""
        if isinstance(cell, Formula):
            raise Unclear(N_("有公式，请先换成数值"))
        if cell:
            values[field] = _READ[field](cell, at, timezone, bill_max)
    for one_of in NEEDED[kind]:
        if not any(field in values for field in one_of):
            raise Unclear(_EMPTY[one_of[0]])
    return values


# --- how it is done ----------------------------------------------------------------------------------------------------

_EMPTY = {"phone": N_("没有手机号"), "amount": N_("没有金额"), "time": N_("没有时间")}


def _phone(cell: str, *_: Any) -> str:
    number = phones.number_in(cell.removesuffix(".0"))
    if number is None:
        raise Unclear(N_("不像手机号"))
    return number


def _name(cell: str, *_: Any) -> str:
    if len(cell) > profiles.NAME_MOST or not profiles.is_name(cell):
        raise Unclear(N_("名字太长，或有不能用的字"))
    return cell


def _code(cell: str, *_: Any) -> str:
    if not (cell.isascii() and cell.isalnum() and len(cell) <= 16):
        raise Unclear(N_("不像会员码"))
    return cell.upper()


def _birthday(cell: str, *_: Any) -> int:
    plain = _dashed(cell)
    if re.fullmatch(r"\d{4}|\d{8}", plain):
        plain = f"{plain[-4:-2]}-{plain[-2:]}"
    found = _MONTH_DAY.match(plain)
    if not found:
        raise Unclear(N_("看不懂这个生日"))
    try:
        dt.date(2024, int(found[1]), int(found[2]))  # a leap year: 29 February is somebody's
    except ValueError:
        raise Unclear(N_("没有这一天")) from None
    return int(found[1]) * 100 + int(found[2])


def _points(cell: str, *_: Any) -> int:
    plain = cell.replace(",", "").removesuffix(".0").removesuffix(".00")
    if not re.fullmatch(r"\d{1,7}", plain) or int(plain) > MOST_POINTS:
        raise Unclear(N_("积分要是整数，不能小于零"))
    return int(plain)


def _moment(cell: str, at: int, timezone: str, *_: Any) -> int:
    plain = _dashed(cell)
    for form in _DATES:
        try:
            moment = stamp(dt.datetime.strptime(plain, form).replace(tzinfo=zone(timezone)))
        except (ValueError, OverflowError):
            continue
        if not 0 < moment <= at + clock.HOUR:
            raise Unclear(N_("这个日子还没到")) if moment > at else Unclear(N_("看不懂这个日期"))
        return min(moment, at)
    raise Unclear(N_("看不懂这个日期"))


def _amount(cell: str, at: int, timezone: str, bill_max: int) -> int:
    plain = cell.lstrip("¥￥ ").replace(",", "").replace("，", "").removesuffix("元").strip()
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", plain):
        raise Unclear(N_("看不懂这个金额"))
    whole, _, part = plain.partition(".")
    fen = int(whole) * 100 + int((part + "00")[:2])
    if not 0 < fen <= bill_max or part[2:].strip("0"):
        raise Unclear(N_("金额太大、是零，或不到一分"))
    return fen


def _receipt(cell: str, *_: Any) -> str:
    return cell[:60]


def _dashed(cell: str) -> str:
    """2025/3/1, 2025.3.1 and 2025年3月1日 are written like 2025-3-1."""
    plain = unicodedata.normalize("NFKC", cell).strip()
    plain = re.sub(r"[年月]", "-", plain).replace("日", " ").replace("/", "-")
    if re.match(r"\d{4}\.\d", plain):
        plain = plain.replace(".", "-")
    return " ".join(plain.split())


_READ: dict[str, Callable[..., Any]] = {
    "phone": _phone,
    "name": _name,
    "code": _code,
    "birthday": _birthday,
    "points": _points,
    "joined": _moment,
    "amount": _amount,
    "time": _moment,
    "receipt": _receipt,
}
