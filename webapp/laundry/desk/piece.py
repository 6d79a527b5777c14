"""One garment at the desk, its passport: pictures, what was there before, who did what and when, and the next step."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext

from models import COLOURS, DEFECTS, FABRICS, STAGES, STAINS, Garment, GarmentPhoto, Photo, Pin, PriceItem, Staff
from webapp import access, clock, filters, forms, hx
from webapp import words as words_of
from webapp.laundry import advice, after, intake, orders, prices, removals, stages, wardrobe, words
from webapp.laundry.desk import bp, shown
from webapp.laundry.intake import Piece
from webapp.photos import pictures
from webapp.refusals import Refusal
from webapp.staff import queue

WHOLE, PART = "laundry/desk_garment.html", "laundry/_desk_garment.html"
CLAIM, CLAIM_PART = "laundry/desk_claim.html", "laundry/_desk_claim.html"
MOMENTS = ("intake", "outgoing")
CARDS, PAST = 4, 5  # shown at most


class PhotoForm(forms.Form):
    about = "photo"
    moment = forms.choice(MOMENTS)


class PinForm(forms.Form):
    """Where it was tapped, in thousandths, and which button then: a defect, or `stain.wine` for a stain of wine."""

    about = "pin"
    picture = forms.text(20)
    x = forms.number(0, 1000)
    y = forms.number(0, 1000)
    what = forms.text(24)
    note = forms.text(80, needed=False)


class ChangeForm(forms.Form):
    about = "change"
    item = forms.number(1, shown.LARGEST, needed=False)
    colour = forms.text(12, needed=False)
    fabric = forms.choice(FABRICS)
    brand = forms.text(40, needed=False)
    wish = forms.text(200, needed=False)
    price = shown.Yuan()


class FailForm(forms.Form):
    about = "fail"
    why = forms.text(120)


class StageForm(forms.Form):
    about = "stage"
    stage = forms.choice(STAGES[2:])


class AnswerForm(forms.Form):
    about = "reply"
    ticket = forms.ticket()
    text = forms.text(500)


@bp.get("/garments/<tag>")
def garment(tag: str) -> Response:
    """GET ?picture=: one piece; a tag of another store is told so."""
    _, store = access.staff()
    found = stages.find(tag, store)
    return hx.page(WHOLE, PART, **_detail(found, clock.now()))


@bp.post("/garments/<tag>")
def change(tag: str) -> Response:
    """POST item=&colour=&fabric=&brand=&wish=&price=: it was something else."""
    found, actor, form, at = _acting(tag, ChangeForm)
    item = PriceItem.get_or_none(PriceItem.id == form.item.data, PriceItem.store == found.order.store_id)
    piece = Piece(
        item,
        item.kind if item else found.kind,
        form.fabric.data,
        form.colour.data if form.colour.data in COLOURS else "",
        form.brand.data or "",
        form.wish.data or "",
        form.price.fen if form.price.data else None,
        1,
        found.wear,
    )
    intake.change(found, piece, actor, at)
    return _answer(found)


@bp.post("/garments/<tag>/removal")
def remove(tag: str) -> Response:
    """POST: it is not in the bag; back to the order, where the bar puts it in again."""
    found, actor, _, at = _acting(tag)
    kept = removals.sealed(found, at)
    intake.remove(found, actor, at)
    return hx.go(url_for(".order", code=found.order.code, gone=kept or None))


@bp.post("/garments/<tag>/photos")
def photo(tag: str) -> Response:
    """POST photo=&moment=: a picture of it, as it came or as it goes out. The same one again is the one there."""
    access.staff()
    sent = forms.photo()
    found, actor, form, at = _acting(tag, PhotoForm)
    taken = pictures.take_in(sent, found.order.store, at, member=shown.owner_of(found.order), staff=actor)
    row = intake.attach(found, taken, form.moment.data, actor, at)
    return _answer(found, picture=row.photo.code)


@bp.post("/garments/<tag>/photos/<code>/removal")
def photo_remove(tag: str, code: str) -> Response:
    """POST: that picture came out badly."""
    found, actor, _, at = _acting(tag)
    intake.detach(_picture(found, code), actor, at)
    return _answer(found)


@bp.post("/garments/<tag>/pins")
def pin(tag: str) -> Response:
    """POST picture=&x=&y=&what=&note=: something was there before we touched it."""
    found, actor, form, at = _acting(tag, PinForm)
    kind, _, stain = (form.what.data or "").partition(".")
    if kind not in DEFECTS or (stain and stain not in STAINS):
        raise Refusal("点一下是什么瑕疵", code="no_defect", field="what")
    row = _picture(found, form.picture.data)
    made = intake.pin(row, form.x.data, form.y.data, kind, stain, form.note.data or "", actor, at)
    return _answer(found, _pinned(made, found, at), picture=row.photo.code)


@bp.post(f"/garments/<tag>/pins/<int(max={shown.LARGEST}):id>/removal")
def pin_remove(tag: str, id: int) -> Response:
    """POST: it was a shadow."""
    found, actor, _, at = _acting(tag)
    mine = (GarmentPhoto.garment == found.id) & (Pin.id == id)
    row = access.there(Pin.select(Pin, GarmentPhoto).join(GarmentPhoto).where(mine).first())
    code = row.picture.photo.code
    intake.unpin(row, actor, at)
    return _answer(found, picture=code)


@bp.post("/garments/<tag>/step")
def step(tag: str) -> Response:
    """POST stage=: one stage on."""
    found, actor, form, at = _acting(tag, StageForm)
    moved = stages.advance([found.tag], form.stage.data, actor, found.order.store, at)
    for _, refusal in moved.refused:
        raise refusal
    return _answer(found, _stepped(found, at))


@bp.post("/garments/<tag>/failure")
def fail(tag: str) -> Response:
    """POST why=: it did not pass the check and goes back."""
    found, actor, form, at = _acting(tag, FailForm)
    stages.fail(found, actor, form.why.data, at)
    return _answer(found, _stepped(found, at))


@bp.post("/garments/<tag>/undo")
def take_back(tag: str) -> Response:
    """POST: the last step was a wrong tap."""
    found, actor, _, at = _acting(tag)
    stages.back(found, actor, at)
    return _answer(found)


@bp.get("/garments/<tag>/claim")
def claim(tag: str) -> Response:
    """GET: the member says that it came back damaged: the pictures before and after, side by side."""
    (actor, store), at = access.staff(), clock.now()
    found = shown.garment(tag, store)
    if hx.asked():
        return hx.go(url_for(".claim", tag=found.tag))
    work = queue.open_card("claim", found.tag, actor, at)
    taken = queue.taken_by(work, actor, at) if work else ""
    return hx.page(CLAIM, **_detail(found, at) | {"taken": taken})


@bp.post("/garments/<tag>/words")
def claim_answer(tag: str) -> Response:
    """POST text=: an answer to the claim, on the member's phone at once."""
    found, actor, form, at = _acting(tag, AnswerForm, CLAIM, CLAIM_PART)
    after.reply(found.order, found, actor, form.text.data, at, key=f"desk:{form.ticket.data}")
    return hx.swap(CLAIM_PART, url_for(".claim", tag=found.tag), lambda: _detail(_fresh(found), at))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _acting(
    tag: str, form_class: Any = shown.TapForm, whole: str = WHOLE, part: str = PART
) -> tuple[Garment, Staff, Any, int]:
    (actor, store), at = access.staff(), clock.now()
    found = shown.garment(tag, store)

    def again() -> dict[str, Any]:
        context = _detail(_fresh(found), at)
        del context["form"]  # it is the one that was refused
        return context

    form = forms.read(form_class, whole, part, again)
    return found, actor, form, at


