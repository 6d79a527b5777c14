"""Every ledger line in words and arithmetic: what it was, the sum step by step, which lots it touched, who did it.

Called by the points doors; reads only. A line explains itself from the numbers that were frozen with it, never from today's rules.
Points are shown as what a line did to (points - owed), so that the lines of a page add up to the balance.
"""

from itertools import groupby
from typing import Any, NamedTuple

from peewee import JOIN, fn

from models import LedgerLine, Lot, LotUse, Purchase, Redemption, Reward
from webapp.clock import day_start
from webapp.points import earning
from webapp.points.phrases import N_, TIER_NAMES, Phrase, phrase, times
from webapp.prices import quotes

PAGE = 30
MOST_LOTS = 36
_SETTLING = ("capture", "release")


class Entry(NamedTuple):
    """One line of the list. `gone`: given back, or taken back, by its twin."""

    id: int
    title: Phrase
    points: int
    at: int
    gone: bool


class Receipt(NamedTuple):
    """One line in full; `lots` are (points, last moment) of what it touched, `twin` the other half of a pair."""

    id: int
    title: Phrase
    sentence: Phrase
    more: list[Phrase]
    points: int
    at: int
    steps: list[tuple[Phrase, Phrase]]
    policy: int | None
    lots: list[tuple[int, int]]
    store: dict[str, str] | None
    by: str
    twin: Entry | None


class Running(NamedTuple):
    """A hold that waits at the counter."""

    code: str
    reward: dict[str, str]
    points: int
    until: int


def lines(member: int, *, limit: int = PAGE, before: int | None = None) -> list[Entry]:
    """The newest lines that moved something, newest first, from below `before` on. One query."""
    change = LedgerLine.points - LedgerLine.owed
    query = LedgerLine.select(LedgerLine, *_fate()).where(LedgerLine.member == member, change != 0)
    if before is not None:
        query = query.where(LedgerLine.id < before)
    return [_entry(line) for line in query.order_by(LedgerLine.id.desc()).limit(limit).objects()]


def by_day(entries: list[Entry], timezone: str) -> list[tuple[int, list[Entry]]]:
    """The same lines under the days of the store's calendar."""
    return [(day, list(group)) for day, group in groupby(entries, lambda entry: day_start(entry.at, timezone))]


def expiring(member: int, at: int) -> list[tuple[int, int]]:
    """(points, last moment) of what is usable, soonest first; lots of one date together."""
    rows = (
        Lot.select(fn.SUM(Lot.left), Lot.expires_at)
        .where(Lot.member == member, Lot.left > 0, Lot.expires_at > at)
        .group_by(Lot.expires_at)
        .order_by(Lot.expires_at)
        .limit(MOST_LOTS)
    )
    return [(int(points), _last(expires_at)) for points, expires_at in rows.tuples()]


def pending(member: int, at: int) -> list[Running]:
    """Holds that still run, the first to end on top."""
    rows = (
        Redemption.select(Redemption.code, Reward.name, Redemption.points, Redemption.expires_at)
        .join(Reward)
        .where(Redemption.member == member, Redemption.state == "held", Redemption.expires_at > at)
        .order_by(Redemption.expires_at)
        .limit(20)
    )
    return [Running(*row) for row in rows.tuples()]


def receipt(line: LedgerLine) -> Receipt:
    """One line, explained."""
    twin = line.twin or _latest_twin(line)
    fated = LedgerLine.select(LedgerLine, *_fate()).where(LedgerLine.id == line.id).objects().get()
    entry = _entry(fated)
    return Receipt(
        id=line.id,
        title=entry.title,
        sentence=_sentence(fated),
        more=_more(line),
        points=entry.points,
        at=line.at,
        steps=_steps(line),
        policy=line.inputs.get("policy"),
        lots=_lots(line),
        store=line.store.name if line.store else None,
        by=line.staff.name if line.staff else "",
        twin=_entry(LedgerLine.select(LedgerLine, *_fate()).where(LedgerLine.id == twin.id).objects().get())
        if twin
        else None,
    )


def _latest_twin(line: LedgerLine) -> LedgerLine | None:
    found: LedgerLine | None = (
        LedgerLine.select().where(LedgerLine.twin == line.id).order_by(LedgerLine.id.desc()).first()
    )
    return found


