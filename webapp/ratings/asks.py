"""Whom we ask how it was: once for each real visit, never twice for one occasion, and in the inbox at most once a month (K8).

A visit that ends becomes a question about what it was for: the booking, the laundry order (two days after it was collected), or the visit itself. A
bill, or a visit that is still going on, gets a slip with a signed code that needs no signing in and works once.
"""

from typing import Any

from peewee import JOIN, fn

from models import (
    Ask,
    Booking,
    Consent,
    Member,
    Order,
    Param,
    Prepared,
    Purchase,
    Rating,
    Staff,
    Store,
    Visit,
    transaction,
)
from webapp import clock, policy, vault
from webapp.clock import DAY, HOUR
from webapp.outbox import events, inbox
from webapp.refusals import Missing

BATCH = 500
AWAKE = range(10, 20)  # o'clock in the shop's zone: nobody is asked in the night
_DUE = Prepared(
    lambda: (
        Ask.select(Ask)
        .join(Rating, JOIN.LEFT_OUTER, on=(Rating.ask == Ask.id))
        .where(
            Ask.member == Param("member"),
            Ask.at <= Param("at"),
            Ask.expires_at > Param("at"),
            Ask.skipped_at.is_null(),
            Rating.id.is_null(),
        )
        .order_by(Ask.at.desc())
        .limit(1)
    )
)


def due(member: int, at: int) -> Ask | None:
    """The newest question that this member has neither answered nor put aside. One prepared query."""
    found: Ask | None = _DUE.one(Ask, member=member, at=at)
    return found


def way(member: int, at: int) -> str:
    """Where this member says how it was, for their home page; empty when nothing is asked."""
    found = due(member, at)
    return f"/rate/{token(found)}" if found else ""


def token(ask: Ask) -> str:
    """What the slip's QR says behind /rate/."""
    return vault.sign("rate", ask.code)


def behind(signed: str) -> Ask:
    """The question behind a slip. Refuses one that was altered or that nobody asked."""
    code = vault.signed("rate", signed)
    found: Ask | None = Ask.get_or_none(Ask.code == code) if code else None
    if found is None:
        raise Missing("这个评价码不对，请再扫一次小票上的", code="bad_token")
    return found


def collect(at: int) -> int:
    """Visits whose time is over end here, and each becomes one question. Called by the worker; a second worker finds nothing to do."""
    over = list(Visit.select().where(Visit.is_open, Visit.closes_at <= at).order_by(Visit.closes_at).limit(BATCH))
    made = 0
    for visit in over:
        with transaction():
            ended = Visit.update({Visit.is_open: False}).where(Visit.id == visit.id, Visit.is_open).execute()
            made += bool(ended and of_visit(visit, at))
    return made


def catch_up(at: int) -> int:
    """Visits of the last days that ended while nobody was looking (a second check-in ends the first). Nightly."""
    known = fn.EXISTS(Ask.select(Ask.id).where(Ask.kind == "visit", Ask.ref == Visit.id.cast("varchar")))
    lost = Visit.select().where(Visit.at.between(at - 3 * DAY, at - HOUR), ~Visit.is_open, ~known).limit(BATCH * 10)
    made = 0
    for visit in list(lost):
        with transaction():
            made += bool(of_visit(visit, at))
    return made


