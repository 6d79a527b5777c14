"""A year of a small shop with every rule on: whom each one reached, and nobody else; budgets; each point, coupon and gift accounted for.

The year goes from September 2027 to August 2028, with a leap day, a lunar new year, and three days on which the worker stood still. What
should have happened is said here from the plan of `year.py` and a printed calendar, not from the rules.
"""

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import pytest

from models import Coupon, Gift, Grade, LedgerLine, Lot, Member, Message, Purchase, Rule, Send, Shelf, Template
from tests.care.year import DRIFTERS, NEW, Lived
from tests.world import SHANGHAI, World
from webapp import check
from webapp.clock import DAY
from webapp.config import Settings

FESTIVALS = {
    "mid_autumn": "2027-09-15", "spring": "2028-01-26", "lantern": "2028-02-09", "dragon_boat": "2028-05-28",
}  # fmt: skip
LEAD = 3


def date(at: int) -> dt.date:
    return dt.datetime.fromtimestamp(at, SHANGHAI).date()


def sends(lived: Lived, kind: str, *states: str) -> list[Send]:
    rows = Send.select(Send, Member).join(Member).where(Send.rule == lived.rules[kind].id)
    return [row for row in rows.order_by(Send.id) if not states or row.state in states]


def names(rows: list[Send]) -> set[str]:
    return {row.member.name for row in rows}


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.only_on("sqlite")
def test_a_year_of_care(world: World, settings: Settings) -> None:
    lived = Lived(world, settings, dt.date(2027, 9, 1), 366)
    lived.live()
    proved(lived, everywhere, budgets, birthdays, festivals, first_bills, recalls, what_lapses, silence, books)
    sent = Counter(row.rule.kind for row in Send.select(Send, Rule).join(Rule).where(Send.state == "sent"))
    for kind in (
        "birthday",
        "festival",
        "anniversary",
        "member_day",
        "weather",
        "news",
        "points_lapse",
        "coupon_lapse",
    ):
        assert sent[kind] > 0, kind
    for kind in ("first_purchase", "due_again", "likely_to_leave", "fault", "need", "rival"):
        assert sent[kind] > 0, kind


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_months_of_care(world: World, settings: Settings) -> None:
    """From the lunar new year over the leap day, also on PostgreSQL."""
    lived = Lived(world, settings, dt.date(2028, 1, 20), 48)
    lived.live()
    proved(lived, everywhere, budgets, birthdays, festivals, books)
    assert names(sends(lived, "birthday", "sent")) >= {"阿五", "阿六", "阿十"}


def proved(lived: Lived, *proofs: Callable[[Lived], None]) -> None:
    """All of them, so that one that fails does not hide the next."""
    failed = []
    for prove in proofs:
        try:
            prove(lived)
        except AssertionError as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("the year was not as it should have been", failed)


# --- whom, and nobody else ---------------------------------------------------------------------------------------------


def everywhere(lived: Lived) -> None:
    """Nothing at night, nothing without a yes, nothing after it was taken back, nothing sold while a case was open."""
    for row in Send.select(Send, Member, Rule).join(Member).switch(Send).join(Rule):
        assert 9 <= dt.datetime.fromtimestamp(row.at, SHANGHAI).hour < 21
        assert row.member.name != "没点头" or row.rule.service
        if row.state == "sent" and not row.rule.service:
            assert row.at < lived.no_from.get(row.member_id, row.at + 1)
            assert not any(begins <= row.at < ends for begins, ends in lived.open[row.member_id])
        if row.why == "open_case":
            assert any(begins <= row.at < ends for begins, ends in lived.open[row.member_id])
    assert Message.select().where(Message.kind == "care").count() == Send.select().where(
        Send.counted
    ).count() - _forgotten(lived)


def _forgotten(lived: Lived) -> int:
    gone = Member.select(Member.id).where(Member.erased_at.is_null(False))
    return int(Send.select().where(Send.counted, Send.member.in_(gone)).count())


def budgets(lived: Lived) -> None:
    """At most two, or what they chose since; and who was skipped for it had used theirs up, but for the one that is kept for a birthday."""
    used: Counter[tuple[int, int]] = Counter()
    for row in Send.select().order_by(Send.at, Send.id):
        chosen = [per_month for at, per_month in lived.dials[row.member_id] if at <= row.at]
        most = chosen[-1] if chosen else 2
        used[row.member_id, row.month] += row.counted
        assert used[row.member_id, row.month] <= most, row.member.name
        if row.why == "budget" and row.member.name != "不看的":
            kept = 1 if _birthday_ahead(row) else 0
            assert used[row.member_id, row.month] >= most - kept, (row.member.name, row.occasion)
    assert names(list(Send.select().where(Send.counted))) & {"没点头"} == set()
    zero = lived.people["不要的"].id
    assert not Send.select().where(Send.member == zero, Send.counted, Send.at > lived.dials[zero][0][0]).exists()