def line_of(purchase: Purchase) -> LedgerLine | None:
    """The line that a bill's points stand on; None for a bill too small for one point, or not claimed yet."""
    found: LedgerLine | None = LedgerLine.get_or_none(LedgerLine.purchase == purchase.id, LedgerLine.kind == "earn")
    return found


def sum_in_words(inputs: dict[str, Any], points: int) -> Phrase:
    """48 分：¥48.60 × 1，舍去尾数"""
    values = {"points": points, "amount": inputs["amount"], "rate": times(inputs["rate"])}
    plain = inputs["tier_rate"] == 100
    exact = _is_exact(inputs)
    if "times" in inputs:
        values |= {
            "times": times(inputs["times"]),
            "why": _why(inputs),
            "sum": phrase(N_("%(amount)s × %(rate)s"), **values),
        }
        if not plain:
            tier = {"tier_rate": times(inputs["tier_rate"]), "tier": TIER_NAMES[inputs["tier"]]}
            values["sum"] = phrase(N_("%(sum)s × %(tier_rate)s（%(tier)s）"), sum=values["sum"], **tier)
        if exact:
            return Phrase(N_("%(points)s 分：%(sum)s × %(times)s（%(why)s）"), values)
        return Phrase(N_("%(points)s 分：%(sum)s × %(times)s（%(why)s），舍去尾数"), values)
    if not plain:
        values |= {"tier_rate": times(inputs["tier_rate"]), "tier": TIER_NAMES[inputs["tier"]]}
        if exact:
            return Phrase(N_("%(points)s 分：%(amount)s × %(rate)s × %(tier_rate)s（%(tier)s）"), values)
        return Phrase(N_("%(points)s 分：%(amount)s × %(rate)s × %(tier_rate)s（%(tier)s），舍去尾数"), values)
    if exact:
        return Phrase(N_("%(points)s 分：%(amount)s × %(rate)s"), values)
    return Phrase(N_("%(points)s 分：%(amount)s × %(rate)s，舍去尾数"), values)


def more_times(inputs: dict[str, Any]) -> Phrase | None:
    """×2 生日: what a badge says of a line that gave more than usual."""
    if "times" not in inputs:
        return None
    return phrase(N_("×%(times)s %(why)s"), times=times(inputs["times"]), why=_why(inputs))


# --- how it is done ----------------------------------------------------------------------------------------------------

_KINDS = {
    "earn": N_("得到积分"),
    "bonus": N_("送的积分"),
    "hold": N_("预留积分"),
    "capture": N_("用掉积分"),
    "release": N_("退回积分"),
    "expire": N_("积分到期"),
    "adjust": N_("手工调整"),
    "reverse": N_("更正"),
}
_TITLES = {
    ("earn", "bill"): N_("消费 %(amount)s"),
    ("bonus", "welcome"): N_("入会礼"),
    ("bonus", "goodwill"): N_("店里的一点心意"),
    ("bonus", "offer"): N_("店里的补偿"),
    ("bonus", "referral"): N_("请来一位朋友"),
    ("bonus", "invited"): N_("朋友请来的见面礼"),
    ("reverse", "unreferred"): N_("朋友那单退了款，收回送的分"),
    ("hold", "redemption"): N_("预留：%(reward)s"),
    ("capture", "captured"): N_("换到：%(reward)s"),
    ("release", "declined"): N_("退回：%(reward)s"),
    ("release", "cancelled"): N_("取消：%(reward)s"),
    ("release", "expired"): N_("没来领：%(reward)s"),
    ("reverse", "undone"): N_("撤销兑换：%(reward)s"),
    ("reverse", "refund"): N_("退款 %(refund)s，收回积分"),
    ("reverse", "undo"): N_("撤销消费 %(refund)s 的积分"),
}
_SENTENCES = {
    ("bonus", "welcome"): N_("欢迎加入，送你 %(points)s 分"),
    ("bonus", "goodwill"): N_("店里送你 %(points)s 分：%(why)s"),
    ("bonus", "offer"): N_("你反映的事，店里补给你 %(points)s 分"),
    ("bonus", "referral"): N_("你请的朋友第一次消费，送你 %(points)s 分；不算进等级"),
    ("bonus", "invited"): N_("你是朋友请来的，第一次消费多送 %(points)s 分；不算进等级"),
    ("reverse", "unreferred"): N_("送分的那单退了款，%(points)s 分收回；下次消费还会再送"),
    ("hold", "redemption"): N_("%(points)s 分先留着，柜台确认后才算用掉"),
    ("capture", "captured"): N_("柜台确认了，预留的 %(points)s 分用掉了"),
    ("release", "declined"): N_("店里这次没能给，%(points)s 分退回原来的批次，快到期的往后延"),
    ("release", "cancelled"): N_("你取消了，%(points)s 分退回原来的批次"),
    ("release", "expired"): N_("预留的时间过了，%(points)s 分退回原来的批次"),
    ("reverse", "undone"): N_("柜台撤销了核销，%(points)s 分退回原来的批次，快到期的往后延"),
    ("reverse", "undo"): N_("店员刚才输错了，这一笔整笔撤回"),
    ("expire", "lapsed"): N_("%(points)s 分用到 %(last_at)s，没有用完"),
}


