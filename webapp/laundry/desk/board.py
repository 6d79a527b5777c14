"""The laundry at a glance: lanes by state, what is late first, whom to call; and a new order for whoever stands at the counter."""

import re
from typing import Any

from flask import Response, request, url_for

from models import Booking, Member, Order, Store
from webapp import access, clock, forms, front, hx
from webapp.laundry import intake, orders
from webapp.laundry.desk import bp, shown
from webapp.members import codes, finding, merging, phones
from webapp.refusals import Refusal

LISTS = ("call", "late", "uncollected")
MOST = 20  # orders of one member


class NewForm(forms.Form):
    """`who` is a name, a number, a scanned pass, its six digits or the last four; `member` the one that was picked."""

    ticket = forms.ticket()
    who = forms.text(500, needed=False)
    member = forms.text(16, needed=False)
    pickup = forms.text(20, needed=False)
    note = forms.text(200, needed=False)


@bp.get("/orders", endpoint="board")
def board() -> Response:
    """GET ?list=&q=: the lanes, or one list; `q` is a tag, an order, a pass, or a member's digits."""
    _, store = access.staff()
    at = clock.now()
    q = request.args.get("q", "")[:500].strip()
    if q and (found := orders.find(q, store)):
        garment = orders.code_in(q) if orders.code_in(q) != found.code else ""
        return hx.go(url_for(".garment", tag=garment) if garment else url_for(".order", code=found.code))
    return hx.page("laundry/desk_board.html", "laundry/_desk_board.html", **_board(store, q, at))


@bp.get("/orders/new")
def new() -> Response:
    """GET ?member=&pickup=: whose bag is it?"""
    _, store = access.staff()
    at = clock.now()
    booking = _pickup(request.args.get("pickup", ""), store)
    if booking and (begun := Order.get_or_none(Order.pickup == booking.id)):
        return hx.go(url_for(".order", code=begun.code))
    member = booking.member if booking and booking.member_id else _picked(request.args.get("member", ""))
    return hx.page("laundry/desk_new.html", form=NewForm(), **_choosing(member, booking, at))


@bp.post("/orders/new")
def make() -> Response:
    """POST who=|member=, pickup=, note=: an order is open, and its page ready to take pieces in."""
    actor, store = access.staff()
    at = clock.now()
    booking = _pickup(request.form.get("pickup", ""), store)
    picked = _picked(request.form.get("member", ""))
    form = forms.read(
        NewForm,
        "laundry/desk_new.html",
        "laundry/_desk_new.html",
        lambda: _choosing(picked, booking, at),
    )
    member, guest = _whom(form, booking, at)
    found = intake.open(
        store, member, guest, actor, at, key=f"desk:{form.ticket.data}", pickup=booking, note=form.note.data or ""
    )
    return hx.go(url_for(".order", code=found.code))


@bp.get("/orders/who")
def who() -> Response:
    """GET ?who=: members to pick from."""
    access.staff()
    found = _found(request.args.get("who", ""), clock.now())
    return hx.page("bookings/_desk_who.html", found=found, picked="")


@bp.get("/orders/of/<code>")
def of(code: str) -> Response:
    """GET: what this member has with us now. A part of other pages."""
    _, store = access.staff()
    member = merging.survivor(access.find(Member, Member.code == shown.plain(code)))
    if not hx.asked():
        return hx.go(url_for("members_desk.show", code=member.code))
    mine = [one for one in orders.of_member(member, MOST) if one.store_id == store.id and one.state in orders.OPEN]
    return hx.page("laundry/_desk_of.html", rows=mine, member=member, **shown.everywhere())


# --- what the pages show -----------------------------------------------------------------------------------------------


def _board(store: Store, q: str, at: int) -> dict[str, Any]:
    lanes, wanted = orders.board(store, at), request.args.get("list", "")
    return {
        "lanes": lanes,
        "picked": wanted if wanted in LISTS else "",
        "lists": {name: [order for lane in lanes for order in lane.orders if _is(name, order, at)] for name in LISTS},
        "q": q,
        "results": _searched(q, store, at) if q else [],
        "at": at,
        "pulse": front.pulse("store", store.id, store.queue_version, at),
        **shown.everywhere(),
    }


def _is(name: str, order: Order, at: int) -> bool:
    """Whom to call, what is late, what nobody fetches."""
    if name == "call":
        return order.state == "awaiting" and order.called_at is not None
    if name == "late":
        return order.state in ("intake", "awaiting", "agreed") and bool(order.promised_at and order.promised_at < at)
    return order.state == "ready" and order.reminders > 0


def _searched(q: str, store: Store, at: int) -> list[Order]:
    """Orders of the members that the text may mean, the open ones first."""
    found = [order for one in finding.search(q, at)[:4] for order in _with(one.member, store)]
    return sorted(found, key=lambda order: order.state not in orders.OPEN)[:MOST]


def _with(member: Member, store: Store) -> list[Order]:
    mine = [order for order in orders.of_member(member, MOST) if order.store_id == store.id]
    for order in mine:
        order.member = member
    return mine


def _choosing(member: Member | None, booking: Booking | None, at: int) -> dict[str, Any]:
    return {
        "member": member,
        "masked": phones.masked(member) if member else "",
        "booking": booking,
        "brought": shown.brought(booking),
        "found": _found(request.form.get("who", ""), at),
        **shown.everywhere(),
    }


def _picked(code: str) -> Member | None:
    """The member whose page it was opened from."""
    if not code:
        return None
    found = merging.survivor(access.find(Member, Member.code == shown.plain(code)))
    member: Member = access.find(Member, Member.id == found.id, Member.erased_at.is_null())
    return member


def _pickup(code: str, store: Store) -> Booking | None:
    """The booking that the van came back from."""
    return access.find(Booking, Booking.code == shown.plain(code), Booking.store == store.id) if code else None


def _whom(form: NewForm, booking: Booking | None, at: int) -> tuple[Member | None, str]:
    """A member by their pass, code, number or last four digits; else somebody with a name."""
    if booking and booking.member_id:
        return booking.member, ""
    if form.member.data:
        return _picked(form.member.data), ""
    text = form.who.data or (booking.guest if booking else "") or ""
    if text.startswith(codes.MARK):
        return codes.read(text, at).member, ""
    found = _found(text, at)
    if len(found) > 1:
        raise Refusal("有 %(n)s 位，请点一下是哪位", code="several", field="who", n=len(found))
    if found:
        return found[0].member, ""
    if re.fullmatch(r"[0-9]{4}|[0-9]{6}", text):
        raise Refusal("没有这个尾号的会员，请写名字", code="nobody", field="who")
    if not text:
        raise Refusal("写下名字，或会员手机后四位", code="nobody", field="who")
    return None, text[:60]


def _found(who: str, at: int) -> list[finding.Found]:
    """Only digits and passes look for a member: a name is a name."""
    plain = re.sub(r"\s", "", who[:500])
    asked = plain.startswith(codes.MARK) or re.fullmatch(r"[0-9]{4}|\+?[0-9]{6,15}", plain)
    return finding.search(plain, at)[:6] if asked else []
