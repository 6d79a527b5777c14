"""One order at the desk: what is in the bag, what was agreed, how far it is, and what can be done about it now."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext

from models import COLOURS, FABRICS, Garment, Member, Order, PriceItem, Staff, Wear
from webapp import access, clock, filters, forms, hx, vault
from webapp import words as words_of
from webapp.laundry import (
    after,
    agreement,
    handing,
    intake,
    orders,
    prices,
    promises,
    removals,
    stages,
    wardrobe,
    words,
)
from webapp.laundry.desk import bp, shown
from webapp.laundry.intake import Piece
from webapp.members import looks
from webapp.photos import pictures
from webapp.refusals import Refusal
from webapp.staff import queue

WHOLE, PART = "laundry/desk_order.html", "laundry/_desk_order.html"
CARDS = ("agree", "talk", "promise", "uncollected", "unwell")
SUGGESTED = 6
WORDS = 40  # lines of the talk that are shown


class PieceForm(forms.Form):
    """One piece, or several that are alike. `fabric` is the button that was tapped, `wear` a piece of the wardrobe instead of all that."""

    about = "add"
    ticket = forms.ticket()
    item = forms.number(1, shown.LARGEST, needed=False)
    colour = forms.text(12, needed=False)
    fabric = forms.text(12, needed=False)
    brand = forms.text(40, needed=False)
    wish = forms.text(200, needed=False)
    price = shown.Yuan()
    count = forms.number(1, 50, needed=False)
    wear = forms.number(1, shown.LARGEST, needed=False)


class WhyForm(forms.Form):
    why = forms.text(120)


class OverruleForm(WhyForm):
    about = "overrule"


class CancelForm(WhyForm):
    about = "cancel"


class ReplyForm(forms.Form):
    about = "reply"
    ticket = forms.ticket()
    text = forms.text(500)


class PromiseForm(forms.Form):
    """Another time: a day and an hour on the shop's own clock."""

    about = "promise"
    day = forms.text(10)
    time = forms.text(5)
    why = forms.text(120, needed=False)


class RackForm(forms.Form):
    about = "rack"
    place = forms.text(20)


@bp.get("/orders/<code>")
def order(code: str) -> Response:
    """GET: one order of this store; opens its card in the queue, so that colleagues see who has it."""
    (actor, store), at = access.staff(), clock.now()
    found = shown.find(code, store)
    if hx.asked():
        return hx.go(url_for(".order", code=found.code))  # a card of the queue: the order has a page of its own
    taken = _open(found, actor, at)
    if owner := shown.owner_of(found):
        looks.view(owner, actor, store, at)
    return hx.page(WHOLE, **detail(found, at) | {"taken": taken, "undo": _gone(found, at)})


@bp.post("/orders/<code>/garments")
def add(code: str) -> Response:
    """POST item=&colour=&fabric=, or wear=: into the bag. The bar takes it out again."""
    found, actor, form, at = acting(code, PieceForm)
    pieces = intake.add(found, _piece(form, found), actor, at, key=f"desk:{form.ticket.data}")
    return answer(found, _added(found, pieces, at), new=pieces[0].tag if pieces else "")


@bp.post("/orders/<code>/undo")
def take_out(code: str) -> Response:
    """POST ?tags=: what was put in a moment ago is taken out."""
    found, actor, _, at = acting(code)
    for tag in shown.tags_in(request.args.get("tags", "").replace(",", " "))[:50]:
        piece = Garment.get_or_none(Garment.tag == tag, Garment.order == found.id)
        if piece:
            intake.remove(piece, actor, at)
    return answer(found)


@bp.post("/orders/<code>/putting-back")
def put_back(code: str) -> Response:
    """POST ?gone=: what was taken out a moment ago is in again, as it was."""
    found, actor, _, at = acting(code)
    garment = removals.put_back(found, request.args.get("gone", ""), actor, at)
    return answer(found, new=garment.tag)


@bp.post("/orders/<code>/request")
def ask(code: str) -> Response:
    """POST: the bag is complete; the member is asked to look at it and agree, and a time is promised."""
    found, actor, _, at = acting(code)
    return answer(intake.ask(found, actor, at))


@bp.get("/orders/<code>/sign")
def sign(code: str) -> Response:
    """GET: what the member agrees to, large, with room for a finger. The tablet is turned round."""
    _, store = access.staff()
    found = shown.find(code, store)
    return hx.page("laundry/desk_sign.html", **detail(found, clock.now()) | {"form": shown.TapForm()})


