"""Gifts at the counter: what is kept for a member, handed over with one tap; everything that is kept in this store."""

from typing import Any

from flask import Response, url_for

from models import Gift, Member, Staff, Store
from webapp import access, clock, forms, hx, policy
from webapp.clock import MINUTE
from webapp.members import looks, merging
from webapp.rewards import gifts
from webapp.rewards.desk import bp

WHOLE, PART = "rewards/desk_gifts_of.html", "rewards/_desk_gifts.html"


class TapForm(forms.Form):
    """A button; a no stands on top of the list."""


@bp.get("/gifts")
def kept() -> Response:
    """GET: what is kept for somebody in this store, the first to lapse on top."""
    _, store = access.staff()
    at = clock.now()
    return hx.page("rewards/desk_gifts.html", gifts=gifts.kept(store.id, at), at=at)


@bp.get("/gifts/of/<code>")
def gifts_of(code: str) -> Response:
    """GET: what is kept here for this member, and what was handed over a moment ago. A part of other pages."""
    (actor, store), at = access.staff(), clock.now()
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    member = merging.survivor(access.find(Member, Member.code == plain))
    looks.view(member, actor, store, at)
    return hx.page(WHOLE, PART, form=None, **_page(member, actor, store, at))


@bp.post("/gifts/<code>/handing")
def hand(code: str) -> Response:
    """POST: the thing is in their hands; can be taken back for some minutes."""
    (actor, store), at = access.staff(), clock.now()
    gift = _find(code, store)
    forms.read(TapForm, WHOLE, PART, lambda: _page(gift.member, actor, store, at))
    gifts.hand(gift, actor, at)
    return _answer(gift.member, actor, store, at)


@bp.post("/gifts/<code>/reversal")
def gift_undo(code: str) -> Response:
    """POST: that was a mistake; kept again."""
    (actor, store), at = access.staff(), clock.now()
    gift = _find(code, store)
    forms.read(TapForm, WHOLE, PART, lambda: _page(gift.member, actor, store, at))
    gifts.undo(gift, actor, at)
    return _answer(gift.member, actor, store, at)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _find(code: str, store: Store) -> Gift:
    found: Gift = access.find(Gift, Gift.code == code.upper(), Gift.store == store.id)
    return found


def _answer(member: Member, actor: Staff, store: Store, at: int) -> Response:
    then = url_for("members_desk.show", code=member.code)
    return hx.swap(PART, then, lambda: {"form": None, **_page(member, actor, store, at)})


def _page(member: Member, actor: Staff, store: Store, at: int) -> dict[str, Any]:
    minutes = policy.of(store).undo_minutes
    return {
        "m": member,
        "kept": gifts.waiting(member.id, at, store.id),
        "lately": gifts.handed_lately(store.id, member.id, at, minutes),
        "own": actor.member_id == member.id,
        "minutes": minutes * MINUTE,
        "at": at,
    }
