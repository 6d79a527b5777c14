"""What a member bought and when they were here, for themselves and for the counter (A7), and the one timeline of all that happened (A8).

Bills and visits of a card that became part of theirs are among them. Read only.
"""

import re
from itertools import pairwise
from typing import Any, NamedTuple

from peewee import fn

from models import Booking, Event, Member, Part, Purchase, Redemption, Reward, Service, Staff, Store, Visit
from webapp import clock
from webapp.clock import DAY
from webapp.phrases import TIER_NAMES, Phrase, phrase
from webapp.staff import audit
from webapp.words import N_

YEAR = 365 * DAY
PAGE = 20
FAVOURITES = 3


class Averages(NamedTuple):
    """Of twelve months: days they came, bills, what they came to (fen), the mean bill (fen), days between two visits or 0, and what they took most."""

    days: int
    bills: int
    spent: int
    mean: int
    every: int
    favourites: list[tuple[dict[str, str], int]]


class Came(NamedTuple):
    """One day in one shop: its bills as (code, at, paid, given back), and when they checked in, or None."""

    at: int
    store: dict[str, str]
    visit: int | None
    bills: list[tuple[str, int, int, int]]


class Told(NamedTuple):
    """One line of the timeline; `group` is one of GROUPS, `icon` a name of our set."""

    at: int
    group: str
    icon: str
    what: Phrase
    who: str
    store: dict[str, str] | None
    helped: bool  # somebody of the family did it for them


# Which verbs of the event log are a story, by what they are about; the rest is bookkeeping.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "visit": ("footprints", ("joined", "arrived")),
    "points": ("coins", ("bill_recorded", "bill_refunded", "points_adjusted", "tier_reached", "approved", "undone", "declined", "cancelled", "merged", "goodwill_given")),
    "booking": ("calendar-days", ("booked", "booking_moved", "booking_cancelled", "booking_no_show", "booking_done", "booking_late", "waiting_joined", "standing_started", "standing_stopped")),
    "laundry": ("shirt", ("order_opened", "order_agreed", "order_discussed", "order_ready", "order_collected", "order_delivered", "order_well", "order_unwell", "garment_claimed")),
    "talk": ("message-circle", ("case_opened", "case_closed", "case_reopened", "case_rated", "rated", "rating_replied", "question_asked", "question_answered", "followed_up", "thanks_agreed")),
    "care": ("heart", ("care_sent", "coupon_given", "coupon_used", "memory_added", "memory_chosen", "memory_changed", "memory_forgotten", "consent_given", "consent_withdrawn", "kin_agreed", "kin_ended", "confirmed_right")),
}  # fmt: skip
_GROUP = {verb: (group, icon) for group, (icon, verbs) in GROUPS.items() for verb in verbs}
NAMES = {
    "visit": N_("到店"),
    "points": N_("账目"),
    "booking": N_("预约"),
    "laundry": N_("衣物"),
    "talk": N_("说过的话"),
    "care": N_("喜好和优惠"),
}


def cards(member: int) -> list[int]:
    """The card and those that became part of it."""
    found, last = [member], [member]
    while last:
        last = [id_ for (id_,) in Member.select(Member.id).where(Member.merged_into.in_(last)).tuples()]
        found += last
    return found


