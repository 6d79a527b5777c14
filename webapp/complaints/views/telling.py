"""Telling the shop something: praise, an idea, a problem, something urgent; signed in, or from a slip without."""

from typing import Any

from flask import Response, current_app, request, url_for
from wtforms import TextAreaField
from wtforms.validators import Length

from models import Booking, Garment, LedgerLine, Member, Order, Redemption, Store, Visit
from webapp import access, clock, forms, hx, vault
from webapp.complaints import cases, slips
from webapp.complaints.cases import Report
from webapp.complaints.views import bp
from webapp.complaints.words import ASKED, CATEGORY_NAMES, KIND_ICONS, KIND_NAMES, WISH_NAMES
from webapp.points import purchases
from webapp.stores import shops
from webapp.words import N_

# Where a member's own things are found: the table, its name in an address, how it is whose.
THINGS: dict[str, Any] = {
    "booking": (Booking, Booking.code, Booking.member),
    "order": (Order, Order.code, Order.member),
    "redemption": (Redemption, Redemption.code, Redemption.member),
    "line": (LedgerLine, LedgerLine.id, LedgerLine.member),
    "visit": (Visit, Visit.id, Visit.member),
}


class TellForm(forms.Form):
    """What happened, in a few words. A guest may say how to be called."""

    ticket = forms.ticket()
    kind = forms.choice(cases.TOLD)
    category = forms.choice(CATEGORY_NAMES)
    wish = forms.choice(WISH_NAMES)
    text = TextAreaField(
        validators=[Length(max=cases.TEXT_MOST, message=N_("最多写 2000 个字")), forms.plain], filters=[forms.tidy]
    )
    guest = forms.text(60, needed=False)
    contact = forms.text(60, needed=False)


@bp.get("/complaints/new")
def new() -> Response:
    """GET ?kind=&store=&about=&ref=: which of four, then a few words. `about=claim` with a bill's signed code needs no signing in."""
    store = _store()
    if store is None:
        return hx.go(url_for("stores.chooser", next=request.full_path))
    kind = request.args.get("kind", "")
    asked = kind if kind in ASKED else ""
    return hx.page("complaints/new.html", form=None, **_page(store, asked, vault.token()[:32]))


@bp.post("/complaints/new")
def send() -> Response:
    """POST: told; there is a number, a name and four dates at once."""
    store, me, at = access.there(_store()), access.me(), clock.now()
    form = forms.read(
        TellForm,
        "complaints/new.html",
        later=lambda: _page(store, request.form.get("kind", ""), request.form.get("ticket", "")),
    )
    about, ref, _ = _about(me)
    told = Report(
        key=f"tell:{me.id if me else 'guest'}:{form.ticket.data}",
        kind=form.kind.data,
        category=form.category.data,
        text=form.text.data or "",
        source="app" if me else "slip",
        wish=form.wish.data,
        guest="" if me else form.guest.data or "",
        contact="" if me else form.contact.data or "",
        about=about,
        ref=ref,
    )
    if me is None:
        with current_app.extensions["limits"].limit("10/hour"):  # from one place, without signing in
            case = cases.report(store, told, at)
    else:
        case = cases.report(store, told, at, member=me)
    return hx.go(url_for(".show", code=case.code, t=None if me else slips.token(case)))


def _store() -> Store | None:
    slug = request.args.get("store", "")
    if slug:
        return shops.find(slug)
    known = access.store_in_hand()
    every = shops.all_open() if known is None else []
    return known or (every[0] if len(every) == 1 else None)


def _about(me: Member | None) -> tuple[str, str, Any]:
    """(about, ref, the row) of what the address names, if it is this visitor's; nothing of it otherwise."""
    about, ref = request.args.get("about", ""), request.args.get("ref", "")[:200]
    if about == "claim" and ref:
        bill = purchases.behind(ref)
        return "purchase", bill.code, bill
    if me is None or not ref:
        return "", "", None
    if about == "garment":
        piece = Garment.select().join(Order).where(Garment.tag == ref, Order.member == me.id).first()
        return ("garment", piece.tag, piece) if piece else ("", "", None)
    if about not in THINGS:
        return "", "", None
    model, name, owner = THINGS[about]
    if name in (LedgerLine.id, Visit.id) and not (ref.isascii() and ref.isdigit() and len(ref) < 19):
        return "", "", None
    row = model.get_or_none(name == ref, owner == me.id)
    return (about, ref, row) if row else ("", "", None)


def _page(store: Store, kind: str, ticket: str) -> dict[str, Any]:
    about, ref, row = _about(access.me())
    own = {name: request.args.get(name) for name in ("store", "about", "ref")}
    return {
        "shop": store,
        "kind": kind if kind in ASKED else "",
        "kinds": [(name, KIND_NAMES[name], KIND_ICONS[name]) for name in ("praise", "idea", "complaint", "urgent")],
        "categories": [(name, CATEGORY_NAMES[name]) for name in ASKED.get(kind, ())],
        "wishes": list(WISH_NAMES.items()),
        "about": about,
        "ref": ref,
        "row": row,
        "own": own,
        "ticket": ticket,
    }