def of_visit(visit: Visit, at: int) -> Ask | None:
    """The question about this visit, made now if there was none. Nothing for one that something of the same day already asks about."""
    store: Store = visit.store
    kind, ref, moment = _what_for(visit)
    with transaction():
        near = (Ask.member == visit.member_id) & (Ask.store == visit.store_id)
        same: Ask | None = Ask.get_or_none(
            near, Ask.at.between(visit.at - DAY // 2, max(moment, visit.closes_at) + DAY // 2)
        )
        if same:
            return None if same.kind != kind or same.ref != ref else same
        return _make(store, kind, ref, moment, member=visit.member_id, served=_served(visit))


def of_visit_now(visit: Visit, at: int) -> Ask:
    """The same for a slip that is handed out while the visit is still going on."""
    found = of_visit(visit, at)
    if found is None:
        found = _make(visit.store, "visit", str(visit.id), visit.at, member=visit.member_id, served=_served(visit))
    return found


def of_purchase(purchase: Purchase, at: int) -> Ask:
    """The question on a bill's slip: for whoever holds it, once."""
    return _make(
        purchase.store, "purchase", purchase.code, purchase.at, member=purchase.member_id, served=purchase.staff_id
    )


def of_order(order: Order, at: int) -> Ask:
    """The question about a laundry order that was taken home."""
    return _make(order.store, "order", order.code, at, member=order.member_id, served=order.ended_by_id)


def skip(ask: Ask, at: int) -> None:
    """Not now: it leaves the home page, the inbox and the slip still lead to it."""
    Ask.update({Ask.skipped_at: at}).where(Ask.id == ask.id, Ask.skipped_at.is_null()).execute()


def invite(at: int) -> int:
    """Ask in the inbox those who agreed to be asked, the newest visit only, at most once in the shop's number of days (K8)."""
    open_ones = (
        Ask.select(Ask, Member)
        .join(Member)
        .switch(Ask)
        .join(Rating, JOIN.LEFT_OUTER, on=(Rating.ask == Ask.id))
        .where(Ask.at.between(at - 2 * DAY, at), Ask.told_at.is_null(), Ask.skipped_at.is_null(), Rating.id.is_null())
        .order_by(Ask.at.desc())
        .limit(BATCH)
    )
    told = 0
    for ask in list(open_ones):
        with transaction():
            told += _invited(ask, at)
    return told


# --- how it is done ----------------------------------------------------------------------------------------------------


def _what_for(visit: Visit) -> tuple[str, str, int]:
    """(kind, ref, from when it may be asked) of what the member came for."""
    here: Any = (visit.member_id, visit.store_id)
    order = (
        Order.select(Order.code, Order.ended_at)
        .where(Order.member == here[0], Order.store == here[1], Order.state == "collected")
        .where(Order.ended_at.between(visit.at - HOUR, visit.closes_at))
        .order_by(Order.ended_at.desc())
        .first()
    )
    if order:
        return "order", order.code, order.ended_at + policy.of(visit.store).all_well_days * DAY
    booking = (
        Booking.select(Booking.code)
        .where(
            Booking.member == here[0], Booking.store == here[1], Booking.arrived_at.between(visit.at, visit.closes_at)
        )
        .order_by(Booking.arrived_at)
        .first()
    )
    if booking:
        return "booking", booking.code, visit.closes_at
    return "visit", str(visit.id), visit.closes_at


def _served(visit: Visit) -> int | None:
    """Who rang up the bill of that visit, if anybody did."""
    mine = (Purchase.member == visit.member_id) & (Purchase.store == visit.store_id)
    rows = Purchase.select(Purchase.staff).where(mine, Purchase.at.between(visit.at - HOUR, visit.closes_at))
    return next((staff for (staff,) in rows.order_by(Purchase.at.desc()).limit(1).tuples()), None)


def _make(store: Store, kind: str, ref: str, at: int, *, member: int | None, served: int | None) -> Ask:
    Ask.insert(
        code=vault.code(10),
        store=store.id,
        member=member,
        kind=kind,
        ref=ref,
        served_by=served,
        at=at,
        expires_at=at + policy.of(store).ask_days * DAY,
    ).on_conflict_ignore().execute()
    return Ask.get(Ask.kind == kind, Ask.ref == ref)


def _invited(ask: Ask, at: int) -> bool:
    if clock.local(at, ask.store.timezone).hour not in AWAKE:
        return False
    every = policy.of(ask.store).ask_every_days
    lately = Ask.select().where(Ask.member == ask.member_id, Ask.told_at > at - every * DAY)
    if lately.exists() or ask.expires_at <= at or not _agreed(ask.member_id):
        return False
    if not Ask.update({Ask.told_at: at}).where(Ask.id == ask.id, Ask.told_at.is_null()).execute():
        return False
    inbox.tell(ask.member_id, "rate_please", at, key=f"ask:{ask.code}", url=f"/rate/{token(ask)}", store=ask.store.name)
    events.record("rating_asked", at, store=ask.store_id, member=ask.member_id, ref=ask.code)
    return True


def _agreed(member: int) -> bool:
    newest = Consent.select(Consent.granted).where(Consent.member == member, Consent.purpose == "survey")
    return next(
        (granted for (granted,) in newest.order_by(Consent.at.desc(), Consent.id.desc()).limit(1).tuples()), False
    )


def about(ask: Ask) -> Staff | None:
    """Who served then; shown to managers only."""
    found: Staff | None = Staff.get_or_none(Staff.id == ask.served_by_id) if ask.served_by_id else None
    return found