def averages(member: int, at: int, timezone: str) -> Averages:
    """Three questions, whatever the length of the history."""
    mine, since = cards(member), at - YEAR
    net = Purchase.amount - Purchase.refunded
    held = (Purchase.member.in_(mine)) & (Purchase.at > since) & (Purchase.at <= at) & (net > 0)
    bills, spent = Purchase.select(fn.COUNT(Purchase.id), fn.COALESCE(fn.SUM(net), 0)).where(held).tuples().get()
    stamps = [
        row[0]
        for row in (
            Visit.select(Visit.at).where(Visit.member.in_(mine), Visit.at > since, Visit.at <= at)
            | Purchase.select(Purchase.at).where(held)
        ).tuples()
    ]
    days = sorted({clock.day_number(stamp, timezone) for stamp in stamps})
    gaps = sorted(later - sooner for sooner, later in pairwise(days))
    every = gaps[len(gaps) // 2] if len(gaps) >= 2 else 0
    spent = int(spent)
    return Averages(len(days), bills, spent, spent // bills if bills else 0, every, _favourites(mine, since))


def came(member: int, timezone: str, before: int | None = None) -> tuple[list[Came], int | None]:
    """Days on which they were here or paid, newest first; and the moment to go on from, or None at the end."""
    mine, until = cards(member), before or 2**60
    bills: list[Any] = list(
        Purchase.select(Purchase, Store)
        .join(Store)
        .where(Purchase.member.in_(mine), Purchase.at < until)
        .order_by(Purchase.at.desc())
        .limit(PAGE + 1)
    )
    visits: list[Any] = list(
        Visit.select(Visit, Store)
        .join(Store)
        .where(Visit.member.in_(mine), Visit.at < until)
        .order_by(Visit.at.desc())
        .limit(PAGE + 1)
    )
    # Whichever list was cut ends the page: what lies before its last row may be missing from it.
    cuts = [int(rows[PAGE - 1].at) for rows in (bills, visits) if len(rows) > PAGE]
    cut = clock.day_start(max(cuts), timezone) if cuts else None
    if cut is not None and all(clock.day_start(row.at, timezone) == cut for row in (*bills[:PAGE], *visits[:PAGE])):
        cut = max(cuts)  # more on one day than a page holds
    days: dict[tuple[int, int], Came] = {}
    for row in sorted([*bills, *visits], key=lambda one: -one.at):
        if cut is not None and row.at < cut:
            continue
        key = (clock.day_start(row.at, timezone), row.store_id)
        day = days.setdefault(key, Came(row.at, row.store.name, None, []))
        if isinstance(row, Visit):
            days[key] = day._replace(visit=row.at)
        else:
            day.bills.append((row.code, row.at, row.amount, row.refunded))
    return list(days.values()), cut


def timeline(member: int, group: str = "", before: tuple[int, int] | None = None) -> tuple[list[Told], str]:
    """What happened between them and the shop, newest first, as the event log has it; and where to go on from, or nothing. One question, and one for merged cards."""
    verbs = GROUPS[group][1] if group in GROUPS else tuple(_GROUP)
    query = (
        Event.select(Event, Staff, Store)
        .left_outer_join(Staff)
        .switch(Event)
        .left_outer_join(Store, on=(Event.store == Store.id))
        .where(Event.member.in_(cards(member)), Event.verb.in_(verbs))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        query = query.where((Event.at < before[0]) | ((Event.at == before[0]) & (Event.id < before[1])))
    found = list(query)
    return [_told(row) for row in found[:PAGE]], f"{found[PAGE - 1].at}-{found[PAGE - 1].id}" if len(
        found
    ) > PAGE else ""


def place(typed: str) -> tuple[int, int] | None:
    """Where a page goes on, as its address says it; nonsense is the beginning."""
    at, _, id_ = typed.partition("-")
    return (int(at), int(id_)) if at.isdecimal() and id_.isdecimal() and len(typed) < 36 else None


# --- how it is done ----------------------------------------------------------------------------------------------------


def _told(row: Event) -> Told:
    group, icon = _GROUP[row.verb]
    text = audit.SENTENCES[row.verb]
    values = row.data | {"tier": TIER_NAMES.get(row.data.get("tier", ""), ""), "purpose": _purpose(row.ref)}
    wanted = {name: values.get(name, "") for name in re.findall(r"%\((\w+)\)s", text)}
    store = row.store.name if row.store else None
    return Told(
        row.at, group, icon, phrase(text, **wanted), row.staff.name if row.staff else "", store, "helper" in row.data
    )


def _purpose(ref: str) -> Any:
    return phrase(audit.PURPOSES[ref]) if ref in audit.PURPOSES else ""


def _favourites(mine: list[int], since: int) -> list[tuple[dict[str, str], int]]:
    """What they booked and came for, and what they took for points, most often first."""
    times = fn.COUNT(Booking.id.distinct())
    done = (
        Part.select(Service.name, times)
        .join(Service)
        .switch(Part)
        .join(Booking)
        .where(Booking.member.in_(mine), Booking.state.in_(("arrived", "done")), Booking.starts_at > since)
        .group_by(Service.id, Service.name)
        .order_by(times.desc(), Service.id)
        .limit(FAVOURITES)
    )
    number = fn.COUNT(Redemption.id)
    taken = (
        Redemption.select(Reward.name, number)
        .join(Reward)
        .where(Redemption.member.in_(mine), Redemption.state == "captured", Redemption.held_at > since)
        .group_by(Reward.id, Reward.name)
        .order_by(number.desc(), Reward.id)
        .limit(FAVOURITES)
    )
    rows: list[tuple[Any, int]] = [*done.tuples(), *taken.tuples()]
    return sorted(rows, key=lambda row: -row[1])[:FAVOURITES]
