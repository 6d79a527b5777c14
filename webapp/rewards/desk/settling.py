"""One redemption at the counter: its words, approve, decline, undo."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext

from models import Member, Param, Prepared, Redemption, Reward, Shelf, Staff, Store, read_row
from webapp import access, clock, hx, pairs, policy, vault, words
from webapp.clock import MINUTE
from webapp.members import looks, phones
from webapp.points import visits
from webapp.rewards import redemptions
from webapp.rewards.desk import bp
from webapp.staff import board, queue

_REDEMPTION = Prepared(
    lambda: (
        Redemption.select(Redemption, Reward)
        .join(Reward)
        .where(Redemption.code == Param("code"), Redemption.store == Param("store"))
    ),
    wide=True,
)


@bp.get("/redemptions/<code>")
def show(code: str) -> Response:
    """GET: one redemption of this store; opens its card, so that colleagues see who has it."""
    (actor, store), at = access.staff(), clock.now()
    redemption = _settled(_find(code, store), at)
    card = queue.open_card("redemption", redemption.code, actor, at)
    looks.view(redemption.member, actor, store, at)
    context = _detail(redemption, actor, queue.taken_by(card, actor, at) if card else "")
    if hx.asked():
        return hx.page("rewards/desk_show.swap.html", **context)
    return hx.page("rewards/desk_show.html", **board.context(store, actor, at, current=redemption.code), **context)


@bp.post("/redemptions/<code>/approval")
def approve(code: str) -> Response:
    """POST: handed over; the points are spent."""
    (actor, store), at = access.staff(), clock.now()
    return _answer(redemptions.approve(_find(code, store), actor, at), actor)


@bp.post("/redemptions/<code>/refusal")
def decline(code: str) -> Response:
    """POST why=: cannot be handed over; points and stock go back."""
    (actor, store), at = access.staff(), clock.now()
    return _answer(redemptions.decline(_find(code, store), actor, request.form.get("why", ""), at), actor)


@bp.post("/redemptions/<code>/reversal")
def undo(code: str) -> Response:
    """POST: a wrong approval, taken back within ten minutes; the PIN is asked again."""
    actor, store = access.staff(fresh=True, back=url_for(".show", code=code))
    return _answer(redemptions.undo(_find(code, store), actor, clock.now()), actor)


@bp.get("/undo")
def latest_undo() -> Response:
    """GET: the bar that takes back what this store handed over last; the desk's home fetches it for itself."""
    at, store = clock.now(), access.desk().store
    assert store is not None
    latest = redemptions.undoable(store.id, at)
    return hx.page("desk/_undo.html", undo=_undo(latest[0], at) if latest else None)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _find(code: str, store: Store) -> Redemption:
    """A redemption of this store, and its reward with it."""
    found, rest = read_row(Redemption, access.there(_REDEMPTION.row(code=code.upper(), store=store.id)))
    found.__rel__["reward"], _ = read_row(Reward, rest)
    redemption: Redemption = found
    return redemption


def _settled(redemption: Redemption, at: int) -> Redemption:
    if redemption.state == "held" and redemption.expires_at <= at:
        redemptions.refresh(redemption.member_id, at)
        redemption = Redemption.get_by_id(redemption.id)
    return redemption


def _answer(redemption: Redemption, actor: Staff) -> Response:
    address = url_for(".show", code=redemption.code)
    return hx.swap("rewards/desk_settled.swap.html", address, lambda: _detail(redemption, actor, ""))


def _detail(redemption: Redemption, actor: Staff, taken: str) -> dict[str, Any]:
    at, member = clock.now(), Member.get_by_id(redemption.member_id)
    spent = redemption.points if redemption.state in ("held", "captured") else 0
    ours, theirs = pairs.spoken(redemption.words, words.locale()), pairs.spoken(redemption.words, member.locale)
    return {
        "r": redemption,
        "reward": redemption.reward,
        "member": member,
        "words": ours,
        "theirs": theirs if theirs != ours else None,
        "band": pairs.band(redemption.words),
        "before": member.points + spent,
        "after": member.points,
        "stock": Shelf.get_by_id(redemption.shelf_id).stock,
        "taken": taken,
        "own": actor.member_id == member.id,
        "card": _card(member),
        "undo": _undo(redemption, at),
        "ticket": vault.token()[:32],
        "at": at,
    }


def _card(member: Member) -> dict[str, Any]:
    seen = [{"at": visit.at, "store": visit.store.name, "amount": None} for visit in visits.recent(member.id)]
    return {"member": member, "masked": phones.masked(member), "notes": [], "flags": [], "visits": seen}


def _undo(redemption: Redemption, at: int) -> dict[str, Any] | None:
    until = (redemption.settled_at or 0) + policy.of(redemption.store).undo_minutes * MINUTE
    if redemption.state != "captured" or until < at:
        return None
    return {
        "text": gettext("已核销：%(reward)s", reward=words.said(redemption.reward.name)),
        "action": url_for(".undo", code=redemption.code),
        "start": redemption.settled_at,
        "until": until,
        "ticket": vault.token()[:32],
    }