def _answer(found: Garment, undo: dict[str, Any] | None = None, picture: str = "") -> Response:
    at = clock.now()
    address = url_for(".garment", tag=found.tag, picture=picture or None)
    return hx.swap(
        "laundry/desk_garment.swap.html",
        address,
        lambda: _detail(_fresh(found), at, picture) | ({"undo": undo} if undo else {}),
    )


def _fresh(found: Garment) -> Garment:
    return shown.garment(found.tag, found.order.store)


def _picture(found: Garment, code: str) -> GarmentPhoto:
    mine = (GarmentPhoto.garment == found.id) & (Photo.code == code)
    query = GarmentPhoto.select(GarmentPhoto, Photo).join(Photo).where(mine)
    row: GarmentPhoto = access.there(query.first())
    return row


def _detail(found: Garment, at: int, picture: str = "") -> dict[str, Any]:
    """The piece within its order: one passport, and the way to its neighbours in the bag."""
    whole = orders.whole(found.order)
    mine = next(one for one in whole.garments if one.garment.id == found.id)
    piece: Any = mine.garment
    wear = piece.wear
    stains = list(dict.fromkeys(pin.stain for pin in mine.pins if pin.stain))
    names = [one.garment.tag for one in whole.garments]
    place = names.index(piece.tag)
    wanted = picture or request.args.get("picture", "")
    every = [*mine.pictures("intake"), *mine.pictures("outgoing")]
    open_ = whole.order.state in ("intake", "awaiting")
    return {
        "o": whole.order,
        "p": mine,
        "g": piece,
        "who": shown.party(whole.order),
        "number": place + 1,
        "count": len(names),
        "masked": shown.masked(whole.order),
        "after": names[place + 1] if place + 1 < len(names) else "",
        "open": open_,
        "said": after.words_of(piece)[::-1],
        "pictures": every,
        "shown": next((one for one in every if one.photo.code == wanted), every[0] if every else None),
        "cards": advice.cards(piece.kind, piece.fabric, piece.colour, stains)[:CARDS],
        "past": [one for one in wardrobe.history(wear) if one.id != piece.id][:PAST] if wear else [],
        "price": filters.yuan(piece.price).removesuffix(".00"),
        "items": prices.items(whole.order.store) if open_ else [],
        "upcoming": stages.next_of(piece) if whole.order.state == "agreed" else "",
        "checks": whole.order.state == "agreed" and piece.stage == "cleaned",
        "form": None,
        "undo": None,
        "taken": "",
        "at": at,
        **shown.everywhere(),
    }


def _pinned(made: Pin, found: Garment, at: int) -> dict[str, Any] | None:
    name = words.STAIN_NAMES[made.stain] if made.stain else words.DEFECT_NAMES[made.kind]
    action = url_for(".pin_remove", tag=found.tag, id=made.id)
    text = gettext("记下了：%(what)s", what=filters.translated(name))
    return shown.undoing(text, action, made.made_at, found.order.store, at)


def _stepped(found: Garment, at: int) -> dict[str, Any] | None:
    """Taking back one's own last step."""
    now = _fresh(found)
    text = f"{words_of.said(now.name)} · {filters.translated(words.STAGE_NAMES[now.stage])}"
    return shown.undoing(text, url_for(".take_back", tag=found.tag), now.stage_at, found.order.store, at)
