"""Bookings for real calendar programs: a file for one, and a private feed by secret link that its member can end at any time.

A file is METHOD:PUBLISH, or CANCEL for what does not take place any more; the same UID with a higher SEQUENCE replaces what the
calendar has. The feed's secret is shown once; the table keeps its hash.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import models
from models import Booking, Feed, Member, Part, Service, Store, transaction
from webapp import clock, filters, vault
from webapp.bookings import prices, zones
from webapp.clock import DAY, HOUR
from webapp.outbox import events
from webapp.words import said

FEED_BACK = 60 * DAY  # how much of the past a feed shows
FEED_MOST = 400
ALARM = dt.timedelta(hours=-2)
STATUS = {"requested": "TENTATIVE", "offered": "TENTATIVE", "confirmed": "CONFIRMED"}
STATUS |= {"arrived": "CONFIRMED", "done": "CONFIRMED"}
PRODUCT = "-//Huitou//Bookings//ZH"


def ics(booking: Booking, base_url: str) -> bytes:
    """One booking as a calendar file, in its member's language."""
    status = STATUS.get(booking.state, "CANCELLED")
    calendar = _calendar("CANCEL" if status == "CANCELLED" else "PUBLISH")
    _add_zones(calendar, [booking])
    calendar.add_component(_event(booking, _services([booking])[booking.id], base_url))
    return bytes(calendar.to_ical())


def make_feed(member: Member, at: int) -> str:
    """A new secret for the member's calendar address; the old one stops working. It cannot be shown again."""
    secret = vault.token()
    with transaction():
        values = {Feed.token_hash: vault.fingerprint(secret), Feed.made_at: at, Feed.read_at: None}
        new = Feed.insert({Feed.member: member.id} | values)
        new.on_conflict(conflict_target=[Feed.member], update=values).execute()
        events.record("feed_made", at, member=member.id)
    return secret


def end_feed(member: Member, at: int) -> None:
    """The address shows nothing any more. Twice is once."""
    with transaction():
        if Feed.delete().where(Feed.member == member.id).execute():
            events.record("feed_ended", at, member=member.id)


def feed_of(member: Member) -> Feed | None:
    """The member's running calendar address, if there is one."""
    found: Feed | None = Feed.get_or_none(Feed.member == member.id)
    return found


def find(secret: str) -> Member | None:
    """Whose calendar this is; nobody's when it was ended or never made."""
    query = Feed.select(Feed, Member).join(Member).where(Feed.token_hash == vault.fingerprint(secret))
    found = query.where(Member.erased_at.is_null(), Member.merged_into.is_null()).first()
    return found.member if found else None


def feed_ics(member: Member, base_url: str, at: int) -> bytes:
    """All bookings of a member that take place or may: two months back and everything ahead. What was cancelled is simply not there."""
    since = at - at % DAY - FEED_BACK
    mine = (Booking.member == member.id) & Booking.state.in_(list(STATUS)) & (Booking.starts_at > since)
    query = Booking.select(Booking, Store).join(Store).where(mine)
    bookings = list(query.order_by(Booking.starts_at.desc()).limit(FEED_MOST))
    services = _services(bookings)
    calendar = _calendar("PUBLISH")
    calendar.add("X-WR-CALNAME", said(member.brand.name, member.locale))
    calendar.add("REFRESH-INTERVAL", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", dt.timedelta(hours=1))
    _add_zones(calendar, bookings)
    for booking in reversed(bookings):
        booking.member = member
        calendar.add_component(_event(booking, services[booking.id], base_url))
    return bytes(calendar.to_ical())


def mark_read(member: Member, at: int) -> None:
    """When a calendar program asked last; written at most once an hour."""
    stale = Feed.read_at.is_null() | (Feed.read_at < at - HOUR)
    Feed.update({Feed.read_at: at}).where(Feed.member == member.id, stale).execute()


# --- how it is done ----------------------------------------------------------------------------------------------------


def _calendar(method: str) -> Any:
    from icalendar import Calendar  # a twentieth of a second, and only who asks for a calendar needs it

    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    return calendar


def _add_zones(calendar: Any, bookings: Sequence[Booking]) -> None:
    """The time zones of the stores, for the years of these bookings."""
    for timezone in sorted({booking.store.timezone for booking in bookings}):
        moments = [booking.starts_at for booking in bookings if booking.store.timezone == timezone]
        calendar.add_component(zones.component(timezone, min(moments), max(moments)))


def _event(booking: Booking, services: list[dict[str, str]], base_url: str) -> Any:
    from icalendar import Event

    store = booking.store
    owner: Any = booking.member  # nobody, for somebody without a card
    locale = owner.locale if owner else "zh"
    zone = clock.zone(store.timezone)
    status = STATUS.get(booking.state, "CANCELLED")
    changed = dt.datetime.fromtimestamp(_changed_at(booking), dt.UTC)
    title = " + ".join(said(name, locale) for name in services)
    place = said(store.name, locale)
    address = said(store.address, locale)
    event = Event()
    event.add("UID", f"{booking.code}@huitou")
    event.add("SEQUENCE", booking.sequence)
    event.add("STATUS", status)
    event.add("DTSTAMP", changed)
    event.add("LAST-MODIFIED", changed)
    event.add("CREATED", dt.datetime.fromtimestamp(booking.requested_at, dt.UTC))
    event.add("DTSTART", dt.datetime.fromtimestamp(booking.starts_at, zone))
    event.add("DTEND", dt.datetime.fromtimestamp(booking.ends_at, zone))
    event.add("SUMMARY", f"{title} · {place}" if title else place)
    event.add("LOCATION", f"{place}, {address}" if address else place)
    event.add("URL", f"{base_url.rstrip('/')}/bookings/{booking.code}")
    if packages := prices.agreed(booking):
        named = " · ".join(said(package["name"], locale) for package in packages)
        event.add("DESCRIPTION", f"{named} · {filters.money(booking.price)}")
    event.add("TRANSP", "OPAQUE" if status == "CONFIRMED" else "TRANSPARENT")
    if status != "CANCELLED":
        event.add_component(_alarm(f"{title} · {place}"))
    return event


def _alarm(text: str) -> Any:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", text)
    alarm.add("TRIGGER", ALARM)
    return alarm


def _changed_at(booking: Booking) -> int:
    """When the booking changed last; a move has no stamp of its own but is in the member's events."""
    stamps = [booking.requested_at, booking.answered_at, booking.arrived_at, booking.ended_at]
    if booking.sequence and booking.member_id:
        moved = models.Event.select(models.Event.at).where(
            models.Event.member == booking.member_id, models.Event.ref == booking.code
        )
        stamps.append(moved.order_by(models.Event.id.desc()).limit(1).scalar())
    return max(int(stamp) for stamp in stamps if stamp)


def _services(bookings: Iterable[Booking]) -> dict[int, list[dict[str, str]]]:
    """The names of each booking's services, each once, in their order."""
    found: dict[int, list[dict[str, str]]] = {booking.id: [] for booking in bookings}
    rows = Part.select(Part.booking, Service.name).join(Service).where(Part.booking.in_(list(found)))
    for booking, name in rows.order_by(Part.id).tuples():
        if name not in found[booking]:
            found[booking].append(name)
    return found