def _fate() -> list[Any]:
    """What became of a line: how a hold was settled, whether that was undone, how much of an earning was taken back."""
    after, later = LedgerLine.alias("after"), LedgerLine.alias("later")
    settled = after.select(fn.MAX(after.kind)).where(after.twin == LedgerLine.id, after.kind.in_(_SETTLING))
    undone = (
        after.select(fn.COUNT(later.id))
        .join(later, on=(later.twin == after.id))
        .where(after.twin == LedgerLine.id, after.kind == "capture", later.kind == "reverse")
    )
    taken = after.select(fn.COALESCE(fn.SUM(after.owed - after.points), 0)).where(
        after.twin == LedgerLine.id, after.kind == "reverse"
    )
    return [settled.alias("settled"), undone.alias("undone"), taken.alias("taken")]


def _entry(line: Any) -> Entry:
    points = line.points - line.owed
    if line.kind == "hold":
        gone = line.settled == "release" or bool(line.undone)
    else:
        gone = line.kind == "earn" and 0 < points <= int(line.taken)
    return Entry(line.id, _title(line), points, line.at, gone)


def _title(line: Any) -> Phrase:
    if line.kind == "hold" and line.settled == "capture":
        return Phrase(N_("换：%(reward)s"), _values(line))
    if line.reason == "merged":
        return phrase(N_("另一张卡并来的积分") if line.points - line.owed > 0 else N_("积分并到了另一张卡"))
    if line.reason == "parted":
        return phrase(N_("分开两张卡，积分回来了") if line.points - line.owed > 0 else N_("分开两张卡，积分还回去了"))
    if line.reason == "imported":
        return phrase(N_("从原来的系统带来的积分"))
    if line.kind == "adjust":
        return phrase(N_("店里补分") if line.points - line.owed > 0 else N_("店里扣分"))
    text = _TITLES.get((line.kind, line.reason))
    return Phrase(text, _values(line)) if text else phrase(_KINDS[line.kind])


def _sentence(line: Any) -> Phrase:
    values = _values(line)
    if line.kind == "earn" and "rate" in line.inputs:
        return sum_in_words(line.inputs, values["points"])
    if line.kind == "adjust" and line.inputs.get("why"):
        return Phrase(N_("店里写的原因：%(why)s"), values)
    if (line.kind, line.reason) == ("reverse", "refund"):
        return Phrase(N_("退了 %(refund)s，剩下 %(left)s 该得 %(due)s 分，收回 %(points)s 分"), values)
    if line.kind == "hold" and line.settled == "capture":
        return Phrase(N_("%(points)s 分换了 %(reward)s"), values)
    if line.kind == "hold" and line.settled == "release":
        return Phrase(N_("留过 %(points)s 分，后来都退回了"), values)
    text = _SENTENCES.get((line.kind, line.reason))
    return Phrase(text or N_("%(points)s 分"), values)


def _values(line: Any) -> dict[str, Any]:
    """What a sentence may name: the frozen inputs, and how many points it was about."""
    values: dict[str, Any] = {**line.inputs, "points": abs(line.points - line.owed) or abs(line.held)}
    if "left" in values:
        values["due"] = _due(line.inputs)
        values["left"] = {"fen": values["left"]}
    if "expired_at" in values:
        values["last_at"] = _last(values["expired_at"])
    return values


def _more(line: LedgerLine) -> list[Phrase]:
    """What else the member should know: debts paid, debts made, lapsed points that nobody asks back."""
    said = list(quotes.reasons(line.purchase.price)) if line.kind == "earn" and line.purchase else []
    if line.owed < 0:
        said.append(phrase(N_("其中 %(n)s 分先补上以前欠的"), n=-line.owed))
    if line.owed > 0:
        said.append(phrase(N_("其中 %(n)s 分已经用掉了，先记着，下次积分时补上"), n=line.owed))
    if line.kind == "reverse" and "gave" in line.inputs:
        spared = line.inputs["gave"] - _due(line.inputs) - (line.owed - line.points)
        if spared > 0:
            said.append(phrase(N_("有 %(n)s 分已经到期，不再收回"), n=spared))
    return said


