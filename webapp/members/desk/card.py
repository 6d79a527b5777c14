"""The counter's way to a member: who came in, find, scan, the card, the whole number for whoever must call, the yes to a counter handshake."""

import re
from typing import Any

from flask import Response, g, request, url_for
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from models import Handshake, Member, Staff, Store, Visit, Work
from webapp import access, clock, filters, forms, hx, vault, words
from webapp.members import advisers, cards, codes, finding, handshakes, looks, merging, phones
from webapp.members.desk import bp
from webapp.points import ledger, receipts
from webapp.refusals import Refusal
from webapp.staff import board, people, queue
from webapp.words import N_


class ScanForm(forms.Form):
    code = StringField(
        validators=[InputRequired(N_("请扫码，或输入数字")), Length(max=500, message=N_("太长了")), forms.plain],
        filters=[lambda value: value.strip() if value else value],
    )


class ConfirmForm(forms.Form):
    handshake = forms.number(1, 2**31 - 1)
    answer = forms.text(3)


class AdjustForm(forms.Form):
    """Shown on the card, sent to the points' door."""

    points = forms.number(-(10**6), 10**6)
    why = forms.text(60)


class AdviserForm(forms.Form):
    staff = forms.number(1, 2**31 - 1, needed=False)


@bp.get("/arrivals/<ref>")
def arrival(ref: str) -> Response:
    """GET: one arrival: who is here, what can be done for them, their card beside it."""
    (actor, store), at = access.staff(), clock.now()
    _arrived(ref, store)
    card = queue.open_card("arrival", ref, actor, at) or _arrived(ref, store)
    assert card.member is not None  # somebody arrived
    looks.view(card.member, actor, store, at)
    context = {
        "work": card,
        "taken": queue.taken_by(card, actor, at),
        "visit": access.find(Visit, Visit.id == int(ref)),
        "card": cards.of(ledger.up_to_date(card.member, at)),
        "undo": None,
    }
    if hx.asked():
        return hx.page("members/desk_arrival.swap.html", **context)
    return hx.page("members/desk_arrival.html", **board.context(store, actor, at, current=ref), **context)


@bp.post("/arrivals/<ref>/greeting")
def greeting(ref: str) -> Response:
    """POST: the member has been seen to: the card leaves the queue."""
    actor, store = access.staff()
    queue.greet(_arrived(ref, store), actor, clock.now())
    return hx.go(url_for("staff_desk.home"))


@bp.get("/members")
def index() -> Response:
    """GET ?q=: up to twenty members by last four digits, six digits, number, code or name. ?amount=: a bill that waits for one of them."""
    access.staff()
    q = "".join(letter for letter in request.args.get("q", "")[:200] if letter.isprintable()).strip()
    rows = finding.search(q, clock.now())
    return hx.page(
        "members/desk_index.html",
        "members/_desk_found.html",
        q=q,
        asked=bool(q),
        rows=rows,
        amount=request.args.get("amount", "")[:12],
    )


@bp.get("/members/mine")
def mine() -> Response:
    """GET: whom I look after, who has asked something first."""
    actor, store = access.staff()
    return hx.page("members/desk_mine.html", rows=advisers.mine(actor, store))


@bp.get("/members/<code>")
def show(code: str) -> Response:
    """GET ?seen=: one member's card and points; `seen` is when a scanned code was made, if that is a while ago."""
    actor, store, member = _member(code)
    if member.code != code:
        return hx.go(url_for(".show", code=member.code))
    looks.view(member, actor, store, clock.now())
    return hx.page("members/desk_show.html", **_shown(member, store))


@bp.get("/members/<code>/card")
def card(code: str) -> Response:
    """GET: the card alone, for the side of other pages."""
    actor, store, member = _member(code)
    looks.view(member, actor, store, clock.now())
    return hx.page("members/_desk_card.html", card=cards.of(member))


@bp.post("/members/<code>/reveal")
def reveal(code: str) -> Response:
    """POST: the whole number, this once; the member sees who asked."""
    actor, store, member = _member(code)
    phone = looks.reveal(member, actor, store, clock.now())
    shown: dict[str, Any] = {} if hx.asked() else _shown(member, store)
    return hx.page("members/desk_show.html", "members/_desk_card.html", **shown | {"card": cards.of(member, phone)})


@bp.post("/members/<code>/adviser")
def adviser(code: str) -> Response:
    """POST staff=: this person looks after the member from now on; nobody, when it is empty. Managers."""
    actor, store = access.staff("manager")
    member = _member(code)[2]
    form = forms.read(
        AdviserForm,
        "members/desk_adviser.html",
        "members/_desk_adviser.html",
        card=cards.of(member),
        people=people.of_store(store),
    )
    person = access.find(Staff, Staff.id == form.staff.data) if form.staff.data else None
    advisers.name(member, person, store, actor, clock.now())
    return hx.go(url_for(".show", code=member.code))