def _birthday_ahead(row: Send) -> bool:
    today = date(row.at)
    month, day = divmod(row.member.birthday or 0, 100)
    told = dt.date(today.year, month, min(day, 28)) - dt.timedelta(days=LEAD) if month else today
    return (told >= today and told.month == today.month) or (told.month, today.month) == (12, 12)


def _kept(birthday: int, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The days on which it is kept: 29 February on the 28th in other years."""
    month, day = divmod(birthday, 100)
    for year in range(first.year, last.year + 1):
        leap = year % 4 == 0
        on = dt.date(year, month, 28 if (month, day) == (2, 29) and not leap else day)
        if first + dt.timedelta(days=LEAD) <= on <= last - dt.timedelta(days=1):
            yield on


def birthdays(lived: Lived) -> None:
    """Everybody who agreed has one turn, three days ahead; late by the days without a worker, never after the day itself."""
    last = lived.first + dt.timedelta(days=lived.days)
    rows = defaultdict(list)
    for row in sends(lived, "birthday"):
        rows[row.member.name].append(row)
    for name, member in lived.people.items():
        days = list(_kept(member.birthday, lived.first, last)) if member.birthday else []
        for on in days:
            mine = [row for row in rows[name] if row.occasion == f"birthday:{on.year}"]
            if name in ("没点头", "收回的", "不要的") or name == "不看的":
                continue
            assert len(mine) == 1, (name, on)
            row = mine[0]
            assert row.state == "sent" or row.why == "open_case", (name, row.why)
            ahead = (on - date(row.at)).days
            assert ahead == LEAD if name not in ("三月的", "二一的") else 0 <= ahead <= LEAD, (name, ahead)
    assert not {"没点头", "不要的"} & names(sends(lived, "birthday"))
    for row in sends(lived, "birthday", "sent"):
        message = Message.get_or_none(Message.id == row.message)
        assert row.gift or not _in_stock_then(lived, row)
        assert message is None or message.params["values"]["on"] >= row.at // DAY


def _in_stock_then(lived: Lived, row: Send) -> bool:
    """Was one of the twelve cakes still there?"""
    kept = Gift.select().where(Gift.reward == lived.cake.id, Gift.made_at <= row.at)
    gone = kept.where((Gift.ended_at.is_null()) | (Gift.ended_at > row.at) | (Gift.state == "handed")).count()
    return bool(gone < 12)


def festivals(lived: Lived) -> None:
    """Each on its day of the printed calendar, two days ahead, to everybody who agreed and had a message left."""
    last = lived.first + dt.timedelta(days=lived.days - 1)
    wanted = {f"{key}:{on}" for key, on in FESTIVALS.items() if lived.first <= dt.date.fromisoformat(on) <= last}
    rows = sends(lived, "festival")
    assert {row.occasion for row in rows} == wanted
    for occasion in wanted:
        on = dt.date.fromisoformat(occasion.split(":")[1])
        mine = [row for row in rows if row.occasion == occasion]
        here = {
            member.name
            for member in lived.people.values()
            if date(member.joined_at) < on - dt.timedelta(days=2)
            and member.name not in ("没点头", "收回的", "不要的", "不看的")
        }
        reached = {row.member.name for row in mine}
        assert here <= reached, here - reached
        assert all(0 <= (on - date(row.at)).days <= 2 for row in mine)
        assert {row.why for row in mine} <= {"", "budget", "open_case"}


def first_bills(lived: Lived) -> None:
    """A coupon for everybody's first bill of the year, the day after it, once; and for nobody who had bought before."""
    rows = sends(lived, "first_purchase", "sent")
    assert {name for name, _ in NEW} <= names(rows)
    assert len(rows) == len({row.member_id for row in rows})
    for row in rows:
        first = Purchase.select().where(Purchase.member == row.member_id).order_by(Purchase.at).first()
        assert 1 <= (date(row.at) - date(first.at)).days <= 3, row.member.name
        assert Coupon.get_by_id(row.coupon_id).amount == 500
    silent = {"有事的", "修好的", "要一条", "不看的"}
    assert not silent & names(rows)


def recalls(lived: Lived) -> None:
    """Our fault: sorry with twenty yuan, after it was settled, and only then; the others by what they said, or by their own interval."""
    rows = sends(lived, "fault", "sent")
    assert names(rows) <= {"有事的", "修好的"}
    assert "修好的" in names(rows)
    for row in rows:
        assert all(ends + 3 * DAY - DAY <= row.at for _, ends in lived.open[row.member_id])
        assert Coupon.get_by_id(row.coupon_id).amount == 2000
    assert names(sends(lived, "need", "sent")) == {"用不上"}
    assert names(sends(lived, "rival", "sent")) == {"去别家"}
    for row in sends(lived, "due_again", "sent") + sends(lived, "likely_to_leave", "sent"):
        visits = [at for at in lived.visits[row.member_id] if at < row.at]
        if len(visits) == 1:
            assert row.rule_id == lived.rules["likely_to_leave"].id
            assert row.at - visits[0] > 30 * DAY
            continue
        gaps = sorted(later - earlier for earlier, later in itertools.pairwise(visits))
        usual = gaps[len(gaps) // 2]
        assert row.at - visits[-1] > usual, (row.member.name, (row.at - visits[-1]) // DAY, usual // DAY)
    drifted = {name for name, *_ in DRIFTERS}
    assert drifted & names(sends(lived, "due_again", "sent") + sends(lived, "likely_to_leave", "sent"))
    assert Grade.select().where(Grade.life == "lapsed").count() >= 1


def what_lapses(lived: Lived) -> None:
    """Told of points and coupons that were theirs and not used, in the days before; service needs no yes to offers."""
    for row in sends(lived, "points_lapse", "sent"):
        last = int(row.occasion.split(":")[1])
        assert 0 <= last - row.at // DAY <= 30
        lots = Lot.select().where(
            Lot.member == row.member_id, Lot.expires_at.between(last * DAY - DAY, (last + 2) * DAY)
        )
        assert sum(lot.size for lot in lots) >= 50
        assert not row.counted
    for row in sends(lived, "coupon_lapse", "sent"):
        coupon = Coupon.get_by_id(row.coupon_id)
        assert coupon.member_id == row.member_id
        assert 0 < coupon.expires_at - row.at <= 3 * DAY
        assert coupon.used_at is None or coupon.used_at > row.at
    told = {row.coupon_id for row in sends(lived, "coupon_lapse", "sent")}
    assert told == {coupon.id for coupon in Coupon.select().where(Coupon.told_at.is_null(False))}


def silence(lived: Lived) -> None:
    """Who never looks and never comes is told at each step that it gets quieter, after every third; nobody who looks is."""
    mine = Message.select().where(
        Message.member == lived.people["不看的"].id, Message.text.in_(("care_quieter", "care_silent"))
    )
    ignored = Send.select().where(Send.member == lived.people["不看的"].id, Send.ignored).count()
    assert ignored >= 3
    assert [row.text for row in mine.order_by(Message.id)] == ["care_quieter", "care_silent"][: ignored // 3]
    quieter = Message.select(Message.member).where(Message.text == "care_quieter")
    assert {row.member_id for row in quieter} == {lived.people["不看的"].id}


# --- every point, coupon and gift ------------------------------------------------------------------------------------


def books(lived: Lived) -> None:
    """The proof is clean; what was given is what was sent; the cakes are handed over, kept, or back on the shelf."""
    assert check.run(5) == []
    for template in Template.select():
        assert template.given == Coupon.select().where(Coupon.template == template.id).count()
    given = {
        row.coupon_id for row in Send.select().where(Send.coupon.is_null(False)) if row.rule.kind != "coupon_lapse"
    }
    assert given == {coupon.id for coupon in Coupon.select().where(Coupon.template.is_null(False))}
    assert {coupon.reason for coupon in Coupon.select().where(Coupon.template.is_null())} <= {"late"}
    used = list(Coupon.select().where(Coupon.used_at.is_null(False)))
    assert all(row.purchase_id and row.saved for row in used)
    assert sum(row.saved for row in used) <= sum(row.full - row.amount for row in Purchase.select())
    cakes = Gift.select().where(Gift.reward == lived.cake.id)
    out = cakes.where(Gift.state.in_(("kept", "handed"))).count()
    shelf = Shelf.get(Shelf.reward == lived.cake.id)
    assert shelf.stock + out == 12
    assert {gift.id for gift in cakes} == {row.gift_id for row in Send.select().where(Send.gift.is_null(False))}
    earned = LedgerLine.select().where(LedgerLine.kind == "earn").count()
    assert earned == Purchase.select().where(Purchase.member.is_null(False)).count()
