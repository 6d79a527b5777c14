"""What several of these screens show: the day in hand, the name a party goes by, a number to call."""

import datetime as dt
import re
from typing import Any

from flask import request, url_for

from models import Booking, Member, Part, Service, Staff, Store
from webapp import access, clock, filters, policy, vault, words
from webapp.bookings import days, holding, supply, undo
from webapp.bookings.supply import Supply
from webapp.clock import MINUTE
from webapp.members import phones
from webapp.words import N_

LARGEST = 2**31 - 1
LATEST = 2**40  # seconds; far beyond any date that a form may name
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
# state → how it is called, its icon, its colour
STATES = {
    "requested": (N_("等确认"), "circle-help", "warn"),
    "offered": (N_("等客人答"), "hourglass", "rare"),
    "confirmed": (N_("已订"), "circle-check", "calm"),
    "arrived": (N_("到了"), "footprints", "good"),
    "done": (N_("结束"), "badge-check", ""),
    "declined": (N_("没接"), "circle-x", "bad"),
    "cancelled": (N_("取消了"), "circle-x", "bad"),
    "no_show": (N_("没来"), "circle-minus", "bad"),
    "lapsed": (N_("过时了"), "clock", ""),
}
SOURCES = {
    "member": N_("自己订"),
    "desk": N_("柜台"),
    "phone": N_("电话"),
    "walk_in": N_("到店"),
    "standing": N_("每周"),
    "waiting": N_("候补"),
    "till": N_("收银机"),
}
# kind → its icon
SYMBOLS = {"room": "house", "pool": "bath", "person": "user-round", "place": "map-pin", "van": "package"}


def everywhere() -> dict[str, Any]:
    """The words that every booking's screen needs."""
    return {"states": STATES, "sources": SOURCES, "weekdays": WEEKDAYS, "symbols": SYMBOLS}


def asked_day(here: Supply, at: int, text: str | None = None) -> dt.date:
    """`?day=2026-05-21`, or today as the shop counts: at one o'clock at night a bath still has the evening before."""
    found = day_in(text if text is not None else request.args.get("day", ""))
    today = days.day_of(here, at)
    return found if found and abs((found - today).days) <= 3660 else today


def day_in(text: str | None) -> dt.date | None:
    typed = (text or "").strip()
    if not re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", typed):
        return None
    year, month, day = (int(part) for part in typed.split("-"))
    return dt.date(year, month, day) if 1 <= month <= 12 and 1 <= day <= _length(year, month) else None


def find(code: str, store: Store) -> Booking:
    """A booking of this store."""
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    found: Booking = access.find(Booking, Booking.code == plain, Booking.store == store.id)
    return found


def party(booking: Booking) -> str:
    """The name they go by; empty for a member without one."""
    owner: Any = booking.member
    return str(owner.name if owner else booking.guest)


def masked(booking: Booking) -> str:
    """Their number with its middle hidden; empty when there is none."""
    owner: Any = booking.member
    if owner:
        return phones.masked(owner)
    return phones.mask(vault.unseal(booking.guest_phone_sealed)) if booking.guest_phone_sealed else ""


def listed(found: list[Booking]) -> list[dict[str, Any]]:
    """Exactly who: name, masked number, and what for. Two queries, however many."""
    ids = [booking.id for booking in found]
    owners = {row.id: row for row in Member.select().where(Member.id.in_({booking.member_id for booking in found}))}
    services: dict[int, list[dict[str, str]]] = {}
    parts = Part.select(Part.booking, Service.name).join(Service).where(Part.booking.in_(ids)).order_by(Part.id)
    for booking, name in parts.tuples():
        if name not in services.setdefault(booking, []):
            services[booking].append(name)
    for booking in found:
        booking.member = owners.get(booking.member_id)
    return [{"b": b, "who": party(b), "masked": masked(b), "services": services.get(b.id, [])} for b in found]


def undoing(booking: Booking, at: int, *, then: str = "") -> dict[str, Any] | None:
    """The bar that takes the last step back, while it may be."""
    until = undo.until(booking)
    if until <= at:
        return None
    word = filters.translated(STATES[booking.state][0])
    return {
        "text": f"{party(booking) or filters.translated(N_('会员'))} · {word}",
        "action": url_for("bookings_desk.take_back", code=booking.code, then=then or None),
        "start": until - policy.of(booking.store).undo_minutes * MINUTE,
        "until": until,
        "ticket": vault.token()[:32],
    }


def holiday_language() -> str:
    """How the holiday library calls the reader's language."""
    return {"en": "en_US", "zh_Hant": "zh_TW"}.get(words.locale(), "zh_CN")


def here_now(store: Store) -> tuple[Supply, int]:
    at = clock.now()
    return supply.of(store, at), at


def again(booking: Booking) -> Booking:
    return holding.fresh(booking)


def by_name(staff: Staff | None) -> str:
    return staff.name if staff else ""


def _length(year: int, month: int) -> int:
    after = dt.date(year + month // 12, month % 12 + 1, 1)
    return (after - dt.timedelta(days=1)).day
