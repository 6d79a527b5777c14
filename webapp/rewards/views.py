"""Members' doors to rewards: the catalogue, one reward, holding it, and the redemption live until the counter has settled it."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from models import Gift, Member, Param, Prepared, Redemption, Reward, Staff, Store
from webapp import access, clock, filters, forms, front, hx, pairs, vault
from webapp.outbox import inbox
from webapp.outbox.words import WHY
from webapp.points import ledger
from webapp.rewards import catalogue, gifts, redemptions
from webapp.words import locale

bp = Blueprint("rewards", __name__)
LARGEST = 2**31 - 1

_REWARD = Prepared(
    lambda: Reward.select().where(Reward.id == Param("id"), Reward.brand == Param("brand")),
    wide=True,
)
_OPEN_STORE = Prepared(
    lambda: Store.select().where(Store.id == Param("id"), Store.closed_at.is_null()),
    wide=True,
)


class Hold(forms.Light):
    ticket = forms.ticket()
    points = forms.number(1, catalogue.POINTS_MOST, needed=False)
    store = forms.number(1, LARGEST, needed=False)


@bp.get("/rewards")
def index() -> Response:
    """GET: what the store in hand gives for points; ?afford=1 leaves what I can have now."""
    at = clock.now()
    me = _settled(access.member(), at)
    store, afford = _store(me), request.args.get("afford") == "1"
    rows = [_row(offer) for offer in catalogue.offers(me, store, at, afford=afford)] if store else []
    return hx.page(
        "rewards/index.html", "rewards/_list.html", me=me, rows=rows, afford=afford, unread=inbox.unread(me.id)
    )


@bp.get(f"/rewards/<int(max={LARGEST}):id>")
def show(id: int) -> Response:
    """GET: one reward, where it is to be had, and what it leaves me."""
    at = clock.now()
    me = _settled(access.member(), at)
    return hx.page("rewards/show.html", form=None, unread=inbox.unread(me.id), **_shown(_find(id, me), me, at))


@bp.post(f"/rewards/<int(max={LARGEST}):id>/redemptions")
def hold(id: int) -> Response:
    """POST: set one piece and its points aside; goes to the redemption."""
    me, at = access.member(), clock.now()
    reward = _find(id, me)
    form = forms.read(Hold, "rewards/show.html", "rewards/_hold.html", lambda: _shown(reward, me, at), unread=0)
    store = _open_store(form.store.data, me)
    redemption = redemptions.hold(me, reward, store, ticket=form.ticket.data, at=at, points=form.points.data)
    return hx.go(url_for("rewards.redemption", code=redemption.code))


@bp.get("/redemptions/<code>")
def redemption(code: str) -> Response:
    """GET: my redemption; two words while it is held, then what came of it."""
    me = access.member()
    return hx.page("rewards/redemption.html", unread=inbox.unread(me.id), **_live(_mine(code, me), me))


@bp.get("/redemptions/<code>/part")
def redemption_part(code: str) -> Response:
    """GET: the same as a fragment, asked for every two seconds; 204 by the front while nothing changed."""
    me = access.member()
    return hx.page("rewards/_redemption.html", **_live(_mine(code, me), me))


@bp.post("/redemptions/<code>/cancellation")
def cancel(code: str) -> Response:
    """POST: never mind; points and stock go back."""
    me, at = access.member(), clock.now()
    settled = redemptions.cancel(_mine(code, me), me, at)
    address = url_for("rewards.redemption", code=settled.code)
    return hx.swap("rewards/redemption.swap.html", address, lambda: _live(settled, me))


@bp.get("/gifts", endpoint="gifts")
def gifts_kept() -> Response:
    """GET: what is kept for me; the only one opens by itself."""
    me = access.member()
    mine = gifts.waiting(me.id, clock.now())
    if len(mine) == 1:
        return hx.go(url_for("rewards.gift", code=mine[0].code))
    return hx.page("rewards/gifts.html", gifts=mine, unread=inbox.unread(me.id))


@bp.get("/gifts/<code>")
def gift(code: str) -> Response:
    """GET: one gift of mine; kept until a day, then in my hands."""
    me = access.member()
    return hx.page("rewards/gift.html", unread=inbox.unread(me.id), **_kept(code, me))


@bp.get("/gifts/<code>/part")
def gift_part(code: str) -> Response:
    """GET: the same as a fragment, asked for every few seconds; 204 by the front while nothing changed."""
    return hx.page("rewards/_gift.html", **_kept(code, access.member()))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _settled(me: Member, at: int) -> Member:
    """The member as they stand now: holds and points that have run out are settled by whoever looks first."""
    if redemptions.refresh(me.id, at):
        me = Member.get_by_id(me.id)
    return ledger.up_to_date(me, at)


def _store(me: Member) -> Store | None:
    """The store in hand, else where the member joined, else the only one there is."""
    store: Store | None = access.store_in_hand() or me.store
    return store or Store.select().where(Store.closed_at.is_null()).order_by(Store.id).first()


def _open_store(asked: int | None, me: Member) -> Store:
    """The store that was asked for, else the one in hand; a 404 when it has closed for good."""
    here = _store(me)
    if here and asked in (None, here.id) and here.closed_at is None:
        return here
    store: Store = access.there(_OPEN_STORE.one(Store, id=asked or (here.id if here else None)))
    return store


def _find(id: int, me: Member) -> Reward:
    reward: Reward = access.there(_REWARD.one(Reward, id=id, brand=me.brand_id))
    return reward


def _mine(code: str, me: Member) -> Redemption:
    found: Redemption = access.find(Redemption, Redemption.code == code.upper(), Redemption.member == me.id)
    return found


def _kept(code: str, me: Member) -> dict[str, Any]:
    at = clock.now()
    found: Gift = access.find(Gift, Gift.code == code.upper(), Gift.member == me.id)
    over = found.state == "kept" and found.until_at <= at  # the worker has not been by
    state = "lapsed" if over else found.state
    pulse = front.pulse("gift", found.id, found.state, at)
    return {
        "g": found,
        "reward": found.reward,
        "store": found.store,
        "state": state,
        "me": me,
        "at": at,
        "pulse": pulse,
    }


def _row(offer: catalogue.Offer) -> dict[str, Any]:
    return {**offer._asdict(), "note": filters.say(offer.note) if offer.note else ""}


def _shown(reward: Reward, me: Member, at: int) -> dict[str, Any]:
    offer, places = catalogue.offer(reward, me, at)
    mine = _store(me)
    places.sort(key=lambda place: mine is None or place.store.id != mine.id)
    return {
        **_row(offer),
        "stores": places,
        "left": me.points - reward.points,
        "running": catalogue.running_of(me.id, reward.id, at),
        "ticket": vault.token()[:32],
        "me": me,
    }


def _live(redemption: Redemption, me: Member) -> dict[str, Any]:
    at = clock.now()
    if redemption.state == "held" and redemption.expires_at <= at:
        redemptions.refresh(redemption.member_id, at)
        redemption = Redemption.get_by_id(redemption.id)
    by: Staff | None = redemption.undone_by or redemption.settled_by
    return {
        "r": redemption,
        "reward": redemption.reward,
        "store": redemption.store,
        "words": pairs.spoken(redemption.words, locale()),
        "band": pairs.band(redemption.words),
        "why": gettext(WHY[redemption.why]) if redemption.why in WHY else "",
        "by": by.name if by else "",
        "me": Member.get_by_id(me.id),
        "at": at,
        "pulse": _pulse(redemption, at),
    }


def _pulse(redemption: Redemption, at: int) -> str:
    """The poll's ticket. While it is held, the ticket ends with the hold: then somebody has to look, and settle it."""
    since = min(at, redemption.expires_at - front.LASTS) if redemption.state == "held" else at
    return front.pulse("redemption", redemption.id, redemption.state, since)