@bp.get("/scan")
def scan() -> Response:
    """GET: the camera, a photo, a USB scanner, or digits."""
    access.staff()
    g.scans = True
    return hx.page("members/desk_scan.html", form=ScanForm())


@bp.post("/scan")
def scan_send() -> Response:
    """POST: whatever was read leads to the member, or to the handshake; anything else is told what it is."""
    _, store = access.staff()
    g.scans = True
    form = forms.read(ScanForm, "members/desk_scan.html")
    return hx.go(_leads_to(form.code.data, store, clock.now()))


@bp.get("/handshakes/<digits>")
def handshake(digits: str) -> Response:
    """GET: who wants to sign in with these four digits."""
    actor, store = access.staff()
    found = handshakes.waiting(store, digits, actor, clock.now())
    return hx.page("members/desk_handshake.html", "members/_desk_handshake.html", **_handshake(found))


@bp.post("/handshakes/<digits>/confirmation")
def handshake_confirm(digits: str) -> Response:
    """POST answer=yes|no: the phone opens by itself, or the digits are worth nothing any more."""
    actor, store = access.staff()
    id_ = request.form.get("handshake", 0, type=int)
    found = access.find(Handshake, Handshake.id == id_, Handshake.store == store.id, Handshake.digits == digits)
    form = forms.read(ConfirmForm, "members/desk_handshake.html", "members/_desk_handshake.html", **_handshake(found))
    if form.answer.data == "yes":
        handshakes.confirm(found, actor, clock.now())
    else:
        handshakes.refuse(found, actor, clock.now())
    found = access.find(Handshake, Handshake.id == id_)
    return hx.page("members/desk_handshake.html", "members/_desk_handshake.html", **_handshake(found))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _member(code: str) -> tuple[Staff, Store, Member]:
    """Guard and find in one: the card that this code leads to today, also when two cards became one."""
    actor, store = access.staff()
    code = code.upper() if code.isascii() and code.isalnum() else ""
    member = merging.survivor(access.find(Member, Member.code == code))
    return actor, store, access.find(Member, Member.id == member.id, Member.erased_at.is_null())


def _arrived(ref: str, store: Store) -> Work:
    plain = ref if ref.isdecimal() and len(ref) < 20 else ""
    found: Work = access.find(Work, Work.kind == "arrival", Work.ref == plain, Work.store == store.id)
    return found


def _shown(member: Member, store: Store) -> dict[str, Any]:
    at = clock.now()
    member = ledger.up_to_date(member, at)
    seen = request.args.get("seen", 0, type=int)
    return {
        "card": cards.of(member),
        "people": people.of_store(store) if member.tier == "vip" or advisers.of(member.id) else [],  # who may be named
        "days": _days(member),
        "purchases": cards.bills(member.id, store.id),
        "form": AdjustForm(),
        "ticket": vault.token()[:32],
        "seen": seen if 0 < seen <= at else 0,
        "undo": None,
    }


def _days(member: Member) -> list[dict[str, Any]]:
    grouped = receipts.by_day(receipts.lines(member.id), words.timezone())
    return [
        {"at": day, "lines": [line._asdict() | {"title": filters.say(line.title)} for line in lines]}
        for day, lines in grouped
    ]


def _leads_to(text: str, store: Store, at: int) -> str:
    """The address that a scanned or typed text leads to. Refuses, in words, what is none of our codes."""
    plain = re.sub(r"\s", "", text)
    if plain.startswith(codes.MARK):
        found = codes.read(plain, at)
        return url_for(".show", code=found.member.code, seen=None if found.fresh else found.issued)
    if re.fullmatch(r"[0-9]{6}", plain):
        return url_for(".show", code=codes.of_digits(plain, at).code)
    if re.fullmatch(r"[0-9]{4}", plain) and handshakes.is_waiting(store, plain, at):
        return url_for(".handshake", digits=plain)
    if "/t/" in text:
        return url_for(
            "laundry_desk.garment",
            tag=re.sub(r"[^0-9A-Za-z]", "", text.rpartition("/t/")[2].partition("?")[0])[:12] or "-",
        )
    if "/claim/" in text:
        raise Refusal("这是小票码，请客人用手机相机扫，积分就到账", code="a_claim", field="code")
    if "/c/" in text:
        raise Refusal("这是柜台码，请客人用手机相机扫", code="a_counter_code", field="code")
    if "/s/" in text:
        raise Refusal("这是门店海报，请扫客人手机上的会员码", code="a_poster", field="code")
    if "://" in text:
        raise Refusal("这不是本店的会员码", code="not_a_pass", field="code")
    return url_for(".index", q=text[:200])


def _handshake(found: Handshake) -> dict[str, Any]:
    over = found.confirmed_at is None and (found.closed_at is not None or found.expires_at <= clock.now())
    member = found.member
    return {
        "handshake": found,
        "masked": phones.masked(member) if member else "",
        "name": member.name if member else "",
        "known": member is not None,
        "state": "over" if over else "done" if found.confirmed_at else "open",
        "ticket": vault.token()[:32],
    }
