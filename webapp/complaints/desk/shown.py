"""What several of these screens show: a case with everything about it, and what things are called among ourselves."""

import datetime as dt
from typing import Any, NamedTuple

from flask import url_for

from models import (  # fmt: skip
    Booking,
    Case,
    CaseEntry,
    CaseOffer,
    CaseStep,
    EntryPhoto,
    Garment,
    Member,
    Order,
    Photo,
    Purchase,
    Redemption,
    Staff,
    Starter,
    Store,
    Work,
)
from webapp import access, clock, forms, front, policy, vault, words
from webapp.clock import MINUTE
from webapp.complaints import cases, causes, linking, offers, purse, starters
from webapp.complaints.words import (
    CATEGORY_NAMES,
    KIND_ICONS,
    KIND_NAMES,
    OFFER_NAMES,
    OUR_STEPS,
    OUR_URGENT_STEP,
    STATE_LOOKS,
    WISH_NAMES,
)
from webapp.members import merging, phones
from webapp.refusals import Refusal
from webapp.staff import people
from webapp.words import N_

LARGEST = 2**31 - 1
STATES = {
    "open": N_("在办"),
    "waiting": N_("等客人回话"),
    "talking": N_("还在商量"),
    "closing": N_("等客人点头"),
    "closed": N_("办结了"),
    "merged": N_("并走了"),
}
SOURCES = {
    "app": N_("手机上说的"),
    "slip": N_("扫小票说的"),
    "counter": N_("柜台当面说的"),
    "phone": N_("打电话说的"),
    "rating": N_("评价偏低"),
    "system": N_("系统发现的"),
}
SAYS = {
    "said": (N_("回一句"), "message-circle"),
    "question": (N_("问客人"), "circle-help"),
    "findings": (N_("查到了"), "search"),
    "decision": (N_("给说法"), "handshake"),
    "note": (N_("内部"), "lock"),
}
MOODS = {
    "feelings": (N_("先暖人"), "heart"),
    "facts": (N_("讲事实"), "search"),
    "question": (N_("问一句"), "circle-help"),
    "thanks": (N_("道个谢"), "thumbs-up"),
}


class TapForm(forms.Form):
    """A button; the words that a no may bring stand on top."""

    about = "tap"


class Line(NamedTuple):
    """One entry. `who`: customer, shop, note or system."""

    entry: CaseEntry
    who: str
    name: str
    text: str
    photos: list[Photo]


def plain(code: str) -> str:
    """A code as it may be sent: anything else finds nothing."""
    return code.upper() if code.isascii() and code.isalnum() else ""


def find(code: str, store: Store) -> Case:
    """A case of this store."""
    found: Case = access.find(Case, Case.code == plain(code), Case.store == store.id)
    return found


def member(code: str) -> Member:
    """The card that this code leads to today."""
    found = merging.survivor(access.find(Member, Member.code == plain(code)))
    living: Member = access.find(Member, Member.id == found.id, Member.erased_at.is_null())
    return living


def owner_of(case: Case) -> Member | None:
    found: Member | None = case.member if case.member_id else None
    return found


def everywhere() -> dict[str, Any]:
    """The words that every screen of the cases needs."""
    return {
        "kinds": KIND_NAMES,
        "symbols": KIND_ICONS,
        "categories": CATEGORY_NAMES,
        "wishes": WISH_NAMES,
        "states": STATES,
        "looks": STATE_LOOKS,
        "steps_of": OUR_STEPS,
        "urgent_step": OUR_URGENT_STEP,
        "sources": SOURCES,
        "says": SAYS,
        "moods": MOODS,
        "offer_names": OFFER_NAMES,
        "ticket": vault.token()[:32],
    }


def talk(case: Case, at: int) -> dict[str, Any]:
    """The thread, the notes in it, and the ladder: what is drawn again whenever something changes."""
    steps = list(CaseStep.select(CaseStep, Staff).left_outer_join(Staff, on=(CaseStep.done_by == Staff.id)).where(CaseStep.case == case.id).order_by(CaseStep.number))  # fmt: skip
    running = [step for step in steps if step.done_at is None and step.paused_at is None]
    version = front.version("store", case.store_id)
    return {
        "c": case,
        "steps": steps,
        "running": running[0] if running else None,
        "lines": _lines(case),
        "pulse": front.pulse("store", case.store_id, version, at),
        "at": at,
    }


def whole(case: Case, actor: Staff, at: int) -> dict[str, Any]:
    """Everything about one case, for whoever works on it."""
    mine, rules, store = owner_of(case), policy.of(case.store), case.store
    own = mine is not None and actor.member_id == mine.id
    over = case.state in cases.OVER
    pocket = purse.left(actor, store, at) if mine and not over else None
    return {
        **talk(case, at),
        "m": mine,
        "who": party(case),
        "masked": phones.masked(mine) if mine else "",
        "number": "",
        "contact": vault.unseal(case.contact_sealed) if case.contact_sealed else "",
        "thing": thing(case),
        "things": [] if over or case.about else linking.nearest(case),
        "thing_names": THING_NAMES,
        "offer": None if over else offers.on_the_table(case),
        "by_hand": offers_to_do(case),
        "most": offers.most(actor, store),
        "pocket": pocket,
        "over": over,
        "own": own,
        "causes": [] if over else causes.tree(store.brand_id),
        "starters": [] if over else said_by(starters.of(store.brand_id), mine),
        "colleagues": [] if over else [one for one in people.of_store(store) if one.id != case.owner_id],
        "others": [] if over else others(case),
        "notice_days": rules.case_notice_days,
        "form": None,
        "taken": "",
        "undo": None,
        "filled": "",
        **everywhere(),
    }


