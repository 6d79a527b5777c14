"""What is on today, in sentences: the member day's banner, bundles in their hours, double points, the birthday (C7, C8, D3, E11). Nothing on other days."""

from typing import NamedTuple

from models import Member, Store
from webapp import policy
from webapp.phrases import N_, Phrase, phrase, times
from webapp.prices import editing, promotions
from webapp.prices.promotions import Today


class Notice(NamedTuple):
    """One line of the banner. `from_at` is a moment to come, or None where it holds already; `until_at` its last minute."""

    kind: str
    title: dict[str, str] | Phrase
    note: dict[str, str]
    sentence: Phrase
    example: Phrase | None
    from_at: int | None
    until_at: int


MOST = 3  # on the member's home, where other things wait too
_ORDER = ("member_day", "percent", "times", "bundle")


def today(store: Store, member: Member | None, at: int, *, ahead: bool = False) -> list[Notice]:
    """For this member in this store; for somebody without a card what every new member has. With `ahead` also the bundles of later hours.

    Costs no question while the rules stay the same.
    """
    found: list[Notice] = []
    rules = policy.of(store)
    if member and (until := promotions.birthday_until(member, at, store.timezone, rules)):
        said = phrase(N_("生日前后，积分 ×%(times)s"), times=times(rules.birthday_times))
        if rules.birthday_times > 100:
            found.append(Notice("birthday", phrase(N_("生日快乐")), {}, said, None, None, until - 1))
    on = promotions.today(store, at, member.tier if member else "ordinary")
    shown = [each for each in on if each.now or ahead or each.offer.kind != "bundle"]
    shown.sort(key=lambda each: (not each.now, _ORDER.index(each.offer.kind), each.closes_at, each.offer.id))
    found += [_notice(each) for each in shown]
    return found if ahead else found[:MOST]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _notice(each: Today) -> Notice:
    offer, bundle = each.offer, each.offer.kind == "bundle"
    return Notice(
        offer.kind,
        offer.name,
        offer.note,
        phrase(N_("%(price)s，平时 %(usual)s"), price={"fen": offer.price}, usual={"fen": offer.usual})
        if bundle
        else editing.what(offer),
        None if bundle else editing.in_yuan(offer),
        None if each.now else each.opens_at,
        each.closes_at - 1,
    )
