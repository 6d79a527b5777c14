"""Occasions that the way somebody comes makes: the first bill, a habit, a gap that grows, a reason that was told, a fault of ours (E1–E3, M1–M6)."""

from collections.abc import Iterator
from typing import Any

from peewee import SQL, fn

from models import (
    Booking,
    Case,
    CaseStep,
    Chip,
    Follow,
    Grade,
    Member,
    Memory,
    Part,
    Purchase,
    Redemption,
    Reward,
    Rule,
    Service,
    Shelf,
)
from webapp import clock, policy
from webapp.care.by_calendar import date_of, in_season, of_year
from webapp.care.occasions import Finder, Here, Moment
from webapp.care.sending import Turn
from webapp.clock import DAY

COMING = ("requested", "offered", "confirmed")
WENT = ("arrived", "done")
Words = dict[str, str]

# --- the first bill ----------------------------------------------------------------------------------------------------


def _bought(moment: Moment) -> Any:
    since = moment.at - (policy.of(moment.first).follow_days + 1) * DAY
    return (Purchase.at > since) & (Purchase.at <= moment.at) & (Purchase.refunded < Purchase.amount)


def _firsts(rule: Rule, moment: Moment) -> Any:
    return Member.id.in_(Purchase.select(Purchase.member).where(_bought(moment), Purchase.member.is_null(False)))