THING_NAMES = {"visit": N_("到店"), "booking": N_("预约"), "order": N_("洗衣"), "line": N_("积分")}


def party(case: Case) -> str:
    """The name they go by; empty for a member without one."""
    mine = owner_of(case)
    return str(mine.name if mine else case.guest)


def said_by(rows: list[Starter], mine: Member | None) -> list[dict[str, Any]]:
    """Each beginning as we read it here, and as the customer will read it."""
    locale = mine.locale if mine else words.locale()
    return [{"row": row, "text": words.said(row.text), "sent": row.text.get(locale) or row.text["zh"]} for row in rows]


def others(case: Case) -> list[Case]:
    """What the same member told besides, and is still open."""
    if not case.member_id:
        return []
    mine = (Case.member == case.member_id) & (Case.store == case.store_id) & (Case.id != case.id)
    return list(Case.select().where(mine, Case.state.not_in(cases.OVER)).order_by(Case.made_at).limit(10))


def offers_to_do(case: Case) -> Any:
    """A refund or work done again that was accepted and waits for somebody to do it."""
    waiting = Work.select(Work.ref).where(Work.kind == "amends", Work.done_at.is_null())
    return CaseOffer.get_or_none(CaseOffer.case == case.id, CaseOffer.state == "accepted", CaseOffer.code.in_(waiting))


def thing(case: Case) -> dict[str, str] | None:
    """What it is about, as a link, if it is still there."""
    ways: dict[str, tuple[Any, Any, str, str, str]] = {
        "booking": (Booking, Booking.code, "bookings_desk.show", N_("看这个预约"), "calendar-days"),
        "order": (Order, Order.code, "laundry_desk.order", N_("看这一单"), "shirt"),
        "redemption": (Redemption, Redemption.code, "rewards_desk.show", N_("看这次兑换"), "gift"),
        "purchase": (Purchase, Purchase.code, "points_desk.slip", N_("看这张小票"), "receipt-text"),
    }
    if case.about == "garment":
        there = Garment.select().where(Garment.tag == case.ref).exists()
        return {"url": url_for("laundry_desk.garment", tag=case.ref), "text": N_("看这件衣物"), "icon": "shirt"} if there else None  # fmt: skip
    if case.about == "rating":
        return {"url": url_for("ratings_desk.index", _anchor=f"r{case.ref}"), "text": N_("看这条评价"), "icon": "star"}
    if case.about in ("line", "visit") and (mine := owner_of(case)):
        return {"url": url_for("members_desk.show", code=mine.code), "text": N_("看积分记录"), "icon": "coins"}
    if case.about not in ways:
        return None
    model, name, door, text, icon = ways[case.about]
    if not model.select().where(name == case.ref).exists():
        return None
    return {"url": url_for(door, code=case.ref), "text": text, "icon": icon}


def moment(day: str, time: str, store: Store, field: str) -> int:
    """Day and hour as typed, on the shop's own clock."""
    try:
        typed = dt.datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        raise Refusal("日期像这样写：2026-05-21，时间像这样：18:00", code="no_date", field=field) from None
    return clock.stamp(typed.replace(tzinfo=clock.zone(store.timezone)))


def later(days: int, store: Store, at: int) -> int | None:
    """So many days from now, in the morning; nothing for none."""
    return clock.day_start(at, store.timezone) + days * clock.DAY + 10 * clock.HOUR if days else None


def undoing(text: str, action: str, store: Store, at: int) -> dict[str, Any]:
    """The bar that takes back what was just done."""
    until = at + policy.of(store).undo_minutes * MINUTE
    return {"text": text, "action": action, "start": at, "until": until, "ticket": vault.token()[:32]}


# --- how it is done ----------------------------------------------------------------------------------------------------


def _lines(case: Case) -> list[Line]:
    rows = list(
        CaseEntry.select(CaseEntry, Staff)
        .left_outer_join(Staff)
        .where(CaseEntry.case == case.id)
        .order_by(CaseEntry.id)
    )
    pictures: dict[int, list[Photo]] = {}
    query = EntryPhoto.select(EntryPhoto, Photo).join(Photo).where(EntryPhoto.entry.in_([row.id for row in rows]))
    for link in query.order_by(EntryPhoto.id):
        pictures.setdefault(link.entry_id, []).append(link.photo)
    return [_line(row, pictures.get(row.id, [])) for row in rows]


def _line(row: CaseEntry, photos: list[Photo]) -> Line:
    if row.kind in ("late", "moved", "closed", "reopened") or row.data.get("system") or row.data.get("merged"):
        who = "system"
    elif row.kind == "note":
        who = "note"
    else:
        who = "shop" if row.staff_id and not row.data.get("spoken") else "customer"
    name = getattr(row.staff, "name", "")
    return Line(row, who, name, cases.text_of(row) if who != "system" else "", photos)