def _steps(line: LedgerLine) -> list[tuple[Phrase, Phrase]]:
    inputs = line.inputs
    if line.kind == "earn" and "rate" in inputs:
        return [
            *_price(line),
            (phrase(N_("消费")), phrase("%(amount)s", amount=inputs["amount"])),
            *_rates(inputs),
            (phrase(N_("舍去尾数")), _points(line.points - line.owed)),
            *(
                [(phrase(N_("补以前欠的")), phrase("−%(n)s", n=-line.owed)), (phrase(N_("到账")), _points(line.points))]
                if line.owed
                else []
            ),
        ]
    if line.kind == "reverse" and "left" in inputs:
        return [
            (phrase(N_("退款")), phrase("%(refund)s", refund=inputs["refund"])),
            (phrase(N_("剩下的消费")), phrase("%(left)s", left={"fen": inputs["left"]})),
            *_rates(inputs),
            (phrase(N_("该得")), _points(_due(inputs))),
            *([(phrase(N_("给过")), _points(inputs["gave"]))] if "gave" in inputs else []),
            (phrase(N_("收回")), _points(line.owed - line.points)),
            *([(phrase(N_("记为欠的")), _points(line.owed))] if line.owed else []),
        ]
    return []


def _rates(inputs: dict[str, Any]) -> list[tuple[Phrase, Phrase]]:
    steps = [(phrase(N_("× 每元积分")), phrase("%(n)s", n=times(inputs["rate"])))]
    if inputs["tier_rate"] != 100:
        steps.append(
            (phrase(N_("× %(tier)s"), tier=TIER_NAMES[inputs["tier"]]), phrase("%(n)s", n=times(inputs["tier_rate"])))
        )
    if "times" in inputs:
        steps.append((phrase(N_("× %(why)s"), why=_why(inputs)), phrase("%(n)s", n=times(inputs["times"]))))
    return steps


def _why(inputs: dict[str, Any]) -> Phrase:
    """Why there were more points than usual: the birthday, or a promotion by its name."""
    return phrase("%(name)s", name=inputs["campaign"]) if inputs.get("campaign") else phrase(N_("生日"))


def _price(line: LedgerLine) -> list[tuple[Phrase, Phrase]]:
    """How the bill came to what was paid, where something was taken off."""
    bill = line.purchase
    if bill is None or not bill.price:
        return []
    steps = quotes.frozen_steps(bill.price)
    named = [(quotes.called(step, bill.price.get("tier")), step.off) for step in steps]
    return [
        (phrase(N_("原价")), phrase("%(full)s", full={"fen": bill.full})),
        *((name, phrase("%(off)s", off={"fen": -off})) for name, off in named),
    ]


def _points(n: int) -> Phrase:
    return phrase(N_("%(n)s 分"), n=n)


def _due(inputs: dict[str, Any]) -> int:
    return earning.earned_again(inputs, inputs["left"])


def _is_exact(inputs: dict[str, Any]) -> bool:
    """Nothing had to be rounded away."""
    return int(inputs["amount"] * inputs["rate"] * inputs["tier_rate"] * inputs.get("times", 100)) % 100**4 == 0


def _lots(line: LedgerLine) -> list[tuple[int, int]]:
    """What the line put into lots or took out of them, with each lot's last moment."""
    touched = (
        LotUse.select(fn.ABS(fn.SUM(LotUse.points)), Lot.expires_at)
        .join(Lot, JOIN.INNER)
        .where(LotUse.line == line.id, Lot.line != line.id)
        .group_by(Lot.id, Lot.expires_at)
        .order_by(Lot.expires_at)
        .limit(MOST_LOTS)
    )
    made = Lot.select(Lot.size, Lot.expires_at).where(Lot.line == line.id)
    rows = [*made.tuples(), *touched.tuples()]
    return [(int(points), _last(expires_at)) for points, expires_at in rows if points]


def _last(expires_at: int) -> int:
    """The last second a lot can be used: a day that ends at midnight is named by its own date, not by the next."""
    return expires_at - 1