def _first(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    """Some days after the only bill of their life, at most three."""
    ids = [one.member.id for one in here]
    bills = Purchase.select(Purchase.member, fn.MIN(Purchase.at)).where(Purchase.member.in_(ids))
    first = dict(bills.group_by(Purchase.member).tuples())
    stores = dict(
        Purchase.select(Purchase.member, Purchase.store).where(_bought(moment), Purchase.member.in_(ids)).tuples()
    )
    for one in here:
        days = one.today - clock.day_number(first[one.member.id], one.store.timezone)
        if rule.params["after"] <= days <= max(rule.params["after"], policy.of(one.store).follow_days):
            yield Turn(one.member, moment.home(stores.get(one.member.id)), "first", {})


# --- a gap that grows --------------------------------------------------------------------------------------------------


def _away() -> Any:
    """Not here since the night that worked it out, and nothing booked."""
    return (Member.seen_at.is_null()) | (Member.seen_at <= Grade.last_at)


def _nothing_booked(moment: Moment) -> Any:
    ahead = Booking.select(SQL("1")).where(
        Booking.member == Member.id, Booking.state.in_(COMING), Booking.starts_at > moment.at
    )
    return ~fn.EXISTS(ahead)


def _due(rule: Rule, moment: Moment) -> Any:
    last, first = (moment.at - rule.params[name] * DAY for name in ("after", "until"))
    own = Grade.interval.is_null(False)  # somebody who came once has no habit yet
    return own & Grade.due_at.between(first, last) & _away() & _nothing_booked(moment)


def _due_again(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    liked = favourites(here, moment.at)
    for one in here:
        yield Turn(one.member, one.store, f"due:{_last_day(one)}", {"service": liked.get(one.member.id)})


def _risky(rule: Rule, moment: Moment) -> Any:
    return (Grade.risk >= rule.params["risk"]) & (Grade.life != "lapsed") & _away() & _nothing_booked(moment)


def _leaving(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    liked = favourites(here, moment.at)
    for one in here:
        yield Turn(one.member, one.store, f"leave:{_last_day(one)}", {"service": liked.get(one.member.id)})


def _last_day(one: Here) -> int:
    assert one.grade is not None
    return clock.day_number(one.grade.last_at, one.store.timezone)


# --- a reason that was told --------------------------------------------------------------------------------------------


def _told(cause: str) -> Any:
    """They said it on the telephone, and have not been here since."""
    return Follow.select(Follow.member).where(
        Follow.member == Member.id, Follow.cause == cause, Follow.done_at.is_null(False),
        (Member.seen_at.is_null()) | (Member.seen_at < Follow.done_at),
    )  # fmt: skip


def _because(cause: str) -> Finder:
    def where(rule: Rule, moment: Moment) -> Any:
        gone = moment.at - rule.params["after"] * DAY
        return fn.EXISTS(_told(cause)) & ((Member.seen_at.is_null()) | (Member.seen_at < gone))

    def turns(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
        liked = favourites(here, moment.at)
        fresh = _new_things(moment)
        rows = Follow.select(Follow.member, Follow.code, Follow.cause).where(
            Follow.member.in_([one.member.id for one in here]), Follow.cause != "", Follow.done_at.is_null(False)
        )
        newest = {member: (code, said) for member, code, said in rows.order_by(Follow.done_at, Follow.id).tuples()}
        for one in here:
            code, said = newest.get(one.member.id, ("", ""))
            if said == cause:
                taste = fresh.get(one.store.id) if cause == "rival" else None
                values = {"service": liked.get(one.member.id), "taste": taste}
                yield Turn(one.member, one.store, f"{cause}:{code}", values)

    return Finder(where, turns)


def _new_things(moment: Moment) -> dict[int, Words]:
    """The newest reward of each shop, as long as it is new."""
    rows = Reward.select().where(
        Reward.retired_at.is_null(),
        ~Reward.gift_only,
        Reward.made_at > moment.at - 180 * DAY,
        Reward.opens_at <= moment.at,
    )
    found: dict[int, Words] = {}
    for reward in rows.order_by(Reward.made_at, Reward.id):
        for shelf in list(Shelf.select().where(Shelf.reward == reward.id, Shelf.stock.is_null() | (Shelf.stock > 0))):
            found[shelf.store_id] = reward.name
    return found


# --- a fault of ours ---------------------------------------------------------------------------------------------------


def _faults_of(rule: Rule, moment: Moment) -> Any:
    """Closed some days ago, answered by a person before that, and they have not been here since (T16)."""
    first, last = (moment.at - rule.params[name] * DAY for name in ("until", "after"))
    answered = CaseStep.select(SQL("1")).where(
        CaseStep.case == Case.id, CaseStep.number == 1, CaseStep.done_at.is_null(False), CaseStep.done_by.is_null(False)
    )
    settled = (Case.state == "closed") & Case.kind.not_in(("idea", "praise")) & Case.closed_at.between(first, last)
    return settled & (Case.changed != "") & fn.EXISTS(answered)


def _faults(rule: Rule, moment: Moment) -> Any:
    mine = (Case.member == Member.id) & ((Member.seen_at.is_null()) | (Member.seen_at < Case.closed_at))
    return fn.EXISTS(Case.select(SQL("1")).where(mine, _faults_of(rule, moment)))


def _fault(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    rows = Case.select().where(_faults_of(rule, moment), Case.member.in_([one.member.id for one in here]))
    newest = {case.member_id: case for case in rows.order_by(Case.closed_at, Case.id)}
    for one in here:
        case = newest.get(one.member.id)
        if case:
            changed = case.changed.rstrip("。.！! ")
            yield Turn(one.member, moment.home(case.store_id), f"fault:{case.code}", {"changed": changed})


# --- a habit -----------------------------------------------------------------------------------------------------------


def _habits(rule: Rule, moment: Moment) -> Any:
    if not any(in_season(rule, moment.at, store.timezone) for store in moment.stores.values()):
        return None
    since = moment.at - rule.params["days"] * DAY
    booked = Booking.select(Booking.member).where(Booking.starts_at.between(since, moment.at), Booking.state.in_(WENT))
    taken = Redemption.select(Redemption.member).where(Redemption.held_at > since, Redemption.state == "captured")
    return Member.id.in_(booked) | Member.id.in_(taken)


def _habit(rule: Rule, here: list[Here], moment: Moment) -> Iterator[Turn]:
    """What they chose so often of late, with what they like about it. Once a season for each thing."""
    since, often = moment.at - rule.params["days"] * DAY, rule.params["times"]
    done = {
        member: (f"s{number}", name)
        for member, number, name, times in _booked(here, since, moment.at)
        if times >= often
    }
    taken = {member: (f"r{number}", name) for member, number, name, times in _redeemed(here, since) if times >= often}
    likes = _likes(here)
    for one in here:
        season = in_season(rule, moment.at, one.store.timezone)
        thing = done.get(one.member.id) or taken.get(one.member.id)
        if season and thing:
            occasion = f"habit:{thing[0]}:{season}:{of_year(season, date_of(one.today))}"
            yield Turn(one.member, one.store, occasion, {"habit": thing[1], "like": likes.get(one.member.id)})


def favourites(here: list[Here], at: int) -> dict[int, Words]:
    """What each of them came for most in a year, where they booked it."""
    return {member: name for member, _, name, _ in _booked(here, at - 365 * DAY, at)}


def _booked(here: list[Here], since: int, at: int) -> Any:
    """(member, service, name, times), the most frequent last."""
    rows = (
        Part.select(Booking.member, Service.id, Service.name, fn.COUNT(fn.DISTINCT(Booking.id)))
        .join(Booking)
        .switch(Part)
        .join(Service)
        .where(Booking.member.in_([one.member.id for one in here]), Booking.state.in_(WENT))
        .where(Booking.starts_at.between(since, at), Service.retired_at.is_null())
        .group_by(Booking.member, Service.id, Service.name)
    )
    return list(rows.order_by(fn.COUNT(fn.DISTINCT(Booking.id)), Service.id.desc()).tuples()) if here else []


def _redeemed(here: list[Here], since: int) -> Any:
    rows = (
        Redemption.select(Redemption.member, Reward.id, Reward.name, fn.COUNT(Redemption.id))
        .join(Reward)
        .where(Redemption.member.in_([one.member.id for one in here]), Redemption.state == "captured")
        .where(Redemption.held_at > since, Reward.retired_at.is_null())
        .group_by(Redemption.member, Reward.id, Reward.name)
    )
    return list(rows.order_by(fn.COUNT(Redemption.id), Reward.id.desc()).tuples()) if here else []


def _likes(here: list[Here]) -> dict[int, Words]:
    """The last thing each of them said they like."""
    ids = [one.member.id for one in here]
    rows = Memory.select(Memory.member, Chip.name).join(Chip).where(Chip.kind == "like", Memory.forgotten_at.is_null())
    return dict(rows.where(Memory.member.in_(ids)).order_by(Memory.made_at, Memory.id).tuples())


FINDERS = {
    "first_purchase": Finder(_firsts, _first),
    "due_again": Finder(_due, _due_again),
    "likely_to_leave": Finder(_risky, _leaving),
    "need": _because("need"),
    "rival": _because("rival"),
    "fault": Finder(_faults, _fault),
    "habit": Finder(_habits, _habit),
}
