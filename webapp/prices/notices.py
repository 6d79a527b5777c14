"""What is on today, in sentences: the member day's banner, bundles in their hours, double points, the birthday (C7, C8, D3, E11). Nothing on other days."""

from typing import NamedTuple

from models import Member, Store
from webapp import policy
from webapp.phrases import N_, Phrase, phrase, times
from webapp.prices import editing, promotions


class Notice(NamedTuple):
    """One line of the banner. `from_at` is a moment to come, or None where it holds already; `until_at` its last minute."""

    kind: str
    title: dict[str, str] | Phrase
    note: dict[str, str]
    sentence: Phrase
    example: Phrase | None
    from_at: int | None
    until_at: int


def today(store: Store, member: Member | None, at: int) -> list[Notice]:
    """For this member in this store; for somebody without a card what every new member has. Costs no question while the rules stay the same."""
    found: list[Notice] = []
    rules = policy.of(store)
    if member and (until := promotions.birthday_until(member, at, store.timezone, rules)):
        said = phrase(N_("生日前后，积分 ×%(times)s"), times=times(rules.birthday_times))
        if rules.birthday_times > 100:
            found.append(Notice("birthday", phrase(N_("生日快乐")), {}, said, None, None, until - 1))
    for each in promotions.today(store, at, member.tier if member else "ordinary"):
        offer = each.offer
        found.append(
            Notice(
                offer.kind,
                offer.name,
                offer.note,
                editing.what(offer),
                editing.in_yuan(offer),
                None if each.now else each.opens_at,
                each.closes_at - 1,
            )
        )
    return found
