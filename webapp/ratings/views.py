"""Members' doors to ratings: one question, signed in or by the code on a slip."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from wtforms import TextAreaField
from wtforms.validators import Length

from models import DIMENSIONS, Ask, Booking, Case, Garment, Order, Part, Rating, Service, Staff, Store
from webapp import access, clock, forms, hx, policy
from webapp.complaints import slips
from webapp.photos import pictures
from webapp.ratings import asks, ratings
from webapp.ratings.words import DIMENSION_NAMES, FACES
from webapp.refusals import Missing
from webapp.words import N_

bp = Blueprint("ratings", __name__)
ALL = tuple(dict.fromkeys(name for names in DIMENSIONS.values() for name in names))


class RateForm(forms.Form):
    """A face for each dimension of any kind of shop (`ratings.rate` refuses those of another); nothing but one of them is needed."""

    nps = forms.number(0, 10, needed=False)
    text = TextAreaField(
        validators=[Length(max=ratings.TEXT_MOST, message=N_("最多写 1000 个字")), forms.plain], filters=[forms.tidy]
    )


for _name in ALL:
    setattr(RateForm, f"face_{_name}", forms.number(1, 5, needed=False))


class WantForm(forms.Form):
    """Shall we make it right? A guest may leave a name and a number."""

    want = forms.choice(("yes", "no"))
    guest = forms.text(60, needed=False)
    contact = forms.text(40, needed=False)


@bp.get("/rate/<token>")
def show(token: str) -> Response:
    """GET ?change=1: how was it? Or what was said, which can be changed for a day."""
    return hx.page("ratings/show.html", form=None, **_page(token))


@bp.post("/rate/<token>")
def send(token: str) -> Response:
    """POST: the faces, and words if there are any."""
    ask, me = _ask(token), access.me()
    form = forms.read(RateForm, "ratings/show.html", later=lambda: _page(token) | {"asking": True})
    faces = {name: value for name in ALL if (value := form[f"face_{name}"].data) is not None}
    ratings.rate(ask, faces, clock.now(), nps=form.nps.data, text=form.text.data or "", member=me)
    return hx.go(url_for(".show", token=token))


@bp.post("/rate/<token>/photos")
def photo(token: str) -> Response:
    """POST: one picture to what was said."""
    ask, at = _ask(token), clock.now()
    rating = access.there(ratings.of(ask))
    taken = pictures.take_in(forms.photo(), ask.store, at, member=ask.member if ask.member_id else None)
    ratings.picture(rating, taken, at)
    return hx.go(url_for(".show", token=token))


@bp.post("/rate/<token>/wish")
def want(token: str) -> Response:
    """POST: shall we make it right? Yes leads to the case."""
    rating = access.there(ratings.of(_ask(token)))
    form = forms.read(WantForm, "ratings/show.html", later=lambda: _page(token))
    yes = form.want.data == "yes"
    case = ratings.want(rating, yes, clock.now(), guest=form.guest.data or "", contact=form.contact.data or "")
    return hx.go(_case_at(case) if case else url_for(".show", token=token))


@bp.post("/rate/<token>/later")
def later(token: str) -> Response:
    """POST: not now."""
    asks.skip(_ask(token), clock.now())
    return hx.go(url_for("members.home") if access.me() else url_for(".show", token=token))


def _case_at(case: Case) -> str:
    """Where it is followed: by its member, or by whoever holds the slip."""
    return url_for("complaints.show", code=case.code, t=None if case.member_id else slips.token(case))


def _ask(token: str) -> Ask:
    ask, me = asks.behind(token), access.me()
    if me and ask.member_id and ask.member_id != me.id:
        raise Missing("没有找到这个页面", code="not_found")
    return ask


def _page(token: str) -> dict[str, Any]:
    ask, at = _ask(token), clock.now()
    store: Store = ask.store
    rating: Rating | None = ratings.of(ask)
    changing = bool(rating and request.args.get("change") and ratings.changeable(rating, at))
    spoken: Any = rating and rating.spoken_by_id and Staff.get_by_id(rating.spoken_by_id)
    case: Case | None = rating.case if rating else None
    return {
        "token": token,
        "ask": ask,
        "store": store,
        "title": _title(ask),
        "asking": (rating is None and at < ask.expires_at) or changing,
        "over": rating is None and at >= ask.expires_at,
        "rating": rating,
        "chosen": ratings.scores(rating) if rating else {},
        "words": ratings.text_of(rating) if rating else "",
        "reply": ratings.reply_of(rating) if rating else "",
        "changeable": bool(rating and ratings.changeable(rating, at)),
        "spoken": spoken.name if spoken else "",
        "dimensions": [(name, DIMENSION_NAMES[name]) for name in ratings.dimensions(store)],
        "faces": FACES,
        "case_at": _case_at(case) if case else "",
        "review_url": policy.of(store).review_url,
    }


def _title(ask: Ask) -> dict[str, str] | None:
    """What it was about, where it has a name: the first service of the booking, the first piece of the order."""
    if ask.kind == "booking":
        service = (
            Service.select(Service.name)
            .join(Part)
            .join(Booking)
            .where(Booking.code == ask.ref)
            .order_by(Part.id)
            .first()
        )
        return service.name if service else None
    if ask.kind == "order":
        mine = Garment.select(Garment.name).join(Order).where(Order.code == ask.ref)
        piece = mine.order_by(Garment.id).first()
        return piece.name if piece else None
    return None