@bp.post("/orders/<code>/signature/photos")
def signed(code: str) -> Response:
    """POST photo=: signed on the tablet; a picture of a signed slip does as well."""
    (actor, store), at = access.staff(), clock.now()
    found, sent = shown.find(code, store), forms.photo()
    forms.read(shown.TapForm, "laundry/desk_sign.html", later=lambda: _refused(found, at))
    if not sent.read(1):
        raise Refusal("请先签名", code="unsigned")
    picture = pictures.take_in(sent, store, at, member=shown.owner_of(found), staff=actor)
    agreement.sign(found, picture, actor, at)
    return hx.go(url_for(".order", code=found.code))


@bp.post("/orders/<code>/overruling")
def overrule(code: str) -> Response:
    """POST why=: cleaning may begin without a yes. Managers; both names stay in the record."""
    found, actor, form, at = acting(code, OverruleForm, "manager")
    return answer(agreement.overrule(found, actor, form.why.data, at))


@bp.post("/orders/<code>/words")
def reply(code: str) -> Response:
    """POST text=: an answer in the talk about this order."""
    found, actor, form, at = acting(code, ReplyForm)
    key = f"desk:{form.ticket.data}"
    if found.state == "collected":
        after.reply(found, None, actor, form.text.data, at, key=key)
    else:
        agreement.reply(found, actor, form.text.data, at, key=key)
    return answer(found)


@bp.post("/orders/<code>/heard")
def heard(code: str) -> Response:
    """POST: read, and there is nothing to answer."""
    found, actor, _, at = acting(code)
    return answer(agreement.heard(found, actor, at))


@bp.post("/orders/<code>/promise")
def promise(code: str) -> Response:
    """POST day=&time=&why=: another time, told to the member at once."""
    found, actor, form, at = acting(code, PromiseForm)
    return answer(promises.renew(found, shown.moment(form, found.store), form.why.data, actor, at))


@bp.post("/orders/<code>/rack")
def rack(code: str) -> Response:
    """POST place=: where it hangs."""
    found, actor, form, at = acting(code, RackForm)
    return answer(stages.rack(found, form.place.data, actor, at))


@bp.post("/orders/<code>/call")
def phone(code: str) -> Response:
    """POST: the number to call, this once; the member sees who asked."""
    (actor, store), at = access.staff(), clock.now()
    found = shown.find(code, store)
    owner = shown.owner_of(found)
    number = looks.reveal(owner, actor, store, at) if owner else ""
    if hx.asked():
        return hx.page("laundry/_desk_call.html", o=found, number=number, masked="")
    return hx.page(WHOLE, **detail(found, at) | {"number": number})


# --- what the pages show -----------------------------------------------------------------------------------------------


def acting(code: str, form_class: Any = shown.TapForm, role: str = "clerk") -> tuple[Order, Staff, Any, int]:
    """Guard, find and read in one; a no shows the order as it is by then, with the words on top."""
    (actor, store), at = access.staff(role), clock.now()
    found = shown.find(code, store)

    form = forms.read(form_class, WHOLE, PART, lambda: _refused(found, at))
    return found, actor, form, at


def answer(found: Order, undo: dict[str, Any] | None = None, new: str = "") -> Response:
    at = clock.now()
    address = url_for(".order", code=found.code, new=new or None)
    return hx.swap(
        "laundry/desk_order.swap.html",
        address,
        lambda: detail(_fresh(found), at) | ({"undo": undo} if undo else {}) | ({"new": new} if new else {}),
    )


def detail(found: Order, at: int) -> dict[str, Any]:
    """Everything about one order."""
    whole = orders.whole(found)
    found, owner = whole.order, shown.owner_of(whole.order)
    open_ = found.state in ("intake", "awaiting")
    return {
        "o": found,
        "whole": whole,
        "who": shown.party(found),
        "masked": shown.masked(found),
        "number": "",
        "taken": "",
        "form": None,
        "new": request.args.get("new", "")[:12],
        "items": prices.items(found.store) if open_ else [],
        "known": _known(owner, whole) if owner and open_ else [],
        "note": vault.unseal(found.note_sealed) if found.note_sealed else "",
        "brought": shown.brought(found.pickup),
        "talk": [word for word in whole.words if not word.garment_id][-WORDS:],
        "ahead": promises.ahead(found) if found.state == "agreed" else 0,
        "kept_until": handing.kept_until(found),
        "history": _history(found),
        **_promised(found),
        "undo": None,
        "at": at,
        **shown.everywhere(),
    }


def _refused(found: Order, at: int) -> dict[str, Any]:
    """The same as it is by now, without a form: it is the one that was refused."""
    return {name: value for name, value in detail(_fresh(found), at).items() if name != "form"}


def _fresh(found: Order) -> Order:
    again: Order = Order.get_by_id(found.id)
    return again


def _open(found: Order, actor: Staff, at: int) -> str:
    """The colleague who has one of its cards open, or nothing."""
    for kind in CARDS:
        work = queue.open_card(kind, found.code, actor, at)
        if work:
            return queue.taken_by(work, actor, at)
    return ""


def _known(owner: Member, whole: orders.Whole) -> list[Wear]:
    """What the member has brought before and is not in this bag already."""
    here = {piece.garment.wear_id for piece in whole.garments}
    return [wear for wear in wardrobe.known(owner, SUGGESTED + len(here)) if wear.id not in here][:SUGGESTED]


def _added(found: Order, pieces: list[Garment], at: int) -> dict[str, Any] | None:
    """Taking out again what was just put in."""
    if not pieces:
        return None
    name = words_of.said(pieces[0].name)
    text = gettext("放进去了：%(name)s", name=f"{name} ×{len(pieces)}" if len(pieces) > 1 else name)
    action = url_for(".take_out", code=found.code, tags=",".join(piece.tag for piece in pieces))
    return shown.undoing(text, action, at, found.store, at)


def _gone(found: Order, at: int) -> dict[str, Any] | None:
    """Putting in again what was just taken out."""
    kept = request.args.get("gone", "")
    if not (taken := removals.taken_out(found, kept)):
        return None
    name, since = taken
    text = gettext("拿掉了：%(name)s", name=words_of.said(name))
    return shown.undoing(text, url_for(".put_back", code=found.code, gone=kept), since, found.store, at)


def _promised(found: Order) -> dict[str, str]:
    """Day and hour of the promise as they are typed; a promise that is over leaves its hour."""
    if not found.promised_at:
        return {"day": "", "time": ""}
    local = clock.local(found.promised_at, found.store.timezone)
    return {"day": local.date().isoformat(), "time": local.strftime("%H:%M")}


def _history(found: Order) -> list[dict[str, Any]]:
    """What happened to the order, oldest first, as far as its row tells."""
    how = {
        "phone": gettext("客人在手机上认可"),
        "tablet": gettext("客人签了名"),
        "manager": gettext("没等客人，先洗"),
    }
    steps: list[tuple[Any, str, Any, str]] = [
        (found.made_at, gettext("收下"), found.made_by, ""),
        (found.asked_at, gettext("请客人看"), None, ""),
        (found.agreed_at, how.get(found.agreed_how, ""), found.agreed_by, found.agreed_why),
        (found.ready_at, gettext("都洗好了"), None, ""),
        (found.paid_at, gettext("付了钱"), None, ""),
        (found.ended_at, filters.translated(words.STATE_NAMES[found.state]), found.ended_by, found.why),
    ]
    return [
        {"at": moment, "what": what, "by": by.name if by else "", "why": why}
        for moment, what, by, why in steps
        if moment is not None
    ]


def _piece(form: PieceForm, found: Order) -> Piece:
    """What was tapped: a line of the price list with colour and fabric, or a piece that was here before."""
    more: dict[str, Any] = {"brand": form.brand.data or "", "wish": form.wish.data or "", "count": form.count.data or 1}
    price = form.price.fen if form.price.data else None
    if form.wear.data:
        mine = (Wear.id == form.wear.data) & (Wear.member == found.member_id) & Wear.removed_at.is_null()
        wear = access.find(Wear, mine)
        item = next((one for one in prices.items(found.store) if one.kind == wear.kind), None)
        more["brand"] = more["brand"] or wear.brand
        return Piece(item, wear.kind, wear.fabric, wear.colour, price=price, wear=wear, **more)
    item = PriceItem.get_or_none(
        PriceItem.id == form.item.data, PriceItem.store == found.store_id, PriceItem.retired_at.is_null()
    )
    if item is None:
        raise Refusal("先点是什么衣物", code="no_item", field="item")
    if form.fabric.data not in FABRICS:
        raise Refusal("点一下是什么面料", code="no_fabric", field="fabric")
    colour = form.colour.data if form.colour.data in COLOURS else ""
    return Piece(item, item.kind, form.fabric.data, colour, price=price, wear=None, **more)
